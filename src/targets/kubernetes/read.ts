/** The files read back: what a cluster would make of them, found without the code that wrote them. */

import { programOf } from '../../deliveries/delivery.ts';
import type { Told } from '../../deliveries/read.ts';
import type { Finding } from '../../errors/errors.ts';
import { finding } from '../../errors/findings.ts';
import { readYaml } from '../../formats/read-yaml.ts';
import type { Policy } from '../../policy/policy.ts';
import { baseName } from '../../stack/stack.ts';
import { tryKubernetesCpu, tryKubernetesMemory } from '../../units.ts';
import { secretNames } from '../secrets.ts';
import type { Artifact, Observed, ObservedService, RenderInput } from '../target.ts';
import { readParameters } from '../values.ts';
import { checkObject } from './check.ts';
import { KUSTOMIZATION, objectFiles } from './object.ts';
import type { ReadContainer, ReadObject, ReadPod, ReadQuantities } from './read-object.ts';

const WORKLOADS = ['Deployment', 'StatefulSet'];

export function read(artifacts: readonly Artifact[], input: RenderInput): Observed {
  const applied = objectFiles(artifacts);
  const objects = applied.map(({ path, contents }) => ({ path, object: readYaml(contents) as ReadObject }));
  const { services, findings = [] } = observeObjects(objects, input);
  return { services, findings: [...findings, ...checkKustomization(artifacts, applied)] };
}

/** What the objects of a plan say. */
export function observeObjects(read: readonly { path: string; object: ReadObject }[], input: RenderInput): Observed {
  const findings: Finding[] = [];
  const objects = new Map<string, ReadObject>();
  const secrets = secretNames(input);
  for (const { path, object } of read) {
    const identity = `${object.kind}/${object.metadata?.name}`;
    findings.push(...checkObject(object, path, secrets));
    if (objects.has(identity))
      findings.push(finding('NAME_TAKEN', path, `expected a name of its own for each object, got ${identity} twice`));
    objects.set(identity, object);
  }

  const services: Record<string, ObservedService> = Object.create(null);
  for (const { kind, metadata, spec } of objects.values()) {
    if (!WORKLOADS.includes(kind!)) continue;
    const name = metadata?.name ?? '';
    const policy = input.policies[input.plan.services[name]?.policy ?? ''];
    const dataOf = (config: string) => objects.get(`ConfigMap/${config}`)?.data ?? {};
    services[name] = observe(spec?.template?.spec, policy, dataOf, input.held !== undefined);
  }
  return { services, findings };
}

function observe(
  pod: ReadPod | undefined,
  policy: Policy | undefined,
  dataOf: (configMap: string) => Record<string, string>,
  computed: boolean,
): ObservedService {
  const container = pod?.containers?.[0];
  const shm = container?.volumeMounts?.find(({ mountPath }) => mountPath === '/dev/shm');
  const shmVolume = pod?.volumes?.find(({ name }) => name === shm?.name)?.emptyDir;
  const told = policy && container && !computed && valuesTold(policy, pod, container, dataOf);
  return {
    limits: quantities(container?.resources?.limits),
    requests: quantities(container?.resources?.requests),
    sharedMemoryMiB: shmVolume && memory(shmVolume.medium === 'Memory' ? shmVolume.sizeLimit : ''),
    ...(policy && told && { parameters: readParameters(policy, told) }),
    ...(computed && container && { environment: new Map(Object.entries(environmentRead(container, dataOf))) }),
  };
}

/** As the program gets them: from its environment, its arguments, and its files. */
function valuesTold(
  policy: Policy,
  pod: ReadPod,
  container: ReadContainer,
  dataOf: (configMap: string) => Record<string, string>,
): Told {
  const files = (pod.volumes ?? []).flatMap(({ configMap }) => (configMap?.name ? [dataOf(configMap.name)] : []));
  return {
    environment: new Map(Object.entries(environmentRead(container, dataOf))),
    words: (container.args ?? []).slice(programOf(policy.deliveries).length),
    fileText: (name, path) =>
      files.find((data) => Object.hasOwn(data, baseName(path ?? name)))?.[baseName(path ?? name)],
  };
}

function environmentRead(
  container: ReadContainer,
  dataOf: (configMap: string) => Record<string, string>,
): Record<string, string> {
  const variables: Record<string, string> = Object.create(null);
  for (const { configMapRef } of container.envFrom ?? []) Object.assign(variables, dataOf(configMapRef?.name ?? ''));
  for (const { name, value = '' } of container.env ?? []) variables[name] = value;
  return variables;
}

/** A text that is no quantity is NaN, which equals no plan. */
function quantities(read: ReadQuantities | undefined) {
  const cpu = read?.cpu;
  return {
    cpuMillis: cpu === undefined ? undefined : (tryKubernetesCpu(cpu) ?? Number.NaN),
    memoryMiB: memory(read?.memory ?? ''),
  };
}

function memory(text: string | undefined): number {
  return tryKubernetesMemory(text ?? '') ?? Number.NaN;
}

function checkKustomization(artifacts: readonly Artifact[], applied: readonly Artifact[]): Finding[] {
  const path = KUSTOMIZATION;
  const file = artifacts.find((artifact) => artifact.path === path);
  const { resources = [] } = file ? (readYaml(file.contents) as ReadObject) : {};
  const expected = applied.map((artifact) => artifact.path);
  if (resources.length === expected.length && expected.every((resource) => resources.includes(resource))) return [];
  const missing = expected.filter((resource) => !resources.includes(resource));
  const unknown = resources.filter((resource) => !expected.includes(resource));
  const got = `${missing.join(', ') || 'none'} missing, ${unknown.join(', ') || 'none'} unknown`;
  return [finding('RESOURCES_DIFFER', path, `expected every object and nothing else, got ${got}`)];
}

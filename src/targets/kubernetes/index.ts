/** Kubernetes objects for `kubectl apply -k`, one a file. */

import { headerLines } from '../header.ts';
import { oncePerPlan } from '../once.ts';
import { type RenderedService, userOf } from '../rendered.ts';
import { renderedServices } from '../services.ts';
import type { Artifact, PlanTarget, RenderInput } from '../target.ts';
import { about } from './about.ts';
import { horizontalPodAutoscaler, podDisruptionBudget } from './availability.ts';
import { configMaps, configOf, filesMap, secretExample } from './config.ts';
import { defaultDeny, headlessService, networkPolicyOf, serviceOf } from './network.ts';
import {
  IDENTITY_LABELS,
  KUSTOMIZATION,
  KUSTOMIZATION_HEAD,
  type Manifest,
  metadataOf,
  objectFiles,
  SECRET_EXAMPLE,
  selectorOf,
  stackMetadata,
  yamlFile,
} from './object.ts';
import { read } from './read.ts';
import { withoutMarks } from './sized.ts';
import { workloadOf } from './workload.ts';

export const kubernetes: PlanTarget = {
  ...about,
  unsupported,
  render,
  stream: (artifacts) =>
    objectFiles(artifacts)
      .map(({ contents }) => `---\n${contents}`)
      .join(''),
  read,
};

function render(input: RenderInput): Artifact[] {
  const header = headerLines(input);
  const applied = objectsOf(input).map(({ path, manifest, notes }) => yamlFile(header, path, manifest, notes));
  const secrets = secretExample(input, header);
  const object = { ...KUSTOMIZATION_HEAD, resources: applied.map(({ path }) => path) };
  const notes = [
    ...(secrets.length > 0 ? [`first create the Secrets: see ${SECRET_EXAMPLE}`] : []),
    'look at what would change: kubectl diff -k .',
    'apply: kubectl apply -k .',
    ...deleteNotes(input, '.'),
  ];
  return [yamlFile(header, KUSTOMIZATION, object, notes), ...applied, ...secrets];
}

/** An object with the file that it is written to. */
export interface ObjectFile {
  path: string;
  manifest: Manifest;
  /** What to know of it, above it. */
  notes?: string[];
}

/** Whether data go with the namespace; a namespace that is there is not the stack's to delete. */
export function holdsData(input: RenderInput): boolean {
  return !input.stack.namespaceExists && renderedServices(input).some(({ service }) => service.volume !== undefined);
}

/** What to know before deleting; nothing where nothing is lost. @param folder of the kustomization */
export function deleteNotes(input: RenderInput, folder: string): string[] {
  if (!holdsData(input)) return [];
  return [
    `never run kubectl delete -k ${folder}: it deletes the namespace, and so the claims and the data in them`,
    `to stop the stack: kubectl -n ${input.stack.namespace} delete deployments,statefulsets,hpa --all`,
  ];
}

/** Every object of a plan, in the order in which they are applied. */
export const objectsOf = oncePerPlan((input): readonly ObjectFile[] =>
  markedObjectsOf(input).map((file) => ({ ...file, manifest: withoutMarks(file.manifest) })),
);

/** The same with a mark, `Sized`, at everything that comes from the hardware. */
export const markedObjectsOf = oncePerPlan((input): readonly ObjectFile[] => {
  return [
    ...(input.stack.namespaceExists
      ? []
      : [
          { path: 'namespace.yaml', manifest: namespace(input) },
          { path: 'networkpolicy.yaml', manifest: defaultDeny(input) },
        ]),
    ...renderedServices(input).flatMap((rendered) => objectsOfService(input, rendered)),
  ];
});

/** The objects of one service, each in the file of its kind: `api/deployment.yaml`. */
function objectsOfService(input: RenderInput, rendered: RenderedService): ObjectFile[] {
  const { service } = rendered;
  const config = configOf(input, rendered);
  const autoscaler = horizontalPodAutoscaler(input, rendered);
  const file = (manifest: Manifest, notes: string[] = [], name = manifest.kind.toLowerCase()): ObjectFile => ({
    path: `${service.name}/${name}.yaml`,
    manifest,
    notes,
  });
  return [
    file(serviceAccount(input, rendered)),
    ...Object.entries(config ? configMaps(input, rendered, config) : {}).map(([name, map]) =>
      file(map, patchedNotes(input, rendered), name),
    ),
    ...(service.files.length > 0 ? [file(filesMap(input, rendered), [], 'configmap-files')] : []),
    ...(service.ports.length > 0 ? [file(serviceOf(input, rendered))] : []),
    ...(service.volume ? [file(headlessService(input, rendered), [], 'service-headless')] : []),
    file(networkPolicyOf(input, rendered)),
    file(
      workloadOf(input, rendered, config),
      autoscaler ? autoscaledNotes(input, service.name, service.volume ? 'statefulset' : 'deployment') : [],
    ),
    ...(autoscaler ? [file(autoscaler)] : []),
    file(podDisruptionBudget(input, rendered, selectorOf(input, service))),
  ];
}

/** The checksum in the pods is of these data, so a patch of them changes no pod. */
function patchedNotes({ stack }: RenderInput, { service }: RenderedService): string[] {
  const workload = `${service.volume ? 'statefulset' : 'deployment'}/${service.name}`;
  return [
    'new values: synth again (--set, an overrides file), which replaces the pods too; what an overlay',
    `of yours patches here they read after: kubectl -n ${stack.namespace} rollout restart ${workload}`,
  ];
}

/** A field that is no longer applied falls back to the API's default, here one replica. */
function autoscaledNotes({ stack }: RenderInput, name: string, kind: string): string[] {
  return [
    'no spec.replicas: the HorizontalPodAutoscaler sets it, and an apply would reset it',
    'where an earlier apply wrote it (no autoscale then), the next would stop all replicas but one;',
    'before it, once, make kubectl forget the field:',
    `  export KUBE_EDITOR="sed -i '/^  replicas:/d'"`,
    `  kubectl -n ${stack.namespace} apply edit-last-applied ${kind}/${name}`,
  ];
}

function namespace(input: RenderInput): Manifest {
  const restricted = Object.fromEntries(
    ['enforce', 'warn', 'audit'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
  );
  return { apiVersion: 'v1', kind: 'Namespace', metadata: stackMetadata(input, input.stack.namespace, restricted) };
}

/** An identity without rights and without a token. */
function serviceAccount(input: RenderInput, { service }: RenderedService): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: metadataOf(input, service),
    automountServiceAccountToken: false,
  };
}

/** Namespaces that belong to a cluster: what the stack's is labelled with and denied would hit everything in them. */
const SHARED_NAMESPACES = /^(default|kube-.*)$/;
/** Kubernetes takes ids that fit into 31 bits. */
const MAX_ID = 2 ** 31 - 1;

function unsupported(input: RenderInput): string | undefined {
  const { stack } = input;
  if (!stack.namespaceExists && SHARED_NAMESPACES.test(stack.namespace))
    return `expected a namespace of the stack's own, got ${stack.namespace}; its default-deny policy would cut off everything else in it; choose another, or say that it is there: namespace: { existing: ${stack.namespace} }`;
  for (const key of IDENTITY_LABELS) {
    const owners = [stack, ...stack.services.map(({ name, deploy }) => ({ name, labels: deploy?.labels ?? {} }))];
    const owner = owners.find(({ labels }) => Object.hasOwn(labels, key));
    if (owner) return `expected labels that no selector uses, got ${key} in ${owner.name}; choose another key`;
  }
  for (const { service } of renderedServices(input)) {
    const { uid, gid, fsGroup } = userOf(input, service);
    const id = Math.max(uid, gid, fsGroup);
    if (id > MAX_ID) return `expected user and group ids of at most ${MAX_ID}, got ${id} for ${service.name}`;
  }
  return undefined;
}

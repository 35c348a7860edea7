/** The Services read back: what Cloud Run would give each instance, and how many there could be. */
import type { Finding } from '../../errors/errors.ts';
import { finding } from '../../errors/findings.ts';
import { readYaml } from '../../formats/read-yaml.ts';
import { tryInteger, tryKubernetesCpu, tryKubernetesMemory } from '../../units.ts';
import { parametersRead, programWordsRead, writtenText } from '../docker/read.ts';
import { secretFindings, secretNames } from '../secrets.ts';
import type { Artifact, Observed, ObservedService, RenderInput } from '../target.ts';

/** The parts of a Service that are looked at. */
interface ReadKnative {
  metadata?: { annotations?: Record<string, string> };
  spec?: {
    template?: {
      metadata?: { annotations?: Record<string, string> };
      spec?: { containerConcurrency?: number; containers?: ReadContainer[] };
    };
  };
}

interface ReadContainer {
  name?: string;
  command?: string[];
  args?: string[];
  env?: { name: string; value?: string }[];
  resources?: { limits?: { cpu?: string; memory?: string } };
}

export function read(artifacts: readonly Artifact[], input: RenderInput): Observed {
  const findings: Finding[] = [];
  const services: Record<string, ObservedService> = Object.create(null);
  const secrets = secretNames(input);
  for (const { path, contents } of artifacts) {
    const { metadata, spec } = readYaml(contents) as ReadKnative;
    const template = spec?.template;
    const container = template?.spec?.containers?.[0];
    const name = container?.name ?? '';
    const service = input.stack.services.find((candidate) => candidate.name === name);
    const policy = service && input.policies[service.policy];
    const planned = input.plan.services[name];
    if (container === undefined || policy === undefined || planned === undefined) {
      findings.push(finding('SERVICE_DIFFERS', path, `expected a service of the plan, got ${name}`));
      continue;
    }
    const environment = new Map(
      (container.env ?? []).flatMap(({ name: key, value }) => (value === undefined ? [] : [[key, value] as const])),
    );
    findings.push(...secretFindings(secrets, environment, path));
    const { cpu = '', memory = '' } = container.resources?.limits ?? {};
    const cpuMillis = tryKubernetesCpu(cpu) ?? Number.NaN;
    if (cpuMillis < 1000 && template?.spec?.containerConcurrency !== 1)
      findings.push(
        finding(
          'CONCURRENCY_ILLEGAL',
          path,
          `expected containerConcurrency 1 below 1 vCPU, got ${template?.spec?.containerConcurrency}`,
        ),
      );
    const most = tryInteger(metadata?.annotations?.['run.googleapis.com/maxScale'] ?? '') ?? Number.NaN;
    const counted = planned.replicas.max + planned.replicas.surge;
    if (most !== counted)
      findings.push(finding('REPLICAS_DIFFER', path, `expected at most ${counted} instances, got ${most}`));
    services[name] = {
      limits: { cpuMillis, memoryMiB: tryKubernetesMemory(memory) ?? Number.NaN },
      parameters: parametersRead(
        policy,
        environment,
        programWordsRead(container.command, container.args ?? [], service!.deploy?.entrypoint),
        writtenText(container.command),
      ),
    };
  }
  return { services, findings };
}

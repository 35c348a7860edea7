/** The task definitions read back: what ECS would give each task. */
import type { Finding } from '../../errors.ts';
import { tryInteger } from '../../units.ts';
import { parametersRead } from '../docker/read.ts';
import { errorFinding, secretFindings, secretNames } from '../secrets.ts';
import type { Artifact, Observed, ObservedService, RenderInput } from '../target.ts';
import { serviceFindings } from './read-service.ts';

/** The parts of a task definition that are looked at. */
interface ReadTask {
  family?: string;
  cpu?: string;
  memory?: string;
  containerDefinitions?: {
    name?: string;
    essential?: boolean;
    cpu?: number;
    memory?: number;
    entryPoint?: string[];
    command?: string[];
    environment?: { name: string; value: string }[];
    secrets?: { name: string; valueFrom: string }[];
    linuxParameters?: { sharedMemorySize?: number };
  }[];
}

export function read(artifacts: readonly Artifact[], input: RenderInput): Observed {
  const findings: Finding[] = [];
  const services: Record<string, ObservedService> = {};
  const families = new Map<string, string>();
  const secrets = secretNames(input);
  for (const { path, contents } of artifacts) {
    const [name, file] = path.split('/') as [string, string | undefined];
    if (file !== 'task-definition.json') continue;
    const task = JSON.parse(contents) as ReadTask;
    const containers = task.containerDefinitions ?? [];
    const container = containers.find((candidate) => candidate.essential);
    const service = input.stack.services.find((candidate) => candidate.name === name);
    const policy = service && input.policies[service.policy];
    if (container === undefined || policy === undefined) {
      findings.push(
        errorFinding('SERVICE_UNKNOWN', path, `expected a container of a service of the stack, got ${name}`),
      );
      continue;
    }
    families.set(name, task.family ?? '');
    for (const [dimension, said] of [
      ['cpu', task.cpu],
      ['memory', task.memory],
    ] as const) {
      const sum = containers.reduce((total, { [dimension]: amount = 0 }) => total + amount, 0);
      if (`${sum}` !== said)
        findings.push(
          errorFinding('TASK_SUM_DIFFERS', path, `expected ${dimension} ${said} in all containers, got ${sum}`),
        );
    }
    const environment = new Map((container.environment ?? []).map(({ name: key, value }) => [key, value]));
    findings.push(...secretFindings(secrets, environment, path));
    const units = tryInteger(task.cpu ?? '');
    const command = container.command ?? [];
    services[name] = {
      limits: {
        cpuMillis: units === undefined ? Number.NaN : (units * 1000) / 1024,
        memoryMiB: tryInteger(task.memory ?? '') ?? Number.NaN,
      },
      sharedMemoryMiB: container.linuxParameters?.sharedMemorySize,
      parameters: parametersRead(
        policy,
        environment,
        container.entryPoint === undefined ? command : command.slice(service!.entrypoint.length),
      ),
    };
  }
  for (const [name, family] of families) findings.push(...serviceFindings(artifacts, input, name, family));
  return { services, findings };
}

/** The task definitions read back: what ECS would give each task. */
import type { Finding } from '../../errors/errors.ts';
import { type FindingCode, finding } from '../../errors/findings.ts';
import { tryInteger } from '../../units.ts';
import { parametersRead, programWordsRead, writtenText } from '../docker/read.ts';
import { secretFindings, secretNames } from '../secrets.ts';
import type { Artifact, Observed, ObservedService, RenderInput } from '../target.ts';
import { instanceOf, onInstances, reservedMiB, userDataPath } from './capacity.ts';
import { serviceFindings } from './read-service.ts';

/** The parts of a task definition that are looked at. */
interface ReadTask {
  family?: string;
  cpu?: string;
  memory?: string;
  runtimePlatform?: { cpuArchitecture?: string };
  containerDefinitions?: {
    name?: string;
    essential?: boolean;
    cpu?: number;
    memory?: number;
    entryPoint?: string[];
    command?: string[];
    environment?: { name: string; value: string }[];
    secrets?: { name: string; valueFrom: string }[];
    linuxParameters?: { maxSwap?: number; sharedMemorySize?: number };
  }[];
}

/** A secret's ARN, or what stands for it. */
const REFERENCE = /^(arn:aws[a-z-]*:secretsmanager:|\$\{SECRET_ARN\}:)/;

export function read(artifacts: readonly Artifact[], input: RenderInput): Observed {
  const findings: Finding[] = [];
  const services: Record<string, ObservedService> = Object.create(null);
  const secrets = secretNames(input);
  for (const { path, contents } of artifacts) {
    const [name, file] = path.split('/') as [string, string | undefined];
    if (file !== 'task-definition.json') continue;
    const task = JSON.parse(contents) as ReadTask;
    const containers = task.containerDefinitions ?? [];
    const container = containers.find((candidate) => candidate.essential);
    const service = input.stack.services.find((candidate) => candidate.name === name);
    const policy = service && input.policies[service.policy];
    const report = (code: FindingCode, message: string) => findings.push(finding(code, path, message));
    if (container === undefined || policy === undefined) {
      report('SERVICE_DIFFERS', `expected a container of a service of the stack, got ${name}`);
      continue;
    }
    for (const dimension of ['cpu', 'memory'] as const) {
      const said = task[dimension];
      const sum = containers.reduce((total, { [dimension]: amount = 0 }) => total + amount, 0);
      if (said !== undefined && `${sum}` !== said)
        report('TASK_SUM_DIFFERS', `expected ${dimension} ${said} in all containers, got ${sum}`);
    }
    const { maxSwap, sharedMemorySize } = container.linuxParameters ?? {};
    if (onInstances(input) && maxSwap !== 0) report('SWAP_ALLOWED', `expected maxSwap 0, got ${maxSwap}`);
    const architecture = instanceOf(input, name)?.architecture === 'arm64' ? 'ARM64' : 'X86_64';
    const said = task.runtimePlatform?.cpuArchitecture;
    if (said !== architecture) report('ARCHITECTURE_DIFFERS', `expected ${architecture}, got ${said}`);

    const environment = new Map((container.environment ?? []).map(({ name: key, value }) => [key, value]));
    findings.push(...secretFindings(secrets, environment, path));
    for (const { name: key, valueFrom } of container.secrets ?? []) {
      if (!REFERENCE.test(valueFrom))
        findings.push(finding('SECRET_WRITTEN', `${path}: ${key}`, "expected a secret's ARN, got something else"));
    }
    services[name] = {
      limits: {
        cpuMillis: task.cpu === undefined ? undefined : millisOf(tryInteger(task.cpu)),
        memoryMiB: tryInteger(task.memory ?? '') ?? Number.NaN,
      },
      requests: { cpuMillis: millisOf(container.cpu), memoryMiB: container.memory },
      sharedMemoryMiB: sharedMemorySize,
      parameters: parametersRead(
        policy,
        environment,
        programWordsRead(container.entryPoint, container.command ?? [], service!.deploy?.entrypoint),
        writtenText(container.entryPoint),
      ),
    };
    findings.push(...serviceFindings(artifacts, input, service!, task.family));
  }
  findings.push(...instanceFindings(artifacts, input));
  return { services, findings };
}

/** Millicores of which so many CPU units are the whole ones; a fraction where there are none. */
function millisOf(units: number | undefined): number {
  if (units === undefined) return Number.NaN;
  const millis = Math.ceil((units * 1000) / 1024);
  return Math.floor((millis * 1024) / 1000) === units ? millis : (units * 1000) / 1024;
}

/** Instances keep from ECS what the plan did not give to the services. */
function instanceFindings(artifacts: readonly Artifact[], { plan }: RenderInput): Finding[] {
  return plan.machines.flatMap((machine) => {
    const path = userDataPath(machine);
    const text = artifacts.find((artifact) => artifact.path === path)?.contents ?? '';
    const reserved = /^ECS_RESERVED_MEMORY=(\d+)$/m.exec(text)?.[1];
    if (reserved === `${reservedMiB(machine)}`) return [];
    return finding('RESERVED_DIFFERS', path, `expected ${reservedMiB(machine)} MiB reserved, got ${reserved}`);
  });
}

/** The task definition of one service: one task is one replica, and the pair is the task's. */
import { allowsSysctl } from '../../platforms/platform.ts';
import {
  containerEnvironment,
  containerStart,
  healthCheckOf,
  imageOf,
  labelsOf,
  memoryFolderOwner,
  memoryFoldersOf,
  memoryOf,
} from '../container.ts';
import { type RenderedService, userOf } from '../rendered.ts';
import type { RenderInput } from '../target.ts';
import { instanceOf, onInstances } from './capacity.ts';
import { placeholder, withoutPlaceholder } from './placeholders.ts';

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html (2026-06) */
export const CPU_UNITS = { min: 128, max: 196_608 };
/** On Fargate. */
export const MAX_STOP_SECONDS = 120;
const MIN_STOP_SECONDS = 2;
export const HEALTH = {
  interval: { min: 5, max: 300 },
  timeout: { min: 2, max: 60 },
  retries: { min: 1, max: 10 },
  startPeriod: { min: 0, max: 300 },
};
/** Open files; what Fargate gives too, written out because other capacity gives less. */
const OPEN_FILES = 65_535;
/** A volume that outlives the task. */
const DATA = 'data';

export function familyOf({ stack }: RenderInput, { service }: RenderedService): string {
  return `${stack.name}-${service.name}`;
}

export function taskDefinition(input: RenderInput, rendered: RenderedService) {
  const { service, plan } = rendered;
  const { cpuMillis } = plan.limits;
  const user = userOf(input, service);
  const memoryMiB = memoryOf(rendered);
  const arm = instanceOf(input, service.name)?.architecture === 'arm64';
  return {
    family: familyOf(input, rendered),
    requiresCompatibilities: [launchTypeOf(input)],
    networkMode: 'awsvpc',
    runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture: arm ? 'ARM64' : 'X86_64' },
    ...(cpuMillis !== undefined && { cpu: `${unitsOf(cpuMillis)}` }),
    memory: `${memoryMiB}`,
    executionRoleArn: placeholder('EXECUTION_ROLE_ARN'),
    containerDefinitions: [
      {
        name: service.name,
        image: imageOf(service),
        essential: true,
        cpu: unitsOf(plan.requests.cpuMillis),
        memory: memoryMiB,
        ...commandOf(rendered),
        environment: containerEnvironment(rendered).map(({ key, text }) => ({
          name: key,
          value: withoutPlaceholder(text, `services.${service.name}.deploy.env.${key}`),
        })),
        secrets: rendered.policy.secrets.map(({ name }) => ({
          name,
          valueFrom: `${placeholder('SECRET_ARN')}:${name}::`,
        })),
        portMappings: service.ports.map(({ name, port }) => ({ name, containerPort: port, protocol: 'tcp' })),
        user: `${user.uid}:${user.gid}`,
        readonlyRootFilesystem: true,
        linuxParameters: linuxParameters(input, rendered),
        ulimits: [{ name: 'nofile', softLimit: OPEN_FILES, hardLimit: OPEN_FILES }],
        systemControls: systemControls(input, rendered),
        mountPoints: service.volume
          ? [
              {
                sourceVolume: DATA,
                containerPath: withoutPlaceholder(service.volume.path, `services.${service.name}.deploy.volume`),
                readOnly: false,
              },
            ]
          : [],
        ...healthOf(rendered),
        stopTimeout: Math.max(MIN_STOP_SECONDS, service.terminationGraceSeconds),
        dockerLabels: Object.fromEntries(
          Object.entries(labelsOf(input.stack, service)).map(([key, value]) => [
            key,
            withoutPlaceholder(value, `services.${service.name}.deploy.labels.${key}`),
          ]),
        ),
        logConfiguration: logsOf(input, rendered),
      },
    ],
    volumes: dataVolume(rendered),
  };
}

/** 1024 CPU units are a vCPU. Rounded down; Fargate's pairs are whole. */
export function unitsOf(cpuMillis: number): number {
  return Math.floor((cpuMillis * 1024) / 1000);
}

export function launchTypeOf(input: RenderInput): 'EC2' | 'FARGATE' {
  return onInstances(input) ? 'EC2' : 'FARGATE';
}

function commandOf(rendered: RenderedService): object {
  const { entrypoint, words } = containerStart(rendered);
  const path = `services.${rendered.service.name}: command`;
  const checked = (texts: string[]) => texts.map((text) => withoutPlaceholder(text, path));
  return {
    ...(entrypoint.length > 0 && { entryPoint: checked(entrypoint) }),
    ...(words.length > 0 && { command: checked(words) }),
  };
}

/**
 * An init process passes signals on and reaps; folders that the program writes are in memory, on Fargate too since
 * 2026-01. Only instances have a size of /dev/shm, and swap, which a limit of memory alone would allow. As ECS gives it
 * back: what differs from that, be it an empty list, is a new revision to Terraform and Pulumi at every run.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinuxParameters.html
 * @see https://github.com/braintrustdata/terraform-aws-braintrust-data-plane/pull/335
 * @see https://aws.amazon.com/about-aws/whats-new/2026/01/amazon-ecs-tmpfs-mounts-aws-fargate-managed-instances/
 */
function linuxParameters(input: RenderInput, rendered: RenderedService): object {
  const { service, plan } = rendered;
  const folders = memoryFoldersOf(withFileFolders(rendered));
  return {
    capabilities: { add: [], drop: ['ALL'] },
    initProcessEnabled: true,
    ...(onInstances(input) && { maxSwap: 0 }),
    ...(plan.sharedMemoryMiB !== undefined && { sharedMemorySize: plan.sharedMemoryMiB }),
    ...(folders.length > 0 && {
      tmpfs: folders.map(({ path, sizeMiB }) => ({
        containerPath: withoutPlaceholder(path, `services.${service.name}.deploy.writable`),
        size: sizeMiB,
        mountOptions: memoryFolderOwner(service),
      })),
    }),
  };
}

/** ECS mounts no file of ours: a shell writes them, into folders in memory. */
function withFileFolders(rendered: RenderedService): RenderedService {
  const folders = rendered.service.files.map(({ path }) => path.slice(0, path.lastIndexOf('/')));
  const writable = [...rendered.service.writable, ...folders];
  return { ...rendered, service: { ...rendered.service, writable } };
}

function systemControls({ platform }: RenderInput, { policy }: RenderedService): object[] {
  return policy.sysctls
    .filter(({ key }) => allowsSysctl(platform, key))
    .map(({ key, value }) => ({ namespace: key, value }));
}

function dataVolume({ service }: RenderedService) {
  if (!service.volume) return [];
  const authorizationConfig = { accessPointId: placeholder('ACCESS_POINT_ID'), iam: 'DISABLED' };
  const efsVolumeConfiguration = {
    fileSystemId: placeholder('FILE_SYSTEM_ID'),
    transitEncryption: 'ENABLED',
    authorizationConfig,
  };
  return [{ name: DATA, efsVolumeConfiguration }];
}

/** Days that logs are kept: CloudWatch keeps them, and bills them, for ever where nothing is said. */
export const LOG_DAYS = 30;

/** Made once by hand: neither the execution role's nor an instance's usual policy may make it. */
export function logGroupOf({ stack }: RenderInput): string {
  return `/ecs/${stack.name}`;
}

function logsOf(input: RenderInput, { service }: RenderedService): object {
  return {
    logDriver: 'awslogs',
    options: {
      'awslogs-group': logGroupOf(input),
      'awslogs-region': placeholder('AWS_REGION'),
      'awslogs-stream-prefix': service.name,
    },
  };
}

/** How long a service that never answers is left alone. */
export function healthSeconds(startPeriod: number, interval: number, retries: number): number {
  return startPeriod + interval * retries;
}

/**
 * ECS replaces a task that fails its check, so the check is the stack's liveness probe. A start that takes longer than
 * the longest start period, or more failures than ECS takes, is waited for by failures further apart.
 */
function healthOf(rendered: RenderedService): object {
  const check = healthCheckOf(rendered, 'is-replaced');
  if (check === undefined) return {};
  const startPeriod = inRange(check.startSeconds, HEALTH.startPeriod);
  const interval = inRange(check.intervalSeconds, HEALTH.interval);
  const retries = inRange(check.retries, HEALTH.retries);
  const patience = Math.max(check.intervalSeconds * check.retries, check.startSeconds - startPeriod);
  const enough = interval * retries >= patience;
  const path = `services.${rendered.service.name}.deploy.probes`;
  return {
    healthCheck: {
      command: ['CMD', ...check.test.map((word) => withoutPlaceholder(word, path))],
      interval: enough ? interval : inRange(Math.ceil(patience / HEALTH.retries.max), HEALTH.interval),
      timeout: inRange(check.timeoutSeconds, HEALTH.timeout),
      retries: enough ? retries : HEALTH.retries.max,
      startPeriod,
    },
  };
}

function inRange(value: number, { min, max }: { min: number; max: number }): number {
  return Math.min(Math.max(value, min), max);
}

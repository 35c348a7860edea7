/** One file of the Compose Specification for all services on one machine. */

import { oneLine } from '../../formats/one-line.ts';
import { emitYaml, withComments } from '../../formats/yaml.ts';
import type { Policy } from '../../policy/policy.ts';
import { baseName } from '../../stack/stack.ts';
import { formatCores, formatDockerMemory, formatMiB } from '../../units.ts';
import {
  argumentsOf,
  besideFiles,
  containerEnvironment,
  cpuSharesOf,
  healthCheckOf,
  healthTestWithSecrets,
  imageOf,
  isAsked,
  LOGGING,
  labelsOf,
  MAX_OPEN_FILES,
  machineSysctlNotes,
  memoryFolderOptions,
  memoryFoldersOf,
  memoryOf,
  programsNote,
  secretsWrapper,
  sysctlsOf,
  type Words,
  withReasons,
} from '../container.ts';
import { ENTRYPOINT_FILE, ENTRYPOINT_PATH, entrypointFiles, programWords } from '../entrypoint/index.ts';
import { headerLines } from '../header.ts';
import { publishedPort, type RenderedService, userOf } from '../rendered.ts';
import { flatNamed, renderedServices } from '../services.ts';
import { commentLines, processText } from '../shell-text.ts';
import { waitsFor } from '../start-order.ts';
import type { Artifact, PlanTarget, RenderInput } from '../target.ts';
import { about } from './about.ts';
import { read } from './read.ts';

const FILE = 'compose.yaml';
/** Of services that call each other; nothing in it has a way out. */
const INTERNAL = 'internal';
const DEFAULT = 'default';

export const compose: PlanTarget = {
  ...about,
  unsupported,
  render,
  stream: (artifacts) => artifacts.find(({ path }) => path === FILE)!.contents,
  read,
};

function unsupported({ plan }: RenderInput): string | undefined {
  if (plan.machines.length < 2) return undefined;
  const names = plan.machines.map(({ name, services }) => `${name} (${services.join(', ')})`).join(' and ');
  return `expected one machine, which a Compose file is for, got ${names}; plan them one by one with --external, or take --target docker`;
}

function render(input: RenderInput): Artifact[] {
  const services = renderedServices(input);
  const secrets = services.flatMap((rendered) =>
    secretsInFiles(rendered).map(({ name }) => {
      const { service } = rendered;
      return [secretName(service.name, name), { file: `./${secretFile(service.name, name)}` }] as const;
    }),
  );
  const text = emitYaml({
    name: input.stack.name,
    services: Object.fromEntries(services.map((rendered) => [rendered.service.name, serviceOf(input, rendered)])),
    networks: networksOf(input, services),
    volumes: whereAny(
      Object.fromEntries(services.flatMap(({ service }) => (service.volume ? [[volumeName(service.name), {}]] : []))),
    ),
    configs: whereAny(
      Object.fromEntries(
        services
          .flatMap((rendered) => [
            ...(rendered.held
              ? [[entrypointName(rendered.service.name), `${rendered.service.name}/${ENTRYPOINT_FILE}`] as const]
              : []),
            ...besideFiles(rendered).map(({ path }) => [configName(path), path] as const),
          ])
          .map(([name, path]) => [name, { file: `./${path}` }]),
      ),
    ),
    secrets: whereAny(Object.fromEntries(secrets)),
  });
  const comments = commentLines([...headerLines(input), ...notesOf(input, services)]);
  const scripts = services.flatMap((rendered) => [...entrypointFiles(input, rendered), ...besideFiles(rendered)]);
  const files = [{ path: FILE, contents: `${comments.join('\n')}\n${text}` }, ...scripts];
  if (services.every(({ policy }) => policy.secrets.length === 0)) return files;
  const ignore = [...commentLines(headerLines(input)), '*', '!.gitignore', ''];
  return [...files, { path: 'secrets/.gitignore', contents: ignore.join('\n') }];
}

/** How to start it, which variables it reads, and where its secrets come from. */
function notesOf(input: RenderInput, services: readonly RenderedService[]): string[] {
  const { stack } = input;
  const notes = [
    '',
    'Start: docker compose up --detach --wait',
    ...programsNote(services, 'files'),
    ...services
      .filter(({ service }) => !service.shell && !isAsked(service))
      .map(({ service: { name } }) => `Nothing asks ${name} whether it works: its image has no shell.`),
    'Variables that it reads, with what they are otherwise:',
  ];
  for (const { service } of services) {
    const prefix = variablePrefix(service.name);
    notes.push(`  ${prefix}_IMAGE=${service.image}`);
    if (service.build)
      notes.push(`  ${prefix}_CONTEXT=. (to build: the folder with Dockerfile and .dockerignore of the docker target)`);
    const published = publishedPort(stack, service);
    if (published !== undefined)
      notes.push(`  PUBLISH_ADDRESS=127.0.0.1 PUBLISH_PORT=${published} (Docker publishes past ufw and firewalld)`);
  }
  notes.push('  OPEN_FILES=65536 (a rootless engine may need less: ulimit -Hn)');
  notes.push(...machineSysctlNotes(input, services));
  for (const { service, policy } of services.filter(hasSecretLines))
    notes.push(
      `Secrets of ${service.name}, in ${secretLines(service.name)} with mode 600: a line NAME=value each, without quotes`,
      ...policy.secrets.map(({ name, does }) => `  ${name}: ${does}`),
    );
  const withFiles = services.filter((rendered) => secretsInFiles(rendered).length > 0);
  if (withFiles.length === 0) return notes;
  notes.push('Secrets, one file each, beside this one:');
  for (const { service, policy } of withFiles)
    notes.push(...policy.secrets.map(({ name, does }) => `  ${secretFile(service.name, name)}: ${does}`));
  const folders = withFiles.map(({ service }) => ` secrets/${service.name}`).join('');
  return [
    ...notes,
    'The containers read them as users of their own, and Compose hands a file on with the mode that it has here; so the',
    'files are readable, and their folder keeps others out:',
    `  mkdir -p${folders} && chmod 700 secrets`,
    '  cat > secrets/<service>/<name>, and Ctrl-D behind the value: nothing is left in the history of the shell',
    '  chmod 444 secrets/*/*',
  ];
}

function serviceOf(input: RenderInput, rendered: RenderedService): object {
  const { stack } = input;
  const { service, policy, plan } = rendered;
  const memoryMiB = memoryOf(rendered);
  const memory = formatDockerMemory(memoryMiB);
  const folders = memoryFoldersOf(rendered);
  const prefix = variablePrefix(service.name);
  const environment = containerEnvironment(rendered);
  const start = startOf(rendered);
  const user = userOf(input, service);
  const published = publishedPort(stack, service);
  const labels = labelsOf(stack, service);
  const sysctls = sysctlsOf(input, rendered).own;
  return withComments(
    {
      image: `\${${prefix}_IMAGE:-${imageOf(service)}}`,
      build: service.build && { context: `\${${prefix}_CONTEXT:-.}` },
      init: true,
      user: `${user.uid}:${user.gid}`,
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      labels: whereAny(
        mapValues(labels, (value, key) => literal(processText(value, `services.${service.name}.deploy.labels.${key}`))),
      ),
      deploy: {
        resources: {
          limits: {
            cpus: plan.limits.cpuMillis === undefined ? undefined : formatCores(plan.limits.cpuMillis),
            memory,
          },
        },
      },
      cpu_shares: plan.limits.cpuMillis === undefined ? cpuSharesOf(rendered) : undefined,
      memswap_limit: memory,
      shm_size: plan.sharedMemoryMiB === undefined ? undefined : formatDockerMemory(plan.sharedMemoryMiB),
      sysctls: whereAny(
        withComments(
          Object.fromEntries(sysctls.map(({ key, value }) => [key, value])),
          Object.fromEntries(sysctls.map(({ key, why }) => [key, oneLine(why)])),
        ),
      ),
      ulimits: { nofile: { soft: MAX_OPEN_FILES, hard: MAX_OPEN_FILES } },
      tmpfs: whereAny(folders.map((folder) => `${folder.path}:${memoryFolderOptions(service, folder)}`)),
      volumes: service.volume && [`${volumeName(service.name)}:${service.volume.path}`],
      environment: whereAny(
        withComments(
          Object.fromEntries(environment.map(({ key, text }) => [key, literal(text)])),
          Object.fromEntries(environment.map(({ key, reason }) => [key, oneLine(reason)])),
        ),
      ),
      env_file: hasSecretLines(rendered) ? [{ path: `./${secretLines(service.name)}`, format: 'raw' }] : undefined,
      secrets: whereAny(
        secretsInFiles(rendered).map(({ name }) => ({ source: secretName(service.name, name), target: name })),
      ),
      configs: whereAny(configsOf(rendered)),
      entrypoint: start.entrypoint && whereAny(start.entrypoint),
      command: whereAny(withReasons(start.words, literal)),
      ports:
        published === undefined
          ? undefined
          : [`\${PUBLISH_ADDRESS:-127.0.0.1}:\${PUBLISH_PORT:-${published}}:${published}`],
      networks: networksOfService(input, rendered),
      depends_on: whereAny(dependenciesOf(input, rendered)),
      healthcheck: healthOf(rendered),
      logging: LOGGING,
      restart: 'unless-stopped',
      stop_signal: policy.stop.signal,
      stop_grace_period: `${service.terminationGraceSeconds}s`,
    },
    {
      deploy: oneLine(
        `${formatMiB(plan.ledger.usedMiB)} of ${formatMiB(plan.ledger.availableMiB)} available are planned for, ${formatMiB(plan.ledger.headroomMiB)} stay free on purpose`,
      ),
      ...(plan.limits.cpuMillis === undefined && {
        cpu_shares: 'no CPU limit, as the stack asks: a weight for when others compete',
      }),
      memswap_limit: 'no swap: a memory limit alone allows as much again',
      shm_size: oneLine(`/dev/shm, part of the memory: ${policy.sharedMemory?.why ?? ''}`),
      ulimits: 'connections are open files',
      logging: 'output is kept in files of a bounded size',
      tmpfs: 'in memory: files count against the limit, so a part of the headroom bounds them',
      ...(start.entrypoint && { entrypoint: start.reason }),
      healthcheck: oneLine(`up to ${plan.startupSeconds} s to start: ${policy.startupSeconds.why}`),
      stop_signal: oneLine(policy.stop.why),
    },
  );
}

interface Start {
  entrypoint?: string[];
  reason: string;
  words: Words[];
}

function startOf(rendered: RenderedService): Start {
  if (rendered.held)
    return {
      entrypoint: ['/bin/sh', ENTRYPOINT_PATH],
      reason: "computes the values and reads the secrets' files; the image's entry point follows",
      words: [{ words: programWords(rendered) }],
    };
  const wrapper = secretsWrapper(rendered, 'files');
  const entrypoint = wrapper ? ['/bin/sh', '-euc', wrapper.script] : rendered.service.entrypoint;
  return {
    ...(entrypoint && { entrypoint: entrypoint.map(literal) }),
    reason: wrapper
      ? "secrets come as files, the program reads variables; the image's entry point follows"
      : 'named by the stack, so that every target starts the same',
    words: wrapper?.words ?? argumentsOf(rendered),
  };
}

function healthOf(rendered: RenderedService): object | undefined {
  const check = healthCheckOf(rendered, 'waits');
  return (
    check && {
      test: ['CMD', ...healthTestWithSecrets(rendered, check).map(literal)],
      interval: `${check.intervalSeconds}s`,
      timeout: `${check.timeoutSeconds}s`,
      retries: check.retries,
      start_period: `${check.startSeconds}s`,
    }
  );
}

function dependenciesOf(input: RenderInput, { service }: RenderedService): Record<string, object> {
  return Object.fromEntries(
    waitsFor(input, service.name).map((name) => {
      return [name, { condition: isAsked(flatNamed(input, name)) ? 'service_healthy' : 'service_started' }];
    }),
  );
}

/** The main service is published and some call what is elsewhere: both need a way out, the rest has none. */
function networksOfService({ plan, stack }: RenderInput, { service }: RenderedService): string[] {
  const outside =
    publishedPort(stack, service) !== undefined ||
    service.egress.length > 0 ||
    service.connectsTo.some((name) => plan.external.includes(name));
  const alone = Object.keys(plan.services).length === 1;
  return [...(alone && outside ? [] : [INTERNAL]), ...(outside ? [DEFAULT] : [])];
}

function networksOf(input: RenderInput, services: readonly RenderedService[]): object | undefined {
  const used = services.some((rendered) => networksOfService(input, rendered).includes(INTERNAL));
  return used
    ? withComments({ [INTERNAL]: { internal: true } }, { [INTERNAL]: 'no way out, and no way in' })
    : undefined;
}

/** Its entry point and its files, each with the reason for it. */
function configsOf(rendered: RenderedService): object[] {
  const { service } = rendered;
  const entrypoint = rendered.held ? [{ source: entrypointName(service.name), target: ENTRYPOINT_PATH }] : [];
  const files = service.files.map(({ path, why }) =>
    withComments(
      { source: configName(`${service.name}/${baseName(path)}`), target: literal(path) },
      { source: oneLine(why) },
    ),
  );
  return [...entrypoint, ...files];
}

/** `postgres-10-roles.sh` */
function configName(path: string): string {
  return path.replaceAll('/', '-');
}

/** Two services may have a secret of the same name, each with a value of its own. */
function secretName(service: string, name: string): string {
  return `${service}-${name}`;
}

/** A shell in the container reads them into variables. */
function secretsInFiles({ service, policy }: RenderedService): Policy['secrets'] {
  return service.shell ? policy.secrets : [];
}

/** Without a shell Compose makes variables of them. */
function hasSecretLines({ service, policy }: RenderedService): boolean {
  return !service.shell && policy.secrets.length > 0;
}

function secretLines(service: string): string {
  return `secrets/${service}.env`;
}

function secretFile(service: string, name: string): string {
  return `secrets/${service}/${name}`;
}

function entrypointName(service: string): string {
  return `${service}-entrypoint`;
}

function volumeName(service: string): string {
  return `${service}-data`;
}

/** Of the variables that concern one service; a service's name has no `_`. */
function variablePrefix(service: string): string {
  return service.toUpperCase().replaceAll('-', '_');
}

/** A text in which Compose replaces nothing. */
function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}

function mapValues(record: Readonly<Record<string, string>>, change: (value: string, key: string) => string) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}

/** Undefined, which is not written, for an empty list or object. */
function whereAny<T extends object>(members: T): T | undefined {
  return Object.keys(members).length > 0 ? members : undefined;
}

/** What `docker run` and Compose tell the same engine about a service. */
import { fileArguments, programOf } from '../deliveries/delivery.ts';
import { fail } from '../errors/errors.ts';
import { oneLine } from '../formats/one-line.ts';
import { withComments } from '../formats/yaml.ts';
import { allowsSysctl } from '../platforms/platform.ts';
import type { Policy, Sysctl } from '../policy/policy.ts';
import { baseName, type MountedFile, type Probe } from '../stack/stack.ts';
import { formatMiB } from '../units.ts';
import type { FlatService, RenderedService, Value } from './rendered.ts';
import { processText, shWord, shWords, variableName } from './shell-text.ts';
import type { Artifact, RenderInput } from './target.ts';
import { environmentOf, type Flag, filesFor, flagsOf } from './values.ts';

/** The smallest memory limit that the engine accepts. */
const MIN_MEMORY_MIB = 6;
/** Where Compose puts the files of secrets. */
export const SECRETS_FOLDER = '/run/secrets';

/** @throws OUTPUT_INVALID for an image reference that would be something else to a shell or to Compose */
export function imageOf({ name, image }: FlatService): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._/:@-]*$/.test(image))
    fail(
      'OUTPUT_INVALID',
      `services.${name}.deploy.image`,
      `expected an image reference, got ${JSON.stringify(image)}`,
    );
  return image;
}

/** @throws OUTPUT_INVALID below what the engine accepts */
export function memoryOf({ service, plan }: RenderedService): number {
  const { memoryMiB } = plan.limits;
  if (memoryMiB < MIN_MEMORY_MIB)
    fail(
      'OUTPUT_INVALID',
      `services.${service.name}.limits.memory`,
      `expected at least ${formatMiB(MIN_MEMORY_MIB)}, Docker's minimum, got ${formatMiB(memoryMiB)}; give it a larger share or atLeast`,
    );
  return memoryMiB;
}

/** Relative weight in place of a limit, where the stack wants none: 1024 a core. */
export function cpuSharesOf({ plan }: RenderedService): number {
  return Math.max(2, Math.floor((plan.requests.cpuMillis * 1024) / 1000));
}

/**
 * The environment, the data folder's variable included.
 * @throws OUTPUT_INVALID for names and values that no process can get
 */
export function containerEnvironment(rendered: RenderedService): Value[] {
  const { service } = rendered;
  const values = [...dataFolderOf(service), ...environmentOf(rendered), ...cpuOf(rendered)];
  for (const { key, text } of values) {
    const path = `services.${service.name}.deploy.env.${key}`;
    variableName(key, path);
    processText(text, path);
  }
  return values;
}

/** What the entry point counts with where no limit says it. */
function cpuOf({ plan, held }: RenderedService): Value[] {
  if (held === undefined || plan.limits.cpuMillis !== undefined) return [];
  const reason = 'no CPU limit, as the stack asks: cores come from what was planned';
  return [{ key: 'SIZEWRIGHT_CPU_MILLIS', text: `${plan.requests.cpuMillis}`, reason }];
}

/** One level below the mount, as on Kubernetes, whose mounts may hold lost+found: the data can move between the two. */
function dataFolderOf({ volume, env }: FlatService): Value[] {
  if (volume?.dataVariable === undefined || Object.hasOwn(env, volume.dataVariable)) return [];
  const text = `${volume.path.replace(/\/+$/, '')}/data`;
  return [{ key: volume.dataVariable, text, reason: 'the data folder, one level below the mount' }];
}

/** Kernel parameters of the service: those that its container gets, and those that the machine has to have. */
export function sysctlsOf({ platform }: RenderInput, { policy }: RenderedService): Record<'own' | 'machine', Sysctl[]> {
  const own = policy.sysctls.filter(({ key }) => allowsSysctl(platform, key));
  return { own, machine: policy.sysctls.filter((sysctl) => !own.includes(sysctl)) };
}

/** How the machine gets what its containers cannot set; lines of a comment. */
export function machineSysctlNotes(input: RenderInput, services: readonly RenderedService[]): string[] {
  const byKey = new Map(
    services.flatMap((rendered) => sysctlsOf(input, rendered).machine.map((one) => [one.key, one] as const)),
  );
  if (byKey.size === 0) return [];
  return [
    'Kernel parameters of the whole machine, which a container cannot set (kept in /etc/sysctl.d/ by --target env):',
    ...[...byKey.values()].map(({ key, value, why }) => `  sudo sysctl -w ${key}=${value}   # ${why}`),
  ];
}

/**
 * Open files that a container may have: an engine's own default may be 1,024, which connections soon use up. An engine
 * without privileges cannot raise its user's own limit, so `OPEN_FILES` lowers it.
 */
export const MAX_OPEN_FILES = `\${OPEN_FILES:-65536}`;

/**
 * Files of the engine's `local` driver, which compresses them: 100 MiB a container at most. Without a limit they fill
 * the disk.
 * @see https://docs.docker.com/engine/logging/drivers/local/
 */
export const LOGGING = { driver: 'local', options: { 'max-size': '20m', 'max-file': '5' } } as const;

/** Folders in memory that the program writes, each with what it may fill. */
interface MemoryFolder {
  path: string;
  sizeMiB: number;
}

/**
 * Files in them count as memory of the container, so together they may fill a quarter of the headroom, 1 MiB at least.
 * A size that is left out would be half of the host's memory.
 */
export function memoryFoldersOf({ service, plan }: RenderedService): MemoryFolder[] {
  const name = (path: string) => path.replace(/(?<=.)\/+$/, '');
  const taken = new Set(['/dev/shm', ...(service.volume ? [name(service.volume.path)] : [])]);
  const paths = [...new Set(service.writable.map(name))].filter((path) => !taken.has(path));
  if (name(service.volume?.path ?? '') === '/' || paths.includes('/'))
    fail('OUTPUT_INVALID', `services.${service.name}`, 'expected a volume and writable folders below /, got / itself');
  const sizeMiB = Math.max(1, Math.floor(plan.ledger.headroomMiB / (4 * paths.length)));
  return paths.map((path) => ({ path, sizeMiB }));
}

/** Mount options of the program's own, because a folder in memory belongs to root otherwise. */
export function memoryFolderOwner({ user }: FlatService): string[] {
  return [...(user ? [`uid=${user.uid}`, `gid=${user.gid}`] : []), 'mode=0700'];
}

/** All mount options, as Docker takes them. */
export function memoryFolderOptions(service: FlatService, { sizeMiB }: MemoryFolder): string {
  return [`size=${sizeMiB}m`, ...memoryFolderOwner(service)].join(',');
}

/** Part of a command line that belongs together. */
export interface Words {
  words: string[];
  reason?: string;
  /** What they carry. */
  value?: Value;
}

/** A list for YAML whose words bear the reason of the value they carry. */
export function withReasons<T>(groups: readonly Words[], write: (word: string, value?: Value) => T): T[] {
  const words: T[] = [];
  const comments: Record<string, string> = Object.create(null);
  for (const { reason, value, words: own } of groups) {
    if (reason !== undefined) comments[words.length] = oneLine(reason);
    words.push(...own.map((word) => write(word, value)));
  }
  return withComments(words, comments);
}

/** What comes behind the image's entry point; nothing where the values come by environment. */
export function argumentsOf(rendered: RenderedService): Words[] {
  const { policy } = rendered;
  const [first, ...others] = programOf(policy.deliveries);
  const { start, end } = flagsOf(rendered);
  const grouped = (flags: readonly Flag[]): Words[] =>
    flags.map(({ value, words }) => {
      processText(value.text, `${policy.name} ${value.parameter ? 'parameters' : 'settings'}.${value.key}`);
      return { words, reason: value.reason, value };
    });
  const named = filesFor(rendered).flatMap(({ delivery }) => fileArguments(delivery));
  const groups = [
    ...(first === undefined ? [] : [{ words: [first] }]),
    ...grouped(start),
    { words: [...others, ...named] },
    ...grouped(end),
  ];
  return groups.filter(({ words }) => words.length > 0);
}

/** The arguments without the program's own first words. */
function behindProgram(rendered: RenderedService): Words[] {
  let own = programOf(rendered.policy.deliveries).length;
  return argumentsOf(rendered).flatMap(({ words, ...group }) => {
    const left = words.slice(own);
    own = Math.max(0, own - words.length);
    return left.length === 0 ? [] : [{ ...group, words: left }];
  });
}

/** What the container runs before the program's own words; undefined where only the image knows. */
export function entrypointOf({ service, policy }: RenderedService): string[] | undefined {
  if (service.entrypoint || !service.build) return service.entrypoint;
  return programOf(policy.deliveries).length > 0 ? [] : [`/usr/local/bin/${service.build.binary}`];
}

/**
 * The whole command, for something that starts it in the image's place.
 * @param because what needs to know it
 * @throws OUTPUT_INVALID where only the image knows
 */
export function startedWords(rendered: RenderedService, because: string): string[] {
  const { service, policy } = rendered;
  const entrypoint = entrypointOf(rendered);
  const program = programOf(policy.deliveries);
  if (!service.shell)
    fail(
      'OUTPUT_INVALID',
      `services.${service.name}.deploy.shell`,
      `expected an image with a shell, because ${because}, got shell: false; take one that has /bin/sh`,
    );
  if (entrypoint && entrypoint.length + program.length > 0) return [...entrypoint, ...program];
  return fail(
    'OUTPUT_INVALID',
    `services.${service.name}.deploy.entrypoint`,
    `expected what the image runs, because ${because}, got none; name its ENTRYPOINT${program.length > 0 ? ', [] if it has none' : ' and CMD'}: docker image inspect --format '{{json .Config}}' ${service.image}`,
  );
}

/** A shell that comes before the program: its script, and the words that it is given. */
interface Wrapper {
  script: string;
  words: Words[];
}

/**
 * The shell that gives secrets to the program; undefined where it needs none. An image without one gets them as variables.
 * @param from `files`: Compose's; `environment`: they are variables already, only flags are to be added
 * @param beside whether the service's files are mounted, so that the shell need not write them
 * @throws OUTPUT_INVALID where the stack does not say what to run
 */
export function secretsWrapper(
  rendered: RenderedService,
  from: 'files' | 'environment',
  beside = false,
): Wrapper | undefined {
  const { policy, service } = rendered;
  const flags = secretFlags(policy);
  const files = from === 'environment' && !beside ? service.files : [];
  const given = from === 'files' && service.shell ? policy.secrets : flags;
  if (given.length === 0 && files.length === 0) return undefined;
  const values = behindProgram(rendered);
  const first = startedWords(rendered, 'a shell gives it its secrets and files before it starts');
  const run = ['exec "$0" "$@"', ...flags].join(' ');
  const before = from === 'files' ? readSecrets(rendered) : files.map(writeFile).join('');
  return { script: before === '' ? run : `${before}${run}\n`, words: [{ words: first }, ...values] };
}

/** A file where nothing can be mounted; its folder is writable there. */
function writeFile({ path, text }: MountedFile): string {
  return `printf %s ${shWord(text)} > ${shWord(path)}\n`;
}

/** The files of a service where they lie beside its deploy file: `postgres/10-roles.sh`. */
export function besideFiles({ service }: RenderedService): Artifact[] {
  return service.files.map(({ path, text }) => ({ path: `${service.name}/${baseName(path)}`, contents: text }));
}

/** How a container starts whose secrets are variables already: through a shell where one has to add flags to the program's. */
export function containerStart(rendered: RenderedService): { entrypoint: string[]; words: string[] } {
  const wrapper = secretsWrapper(rendered, 'environment');
  const words = (wrapper?.words ?? argumentsOf(rendered)).flatMap((group) => group.words);
  return { entrypoint: wrapper ? ['/bin/sh', '-euc', wrapper.script] : (rendered.service.entrypoint ?? []), words };
}

/** Words of a shell for the secrets that the program takes as flags. */
export function secretFlags({ secrets }: Policy): string[] {
  return secrets.flatMap(({ name, flag }) => (flag === undefined ? [] : `${shWord(flag)} "$${name}"`));
}

/** Apart from `export`, so that a file that can't be read stops the start: `export NAME=$(…)` would succeed. */
function readSecrets({ policy }: RenderedService): string {
  return policy.secrets.map(({ name }) => `${name}="$(cat ${SECRETS_FOLDER}/${name})"; export ${name}\n`).join('');
}

/** How the engine asks whether the service works. */
interface HealthCheck {
  /** Without a shell. */
  test: string[];
  /** The stack's own command, which may need the service's secrets. */
  ownCommand: boolean;
  intervalSeconds: number;
  timeoutSeconds: number;
  /** Failures do not count so long. */
  startSeconds: number;
  retries: number;
}

/**
 * The engine has one check, and what follows from it differs. Where other services only wait for it, it asks for
 * readiness. Where a container that fails it is replaced, it asks for liveness alone: a service that is not ready for a
 * while, because it still loads or its database is away, must not be killed for that.
 * @param failing what becomes of a container that fails the check
 */
export function healthCheckOf(rendered: RenderedService, failing: 'waits' | 'is-replaced'): HealthCheck | undefined {
  const { service, plan } = rendered;
  const probe = probeOf(service, failing);
  if (probe === undefined) return undefined;
  const path = `services.${service.name}.deploy.probes`;
  return {
    test: probe.exec ? probe.exec.map((word) => processText(word, path)) : askHttp(service, probe.http!),
    ownCommand: probe.exec !== undefined,
    intervalSeconds: probe.periodSeconds,
    timeoutSeconds: probe.timeoutSeconds,
    startSeconds: plan.startupSeconds,
    retries: probe.failureThreshold,
  };
}

/** Nothing in a container without a shell asks by HTTP. */
function probeOf({ probes, shell }: FlatService, failing: 'waits' | 'is-replaced'): Probe | undefined {
  const { readiness, liveness, startup } = probes;
  const probe = failing === 'is-replaced' ? liveness : (readiness ?? liveness ?? startup);
  return shell || probe?.exec ? probe : undefined;
}

/** Whether others can wait until a service works. */
export function isAsked(service: FlatService): boolean {
  return probeOf(service, 'waits') !== undefined;
}

/** An image that is built here has curl; of another nobody knows. */
function askHttp({ ports, build }: FlatService, path: string): string[] {
  const url = `http://127.0.0.1:${ports[0]!.port}${path}`;
  const curl = ['curl', '-fsS', '-o', '/dev/null', url];
  return build ? curl : ['/bin/sh', '-c', `${shWords(curl)} || ${shWords(['wget', '-q', '-O', '/dev/null', url])}`];
}

/** A check in a container whose environment has no secrets: they are read from their files first. */
export function healthTestWithSecrets(rendered: RenderedService, { test, ownCommand }: HealthCheck): string[] {
  if (!ownCommand || !rendered.service.shell || rendered.policy.secrets.length === 0) return test;
  return ['/bin/sh', '-euc', `${readSecrets(rendered)}exec "$0" "$@"\n`, ...test];
}

/** What the images that are not built here must have for what is written; lines of a comment. */
export function programsNote(services: readonly RenderedService[], from: 'files' | 'environment'): string[] {
  const others = services.filter(({ service }) => service.shell && !service.build);
  const asked = others.filter((rendered) => healthCheckOf(rendered, 'waits')?.ownCommand === false);
  const shells = others.filter((rendered) => {
    const { policy, held } = rendered;
    const flags = from === 'environment' ? secretFlags(policy) : policy.secrets;
    return held !== undefined || asked.includes(rendered) || flags.length > 0;
  });
  if (shells.length === 0) return [];
  const named = (list: readonly RenderedService[]) => list.map(({ service }) => service.name).join(', ');
  const ask = asked.length > 0 ? [`, and curl or wget (${named(asked)})`] : [];
  return [
    `Images must have /bin/sh (${named(shells)})${ask.join('')}; for one without, say shell: false in the stack.`,
  ];
}

/** The check as a shell command, which is all that `docker run` takes. */
export function healthCommand({ test }: HealthCheck): string {
  const [shell, flag, script] = test;
  const isShell = test.length === 3 && flag === '-c' && ['sh', '/bin/sh'].includes(shell!);
  return isShell ? script! : shWords(test);
}

/** Labels of the stack and the service; constants only, so that a container is not made anew for another profile. */
export function labelsOf(stack: { labels: Record<string, string> }, service: FlatService): Record<string, string> {
  return { ...stack.labels, ...service.labels };
}

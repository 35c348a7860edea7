/** From what a user asks for to plan requests: hardware found, services placed, overrides merged. */
import type { Placement } from './allocate/stack.ts';
import { mergeOverrides, type Overrides, overridesFromEnvironment, overridesFromFlags } from './decide/overrides.ts';
import { fail } from './errors.ts';
import { type Gathering, late, need } from './gather.ts';
import type { Host } from './host/host.ts';
import type { PlanRequest } from './plan.ts';
import { parseEvictionHard, parseReserved } from './platform/kubelet.ts';
import type { NodeTweaks } from './platform/platform.ts';
import { containerName, machineOfSize } from './profile/container.ts';
import type { Family } from './profile/family.ts';
import { unknownName } from './profile/nearest.ts';
import { HOST, type Machine, type Profile } from './profile/profile.ts';
import {
  type Files,
  type LoadedProfile,
  type LoadedStack,
  loadOverrides,
  loadProfile,
  loadStack,
} from './sources/library.ts';
import { formatMiB, MIN_CPU_MILLIS, parseCpuMillis, parseInteger, parseMemoryMiB } from './units.ts';

/** What to plan for. Texts as a user types them. */
export interface PlanOptions {
  /** Name or path. @default the only one in `./stack.yaml` or `stacks/` */
  stack?: string;
  /**
   * Machines, patterns of machines (`c7g.*`), container limits or paths: one plan each. `postgres=r6i.2xlarge` places
   * that service (or several, with commas) on hardware of its own in every plan.
   */
  profiles?: readonly string[];
  /** Container limits of the main service: `2cpu-4gi`. @default none */
  limits?: string;
  /**
   * What all services share: a machine (`c6i.8xlarge`), its size alone (`8cpu-32gi`), `here` (what this process runs on),
   * a pattern or a path; `postgres=r6i.2xlarge` places that service. @default none
   */
  machine?: readonly string[];
  /** Machines that are at hand as data, after those of `profiles`. */
  machines?: readonly Machine[];
  /** Container limits of the main service instead of a profile: `16`, `500m`. @default those of the profile */
  cpu?: string;
  /** `32Gi`. @default that of the profile */
  memory?: string;
  /** Memory that the main service may plan with. @default by the policy's headroom and reserve */
  available?: string;
  /** Services that run elsewhere. @default none */
  external?: readonly string[];
  /** Whether what is held of the memory of profile `host` at this moment is left to its holders. @default false */
  free?: boolean;
  /** What a node's kubelet keeps for itself, in its own words: `cpu=1,memory=2Gi`. @default by the platform's rule */
  kubeReserved?: string;
  /** What it keeps for the operating system. @default by the platform's rule */
  systemReserved?: string;
  /** Hard eviction threshold of memory.available: `500Mi`. @default by the platform's rule */
  evictionHard?: string;
  /** What runs on every node: DaemonSets and cluster add-ons. @default by the platform's rule */
  everyNode?: string;
  /** Pods that a node takes: `58`. @default by the platform's rule */
  maxPods?: string;
  /** `api.ACTIX_WORKERS=24`: pins. @default none */
  set?: readonly string[];
  /** Lower bounds. @default none */
  min?: readonly string[];
  /** Upper bounds. @default none */
  max?: readonly string[];
  /** Path of an overrides file. @default none */
  overrides?: string;
  /** Where `ACTIX_WORKERS=24` and `ACTIX_WORKERS_MAX=32` are looked for. @default nowhere */
  environment?: Readonly<Record<string, string | undefined>>;
}

/** One plan to be made, without its platform. */
export interface Request extends Omit<PlanRequest, 'platform'> {
  loaded: LoadedStack;
  /** What `--profile` names for it; empty with `--cpu` and `--memory`. */
  profiles: string[];
  /** The other options that ask for it. */
  stated: StatedOptions;
  /** Whether what is free of profile `host` counts. */
  free: boolean;
  /** What profile `host` was detected from, where it is asked for. */
  host?: Host;
  /** That of its one machine, where that is one of the catalogue. */
  family?: Family;
  /** The pattern that its hardware was found by, with others: `c7g.*`. */
  pattern?: string;
}

/** Options as texts, by the names of `PlanOptions`, in the order of a command line. */
export type StatedOptions = Readonly<Record<string, string | readonly string[]>>;

/** The words of a command line that ask for requests of one run. A pattern stands for the machines found by it. */
export function wordsOf(requests: readonly Request[]): string[] {
  const [first, ...others] = requests as [Request, ...Request[]];
  const hardware = requests.flatMap(({ profiles, pattern }) =>
    others.length > 0 && pattern !== undefined ? [pattern] : profiles,
  );
  return [...[...new Set(hardware)].flatMap((text) => ['--profile', text]), ...optionWords(first)];
}

/** Only patterns need all families. */
export const catalogue = late(() => import('./catalogue/machines.ts'));

/**
 * @returns a request for each profile
 * @throws USAGE, PROFILE_UNKNOWN, STACK_UNKNOWN, SERVICE_UNKNOWN, OVERRIDE_INVALID, QUANTITY_SYNTAX, …
 */
export function* resolveRequests(options: PlanOptions, files: Files): Gathering<Request[]> {
  const loaded = yield* loadStack(files, options.stack);
  const { stack, policies } = loaded;
  const names = stack.services.map((service) => service.name);
  const known = (name: string, path: string): string => {
    if (names.includes(name)) return name;
    return fail('SERVICE_UNKNOWN', path, unknownName(`a service of stack ${stack.name}`, name, names));
  };

  const external = [...new Set(options.external ?? [])].map((name) => known(name, '--external'));
  const here = stack.services.filter((service) => !external.includes(service.name));
  if (here.length === 0) fail('USAGE', '--external', 'expected at least one service that is not external, got none');

  const { hardware, own } = yield* resolveHardware(options, files, (name) => known(name, '--profile'));
  for (const name of own.flatMap((placement) => placement.names)) {
    if (external.includes(name))
      fail('USAGE', '--profile', `expected hardware for services that are planned, got ${name}, which is external`);
  }
  const rest = here.filter((service) => !own.some((placement) => placement.names.includes(service.name)));
  if (rest.length > 0 && hardware.length === 0) {
    if (own.length === 0)
      fail(
        'USAGE',
        '--profile',
        'expected hardware, got none; give a machine that all share (--machine c6i.8xlarge, --machine 8cpu-32gi, --machine here), or the limits of one container (--limits 4cpu-8gi)',
      );
    fail(
      'USAGE',
      '--profile',
      `expected hardware for every service, got none for ${rest.map((service) => service.name).join(', ')}; add --profile ${rest[0]!.name}=..., a profile for the rest, or --external`,
    );
  }
  if (rest.length === 0 && hardware.length > 0)
    fail('USAGE', '--profile', `expected services for ${hardware[0]!.text}, got none: each has hardware of its own`);

  const { overrides, fromEnvironment } = yield* resolveOverrides(options, files, loaded, known);
  const mainFirst = (placed: typeof here) =>
    [...placed].sort((a, b) => Number(b.name === stack.main) - Number(a.name === stack.main));
  const inOrder = (profile: Profile, placed: typeof here): Placement => ({
    profile,
    services: profile.kind === 'container' ? mainFirst(placed) : placed,
  });
  const owned = own.map(({ profile, names }) =>
    inOrder(
      profile,
      here.filter((service) => names.includes(service.name)),
    ),
  );
  const variants = rest.length === 0 ? [undefined] : hardware;
  const requests = variants.map((variant): Request => {
    const main = external.includes(stack.main)
      ? undefined
      : (own.find(({ names }) => names.includes(stack.main)) ?? variant);
    const stated = options.available === undefined ? undefined : parseMemoryMiB(options.available, '--available');
    if (stated !== undefined && main === undefined)
      fail('USAGE', '--available', `expected the main service ${stack.main} to be planned, got it as external`);
    if (stated !== undefined && stated > main!.profile.memoryMiB) {
      const most = `${formatMiB(main!.profile.memoryMiB)} of ${main!.profile.name}`;
      fail('USAGE', '--available', `expected at most the ${most}, got ${formatMiB(stated)}`);
    }
    const availableMiB = stated ?? main?.availableMiB;
    const host = variant?.host ?? own.find((placement) => placement.host)?.host;
    return {
      loaded,
      stack,
      policies,
      label: [
        variant && labelOf(variant.profile, availableMiB),
        ...own.map(({ names, profile }) => `${names.join('+')}-${profile.name}`),
      ]
        .filter(Boolean)
        .join('_'),
      placements: [...(variant ? [inOrder(variant.profile, rest)] : []), ...owned],
      external,
      overrides,
      ...(availableMiB !== undefined && { availableMiB }),
      profiles: [...(variant?.text ? [variant.text] : []), ...own.map(({ text }) => text)],
      stated: statedOptions(options, fromEnvironment),
      free: host !== undefined && options.free === true,
      ...(variant?.pattern !== undefined && { pattern: variant.pattern }),
      ...(host && { host }),
      ...(own.length === 0 && variant?.family && { family: variant.family }),
    };
  });
  return withoutRepeats(requests);
}

/** Two names of the same hardware are one plan; two kinds of hardware never share a folder. */
function withoutRepeats(requests: readonly Request[]): Request[] {
  const byLabel = new Map<string, Request>();
  for (const request of requests) {
    const other = byLabel.get(request.label) ?? request;
    byLabel.set(request.label, other);
    if (JSON.stringify(other.placements) !== JSON.stringify(request.placements))
      fail(
        'USAGE',
        '--profile',
        `expected hardware of different names, got two kinds named ${request.label}; rename one`,
      );
  }
  return [...byLabel.values()];
}

interface Hardware extends LoadedProfile {
  text: string;
  pattern?: string;
}

/** Whether machines are asked for by a pattern: `c7g.*`, `aws:m7i.*`, `Standard_D?s_v5`. A path is none. */
function isPattern(text: string): boolean {
  return /[*?]/.test(text) && !/[/\\]|\.ya?ml$/.test(text);
}

function* resolveHardware(
  options: PlanOptions,
  files: Files,
  known: (name: string) => string,
): Gathering<{ hardware: Hardware[]; own: (Hardware & { names: string[] })[] }> {
  const hardware: Hardware[] = [];
  const own: (Hardware & { names: string[] })[] = [];
  if (options.cpu !== undefined || options.memory !== undefined) {
    const [cpu, memory] = [options.cpu, options.memory];
    if (cpu === undefined || memory === undefined)
      return fail(
        'USAGE',
        cpu === undefined ? '--cpu' : '--memory',
        'expected --cpu and --memory together, got one of them',
      );
    const [cpuMillis, memoryMiB] = [parseCpuMillis(cpu, '--cpu'), parseMemoryMiB(memory, '--memory')];
    hardware.push({
      text: '',
      profile: { kind: 'container', name: containerName(cpuMillis, memoryMiB), cpuMillis, memoryMiB },
    });
  }
  for (const [text, path] of namedHardware(options)) {
    const match = PLACED.exec(text);
    if (isPattern(text)) {
      if (match || options.cpu !== undefined)
        fail(
          'USAGE',
          path,
          `expected a pattern alone, got ${match ? `"${text}", which places ${match[1]}` : '--cpu too'}`,
        );
      const { matchPattern } = yield* need(catalogue);
      for (const { name, ...found } of yield* matchPattern(files, text))
        hardware.push({ text: name, pattern: text, ...found });
      continue;
    }
    const found = whatCounts(yield* loadProfile(files, match?.[2] ?? text, path), options);
    if (path === '--machine' && found.profile.kind === 'container' && found.host === undefined)
      fail('USAGE', path, `expected a machine, got container limits, which ${text} has; give --profile ${text}`);
    if (match) own.push({ text, ...found, names: match[1]!.split(',').map(known) });
    else if (options.cpu !== undefined)
      fail('USAGE', path, `expected either ${path} or --cpu and --memory, got both (${text})`);
    else hardware.push({ text, ...found });
  }
  for (const profile of options.machines ?? []) hardware.push({ text: profile.name, profile });
  const placed = own.flatMap((placement) => placement.names);
  const hosts = [...hardware, ...own].filter(({ host }) => host);
  if (hosts.length > 1)
    fail(
      'USAGE',
      '--profile',
      `expected this host once, got it ${hosts.length} times; place services on it together: --profile a,b=host`,
    );
  const twice = placed.find((name, index) => placed.indexOf(name) !== index);
  if (twice) fail('USAGE', '--profile', `expected hardware for ${twice} once, got it twice`);
  for (const { profile, text } of [...hardware, ...own]) {
    if (profile.kind === 'container' && profile.cpuMillis < MIN_CPU_MILLIS) {
      fail(
        'QUANTITY_SYNTAX',
        text === '' ? '--cpu' : '--profile',
        `expected at least ${MIN_CPU_MILLIS}m CPU, the finest that a container can be given, got ${profile.cpuMillis}m`,
      );
    }
  }
  return { hardware, own };
}

/** `postgres,redis=r6i.2xlarge` */
const PLACED = /^([a-z][a-z0-9,-]*)=(.+)$/;

/**
 * Each hardware that is named, as `--profile` takes it, with the option that names it.
 * @throws USAGE
 */
function namedHardware({ profiles = [], limits, machine = [] }: PlanOptions): Map<string, string> {
  const machines = machine.map((text) => {
    const [, names, own] = PLACED.exec(text) ?? [];
    const wanted = own ?? text;
    const meant = wanted === 'here' ? HOST : /^\.?\d/.test(wanted) ? machineOfSize(wanted) : wanted;
    return names === undefined ? meant : `${names}=${meant}`;
  });
  if (limits !== undefined) {
    const refuse = (message: string): never => fail('USAGE', '--limits', message);
    if (!/^\.?\d/.test(limits))
      refuse(
        `expected the limits of one container such as 2cpu-4gi, got "${limits}"; give a machine by --machine ${limits}`,
      );
    const shared = machine.find((text) => !PLACED.test(text));
    if (shared !== undefined)
      refuse(
        `expected either the limits of one container or a machine that all share, got ${limits} and --machine ${shared}`,
      );
  }
  const other = limits !== undefined ? '--limits' : machine.length > 0 ? '--machine' : undefined;
  // What is placed by its service goes with either.
  if (other !== undefined && profiles.some((text) => !PLACED.test(text)))
    fail(
      'USAGE',
      '--profile',
      `expected either --profile or ${other}, got both; --profile names machines and limits alike`,
    );
  return new Map([
    ...profiles.map((text) => [text, '--profile'] as const),
    ...(limits === undefined ? [] : [[limits, '--limits'] as const]),
    ...machines.map((text) => [text, '--machine'] as const),
  ]);
}

/** Without what is free, unless that is to count. */
function whatCounts(found: LoadedProfile, { free }: PlanOptions): LoadedProfile {
  if (free) return found;
  const { freeMiB: _, ...profile } = found.profile;
  return { ...found, profile };
}

function labelOf(profile: Profile, availableMiB: number | undefined): string {
  return availableMiB === undefined
    ? profile.name
    : `${profile.name}-${availableMiB % 1024 === 0 ? `${availableMiB / 1024}gi` : `${availableMiB}mi`}-available`;
}

function* resolveOverrides(
  options: PlanOptions,
  files: Files,
  { stack, policies }: LoadedStack,
  known: (name: string, path: string) => string,
): Gathering<{ overrides: Overrides; fromEnvironment: StatedOverrides }> {
  const flags = overridesFromFlags({ set: options.set ?? [], min: options.min ?? [], max: options.max ?? [] });
  for (const name of Object.keys(flags)) known(name, '--set, --min, --max');
  const file = options.overrides === undefined ? {} : yield* loadOverrides(files, options.overrides, known);
  // A program that reads no environment has its parameters under the names that formulas know, as an entry point reads.
  const keys = stack.services.map((service) => {
    const { delivery, parameters } = policies[service.policy]!;
    const named = parameters.map(({ key, name }) => [delivery.as === 'env' ? key : name, name]);
    return [service.name, Object.fromEntries(named)] as const;
  });
  const environment = options.environment
    ? overridesFromEnvironment(options.environment, Object.fromEntries(keys))
    : {};
  const overrides = mergeOverrides([flags, file, environment]);
  // As flags, the command that is written into the files makes the same ones without this environment.
  const stated = (field: keyof StatedOverrides) =>
    Object.entries(environment).flatMap(([service, parameters]) =>
      Object.entries(parameters).flatMap(([parameter, override]) => {
        const found = override[field];
        const counts = found !== undefined && overrides[service]![parameter]![field] === found;
        return counts ? [`${service}.${parameter}=${found.value}`] : [];
      }),
    );
  return { overrides, fromEnvironment: { set: stated('set'), min: stated('min'), max: stated('max') } };
}

type StatedOverrides = Readonly<Record<'set' | 'min' | 'max', readonly string[]>>;

/** The options, hardware by name apart. */
function statedOptions(options: PlanOptions, fromEnvironment: StatedOverrides): StatedOptions {
  const { cpu, memory, available, stack, external, overrides } = options;
  const { kubeReserved, systemReserved, evictionHard, everyNode, maxPods } = options;
  const both = (field: keyof StatedOverrides) => [...(options[field] ?? []), ...fromEnvironment[field]];
  const nodes = { kubeReserved, systemReserved, evictionHard, everyNode, maxPods };
  const bounds = { set: both('set'), min: both('min'), max: both('max') };
  const all = { cpu, memory, available, stack, external, ...nodes, ...bounds, overrides };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined || value.length === 0 ? [] : [[name, value]])),
  );
}

function optionWords({ stated, free }: Request): string[] {
  const words = Object.entries(stated).flatMap(([name, value]) => {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const texts = typeof value === 'string' ? [value] : name === 'external' ? [value.join(',')] : value;
    return texts.flatMap((text) => [flag, text]);
  });
  return free ? [...words, '--free'] : words;
}

/**
 * What the operator states of nodes; empty where nothing is.
 * @throws QUANTITY_SYNTAX
 */
export function nodeTweaksOf(options: PlanOptions): NodeTweaks {
  const { kubeReserved, systemReserved, evictionHard, everyNode, maxPods } = options;
  return {
    ...(kubeReserved !== undefined && { kubeReserved: parseReserved(kubeReserved, '--kube-reserved') }),
    ...(systemReserved !== undefined && { systemReserved: parseReserved(systemReserved, '--system-reserved') }),
    ...(evictionHard !== undefined && { eviction: parseEvictionHard(evictionHard, '--eviction-hard') }),
    ...(everyNode !== undefined && { everyNode: parseReserved(everyNode, '--every-node') }),
    ...(maxPods !== undefined && { maxPods: parseInteger(maxPods, '--max-pods') }),
  };
}

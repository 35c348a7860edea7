/** From what a user asks for to plan requests: hardware found, services placed, overrides merged. */

import { variableOf } from '../deliveries/delivery.ts';
import { fail } from '../errors/errors.ts';
import { unknownName } from '../errors/nearest.ts';
import { type Files, type LoadedStack, loadOverrides, loadPlatform, loadStack } from '../files/library.ts';
import type { Gathering } from '../gather.ts';
import type { Family } from '../hardware/family.ts';
import type { Host } from '../hardware/host/host.ts';
import type { Profile } from '../hardware/profile.ts';
import type { Placement } from '../plan/allocate/stack.ts';
import {
  mergeOverrides,
  type Overrides,
  overridesFromEnvironment,
  overridesFromFlags,
} from '../plan/decide/overrides.ts';
import type { PlanRequest } from '../plan/plan.ts';
import { isMachinePlatform, withTweaks } from '../platforms/index.ts';
import type { NodeTweaks, Platform } from '../platforms/platform.ts';
import { formatMiB, parseMemoryMiB } from '../units.ts';
import { resolveHardware } from './hardware.ts';
import { withInputs } from './inputs.ts';
import { flagOf, OPTION_ROWS, type PlanOptions } from './options.ts';

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

/** Everything that plans are made from. */
export interface Inputs {
  requests: readonly Request[];
  platforms: readonly Platform[];
}

/**
 * @param platforms by name or path
 * @param sized a stack that is in no file. @default the one that the options name
 * @throws SizewrightError for whatever is wrong with the input
 */
export function* gatherInputs(
  options: PlanOptions,
  platforms: readonly string[],
  files: Files,
  sized?: LoadedStack,
): Gathering<Inputs> {
  const requests = yield* resolveRequests(options, files, sized);
  return { requests, platforms: yield* platformsNamed(options, platforms, files) };
}

/**
 * @returns a request for each profile
 * @throws USAGE, PROFILE_UNKNOWN, STACK_UNKNOWN, SERVICE_UNKNOWN, OVERRIDE_INVALID, QUANTITY_SYNTAX, …
 */
export function* resolveRequests(options: PlanOptions, files: Files, sized?: LoadedStack): Gathering<Request[]> {
  const loaded = sized ?? (yield* loadStack(files, options.stack));
  const { policies } = loaded;
  const stack = withInputs(loaded, options.with ?? []);
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
    const { deliveries, parameters } = policies[service.policy]!;
    const named = parameters.map((parameter) => [variableOf(deliveries, parameter), parameter.name]);
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

/** What names hardware is among the profiles of a request. */
const NAMES_HARDWARE: readonly (keyof PlanOptions)[] = ['machine', 'limits', 'profiles'];

function statedOptions(options: PlanOptions, fromEnvironment: StatedOverrides): StatedOptions {
  return Object.fromEntries(
    OPTION_ROWS.flatMap(([key, { kind }]) => {
      if (NAMES_HARDWARE.includes(key) || (kind !== 'text' && kind !== 'list')) return [];
      const own = options[key] as string | readonly string[] | undefined;
      const also = kind === 'list' ? (fromEnvironment as Readonly<Record<string, readonly string[]>>)[key] : undefined;
      const value = also ? [...(own ?? []), ...also] : own;
      return value === undefined || value.length === 0 ? [] : [[key, value]];
    }),
  );
}

function optionWords({ stated, free }: Request): string[] {
  const words = OPTION_ROWS.flatMap(([key, { commas }]) => {
    const value = Object.hasOwn(stated, key) ? [stated[key]!].flat() : [];
    const texts = commas && value.length > 0 ? [value.join(',')] : value;
    return texts.flatMap((text) => [flagOf(key), text]);
  });
  return free ? [...words, flagOf('free')] : words;
}

/**
 * What the operator states of nodes; empty where nothing is.
 * @throws QUANTITY_SYNTAX
 */
export function nodeTweaksOf(options: PlanOptions): NodeTweaks {
  return Object.fromEntries(
    OPTION_ROWS.flatMap(([key, { node }]) =>
      node === undefined || options[key] === undefined ? [] : [[key, node(options[key] as string, flagOf(key))]],
    ),
  );
}

/** @throws USAGE for two of the same name, whose folders would be one */
function* platformsNamed(options: PlanOptions, wanted: readonly string[], files: Files): Gathering<Platform[]> {
  const tweaks = nodeTweaksOf(options);
  const places: Platform[] = [];
  for (const name of new Set(wanted)) places.push(yield* loadPlatform(files, name));
  const repeated = places.find(({ name }, index) => places.findIndex((other) => other.name === name) !== index);
  if (repeated)
    fail('USAGE', '--platform', `expected platforms of different names, got two named ${repeated.name}; rename one`);
  return places.map((place) => (isMachinePlatform(place) ? withTweaks(place, tweaks) : place));
}

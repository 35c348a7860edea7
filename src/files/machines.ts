/** The catalogue as a list: every machine that `--profile` takes, filtered, searched, matched by pattern. */
import { fail } from '../errors/errors.ts';
import { nearestNames } from '../errors/nearest.ts';
import type { Gathering } from '../gather.ts';
import { listMachines, splitProvider } from '../hardware/family.ts';
import { type Machine, vcpusOf } from '../hardware/profile.ts';
import { parseInteger, parseMemoryMiB } from '../units.ts';
import { boxNames, type Files, familyKeys, type LoadedProfile, loadFamilies, loadProfile } from './library.ts';

export interface MachineFilter {
  /** `other`: machines of the user's own. */
  provider?: Machine['provider'];
  /** The name of a family's file, in any case: `c6i`, `n2`, `Dsv5`. */
  family?: string;
  vcpu?: Interval;
  memoryMiB?: Interval;
  architecture?: Machine['architecture'];
  /** Only machines with a GPU. */
  gpu?: boolean;
}

/** A filter as a user types it. */
export interface FilterTexts extends Pick<MachineFilter, 'provider' | 'family' | 'gpu'> {
  /** `16`, `16..64`, `16..`, `..64` */
  vcpu?: string;
  /** `32Gi..` */
  memory?: string;
  arch?: Machine['architecture'];
}

/** Both ends are included. */
export interface Interval {
  min: number;
  max: number;
}

/** A machine as lists print it. */
export interface MachineRow {
  provider: Machine['provider'];
  name: string;
  /** As the provider lists them; fewer may be active. */
  vcpu: number;
  /** Nominal. */
  memoryMiB: number;
  threadsPerCore: number;
  architecture: Machine['architecture'];
  gpus: number;
}

export function rowOf(machine: Machine): MachineRow {
  const { provider, name, memoryMiB, threadsPerCore, architecture, gpus } = machine;
  return { provider, name, vcpu: vcpusOf(machine), memoryMiB, threadsPerCore, architecture, gpus };
}

/** @throws QUANTITY_SYNTAX */
export function parseFilter({ provider, family, vcpu, memory, arch, gpu }: FilterTexts): MachineFilter {
  return {
    ...(provider && { provider }),
    ...(family !== undefined && { family }),
    ...(vcpu !== undefined && { vcpu: parseInterval(vcpu, '--vcpu', '16..64', parseInteger) }),
    ...(memory !== undefined && { memoryMiB: parseInterval(memory, '--memory', '32Gi..64Gi', parseMemoryMiB) }),
    ...(arch && { architecture: arch }),
    ...(gpu && { gpu }),
  };
}

/** One value, or a range that may be open at one end. */
function parseInterval(
  text: string,
  path: string,
  example: string,
  parse: (text: string, path: string) => number,
): Interval {
  const ends = text.split('..');
  const [from, to] = ends.length === 1 ? [text, text] : (ends as [string, string]);
  const min = from === '' ? 0 : parse(from, path);
  const max = to === '' ? Number.MAX_SAFE_INTEGER : parse(to, path);
  if (ends.length > 2 || from + to === '' || min > max)
    fail('QUANTITY_SYNTAX', path, `expected a value or a range from low to high such as ${example}, got "${text}"`);
  return { min, max };
}

/**
 * Machines in catalogue order: by provider, family, CPU, memory, name; the user's own last.
 * @throws PROFILE_UNKNOWN for a family that there is not, PROFILE_INVALID for a user's file that is wrong inside
 */
export function* listCatalogue(files: Files, filter: MachineFilter = {}): Gathering<Machine[]> {
  const { provider, family } = filter;
  const keys =
    family === undefined
      ? familyKeys(files).filter((key) => provider === undefined || key.startsWith(`${provider}/`))
      : [findFamilyKey(files, family, provider)];
  const machines = (yield* loadFamilies(files, keys)).flatMap(listMachines);
  const own = family === undefined && (provider ?? 'other') === 'other' ? yield* ownProfiles(files) : [];
  return [
    ...machines,
    ...own.flatMap(({ name, profile }) => (profile.kind === 'machine' ? { ...profile, name } : [])),
  ].filter((machine) => matchesFilter(machine, filter));
}

/** Everything of a filter but the family, which is not in a machine. */
export function matchesFilter(
  machine: Machine,
  { provider, vcpu, memoryMiB, architecture, gpu }: MachineFilter,
): boolean {
  const within = (value: number, { min, max }: Interval) => value >= min && value <= max;
  return (
    (provider === undefined || machine.provider === provider) &&
    (vcpu === undefined || within(vcpusOf(machine), vcpu)) &&
    (memoryMiB === undefined || within(machine.memoryMiB, memoryMiB)) &&
    (architecture === undefined || machine.architecture === architecture) &&
    (gpu !== true || machine.gpus > 0)
  );
}

/**
 * The key of a family by its name in any case, with or without its provider: `c6i`, `aws:c6i`, `Dsv5`, `Ds_v5`.
 * @throws PROFILE_UNKNOWN with the nearest real names
 */
export function findFamilyKey(files: Files, wanted: string, provider?: string): string {
  const split = splitProvider(wanted.replace('/', ':'));
  const cloud = split.provider ?? provider;
  const name = split.name.toLowerCase().replaceAll('_', '');
  const keys = familyKeys(files).filter((key) => cloud === undefined || key.startsWith(`${cloud}/`));
  const found = keys.find((key) => key.slice(key.indexOf('/') + 1) === name);
  if (found !== undefined) return found;
  // Two clouds have a c4: each name once.
  const near = nearestNames(name, new Set(keys.map((key) => key.slice(key.indexOf('/') + 1))));
  return fail(
    'PROFILE_UNKNOWN',
    '--family',
    `expected a machine family${cloud === undefined ? '' : ` of ${cloud}`} (c6i, n2, dsv5), got "${wanted}"${suggestion(near)}`,
  );
}

/** Machines whose name contains the text, in any case. */
export function searchMachines(machines: readonly Machine[], text: string): Machine[] {
  const { provider, name } = splitProvider(text);
  const part = name.toLowerCase();
  return machines.filter(
    (machine) => machine.name.toLowerCase().includes(part) && (provider ?? machine.provider) === machine.provider,
  );
}

/** The machines with the nearest names, best first. */
export function nearestMachines(machines: readonly Machine[], text: string, limit = 10): Machine[] {
  const names = nearestNames(
    splitProvider(text).name,
    machines.map((machine) => machine.name),
    limit,
  );
  return names.flatMap((name) => machines.find((machine) => machine.name === name) ?? []);
}

type NamedProfile = LoadedProfile & { name: string };

/**
 * What a pattern means, in catalogue order: `*` stands for any characters, `?` for one; the user's own boxes count too.
 * @throws PROFILE_UNKNOWN with the nearest families' patterns when nothing matches
 */
export function* matchPattern(files: Files, pattern: string): Gathering<NamedProfile[]> {
  const { provider, name } = splitProvider(pattern);
  const own = provider === undefined ? yield* ownProfiles(files, name) : [];
  const machines = yield* listCatalogue(files, provider && { provider });
  const catalogue = machines
    .filter((machine) => machine.provider !== 'other' && matchesPattern(name, machine.name))
    .map((profile) => ({ name: profile.name, profile }));
  const found = [...catalogue.filter((one) => !own.some((box) => box.name === one.name)), ...own];
  if (found.length > 0) return found;
  const families = yield* loadFamilies(files, familyKeys(files));
  const patterns = families.flatMap((family) =>
    (provider ?? family.provider) === family.provider
      ? family.machines.map((group) => group.name.replace('{size}', '*'))
      : [],
  );
  const near = nearestNames(name, new Set(patterns));
  return fail(
    'PROFILE_UNKNOWN',
    '--profile',
    `expected a pattern that some machine's name matches, such as 'c7g.*', got "${pattern}"${suggestion(near)}`,
  );
}

/** The user's own boxes, by the names that `--profile` takes. */
function* ownProfiles(files: Files, pattern = '*'): Gathering<NamedProfile[]> {
  const found: NamedProfile[] = [];
  for (const name of boxNames(files))
    if (matchesPattern(pattern, name)) found.push({ name, ...(yield* loadProfile(files, name)) });
  return found;
}

/** Whether a name is as a pattern says. A star that was too short takes one more; no earlier one needs to. */
export function matchesPattern(pattern: string, name: string): boolean {
  let [at, star, taken] = [0, -1, 0];
  for (let index = 0; index < name.length; ) {
    if (pattern[at] === '*') {
      [star, taken] = [at, index];
      at += 1;
    } else if (pattern[at] === '?' || pattern[at] === name[index]) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      taken += 1;
      [at, index] = [star + 1, taken];
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}

function suggestion(near: readonly string[]): string {
  return near.length > 0 ? `; did you mean ${near.join(', ')}?` : '';
}

/**
 * Finds stacks, policies, machines and boxes by name: the user's working directory first, then the package's own data,
 * which was checked when the package was built. Only a user's own files load YAML, zod and the formula parser.
 */
import { fail } from '../errors/errors.ts';
import { nearestNames } from '../errors/nearest.ts';
import { type Gathering, gatherNow, late, need } from '../gather.ts';
import { tryContainerName, tryMachineOfSize } from '../hardware/container.ts';
import { type Family, familyKey, findMachine, listMachines, splitProvider } from '../hardware/family.ts';
import type { Host } from '../hardware/host/host.ts';
import { HOST, type Profile } from '../hardware/profile.ts';
import type { Overrides } from '../plan/decide/overrides.ts';
import type { OverridesFile } from '../plan/decide/overrides-schema.ts';
import type { Plan } from '../plan/plan.ts';
import { findPlatform } from '../platforms/index.ts';
import type { Platform } from '../platforms/platform.ts';
import type { Policy } from '../policy/policy.ts';
import type { Stack } from '../stack/stack.ts';
import { sha256 } from './hashes.ts';

/** What a person writes is no larger, nor a plan. */
export const MOST_MIB_WRITTEN = 4;

/** How files are reached; injected, so that everything else is pure. */
export interface Files {
  /**
   * A user's file, relative to the working directory; undefined when there is none.
   * @param mostMiB how large it may be. @default MOST_MIB_WRITTEN
   * @throws FILE_UNREADABLE for what is no file, such as a folder or a pipe, and for one that is larger
   */
  readText(path: string, mostMiB?: number): string | undefined;
  /** A user's large file piece by piece; absent where there is no file system. */
  readChunks?(path: string): Iterable<string> | undefined;
  /** Names in a user's folder; none when there is no such folder. */
  list(folder: string): string[];
  /** One of the kernel's files by its absolute path; undefined when it is missing or may not be read. */
  readSystem(path: string): string | undefined;
  /** The package's own data by path without ending (`policies/redis`); undefined when there is none. */
  readData(path: string): BuiltInData | undefined;
  listData(folder: string): string[];
}

/** A built-in file, checked. */
export interface BuiltInData {
  /** sha256 of the YAML it was made from. */
  source: string;
  value: unknown;
  /** Line by key path. */
  lines: Record<string, number>;
  /** A stack's YAML, which is checked again where a user's policy takes the place of the package's; a policy's, to extend it. */
  text?: string;
}

export interface Loaded<T> {
  value: T;
  /** As messages name it: `policies/redis.yaml`. */
  file: string;
  lines: Record<string, number>;
  /** The user's, not the package's. */
  own: boolean;
}

export interface LoadedStack {
  /** As `--stack` takes it. */
  named: string;
  stack: Stack;
  policies: Record<string, Policy>;
  /** `policies/redis.yaml:20` for a trace's `redis parameters.maxmemory.formula`; undefined for what is in no file. */
  locate(by: string): string | undefined;
}

export interface LoadedProfile {
  profile: Profile;
  /** Stated in the user's own file. */
  availableMiB?: number;
  /** What the profile was detected from. */
  host?: Host;
  /** The machine's, of the catalogue. */
  family?: Family;
}

type Parsers = typeof import('./parse.ts');
type Parse<T> = (parsers: Parsers, text: string, file: string) => { value: T; lines: Record<string, number> };

/** Loads what is behind a name, from the user's folder or else from the package. */
function* load<T>(files: Files, path: string, parse: Parse<T>): Gathering<Loaded<T> | undefined> {
  const file = `${path}.yaml`;
  const text = files.readText(file);
  const data = files.readData(path);
  if (data !== undefined && (text === undefined || sha256(text) === data.source)) {
    return { value: data.value as T, file, lines: data.lines, own: false };
  }
  return text === undefined ? undefined : { ...parse(yield* need(parsers), text, file), file, own: true };
}

/** The parsers, their schemas, yaml and cel-js: only for a user's own files. */
export const parsers = late(() => import('./parse.ts'));

export const hosts = late(() => import('../hardware/host/index.ts'));

/** @param path where it is named, for the error message */
export function* loadPolicy(files: Files, name: string, path: string, near: string): Gathering<Loaded<Policy>> {
  const folders = near === '' ? ['policies'] : [`${near}/policies`, 'policies'];
  const baseNamed = (base: string): { text: string; file: string } | undefined => {
    if (!isName(base)) return undefined;
    const own = folders.map((folder) => `${folder}/${base}.yaml`).find((file) => files.readText(file) !== undefined);
    const text = own === undefined ? files.readData(`policies/${base}`)?.text : files.readText(own);
    return text === undefined ? undefined : { text, file: own ?? `policies/${base}.yaml` };
  };
  const parse: Parse<Policy> = ({ policyFromYaml }, text, file) => policyFromYaml(text, file, baseNamed);
  for (const folder of isName(name) ? folders : []) {
    const found = yield* load(files, `${folder}/${name}`, parse);
    if (found === undefined) continue;
    if (found.value.name !== name)
      fail('POLICY_INVALID', 'policy', `expected the name of its file, "${name}", got "${found.value.name}"`, {
        file: found.file,
      });
    return found;
  }
  const known = policyNames(files, folders);
  return fail(
    'POLICY_UNKNOWN',
    path,
    `expected a policy in ${folders.map((folder) => `${folder}/`).join(' or ')} or of the package (${suggest(name, known)}), got "${name}"`,
  );
}

/** Names of policies, the user's and the package's, sorted. Nothing is read. */
export function policyNames(files: Files, folders: readonly string[] = ['policies']): string[] {
  return names([...folders.flatMap((folder) => files.list(folder)), ...files.listData('policies')]).filter(isName);
}

/** Where a user's only stack may lie, beside `stacks/`. */
const STACKS_HERE = ['stack.yaml', 'sizewright.yaml'];

/**
 * The stack that is meant where none is named: the only one that there is.
 * @throws STACK_UNKNOWN
 */
function onlyStack(files: Files): string {
  const here = STACKS_HERE.filter((name) => files.readText(name) !== undefined).map((name) => `./${name}`);
  const own = [...here, ...ownStackNames(files)];
  if (own.length === 1) return own[0]!;
  const got =
    own.length === 0
      ? `none: there is no ${STACKS_HERE.map((name) => `./${name}`).join(', no ')} and none in stacks/`
      : own.join(', ');
  const packaged = names(files.listData('stacks')).map((name) => `--stack ${name}`);
  return fail(
    'STACK_UNKNOWN',
    '--stack',
    `expected one stack, got ${got}; name it: --stack ./my-stack.yaml, or one of the package (${packaged.join(', ')})`,
  );
}

/** A stack by the name that a plan or a record has of it; the only one where that name means none. */
export function stackNamed(files: Files, name: string): string | undefined {
  return stackNames(files).includes(name) ? name : undefined;
}

/**
 * @param stated a name (`spatialvortex`: `stacks/spatialvortex/stack.yaml`) or a path to a file. @default the only one
 * @throws STACK_UNKNOWN, POLICY_UNKNOWN, and what is wrong inside the files
 */
export function* loadStack(files: Files, stated: string | undefined): Gathering<LoadedStack> {
  const wanted = stated ?? onlyStack(files);
  const byPath = isPath(wanted);
  const path = byPath ? wanted.replace(/\.ya?ml$/, '') : `stacks/${wanted}/stack`;
  const near = byPath ? path.split('/').slice(0, -1).join('/').replace(/^\.$/, '') : '';
  const loaded = Object.create(null) as Record<string, Loaded<Policy>>;
  // Whoever parses a stack has the parsers, which are all that its policies may need.
  const policyNamed = (name: string, at: string): Policy => {
    loaded[name] ??= gatherNow(loadPolicy(files, name, at, near));
    return loaded[name].value;
  };
  const parse: Parse<Stack> = ({ stackFromYaml }, text, file) => stackFromYaml(text, file, policyNamed);
  let found: Loaded<Stack> | undefined;
  if (byPath) {
    const text = files.readText(wanted);
    found = text === undefined ? undefined : { ...parse(yield* need(parsers), text, wanted), file: wanted, own: true };
    if (found === undefined) fail('FILE_UNREADABLE', '--stack', `expected a file, got none at ${wanted}`);
  } else if (isName(wanted)) found = yield* load(files, path, parse);
  if (found === undefined) {
    const known = stackNames(files);
    return fail(
      'STACK_UNKNOWN',
      '--stack',
      `expected a stack in stacks/, one of the package (${suggest(wanted, known)}) or a path to a .yaml file, got "${wanted}"`,
    );
  }
  for (const { name, policy } of found.value.services)
    loaded[policy] ??= yield* loadPolicy(files, policy, `services.${name}.policy`, near);
  const replaced = Object.values(loaded).some((policy) => policy.own);
  const builtIn = found.own ? undefined : files.readData(path)?.text;
  const stack =
    replaced && builtIn !== undefined ? { ...found, ...parse(yield* need(parsers), builtIn, found.file) } : found;
  return {
    named: wanted,
    stack: stack.value,
    policies: valuesOf(loaded),
    locate(by) {
      const [owner, path] = by.split(' ', 2) as [string, string | undefined];
      if (path === undefined) return undefined;
      const source =
        owner === stack.value.name && /^(constraints|advice|services|stack)/.test(path) ? stack : loaded[owner];
      const line = source?.lines[path];
      return source && line !== undefined ? `${source.file}:${line}` : undefined;
    },
  };
}

/**
 * @param wanted a machine (`c6i.8xlarge`, `aws:c6i.8xlarge`), container limits (`4cpu-8gi`), a path to the user's own
 * YAML file, the name of one in `profiles/`, or `host`, which is what this process runs on
 * @param path the option that names it
 * @throws PROFILE_UNKNOWN with the nearest real names, QUANTITY_SYNTAX, HOST_UNKNOWN, and what is wrong inside the files
 */
export function* loadProfile(files: Files, wanted: string, path = '--profile'): Gathering<LoadedProfile> {
  if (wanted === HOST) {
    const { detectHost, hostProfile } = yield* need(hosts);
    const host = detectHost((path) => files.readSystem(path));
    return { profile: hostProfile(host, HOST), host };
  }
  const isName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(wanted);
  const boxFile = isPath(wanted) ? wanted : `profiles/${wanted}.yaml`;
  const box = isPath(wanted) || isName ? files.readText(boxFile) : undefined;
  if (box !== undefined) return (yield* need(parsers)).boxFromYaml(box, boxFile);
  if (isPath(wanted)) return fail('FILE_UNREADABLE', path, `expected a file, got none at ${wanted}`);
  const sized = tryContainerName(wanted, path) ?? tryMachineOfSize(wanted, path);
  if (sized) return { profile: sized };

  const key = familyKey(wanted);
  const family = key === undefined ? undefined : yield* loadFamily(files, key);
  const machine = family && findMachine(family, wanted);
  if (family && machine) return { profile: machine, family };
  const near = yield* nearestMachines(files, wanted, family);
  return fail(
    'PROFILE_UNKNOWN',
    path,
    `expected a machine (c6i.8xlarge), container limits (4cpu-8gi), host or a path to a .yaml file, got "${wanted}"${near.length > 0 ? `; did you mean ${near.join(', ')}?` : ''}`,
  );
}

/**
 * @param key a provider and the file's name: `aws/c6i`
 * @throws PROFILE_INVALID for a user's file that is wrong inside, or named unlike what is inside
 */
export function* loadFamily(files: Files, key: string): Gathering<Family | undefined> {
  const found = yield* load(files, `profiles/${key}`, ({ familyFromYaml }, text, file) => familyFromYaml(text, file));
  if (found === undefined) return undefined;
  const { provider, family } = found.value;
  if (`${provider}/${family}` !== key)
    fail('PROFILE_INVALID', 'family', `expected ${key}, as the file is named, got ${provider}/${family}`, {
      file: found.file,
    });
  return found.value;
}

/** @param keys of families that there are */
export function* loadFamilies(files: Files, keys: readonly string[]): Gathering<Family[]> {
  const families: Family[] = [];
  for (const key of keys) {
    const family = yield* loadFamily(files, key);
    if (family) families.push(family);
  }
  return families;
}

/** Keys of every family file, the user's and the package's, sorted: `aws/c6i`. Nothing is read. */
export function familyKeys(files: Files): string[] {
  return ['aws', 'azure', 'gcp'].flatMap((provider) =>
    names([...files.list(`profiles/${provider}`), ...files.listData(`profiles/${provider}`)])
      .filter((name) => /^[a-z0-9-]+$/.test(name))
      .map((name) => `${provider}/${name}`),
  );
}

/** Names of the user's own boxes in `profiles/`, sorted. Nothing is read. */
export function boxNames(files: Files): string[] {
  return names(files.list('profiles').filter((file) => /^[A-Za-z0-9][A-Za-z0-9._-]*\.yaml$/.test(file)));
}

/** Names of stacks, the user's and the package's, sorted: those that `--stack` takes. Nothing is read. */
export function stackNames(files: Files): string[] {
  return names([...ownStackNames(files), ...files.listData('stacks')].filter(isName));
}

function ownStackNames(files: Files): string[] {
  return files.list('stacks').filter((name) => isName(name) && files.list(`stacks/${name}`).includes('stack.yaml'));
}

/** How stacks and policies are named. Other files may have any name, one that a shell or a terminal obeys too. */
function isName(text: string): boolean {
  return /^[a-z][a-z0-9-]*$/.test(text);
}

/** In the family that the name points to, else in all; only reached when a name is wrong. */
function* nearestMachines(files: Files, wanted: string, family: Family | undefined): Gathering<string[]> {
  const bare = splitProvider(wanted).name;
  const own = nearestNames(bare, family ? listMachines(family).map((machine) => machine.name) : []);
  if (own.length > 0) return own;
  const all = yield* loadFamilies(files, familyKeys(files));
  return nearestNames(
    bare,
    all.flatMap((candidate) => listMachines(candidate).map((machine) => machine.name)),
  );
}

/**
 * @param wanted a name (`eks`) or a path to the user's own YAML file
 * @throws PLATFORM_UNKNOWN, FILE_UNREADABLE, PLATFORM_INVALID
 */
export function* loadPlatform(files: Files, wanted: string): Gathering<Platform> {
  if (!isPath(wanted)) return findPlatform(wanted);
  const text =
    files.readText(wanted) ?? fail('FILE_UNREADABLE', '--platform', `expected a file, got none at ${wanted}`);
  const { platformFromYaml } = yield* need(parsers);
  return { ...platformFromYaml(text, wanted), file: wanted };
}

/** @throws FILE_UNREADABLE, OVERRIDE_INVALID, and what `known` throws */
export function* loadOverrides(
  files: Files,
  path: string,
  known: (service: string, path: string) => unknown,
): Gathering<Overrides> {
  const text = files.readText(path) ?? fail('FILE_UNREADABLE', '--overrides', `expected a file, got none at ${path}`);
  const { value, lines } = (yield* need(parsers)).overridesFromYaml(text, path, known);
  const stated = (service: string, parameter: string, override: OverridesFile[string][string]) => {
    const at = `${service}.${parameter}`;
    const fields = typeof override === 'number' ? { set: override } : override;
    const by = (field: string) => `${path}:${lines[`${at}.${field}`] ?? lines[at]}`;
    return Object.fromEntries(
      Object.entries(fields).flatMap(([field, number]) =>
        number === undefined ? [] : [[field, { value: number, by: by(field), inFile: true }]],
      ),
    );
  };
  return Object.fromEntries(
    Object.entries(value).map(([service, parameters]) => [
      service,
      Object.fromEntries(
        Object.entries(parameters).map(([parameter, override]) => [parameter, stated(service, parameter, override)]),
      ),
    ]),
  );
}

/** @throws FILE_UNREADABLE, PLAN_INVALID */
export function* loadPlan(files: Files, path: string): Gathering<Plan> {
  const text = files.readText(path) ?? fail('FILE_UNREADABLE', '--plan', `expected a file, got none at ${path}`);
  return (yield* need(parsers)).planFromJson(text, path);
}

function isPath(text: string): boolean {
  return /[/\\]/.test(text) || /\.(ya?ml|json|conf)$/.test(text);
}

function valuesOf<T>(loaded: Readonly<Record<string, Loaded<T>>>): Record<string, T> {
  return Object.fromEntries(Object.entries(loaded).map(([name, { value }]) => [name, value]));
}

function names(files: readonly string[]): string[] {
  return [...new Set(files.map((file) => file.replace(/\.(ya?ml|json)$/, '')))].sort();
}

function suggest(wanted: string, known: readonly string[]): string {
  const near = nearestNames(wanted, known);
  return (near.length > 0 ? near : known).join(', ');
}

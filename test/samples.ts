/** Small stacks and policies that know nothing of the built-in ones, files in memory, and what is thrown as data. */
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { SizewrightError } from '../src/errors/errors.ts';
import type { BuiltInData, Files } from '../src/files/library.ts';
import { compilePolicy } from '../src/policy/compile.ts';
import type { Policy } from '../src/policy/policy.ts';
import { type PolicyFile, policySchema } from '../src/policy/schema.ts';
import { provideModules } from '../src/requests/modules.ts';
import { compileStack } from '../src/stack/compile.ts';
import { deploySchema, stackDeploySchema } from '../src/stack/deploy-schema.ts';
import { type StackFile, stackSchema } from '../src/stack/schema.ts';
import type { Deploy, Service, Stack } from '../src/stack/stack.ts';

provideModules();

/** The error that a step throws. Any other exception, and none, is a failure of the test. */
export async function errorOf(step: () => unknown): Promise<SizewrightError> {
  try {
    await step();
  } catch (error) {
    if (error instanceof SizewrightError) return error;
    throw error;
  }
  throw new Error('expected a SizewrightError, got none');
}

/** `CODE path: message` of every problem that a step throws; empty when it throws nothing. */
export function problemsOf(step: () => unknown): string[] {
  try {
    step();
    return [];
  } catch (error) {
    if (!(error instanceof SizewrightError)) throw error;
    return error.problems.map(({ code, path, message }) => `${code} ${path}: ${message}`);
  }
}

type Input<T> = { [K in keyof T]?: unknown };

/** One parameter as a policy file states it. */
export function parameter(changes: Input<PolicyFile['parameters'][string]> = {}) {
  return {
    does: 'counts',
    unit: 'things',
    formula: 'cores',
    why: 'made up',
    min: 1,
    max: 64,
    ...changes,
    bounds: { why: 'made up' },
  };
}

/** A memory cost. */
export function cost(formula: string | number) {
  return { formula, basis: 'assumed', why: 'made up' };
}

/** A policy file with the fields given; one parameter WORKERS = cores at 10 MiB each, which yields. */
export function policyFile(changes: Input<PolicyFile> = {}): PolicyFile {
  return policySchema.parse({
    policy: 'demo',
    title: 'Demo',
    memory: { headroom: cost(0), reserve: cost(0), yields: ['WORKERS'] },
    parameters: { WORKERS: parameter({ cost: cost('WORKERS * 10') }) },
    deliver: { as: 'env' },
    startupSeconds: { formula: 10, why: 'made up' },
    stop: { signal: 'SIGTERM', graceSeconds: 10, why: 'made up' },
    ...changes,
  });
}

/** The memory section, headroom and reserve 0 unless given. */
export function memory(
  changes: { headroom?: string; reserve?: string; yields?: (string | Record<string, number>)[]; fixed?: string[] } = {},
) {
  const { headroom, reserve, ...lists } = changes;
  return { headroom: cost(headroom ?? 0), reserve: cost(reserve ?? 0), ...lists };
}

export function policyOf(changes: Input<PolicyFile> = {}): Policy {
  return compilePolicy(policyFile(changes));
}

type WrittenService = StackFile['services'][string];
type ServiceInput = Omit<Input<WrittenService>, 'deploy'> & Input<NonNullable<WrittenService['deploy']>>;

/** One service as a stack file states it; each field given goes where it belongs. */
export function service(changes: ServiceInput = {}) {
  const deployed = { image: 'demo/web:1', ports: { http: 8080 }, user: { uid: 1000, gid: 1000 } };
  const [sizes, deploy] = parted({ policy: 'demo', ...deployed, ...changes }, Object.keys(deploySchema.shape));
  return { ...sizes, deploy };
}

/** Fields of a service without `deploy`, and those that belong under it. */
function parted(fields: object, names: readonly string[]): [Record<string, unknown>, Record<string, unknown>] {
  const inside = ([name]: [string, unknown]) => names.includes(name);
  const entries = Object.entries(fields);
  return [Object.fromEntries(entries.filter((one) => !inside(one))), Object.fromEntries(entries.filter(inside))];
}

/** A stack with some fields of its services changed: each goes where it belongs. */
export function withServices(stack: Stack, changes: Record<string, Partial<Omit<Service, 'deploy'> & Deploy>>): Stack {
  const names = [...Object.keys(deploySchema.shape), 'writableSizeMiB'];
  return {
    ...stack,
    services: stack.services.map((one) => {
      const [sizes, deploy] = parted(changes[one.name] ?? {}, names);
      return { ...one, ...sizes, ...(one.deploy && { deploy: { ...one.deploy, ...deploy } }) };
    }),
  };
}

export function withoutVolume({ deploy, ...service }: Service): Service {
  const { volume: _, ...rest } = deploy!;
  return { ...service, deploy: rest };
}

/** A stack file with the fields given; one service `web`. */
export function stackFile(changes: Input<StackFile> & Input<NonNullable<StackFile['deploy']>> = {}): StackFile {
  const [stack, deploy] = parted(changes, Object.keys(stackDeploySchema.shape));
  return stackSchema.parse({ stack: 'shop', main: 'web', services: { web: service() }, deploy, ...stack });
}

export function stackOf(
  changes: Parameters<typeof stackFile>[0] = {},
  policies: readonly Policy[] = [policyOf()],
): Stack {
  return compileStack(stackFile(changes), Object.fromEntries(policies.map((policy) => [policy.name, policy])));
}

const fixture = (path: string): string => readFileSync(new URL(`invalid/valid/${path}`, import.meta.url), 'utf8');

/** A valid policy and a valid stack of two services as text, a field a line. */
export const DEMO_POLICY = fixture('policies/demo.yaml');
export const DEMO_STACK = fixture('stack.yaml');

/** Replaces one text that must be there once. */
export function replaceOnce(text: string, from: string, to: string): string {
  if (text.split(from).length !== 2) throw new Error(`expected "${from}" once in the text`);
  return text.replace(from, () => to);
}

/** Files in memory: a user's and the kernel's by path, and the package's by path without ending. */
export function memoryFiles(
  user: Readonly<Record<string, string>>,
  data: Readonly<Record<string, BuiltInData>> = {},
  system: Readonly<Record<string, string>> = {},
): Files {
  const at = <T>(map: Readonly<Record<string, T>>, path: string): T | undefined => {
    const key = posix.normalize(path);
    return Object.hasOwn(map, key) ? map[key] : undefined;
  };
  const list = (map: Readonly<Record<string, unknown>>, folder: string, ending: string) => {
    const prefix = `${posix.normalize(folder)}/`;
    const inside = Object.keys(map).filter((path) => path.startsWith(prefix));
    return [...new Set(inside.map((path) => path.slice(prefix.length)))].map((path) =>
      path.includes('/') ? path.slice(0, path.indexOf('/')) : path + ending,
    );
  };
  return {
    readText: (path) => at(user, path),
    list: (folder) => list(user, folder, ''),
    readSystem: (path) => at(system, path),
    readData: (path) => at(data, path),
    listData: (folder) => list(data, folder, '.json'),
  };
}

/** What containers of a user's files take of their limits, with the values that they have today. */
import { type FileDelivery, keyIn, programOf } from '../deliveries/delivery.ts';
import { readDelivered } from '../deliveries/read.ts';
import { plainSyntax, writeValue } from '../deliveries/syntax.ts';
import { SizewrightError } from '../errors/errors.ts';
import type { Scope } from '../formula/evaluate.ts';
import { namesIn } from '../formula/expr.ts';
import type { Value, Workload } from '../manifests/compose.ts';
import { startedBy } from '../manifests/words.ts';
import { greatest } from '../plan/decide/greatest.ts';
import { coresOf, decideService } from '../plan/decide/service.ts';
import { type Sums, sumsOf, type Taken, takenBy, type Verdict, verdictOf } from '../plan/sums.ts';
import { inputScope } from '../policy/compile-inputs.ts';
import type { Parameter, Policy } from '../policy/policy.ts';
import { baseName } from '../stack/stack.ts';
import { MAX_CPU_MILLIS, MAX_MEMORY_MIB, MIN_CPU_MILLIS, tryDockerMemory, tryKubernetesCpu } from '../units.ts';

/** One value as it is today. */
export interface Today {
  value: Taken;
  /** As it is written, or would be. */
  text: string;
  /** `--maxmemory`, `JAVA_TOOL_OPTIONS`; absent where nobody sets it. */
  from?: string;
  line?: number;
}

export interface Audited {
  name: string;
  line: number;
  image?: string;
  policy: string;
  verdict: Verdict;
  limit?: { text: string; memoryMiB: number; line: number };
  /** Of the parameters that take memory. */
  values: Readonly<Record<string, Today>>;
  sums: Sums;
  /** Why a value is not known. */
  unknown: readonly string[];
  /**
   * Values of our plan for the limit, or `within` the smallest one that it is possible in; and the smallest limit that holds
   * the values of today. Each ends the finding.
   */
  remedy?: { set?: Readonly<Record<string, string>>; within?: number; memoryMiB?: number };
}

/** A service that is not judged. */
export interface Unjudged {
  name: string;
  line: number;
  image?: string;
  why: string;
}

/** The machine around the containers, where it is known; else as many cores are counted with as most laptops have. */
export interface Around {
  cpuMillis: number;
  memoryMiB?: number;
}

/** The last part of an image's name: `postgres` of `docker.io/library/postgres:17@sha256:…`. */
export function imageName(image: string): string {
  return baseName(image).replace(/[:@].*$/s, '');
}

/** What one service takes, or why that is not said. */
export function audit(workload: Workload, policies: readonly Policy[], around: Around): Audited | Unjudged {
  const { name, line, image } = workload;
  const named = { name, line, ...(image && { image: image.text }) };
  if (image === undefined) return { ...named, why: workload.built ? 'built here' : 'no image' };
  const known = policies.filter((policy) => policy.recognise?.images.includes(imageName(image.text)));
  if (known.length === 0)
    return { ...named, why: `no ${imageName(image.text).includes('$') ? 'value' : 'policy'} for ${image.text}` };
  const started = known.flatMap((policy) => {
    const words = argumentsOf(workload, programOf(policy.deliveries));
    return words === undefined ? [] : [{ policy, words }];
  });
  if (started.length === 0) return { ...named, why: `${image.text} starts something else` };
  return { ...named, ...judge(workload, mostLikely(started, workload), around) };
}

interface Started {
  policy: Policy;
  words: readonly string[];
}

/** The words behind the program's own; undefined where another program is started. */
function argumentsOf({ entrypoint = [], command = [] }: Workload, program: readonly string[]): string[] | undefined {
  const all = [...entrypoint, ...command].map(({ text }) => text);
  const words = startedBy(/entrypoint[a-z.-]*$/.test(all[0] ?? '') ? all.slice(1) : all);
  if (words === undefined) return undefined;
  if (words.length === 0 || words[0]!.startsWith('-'))
    return entrypoint.length > 0 && words === all ? undefined : words;
  const isStarted = program.every((word, index) => baseName(words[index] ?? '') === word);
  return isStarted ? words.slice(program.length) : undefined;
}

/** Of several kinds of one program the one whose settings the file states. */
function mostLikely(started: readonly Started[], workload: Workload): Started {
  const agrees = ({ policy, words }: Started) => {
    const settings = policy.settings.map(({ key }) => ({ name: key, key, syntax: plainSyntax() }));
    const said = readDelivered({ deliveries: policy.deliveries, parameters: settings }, toldBy(workload, words));
    return policy.settings.filter(({ key, value }) => said.get(key)?.at(-1)?.text === value).length;
  };
  return started.reduce((best, other) => (agrees(other) > agrees(best) ? other : best));
}

function toldBy({ environment }: Workload, words: readonly string[]) {
  return { environment: new Map([...environment].map(([name, { text }]) => [name, text])), words };
}

function judge(workload: Workload, { policy, words }: Started, around: Around): Omit<Audited, 'name' | 'line'> {
  const limit = limitOf(workload.limits.memory);
  const cpus = tryKubernetesCpu(workload.limits.cpus?.text ?? '') || around.cpuMillis;
  const cpuMillis = Math.min(Math.max(MIN_CPU_MILLIS, cpus), MAX_CPU_MILLIS);
  const inputs: Scope = {
    ...inputScope(policy, {}),
    cores: coresOf(policy, cpuMillis),
    cpuMillis,
    nodeCores: Math.ceil(around.cpuMillis / 1000),
    ...(around.memoryMiB !== undefined && { nodeMemoryMiB: around.memoryMiB }),
    ...(limit && { memoryMiB: limit.memoryMiB }),
  };
  const { said, unknown } = saidOf(workload, policy, words);
  const values = takenBy(policy, inputs, new Map([...said].map(([name, { value }]) => [name, value])));
  const sums = sumsOf(policy, inputs, values);
  const { memory } = workload.limits;
  const unread = memory && tryDockerMemory(memory.text) === undefined ? [`the limit ${memory.text}`] : [];
  const verdict = unread.length > 0 ? 'unknown' : verdictOf(sums, limit?.memoryMiB);
  const remedy =
    limit && (verdict === 'exceeds' || verdict === 'can exceed')
      ? remedyFor(policy, { ...inputs, memoryMiB: limit.memoryMiB }, values)
      : undefined;
  const shown = policy.parameters.filter(({ cost }) => cost);
  return {
    policy: policy.name,
    verdict,
    ...(limit && { limit }),
    values: Object.fromEntries(shown.map((one) => [one.name, said.get(one.name) ?? ownValue(one, values)])),
    sums,
    unknown: [...unread, ...unknown],
    ...(remedy && { remedy }),
  };
}

function limitOf(memory: Value | undefined): Audited['limit'] | undefined {
  const memoryMiB = memory && tryDockerMemory(memory.text);
  return memoryMiB
    ? { text: memory!.text, memoryMiB: Math.min(memoryMiB, MAX_MEMORY_MIB), line: memory!.line }
    : undefined;
}

function ownValue(parameter: Parameter, values: ReadonlyMap<string, Taken>): Today {
  const value = values.get(parameter.name) ?? 'unknown';
  return { value, text: typeof value === 'number' ? writeValue(value, parameter.syntax) : value };
}

/** What the file says of parameters; where a file of the program's own may say more, what nothing else says is unknown. */
function saidOf(workload: Workload, policy: Policy, words: readonly string[]) {
  const readings = readDelivered(policy, toldBy(workload, words));
  const file = policy.deliveries.flatMap((one) => (one.as === 'file' ? ownFile(workload, one, words) : [])).at(0);
  const said = new Map<string, Today>();
  const unknown: string[] = [];
  for (const parameter of policy.parameters) {
    const last = readings.get(parameter.name)?.at(-1);
    // Written in a way that nothing of the policy's reads, or in a file of variables.
    const elsewhere =
      words.some((word) => word.replaceAll('-', '_').includes(`${parameter.key.replaceAll('-', '_')}=`)) ||
      (workload.environmentFiles && policy.deliveries.some((one) => one.as === 'variables'));
    if (last) {
      const { text, from, value = 'unknown' } = last;
      const line = lineOf(workload, keyIn(last.delivery, parameter), from);
      said.set(parameter.name, { value: value === parameter.unlimited ? 'unlimited' : value, text, from, line });
      if (value === 'unknown') unknown.push(`${from} ${text}`);
    } else if (file !== undefined || elsewhere) said.set(parameter.name, { value: 'unknown', text: 'unknown' });
  }
  return { said, unknown: file === undefined ? unknown : [...unknown, `${file} is not read`] };
}

/** A configuration file that is mounted, or that the command names: by its name, or by the end of one. */
function ownFile({ mounts }: Workload, { name, path }: FileDelivery, words: readonly string[]): string[] {
  const mounted = mounts.find(({ text }) => text === path || baseName(text) === name);
  const end = name.slice(name.lastIndexOf('.'));
  const named = words.find((word) => word.endsWith(end) && !/^--/.test(word) && /^([^=]*conf[^=]*=)?[^=]*$/.test(word));
  return [mounted?.text, named].filter((one) => one !== undefined);
}

function lineOf({ environment, command = [], entrypoint = [], line }: Workload, key: string, from: string): number {
  const word = [...entrypoint, ...command].findLast(({ text }) => text.includes(key));
  return environment.get(from)?.line ?? word?.line ?? line;
}

/** What ends a finding; each was tried. */
function remedyFor(policy: Policy, inputs: Scope, values: ReadonlyMap<string, Taken>): Audited['remedy'] {
  const { memoryMiB } = inputs as { memoryMiB: number };
  const planned = (miB: number) => planIn(policy, { ...inputs, memoryMiB: miB });
  const least = greatest(memoryMiB, MAX_MEMORY_MIB, (miB) => planned(miB) === undefined) + 1;
  const plan = least <= MAX_MEMORY_MIB ? planned(least) : undefined;
  const set = plan && valuesThatFit(policy, { ...inputs, memoryMiB: least }, values, plan);
  const fits = (miB: number) => verdictOf(sumsOf(policy, { ...inputs, memoryMiB: miB }, values), miB) === 'fits';
  const enough = greatest(memoryMiB, MAX_MEMORY_MIB, (miB) => !fits(miB)) + 1;
  const within = least > memoryMiB && { within: least };
  return { ...(set && { set, ...within }), ...(enough <= MAX_MEMORY_MIB && fits(enough) && { memoryMiB: enough }) };
}

type Decided = ReturnType<typeof decideService>['parameters'];

/** As few values of our plan as do, those that save most first. */
function valuesThatFit(policy: Policy, inputs: Scope, values: ReadonlyMap<string, Taken>, planned: Decided) {
  const { memoryMiB } = inputs as { memoryMiB: number };
  const now = new Map(values);
  const worst = (with_: ReadonlyMap<string, Taken>) => {
    const { miB, unlimited, unknown } = sumsOf(policy, inputs, with_).worst;
    return miB + (unlimited.length + unknown.length) * MAX_MEMORY_MIB;
  };
  const set: Record<string, string> = Object.create(null);
  const counted = new Set(policy.parameters.flatMap(({ cost }) => (cost ? [...namesIn(cost.expr)] : [])));
  let open = policy.parameters.filter(({ name }) => counted.has(name) && planned[name]!.value !== now.get(name));
  while (worst(now) > memoryMiB && open.length > 0) {
    const after = (one: Parameter) => worst(new Map(now).set(one.name, planned[one.name]!.value));
    const best = open.reduce((found, one) => (after(one) < after(found) ? one : found));
    now.set(best.name, planned[best.name]!.value);
    set[best.key] = writeValue(planned[best.name]!.value, best.syntax);
    open = open.filter((one) => one !== best);
  }
  if (worst(now) > memoryMiB) return undefined;
  for (const { name, key } of policy.parameters) {
    const without = new Map(now).set(name, values.get(name)!);
    if (worst(without) > memoryMiB || !Object.hasOwn(set, key)) continue;
    now.set(name, values.get(name)!);
    delete set[key];
  }
  return set;
}

/** Our values for these limits; undefined where they are too small for any. */
function planIn(policy: Policy, inputs: Scope): Decided | undefined {
  const { cpuMillis, memoryMiB } = inputs as { cpuMillis: number; memoryMiB: number };
  const request = { name: policy.name, policy, inputs: inputScope(policy, {}), limits: { cpuMillis, memoryMiB } };
  try {
    return decideService({ ...request, overrides: {}, ceilings: {} }).parameters;
  } catch (error) {
    if (error instanceof SizewrightError) return undefined;
    throw error;
  }
}

/** What would make a constraint hold that does not: single values, each of which was tried. */
import { SizewrightError } from '../../errors/errors.ts';
import { evaluate, type Scope } from '../../formula/evaluate.ts';
import { namesIn } from '../../formula/expr.ts';
import { containerName } from '../../hardware/container.ts';
import type { AdviceRule } from '../../policy/policy.ts';
import { type Constraint, formulaName, memberName, type Service, type Yielder } from '../../stack/stack.ts';
import { formatCount, formatMiB, MAX_MEMORY_MIB } from '../../units.ts';
import { greatest } from './greatest.ts';
import { entryOf, type ServiceInput, type StackInput } from './input.ts';
import type { Override } from './overrides.ts';
import { type StackDecision, settle } from './settle.ts';
import { smallestPair } from './sold.ts';

/** A reader takes in as many. */
const MOST = 3;

/** Each as what is to be said or changed, the least change first. */
export function remediesOf(constraint: Constraint, input: StackInput): string[] {
  const read = [...namesIn(constraint.left.expr), ...namesIn(constraint.right.expr)];
  const { services } = input.stack;
  const readsOf = (service: Service) => read.filter((name) => name.startsWith(`${formulaName(service.name)}.`));
  const remedies = [
    ...services.flatMap((service) => fewerReplicas(service, readsOf(service), input)),
    ...constraint.yielders.flatMap(({ service, parameter }) => lower(service, parameter, input)),
    ...services.flatMap((service) => more(service, constraint, input)),
  ];
  return remedies.slice(0, MOST);
}

function works(input: StackInput): boolean {
  try {
    settle(input);
    return true;
  } catch (error) {
    if (error instanceof SizewrightError) return false;
    throw error;
  }
}

function fewerReplicas({ name }: Service, read: readonly string[], input: StackInput): string[] {
  const own = entryOf(input.replicas, name);
  if (own === undefined || own.max === 1 || !read.some((member) => member.includes('.replicas.'))) return [];
  const most = greatest(1, own.max - 1, (max) =>
    works({ ...input, replicas: { ...input.replicas, [name]: { ...own, min: Math.min(own.min, max), max } } }),
  );
  return most < 1 ? [] : [`at most ${formatCount(most)} ${most === 1 ? 'replica' : 'replicas'} of ${name}`];
}

/** A lower pin or minimum of what is to give way. */
function lower(service: string, parameter: string, input: StackInput): string[] {
  const own = entryOf(input.services, service);
  const override = input.overrides[service]?.[parameter] ?? {};
  const field = override.set ? 'set' : 'min';
  const bounds = own ? boundsOf(own, parameter) : undefined;
  const current = override.set?.value ?? override.min?.value ?? bounds?.lo;
  const least = bounds?.hardLo ?? 0;
  if (current === undefined || current <= least) return [];
  const value = greatest(least, current - 1, (trial) => works(withOverride(input, service, parameter, field, trial)));
  return value < least ? [] : [`--${field} ${service}.${parameter}=${value}`];
}

/** More of what the rule reads on its right: a higher pin or maximum, or memory for it. */
function more(service: Service, { left, right }: Constraint, input: StackInput): string[] {
  const own = entryOf(input.services, service.name);
  const offered = [...namesIn(right.expr)].filter((name) => !namesIn(left.expr).has(name));
  const policy = own?.policy;
  const names = offered.flatMap((name) => {
    const parameter = name.slice(name.indexOf('.') + 1);
    return name === memberName({ service: service.name, parameter }) && !/^(cores|replicas\..*)$/.test(parameter)
      ? parameter
      : [];
  });
  const remedies = names.flatMap((parameter) => {
    const override = input.overrides[service.name]?.[parameter];
    const bounds = own ? boundsOf(own, parameter) : { hi: 0, hardHi: Number.MAX_SAFE_INTEGER };
    const [field, from, to] = override?.set
      ? (['set', override.set.value, own ? (override.max?.value ?? bounds.hi) : 999_999_999] as const)
      : (['max', override?.max?.value ?? bounds.hi, bounds.hardHi] as const);
    if (from >= to || (own === undefined && !override?.set)) return [];
    const fails = (value: number) => !works(withOverride(input, service.name, parameter, field, value));
    const value = greatest(from, to, fails) + 1;
    return value > to || fails(value) ? [] : [`--${field} ${service.name}.${parameter}=${value}`];
  });
  if (own === undefined || policy === undefined || names.length === 0) return remedies;
  const { memoryMiB } = own.limits;
  const worksAt = (limits: ServiceInput['limits']) =>
    works({ ...input, services: { ...input.services, [service.name]: { ...own, limits } } });
  if (own.sold) {
    const pair = smallestPair(own.sold.pairs, own.limits, worksAt);
    return pair
      ? [...remedies, `the pair ${containerName(pair.cpuMillis, pair.memoryMiB)} for ${service.name}`]
      : remedies;
  }
  const tooLittle = (memory: number) => !worksAt({ ...own.limits, memoryMiB: memory });
  let enough = memoryMiB;
  while (tooLittle(enough)) {
    if (enough >= MAX_MEMORY_MIB) return remedies;
    enough = Math.min(enough * 2, MAX_MEMORY_MIB);
  }
  const least = greatest(memoryMiB, enough, tooLittle) + 1;
  return [...remedies, `a memory limit of ${formatMiB(least)} for ${service.name}`];
}

function boundsOf(
  { policy, inputs, limits }: ServiceInput,
  name: string,
): { lo: number; hardLo: number; hi: number; hardHi: number } {
  const { min, max, hardMin = min, hardMax = max } = policy.parameters.find((one) => one.name === name)!;
  // What a bound needs of availableMiB it is tried with anyway.
  const scope = {
    ...inputs,
    cores: Math.max(1, Math.floor(limits.cpuMillis / 1000)),
    ...limits,
    availableMiB: limits.memoryMiB,
  };
  const of = (formula: typeof min) => evaluate(formula.expr, scope);
  return { lo: of(min), hardLo: of(hardMin), hi: of(max), hardHi: of(hardMax) };
}

function withOverride(
  input: StackInput,
  service: string,
  parameter: string,
  field: keyof Override,
  value: number,
): StackInput {
  const changed = (overrides: Readonly<Record<string, Override>> | undefined) => ({
    ...overrides,
    [parameter]: { ...overrides?.[parameter], [field]: { value, by: `--${field}` } },
  });
  const own = entryOf(input.services, service);
  return {
    ...input,
    overrides: { ...input.overrides, [service]: changed(input.overrides[service]) },
    services: own ? { ...input.services, [service]: { ...own, overrides: changed(own.overrides) } } : input.services,
  };
}

/**
 * The flag that gives a parameter a value, where the stack can be decided with it and the rule does not hold any more.
 * @param scopeOf what the rule reads of a decision
 */
export function triedFlag(
  rule: AdviceRule,
  { service, parameter }: Yielder,
  input: StackInput,
  current: Scope,
  scopeOf: (decision: StackDecision) => Scope,
): string | undefined {
  const value = evaluate(rule.remedy!.value.expr, current);
  const own = entryOf(input.services, service);
  const pinned = input.overrides[service]?.[parameter]?.set !== undefined;
  const now = own ? (current[parameter] ?? current[memberName({ service, parameter })]!) : value;
  const field = pinned || own === undefined ? 'set' : value < now ? 'max' : 'min';
  if (value < 0) return undefined;
  try {
    const scope = scopeOf(settle(withOverride(input, service, parameter, field, value)));
    return evaluate(rule.when.expr, scope) === 0 ? `--${field} ${service}.${parameter}=${value}` : undefined;
  } catch (error) {
    if (error instanceof SizewrightError) return undefined;
    throw error;
  }
}

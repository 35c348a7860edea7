/** Decides the parameters of one service: the unit of the budget. */
import { type Problem, SizewrightError } from '../errors.ts';
import { evaluate, type Scope } from '../formula/evaluate.ts';
import type { Parameter, Policy } from '../policy/policy.ts';
import { unknownName } from '../profile/nearest.ts';
import { formatCount, formatMiB, MAX_MEMORY_MIB } from '../units.ts';
import { availableText, type Decision, type Ledger, type TraceStep } from './decision.ts';
import { fileOf, gotOf, type Override, type Stated, saidBy } from './overrides.ts';

export interface ServiceInput {
  /** Its name in the stack, for messages. */
  name: string;
  policy: Policy;
  /** What the kernel enforces. */
  limits: { cpuMillis: number; memoryMiB: number };
  /** What is free of the memory, where that was detected and counts. */
  freeMiB?: number;
  /** What the operator says is available, instead of the policy's headroom and reserve. */
  statedAvailableMiB?: number;
  /** By parameter name. */
  overrides: Readonly<Record<string, Override>>;
  /** Upper bounds that constraints between services have set, by parameter name. */
  ceilings: Readonly<Record<string, Ceiling>>;
  /** Values that the platform leaves no choice about, by parameter name. */
  imposed?: Readonly<Record<string, Ceiling>>;
}

export interface Ceiling {
  value: number;
  by: string;
  reason: string;
}

export interface ServiceDecision {
  cores: number;
  parameters: Record<string, Decision>;
  ledger: Ledger;
  sharedMemoryMiB?: number;
  startupSeconds: number;
  /** Everything that a formula of this policy can read. */
  scope: Scope;
}

/**
 * Bounds, pins, joint memory budget.
 * @throws BOUND_CONFLICT, PIN_INVALID, OVERRIDE_INVALID, BUDGET_EXCEEDED (with the ledger)
 */
export function decideService(input: ServiceInput): ServiceDecision {
  const { decision, problems } = attemptService(input);
  if (problems.length > 0) throw new SizewrightError(problems);
  if (decision.ledger.freeMiB < 0) throw budgetExceeded(input, decision.ledger);
  return decision;
}

/** Whether the input can be satisfied at all. */
export function isFeasible(input: ServiceInput): boolean {
  const { decision, problems } = attemptService(input);
  return problems.length === 0 && decision.ledger.freeMiB >= 0;
}

/** Threads that the policy's runtime makes of a CPU limit. */
export function coresOf(policy: Policy, cpuMillis: number): number {
  return policy.cores === 'ceil' ? Math.ceil(cpuMillis / 1000) : Math.max(1, Math.floor(cpuMillis / 1000));
}

function attemptService(input: ServiceInput): { decision: ServiceDecision; problems: Problem[] } {
  const { policy, limits } = input;
  const cores = coresOf(policy, limits.cpuMillis);
  const limitScope = { cores, ...limits };
  const headroomMiB = evaluate(policy.headroom.expr, limitScope);
  const reserveMiB = evaluate(policy.reserve.expr, limitScope);
  const stated = input.statedAvailableMiB;
  const leftMiB = Math.min(limits.memoryMiB - headroomMiB, input.freeMiB ?? limits.memoryMiB);
  const availableMiB = stated ?? Math.max(0, leftMiB - reserveMiB);
  const inputs: Scope = { ...limitScope, availableMiB };

  const problems: Problem[] = checkNames(input);
  const bounds = policy.parameters.map((parameter) => effectiveBounds(parameter, input, inputs, problems));

  /** Values in declared order under the caps, and what they cost together. */
  const evaluateWith = (caps: ReadonlyMap<string, number>): { scope: Record<string, number>; total: number } => {
    const scope: Record<string, number> = { ...inputs };
    let total = 0;
    for (const [index, parameter] of policy.parameters.entries()) {
      const bound = bounds[index]!;
      scope[parameter.name] =
        bound.pin ??
        Math.min(
          roundDown(clamp(evaluate(parameter.formula.expr, scope), bound), parameter),
          caps.get(parameter.name) ?? Number.POSITIVE_INFINITY,
        );
      if (parameter.cost) total += evaluate(parameter.cost.expr, scope);
    }
    return { scope, total };
  };

  const caps = new Map<string, number>();
  const yielded = new Map<string, { from: number; total: number }>();
  let current = evaluateWith(caps);
  for (const name of policy.yields) {
    if (current.total <= availableMiB) break;
    const index = policy.parameters.findIndex((parameter) => parameter.name === name);
    const parameter = policy.parameters[index]!;
    const bound = bounds[index]!;
    if (bound.pin !== undefined) continue;
    const from = current.scope[name]!;
    const steps = greatest(
      0,
      (from - bound.lo) / parameter.multipleOf,
      (step) => evaluateWith(new Map(caps).set(name, bound.lo + step * parameter.multipleOf)).total <= availableMiB,
    );
    yielded.set(name, { from, total: current.total });
    caps.set(name, bound.lo + Math.max(0, steps) * parameter.multipleOf);
    current = evaluateWith(caps);
  }

  const { scope, total } = current;
  const parameters: Record<string, Decision> = {};
  for (const [index, parameter] of policy.parameters.entries()) {
    const bound = bounds[index]!;
    const proposal = evaluate(parameter.formula.expr, scope);
    parameters[parameter.name] = {
      value: scope[parameter.name]!,
      unit: parameter.unit,
      min: bound.lo,
      max: bound.ownHi,
      trace: traceOf(
        policy,
        parameter,
        bound,
        proposal,
        scope[parameter.name]!,
        yielded.get(parameter.name),
        availableMiB,
      ),
    };
  }
  const items = policy.parameters.flatMap(({ name, cost }) =>
    cost
      ? {
          parameter: name,
          value: scope[name]!,
          formula: cost.text,
          miB: evaluate(cost.expr, scope),
          basis: cost.basis,
          yields: policy.yields.includes(name),
        }
      : [],
  );
  const assumed = (basis: string, miB: number) => (basis === 'assumed' ? miB : 0);
  const ledger: Ledger = {
    memoryMiB: limits.memoryMiB,
    headroomMiB,
    reserveMiB,
    ...(input.freeMiB !== undefined && { detectedFreeMiB: input.freeMiB }),
    availableMiB,
    stated: stated !== undefined,
    items,
    usedMiB: total,
    freeMiB: availableMiB - total,
    assumedMiB: items.reduce((sum, item) => sum + assumed(item.basis, item.miB), 0),
  };
  const decision: ServiceDecision = {
    cores,
    parameters,
    ledger,
    ...(policy.sharedMemory && { sharedMemoryMiB: evaluate(policy.sharedMemory.expr, scope) }),
    startupSeconds: evaluate(policy.startupSeconds.expr, scope),
    scope,
  };
  return { decision, problems };
}

interface Bounds {
  lo: number;
  hi: number;
  /** `hi` before a constraint lowered it. */
  ownHi: number;
  ceiling?: Ceiling;
  imposed?: Ceiling;
  /** The operator's pin, or the platform's value. */
  pin?: number;
  override?: Override;
}

/** The policy's bounds, replaced field by field by overrides, then put on the grid. */
function effectiveBounds(parameter: Parameter, input: ServiceInput, inputs: Scope, problems: Problem[]): Bounds {
  const override = Object.hasOwn(input.overrides, parameter.name) ? input.overrides[parameter.name]! : {};
  const path = `${input.name}.${parameter.name}`;
  const refuse = (code: Problem['code'], message: string, stated?: Stated): void =>
    void problems.push({ code, path, message, ...(stated && fileOf(stated)) });
  const policyLo = evaluate(parameter.min.expr, inputs);
  const policyHi = evaluate(parameter.max.expr, inputs);
  const hardLo = parameter.hardMin ? evaluate(parameter.hardMin.expr, inputs) : policyLo;
  const hardHi = parameter.hardMax ? evaluate(parameter.hardMax.expr, inputs) : policyHi;
  const unit = parameter.unit;

  if (override.min && override.min.value < hardLo)
    refuse(
      'BOUND_CONFLICT',
      `expected a minimum of at least ${formatCount(hardLo)} ${unit}, got ${gotOf(override.min)}; the policy's bound is hard`,
      override.min,
    );
  if (override.max && override.max.value > hardHi)
    refuse(
      'BOUND_CONFLICT',
      `expected a maximum of at most ${formatCount(hardHi)} ${unit}, got ${gotOf(override.max)}; the policy's bound is hard`,
      override.max,
    );
  const grid = parameter.multipleOf;
  const lo = Math.ceil((override.min?.value ?? Math.max(policyLo, hardLo)) / grid) * grid;
  const ownHi = Math.floor((override.max?.value ?? Math.min(policyHi, hardHi)) / grid) * grid;
  if (lo > ownHi) {
    const stated = [override.min, override.max].filter((one) => one !== undefined);
    const said = stated.flatMap(({ by, inFile }) => (inFile ? [] : [by])).join(', ');
    refuse(
      'BOUND_CONFLICT',
      `expected a minimum that is not above the maximum, got ${lo}..${ownHi} ${unit}${said ? ` (${said})` : ''}${grid > 1 ? ` in multiples of ${grid}` : ''}; change one of them`,
      stated.find(({ inFile }) => inFile),
    );
  }
  const ceiling = Object.hasOwn(input.ceilings, parameter.name) ? input.ceilings[parameter.name] : undefined;
  const hi = ceiling ? Math.min(ownHi, roundDown(ceiling.value, parameter)) : ownHi;

  const imposed = Object.hasOwn(input.imposed ?? {}, parameter.name) ? input.imposed![parameter.name]! : undefined;
  if (imposed && lo <= ownHi && (imposed.value < lo || imposed.value > ownHi))
    refuse(
      'BOUND_CONFLICT',
      `expected bounds that leave ${formatCount(imposed.value)} ${unit}, got ${formatCount(lo)} to ${formatCount(ownHi)}; ${imposed.reason}`,
    );
  const pin = override.set?.value;
  if (imposed && pin !== undefined && pin !== imposed.value)
    refuse(
      'PIN_INVALID',
      `expected ${formatCount(imposed.value)} ${unit}, got ${gotOf(override.set!)}; ${imposed.reason}`,
      override.set,
    );
  else if (pin !== undefined && lo <= ownHi) {
    const soft = (pin > ownHi && !override.max && pin <= hardHi) || (pin < lo && !override.min && pin >= hardLo);
    const remedy = soft
      ? `the bound is soft: add --${pin > ownHi ? 'max' : 'min'} ${path}=${pin}`
      : 'pin a value within the bounds';
    if (pin < lo || pin > ownHi)
      refuse(
        'PIN_INVALID',
        `expected ${formatCount(lo)} to ${formatCount(ownHi)} ${unit}, got ${gotOf(override.set!)}; ${remedy}`,
        override.set,
      );
    else if (pin % grid !== 0)
      refuse('PIN_INVALID', `expected a multiple of ${grid} ${unit}, got ${gotOf(override.set!)}`, override.set);
  }
  const value = imposed?.value ?? pin;
  return {
    lo,
    hi,
    ownHi,
    override,
    ...(ceiling && { ceiling }),
    ...(imposed && { imposed }),
    ...(value !== undefined && { pin: value }),
  };
}

function checkNames(input: ServiceInput): Problem[] {
  const names = input.policy.parameters.map((parameter) => parameter.name);
  return Object.entries(input.overrides)
    .filter(([name]) => !names.includes(name))
    .map(([name, override]) => {
      const stated = override.set ?? override.min ?? override.max;
      return {
        code: 'OVERRIDE_INVALID',
        path: `${input.name}.${name}`,
        message: unknownName(`a parameter of ${input.policy.name}`, name, names, stated && saidBy(stated)),
        ...(stated && fileOf(stated)),
      };
    });
}

function clamp(value: number, bounds: Bounds): number {
  return Math.min(Math.max(value, bounds.lo), bounds.hi);
}

function roundDown(value: number, parameter: Parameter): number {
  return value - (value % parameter.multipleOf);
}

/** The greatest integer in lo..hi at which `holds` is true, given that it is true up to some point; lo − 1 when never. */
export function greatest(lo: number, hi: number, holds: (value: number) => boolean): number {
  let [below, above] = [lo - 1, hi + 1];
  while (above - below > 1) {
    const middle = below + Math.floor((above - below) / 2);
    if (holds(middle)) below = middle;
    else above = middle;
  }
  return below;
}

function traceOf(
  policy: Policy,
  parameter: Parameter,
  bounds: Bounds,
  proposal: number,
  value: number,
  yielded: { from: number; total: number } | undefined,
  availableMiB: number,
): TraceStep[] {
  const at = (field: string) => `${policy.name} parameters.${parameter.name}.${field}`;
  const trace: TraceStep[] = [
    { step: 'formula', to: proposal, by: at('formula'), reason: `${parameter.formula.text}: ${parameter.formula.why}` },
  ];
  let from = proposal;
  const add = (step: TraceStep['step'], to: number, by: string, reason: string): void => {
    if (to !== from) trace.push({ step, from, to, by, reason });
    from = to;
  };
  if (bounds.imposed) {
    add('target', value, bounds.imposed.by, bounds.imposed.reason);
    return trace;
  }
  if (bounds.pin !== undefined) {
    trace.push({ step: 'override', from, to: value, by: bounds.override!.set!.by, reason: 'pinned by the operator' });
    return trace;
  }
  const { override } = bounds;
  if (from < bounds.lo)
    add(
      'bound',
      bounds.lo,
      override?.min?.by ?? at('min'),
      override?.min ? 'minimum set by the operator' : parameter.boundsReason.why,
    );
  if (from > bounds.ownHi)
    add(
      'bound',
      bounds.ownHi,
      override?.max?.by ?? at('max'),
      override?.max ? 'maximum set by the operator' : parameter.boundsReason.why,
    );
  add('rounding', roundDown(from, parameter), at('multipleOf'), `multiples of ${parameter.multipleOf}`);
  if (bounds.ceiling && from > bounds.hi) add('constraint', bounds.hi, bounds.ceiling.by, bounds.ceiling.reason);
  if (yielded) {
    const rank = policy.yields.indexOf(parameter.name) + 1;
    add(
      'budget',
      value,
      `${policy.name} memory.yields`,
      `at ${formatCount(yielded.from)} the costs are ${formatMiB(yielded.total)} of ${formatMiB(availableMiB)}; yields ${ordinal(rank)}`,
    );
  }
  return trace;
}

function ordinal(rank: number): string {
  return ['first', 'second', 'third', 'fourth', 'fifth'][rank - 1] ?? `as number ${rank}`;
}

function budgetExceeded(input: ServiceInput, ledger: Ledger): SizewrightError {
  const floors = ledger.items.map(
    (item) =>
      `    ${formatMiB(item.miB).padStart(14)}  ${item.parameter} = ${formatCount(item.value)} (${item.formula}, ${item.basis})`,
  );
  const enough = smallestMemory(input);
  const rule = `${formatMiB(ledger.availableMiB)} available${ledger.stated ? ' as stated' : ` = ${availableText(ledger)}`}`;
  const remedy =
    enough === undefined
      ? 'lower a pin or a minimum'
      : scarceMemory(input) === 'available'
        ? `it takes ${formatMiB(enough)} available`
        : `it takes a limit of ${formatMiB(enough)}`;
  return new SizewrightError({
    code: 'BUDGET_EXCEEDED',
    path: input.name,
    message: [
      `expected costs of at most ${rule}, got ${formatMiB(ledger.usedMiB)} at the lowest values; ${remedy}`,
      ...floors,
      `    ${formatMiB(ledger.usedMiB).padStart(14)}  in all`,
    ].join('\n'),
  });
}

/** What there is too little of: of the limit, or, where the operator stated that or little is free, of what is available. */
export function scarceMemory({ policy, limits, freeMiB, statedAvailableMiB }: ServiceInput): 'limit' | 'available' {
  const headroomMiB = evaluate(policy.headroom.expr, { cores: coresOf(policy, limits.cpuMillis), ...limits });
  const isFree = freeMiB === undefined || freeMiB >= limits.memoryMiB - headroomMiB;
  return statedAvailableMiB === undefined && isFree ? 'limit' : 'available';
}

/**
 * The smallest memory in MiB, of the kind that `scarceMemory` names, at which the service is feasible.
 * It holds there and not 1 MiB below. Undefined when no memory would do.
 */
export function smallestMemory(input: ServiceInput): number | undefined {
  return smallestWhere(input, isFeasible);
}

/** As `smallestMemory`, for any condition. */
export function smallestWhere(input: ServiceInput, holds: (input: ServiceInput) => boolean): number | undefined {
  const { freeMiB = input.limits.memoryMiB, ...unheld } = input;
  const scarce = scarceMemory(input);
  const withMemory = (memoryMiB: number): ServiceInput =>
    scarce === 'limit'
      ? { ...unheld, limits: { ...input.limits, memoryMiB } }
      : {
          ...unheld,
          statedAvailableMiB: memoryMiB,
          limits: { ...input.limits, memoryMiB: Math.max(memoryMiB, input.limits.memoryMiB) },
        };
  const most = MAX_MEMORY_MIB;
  let enough = scarce === 'limit' ? input.limits.memoryMiB : (input.statedAvailableMiB ?? freeMiB);
  while (!holds(withMemory(enough))) {
    if (enough >= most) return undefined;
    enough = Math.min(Math.max(1, enough * 2), most);
  }
  const tooLittle = greatest(1, enough - 1, (memory) => !holds(withMemory(memory)));
  return holds(withMemory(tooLittle + 1)) ? tooLittle + 1 : undefined;
}

/** Decides the parameters of one service: the unit of the budget. */

import { type Problem, SizewrightError } from '../../errors/errors.ts';
import { unknownName } from '../../errors/nearest.ts';
import { evaluate, type Scope } from '../../formula/evaluate.ts';
import { containerName } from '../../hardware/container.ts';
import type { Policy } from '../../policy/policy.ts';
import { formatCount, formatMiB, MAX_MEMORY_MIB } from '../../units.ts';
import { clamp, effectiveBounds, roundDown } from './bounds.ts';
import { availableText, type Decision, type Ledger } from './decision.ts';
import { greatest } from './greatest.ts';
import { entryOf, type ServiceInput } from './input.ts';
import { fileOf, saidBy } from './overrides.ts';
import { smallestPair } from './sold.ts';
import { traceOf, type YieldedTurn } from './trace.ts';

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
  const limitScope = { ...input.inputs, cores, ...limits };
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
      const proposal = entryOf(input.asked, parameter.name)?.value ?? evaluate(parameter.formula.expr, scope);
      scope[parameter.name] =
        bound.pin ??
        Math.min(roundDown(clamp(proposal, bound), parameter), caps.get(parameter.name) ?? Number.POSITIVE_INFINITY);
      if (parameter.cost) total += evaluate(parameter.cost.expr, scope);
    }
    return { scope, total };
  };

  const caps = new Map<string, number>();
  const yielded: YieldedTurn[] = [];
  let current = evaluateWith(caps);
  for (const [turn, { parameter: name, floor = 0 }] of policy.yields.entries()) {
    if (current.total <= availableMiB) break;
    const index = policy.parameters.findIndex((parameter) => parameter.name === name);
    const { multipleOf: grid } = policy.parameters[index]!;
    const bound = bounds[index]!;
    const least = Math.max(bound.lo, Math.ceil(Math.max(floor, entryOf(input.floors, name) ?? 0) / grid) * grid);
    const from = current.scope[name]!;
    if (bound.pin !== undefined || from <= least) continue;
    const fits = (step: number) => evaluateWith(new Map(caps).set(name, least + step * grid)).total <= availableMiB;
    const steps = Math.max(0, greatest(0, (from - least) / grid, fits));
    caps.set(name, least + steps * grid);
    yielded.push({ turn, name, from, to: least + steps * grid, costMiB: current.total });
    current = evaluateWith(caps);
  }

  const { scope, total } = current;
  const parameters: Record<string, Decision> = Object.create(null);
  for (const [index, parameter] of policy.parameters.entries()) {
    const bound = bounds[index]!;
    const proposal = evaluate(parameter.formula.expr, scope);
    parameters[parameter.name] = {
      value: scope[parameter.name]!,
      unit: parameter.unit,
      min: bound.lo,
      max: bound.ownHi,
      trace: traceOf(input, parameter, bound, {
        proposal,
        value: scope[parameter.name]!,
        turns: yielded.filter(({ name }) => name === parameter.name),
        availableMiB,
      }),
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
          yields: policy.yields.some(({ parameter }) => parameter === name),
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
      : scarceMemory(input) === 'limit'
        ? limitThatHolds(input, enough)
        : enough <= input.limits.memoryMiB
          ? `it takes ${formatMiB(enough)} available`
          : largerLimit(input, enough);
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

/** Where only pairs are sold, one of them. */
function limitThatHolds(input: ServiceInput, enough: number): string {
  const { sold, limits } = input;
  if (sold === undefined) return `it takes a limit of ${formatMiB(enough)}`;
  const pair = smallestPair(sold.pairs, limits, (trial) => isFeasible({ ...input, limits: trial }));
  return pair === undefined
    ? `it takes a limit of ${formatMiB(enough)}, more than ${sold.name} sells; lower a pin or a minimum, or take another platform`
    : `it takes ${containerName(pair.cpuMillis, pair.memoryMiB)}, the smallest pair of ${sold.name} that does`;
}

/** Where more would have to be available than the limit: nobody can state that, so the limit is what has to grow. */
function largerLimit({ freeMiB: _, statedAvailableMiB, ...whole }: ServiceInput, enough: number): string {
  const limit = smallestMemory(whole);
  if (limit === undefined) return 'lower a pin or a minimum';
  const unstated = statedAvailableMiB === undefined ? '' : ' without a statement of what is available';
  return `it takes ${formatMiB(enough)} available, so a limit of ${formatMiB(limit)}${unstated}`;
}

/** What there is too little of: of the limit, or, where the operator stated that or little is free, of what is available. */
export function scarceMemory({
  policy,
  inputs,
  limits,
  freeMiB,
  statedAvailableMiB,
}: ServiceInput): 'limit' | 'available' {
  const headroomMiB = evaluate(policy.headroom.expr, {
    ...inputs,
    cores: coresOf(policy, limits.cpuMillis),
    ...limits,
  });
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

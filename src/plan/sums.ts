/** What a program takes of memory with values that anybody set, by three sums: at start, in full ordinary use, at worst. */
import { evaluate, type Scope } from '../formula/evaluate.ts';
import { type Expr, namesIn } from '../formula/expr.ts';
import type { Parameter, Policy, When } from '../policy/policy.ts';

/** A value of a parameter as a program has it. */
export type Taken = number | 'unlimited' | 'unknown';

/** The order in which memory is taken; a sum counts those before it too. */
export const WHENS = ['start', 'use', 'worst'] as const satisfies readonly When[];

export interface Sum {
  /** What is known of it. */
  miB: number;
  /** Parameters of which nothing bounds what they take. */
  unlimited: readonly string[];
  /** Parameters of which nobody knows what they take. */
  unknown: readonly string[];
}

export type Sums = Readonly<Record<When, Sum>>;

/**
 * Every value that a program has: what is said, else what it takes by itself.
 * @param inputs what formulas may read; the machine's are left out where it is not known
 */
export function takenBy(policy: Policy, inputs: Scope, said: ReadonlyMap<string, Taken>): Map<string, Taken> {
  const values = new Map<string, Taken>();
  for (const parameter of policy.parameters)
    values.set(parameter.name, said.get(parameter.name) ?? byItself(parameter, inputs, values));
  return values;
}

function byItself({ byItself: own }: Parameter, inputs: Scope, values: ReadonlyMap<string, Taken>): Taken {
  if (own === undefined) return 'unknown';
  return own === 'unlimited' ? own : amountOf(own.expr, inputs, values);
}

/** Values of strangers may lie outside of the bounds that a formula was proved for: what is no number then, nobody knows. */
function amountOf(expr: Expr, inputs: Scope, values: ReadonlyMap<string, Taken>): Taken {
  const scope: Record<string, number> = { ...inputs };
  let unlimited = false;
  for (const name of namesIn(expr)) {
    const value = values.get(name) ?? scope[name];
    if (value === undefined || value === 'unknown') return 'unknown';
    if (value === 'unlimited') unlimited = true;
    else scope[name] = value;
  }
  if (unlimited) return 'unlimited';
  const value = evaluate(expr, scope);
  return Number.isSafeInteger(value) && value >= 0 ? value : 'unknown';
}

/**
 * The three sums. What nothing bounds is taken at worst only; the headroom too, because ordinary use may leave it free.
 * @param inputs with the limit as memoryMiB; without it no headroom counts
 */
export function sumsOf(policy: Policy, inputs: Scope, values: ReadonlyMap<string, Taken>): Sums {
  const parts = (['reserve', 'headroom'] as const).map((name) => amountOf(policy[name].expr, inputs, values));
  const [reserve, headroom] = parts.map((part) => (typeof part === 'number' ? part : 0)) as [number, number];
  const costs = policy.parameters.flatMap(({ name, cost }) => {
    if (cost === undefined) return [];
    const taken = amountOf(cost.expr, inputs, values);
    return { name, taken, when: taken === 'unlimited' ? ('worst' as const) : cost.when };
  });
  const upTo = (last: When, more: number): Sum => {
    const counted = costs.filter(({ when }) => WHENS.indexOf(when) <= WHENS.indexOf(last));
    const named = (what: Taken) => counted.flatMap(({ name, taken }) => (taken === what ? name : []));
    const known = counted.reduce((sum, { taken }) => sum + (typeof taken === 'number' ? taken : 0), more);
    return { miB: known, unlimited: named('unlimited'), unknown: named('unknown') };
  };
  return { start: upTo('start', reserve), use: upTo('use', reserve), worst: upTo('worst', reserve + headroom) };
}

export type Verdict = 'exceeds' | 'can exceed' | 'fits' | 'unlimited' | 'unknown';

/** Whether a limit holds the sums. What is known already may be too much, whatever the rest is. */
export function verdictOf({ use, worst }: Sums, memoryMiB: number | undefined): Verdict {
  if (memoryMiB === undefined) return 'unlimited';
  if (use.miB > memoryMiB) return 'exceeds';
  if (worst.miB > memoryMiB || worst.unlimited.length > 0) return 'can exceed';
  return worst.unknown.length > 0 ? 'unknown' : 'fits';
}

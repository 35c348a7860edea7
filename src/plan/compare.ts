/** The guessed constants against the computed values, on one plan. */

import { evaluate, type Scope } from '../formula/evaluate.ts';
import type { Policy } from '../policy/policy.ts';
import { formatCount, formatMiB } from '../units.ts';
import type { ServicePlan } from './plan.ts';

type Expectations = NonNullable<Policy['expectations']>;

export interface Comparison {
  rows: ComparedRow[];
  /** What the static set would take of the same memory. */
  static: { usedMiB: number; availableMiB: number; fits: boolean };
  verdict: string;
  expectations?: { cores: number; rows: Expectations['byCores'][number]['rows']; note: string; stacking: string[] };
}

export interface ComparedRow {
  parameter: string;
  unit: string;
  /** Absent where the policy replaces no constant. */
  static?: number;
  computed: number;
  /** Computed over static, in tenths, rounded down; absent without a static value. */
  factorTenths?: number;
}

/** Compares one service. Where there is no constant, the static set has the computed value. */
export function compareService(policy: Policy, plan: ServicePlan): Comparison {
  const { ledger } = plan;
  const scope: Record<string, number> = {
    cores: plan.cores,
    cpuMillis: plan.requests.cpuMillis,
    memoryMiB: ledger.memoryMiB,
    availableMiB: ledger.availableMiB,
  };
  const rows: ComparedRow[] = policy.parameters.map((parameter) => {
    const computed = plan.parameters[parameter.name]!.value;
    const guess = parameter.static?.value;
    // A cost may divide by it, which is proved safe from the parameter's own range on.
    scope[parameter.name] = guess === undefined ? computed : Math.max(guess, Math.min(1, parameter.range.lo));
    return {
      parameter: parameter.name,
      unit: parameter.unit,
      ...(guess !== undefined && { static: guess }),
      computed,
      ...(guess !== undefined && guess > 0 && { factorTenths: Math.floor((computed * 10) / guess) }),
    };
  });
  const usedMiB = costOf(policy, scope);
  const fits = usedMiB <= ledger.availableMiB;
  const guessed = rows.filter((row) => row.static !== undefined);
  const larger = guessed.filter((row) => row.static! > row.computed).map((row) => row.parameter);
  const smaller = guessed.filter((row) => row.static! < row.computed).map((row) => row.parameter);
  const sum = `${formatMiB(usedMiB)} of ${formatMiB(ledger.availableMiB)} available`;
  const verdict = !fits
    ? `over-provisioned: the static set needs ${sum}, ${usedMiB > ledger.memoryMiB ? `above the limit of ${formatMiB(ledger.memoryMiB)}: an OOM kill under full load` : 'which eats into the headroom'}`
    : guessed.length === 0
      ? 'the policy replaces no constants'
      : `fits (${sum}); ${describe('under-provisioned', smaller, guessed.length)}${smaller.length > 0 && larger.length > 0 ? ', ' : ''}${describe('over-provisioned', larger, guessed.length)}${smaller.length + larger.length === 0 ? 'as computed' : ''}`;
  const expected = policy.expectations?.byCores.find((entry) => entry.cores === plan.cores);
  const { note, stacking } = policy.expectations ?? {};
  return {
    rows,
    static: { usedMiB, availableMiB: ledger.availableMiB, fits },
    verdict,
    ...(expected && { expectations: { ...expected, note: note!, stacking: stacking! } }),
  };
}

/** Core counts that the policy's author named figures for. */
export function expectedCores(policy: Policy): number[] {
  return policy.expectations?.byCores.map((entry) => entry.cores) ?? [];
}

function describe(what: string, names: readonly string[], total: number): string {
  return names.length === 0 ? '' : `${what} in ${formatCount(names.length)} of ${total} (${names.join(', ')})`;
}

function costOf(policy: Policy, scope: Scope): number {
  return policy.parameters.reduce((sum, { cost }) => sum + (cost ? evaluate(cost.expr, scope) : 0), 0);
}

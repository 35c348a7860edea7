/** What deciding yields. Plain data; part of the plan's public schema. */
import type { Basis } from '../../policy/policy.ts';
import { formatCount, formatMiB, unitFor } from '../../units.ts';

export interface Decision {
  value: number;
  unit: string;
  /** The effective bounds: the policy's, or the operator's. Constraints and the budget are in the trace. */
  min: number;
  max: number;
  /** Every step from the formula's proposal to the value, in order. The last one's `to` is the value. */
  trace: TraceStep[];
}

export interface TraceStep {
  step: 'formula' | 'demand' | 'override' | 'bound' | 'rounding' | 'constraint' | 'budget' | 'target';
  /** Absent on the first step. */
  from?: number;
  to: number;
  /** Policy and key path (`spatialvortex-api parameters.ONNX_POOL_SIZE.max`), or what the operator said (`--set`). */
  by: string;
  /** With numbers in place of names, where it was computed from other services: `(197 - 8) / 10 replicas`. */
  how?: string;
  reason: string;
}

/** A trace in one line, the value first: `18 = (197 - 8) / 10 replicas; the formula alone gives 76; ...`. */
export function reasonOf({ trace, unit }: Decision): string {
  const [formula, ...further] = trace as [TraceStep, ...TraceStep[]];
  const steps = further.filter((step, index) => step.step !== 'budget' || further[index + 1]?.step !== 'budget');
  const last = steps.at(-1);
  const amount = (count: number) => `${formatCount(count)} ${unitFor(count, unit)}`;
  if (last === undefined) return `${amount(formula.to)} from ${formula.reason}`;
  return [
    said(last, amount(last.to)),
    ...steps
      .slice(0, -1)
      .toReversed()
      .map((step) => saidBefore(step)),
    `the formula alone gives ${formatCount(formula.to)}`,
    ...(last.how === undefined ? [] : [last.reason]),
  ].join('; ');
}

/** The step that decided the value. */
function said({ step, from, to, by, how, reason }: TraceStep, amount: string): string {
  if (how !== undefined) return `${formatCount(to)} = ${how}`;
  if (step === 'bound') return `${amount}, the ${to > from! ? 'minimum' : 'maximum'}: ${reason}`;
  if (step === 'override') return `${amount}, ${reason} (${by})`;
  if (step === 'rounding') return `${amount}, in ${reason}`;
  return `${amount}: ${reason}`;
}

/** A step that a later one changed. */
function saidBefore({ step, from, to, how }: TraceStep): string {
  const figure = how === undefined ? formatCount(to) : `${formatCount(to)} = ${how}`;
  if (step === 'demand') return `asked for ${figure}`;
  if (step === 'bound') return `the ${to > from! ? 'minimum' : 'maximum'} is ${figure}`;
  if (step === 'constraint') return `at most ${figure} for other services`;
  return `${step} ${figure}`;
}

/** How what is available came about: `8,192 MiB limit - 819 MiB headroom - 128 MiB reserve`. */
export function availableText({ memoryMiB, headroomMiB, reserveMiB, detectedFreeMiB, stated }: Ledger): string {
  if (stated) return 'stated';
  const reserve = `${formatMiB(reserveMiB)} reserve`;
  if (detectedFreeMiB !== undefined && detectedFreeMiB < memoryMiB - headroomMiB)
    return `${formatMiB(detectedFreeMiB)} free now - ${reserve}`;
  return `${formatMiB(memoryMiB)} limit - ${formatMiB(headroomMiB)} headroom - ${reserve}`;
}

/** The memory of one service: what there is, what each parameter takes of it. */
export interface Ledger {
  memoryMiB: number;
  headroomMiB: number;
  reserveMiB: number;
  /** What was free of the memory when it was detected; absent where that is not known or does not count. */
  detectedFreeMiB?: number;
  /** What the parameters share: as stated by the operator, or memory less headroom, at most what is free, less reserve. */
  availableMiB: number;
  stated: boolean;
  items: LedgerItem[];
  usedMiB: number;
  /** Negative where the budget is exceeded. */
  freeMiB: number;
  /** The part of the sum that nobody measured or documented. */
  assumedMiB: number;
}

export interface LedgerItem {
  parameter: string;
  value: number;
  formula: string;
  miB: number;
  basis: Basis;
  /** Whether the parameter gives way when memory is short. */
  yields: boolean;
}

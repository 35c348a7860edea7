/** Every step from a formula's proposal to the value, in order. */
import type { Parameter } from '../../policy/policy.ts';
import { formatCount, formatMiB } from '../../units.ts';
import { type Bounds, roundDown } from './bounds.ts';
import type { TraceStep } from './decision.ts';
import { entryOf, type ServiceInput } from './input.ts';

/** What one turn of `memory.yields` took from a parameter. */
export interface YieldedTurn {
  /** Index in `yields`. */
  turn: number;
  name: string;
  from: number;
  to: number;
  /** What all costs together came to at `from`. */
  costMiB: number;
}

interface Decided {
  /** What the formula alone gives. */
  proposal: number;
  value: number;
  turns: readonly YieldedTurn[];
  availableMiB: number;
}

export function traceOf(
  { policy, asked }: ServiceInput,
  parameter: Parameter,
  bounds: Bounds,
  { proposal, value, turns, availableMiB }: Decided,
): TraceStep[] {
  const at = (field: string) => `${policy.name} parameters.${parameter.name}.${field}`;
  const trace: TraceStep[] = [
    { step: 'formula', to: proposal, by: at('formula'), reason: `${parameter.formula.text}: ${parameter.formula.why}` },
  ];
  let from = proposal;
  const add = (step: TraceStep['step'], to: number, by: string, reason: string, how?: string): void => {
    if (to !== from) trace.push({ step, from, to, by, ...(how !== undefined && { how }), reason });
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
  const demand = entryOf(asked, parameter.name);
  if (demand) add('demand', demand.value, demand.by, demand.reason, demand.how);
  const bound = (to: number, stated: { by: string } | undefined, field: string): void =>
    add('bound', to, stated?.by ?? at(field), stated ? 'set by the operator' : parameter.boundsReason.why);
  if (from < bounds.lo) bound(bounds.lo, bounds.override?.min, 'min');
  if (from > bounds.ownHi) bound(bounds.ownHi, bounds.override?.max, 'max');
  add('rounding', roundDown(from, parameter), at('multipleOf'), `multiples of ${parameter.multipleOf}`);
  const { ceiling } = bounds;
  if (ceiling && from > bounds.hi) add('constraint', bounds.hi, ceiling.by, ceiling.reason, ceiling.how);
  for (const { turn, from: wanted, to, costMiB } of turns)
    add(
      'budget',
      Math.min(to, from), // where what it depends on gave way later, its proposal may be lower by now
      `${policy.name} memory.yields.${turn}`,
      `${formatCount(wanted)} ${parameter.unit} would cost ${formatMiB(costMiB)}; ${formatCount(availableMiB)} are available`,
    );
  return trace;
}

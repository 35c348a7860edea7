/** How a policy's values move when one of them grows, and the proof that its costs never fall when a yielder grows. */
import type { Problem } from '../errors/errors.ts';
import { caret, type Expr, namesIn } from '../formula/expr.ts';
import { type Polarity, polarityOf } from '../formula/polarity.ts';
import { proveSafe, type Range } from '../formula/range.ts';
import { MAX_CPU_MILLIS, MAX_MEMORY_MIB } from '../units.ts';
import type { INPUTS, NODE_INPUTS, Policy, PolicyInput } from './policy.ts';

/** Every value that an input can take. Inputs outside are refused before any formula sees them. */
export const INPUT_RANGES: Readonly<Record<(typeof INPUTS)[number], Range>> = {
  cores: { lo: 1, hi: MAX_CPU_MILLIS / 1000 },
  cpuMillis: { lo: 1, hi: MAX_CPU_MILLIS },
  memoryMiB: { lo: 1, hi: MAX_MEMORY_MIB },
  availableMiB: { lo: 0, hi: MAX_MEMORY_MIB },
};

/** Those of the machine around a container. */
export const NODE_RANGES: Readonly<Record<(typeof NODE_INPUTS)[number], Range>> = {
  nodeCores: INPUT_RANGES.cores,
  nodeMemoryMiB: INPUT_RANGES.memoryMiB,
};

/** Every value that a policy's own inputs can take. */
export function inputRanges(inputs: readonly PolicyInput[]): Record<string, Range> {
  return Object.fromEntries(inputs.map(({ name, min, max }) => [name, { lo: min, hi: max }]));
}

function rangesOf(policy: Policy): Record<string, Range> {
  return {
    ...INPUT_RANGES,
    ...inputRanges(policy.inputs),
    ...Object.fromEntries(policy.parameters.map((parameter) => [parameter.name, parameter.range])),
  };
}

/**
 * How every parameter moves when one of them grows, dependents included.
 * @param grows the parameter that grows
 */
export function polaritiesIn(policy: Policy, grows: string): Map<string, Polarity> {
  const ranges = rangesOf(policy);
  const polarities = new Map<string, Polarity>([[grows, 1]]);
  for (const parameter of policy.parameters) {
    if (parameter.name !== grows)
      polarities.set(
        parameter.name,
        polarityOf(parameter.formula.expr, polarities, (expr) => isNonNegative(expr, ranges)),
      );
  }
  return polarities;
}

export function isNonNegative(expr: Expr, ranges: Readonly<Record<string, Range>>): boolean {
  return proveSafe({ text: '', expr }, ranges, '').lo >= 0;
}

/** The sum of the costs never shrinks when a yielder grows: only then is the greatest value that fits found by bisection. */
export function checkMonotone(policy: Policy): Problem[] {
  const ranges = rangesOf(policy);
  const problems: Problem[] = [];
  for (const yielder of new Set(policy.yields.map(({ parameter }) => parameter))) {
    const polarities = polaritiesIn(policy, yielder);
    for (const { name, cost } of policy.parameters) {
      if (cost === undefined) continue;
      const polarity = polarityOf(cost.expr, polarities, (expr) => isNonNegative(expr, ranges));
      if (polarity === 0 || polarity === 1) continue;
      const through = [...namesIn(cost.expr)].filter((term) => polarities.get(term) !== 0 && polarities.has(term));
      problems.push({
        code: 'POLICY_NOT_MONOTONE',
        path: `parameters.${name}.cost.formula`,
        message: `expected a cost that never falls when ${yielder} grows, got "${cost.text}"${through.length > 0 ? ` through ${through.join(', ')}` : ''}; take ${yielder} out of memory.yields or change the formula`,
      });
    }
  }
  return problems;
}

/** What a parameter gives up when it yields is in its own cost. */
export function checkCountedIn({ parameters, yields }: Policy): Problem[] {
  return parameters.flatMap(({ name, cost }) => {
    if (!yields.some(({ parameter }) => parameter === name) || namesIn(cost!.expr).has(name)) return [];
    const message = `expected a cost that reads ${name}, because ${name} is to give way when memory is short, got "${cost!.text}"; count it in, or move ${name} to memory.fixed${caret(cost!.text, 0)}`;
    return { code: 'POLICY_INVALID', path: `parameters.${name}.cost.formula`, message };
  });
}

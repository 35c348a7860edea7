/** How far a decided value can be changed by hand. */
import { evaluate } from '../formula/evaluate.ts';
import type { Range } from '../formula/range.ts';
import type { Parameter, Policy } from '../policy/policy.ts';
import type { Decision, Ledger } from './decision.ts';
import { greatest } from './service.ts';

/** What a plan says of one service. */
export interface Decided {
  cores: number;
  requests: { cpuMillis: number; memoryMiB: number };
  parameters: Readonly<Record<string, Decision>>;
  ledger: Ledger;
}

/**
 * The values that an operator may give a parameter with all others as planned: within the hard bounds, and at most the
 * one at which the ledger is full. A value that counts in no cost is bounded by the hard bounds alone.
 */
export function affordableRange(policy: Policy, service: Decided, parameter: Parameter): Range {
  const { cores, requests, ledger, parameters } = service;
  const values = Object.entries(parameters).map(([name, { value }]) => [name, value] as const);
  const inputs = { cores, ...requests, availableMiB: ledger.availableMiB };
  const scope = { ...inputs, ...Object.fromEntries(values) };
  const fits = (value: number): boolean => {
    const trial = { ...scope, [parameter.name]: value };
    const total = policy.parameters.reduce((sum, { cost }) => sum + (cost ? evaluate(cost.expr, trial) : 0), 0);
    return total <= ledger.availableMiB;
  };
  const { multipleOf: grid } = parameter;
  const lo = evaluate((parameter.hardMin ?? parameter.min).expr, inputs);
  const hi = evaluate((parameter.hardMax ?? parameter.max).expr, inputs);
  const planned = parameters[parameter.name]!.value;
  const steps = greatest(0, Math.floor((hi - planned) / grid), (step) => fits(planned + step * grid));
  return { lo: Math.min(planned, Math.ceil(lo / grid) * grid), hi: planned + Math.max(0, steps) * grid };
}

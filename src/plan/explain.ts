/** What would lift a value. */
import type { Decision } from './decide/decision.ts';
import type { ServiceInput } from './decide/input.ts';
import type { Override } from './decide/overrides.ts';
import { decideService, isFeasible, scarceMemory, smallestWhere } from './decide/service.ts';

export interface Lift {
  /** Available memory where the operator stated that, else the service's limit. */
  what: 'available' | 'limit';
  miB: number;
  value: number;
}

/**
 * The smallest memory at which the budget takes nothing away; undefined where it did not lower the value, or where no
 * memory would lift it.
 */
export function liftOf(input: ServiceInput, parameter: string, decision: Decision): Lift | undefined {
  const step = decision.trace.find((candidate) => candidate.step === 'budget');
  if (step?.from === undefined) return undefined;
  const wanted = step.from;
  const miB = smallestWhere(
    input,
    (trial) => isFeasible(trial) && decideService(trial).parameters[parameter]!.value >= wanted,
  );
  return miB === undefined ? undefined : { what: scarceMemory(input), miB, value: wanted };
}

/** The value with another override of this parameter; undefined where that is infeasible. */
export function valueWith(input: ServiceInput, parameter: string, override: Override): number | undefined {
  const trial = { ...input, overrides: { ...input.overrides, [parameter]: override } };
  return isFeasible(trial) ? decideService(trial).parameters[parameter]!.value : undefined;
}

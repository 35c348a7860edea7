/** Decides every service of a stack; what cannot be says what would do. */
import { SizewrightError } from '../../errors/errors.ts';
import type { StackInput } from './input.ts';
import { remediesOf } from './remedies.ts';
import { type StackDecision, settle } from './settle.ts';

/**
 * Services, demands and constraints, see `settle`.
 * @throws what `decideService` throws, for all services together
 * @throws CONSTRAINT_UNSATISFIED with single values that would do, each of them tried
 */
export function decideStack(input: StackInput): StackDecision {
  try {
    return settle(input);
  } catch (error) {
    if (!(error instanceof SizewrightError) || error.code !== 'CONSTRAINT_UNSATISFIED') throw error;
    const [problem] = error.problems;
    const constraint = input.stack.constraints.find((_, index) => problem!.path === `constraints.${index}`)!;
    const remedies = remediesOf(constraint, input);
    const said = remedies.length > 0 ? `; what would do: ${remedies.join(', or ')}` : '';
    throw new SizewrightError({ ...problem!, message: `${problem!.message}${said}` });
  }
}

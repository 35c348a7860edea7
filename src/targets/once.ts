/** What several targets make of the same plan is made once. */
import type { Plan } from '../plan/plan.ts';
import type { RenderInput } from './target.ts';

/** What may differ for one plan; `target` and `asked` are for messages and for programs that plan themselves. */
const READ = ['platform', 'stack', 'policies', 'held', 'command'] as const satisfies (keyof RenderInput)[];

/**
 * The same function, which remembers its last answer for each plan; callers share it and must not change it.
 * @param make reads nothing of its input but the plan and `READ`, unless it throws
 */
export function oncePerPlan<T>(make: (input: RenderInput) => T): (input: RenderInput) => T {
  const made = new WeakMap<Plan, { from: RenderInput; value: T }>();
  return (input) => {
    const last = made.get(input.plan);
    if (last && READ.every((name) => last.from[name] === input[name])) return last.value;
    const value = make(input);
    made.set(input.plan, { from: input, value });
    return value;
  };
}

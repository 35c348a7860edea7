/** What files carry where the values are computed at start: the bounds and pins that are to hold on any hardware. */
import { evaluate } from '../../formula/evaluate.ts';
import { type Formula, namesIn } from '../../formula/expr.ts';
import { type Polarity, polarityOf } from '../../formula/polarity.ts';
import { proveSafe, type Range } from '../../formula/range.ts';
import type { Parameter } from '../../policy/policy.ts';
import { type Constraint, formulaName, memberName, type Stack } from '../../stack/stack.ts';
import { greatest } from './greatest.ts';
import { entryOf } from './input.ts';
import type { Override, Stated } from './overrides.ts';
import type { StackDecision } from './settle.ts';

/** What the start of a service is told of one parameter. */
export interface Held extends Override {
  /** What other services ask for, in place of what the formula proposes. */
  asked?: Stated;
}

/**
 * Demands, pins, and bounds that do not follow from the hardware. Services cannot ask each other when they start, so what a
 * constraint reads is held on its safe side: its yielder has at most the greatest value that satisfies it, and every
 * other parameter stays at its planned value or on the side of it that leaves more room.
 */
export function heldOf(stack: Stack, { services, inputs, scope }: StackDecision): Record<string, Record<string, Held>> {
  const held: Record<string, Record<string, Held>> = Object.create(null);
  const planned = true;
  for (const [name, { policy, overrides, imposed, asked }] of Object.entries(inputs)) {
    const decisions = services[name]!.parameters;
    held[name] = Object.fromEntries(
      policy.parameters.map((parameter) => {
        const stated = overrides[parameter.name] ?? {};
        const set = imposed?.[parameter.name] ?? stated.set;
        const { min, max } = decisions[parameter.name]!;
        const by = `the policy, ${parameter.boundsReason.why}`;
        const lower = stated.min || isConstant(parameter.min, parameter.hardMin);
        const upper = stated.max || isConstant(parameter.max, parameter.hardMax);
        const demand = entryOf(asked, parameter.name);
        const override: Held = {
          ...(demand && { asked: { value: demand.value, by: demand.reason, planned } }),
          ...(set && { set: { value: set.value, by: set.by } }),
          ...(lower && { min: { value: min, by: stated.min?.by ?? by } }),
          ...(upper && { max: { value: max, by: stated.max?.by ?? by } }),
        };
        return [parameter.name, override];
      }),
    );
  }
  const members = Object.entries(inputs).flatMap(([service, { policy }]) =>
    policy.parameters.map((parameter) => ({ service, parameter, name: `${formulaName(service)}.${parameter.name}` })),
  );
  for (const constraint of stack.constraints) {
    const read = new Set([...namesIn(constraint.left.expr), ...namesIn(constraint.right.expr)]);
    if (![...read].every((name) => Object.hasOwn(scope, name))) continue;
    for (const { service, parameter, name } of members.filter((member) => read.has(member.name))) {
      const own = held[service]![parameter.name]!;
      if (own.set) continue;
      const { value, max } = services[service]!.parameters[parameter.name]!;
      const by = `constraint ${constraint.text}: ${constraint.why}`;
      const side = sideOf(name, constraint, members, scope);
      const yields = constraint.yielders.some((yielder) => memberName(yielder) === name);
      if (yields && constraint.yielders.length === 1) {
        const most = greatest(value, max, (trial) => holds(constraint, { ...scope, [name]: trial }));
        lower(own, { value: most - (most % parameter.multipleOf), by, planned });
      } else if (yields || side === 'below') lower(own, { value, by, planned });
      else if (side === 'above') {
        own.min = { value, by, planned };
        // A soft maximum that falls with the hardware would leave nothing between the two.
        if (own.asked && own.max === undefined) own.max = { value, by, planned };
      } else own.set = { value, by, planned };
    }
  }
  return held;
}

/**
 * Seconds that each service may take to start where its values are computed then: on larger hardware than was planned
 * for they grow, up to what they are held to, and a deadline that does not would end the start again and again.
 */
export function longestStarts(
  { services, inputs }: StackDecision,
  held: Readonly<Record<string, Readonly<Record<string, Held>>>>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { policy }]) => {
      const { scope, startupSeconds } = services[name]!;
      const most = policy.parameters.map(({ name: parameter }) => {
        const { set, max } = held[name]![parameter]!;
        return [parameter, (set ?? max)?.value ?? scope[parameter]!] as const;
      });
      const longest = evaluate(policy.startupSeconds.expr, { ...scope, ...Object.fromEntries(most) });
      return [name, Math.max(startupSeconds, longest)];
    }),
  );
}

function isConstant(...bounds: (Parameter['min'] | undefined)[]): boolean {
  return bounds.every((bound) => bound === undefined || namesIn(bound.expr).size === 0);
}

function lower(override: Override, max: Stated): void {
  if (override.max === undefined || max.value < override.max.value) override.max = max;
}

function holds({ left, right }: Constraint, scope: Readonly<Record<string, number>>): boolean {
  return evaluate(left.expr, scope) <= evaluate(right.expr, scope);
}

/** The side of its planned value on which a parameter leaves more room; undefined where that cannot be shown. */
function sideOf(
  name: string,
  { left, right }: Constraint,
  members: readonly { name: string; parameter: Parameter }[],
  scope: Readonly<Record<string, number>>,
): 'below' | 'above' | undefined {
  const rangeOf = (read: string): Range =>
    members.find((member) => member.name === read)?.parameter.range ?? { lo: scope[read]!, hi: scope[read]! };
  const polarity = ({ expr }: Formula): Polarity => {
    const ranges = Object.fromEntries([...namesIn(expr)].map((read) => [read, rangeOf(read)]));
    return polarityOf(expr, new Map([[name, 1]]), (part) => proveSafe({ text: '', expr: part }, ranges, '').lo >= 0);
  };
  const [costs, offers] = [polarity(left), polarity(right)];
  if ((costs === 0 || costs === 1) && (offers === 0 || offers === -1)) return 'below';
  if ((costs === 0 || costs === -1) && (offers === 0 || offers === 1)) return 'above';
  return undefined;
}

/** What constraints between services leave to those that yield, as expressions over the others' modules. */
import { evaluate } from '../../formula/evaluate.ts';
import { type Expr, namesIn } from '../../formula/expr.ts';
import { hclExpression } from '../../formula/hcl.ts';
import { solvedFor } from '../../formula/solve.ts';
import type { Policy } from '../../policy/policy.ts';
import { type Constraint, formulaName, type Service, type Yielder } from '../../stack/stack.ts';
import type { RenderInput } from '../target.ts';

type Offered = NonNullable<RenderInput['offered']>;

interface Bound {
  service: string;
  parameter: string;
  /** The policy's own bound: what others leave only lowers it. */
  max: number;
  /** What the others leave, in HCL. */
  room: string;
  /** Services whose modules that reads. */
  reads: string[];
}

/**
 * The bound of each constraint that modules can hand to each other; of those that would close a circle, which Terraform
 * refuses, the first ones.
 * @param services those that have a module; their replicas are the stack's
 * @param offered what the others were said to offer
 */
export function upperBounds(
  constraints: readonly Constraint[],
  services: readonly Service[],
  policies: Readonly<Record<string, Policy>>,
  offered: Offered = {},
): Map<Constraint, Bound> {
  const bounds = new Map<Constraint, Bound>();
  const reaches = (from: string, to: string): boolean =>
    from === to ||
    [...bounds.values()].some(({ service, reads }) => service === from && reads.some((read) => reaches(read, to)));
  for (const constraint of constraints) {
    const bound = upperBound(constraint, services, policies, offered);
    if (bound && !bound.reads.some((read) => reaches(read, bound.service))) bounds.set(constraint, bound);
  }
  return bounds;
}

/** `{ … }` for the variable `max` of one service's module; undefined where nothing bounds it. */
export function maxOf(service: string, bounds: Iterable<Bound>): string | undefined {
  const limits = new Map<string, string[]>();
  for (const { parameter, max, room } of [...bounds].filter((bound) => bound.service === service))
    limits.set(parameter, [...(limits.get(parameter) ?? [`${max}`]), room]);
  const members = [...limits].map(([parameter, values]) => `${parameter} = min(${values.join(', ')})`);
  return members.length === 0 ? undefined : `{ ${members.join(', ')} }`;
}

/** Undefined where the rule cannot be turned around, reads what nothing says, or the bound depends on the limits. */
function upperBound(
  { left, right, yielders }: Constraint,
  services: readonly Service[],
  policies: Readonly<Record<string, Policy>>,
  offered: Offered,
): Bound | undefined {
  const [{ service: name, parameter }, ...further] = yielders as [Yielder, ...Yielder[]];
  if (further.length > 0) return undefined;
  const service = services.find((candidate) => candidate.name === name);
  if (service === undefined) return undefined;
  const { max } = policies[service.policy]!.parameters.find((one) => one.name === parameter)!;
  if (namesIn(max.expr).size > 0) return undefined;

  const numbers: Record<string, number> = Object.create(null);
  for (const [other, parameters] of Object.entries(offered))
    for (const [member, value] of Object.entries(parameters)) numbers[`${formulaName(other)}.${member}`] = value;
  const references = new Map<string, { from: string; text: string }>();
  for (const one of services) {
    const label = formulaName(one.name);
    for (const [field, count] of Object.entries(one.replicas)) numbers[`${label}.replicas.${field}`] = count;
    if (one === service) continue; // a module cannot take what it yields
    const refer = (member: string, output: string) =>
      references.set(`${label}.${member}`, { from: one.name, text: `module.${label}.plan.${output}` });
    refer('cores', 'cores');
    for (const { name: other } of policies[one.policy]!.parameters) refer(other, `parameters.${other}`);
  }
  const [known, limit] = [left, right].map(({ expr }) => withNumbers(expr, numbers)) as [Expr, Expr];
  const room = solvedFor(`${formulaName(name)}.${parameter}`, known, limit, {});
  if (room === undefined || [...namesIn(room)].some((member) => !references.has(member))) return undefined;
  return {
    service: name,
    parameter,
    max: evaluate(max.expr, {}),
    room: hclExpression(room, (member) => references.get(member)!.text),
    reads: [...namesIn(room)].map((member) => references.get(member)!.from),
  };
}

/** What is known is computed. */
function withNumbers(expr: Expr, known: Readonly<Record<string, number>>): Expr {
  if ([...namesIn(expr)].every((name) => Object.hasOwn(known, name)))
    return { op: 'int', value: evaluate(expr, known), at: expr.at };
  if (expr.op !== 'bin') return expr;
  return { ...expr, left: withNumbers(expr.left, known), right: withNumbers(expr.right, known) };
}

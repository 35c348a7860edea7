/** What a constraint between services leaves to the one that yields, as an expression over the others' modules. */
import { evaluate } from '../../formula/evaluate.ts';
import { type BinaryOperator, type Expr, namesIn } from '../../formula/expr.ts';
import { hclExpression } from '../../formula/hcl.ts';
import type { Policy } from '../../policy/policy.ts';
import { type Constraint, formulaName, type Service } from '../../stack/stack.ts';

/**
 * `max = { … }` for the module of the yielding service, never above the policy's own bound: it only lowers.
 * @param services those that have a module; their replicas are the stack's
 * @returns undefined where the rule cannot be turned around, reads another service, or the bound depends on the limits
 */
export function upperBound(
  { left, right, yielder }: Constraint,
  services: readonly Service[],
  policies: Readonly<Record<string, Policy>>,
): string | undefined {
  const [name, parameter] = yielder.split('.') as [string, string];
  const service = services.find((candidate) => candidate.name === name);
  if (service === undefined) return undefined;
  const { max } = policies[service.policy]!.parameters.find((one) => one.name === parameter)!;
  if (namesIn(max.expr).size > 0) return undefined;

  const replicas: Record<string, number> = {};
  const references = new Map<string, string>();
  for (const one of services) {
    const label = formulaName(one.name);
    for (const [field, count] of Object.entries(one.replicas)) replicas[`${label}.replicas.${field}`] = count;
    if (one === service) continue; // a module cannot take what it yields
    references.set(`${label}.cores`, `module.${label}.plan.cores`);
    for (const { name: other } of policies[one.policy]!.parameters)
      references.set(`${label}.${other}`, `module.${label}.plan.parameters.${other}`);
  }
  const [known, limit] = [left, right].map(({ expr }) => withNumbers(expr, replicas)) as [Expr, Expr];
  const room = turned(known, limit, `${formulaName(name)}.${parameter}`);
  if (room === undefined || [...namesIn(room)].some((member) => !references.has(member))) return undefined;
  const text = hclExpression(room, (member) => references.get(member)!);
  return `max = { ${parameter} = min(${evaluate(max.expr, {})}, ${text}) }`;
}

/** The greatest integer `name` for which `left <= right`, where it is in sums, differences and products with numbers. */
function turned(left: Expr, right: Expr, name: string): Expr | undefined {
  const reads = (expr: Expr) => namesIn(expr).has(name);
  if (!reads(left) || reads(right)) return undefined;
  if (left.op === 'ref') return right;
  if (left.op !== 'bin' || reads(left.left) === reads(left.right)) return undefined;
  const [about, other] = reads(left.left) ? [left.left, left.right] : [left.right, left.left];
  const room = (bin: BinaryOperator) => turned(about, { op: 'bin', bin, left: right, right: other, at: left.at }, name);
  if (left.bin === '+') return room('-');
  if (left.bin === '-' && about === left.left) return room('+');
  return left.bin === '*' && other.op === 'int' && other.value > 0 ? room('/') : undefined;
}

/** What is known is computed. */
function withNumbers(expr: Expr, known: Readonly<Record<string, number>>): Expr {
  if ([...namesIn(expr)].every((name) => Object.hasOwn(known, name)))
    return { op: 'int', value: evaluate(expr, known), at: expr.at };
  if (expr.op !== 'bin') return expr;
  return { ...expr, left: withNumbers(expr.left, known), right: withNumbers(expr.right, known) };
}

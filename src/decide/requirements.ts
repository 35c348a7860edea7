/** What is to be said of services that run elsewhere, and of demands that nothing meets. */
import type { Finding } from '../errors.ts';
import { evaluate, type Scope } from '../formula/evaluate.ts';
import { type Expr, namesIn } from '../formula/expr.ts';
import { isKnown } from '../formula/solve.ts';
import { type Constraint, formulaName, memberName, type Stack } from '../stack/stack.ts';
import { formatCount } from '../units.ts';

/** A finding for every constraint that reads what nothing says, because it belongs to a service that runs elsewhere. */
export function requirementFindings(stack: Stack, scope: Scope): Finding[] {
  return stack.constraints.flatMap((constraint, index) => {
    const missing = missingIn([constraint.left.expr, constraint.right.expr], scope);
    if (missing.length === 0) return [];
    return finding(
      'EXTERNAL_REQUIREMENT',
      `constraints.${index}`,
      requirement(stack, constraint, missing, scope),
      constraint,
    );
  });
}

/** What a demand could not ask for, or did not get, unless a constraint tells it already. */
export function demandFindings(stack: Stack, scope: Scope): Finding[] {
  return stack.demands.flatMap((demand) => {
    const { asked, path, service, parameter } = demand;
    const member = memberName(demand);
    const missing = missingIn([asked.expr], scope);
    const named = `${service}.${parameter}`;
    if (missing.length > 0) {
      const pins = missing.map((name) => `--set ${asFlag(stack, name)}=...`).join(' ');
      const is = Object.hasOwn(scope, member) ? `${named} is ${formatCount(scope[member]!)}, ` : `${named} is `;
      return finding(
        'DEMAND_UNKNOWN',
        path,
        `${is}decided without what ${missing.map((name) => asFlag(stack, name)).join(', ')} would ask for, because that runs elsewhere; say what it is: ${pins}`,
        demand,
      );
    }
    const told = stack.constraints.some(({ left, right }) =>
      [left, right].some(({ expr }) => namesIn(expr).has(member)),
    );
    const wanted = evaluate(asked.expr, scope);
    if (told || (Object.hasOwn(scope, member) && scope[member]! >= wanted)) return [];
    const text = Object.hasOwn(scope, member)
      ? `${formatCount(wanted)} are asked of ${named} and it is ${formatCount(scope[member]!)}: ${asked.text}; state a constraint by which a client gives way`
      : `needs ${named} >= ${wanted} on the external side: ${asked.text}; pin what it offers with --set ${named}=...`;
    return finding(Object.hasOwn(scope, member) ? 'DEMAND_UNMET' : 'EXTERNAL_REQUIREMENT', path, text, demand);
  });
}

function finding(code: string, path: string, message: string, { source }: { source?: string }): Finding {
  const level = code === 'DEMAND_UNMET' ? 'warning' : 'advice';
  return { code, level, path, message, ...(source && { source }) };
}

function missingIn(exprs: readonly Expr[], scope: Scope): string[] {
  return [...new Set(exprs.flatMap((expr) => [...namesIn(expr)]))].filter((name) => !Object.hasOwn(scope, name));
}

/** `my_db.CONNECTIONS` of a formula as `--set` takes it: `my-db.CONNECTIONS`. */
function asFlag(stack: Stack, member: string): string {
  const [prefix, ...rest] = member.split('.');
  const service = stack.services.find((candidate) => formulaName(candidate.name) === prefix);
  return [service?.name ?? prefix, ...rest].join('.');
}

/** What the other side must offer, where the rule says it directly. */
function requirement(
  stack: Stack,
  { text, left, right }: Constraint,
  missing: readonly string[],
  scope: Scope,
): string {
  const [only] = missing;
  const hint = (flag: string) => (missing.some((name) => name.endsWith('.cores')) ? '' : `; pin what ${flag}`);
  const flag = only && hint(`it offers with --set ${asFlag(stack, only)}=...`);
  const isOnly = (expr: Expr) => missing.length === 1 && expr.op === 'ref' && expr.name === only;
  if (isOnly(right.expr) && isKnown(left.expr, scope))
    return `needs ${only} >= ${evaluate(left.expr, scope)} on the external side: ${text}${flag}`;
  if (isOnly(left.expr) && isKnown(right.expr, scope))
    return `needs ${only} <= ${evaluate(right.expr, scope)} on the external side: ${text}${flag}`;
  return `cannot be checked without ${missing.join(', ')}: ${text}${hint('the external side offers with --set')}`;
}

/** What services that run elsewhere must offer, what cannot be told of them, and demands that nothing meets. */
import type { Finding } from '../../errors/errors.ts';
import { finding } from '../../errors/findings.ts';
import { evaluate, type Scope } from '../../formula/evaluate.ts';
import { type Expr, namesIn } from '../../formula/expr.ts';
import { isKnown } from '../../formula/solve.ts';
import { formulaName, memberName, type Stack } from '../../stack/stack.ts';
import { formatCount } from '../../units.ts';

/** What a service that runs elsewhere must offer, of which nothing is said. */
export interface Requirement {
  service: string;
  parameter: string;
  atLeast?: number;
  atMost?: number;
  /** The rule of the stack that it follows from. */
  rule: string;
  source?: string;
}

/** `max_connections >= 136` */
export function requirementText({ parameter, atLeast, atMost }: Requirement): string {
  return `${parameter} ${atLeast === undefined ? '<=' : '>='} ${formatCount(atLeast ?? atMost!)}`;
}

export interface Unsaid {
  requirements: Requirement[];
  findings: Finding[];
}

/** Of every constraint that reads what nothing says, because it belongs to a service that runs elsewhere. */
export function requiredBy(stack: Stack, scope: Scope): Unsaid {
  const unsaid: Unsaid = { requirements: [], findings: [] };
  for (const [index, { text, left, right, source }] of stack.constraints.entries()) {
    const missing = missingIn([left.expr, right.expr], scope);
    if (missing.length === 0) continue;
    const isOnly = (expr: Expr) => missing.length === 1 && expr.op === 'ref' && expr.name === missing[0];
    const [service, parameter] = nameOf(stack, missing[0]!);
    const of = { service, parameter, rule: text, ...(source && { source }) };
    if (isOnly(right.expr) && isKnown(left.expr, scope))
      unsaid.requirements.push({ ...of, atLeast: evaluate(left.expr, scope) });
    else if (isOnly(left.expr) && isKnown(right.expr, scope))
      unsaid.requirements.push({ ...of, atMost: evaluate(right.expr, scope) });
    else {
      const isPinned = missing.every((name) => !/\.(cores|replicas\..*)$/.test(name));
      const pins = isPinned ? `; say what is offered: ${missing.map((name) => pinOf(stack, name)).join(' ')}` : '';
      const message = `cannot be checked without ${missing.join(', ')}: ${text}${pins}`;
      unsaid.findings.push(finding('EXTERNAL_REQUIREMENT', `constraints.${index}`, message, { source }));
    }
  }
  return unsaid;
}

/** What a demand could not ask for, or did not get, unless a constraint tells it already. */
export function demanded(stack: Stack, scope: Scope): Unsaid {
  const unsaid: Unsaid = { requirements: [], findings: [] };
  for (const demand of stack.demands) {
    const { asked, path, service, parameter, source } = demand;
    const member = memberName(demand);
    const missing = missingIn([asked.expr], scope);
    const named = `${service}.${parameter}`;
    if (missing.length > 0) {
      const pins = missing.map((name) => pinOf(stack, name)).join(' ');
      const is = Object.hasOwn(scope, member) ? `${named} is ${formatCount(scope[member]!)}, ` : `${named} is `;
      const message = `${is}decided without what ${missing.map((name) => nameOf(stack, name).join('.')).join(', ')} would ask for, because that runs elsewhere; say what it is: ${pins}`;
      unsaid.findings.push(finding('DEMAND_UNKNOWN', path, message, { source }));
      continue;
    }
    const told = stack.constraints.some(({ left, right }) =>
      [left, right].some(({ expr }) => namesIn(expr).has(member)),
    );
    const wanted = evaluate(asked.expr, scope);
    if (told || (Object.hasOwn(scope, member) && scope[member]! >= wanted)) continue;
    if (!Object.hasOwn(scope, member)) {
      unsaid.requirements.push({ service, parameter, atLeast: wanted, rule: asked.text, ...(source && { source }) });
      continue;
    }
    const message = `${formatCount(wanted)} are asked of ${named} and it is ${formatCount(scope[member]!)}: ${asked.text}; state a constraint by which a client gives way`;
    unsaid.findings.push(finding('DEMAND_UNMET', path, message, { source }));
  }
  return unsaid;
}

function missingIn(exprs: readonly Expr[], scope: Scope): string[] {
  return [...new Set(exprs.flatMap((expr) => [...namesIn(expr)]))].filter((name) => !Object.hasOwn(scope, name));
}

/** `my_db.CONNECTIONS` of a formula, with the service's name as it is written: `my-db`. */
function nameOf(stack: Stack, member: string): [service: string, parameter: string] {
  const [prefix, ...rest] = member.split('.');
  const service = stack.services.find((candidate) => formulaName(candidate.name) === prefix);
  return [service?.name ?? prefix!, rest.join('.')];
}

function pinOf(stack: Stack, member: string): string {
  return `--set ${nameOf(stack, member).join('.')}=...`;
}

/** Decides every service of a stack, then the constraints between them. */
import { collectProblems, type Finding, fail } from '../errors.ts';
import { evaluate } from '../formula/evaluate.ts';
import { namesIn } from '../formula/expr.ts';
import { type Constraint, formulaName, type Replicas, type Stack } from '../stack/stack.ts';
import { formatCount } from '../units.ts';
import type { Override } from './overrides.ts';
import { decideService, greatest, type ServiceDecision, type ServiceInput } from './service.ts';

export interface StackInput {
  stack: Stack;
  /** One for each service that is not external, by service name. */
  services: Readonly<Record<string, ServiceInput>>;
  replicas: Readonly<Record<string, Replicas>>;
  /** Pins of external services say what the other side offers. */
  overrides: Readonly<Record<string, Readonly<Record<string, Override>>>>;
}

export interface StackDecision {
  services: Record<string, ServiceDecision>;
  /** What each service was decided from, ceilings included. */
  inputs: Record<string, ServiceInput>;
  findings: Finding[];
  /** Every member that a rule of the stack can read and that has a value. */
  scope: Record<string, number>;
}

/**
 * Services first, then each constraint in declared order: its yielder gets the greatest upper bound that satisfies it
 * and its service is decided again. All constraints hold in the end.
 * @throws what `decideService` throws, for all services together
 * @throws CONSTRAINT_UNSATISFIED
 */
export function decideStack({ stack, services, replicas, overrides }: StackInput): StackDecision {
  const inputs: Record<string, ServiceInput> = { ...services };
  const names = Object.keys(services);
  const decided = collectProblems(names.map((name) => () => decideService(inputs[name]!)));
  const decisions: Record<string, ServiceDecision> = Object.fromEntries(
    names.map((name, index) => [name, decided[index]!]),
  );
  const findings: Finding[] = [];

  const scope = memberScope(replicas, overrides, decisions);
  for (const [index, constraint] of stack.constraints.entries()) {
    const path = `constraints.${index}`;
    const read = new Set([...namesIn(constraint.left.expr), ...namesIn(constraint.right.expr)]);
    const missing = [...read].filter((name) => !Object.hasOwn(scope, name));
    if (missing.length > 0) {
      findings.push({
        code: 'EXTERNAL_REQUIREMENT',
        level: 'advice',
        path,
        message: requirement(stack, constraint, missing, scope),
        ...(constraint.source && { source: constraint.source }),
      });
      continue;
    }
    const ceiling = ceilingFor(constraint, scope);
    if (ceiling === undefined) continue;
    const [service, parameter] = constraint.yielder.split('.') as [string, string];
    const input = inputs[service];
    const decision = decisions[service]?.parameters[parameter];
    if (input === undefined || decision === undefined) {
      refuse(constraint, path, scope, `${service} is external and cannot yield; pin another value with --set`);
    }
    if (decision.trace.at(-1)!.by === input.overrides[parameter]?.set?.by)
      refuse(
        constraint,
        path,
        scope,
        `${constraint.yielder} is pinned to ${decision.value} (${input.overrides[parameter]!.set!.by}) where at most ${ceiling} would do`,
      );
    if (ceiling < decision.min)
      refuse(
        constraint,
        path,
        scope,
        ceiling < 0
          ? `no value of ${constraint.yielder} would do`
          : `${constraint.yielder} would have to be ${ceiling}, below its minimum of ${decision.min}`,
      );
    inputs[service] = {
      ...input,
      ceilings: {
        ...input.ceilings,
        [parameter]: { value: ceiling, by: `${stack.name} ${path}`, reason: `${constraint.text}: ${constraint.why}` },
      },
    };
    decisions[service] = decideService(inputs[service]);
    Object.assign(scope, memberScope(replicas, overrides, decisions));
  }
  for (const [index, constraint] of stack.constraints.entries()) {
    const known = [...namesIn(constraint.left.expr), ...namesIn(constraint.right.expr)].every((name) =>
      Object.hasOwn(scope, name),
    );
    if (known && ceilingFor(constraint, scope) !== undefined)
      refuse(
        constraint,
        `constraints.${index}`,
        scope,
        'a later constraint or the memory budget broke it; change the order or lower a pin',
      );
  }
  return { services: decisions, inputs, findings, scope };
}

function memberScope(
  replicas: StackInput['replicas'],
  overrides: StackInput['overrides'],
  decisions: Readonly<Record<string, ServiceDecision>>,
): Record<string, number> {
  const scope: Record<string, number> = {};
  for (const [service, parameters] of Object.entries(overrides)) {
    for (const [name, override] of Object.entries(parameters))
      if (override.set) scope[`${formulaName(service)}.${name}`] = override.set.value;
  }
  for (const [service, decision] of Object.entries(decisions)) {
    const prefix = formulaName(service);
    for (const [field, count] of Object.entries(replicas[service]!)) scope[`${prefix}.replicas.${field}`] = count;
    scope[`${prefix}.cores`] = decision.cores;
    for (const [name, parameter] of Object.entries(decision.parameters)) scope[`${prefix}.${name}`] = parameter.value;
  }
  return scope;
}

/** Undefined when the constraint holds; else the greatest value of its yielder at which it would, −1 for none. */
function ceilingFor(constraint: Constraint, scope: Readonly<Record<string, number>>): number | undefined {
  const [service, parameter] = constraint.yielder.split('.') as [string, string];
  const name = `${formulaName(service)}.${parameter}`;
  const holds = (value: number): boolean => {
    const trial = { ...scope, [name]: value };
    return evaluate(constraint.left.expr, trial) <= evaluate(constraint.right.expr, trial);
  };
  const current = scope[name] ?? 0;
  return holds(current) ? undefined : greatest(0, current, holds);
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
  constraint: Constraint,
  missing: readonly string[],
  scope: Readonly<Record<string, number>>,
): string {
  const [only] = missing;
  const parameters = missing.filter((name) => !/\.cores$|\.replicas\./.test(name));
  const hint = (flag: string) => (parameters.length === missing.length ? `; pin what ${flag}` : '');
  const side = (expr: Constraint['left']['expr']) => expr.op === 'ref' && expr.name === only;
  const known = (expr: Constraint['left']['expr']) => [...namesIn(expr)].every((name) => Object.hasOwn(scope, name));
  if (missing.length === 1 && side(constraint.right.expr) && known(constraint.left.expr)) {
    return `needs ${only} >= ${evaluate(constraint.left.expr, scope)} on the external side: ${constraint.text}${hint(`it offers with --set ${asFlag(stack, only!)}=...`)}`;
  }
  if (missing.length === 1 && side(constraint.left.expr) && known(constraint.right.expr)) {
    return `needs ${only} <= ${evaluate(constraint.right.expr, scope)} on the external side: ${constraint.text}${hint(`it offers with --set ${asFlag(stack, only!)}=...`)}`;
  }
  return `cannot be checked without ${missing.join(', ')}: ${constraint.text}${hint('the external side offers with --set')}`;
}

function refuse(constraint: Constraint, path: string, scope: Readonly<Record<string, number>>, why: string): never {
  const [left, right] = [evaluate(constraint.left.expr, scope), evaluate(constraint.right.expr, scope)];
  fail(
    'CONSTRAINT_UNSATISFIED',
    path,
    `expected ${constraint.text}, got ${formatCount(left)} > ${formatCount(right)}; ${why}`,
  );
}

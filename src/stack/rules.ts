/** Demands and constraints between the services of a stack: parsed, proved safe, references resolved. */
import { fail } from '../errors/errors.ts';
import { nearestNames } from '../errors/nearest.ts';
import { type Expr, type Formula, namesIn } from '../formula/expr.ts';
import { parseFormula } from '../formula/parse.ts';
import { polarityOf } from '../formula/polarity.ts';
import { proveSafe, type Range } from '../formula/range.ts';
import { INPUT_RANGES, isNonNegative, polaritiesIn } from '../policy/monotone.ts';
import type { Policy } from '../policy/policy.ts';
import type { StackFile } from './schema.ts';
import { type Constraint, type Demand, formulaName, memberName, type Yielder } from './stack.ts';

const MAX_REPLICAS: Range = { lo: 0, hi: 10_000 };

/** The product of two values of several yielders is computed exactly up to here: 94,906,265^2 < 2^53. */
const MAX_SHARED = 94_906_265;

/** What the rules of a stack may read. */
export interface Members {
  /** `api.DB_POOL_SIZE`, `my_db.replicas.max` */
  names: ReadonlySet<string>;
  ranges: Readonly<Record<string, Range>>;
  /** By service name. */
  policies: ReadonlyMap<string, Policy>;
}

/** @param policies by name */
export function membersOf(file: StackFile, policies: Readonly<Record<string, Policy>>): Members {
  const ranges: Record<string, Range> = Object.create(null);
  const byService = new Map(Object.entries(file.services).map(([name, { policy }]) => [name, policies[policy]!]));
  for (const [service, policy] of byService) {
    const prefix = formulaName(service);
    for (const field of ['min', 'max', 'surge']) ranges[`${prefix}.replicas.${field}`] = MAX_REPLICAS;
    ranges[`${prefix}.cores`] = INPUT_RANGES.cores;
    for (const parameter of policy.parameters) ranges[`${prefix}.${parameter.name}`] = parameter.range;
  }
  return { names: new Set(Object.keys(ranges)), ranges, policies: byService };
}

/** `web.POOL` as the file names it. */
function parameterOf(text: string, path: string, { policies }: Members): Yielder {
  const at = text.indexOf('.');
  const [service, parameter] = [text.slice(0, at), text.slice(at + 1)];
  const known = [...policies].flatMap(([name, policy]) => policy.parameters.map((one) => `${name}.${one.name}`));
  if (!known.includes(text)) {
    const named = known.filter((name) => name.endsWith(`.${text}`));
    const near = named.length > 0 ? named : nearestNames(text, known);
    const hint = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : '';
    fail('STACK_INVALID', path, `expected <service>.<PARAMETER> of this stack, got "${text}"${hint}`);
  }
  return { service, parameter };
}

/** @throws STACK_INVALID, FORMULA_SYNTAX, FORMULA_UNSAFE */
export function compileDemand(written: StackFile['demands'][number], path: string, members: Members): Demand {
  const { service, parameter } = parameterOf(written.parameter, `${path}.parameter`, members);
  const asked = parseFormula(written.formula, members.names, `${path}.formula`);
  const range = proveSafe(asked, members.ranges, `${path}.formula`);
  if (range.lo < 0)
    fail(
      'STACK_INVALID',
      `${path}.formula`,
      `expected a demand that is never negative, got ${range.lo} to ${range.hi}; write max(0, a - b)`,
    );
  return {
    path,
    service,
    parameter,
    asked,
    why: written.why,
    ...(written.source && { source: written.source }),
  };
}

/**
 * Each demand after those on the services that it reads a parameter of: what a service decides depends on all that is
 * asked of it, because its parameters share one budget.
 * @throws STACK_INVALID for two demands on one parameter, and for a circle, with its path
 */
export function inDependencyOrder(demands: readonly Demand[]): Demand[] {
  for (const [index, demand] of demands.entries()) {
    const first = demands.findIndex((other) => memberName(other) === memberName(demand));
    if (first < index)
      fail(
        'STACK_INVALID',
        `${demand.path}.parameter`,
        `expected one demand on ${demand.service}.${demand.parameter}, got ${demands[first]!.path} too; add the two up in one formula`,
      );
  }
  const ordered: Demand[] = [];
  const visit = (demand: Demand, above: readonly Demand[]): void => {
    if (ordered.includes(demand)) return;
    const circle = above.findIndex(({ service }) => service === demand.service);
    if (circle >= 0) {
      const services = [...above.slice(circle), demand].map(({ service }) => service);
      fail(
        'STACK_INVALID',
        `${above.at(-1)!.path}.formula`,
        `expected demands without a circle, got ${services.toReversed().join(' -> ')}; leave out one of them, or state it as a constraint`,
      );
    }
    for (const other of demands) if (readsService(demand, other.service)) visit(other, [...above, demand]);
    ordered.push(demand);
  };
  for (const demand of demands) visit(demand, []);
  return ordered;
}

/** Whether a parameter of the service is read; replicas and cores are given beforehand. */
function readsService({ asked }: Demand, service: string): boolean {
  return [...namesIn(asked.expr)].some((name) => {
    const [prefix, member] = name.split('.');
    return prefix === formulaName(service) && member !== 'replicas' && member !== 'cores';
  });
}

/** @throws STACK_INVALID, FORMULA_SYNTAX, FORMULA_UNSAFE, POLICY_NOT_MONOTONE */
export function compileConstraint(
  written: StackFile['constraints'][number],
  path: string,
  members: Members,
): Constraint {
  const rulePath = `${path}.rule`;
  const whole = parseFormula(written.rule, members.names, rulePath, { type: 'bool' });
  proveSafe(whole, members.ranges, rulePath);
  if (whole.expr.op !== 'bin' || whole.expr.bin !== '<=')
    return fail('STACK_INVALID', rulePath, `expected a rule of the form a <= b, got "${written.rule}"`);
  const part = (expr: Expr): Formula => ({ text: written.rule, expr });
  const [left, right] = [part(whole.expr.left), part(whole.expr.right)];
  const yielders = [written.yields].flat().map((text) => parameterOf(text, `${path}.yields`, members));
  const twice = yielders.find(
    (one, index) => yielders.findIndex((other) => memberName(other) === memberName(one)) < index,
  );
  if (twice) fail('STACK_INVALID', `${path}.yields`, `expected ${twice.service}.${twice.parameter} once, got it again`);
  for (const yielder of yielders) checkYielder(yielder, yielders, { left, right }, rulePath, members);
  return {
    text: written.rule,
    left,
    right,
    yielders,
    why: written.why,
    ...(written.source && { source: written.source }),
  };
}

/** A lower value of a yielder helps, and changes nothing else that the rule reads. */
function checkYielder(
  yielder: Yielder,
  all: readonly Yielder[],
  { left, right }: Pick<Constraint, 'left' | 'right'>,
  path: string,
  { ranges, policies }: Members,
): void {
  const { service, parameter } = yielder;
  const named = `${service}.${parameter}`;
  const prefix = formulaName(service);
  const polarities = new Map(
    [...polaritiesIn(policies.get(service)!, parameter)].map(([name, polarity]) => [`${prefix}.${name}`, polarity]),
  );
  const polarity = ({ expr }: Formula) => polarityOf(expr, polarities, (part) => isNonNegative(part, ranges));
  if (polarity(left) !== 1)
    fail(
      'POLICY_NOT_MONOTONE',
      path,
      `expected the left side to grow with ${named}, got "${left.text}"; name another parameter in yields or change the rule`,
    );
  const rightPolarity = polarity(right);
  if (rightPolarity !== 0 && rightPolarity !== -1)
    fail('POLICY_NOT_MONOTONE', path, `expected the right side never to grow with ${named}, got "${left.text}"`);
  const dependents = [...namesIn(left.expr), ...namesIn(right.expr)].filter(
    (name) => name !== memberName(yielder) && (polarities.get(name) ?? 0) !== 0,
  );
  if (dependents.length > 0)
    fail(
      'STACK_INVALID',
      path,
      `expected no other parameter that depends on ${named}, got ${[...new Set(dependents)].join(', ')}; write the rule over ${named} alone`,
    );
  const { hi } = ranges[memberName(yielder)]!;
  if (all.length > 1 && hi > MAX_SHARED)
    fail(
      'FORMULA_UNSAFE',
      path,
      `expected several yielders of at most ${MAX_SHARED} each, got ${named} of up to ${hi}; name one of them, or lower its hard maximum`,
    );
}

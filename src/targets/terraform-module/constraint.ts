/** What services ask of each other, and leave to those that give way, as expressions over each other's modules. */
import { evaluate } from '../../formula/evaluate.ts';
import { type Expr, namesIn } from '../../formula/expr.ts';
import { hclExpression } from '../../formula/hcl.ts';
import { solvedFor } from '../../formula/solve.ts';
import type { Parameter, Policy } from '../../policy/policy.ts';
import {
  type Constraint,
  type Demand,
  formulaName,
  memberName,
  type Service,
  type Yielder,
} from '../../stack/stack.ts';
import type { RenderInput } from '../target.ts';
import type { Member } from './aligned.ts';

type Offered = NonNullable<RenderInput['offered']>;

/** What a constraint leaves to its yielders. */
interface Bound {
  yields: { service: string; parameter: string; max: number; room: string }[];
  /** What several yielders share is searched for, bit by bit. */
  locals: Member[];
  /** Services whose plans that reads. */
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
    [...bounds.values()].some(
      ({ yields, reads }) => yields.some(({ service }) => service === from) && reads.some((read) => reaches(read, to)),
    );
  for (const [index, constraint] of constraints.entries()) {
    const bound = upperBound(constraint, `constraint${index}`, services, policies, offered);
    const closes = bound?.reads.some((read) => bound.yields.some(({ service }) => reaches(read, service)));
    if (bound && !closes) bounds.set(constraint, bound);
  }
  return bounds;
}

/** `{ … }` for the variable `max` of one service's module; undefined where nothing bounds it. */
export function maxOf(service: string, bounds: Iterable<Bound>): string | undefined {
  const limits = new Map<string, string[]>();
  const own = [...bounds].flatMap(({ yields }) => yields).filter((one) => one.service === service);
  for (const { parameter, max, room } of own) limits.set(parameter, [...(limits.get(parameter) ?? [`${max}`]), room]);
  const members = [...limits].map(([parameter, values]) => `${parameter} = min(${values.join(', ')})`);
  return members.length === 0 ? undefined : `{ ${members.join(', ')} }`;
}

/**
 * `{ … }` for the variable `asked` of one service's module, over what the others propose; undefined where nothing is
 * asked of it that modules can say.
 */
export function askedOf(
  service: string,
  demands: readonly Demand[],
  services: readonly Service[],
  policies: Readonly<Record<string, Policy>>,
  offered: Offered = {},
): string | undefined {
  const numbers = numbersOf(services, offered);
  const references: ReadonlyMap<string, string> = new Map(
    services.flatMap(({ name, policy }) =>
      ['cores', ...policies[policy]!.parameters.map((parameter) => parameter.name)].map((member) => {
        const label = formulaName(name);
        return [`${label}.${member}`, `module.${label}.proposals.${member}`] as const;
      }),
    ),
  );
  const members = demands.flatMap((demand) => {
    const asked = withNumbers(demand.asked.expr, numbers);
    if (demand.service !== service || [...namesIn(asked)].some((name) => !references.has(name))) return [];
    return `${demand.parameter} = ${hclExpression(asked, (name) => references.get(name)!)}`;
  });
  return members.length === 0 ? undefined : `{ ${members.join(', ')} }`;
}

/**
 * `{ … }` for the variable `min` of one service's module: what a constraint needs of it with its yielders at their
 * lowest. Below that it does not give way to its memory budget. Undefined where nothing is needed that is one number.
 */
export function minOf(
  { name, policy }: Service,
  constraints: Iterable<Constraint>,
  services: readonly Service[],
  policies: Readonly<Record<string, Policy>>,
  offered: Offered = {},
): string | undefined {
  const least = new Map<string, number>();
  for (const { left, right, yielders } of constraints) {
    const lowest = numbersOf(services, offered);
    for (const { service, parameter } of yielders) {
      const owner = services.find((one) => one.name === service);
      const found = owner && policies[owner.policy]!.parameters.find((one) => one.name === parameter);
      if (found && isConstant(found.min.expr)) lowest[memberName({ service, parameter })] = lowestOf(found);
    }
    const needed = withNumbers(left.expr, lowest);
    for (const { parameter } of policies[policy]!.yields) {
      const own = policies[policy]!.parameters.find((one) => one.name === parameter)!;
      const isOffered = right.expr.op === 'ref' && right.expr.name === memberName({ service: name, parameter });
      if (needed.op !== 'int' || !isOffered || !isConstant(own.min.expr)) continue;
      const value = onGrid(needed.value, own);
      if (value > Math.max(lowestOf(own), least.get(parameter) ?? 0)) least.set(parameter, value);
    }
  }
  return least.size === 0 ? undefined : `{ ${[...least].map(([one, value]) => `${one} = ${value}`).join(', ')} }`;
}

function lowestOf(parameter: Parameter): number {
  return onGrid(evaluate(parameter.min.expr, {}), parameter);
}

function onGrid(value: number, { multipleOf: grid }: Parameter): number {
  return Math.ceil(value / grid) * grid;
}

/** What is a number whatever the limits are: replicas, and what services that run elsewhere offer. */
function numbersOf(services: readonly Service[], offered: Offered): Record<string, number> {
  const numbers: Record<string, number> = Object.create(null);
  for (const [other, parameters] of Object.entries(offered))
    for (const [member, value] of Object.entries(parameters)) numbers[`${formulaName(other)}.${member}`] = value;
  for (const { name, replicas } of services)
    for (const [field, count] of Object.entries(replicas)) numbers[`${formulaName(name)}.replicas.${field}`] = count;
  return numbers;
}

/** Undefined where the rule cannot be turned around, reads what nothing says, or a bound depends on the limits. */
function upperBound(
  { left, right, yielders }: Constraint,
  label: string,
  services: readonly Service[],
  policies: Readonly<Record<string, Policy>>,
  offered: Offered,
): Bound | undefined {
  const found = yielders.flatMap((yielder): Found[] => {
    const service = services.find((candidate) => candidate.name === yielder.service);
    const parameter =
      service && policies[service.policy]!.parameters.find((candidate) => candidate.name === yielder.parameter);
    return parameter && isConstant(parameter.max.expr) ? [{ yielder, parameter }] : [];
  });
  if (found.length < yielders.length) return undefined;

  const numbers = numbersOf(services, offered);
  const references = new Map<string, { from: string; text: string }>();
  for (const one of services) {
    if (yielders.some(({ service }) => service === one.name)) continue; // a module cannot take what it yields
    const module = formulaName(one.name);
    const refer = (member: string, output: string) =>
      references.set(`${module}.${member}`, { from: one.name, text: `module.${module}.plan.${output}` });
    refer('cores', 'cores');
    for (const { name: other } of policies[one.policy]!.parameters) refer(other, `parameters.${other}`);
  }
  const [known, limit] = [left, right].map(({ expr }) => withNumbers(expr, numbers)) as [Expr, Expr];
  if (found.length > 1) return shared(found, known, limit, label, references);
  const [{ yielder, parameter }] = found as [Found];
  const room = solvedFor(memberName(yielder), known, limit, {});
  if (room === undefined || [...namesIn(room)].some((member) => !references.has(member))) return undefined;
  const text = hclExpression(room, (member) => references.get(member)!.text);
  return {
    yields: [{ ...yielder, max: evaluate(parameter.max.expr, {}), room: text }],
    locals: [],
    reads: [...namesIn(room)].map((member) => references.get(member)!.from),
  };
}

interface Found {
  yielder: Yielder;
  parameter: Parameter;
}

function isConstant(expr: Expr): boolean {
  return namesIn(expr).size === 0;
}

/** Several yielders get the same part of what each proposes: the greatest one at which the rule holds, bit by bit. */
function shared(
  found: readonly Found[],
  left: Expr,
  right: Expr,
  label: string,
  references: ReadonlyMap<string, { from: string; text: string }>,
): Bound | undefined {
  const yielding = new Map(found.map(({ yielder }) => [memberName(yielder), yielder]));
  const others = [...namesIn(left), ...namesIn(right)].filter((name) => !yielding.has(name));
  if (others.some((name) => !references.has(name))) return undefined;
  if (found.some(({ parameter }) => !isConstant(parameter.min.expr))) return undefined;
  const proposal = ({ service, parameter }: Yielder) => `module.${formulaName(service)}.proposals.${parameter}`;
  const valueAt = ({ yielder, parameter }: Found, part: string): string => {
    const { multipleOf: grid } = parameter;
    const share = `floor(${proposal(yielder)} * (${part}) / local.${label}_whole)`;
    const value = grid === 1 ? share : `floor(${share} / ${grid}) * ${grid}`;
    return `max(${lowestOf(parameter)}, ${value})`;
  };
  const holdsAt = (part: string): string => {
    const values = new Map(found.map((one) => [memberName(one.yielder), valueAt(one, part)]));
    const nameOf = (name: string) => values.get(name) ?? references.get(name)!.text;
    return `${hclExpression(left, nameOf)} <= ${hclExpression(right, nameOf)}`;
  };
  const locals: Member[] = [[`${label}_whole`, `max(1, ${found.map(({ yielder }) => proposal(yielder)).join(', ')})`]];
  const most = Math.max(...found.map(({ parameter }) => evaluate(parameter.max.expr, {})));
  let part = '0';
  for (let bit = 2 ** Math.floor(Math.log2(Math.max(1, most))); bit >= 1; bit /= 2) {
    const trial = part === '0' ? `${bit}` : `${part} + ${bit}`;
    const sum = part === '0' ? '' : `${part} + `;
    locals.push([`${label}_${bit}`, `${sum}(${trial} <= local.${label}_whole && ${holdsAt(trial)} ? ${bit} : 0)`]);
    part = `local.${label}_${bit}`;
  }
  return {
    yields: found.map((one) => ({
      ...one.yielder,
      max: evaluate(one.parameter.max.expr, {}),
      room: valueAt(one, part),
    })),
    locals,
    reads: others.map((name) => references.get(name)!.from),
  };
}

/** What is known is computed. */
function withNumbers(expr: Expr, known: Readonly<Record<string, number>>): Expr {
  if ([...namesIn(expr)].every((name) => Object.hasOwn(known, name)))
    return { op: 'int', value: evaluate(expr, known), at: expr.at };
  switch (expr.op) {
    case 'bin':
    case 'fn':
      return { ...expr, left: withNumbers(expr.left, known), right: withNumbers(expr.right, known) };
    case 'not':
      return { ...expr, arg: withNumbers(expr.arg, known) };
    case 'if':
      return {
        ...expr,
        yes: withNumbers(expr.yes, known),
        no: withNumbers(expr.no, known),
        test: withNumbers(expr.test, known),
      };
    default:
      return expr;
  }
}

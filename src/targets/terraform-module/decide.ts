/** The child module of a policy: formulas, clamps and the joint budget as locals, compiled from what the planner evaluates. */
import decideTemplate from '../../../templates/terraform-decide.hbs';
import { oneLine } from '../../formats/one-line.ts';
import { type Expr, type Formula, namesIn } from '../../formula/expr.ts';
import { hclExpression, hclString } from '../../formula/hcl.ts';
import type { Parameter, Policy } from '../../policy/policy.ts';
import { aligned, type Member } from './aligned.ts';

/** The text of `decide/main.tf`. */
export function decideModule(policy: Policy, header: string[]): string {
  const { parameters, headroom, reserve, sharedMemory, startupSeconds } = policy;
  const { blocks, values, costs } = decisions(policy);
  const final = ({ expr }: Formula) => hclExpression(expr, named(values));
  return decideTemplate({
    header,
    inputs: policy.inputs.map(({ name, choices }) => ({
      name,
      type: choices ? 'string' : 'number',
    })),
    inputValues: aligned(
      policy.inputs.map(({ name, choices }) => [
        name,
        choices ? `index([${choices.map(hclString).join(', ')}], var.${name})` : `var.${name}`,
      ]),
    ),
    cores: policy.cores === 'ceil' ? 'ceil(var.cpu_millis / 1000)' : 'max(1, floor(var.cpu_millis / 1000))',
    headroom: overInputs(headroom),
    reserve: overInputs(reserve),
    bounds: aligned(parameters.map((parameter) => [hclString(parameter.name), boundsOf(parameter)])),
    blocks,
    ledger: parameters.flatMap(({ name, cost }) => {
      if (cost === undefined) return [];
      const [formula, basis] = [hclString(cost.text), hclString(cost.basis)];
      return `{ parameter = ${hclString(name)}, value = ${values.get(name)}, formula = ${formula}, mib = ${costs.get(name)}, basis = ${basis} }`;
    }),
    parameters: aligned(parameters.map(({ name }) => [hclString(name), values.get(name)!])),
    sharedMemory: sharedMemory ? final(sharedMemory) : 'null',
    startupSeconds: final(startupSeconds),
  });
}

const local = (name: string): string => `local.${name}`;

/** References of names at one stage; the inputs are locals of their own names. */
type References = ReadonlyMap<string, string>;

function named(references: References): (name: string) => string {
  return (name) => references.get(name) ?? local(name);
}

function overInputs({ expr }: Formula): string {
  return hclExpression(expr, local);
}

function boundsOf({ min, max, hardMin = min, hardMax = max, multipleOf, unit }: Parameter): string {
  const bounds = `min = ${overInputs(min)}, max = ${overInputs(max)}, hardMin = ${overInputs(hardMin)}, hardMax = ${overInputs(hardMax)}`;
  return `{ ${bounds}, grid = ${multipleOf}, unit = ${hclString(unit)} }`;
}

interface Block {
  reason: string;
  locals: string[];
}

/**
 * Every parameter, then a block for each yielder: the greatest value at which all fits, and again whatever depends on
 * it. Names begin with what they are, the number of the yielder and the bit: none is taken for another parameter's.
 */
function decisions(policy: Policy): { blocks: Block[]; values: References; costs: References } {
  const values = new Map<string, string>();
  const costs = new Map<string, string>();
  /** What yielders were lowered to. */
  const caps = new Map<string, string>();

  /** The value with those above it as `known` has them; from then on it is one of them. */
  const decide = (parameter: Parameter, prefix: string, known: Map<string, string>): Member => {
    const { name, formula, multipleOf: grid } = parameter;
    const bound = `local.bounds.${name}`;
    const proposal = `lookup(var.asked, ${hclString(name)}, ${hclExpression(formula.expr, named(known))})`;
    const clamped = `min(max(${proposal}, ${bound}.min), ${bound}.max)`;
    const rounded = grid === 1 ? clamped : `floor(${clamped} / ${grid}) * ${grid}`;
    const cap = caps.get(name);
    known.set(name, local(`${prefix}_${name}`));
    return [`${prefix}_${name}`, cap === undefined ? rounded : `min(${rounded}, ${cap})`];
  };
  const pay = ({ name, cost }: Priced, prefix: string): Member => {
    costs.set(name, local(`${prefix}_${name}`));
    return [`${prefix}_${name}`, hclExpression(cost.expr, named(values))];
  };

  const blocks = policy.parameters.map((parameter): Block => {
    const { does, formula } = parameter;
    const members = [decide(parameter, 'value', values), ...(isPriced(parameter) ? [pay(parameter, 'cost')] : [])];
    return { reason: oneLine(`${does} = ${formula.text}: ${formula.why}`), locals: aligned(members) };
  });
  for (const [index, { parameter: name, floor = 0 }] of policy.yields.entries()) {
    const stage = index + 1;
    const yielder = policy.parameters.find((candidate) => candidate.name === name)!;
    const dependents = dependentsOf(policy, name);
    const moving = [name, ...dependents.map((dependent) => dependent.name)];
    const priced = policy.parameters.filter(isPriced).filter(({ cost }) => readsAny(cost.expr, moving));
    const tried = dependents.filter((dependent) => bearsOn(dependent.name, priced, dependents));
    const rest = [...costs].filter(([owner]) => priced.every((parameter) => parameter.name !== owner));
    const members: Member[] = [[`rest${stage}_${name}`, rest.map(([, cost]) => cost).join(' + ') || '0']];
    const least = floor === 0 ? `local.bounds.${name}.min` : `max(local.bounds.${name}.min, ${onGrid(floor, yielder)})`;
    members.push([`least${stage}_${name}`, `min(${values.get(name)}, ${least})`]);
    let fit = `local.least${stage}_${name}`;
    for (const bit of bitsOf(yielder)) {
      const step = bit * yielder.multipleOf;
      const known = new Map(values).set(name, `(${fit} + ${step})`);
      members.push(...tried.map((dependent) => decide(dependent, `try${stage}_${bit}`, known)));
      const total = priced.map(({ cost }) => `(${hclExpression(cost.expr, named(known))})`).join(' + ');
      const fits = `local.rest${stage}_${name} + ${total} <= local.availableMiB`;
      members.push([
        `fit${stage}_${bit}_${name}`,
        `${fit} + (${fit} + ${step} <= ${values.get(name)} && ${fits} ? ${step} : 0)`,
      ]);
      fit = local(`fit${stage}_${bit}_${name}`);
    }
    caps.set(name, fit);
    values.set(name, fit);
    members.push(...dependents.map((dependent) => decide(dependent, `value${stage}`, values)));
    members.push(...priced.map((parameter) => pay(parameter, `cost${stage}`)));
    const order = `${name} gives way as number ${stage}${floor === 0 ? '' : `, down to ${floor}`}`;
    blocks.push({ reason: `${order}: the greatest value at which all fits, bit by bit`, locals: aligned(members) });
  }
  return { blocks, values, costs };
}

type Priced = Parameter & { cost: NonNullable<Parameter['cost']> };

function isPriced(parameter: Parameter): parameter is Priced {
  return parameter.cost !== undefined;
}

/** The parameters that can change with another, directly or through one of them; in declared order. */
function dependentsOf({ parameters }: Policy, changed: string): Parameter[] {
  const moving = [changed];
  return parameters.filter(({ name, formula }) => {
    const moves = readsAny(formula.expr, moving);
    if (moves) moving.push(name);
    return moves;
  });
}

/** Whether a cost reads a parameter, directly or through another one. */
function bearsOn(name: string, priced: readonly Priced[], others: readonly Parameter[]): boolean {
  return (
    priced.some(({ cost }) => readsAny(cost.expr, [name])) ||
    others.some((other) => readsAny(other.formula.expr, [name]) && bearsOn(other.name, priced, others))
  );
}

function readsAny(expr: Expr, names: readonly string[]): boolean {
  const read = namesIn(expr);
  return names.some((name) => read.has(name));
}

/** A floor rounded up to the grid. */
function onGrid(floor: number, { multipleOf }: Parameter): number {
  return Math.ceil(floor / multipleOf) * multipleOf;
}

/** Powers of two, the largest first, that make up every count of steps between the lowest and the highest value. */
function bitsOf({ range, multipleOf }: Parameter): number[] {
  const bits: number[] = [];
  for (let bit = 1; bit * multipleOf <= range.hi - range.lo; bit *= 2) bits.unshift(bit);
  return bits;
}

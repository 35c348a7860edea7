/** Services, what they ask of each other, and the constraints between them, until nothing moves. */
import { type Finding, fail, type Problem, SizewrightError } from '../../errors/errors.ts';
import { evaluate, type Scope } from '../../formula/evaluate.ts';
import { namesIn } from '../../formula/expr.ts';
import { isKnown, shownWith, solvedFor } from '../../formula/solve.ts';
import { type Constraint, type Demand, memberName, type Yielder } from '../../stack/stack.ts';
import { formatCount } from '../../units.ts';
import { greatest } from './greatest.ts';
import type { Reasoned, ServiceInput, StackInput } from './input.ts';
import { demanded, type Requirement, requiredBy } from './requirements.ts';
import { memberScope } from './scope.ts';
import { decideService, type ServiceDecision } from './service.ts';

export interface StackDecision {
  services: Record<string, ServiceDecision>;
  /** What each service was decided from, demands and ceilings included. */
  inputs: Record<string, ServiceInput>;
  findings: Finding[];
  /** Of services that run elsewhere. */
  requirements: Requirement[];
  /** Every member that a rule of the stack can read and that has a value. */
  scope: Record<string, number>;
}

/** What is asked of a parameter, and the values that it was computed from. */
interface Asked {
  demand: Demand;
  value: number;
  scope: Scope;
}

/** An upper bound that a constraint has set. */
interface Cap {
  yielder: Yielder;
  value: number;
  /** Where several give way: each to `part` of `whole` of what it proposes. */
  part: number;
  whole: number;
}

interface State {
  input: StackInput;
  decisions: Record<string, ServiceDecision>;
  asked: Map<string, Asked>;
  caps: Map<Constraint, Cap[]>;
}

/**
 * Services that are asked for nothing, then those that are asked, in the order of the demands; then each constraint in
 * declared order: its yielders get the greatest upper bounds that satisfy it. A demand falls with what its clients
 * decide under the constraints that do not count on it. Demands and upper bounds only fall, so it ends. A constraint that
 * does not hold then, with its yielders at their lowest, raises the floor below which what it counts on does not give
 * way to the memory budget, and all is decided again: others may give way instead.
 * @throws what `decideService` throws, for all services together
 * @throws CONSTRAINT_UNSATISFIED
 */
export function settle(input: StackInput): StackDecision {
  const state = moved(input);
  const broken = brokenIn(state);
  if (broken === undefined) return decided(state);
  // Less memory for others may leave enough of what the constraint counts on.
  let floored = input;
  for (let next: Constraint | undefined = broken, at = state; next; ) {
    const floors = floorsFor(next, at);
    const higher = withFloors(floored, floors);
    if (higher === undefined) break;
    floored = higher;
    try {
      at = moved(floored);
    } catch (error) {
      if (!(error instanceof SizewrightError)) throw error;
      break;
    }
    next = brokenIn(at);
    if (next === undefined) return decided(at);
  }
  return refuse(broken, state);
}

/** Demands and constraints, until nothing moves. */
function moved(input: StackInput): State {
  const state: State = { input, decisions: {}, asked: new Map(), caps: new Map() };
  decideAll(state);
  const { stack } = input;
  const rounds = Object.keys(input.services).length + stack.constraints.length;
  for (let round = 0, moves = true; moves && round < rounds; round += 1) {
    const lowered = stack.constraints.map((constraint) => lowerYielders(constraint, state));
    const asked = stack.demands.map((demand) => askLess(demand, state));
    moves = [...lowered, ...asked].includes(true);
  }
  return state;
}

function brokenIn(state: State): Constraint | undefined {
  const scope = scopeOf(state);
  return state.input.stack.constraints.find((constraint) => isChecked(constraint, scope) && !holds(constraint, scope));
}

/** Once more with the reasons, which name the values that were decided in the end. */
function decided(state: State): StackDecision {
  const { stack, services: given } = state.input;
  const scope = scopeOf(state);
  const names = Object.keys(given);
  const inputs = Object.fromEntries(names.map((name) => [name, inputOf(name, state, () => true, scope)]));
  const services = Object.fromEntries(names.map((name) => [name, decideService(inputs[name]!)]));
  const unsaid = [requiredBy(stack, scope), demanded(stack, scope)];
  return {
    services,
    inputs,
    findings: unsaid.flatMap(({ findings }) => findings),
    requirements: unsaid.flatMap(({ requirements }) => requirements),
    scope,
  };
}

/** Least values of what a constraint offers at which its yielders' lowest values are enough, by member. */
function floorsFor({ left, right, yielders }: Constraint, state: State): Map<string, number> {
  const lowest: Record<string, number> = { ...scopeOf(state) };
  for (const yielder of yielders)
    if (isOpen(yielder, state))
      lowest[memberName(yielder)] = state.decisions[yielder.service]!.parameters[yielder.parameter]!.min;
  const floors = new Map<string, number>();
  for (const [service, { policy }] of Object.entries(state.input.services)) {
    for (const { parameter } of policy.yields) {
      const member = memberName({ service, parameter });
      if (!namesIn(right.expr).has(member) || namesIn(left.expr).has(member)) continue;
      const { value, max } = state.decisions[service]!.parameters[parameter]!;
      const fails = (trial: number) => !holds({ left, right }, { ...lowest, [member]: trial });
      const least = greatest(value, max, fails) + 1;
      if (least <= max) floors.set(member, least);
    }
  }
  return floors;
}

/** Undefined where none of the floors is higher than before. */
function withFloors(input: StackInput, floors: ReadonlyMap<string, number>): StackInput | undefined {
  let higher = false;
  const services = Object.entries(input.services).map(([service, own]): [string, ServiceInput] => {
    const raised = { ...own.floors };
    for (const { name } of own.policy.parameters) {
      const floor = floors.get(memberName({ service, parameter: name }));
      if (floor === undefined || floor <= (raised[name] ?? 0)) continue;
      raised[name] = floor;
      higher = true;
    }
    return [service, { ...own, floors: raised }];
  });
  return higher ? { ...input, services: Object.fromEntries(services) } : undefined;
}

function scopeOf({ input, decisions }: State): Record<string, number> {
  return memberScope(input, decisions);
}

/** Services first that nobody asks, then each one once all that is asked of it is known. */
function decideAll(state: State): void {
  const { stack, services } = state.input;
  const failed = new Map<string, readonly Problem[]>();
  const decide = (name: string, heard: boolean): void => {
    if (!Object.hasOwn(services, name)) return;
    try {
      state.decisions[name] = decideService(inputOf(name, state));
    } catch (error) {
      if (!(error instanceof SizewrightError)) throw error;
      // With what is asked of it unknown, nothing is known of what it costs.
      failed.set(name, heard ? error.problems : error.problems.filter(({ code }) => code !== 'BUDGET_EXCEEDED'));
    }
  };
  const isAsked = (name: string) => stack.demands.some(({ service }) => service === name);
  for (const name of Object.keys(services)) if (!isAsked(name)) decide(name, true);
  let unheard = false;
  for (const [index, demand] of stack.demands.entries()) {
    const scope = scopeOf(state);
    if (isKnown(demand.asked.expr, scope))
      state.asked.set(memberName(demand), { demand, value: evaluate(demand.asked.expr, scope), scope });
    else if (failed.size > 0) unheard = true;
    const isLast = stack.demands.findLastIndex(({ service }) => service === demand.service) === index;
    if (isLast) decide(demand.service, !unheard);
  }
  const problems = Object.keys(services).flatMap((name) => failed.get(name) ?? []);
  if (problems.length > 0) throw new SizewrightError(problems);
}

function isChecked({ left, right }: Constraint, scope: Scope): boolean {
  return isKnown(left.expr, scope) && isKnown(right.expr, scope);
}

function holds({ left, right }: Pick<Constraint, 'left' | 'right'>, scope: Scope): boolean {
  return evaluate(left.expr, scope) <= evaluate(right.expr, scope);
}

/**
 * What a service is decided from, as it stands.
 * @param counts the constraints whose upper bounds count
 * @param scope where the reasons are wanted: the values that were decided
 */
function inputOf(
  name: string,
  { input, asked, caps }: State,
  counts: (constraint: Constraint) => boolean = () => true,
  scope?: Scope,
): ServiceInput {
  const own = input.services[name]!;
  const { stack } = input;
  const demands = [...asked.values()].flatMap(({ demand, ...one }): [string, Reasoned][] => {
    if (demand.service !== name) return [];
    const how = shownWith(demand.asked.expr, one.scope) ?? demand.asked.text;
    return [[demand.parameter, { value: one.value, by: `${stack.name} ${demand.path}`, how, reason: demand.why }]];
  });
  const ceilings: Record<string, Reasoned> = Object.create(null) as Record<string, Reasoned>;
  for (const [constraint, lowered] of caps) {
    if (!counts(constraint)) continue;
    for (const cap of lowered) {
      const { service, parameter } = cap.yielder;
      const below = ceilings[parameter];
      if (service !== name || (below !== undefined && below.value <= cap.value)) continue;
      const by = `${stack.name} constraints.${stack.constraints.indexOf(constraint)}`;
      ceilings[parameter] = { value: cap.value, by, ...(scope ? reasonOf(constraint, cap, scope) : { reason: '' }) };
    }
  }
  return {
    ...own,
    ceilings: { ...own.ceilings, ...ceilings },
    ...(demands.length > 0 && { asked: { ...own.asked, ...Object.fromEntries(demands) } }),
  };
}

/** `(197 - 8) / 10 replicas`, and why; the rule itself where that cannot be said. */
function reasonOf(
  constraint: Constraint,
  { yielder, value, part, whole }: Cap,
  scope: Scope,
): Pick<Reasoned, 'how' | 'reason'> {
  const { text, left, right, why, yielders } = constraint;
  const others = yielders.map(({ service, parameter }) => `${service}.${parameter}`).join(', ');
  if (yielders.length > 1)
    return {
      reason: `${formatCount(part)} / ${formatCount(whole)} of what each of ${others} proposes, for ${text}: ${why}`,
    };
  const { [memberName(yielder)]: _, ...known } = scope;
  const solved = solvedFor(memberName(yielder), left.expr, right.expr, known);
  // Whatever else moved since may leave more room than there was.
  const how = solved && evaluate(solved, known) === value ? shownWith(solved, known) : undefined;
  return how === undefined ? { reason: `${text}: ${why}` } : { how, reason: why };
}

/** A yielder that can give way: not pinned, not external, not imposed by the platform. */
function isOpen({ service, parameter }: Yielder, { input, decisions }: State): boolean {
  const own = input.services[service];
  return (
    own !== undefined &&
    decisions[service] !== undefined &&
    own.overrides[parameter]?.set === undefined &&
    !Object.hasOwn(own.imposed ?? {}, parameter)
  );
}

/** The greatest values of its yielders at which a constraint holds, with all others as they are; undefined for none. */
function mostOf(constraint: Constraint, state: State): Cap[] | undefined {
  const open = constraint.yielders.filter((yielder) => isOpen(yielder, state));
  if (open.length === 0) return undefined;
  // What they would be without this constraint
  const decisions = { ...state.decisions };
  for (const { service } of open)
    decisions[service] = decideService(inputOf(service, state, (other) => other !== constraint));
  const scope = memberScope(state.input, decisions);
  const proposals = open.map((yielder) => scope[memberName(yielder)]!);
  const whole = Math.max(1, ...proposals);
  const valuesAt = (part: number): number[] =>
    open.map(({ service, parameter }, index) => {
      const { min } = decisions[service]!.parameters[parameter]!;
      const share = proposals[index]! * part;
      const rule = state.input.services[service]!.policy.parameters.find(({ name }) => name === parameter)!;
      const value = (share - (share % whole)) / whole;
      return Math.max(min, value - (value % rule.multipleOf));
    });
  const scopeAt = (part: number): Scope => {
    const values = valuesAt(part);
    return { ...scope, ...Object.fromEntries(open.map((yielder, index) => [memberName(yielder), values[index]!])) };
  };
  const part = greatest(0, whole, (trial) => holds(constraint, scopeAt(trial)));
  if (part < 0) return undefined;
  const values = valuesAt(part);
  return open.map((yielder, index) => ({ yielder, value: values[index]!, part, whole }));
}

/** Whether an upper bound fell. What cannot hold yet is left alone: another constraint may make room. */
function lowerYielders(constraint: Constraint, state: State): boolean {
  const scope = scopeOf(state);
  if (!isChecked(constraint, scope) || holds(constraint, scope)) return false;
  const before = state.caps.get(constraint);
  const most = mostOf(constraint, state)?.map((cap, index) =>
    before && before[index]!.value < cap.value ? before[index]! : cap,
  );
  if (most === undefined || most.every(({ value }, index) => value === before?.[index]?.value)) return false;
  state.caps.set(constraint, most);
  for (const service of new Set(most.map(({ yielder }) => yielder.service)))
    state.decisions[service] = decideService(inputOf(service, state));
  return true;
}

/** Whether less is asked now that other constraints have lowered the clients. */
function askLess(demand: Demand, state: State): boolean {
  const asked = state.asked.get(memberName(demand));
  if (asked === undefined || !Object.hasOwn(state.input.services, demand.service)) return false;
  const countsOnIt = ({ left, right }: Constraint) =>
    [...namesIn(left.expr), ...namesIn(right.expr)].includes(memberName(demand));
  const decisions = { ...state.decisions };
  for (const name of new Set(
    [...state.caps]
      .filter(([constraint]) => countsOnIt(constraint))
      .flatMap(([, caps]) => caps.map(({ yielder }) => yielder.service)),
  ))
    decisions[name] = decideService(inputOf(name, state, (constraint) => !countsOnIt(constraint)));
  const scope = memberScope(state.input, decisions);
  const value = evaluate(demand.asked.expr, scope);
  if (value >= asked.value) return false;
  state.asked.set(memberName(demand), { demand, value, scope });
  state.decisions[demand.service] = decideService(inputOf(demand.service, state));
  return true;
}

function refuse(constraint: Constraint, state: State): never {
  const scope = scopeOf(state);
  const [left, right] = [evaluate(constraint.left.expr, scope), evaluate(constraint.right.expr, scope)];
  return fail(
    'CONSTRAINT_UNSATISFIED',
    `constraints.${state.input.stack.constraints.indexOf(constraint)}`,
    `expected ${constraint.text}, got ${formatCount(left)} > ${formatCount(right)}; ${blame(constraint, scope, state)}`,
  );
}

/** Why none of the yielders gives way any further. */
function blame(constraint: Constraint, scope: Scope, state: State): string {
  const { yielders } = constraint;
  return yielders
    .map((yielder) => {
      const name = `${yielder.service}.${yielder.parameter}`;
      const own = state.input.services[yielder.service];
      if (own === undefined) return `${yielder.service} runs elsewhere and cannot give way`;
      const current = scope[memberName(yielder)]!;
      const trial = (value: number) => holds(constraint, { ...scope, [memberName(yielder)]: value });
      const most = greatest(0, current, trial);
      const pin = own.overrides[yielder.parameter]?.set;
      const { min, value } = state.decisions[yielder.service]!.parameters[yielder.parameter]!;
      if (pin) return `${name} is pinned to ${formatCount(pin.value)} (${pin.by})`;
      if (yielders.length > 1) return `${name} is at least ${formatCount(min)}`;
      if (most < 0) return `no value of ${name} would do`;
      if (most < min) return `${name} would have to be ${formatCount(most)}, below its minimum of ${formatCount(min)}`;
      return `${name} is ${formatCount(value)}`;
    })
    .join(', ');
}

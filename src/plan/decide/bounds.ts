/** What bounds one parameter of a service: its policy, the operator, other services, the platform. */
import type { Problem } from '../../errors/errors.ts';
import { evaluate, type Scope } from '../../formula/evaluate.ts';
import type { Parameter } from '../../policy/policy.ts';
import { formatCount } from '../../units.ts';
import { entryOf, type Reasoned, type ServiceInput } from './input.ts';
import { fileOf, gotOf, type Override, type Stated } from './overrides.ts';

export interface Bounds {
  lo: number;
  hi: number;
  /** `hi` before a constraint lowered it. */
  ownHi: number;
  ceiling?: Reasoned;
  imposed?: Reasoned;
  /** The operator's pin, or the platform's value. */
  pin?: number;
  override?: Override;
}

/** The policy's bounds, replaced field by field by overrides, then put on the grid. */
export function effectiveBounds(parameter: Parameter, input: ServiceInput, inputs: Scope, problems: Problem[]): Bounds {
  const override = entryOf(input.overrides, parameter.name) ?? {};
  const path = `${input.name}.${parameter.name}`;
  const refuse = (code: Problem['code'], message: string, stated?: Stated): void =>
    void problems.push({ code, path, message, ...(stated && fileOf(stated)) });
  const policyLo = evaluate(parameter.min.expr, inputs);
  const policyHi = evaluate(parameter.max.expr, inputs);
  const hardLo = parameter.hardMin ? evaluate(parameter.hardMin.expr, inputs) : policyLo;
  const hardHi = parameter.hardMax ? evaluate(parameter.hardMax.expr, inputs) : policyHi;
  const unit = parameter.unit;

  if (override.min && override.min.value < hardLo)
    refuse(
      'BOUND_CONFLICT',
      `expected a minimum of at least ${formatCount(hardLo)} ${unit}, got ${gotOf(override.min)}; the policy's bound is hard`,
      override.min,
    );
  if (override.max && override.max.value > hardHi)
    refuse(
      'BOUND_CONFLICT',
      `expected a maximum of at most ${formatCount(hardHi)} ${unit}, got ${gotOf(override.max)}; the policy's bound is hard`,
      override.max,
    );
  const grid = parameter.multipleOf;
  const lo = Math.ceil((override.min?.value ?? Math.max(policyLo, hardLo)) / grid) * grid;
  const ownHi = Math.floor((override.max?.value ?? Math.min(policyHi, hardHi)) / grid) * grid;
  if (lo > ownHi) {
    const stated = [override.min, override.max].filter((one) => one !== undefined);
    const said = stated.flatMap(({ by, inFile }) => (inFile ? [] : [by])).join(', ');
    refuse(
      'BOUND_CONFLICT',
      `expected a minimum that is not above the maximum, got ${lo}..${ownHi} ${unit}${said ? ` (${said})` : ''}${grid > 1 ? ` in multiples of ${grid}` : ''}; change one of them`,
      stated.find(({ inFile }) => inFile),
    );
  }
  const ceiling = entryOf(input.ceilings, parameter.name);
  const hi = ceiling ? Math.min(ownHi, roundDown(ceiling.value, parameter)) : ownHi;

  const imposed = entryOf(input.imposed, parameter.name);
  if (imposed && lo <= ownHi && (imposed.value < lo || imposed.value > ownHi))
    refuse(
      'BOUND_CONFLICT',
      `expected bounds that leave ${formatCount(imposed.value)} ${unit}, got ${formatCount(lo)} to ${formatCount(ownHi)}; ${imposed.reason}`,
    );
  const pin = override.set?.value;
  if (imposed && pin !== undefined && pin !== imposed.value)
    refuse(
      'PIN_INVALID',
      `expected ${formatCount(imposed.value)} ${unit}, got ${gotOf(override.set!)}; ${imposed.reason}`,
      override.set,
    );
  else if (pin !== undefined && lo <= ownHi) {
    const soft = (pin > ownHi && !override.max && pin <= hardHi) || (pin < lo && !override.min && pin >= hardLo);
    const remedy = soft
      ? `the bound is soft: add --${pin > ownHi ? 'max' : 'min'} ${path}=${pin}`
      : 'pin a value within the bounds';
    if (pin < lo || pin > ownHi)
      refuse(
        'PIN_INVALID',
        `expected ${formatCount(lo)} to ${formatCount(ownHi)} ${unit}, got ${gotOf(override.set!)}; ${remedy}`,
        override.set,
      );
    else if (pin % grid !== 0)
      refuse('PIN_INVALID', `expected a multiple of ${grid} ${unit}, got ${gotOf(override.set!)}`, override.set);
  }
  const value = imposed?.value ?? pin;
  return {
    lo,
    hi,
    ownHi,
    override,
    ...(ceiling && { ceiling }),
    ...(imposed && { imposed }),
    ...(value !== undefined && { pin: value }),
  };
}

/** The value within the bounds, those of constraints included. */
export function clamp(value: number, bounds: Bounds): number {
  return Math.min(Math.max(value, bounds.lo), bounds.hi);
}

/** The value on the parameter's grid. */
export function roundDown(value: number, parameter: Parameter): number {
  return value - (value % parameter.multipleOf);
}

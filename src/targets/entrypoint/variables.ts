/** How a parameter is asked for, bounded and pinned where its value is computed at start: by variables. */
import { variableOf } from '../../deliveries/delivery.ts';
import { fail } from '../../errors/errors.ts';
import type { Parameter, Policy } from '../../policy/policy.ts';
import type { RenderedService, Value } from '../rendered.ts';

type Field = 'asked' | 'min' | 'max' | 'set';

/**
 * The variables that ask for, pin or bound a parameter; empty where another parameter has that name. Their form is the one of
 * `overridesFromEnvironment`.
 * @throws OUTPUT_INVALID
 */
export function variablesOf(policy: Policy, parameter: Parameter): Record<Field, string> {
  const nameOf = (one: Parameter) => variableOf(policy.deliveries, one);
  const taken = policy.parameters.map(nameOf);
  const own = nameOf(parameter);
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(own) || SHELL_NAMES.test(own))
    fail(
      'OUTPUT_INVALID',
      `${policy.name} parameters.${parameter.name}`,
      `expected a variable of letters, digits and _ that means nothing else to a shell, got ${JSON.stringify(own)}; rename it, or leave out --mode auto`,
    );
  const bound = (suffix: string) => (taken.includes(own + suffix) ? '' : own + suffix);
  return { asked: bound('_ASKED'), min: bound('_MIN'), max: bound('_MAX'), set: own };
}

/** Names that a shell or the loader reads or sets itself. */
const SHELL_NAMES =
  /^(_.*|PATH|HOME|IFS|ENV|PWD|OLDPWD|CDPATH|PS[0-9]|PPID|UID|EUID|GROUPS|LINENO|OPT(IND|ARG|ERR)|RANDOM|SECONDS|LANG|(LC|LD|BASH|SHELL|SIZEWRIGHT).*)$/;

const SAYS: Record<Field, string> = {
  asked: 'asked for by other services',
  min: 'at least',
  max: 'at most',
  set: 'pinned',
};

/**
 * What the entry point of a service is told: demands, bounds and pins, and what is available where the operator stated that.
 * Nothing where the files carry the values.
 */
export function heldValues({ policy, plan, held }: RenderedService): Value[] {
  if (held === undefined) return [];
  const { ledger } = plan;
  const values = policy.parameters.flatMap((parameter) => {
    const variables = variablesOf(policy, parameter);
    return (['asked', 'min', 'max', 'set'] as const).flatMap((field) => {
      const stated = held[parameter.name]?.[field];
      if (stated === undefined || variables[field] === '') return [];
      const { value, by, planned } = stated;
      return { key: variables[field], text: `${value}`, reason: `${SAYS[field]}: ${by}`, ...(planned && { planned }) };
    });
  });
  if (!ledger.stated) return values;
  const reason = 'MiB that the parameters may share, as the operator stated';
  return [...values, { key: 'SIZEWRIGHT_AVAILABLE_MIB', text: `${ledger.availableMiB}`, reason }];
}

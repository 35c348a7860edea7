/** What operators say of parameters, from flags, a file and the environment, in one shape. */
import { fail, type Problem } from '../../errors/errors.ts';
import { parseInteger, tryInteger } from '../../units.ts';

/** What an operator says of one parameter. */
export interface Override {
  set?: Stated;
  min?: Stated;
  max?: Stated;
}

export interface Stated {
  value: number;
  /** Where it was said: `--set`, `overrides.yaml:3`, `ACTIX_WORKERS_MAX`. */
  by: string;
  /** Whether that is a line of a file. */
  inFile?: true;
  /** It follows from what was planned for this hardware. */
  planned?: true;
}

/** By service, then by parameter name. */
export type Overrides = Record<string, Record<string, Override>>;

type Field = keyof Override;

/** A value with who said it, for a message; where a file says it, the problem's `file` does. */
export function gotOf(stated: Stated): string {
  return `${stated.value}${saidBy(stated)}`;
}

export function saidBy({ by, inFile }: Stated): string {
  return inFile ? '' : ` (${by})`;
}

export function fileOf(stated: Stated): Pick<Problem, 'file'> {
  return stated.inFile ? { file: stated.by } : {};
}

/** Without a prototype: `--set constructor.x=1` is a service like any other, one that no stack has. */
function noOverrides(): Overrides {
  return Object.create(null) as Overrides;
}

function put(overrides: Overrides, service: string, parameter: string, override: Override): void {
  overrides[service] ??= Object.create(null) as Overrides[string];
  overrides[service][parameter] = { ...overrides[service][parameter], ...override };
}

/** Field by field; the first that says something wins. */
export function mergeOverrides(highestFirst: readonly Overrides[]): Overrides {
  const merged = noOverrides();
  for (const overrides of highestFirst.toReversed()) {
    for (const [service, parameters] of Object.entries(overrides)) {
      for (const [parameter, override] of Object.entries(parameters)) put(merged, service, parameter, override);
    }
  }
  return merged;
}

/**
 * Flags as they are typed: `api.ACTIX_WORKERS=24`.
 * @throws OVERRIDE_INVALID, QUANTITY_SYNTAX
 */
export function overridesFromFlags(flags: Readonly<Record<Field, readonly string[]>>): Overrides {
  const overrides = noOverrides();
  for (const field of ['set', 'min', 'max'] as const) {
    for (const text of flags[field]) {
      const match = /^([^.=\s]+)\.([^=\s]+)=(.*)$/s.exec(text);
      const by = `--${field}`;
      if (!match) fail('OVERRIDE_INVALID', by, `expected <service>.<PARAMETER>=<number>, got "${text}"`);
      const [service, parameter, value] = match.slice(1) as [string, string, string];
      if (overrides[service]?.[parameter]?.[field])
        fail('OVERRIDE_INVALID', by, `expected ${service}.${parameter} once, got it again in "${text}"`);
      put(overrides, service, parameter, {
        [field]: { value: parseInteger(value, `${by} ${service}.${parameter}`), by },
      });
    }
  }
  return overrides;
}

/**
 * The environment with the parameters' own names: `ACTIX_WORKERS=24`, `ACTIX_WORKERS_MAX=32`.
 * @param keys for each service whose program reads its environment: key of a parameter → its name
 * @throws QUANTITY_SYNTAX
 */
export function overridesFromEnvironment(env: Environment, keys: Keys): Overrides {
  const overrides = noOverrides();
  for (const [suffix, field] of [
    ['', 'set'],
    ['_MIN', 'min'],
    ['_MAX', 'max'],
  ] as const)
    readEnvironment(env, keys, suffix, (service, parameter, stated) =>
      put(overrides, service, parameter, { [field]: stated }),
    );
  return overrides;
}

/**
 * What other services ask for, as an entry point is told it: `CONNECTIONS_ASKED=88`.
 * @throws QUANTITY_SYNTAX
 */
export function demandsFromEnvironment(env: Environment, keys: Keys): Record<string, Record<string, Stated>> {
  const demands: Record<string, Record<string, Stated>> = Object.create(null);
  readEnvironment(env, keys, '_ASKED', (service, parameter, stated) => {
    demands[service] = { ...demands[service], [parameter]: stated };
  });
  return demands;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Keys = Readonly<Record<string, Readonly<Record<string, string>>>>;

function readEnvironment(
  env: Environment,
  keys: Keys,
  suffix: string,
  found: (service: string, parameter: string, stated: Stated) => void,
): void {
  for (const [service, parameters] of Object.entries(keys)) {
    for (const [key, parameter] of Object.entries(parameters)) {
      const variable = `${key}${suffix}`;
      const text = Object.hasOwn(env, variable) ? env[variable] : undefined;
      if (text === undefined || (suffix !== '' && Object.hasOwn(parameters, variable))) continue;
      const value =
        tryInteger(text) ??
        fail(
          'QUANTITY_SYNTAX',
          variable,
          `expected a whole number without a leading zero in the environment, got "${text}"; correct or unset it`,
        );
      found(service, parameter, { value, by: variable });
    }
  }
}

/** Props as programs that are not type-checked give them, and tokens where only a literal will do. */
import { Token } from 'cdktf';
import { collectProblems, fail } from '../errors.ts';
import { PLAN_PROPS, type PlanProps, type PropKind, refuseOtherProps } from '../plan-for.ts';

/** What the props of `T` are. */
export type PropKinds<T = Record<string, unknown>> = Readonly<Record<keyof T & string, PropKind>>;

/**
 * Those of the plan.
 * @param own what the others are
 * @throws USAGE
 */
export function planPropsOf(props: PlanProps, own: PropKinds): PlanProps {
  const plan = Object.entries(props).filter(([name]) => !Object.hasOwn(own, name));
  collectProblems(
    plan.map(
      ([name, value]) =>
        () =>
          refuseToken(name, value),
    ),
  );
  refuseOthers(props, { ...PLAN_PROPS, ...own });
  return Object.fromEntries(plan);
}

/**
 * Of other props tokens are as good as literals.
 * @param path before each name
 * @throws USAGE
 */
export function refuseOthers(props: object, kinds: PropKinds, path = ''): void {
  const isToken = (name: string, value: unknown) => Object.hasOwn(kinds, name) && Token.isUnresolved(value);
  const literals = Object.entries(props).filter(([name, value]) => !isToken(name, value));
  refuseOtherProps(Object.fromEntries(literals), kinds, path);
}

/**
 * @param path before each name
 * @throws USAGE where one is not there
 */
export function refuseMissing<T extends object>(props: T, names: readonly (keyof T & string)[], path = ''): void {
  const missing = names.filter((name) => props[name] === undefined);
  collectProblems(
    missing.map((name) => () => fail('USAGE', `${path}${name}`, 'expected what the account has, got none')),
  );
}

function refuseToken(path: string, value: unknown): void {
  if ([value, ...[value].flat()].some((one) => Token.isUnresolved(one)))
    fail(
      'USAGE',
      path,
      'expected a literal, got a value that is known only when Terraform applies; the terraform-module target decides when Terraform plans',
    );
}

/** Props as programs that are not type-checked give them, and tokens where only a literal will do. */
import { Token } from 'cdktf';
import { collectProblems, fail, formatProblem, type Problem, SizewrightError } from '../../errors/errors.ts';
import { PLAN_PROPS, type PlanProps, type PropKind, refuseOtherProps } from '../plan-for.ts';

/** What the props of `T` are. */
export type PropKinds<T = Record<string, unknown>> = Readonly<Record<keyof T & string, PropKind>>;

/**
 * Those of the plan.
 * @param own what the others are
 * @throws USAGE
 */
export function planPropsOf(props: PlanProps, own: PropKinds): PlanProps {
  refuseTokens(props, Object.keys(PLAN_PROPS), hasToken);
  // A construct's own lists are gone through at once.
  refuseTokens(
    props,
    Object.keys(own).filter((name) => own[name] === 'a list of texts'),
    hasList,
  );
  refuseOthers(props, { ...PLAN_PROPS, ...own });
  return Object.fromEntries(Object.entries(props).filter(([name]) => !Object.hasOwn(own, name)));
}

/**
 * Of texts, and of lists of them, tokens are as good as literals; on what else there is a program branches at once.
 * @param path before each name
 * @throws USAGE
 */
export function refuseOthers(props: object, kinds: PropKinds, path = ''): void {
  const known = Object.keys(kinds);
  const literal = known.filter((name) => kinds[name] === 'true or false' || kinds[name] === 'an object');
  refuseTokens(props, literal, Token.isUnresolved, path);
  const isToken = (name: string, value: unknown) => known.includes(name) && Token.isUnresolved(value);
  const literals = Object.entries(props).filter(([name, value]) => !isToken(name, value));
  refuseOtherProps(Object.fromEntries(literals), kinds, path);
}

/** Whether it is a token, or a list with one. */
function hasToken(value: unknown): boolean {
  return [value, ...[value].flat()].some((one) => Token.isUnresolved(one));
}

/** Whether it is a list that only Terraform knows, or has one among its items, as a spread leaves it there. */
function hasList(value: unknown): boolean {
  return Token.isUnresolved(value) || [value].flat().some((item) => Token.isUnresolved([item]));
}

/** @throws USAGE where one of `names` is what it must not be */
function refuseTokens(
  props: object,
  names: readonly string[],
  isRefused: (value: unknown) => boolean,
  path = '',
): void {
  const tokens = Object.entries(props).filter(([name, value]) => names.includes(name) && isRefused(value));
  const message =
    'expected a literal, got a value that is known only when Terraform applies; the terraform-module target decides when Terraform plans';
  collectProblems(
    tokens.map(
      ([name]) =>
        () =>
          fail('USAGE', `${path}${name}`, message),
    ),
  );
}

/** Validation errors of a construct: what `check` refuses. */
export function problemsOf(check: () => void): string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof SizewrightError)) throw error;
    return error.problems.map(validationError);
  }
}

/** A problem as a construct says it. */
export function validationError(problem: Problem): string {
  return `${formatProblem(problem)} (${problem.code})`;
}

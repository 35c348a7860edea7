/** Advice never changes a value. */
import type { Finding } from '../../errors/errors.ts';
import { evaluate, type Scope } from '../../formula/evaluate.ts';
import { namesIn } from '../../formula/expr.ts';
import type { AdviceRule } from '../../policy/policy.ts';
import { formatCount } from '../../units.ts';

/**
 * The findings of the rules that hold. A rule over a service that is not there says nothing, and neither does one whose
 * remedy does not work.
 */
export function adviceOf(
  rules: readonly AdviceRule[],
  scope: Scope,
  path: string,
  sourceOf: (rule: AdviceRule) => string | undefined,
  remedyOf: (rule: AdviceRule) => string | undefined,
): Finding[] {
  return rules.flatMap((rule) => {
    if (
      ![...namesIn(rule.when.expr)].every((name) => Object.hasOwn(scope, name)) ||
      evaluate(rule.when.expr, scope) === 0
    )
      return [];
    const remedy = rule.remedy && remedyOf(rule);
    if (rule.remedy && remedy === undefined) return [];
    const source = sourceOf(rule);
    const message = rule.say.replace(/\{([A-Za-z0-9_.]+)\}/g, (whole, name: string) =>
      name === 'remedy' ? (remedy ?? whole) : Object.hasOwn(scope, name) ? formatCount(scope[name]!) : whole,
    );
    return {
      code: rule.code,
      level: 'advice' as const,
      path,
      message,
      why: rule.why,
      ...(source && { source }),
    };
  });
}

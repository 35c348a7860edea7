/** Formulas as expressions of Go templates, with the integer functions that Helm brings. */
import type { Syntax } from '../deliveries/syntax.ts';
import type { BinaryOperator, Expr } from './expr.ts';

/**
 * The same value as `evaluate`: what `proveSafe` has shown leaves no room for overflow, and division of what is never
 * negative rounds down in both. Both branches of a condition are computed, which is safe for the same reason.
 * @param variableOf how the template names what the formula reads; has to be an int64
 */
export function toGoTemplate(expr: Expr, variableOf: (name: string) => string): string {
  const inner = (child: Expr): string => toGoTemplate(child, variableOf);
  switch (expr.op) {
    case 'int':
      return `${expr.value}`;
    case 'ref':
      return variableOf(expr.name);
    case 'not':
      return `(not ${inner(expr.arg)})`;
    case 'if':
      return `(ternary ${inner(expr.yes)} ${inner(expr.no)} ${inner(expr.test)})`;
    case 'bin':
      return `(${OPERATORS[expr.bin]} ${inner(expr.left)} ${inner(expr.right)})`;
    case 'fn': {
      const [left, right] = [inner(expr.left), inner(expr.right)];
      return expr.fn === 'ceilDiv' ? `(div (add ${left} (sub ${right} 1)) ${right})` : `(${expr.fn} ${left} ${right})`;
    }
  }
}

const OPERATORS: Record<BinaryOperator, string> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'div',
  '%': 'mod',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
  '==': 'eq',
  '!=': 'ne',
  '&&': 'and',
  '||': 'or',
};

/**
 * A value as its program writes it, as an expression.
 * @param value an expression that is an int64
 */
export function goTemplateText(value: string, { kind, times, suffix, words }: Syntax): string {
  const text = (format: string, ...operands: string[]) =>
    `(printf ${JSON.stringify(`${format}${suffix.replaceAll('%', '%%')}`)} ${operands.join(' ')})`;
  if (kind === 'words') return `(index (list ${words.map((word) => JSON.stringify(word)).join(' ')}) (int ${value}))`;
  if (kind === 'thousandths') return text('%d.%03d', `(div ${value} 1000)`, `(mod ${value} 1000)`);
  return text(kind === 'hexadecimal' ? '%x' : '%d', times === 1 ? value : `(mul ${value} ${times})`);
}

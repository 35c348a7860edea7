/** Interval analysis: proves a formula safe for every input in its declared ranges, so that no form needs guards. */
import { fail } from '../errors/errors.ts';
import { ceilDiv, divide } from './evaluate.ts';
import { caret, type Expr, type Formula } from './expr.ts';

/** All the values that a name or a formula can take, both ends included. */
export interface Range {
  lo: number;
  hi: number;
}

export type Ranges = Readonly<Record<string, Range>>;

/**
 * The range of a formula's value.
 * @throws FORMULA_UNSAFE with a caret where an intermediate could leave ±(2^53 − 1), a divisor could be below 1, or an
 * operand of `/`, `%` or `ceilDiv` could be negative
 */
export function proveSafe(formula: Formula, ranges: Ranges, path: string): Range {
  const refuse = (at: number, expected: string, got: string): never =>
    fail('FORMULA_UNSAFE', path, `expected ${expected}, got ${got}${caret(formula.text, at)}`);

  const rangeOf = (expr: Expr): Range => {
    switch (expr.op) {
      case 'int':
        return { lo: expr.value, hi: expr.value };
      case 'ref':
        return ranges[expr.name]!;
      case 'not':
        rangeOf(expr.arg);
        return BOOLEAN;
      case 'if': {
        // Both branches are checked: busybox ash computes both.
        rangeOf(expr.test);
        return hull([rangeOf(expr.yes), rangeOf(expr.no)]);
      }
      case 'bin':
      case 'fn': {
        const left = rangeOf(expr.left);
        const right = rangeOf(expr.right);
        const operator = expr.op === 'bin' ? expr.bin : expr.fn;
        if (operator === '/' || operator === '%' || operator === 'ceilDiv') {
          if (left.lo < 0)
            refuse(expr.left.at, `a value that is never negative to the left of ${operator}`, show(left));
          if (right.lo < 1) refuse(expr.right.at, `a divisor that is always at least 1`, show(right));
        }
        const range = combine(operator, left, right);
        if (range.lo < -Number.MAX_SAFE_INTEGER || range.hi > Number.MAX_SAFE_INTEGER) {
          refuse(expr.at, 'a value within ±(2^53 − 1)', show(range));
        }
        return range;
      }
    }
  };
  return rangeOf(formula.expr);
}

const BOOLEAN: Range = { lo: 0, hi: 1 };

function show(range: Range): string {
  return `${range.lo} to ${range.hi}`;
}

function hull(ranges: readonly Range[]): Range {
  return { lo: Math.min(...ranges.map((range) => range.lo)), hi: Math.max(...ranges.map((range) => range.hi)) };
}

function combine(operator: string, a: Range, b: Range): Range {
  switch (operator) {
    case '+':
      return { lo: a.lo + b.lo, hi: a.hi + b.hi };
    case '-':
      return { lo: a.lo - b.hi, hi: a.hi - b.lo };
    case '*': {
      const corners = [a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi];
      return { lo: Math.min(...corners), hi: Math.max(...corners) };
    }
    case '/':
      return { lo: divide(a.lo, b.hi), hi: divide(a.hi, b.lo) };
    case 'ceilDiv':
      return { lo: ceilDiv(a.lo, b.hi), hi: ceilDiv(a.hi, b.lo) };
    case '%':
      return { lo: 0, hi: Math.min(a.hi, b.hi - 1) };
    case 'min':
      return { lo: Math.min(a.lo, b.lo), hi: Math.min(a.hi, b.hi) };
    case 'max':
      return { lo: Math.max(a.lo, b.lo), hi: Math.max(a.hi, b.hi) };
    default:
      return BOOLEAN;
  }
}

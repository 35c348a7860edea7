import type { BinaryOperator, Expr, FunctionName } from './expr.ts';

/** Values by name; `service.PARAM` members are one dotted name each. */
export type Scope = Readonly<Record<string, number>>;

/**
 * The value of a formula. Exact, because `proveSafe` has shown that no intermediate leaves ±(2^53 − 1) and no divisor
 * is below 1; division rounds down.
 */
export function evaluate(expr: Expr, scope: Scope): number {
  switch (expr.op) {
    case 'int':
      return expr.value;
    case 'ref': {
      const value = scope[expr.name];
      if (value === undefined) throw new Error(`formula reads ${expr.name}, which has no value`);
      return value;
    }
    case 'not':
      return evaluate(expr.arg, scope) === 0 ? 1 : 0;
    case 'if':
      return evaluate(evaluate(expr.test, scope) === 0 ? expr.no : expr.yes, scope);
    case 'bin':
    case 'fn': {
      const apply = expr.op === 'bin' ? OPERATORS[expr.bin] : FUNCTIONS[expr.fn];
      return apply(evaluate(expr.left, scope), evaluate(expr.right, scope));
    }
  }
}

type Binary = (left: number, right: number) => number;

/** a / b rounded down; exact for 0 ≤ a ≤ 2^53 − 1 and b ≥ 1, unlike `Math.floor(a / b)`. */
export function divide(a: number, b: number): number {
  return (a - (a % b)) / b;
}

/** a / b rounded up; exact for 0 ≤ a ≤ 2^53 − 1 and b ≥ 1. */
export function ceilDiv(a: number, b: number): number {
  return divide(a, b) + Number(a % b > 0);
}

const OPERATORS: Record<BinaryOperator, Binary> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b + 0, // + 0: no negative zero
  '/': divide,
  '%': (a, b) => a % b,
  '<': (a, b) => Number(a < b),
  '<=': (a, b) => Number(a <= b),
  '>': (a, b) => Number(a > b),
  '>=': (a, b) => Number(a >= b),
  '==': (a, b) => Number(a === b),
  '!=': (a, b) => Number(a !== b),
  '&&': (a, b) => Number(a !== 0 && b !== 0),
  '||': (a, b) => Number(a !== 0 || b !== 0),
};

const FUNCTIONS: Record<FunctionName, Binary> = { min: Math.min, max: Math.max, ceilDiv };

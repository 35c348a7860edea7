/**
 * A checked formula: integers only, booleans are 0 and 1. Plain data, so that it ships as JSON and compiles to other
 * languages. `at` is the column in the text it came from, for error messages.
 */
export type Expr =
  | { op: 'int'; value: number; at: number }
  | { op: 'ref'; name: string; at: number }
  | { op: 'bin'; bin: BinaryOperator; left: Expr; right: Expr; at: number }
  | { op: 'not'; arg: Expr; at: number }
  | { op: 'if'; test: Expr; yes: Expr; no: Expr; at: number }
  | { op: 'fn'; fn: FunctionName; left: Expr; right: Expr; at: number };

export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '<' | '<=' | '>' | '>=' | '==' | '!=' | '&&' | '||';

/** `clamp(x, lo, hi)` is lowered to `min(max(x, lo), hi)` when it is parsed. */
export type FunctionName = 'min' | 'max' | 'ceilDiv';

/** A formula as it was written, and as it is computed. */
export interface Formula {
  text: string;
  expr: Expr;
}

/** Every name that a formula reads, without duplicates. */
export function namesIn(expr: Expr): Set<string> {
  const names = new Set<string>();
  const visit = (node: Expr): void => {
    if (node.op === 'ref') names.add(node.name);
    else if (node.op !== 'int') for (const child of childrenOf(node)) visit(child);
  };
  visit(expr);
  return names;
}

function childrenOf(node: Exclude<Expr, { op: 'int' | 'ref' }>): Expr[] {
  if (node.op === 'not') return [node.arg];
  return node.op === 'if' ? [node.test, node.yes, node.no] : [node.left, node.right];
}

/** A problem of one formula, with the line and a caret under the place, as it is appended to a message. */
export function caret(text: string, at: number): string {
  const flat = text.replace(/\s/g, ' ');
  return `\n    ${flat}\n    ${' '.repeat(at)}^`;
}

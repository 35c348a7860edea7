/** A rule turned around, and formulas with numbers in place of names: for people, and for bounds that others compute. */
import { evaluate, type Scope } from './evaluate.ts';
import { type BinaryOperator, type Expr, namesIn } from './expr.ts';

/**
 * The greatest integer `name` for which `left <= right`, where it stands in sums, differences and products with
 * numbers that are known; undefined otherwise.
 * @param known what has a number by now
 */
export function solvedFor(name: string, left: Expr, right: Expr, known: Scope): Expr | undefined {
  const reads = (expr: Expr) => namesIn(expr).has(name);
  if (!reads(left) || reads(right)) return undefined;
  if (left.op === 'ref') return right;
  if (left.op !== 'bin' || reads(left.left) === reads(left.right)) return undefined;
  const [about, other] = reads(left.left) ? [left.left, left.right] : [left.right, left.left];
  const room = (bin: BinaryOperator) =>
    solvedFor(name, about, { op: 'bin', bin, left: right, right: other, at: left.at }, known);
  if (left.bin === '+') return room('-');
  if (left.bin === '-' && about === left.left) return room('+');
  return left.bin === '*' && isKnown(other, known) && evaluate(other, known) > 0 ? room('/') : undefined;
}

export function isKnown(expr: Expr, scope: Scope): boolean {
  return [...namesIn(expr)].every((name) => Object.hasOwn(scope, name));
}

const STRENGTH: Readonly<Record<string, number>> = { '+': 1, '-': 1, '*': 2, '/': 2, '%': 2 };

/**
 * A formula with the values of its names: `(197 - 8) / 10 replicas`. What is made of replica counts alone is one number.
 * Undefined where it is more than sums and products.
 */
export function shownWith(expr: Expr, scope: Scope): string | undefined {
  const write = (node: Expr, needed: number): string | undefined => {
    const names = [...namesIn(node)];
    if (names.length > 0 && names.every((name) => name.includes('.replicas.'))) {
      const count = evaluate(node, scope);
      return `${count} ${count === 1 ? 'replica' : 'replicas'}`;
    }
    if (node.op === 'int') return `${node.value}`;
    if (node.op === 'ref') return `${scope[node.name]!}`;
    if (node.op !== 'bin' || !Object.hasOwn(STRENGTH, node.bin)) return undefined;
    const strength = STRENGTH[node.bin]!;
    const [left, right] = [write(node.left, strength), write(node.right, strength + 1)];
    if (left === undefined || right === undefined) return undefined;
    const text = `${left} ${node.bin} ${right}`;
    return strength < needed ? `(${text})` : text;
  };
  return write(expr, 0);
}

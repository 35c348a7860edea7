/** Random formulas with a reference of their own: BigInt, every branch evaluated, undefined where something is unsafe. */
import fc from 'fast-check';
import type { Range } from '../../src/formula/range.ts';

export type Tree =
  | { op: 'int'; value: number }
  | { op: 'ref'; name: string }
  | { op: 'call'; fn: 'min' | 'max' | 'ceilDiv' | 'clamp'; args: Tree[] }
  | { op: 'bin'; bin: '+' | '-' | '*' | '/' | '%'; left: Tree; right: Tree }
  | { op: 'neg'; arg: Tree }
  | { op: 'if'; test: Test; yes: Tree; no: Tree };

type Test =
  | { op: 'compare'; bin: '<' | '<=' | '>' | '>=' | '==' | '!='; left: Tree; right: Tree }
  | { op: 'logic'; bin: '&&' | '||'; left: Test; right: Test }
  | { op: 'not'; arg: Test };

export type Named = Record<string, Range>;

/** Every combination of values. */
export function scopesOf(named: Named): Record<string, number>[] {
  return Object.entries(named).reduce<Record<string, number>[]>(
    (all, [name, { lo, hi }]) =>
      all.flatMap((scope) => Array.from({ length: hi - lo + 1 }, (_, step) => ({ ...scope, [name]: lo + step }))),
    [{}],
  );
}

export function arbitraryExpression(names: readonly string[]): fc.Arbitrary<Tree> {
  const { tree } = fc.letrec<{ tree: Tree; test: Test }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.record({ op: fc.constant('ref' as const), name: fc.constantFrom(...names) }),
      fc.record({
        op: fc.constant('int' as const),
        value: fc.oneof(
          fc.nat({ max: 5 }),
          fc.constantFrom(999_999_999_999_999, 94_906_265, 94_906_266), // around the square root of 2^53
        ),
      }),
      fc.record({
        op: fc.constant('bin' as const),
        bin: fc.constantFrom('+' as const, '-' as const, '*' as const, '/' as const, '%' as const),
        left: tie('tree'),
        right: tie('tree'),
      }),
      fc.record({
        op: fc.constant('call' as const),
        fn: fc.constantFrom('min' as const, 'max' as const, 'ceilDiv' as const),
        args: fc.tuple(tie('tree'), tie('tree')),
      }),
      fc.record({
        op: fc.constant('call' as const),
        fn: fc.constant('clamp' as const),
        args: fc.tuple(tie('tree'), tie('tree'), tie('tree')),
      }),
      fc.record({ op: fc.constant('neg' as const), arg: tie('tree') }),
      fc.record({ op: fc.constant('if' as const), test: tie('test'), yes: tie('tree'), no: tie('tree') }),
    ),
    test: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fc.record({
        op: fc.constant('compare' as const),
        bin: fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const, '==' as const, '!=' as const),
        left: tie('tree'),
        right: tie('tree'),
      }),
      fc.record({
        op: fc.constant('logic' as const),
        bin: fc.constantFrom('&&' as const, '||' as const),
        left: tie('test'),
        right: tie('test'),
      }),
      fc.record({ op: fc.constant('not' as const), arg: tie('test') }),
    ),
  }));
  return tree;
}

/** Strength of an operator: the more, the tighter. */
const STRENGTH: Record<string, number> = { '||': 2, '&&': 3, '+': 5, '-': 5, '*': 6, '/': 6, '%': 6 };

/** CEL with no more parentheses than needed, so that precedence is tried too. */
export function textOf(tree: Tree | Test): string {
  return write(tree, 0);
}

function write(node: Tree | Test, needed: number): string {
  const wrap = (strength: number, text: string) => (strength < needed ? `(${text})` : text);
  switch (node.op) {
    case 'int':
      return `${node.value}`;
    case 'ref':
      return node.name;
    case 'call':
      return `${node.fn}(${node.args.map((arg) => write(arg, 0)).join(', ')})`;
    case 'neg':
      return wrap(7, `-${write(node.arg, 7)}`);
    case 'not':
      return wrap(7, `!${write(node.arg, 7)}`);
    case 'if':
      return wrap(1, `${write(node.test, 2)} ? ${write(node.yes, 2)} : ${write(node.no, 1)}`);
    default: {
      const strength = node.op === 'compare' ? 4 : STRENGTH[node.bin]!;
      return wrap(strength, `${write(node.left, strength)} ${node.bin} ${write(node.right, strength + 1)}`);
    }
  }
}

const MOST = 2n ** 53n - 1n;

/** Undefined when anything on the way is unsafe, in branches that are not taken too. */
export function referenceValue(tree: Tree, scope: Readonly<Record<string, number>>): bigint | undefined {
  try {
    return valueIn(tree, scope);
  } catch {
    return undefined;
  }
}

function safe(value: bigint): bigint {
  if (value > MOST || value < -MOST) throw new Error('unsafe');
  return value;
}

function valueIn(tree: Tree, scope: Readonly<Record<string, number>>): bigint {
  switch (tree.op) {
    case 'int':
      return BigInt(tree.value);
    case 'ref':
      return BigInt(scope[tree.name]!);
    case 'neg':
      return -valueIn(tree.arg, scope);
    case 'if': {
      const [test, yes, no] = [testIn(tree.test, scope), valueIn(tree.yes, scope), valueIn(tree.no, scope)];
      return test ? yes : no;
    }
    case 'call': {
      const [a, b, c] = tree.args.map((arg) => valueIn(arg, scope)) as [bigint, bigint, bigint?];
      if (tree.fn === 'min') return a < b ? a : b;
      if (tree.fn === 'max') return a > b ? a : b;
      if (tree.fn === 'ceilDiv') return divided(a, b) + (a % b > 0n ? 1n : 0n);
      const low = a > b ? a : b;
      return low < c! ? low : c!;
    }
    case 'bin': {
      const [a, b] = [valueIn(tree.left, scope), valueIn(tree.right, scope)];
      if (tree.bin === '+') return safe(a + b);
      if (tree.bin === '-') return safe(a - b);
      if (tree.bin === '*') return safe(a * b);
      return tree.bin === '/' ? divided(a, b) : a - divided(a, b) * b;
    }
  }
}

function divided(a: bigint, b: bigint): bigint {
  if (a < 0n || b < 1n) throw new Error('unsafe');
  return a / b;
}

function testIn(test: Test, scope: Readonly<Record<string, number>>): boolean {
  if (test.op === 'not') return !testIn(test.arg, scope);
  if (test.op === 'logic') {
    const [left, right] = [testIn(test.left, scope), testIn(test.right, scope)];
    return test.bin === '&&' ? left && right : left || right;
  }
  const [a, b] = [valueIn(test.left, scope), valueIn(test.right, scope)];
  return { '<': a < b, '<=': a <= b, '>': a > b, '>=': a >= b, '==': a === b, '!=': a !== b }[test.bin];
}

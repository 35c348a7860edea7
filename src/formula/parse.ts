/**
 * CEL text to `Expr`. cel-js parses; its tree is lowered through a whitelist and type-checked on the way, because CEL
 * allows much that dash, busybox ash and Terraform compute differently or not at all. Nothing here evaluates.
 */
import { parse as parseCel } from '@marcbachmann/cel-js';
import { fail } from '../errors/errors.ts';
import { nearestNames } from '../errors/nearest.ts';
import { tryInteger } from '../units.ts';
import { type BinaryOperator, caret, type Expr, type Formula, type FunctionName } from './expr.ts';
import { insteadOf } from './habits.ts';

/** The part of a cel-js node that lowering reads. */
interface CelNode {
  op: string;
  args: unknown;
  start: number;
  end: number;
}

type Type = 'int' | 'bool';

/** What shells, Terraform and every walk over a formula can hold. */
const MOST_LEVELS = 1000;
const MOST_CHARACTERS = 4000;

const INT_OPERATORS = new Set(['+', '-', '*', '/', '%']);
const COMPARISONS = new Set(['<', '<=', '>', '>=', '==', '!=']);
const LOGIC = new Set(['&&', '||']);
const ARITY: Record<string, number> = { min: 2, max: 2, clamp: 3, ceilDiv: 2 };
const ALLOWED =
  'whole numbers, names, + - * / %, comparisons, && || !, ?:, min(a, b), max(a, b), clamp(x, lo, hi) or ceilDiv(a, b)';

export interface ParseOptions {
  /** What it must yield. @default 'int' */
  type?: Type;
  /** Names that are declared further down, which it may not read yet. */
  below?: ReadonlySet<string>;
  /** Names that stand for one of some words: compared with a word, as `workload == "web"`, and nothing else. */
  choices?: ReadonlyMap<string, readonly string[]>;
}

/**
 * Parses and type-checks one formula.
 * @param names the names that it may read; `service.PARAM` members are one dotted name each
 * @throws FORMULA_SYNTAX with a caret at the place
 */
export function parseFormula(
  text: string,
  names: ReadonlySet<string>,
  path: string,
  { type = 'int', below = new Set(), choices = new Map() }: ParseOptions = {},
): Formula {
  const refuse = (at: number, expected: string, got: string, instead = ''): never =>
    fail('FORMULA_SYNTAX', path, `expected ${expected}, got ${got}${instead}${caret(text, at)}`);

  let depth = 0;
  const lower = (node: CelNode, want: Type): Expr => {
    depth += 1;
    if (depth > MOST_LEVELS)
      fail('FORMULA_SYNTAX', path, `expected at most ${MOST_LEVELS} operations within one another, got more`);
    const expr = lowerOne(node, want);
    depth -= 1;
    return expr;
  };
  const lowerOne = (node: CelNode, want: Type): Expr => {
    const at = node.start;
    const source = balanced(text, node.start, node.end);
    const yields = (type: Type): void => {
      if (type === want) return;
      if (want === 'int')
        refuse(at, 'a number', `"${source}"`, insteadOf(text, names) || '; write it as condition ? 1 : 0');
      else refuse(at, 'a comparison (true or false)', `"${source}"`, `; write one, such as ${source} > 0`);
    };
    const binary = (operands: Type): Expr => {
      const [left, right] = node.args as [CelNode, CelNode];
      return {
        op: 'bin',
        bin: node.op as BinaryOperator,
        left: lower(left, operands),
        right: lower(right, operands),
        at,
      };
    };

    /** `workload == "web"`: the word is its place in the list of choices. */
    const compareWord = ({ op, args }: CelNode): Expr | undefined => {
      const [left, right] = args as [CelNode, CelNode];
      const name = dottedName(left);
      const words = name === undefined ? undefined : choices.get(name);
      if (name === undefined || words === undefined) return undefined;
      const said = text.slice(right.start, right.end);
      const place = words.findIndex((word) => said === `"${word}"` || said === `'${word}'`);
      const known = words.map((word) => `"${word}"`).join(', ');
      if (place < 0) return refuse(right.start, `one of ${known}`, said);
      if (op !== '==' && op !== '!=') return refuse(at, `== or != between ${name} and a word`, `"${source}"`);
      const value: Expr = { op: 'int', value: place, at: right.start };
      return { op: 'bin', bin: op, left: { op: 'ref', name, at: left.start }, right: value, at };
    };

    if (INT_OPERATORS.has(node.op)) {
      yields('int');
      return binary('int');
    }
    if (COMPARISONS.has(node.op)) {
      yields('bool');
      return compareWord(node) ?? binary('int');
    }
    if (LOGIC.has(node.op)) {
      yields('bool');
      return binary('bool');
    }
    switch (node.op) {
      case 'value': {
        const value = tryInteger(source);
        if (value === undefined)
          return refuse(at, 'a decimal whole number of at most 15 digits', `"${source}"`, insteadOf(text, names));
        yields('int');
        return { op: 'int', value, at };
      }
      case 'id':
      case '.': {
        const name = dottedName(node);
        if (name === undefined) return refuse(at, ALLOWED, `"${source}"`, insteadOf(text, names));
        if (below.has(name))
          return refuse(at, 'a name that is declared above', `"${name}", which is declared below`, '; move it up');
        if (!names.has(name)) {
          const near = nearestNames(name, [...names]);
          if (near.length > 0) return refuse(at, `a known name (${near.join(', ')})`, `"${name}"`);
          return refuse(at, 'a known name', `"${name}"`, `; known are ${[...names].join(', ')}`);
        }
        const words = choices.get(name);
        if (words) return refuse(at, `a comparison such as ${name} == "${words[0]}"`, `"${name}"`);
        yields('int');
        return { op: 'ref', name, at };
      }
      case '-_': {
        yields('int');
        return {
          op: 'bin',
          bin: '-',
          left: { op: 'int', value: 0, at },
          right: lower(node.args as CelNode, 'int'),
          at,
        };
      }
      case '!_': {
        yields('bool');
        return { op: 'not', arg: lower(node.args as CelNode, 'bool'), at };
      }
      case '?:': {
        const [test, yes, no] = node.args as [CelNode, CelNode, CelNode];
        return { op: 'if', test: lower(test, 'bool'), yes: lower(yes, want), no: lower(no, want), at };
      }
      case 'call': {
        const [name, operands] = node.args as [string, CelNode[]];
        const arity = Object.hasOwn(ARITY, name) ? ARITY[name] : undefined;
        if (arity === undefined) return refuse(at, ALLOWED, `"${source}"`, insteadOf(text, names));
        if (operands.length !== arity)
          return refuse(at, `${arity} arguments to ${name}`, `${operands.length}`, insteadOf(text, names));
        yields('int');
        const [left, right, third] = operands.map((operand) => lower(operand, 'int')) as [Expr, Expr, Expr?];
        if (third === undefined) return { op: 'fn', fn: name as FunctionName, left, right, at };
        return { op: 'fn', fn: 'min', left: { op: 'fn', fn: 'max', left, right, at }, right: third, at };
      }
      default:
        return refuse(at, ALLOWED, `"${source}"`, insteadOf(text, names));
    }
  };

  if (text.length > MOST_CHARACTERS)
    fail('FORMULA_SYNTAX', path, `expected at most ${MOST_CHARACTERS} characters, got ${text.length}`);
  if (text.includes('//')) refuse(text.indexOf('//'), ALLOWED, 'a comment', insteadOf(text, names));
  return { text, expr: lower(celTree(text, names, path), type) };
}

/** A part of the text, with the parentheses at its ends that cel-js leaves out. */
function balanced(text: string, start: number, end: number): string {
  const count = (part: string, sign: string) => part.split(sign).length - 1;
  let [from, to] = [start, end];
  while (from > 0 && count(text.slice(from, to), ')') > count(text.slice(from, to), '(')) from -= 1;
  while (to < text.length && count(text.slice(from, to), '(') > count(text.slice(from, to), ')')) to += 1;
  return text.slice(from, to);
}

function celTree(text: string, names: ReadonlySet<string>, path: string): CelNode {
  try {
    return parseCel(text).ast as CelNode;
  } catch (cause) {
    const { summary, range } = cause as { summary?: string; range?: { start: number } };
    const what = summary ?? 'unreadable text';
    return fail(
      'FORMULA_SYNTAX',
      path,
      `expected a CEL expression, got ${what}${insteadOf(text, names)}${caret(text, range?.start ?? 0)}`,
      {
        cause,
      },
    );
  }
}

function dottedName(node: CelNode): string | undefined {
  if (node.op === 'id') return node.args as string;
  if (node.op !== '.') return undefined;
  const [object, member] = node.args as [CelNode, string];
  const prefix = dottedName(object);
  return prefix === undefined ? undefined : `${prefix}.${member}`;
}

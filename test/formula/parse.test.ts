import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/formula/evaluate.ts';
import { caret, type Expr, namesIn } from '../../src/formula/expr.ts';
import { parseFormula } from '../../src/formula/parse.ts';
import { problemsOf as problemsWithHints } from '../samples.ts';

const names = new Set(['cores', 'memoryMiB', 'A', 'B', 'api.POOL', 'api.replicas.max']);
const parse = (text: string, type: 'int' | 'bool' = 'int') => parseFormula(text, names, 'formula', { type });

/** Without what to write instead, which habits.test.ts tries. */
const problemsOf = (step: () => unknown) => problemsWithHints(step).map((problem) => problem.replace(/; .*(?=\n)/, ''));

/** Without the columns: shape only. */
function shape(expr: Expr): unknown {
  switch (expr.op) {
    case 'int':
      return expr.value;
    case 'ref':
      return expr.name;
    case 'not':
      return ['!', shape(expr.arg)];
    case 'if':
      return ['?', shape(expr.test), shape(expr.yes), shape(expr.no)];
    default:
      return [expr.op === 'bin' ? expr.bin : expr.fn, shape(expr.left), shape(expr.right)];
  }
}

describe('what is accepted', () => {
  it.each([
    { text: '0', is: 0 },
    { text: '999999999999999', is: 999_999_999_999_999 },
    { text: 'cores', is: 'cores' },
    { text: 'api.POOL', is: 'api.POOL' },
    { text: 'api.replicas.max', is: 'api.replicas.max' },
    { text: '-5', is: ['-', 0, 5] },
    { text: '-cores', is: ['-', 0, 'cores'] },
    { text: '--5', is: ['-', 0, ['-', 0, 5]] },
    { text: 'min(A, B)', is: ['min', 'A', 'B'] },
    { text: 'max(A, B)', is: ['max', 'A', 'B'] },
    { text: 'ceilDiv(A, B)', is: ['ceilDiv', 'A', 'B'] },
    { text: 'clamp(A, 1, 8)', is: ['min', ['max', 'A', 1], 8], desc: 'min(max(x, lo), hi)' },
    { text: 'A > 1 ? 2 : 3', is: ['?', ['>', 'A', 1], 2, 3] },
    { text: 'A > 1 ? 2 : A > 0 ? 3 : 4', is: ['?', ['>', 'A', 1], 2, ['?', ['>', 'A', 0], 3, 4]] },
    { text: '!(A > 1) ? 2 : 3', is: ['?', ['!', ['>', 'A', 1]], 2, 3] },
    { text: 'A\n  + 1', is: ['+', 'A', 1], desc: 'several lines' },
  ])('$text', ({ text, is }) => {
    expect(shape(parse(text).expr)).toEqual(is);
    expect(parse(text).text).toBe(text);
  });

  it.each(['<', '<=', '>', '>=', '==', '!='])('A %s B', (operator) => {
    expect(shape(parse(`A ${operator} B`, 'bool').expr)).toEqual([operator, 'A', 'B']);
  });

  it.each([
    { text: '1 + 2 * 3', is: 7 },
    { text: '(1 + 2) * 3', is: 9 },
    { text: '10 - 4 - 3', is: 3, desc: 'from the left' },
    { text: '100 / 10 / 5', is: 2, desc: 'from the left' },
    { text: '7 * 5 / 2', is: 17, desc: '35 / 2, down' },
    { text: '7 / 2 * 5', is: 15, desc: '3 * 5' },
    { text: '17 % 10 * 2', is: 14, desc: 'as strong as *' },
    { text: '2 * -3', is: -6 },
    { text: '-2 * 3', is: -6 },
    { text: '-2 - -3', is: 1 },
    { text: '1 + 1 > 1 ? 5 : 6', is: 5, desc: '+ before >' },
    { text: '1 > 0 || 1 > 0 && 0 > 1 ? 5 : 6', is: 5, desc: '&& before ||' },
    { text: '(1 > 0 || 1 > 0) && 0 > 1 ? 5 : 6', is: 6 },
    { text: '!(1 > 0) || 1 > 0 ? 5 : 6', is: 5, desc: '! before ||' },
    { text: '0 > 1 ? 1 : 0 > 1 ? 2 : 3', is: 3, desc: 'from the right' },
    { text: '(1 > 0 ? 1 : 2) + 10', is: 11 },
    { text: '1 > 0 ? 1 : 2 + 10', is: 1, desc: '+ before ?:' },
  ])('precedence: $text', ({ text, is }) => {
    expect(evaluate(parse(text).expr, {})).toBe(is);
  });

  it('names without duplicates', () => {
    expect([...namesIn(parse('A > B ? clamp(A, 1, api.POOL) : -A').expr)]).toEqual(['A', 'B', 'api.POOL']);
  });

  it('a long sum', () => {
    // 1 + 999 ones
    expect(evaluate(parse(`1${'+1'.repeat(999)}`).expr, {})).toBe(1000);
  });
});

const ALLOWED =
  'whole numbers, names, + - * / %, comparisons, && || !, ?:, min(a, b), max(a, b), clamp(x, lo, hi) or ceilDiv(a, b)';
const NUMBER = 'a decimal whole number of at most 15 digits';

describe('what cel-js takes and we do not', () => {
  it.each([
    { text: '"a"+"b"', expected: NUMBER, got: '""a""', at: 0 },
    { text: '1 + "b"', expected: NUMBER, got: '""b""', at: 4 },
    { text: 'size("a")', expected: ALLOWED, got: '"size("a")"', at: 0 },
    { text: '1 + size([1])', expected: ALLOWED, got: '"size([1])"', at: 4 },
    { text: '[1,2][0]', expected: ALLOWED, got: '"[1,2][0]"', at: 0 },
    { text: '[1]', expected: ALLOWED, got: '"[1]"', at: 0 },
    { text: '{1: 2}', expected: ALLOWED, got: '"{1: 2}"', at: 0 },
    { text: 'A in [8] ? 1 : 2', expected: ALLOWED, got: '"A in [8]"', at: 0 },
    { text: '0x10', expected: NUMBER, got: '"0x10"', at: 0 },
    { text: '08', expected: NUMBER, got: '"08"', at: 0 },
    { text: '2 * 010', expected: NUMBER, got: '"010"', at: 4, desc: '8 to a shell, 10 to CEL' },
    { text: '00', expected: NUMBER, got: '"00"', at: 0 },
    { text: '10u', expected: NUMBER, got: '"10u"', at: 0 },
    { text: '9223372036854775808', expected: NUMBER, got: '"9223372036854775808"', at: 0, desc: '2^63' },
    { text: '-9223372036854775808', expected: NUMBER, got: '"9223372036854775808"', at: 1, desc: '-2^63' },
    { text: '9223372036854775807', expected: NUMBER, got: '"9223372036854775807"', at: 0, desc: '2^63 - 1' },
    { text: '1000000000000000', expected: NUMBER, got: '"1000000000000000"', at: 0, desc: '16 digits' },
    { text: '1.5', expected: NUMBER, got: '"1.5"', at: 0 },
    { text: '1e3', expected: NUMBER, got: '"1e3"', at: 0 },
    { text: 'true', expected: NUMBER, got: '"true"', at: 0 },
    { text: 'null', expected: NUMBER, got: '"null"', at: 0 },
    { text: 'r"a"', expected: NUMBER, got: '"r"a""', at: 0 },
    { text: 'b"1"', expected: NUMBER, got: '"b"1""', at: 0 },
    { text: 'int(cores)', expected: ALLOWED, got: '"int(cores)"', at: 0 },
    { text: 'dyn(cores)', expected: ALLOWED, got: '"dyn(cores)"', at: 0 },
    { text: 'type(cores)', expected: ALLOWED, got: '"type(cores)"', at: 0 },
    { text: 'has(api.POOL) ? 1 : 2', expected: ALLOWED, got: '"has(api.POOL)"', at: 0 },
    { text: 'cores.size()', expected: ALLOWED, got: '"cores.size()"', at: 0 },
    { text: '[1].exists(x, x > 0) ? 1 : 2', expected: ALLOWED, got: '"[1].exists(x, x > 0)"', at: 0 },
    { text: 'api["POOL"]', expected: ALLOWED, got: '"api["POOL"]"', at: 0 },
    { text: 'pow(2, 3)', expected: ALLOWED, got: '"pow(2, 3)"', at: 0 },
    { text: 'hasOwnProperty(1)', expected: ALLOWED, got: '"hasOwnProperty(1)"', at: 0 },
    { text: 'constructor(1)', expected: ALLOWED, got: '"constructor(1)"', at: 0 },
    { text: 'toString()', expected: ALLOWED, got: '"toString()"', at: 0 },
  ])('$text', ({ text, expected, got, at }) => {
    const pointer = `\n    ${text}\n    ${' '.repeat(at)}^`;
    expect(problemsOf(() => parse(text))).toEqual([
      `FORMULA_SYNTAX formula: expected ${expected}, got ${got}${pointer}`,
    ]);
  });

  it('a comment, which a shell and HCL read otherwise', () => {
    expect(problemsOf(() => parse('cores // as many as there are'))).toHaveLength(1);
  });
});

describe('types', () => {
  it.each([
    { text: 'cores > 1', expected: 'a number', got: 'cores > 1', at: 0 },
    { text: 'cores + (1 > 0)', expected: 'a number', got: '1 > 0', at: 9 },
    { text: 'cores > 1 ? 1 : 2 > 1', expected: 'a number', got: '2 > 1', at: 16 },
    { text: '-(cores > 1)', expected: 'a number', got: 'cores > 1', at: 2 },
    { text: 'min(1 > 0, 2)', expected: 'a number', got: '1 > 0', at: 4 },
    { text: 'cores ? 1 : 2', expected: 'a comparison (true or false)', got: 'cores', at: 0 },
    { text: 'min(1, 2) ? 1 : 2', expected: 'a comparison (true or false)', got: 'min(1, 2)', at: 0 },
    { text: '-cores ? 1 : 2', expected: 'a comparison (true or false)', got: '-cores', at: 0 },
    { text: 'A < B < cores ? 1 : 2', expected: 'a number', got: 'A < B', at: 0 },
    { text: 'A && B ? 1 : 2', expected: 'a comparison (true or false)', got: 'A', at: 0 },
    { text: '!A ? 1 : 2', expected: 'a comparison (true or false)', got: 'A', at: 1 },
    { text: 'min(1)', expected: '2 arguments to min', got: 1, at: 0 },
    { text: 'max(1, 2, 3)', expected: '2 arguments to max', got: 3, at: 0 },
    { text: 'clamp(1, 2)', expected: '3 arguments to clamp', got: 2, at: 0 },
    { text: 'ceilDiv()', expected: '2 arguments to ceilDiv', got: 0, at: 0 },
  ])('$text', ({ text, expected, got, at }) => {
    const shown = typeof got === 'number' ? `${got}` : `"${got}"`;
    expect(problemsOf(() => parse(text))).toEqual([
      `FORMULA_SYNTAX formula: expected ${expected}, got ${shown}\n    ${text}\n    ${' '.repeat(at)}^`,
    ]);
  });

  it('a condition is no number', () => {
    expect(problemsOf(() => parse('cores', 'bool'))).toEqual([
      'FORMULA_SYNTAX formula: expected a comparison (true or false), got "cores"\n    cores\n    ^',
    ]);
    expect(problemsOf(() => parse('cores > 1 ? A > 1 : B > 1', 'bool'))).toEqual([]);
  });

  it.each(['1 + ((A + 1) * B == 3)', '!(A > 1)'])('shows both parentheses of a part: %s', (text) => {
    const [, shown] = /got "(.*)"\n/.exec(problemsOf(() => parse(text))[0]!)!;
    expect(shown!.split('(')).toHaveLength(shown!.split(')').length);
  });
});

describe('names', () => {
  it.each([
    { text: 'core', near: ' (cores)' },
    { text: 'Cores', near: ' (cores)' },
    { text: 'api.pool', near: ' (api.POOL)' },
    { text: 'cores.max', near: '' },
    { text: 'constructor', near: '' },
    { text: 'toString', near: '' },
    { text: 'valueOf', near: '' },
  ])('$text is not known', ({ text, near }) => {
    expect(problemsOf(() => parse(text))).toEqual([
      `FORMULA_SYNTAX formula: expected a known name${near}, got "${text}"\n    ${text}\n    ^`,
    ]);
  });
});

describe('what is no CEL', () => {
  it.each([
    { text: '', got: 'Unexpected token: EOF', at: 0 },
    { text: '1 +', got: 'Unexpected token: EOF', at: 3 },
    { text: '(1', got: 'Expected RPAREN, got EOF', at: 2 },
    { text: 'A = 1', got: 'Unexpected character: =', at: 2 },
    { text: 'A; rm -rf /', got: 'Unexpected character: ;', at: 1 },
    { text: '$(id)', got: 'Unexpected character: $', at: 0 },
    { text: '`id`', got: 'Unexpected character: `', at: 0 },
    { text: '__proto__', got: 'Reserved identifier: __proto__', at: 0 },
    { text: 'for', got: 'Reserved identifier: for', at: 0 },
    { text: '1 + é', got: 'Unexpected character: é', at: 4 },
    { text: '1 +\u00a01', got: 'Unexpected character: \u00a0', at: 3, desc: 'a no-break space' },
  ])('$text', ({ text, got, at }) => {
    const flat = text.replaceAll('\u00a0', ' ');
    expect(problemsOf(() => parse(text))).toEqual([
      `FORMULA_SYNTAX formula: expected a CEL expression, got ${got}\n    ${flat}\n    ${' '.repeat(at)}^`,
    ]);
  });

  it('a hostile depth is an error like any other', () => {
    const deep = `${'('.repeat(900)}1${')'.repeat(900)}`;
    expect(problemsOf(() => parse(deep))[0]).toContain('expected a CEL expression, got Exceeded maxDepth (250)');
  });
});

describe('what is too large', () => {
  it.each([
    {
      text: Array.from({ length: 1001 }, () => 'A').join('+'),
      got: 'at most 1000 operations within one another, got more',
    },
    { text: `${'-'.repeat(1001)}A`, got: 'at most 1000 operations within one another, got more' },
    { text: Array.from({ length: 30_000 }, () => 'A').join('+'), got: 'at most 4000 characters, got 59999' },
  ])('is refused: $got', ({ text, got }) => {
    expect(problemsOf(() => parse(text))).toEqual([`FORMULA_SYNTAX formula: expected ${got}`]);
  });

  it('is taken up to there', () => {
    expect(problemsOf(() => parse(Array.from({ length: 1000 }, () => 'A').join('+')))).toEqual([]);
    expect(problemsOf(() => parse(`${'('.repeat(99)}A${')'.repeat(99)}`))).toEqual([]);
  });
});

describe('caret', () => {
  it('keeps its column over line breaks and tabs', () => {
    expect(caret('A\n\t+ x', 5)).toBe('\n    A  + x\n         ^');
  });
});

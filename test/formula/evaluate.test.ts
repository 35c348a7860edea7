import { describe, expect, it } from 'vitest';
import { ceilDiv, divide, evaluate } from '../../src/formula/evaluate.ts';
import { parseFormula } from '../../src/formula/parse.ts';

const run = (text: string, scope: Record<string, number> = {}) =>
  evaluate(parseFormula(text, new Set(Object.keys(scope)), '').expr, scope);

const MOST = 9_007_199_254_740_991; // 2^53 - 1

describe('evaluate', () => {
  it.each([
    { text: '7 / 2', is: 3 },
    { text: '7 % 2', is: 1 },
    { text: '8 % 2', is: 0 },
    { text: 'ceilDiv(7, 2)', is: 4 },
    { text: 'ceilDiv(8, 2)', is: 4 },
    { text: 'ceilDiv(9, 2)', is: 5 },
    { text: 'ceilDiv(0, 2)', is: 0 },
    { text: '3 - 5', is: -2 },
    { text: 'min(2, 3)', is: 2 },
    { text: 'max(2, 3)', is: 3 },
    { text: 'clamp(0, 1, 8)', is: 1 },
    { text: 'clamp(1, 1, 8)', is: 1 },
    { text: 'clamp(4, 1, 8)', is: 4 },
    { text: 'clamp(8, 1, 8)', is: 8 },
    { text: 'clamp(9, 1, 8)', is: 8 },
    { text: 'clamp(4, 8, 1)', is: 1, desc: 'where the bounds cross, the upper one holds' },
    { text: '1 < 2 ? 5 : 6', is: 5 },
    { text: '2 < 2 ? 5 : 6', is: 6 },
    { text: '2 <= 2 ? 5 : 6', is: 5 },
    { text: '2 > 2 ? 5 : 6', is: 6 },
    { text: '2 >= 2 ? 5 : 6', is: 5 },
    { text: '2 == 2 ? 5 : 6', is: 5 },
    { text: '2 != 2 ? 5 : 6', is: 6 },
    { text: '1 > 0 && 0 > 1 ? 5 : 6', is: 6 },
    { text: '1 > 0 && 1 > 0 ? 5 : 6', is: 5 },
    { text: '0 > 1 || 1 > 0 ? 5 : 6', is: 5 },
    { text: '0 > 1 || 0 > 1 ? 5 : 6', is: 6 },
    { text: '!(0 > 1) ? 5 : 6', is: 5 },
  ])('$text', ({ text, is }) => {
    expect(run(text)).toBe(is);
  });

  it.each(['-0', '0 * -5', '-5 * 0', '0 - 0', '-0 + -0', 'min(0, -0)', '0 / 5', '0 % 5', 'ceilDiv(0, 5)'])(
    '%s is 0, not -0',
    (text) => {
      expect(run(text)).toBe(0); // toBe is Object.is
    },
  );

  it('reads names and members', () => {
    expect(run('cores * 2 + api.POOL', { cores: 4, 'api.POOL': 3 })).toBe(11);
  });

  it('reads names that every object inherits', () => {
    expect(run('constructor + toString', { constructor: 4, toString: 3 })).toBe(7);
  });

  it('says which name has no value', () => {
    expect(() => evaluate({ op: 'ref', name: 'A', at: 0 }, {})).toThrow('formula reads A, which has no value');
  });
});

describe('division is exact at the edge of safe integers', () => {
  it.each([
    // 2^53 - 1 = 6361 x 69431 x 20394401
    { a: MOST, b: 1, down: MOST, up: MOST },
    { a: MOST, b: MOST, down: 1, up: 1 },
    { a: MOST - 1, b: MOST, down: 0, up: 1 },
    { a: MOST, b: 2, down: 4_503_599_627_370_495, up: 4_503_599_627_370_496 },
    { a: MOST - 2, b: 2, down: 4_503_599_627_370_494, up: 4_503_599_627_370_495 },
    { a: MOST, b: 6361, down: 1_416_003_655_831, up: 1_416_003_655_831 },
    { a: MOST - 1, b: 6361, down: 1_416_003_655_830, up: 1_416_003_655_831 },
    { a: 0, b: 1, down: 0, up: 0 },
  ])('$a / $b', ({ a, b, down, up }) => {
    expect(divide(a, b)).toBe(down);
    expect(ceilDiv(a, b)).toBe(up);
    expect(BigInt(a) / BigInt(b)).toBe(BigInt(down));
  });
});

import { describe, expect, it } from 'vitest';
import { parseFormula } from '../../src/formula/parse.ts';
import { type Polarity, polarityOf } from '../../src/formula/polarity.ts';
import type { Range } from '../../src/formula/range.ts';
import { isNonNegative } from '../../src/policy/monotone.ts';

// p grows; up follows it, down goes against it, lost does neither in a way that can be shown; c stays
const polarities = new Map<string, Polarity>([
  ['p', 1],
  ['up', 1],
  ['down', -1],
  ['lost', undefined],
  ['zero', 0],
]);
const ranges: Record<string, Range> = {
  p: { lo: 0, hi: 10 },
  up: { lo: 0, hi: 10 },
  down: { lo: 0, hi: 10 },
  lost: { lo: 0, hi: 10 },
  zero: { lo: 0, hi: 10 },
  c: { lo: 1, hi: 10 },
  n: { lo: -5, hi: 5 },
};
const polarity = (text: string) =>
  polarityOf(parseFormula(text, new Set(Object.keys(ranges)), '').expr, polarities, (expr) =>
    isNonNegative(expr, ranges),
  );

describe('polarityOf', () => {
  it.each([
    { text: '5', is: 0 },
    { text: 'c', is: 0, desc: 'a name without a polarity stays' },
    { text: 'zero', is: 0 },
    { text: 'p', is: 1 },
    { text: 'up', is: 1 },
    { text: 'down', is: -1 },
    { text: 'lost', is: undefined },
    { text: 'p + c', is: 1 },
    { text: 'c + p', is: 1 },
    { text: 'p + up', is: 1 },
    { text: 'down + down', is: -1 },
    { text: 'p + down', is: undefined },
    { text: 'p + lost', is: undefined },
    { text: 'p - c', is: 1 },
    { text: 'c - p', is: -1 },
    { text: '-p', is: -1 },
    { text: '-(-p)', is: 1 },
    { text: 'p - down', is: 1 },
    { text: 'p - up', is: undefined },
    { text: 'p * c', is: 1 },
    { text: 'p * p', is: 1 },
    { text: 'p * up', is: 1 },
    { text: 'p * down', is: undefined },
    { text: 'p * n', is: undefined, desc: 'n can be negative' },
    { text: '-p * c', is: undefined, desc: 'the left side can be negative' },
    { text: 'n * c', is: 0, desc: 'p is not in it' },
    { text: 'p / c', is: 1 },
    { text: 'c / (p + 1)', is: -1 },
    { text: 'p / (up + 1)', is: undefined },
    { text: 'p / (down + 1)', is: 1 },
    { text: 'ceilDiv(p, c)', is: 1 },
    { text: 'ceilDiv(c, p + 1)', is: -1 },
    { text: 'p % c', is: undefined },
    { text: 'c % (p + 1)', is: undefined },
    { text: 'c % 3', is: 0 },
    { text: 'min(p, c)', is: 1 },
    { text: 'max(c, p)', is: 1 },
    { text: 'min(p, down)', is: undefined },
    { text: 'clamp(p, c, 10)', is: 1 },
    { text: 'clamp(5, p, 10)', is: 1, desc: 'a growing lower bound' },
    { text: 'c > 3 ? p : up', is: 1 },
    { text: 'c > 3 ? p : 5', is: 1 },
    { text: 'c > 3 ? p : down', is: undefined },
    { text: 'p > 3 ? 1 : 2', is: undefined, desc: 'in a test' },
    { text: 'lost > 3 ? 1 : 2', is: undefined },
    { text: 'zero > 3 ? p : 2', is: 1 },
    { text: '!(p > 3) ? 1 : 2', is: undefined },
    { text: 'c > 3 && p > 3 ? 1 : 2', is: undefined },
    { text: 'c > 3 || c < 2 ? p : 2', is: 1 },
    { text: '(20 - p) / 3 * 3 + p', is: undefined, desc: 'what is left of a budget; z3 found the counterexample' },
  ] as { text: string; is: Polarity }[])('$text', ({ text, is }) => {
    expect(polarity(text)).toBe(is);
  });
});

import { describe, expect, it } from 'vitest';
import { greatest } from '../../../src/plan/decide/greatest.ts';

describe('greatest', () => {
  it.each([
    { lo: 0, hi: 10, at: 7, is: 7 },
    { lo: 0, hi: 10, at: 10, is: 10 },
    { lo: 0, hi: 10, at: 99, is: 10 },
    { lo: 0, hi: 10, at: 0, is: 0 },
    { lo: 0, hi: 10, at: -1, is: -1, desc: 'never: lo - 1' },
    { lo: 3, hi: 3, at: 3, is: 3 },
    { lo: 3, hi: 3, at: 2, is: 2 },
    { lo: 0, hi: 999_999_999_999_999, at: 123_456_789_012_345, is: 123_456_789_012_345 },
  ])('$lo..$hi up to $at', ({ lo, hi, at, is }) => {
    expect(greatest(lo, hi, (value) => value <= at)).toBe(is);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/formula/evaluate.ts';
import { parseFormula } from '../../src/formula/parse.ts';
import { polarityOf } from '../../src/formula/polarity.ts';
import { proveSafe, type Range } from '../../src/formula/range.ts';
import { INPUT_RANGES, isNonNegative } from '../../src/policy/monotone.ts';
import { problemsOf } from '../samples.ts';
import { arbitraryExpression, type Named, referenceValue, scopesOf, type Tree, textOf } from './random.ts';

const ranges: Record<string, Range> = {
  ...INPUT_RANGES,
  A: { lo: 0, hi: 10 },
  B: { lo: 1, hi: 5 },
  N: { lo: -3, hi: 4 },
};
const rangeOf = (text: string) => {
  const formula = parseFormula(text, new Set(Object.keys(ranges)), 'formula');
  return proveSafe(formula, ranges, 'formula');
};

describe('ranges', () => {
  it.each([
    { text: 'cores', lo: 1, hi: 1024 },
    { text: 'cpuMillis', lo: 1, hi: 1_024_000 },
    { text: 'memoryMiB', lo: 1, hi: 33_554_432 },
    { text: 'availableMiB', lo: 0, hi: 33_554_432 },
    { text: '5', lo: 5, hi: 5 },
    { text: '-5', lo: -5, hi: -5 },
    { text: 'A + N', lo: -3, hi: 14 },
    { text: 'A - N', lo: -4, hi: 13, desc: '0 - 4, 10 - -3' },
    { text: 'A * N', lo: -30, hi: 40 },
    { text: 'N * N', lo: -12, hi: 16, desc: 'all four corners; that both are one name is not seen' },
    { text: 'N * -2', lo: -8, hi: 6 },
    { text: 'A / B', lo: 0, hi: 10, desc: '0 / 5, 10 / 1' },
    { text: '(A + 7) / B', lo: 1, hi: 17, desc: '7 / 5, 17 / 1' },
    { text: 'ceilDiv(A + 7, B)', lo: 2, hi: 17, desc: '7 / 5 up, 17 / 1' },
    { text: 'ceilDiv(A, B)', lo: 0, hi: 10 },
    { text: 'A % B', lo: 0, hi: 4, desc: 'at most divisor - 1' },
    { text: 'A % 100', lo: 0, hi: 10, desc: 'at most the left side' },
    { text: 'A % 1', lo: 0, hi: 0 },
    { text: 'min(A, N)', lo: -3, hi: 4 },
    { text: 'max(A, N)', lo: 0, hi: 10 },
    { text: 'clamp(N, 1, 2)', lo: 1, hi: 2 },
    { text: 'N > 0 ? A : B', lo: 0, hi: 10, desc: 'the hull' },
    { text: 'N > 0 ? -1 : B', lo: -1, hi: 5 },
    { text: '!(N > 0) && (A < B || A != B) ? 1 : 2', lo: 1, hi: 2 },
  ])('$text', ({ text, lo, hi }) => {
    expect(rangeOf(text)).toEqual({ lo, hi });
  });
});

describe('what stays within ±(2^53 − 1), and what does not', () => {
  it.each([
    // 2^25 x (2^28 - 1) = 2^53 - 2^25
    { text: 'memoryMiB * 268435455', lo: 268_435_455, hi: 9_007_199_221_186_560 },
    // 2^25 x (2^28 - 1) + 2^25 - 1 = 2^53 - 1
    { text: 'memoryMiB * 268435455 + 33554431', lo: 301_989_886, hi: Number.MAX_SAFE_INTEGER },
    { text: '-(memoryMiB * 268435455) - 33554431', lo: -Number.MAX_SAFE_INTEGER, hi: -301_989_886 },
  ])('$text', ({ text, lo, hi }) => {
    expect(rangeOf(text)).toEqual({ lo, hi });
  });

  it.each([
    { text: 'memoryMiB * 268435456', at: 0, shown: '268435456 to 9007199254740992', desc: '2^53' },
    { text: 'memoryMiB * 268435455 + 33554432', at: 0, shown: '301989887 to 9007199254740992' },
    { text: '-(memoryMiB * 268435455) - 33554432', at: 0, shown: '-9007199254740992 to -301989887' },
    { text: '1 + memoryMiB * memoryMiB * 9', at: 4, shown: '9 to 10133099161583616', desc: '9 x 2^50' },
    { text: 'memoryMiB * memoryMiB * memoryMiB / 1000000', at: 0, shown: '1 to 3.777893186295716e+22' },
    {
      text: 'N > 9 ? memoryMiB * 268435456 : 1',
      at: 8,
      shown: '268435456 to 9007199254740992',
      desc: 'in a branch that is never taken: ash evaluates both',
    },
    { text: 'memoryMiB * 268435456 > 1 ? 1 : 2', at: 0, shown: '268435456 to 9007199254740992', desc: 'in a test' },
    { text: '(N > 9 && memoryMiB * 268435456 > 1) ? 1 : 2', at: 10, shown: '268435456 to 9007199254740992' },
    { text: '!(memoryMiB * 268435456 > 1) ? 1 : 2', at: 2, shown: '268435456 to 9007199254740992' },
    { text: 'min(memoryMiB * 268435456, 5)', at: 4, shown: '268435456 to 9007199254740992' },
  ])('refuses $text', ({ text, at, shown }) => {
    const pointer = `\n    ${text}\n    ${' '.repeat(at)}^`;
    expect(problemsOf(() => rangeOf(text))).toEqual([
      `FORMULA_UNSAFE formula: expected a value within ±(2^53 − 1), got ${shown}${pointer}`,
    ]);
  });
});

describe('divisors and what is divided', () => {
  it.each(['A / B', 'A / (A + 1)', 'A / max(A, 1)', 'A % B', 'ceilDiv(A, B)', '(N + 3) / B', 'A / (N + 4)'])(
    '%s is safe',
    (text) => {
      expect(problemsOf(() => rangeOf(text))).toEqual([]);
    },
  );

  it.each([
    { text: 'A / A', at: 4, shown: '0 to 10' },
    { text: 'A % A', at: 4, shown: '0 to 10' },
    { text: 'ceilDiv(A, A)', at: 11, shown: '0 to 10' },
    { text: '1 / 0', at: 4, shown: '0 to 0' },
    { text: 'A / (N + 3)', at: 5, shown: '0 to 7' },
    { text: 'A / -1', at: 4, shown: '-1 to -1' },
    { text: 'A > 0 ? B / A : 0', at: 12, shown: '0 to 10', desc: 'the test is not seen, and ash evaluates both' },
    { text: 'availableMiB > 0 && memoryMiB / availableMiB > 1 ? 1 : 2', at: 32, shown: '0 to 33554432' },
  ])('refuses $text', ({ text, at, shown }) => {
    expect(problemsOf(() => rangeOf(text))).toEqual([
      `FORMULA_UNSAFE formula: expected a divisor that is always at least 1, got ${shown}\n    ${text}\n    ${' '.repeat(at)}^`,
    ]);
  });

  it.each([
    { text: 'N / B', operator: '/', at: 0, shown: '-3 to 4' },
    { text: 'N % B', operator: '%', at: 0, shown: '-3 to 4' },
    { text: 'ceilDiv(N, B)', operator: 'ceilDiv', at: 8, shown: '-3 to 4' },
    { text: '-7 / 2', operator: '/', at: 0, shown: '-7 to -7', desc: '-3 to CEL, -3.5 to Terraform' },
    { text: '(A - 1) / B', operator: '/', at: 1, shown: '-1 to 9' },
  ])('refuses $text', ({ text, operator, at, shown }) => {
    expect(problemsOf(() => rangeOf(text))).toEqual([
      `FORMULA_UNSAFE formula: expected a value that is never negative to the left of ${operator}, got ${shown}\n    ${text}\n    ${' '.repeat(at)}^`,
    ]);
  });
});

/** Small enough to try every combination; `big` reaches the edge of what is safe. */
const small: Named = {
  a: { lo: 0, hi: 3 },
  b: { lo: 1, hi: 4 },
  n: { lo: -2, hi: 2 },
  big: { lo: Number.MAX_SAFE_INTEGER - 1, hi: Number.MAX_SAFE_INTEGER },
};
const scopes = scopesOf(small);

/** Parses what the tree says, by the code under test. */
function parsed(tree: Tree) {
  return parseFormula(textOf(tree), new Set(Object.keys(small)), '');
}

describe('brute force over small ranges', () => {
  it('the parsed formula computes what was written', () => {
    fc.assert(
      fc.property(arbitraryExpression(Object.keys(small)), fc.constantFrom(...scopes), (tree, scope) => {
        const expected = referenceValue(tree, scope);
        fc.pre(expected !== undefined);
        expect(evaluate(parsed(tree).expr, scope)).toBe(Number(expected));
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it('what is proved safe never leaves its range, and no intermediate is unsafe', () => {
    let accepted = 0;
    fc.assert(
      fc.property(arbitraryExpression(Object.keys(small)), (tree) => {
        const formula = parsed(tree);
        let range: Range;
        try {
          range = proveSafe(formula, small, '');
        } catch {
          return;
        }
        accepted += 1;
        for (const scope of scopes) {
          const value = referenceValue(tree, scope);
          if (value === undefined || value < BigInt(range.lo) || value > BigInt(range.hi))
            throw new Error(`${textOf(tree)} is ${value} at ${JSON.stringify(scope)}, not ${range.lo} to ${range.hi}`);
        }
      }),
      { seed: 2, numRuns: 4000 },
    );
    expect(accepted).toBeGreaterThan(500);
  });

  it('a polarity that is claimed holds', () => {
    const claimed = { '-1': 0, 0: 0, 1: 0 };
    fc.assert(
      fc.property(arbitraryExpression(Object.keys(small)), fc.constantFrom('a', 'b', 'n'), (tree, name) => {
        const formula = parsed(tree);
        try {
          proveSafe(formula, small, '');
        } catch {
          return;
        }
        const polarity = polarityOf(formula.expr, new Map([[name, 1]]), (expr) => isNonNegative(expr, small));
        if (polarity === undefined) return;
        claimed[polarity] += 1;
        for (const scope of scopes) {
          if (scope[name]! >= small[name]!.hi) continue;
          const change = evaluate(formula.expr, { ...scope, [name]: scope[name]! + 1 }) - evaluate(formula.expr, scope);
          if (polarity === 0 ? change !== 0 : change * polarity < 0)
            throw new Error(`${textOf(tree)} moves by ${change} in ${name} at ${JSON.stringify(scope)}`);
        }
      }),
      { seed: 3, numRuns: 4000 },
    );
    expect(Math.min(...Object.values(claimed))).toBeGreaterThan(50);
  });
});

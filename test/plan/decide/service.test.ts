import { describe, expect, it } from 'vitest';
import type { ServiceInput } from '../../../src/plan/decide/input.ts';
import type { Override } from '../../../src/plan/decide/overrides.ts';
import { coresOf, decideService, isFeasible, smallestMemory, smallestWhere } from '../../../src/plan/decide/service.ts';
import type { Policy } from '../../../src/policy/policy.ts';
import { cost, memory, parameter, policyOf, problemsOf } from '../../samples.ts';

interface Given {
  cores?: number;
  memoryMiB?: number;
  available?: number;
  free?: number;
  overrides?: Record<string, Override>;
  ceilings?: ServiceInput['ceilings'];
}

const inputOf = (
  policy: Policy,
  { cores = 4, memoryMiB = 1_000_000, available, free, overrides, ceilings }: Given = {},
) => ({
  name: 'web',
  policy,
  limits: { cpuMillis: cores * 1000, memoryMiB },
  ...(available !== undefined && { statedAvailableMiB: available }),
  ...(free !== undefined && { freeMiB: free }),
  overrides: overrides ?? {},
  ceilings: ceilings ?? {},
});
const decide = (policy: Policy, given?: Given) => decideService(inputOf(policy, given));
const valuesOf = (policy: Policy, given?: Given) =>
  Object.values(decide(policy, given).parameters).map(({ value }) => value);
const problems = (policy: Policy, given?: Given) => problemsOf(() => decide(policy, given));

const stated = (value: number, by = '--set') => ({ value, by });
const set = (value: number) => ({ set: stated(value, '--set') });
const min = (value: number) => ({ min: stated(value, '--min') });
const max = (value: number) => ({ max: stated(value, '--max') });

const none: Record<string, Override> = {};

/** One parameter A without a cost. */
const one = (changes: object) =>
  policyOf({ memory: memory(), parameters: { A: parameter({ formula: 'cores', ...changes }) } });

describe('coresOf', () => {
  const [floor, ceil] = [policyOf(), policyOf({ cores: 'ceil' })];
  it.each([
    { millis: 10, floor: 1, ceil: 1 },
    { millis: 500, floor: 1, ceil: 1 },
    { millis: 999, floor: 1, ceil: 1 },
    { millis: 1000, floor: 1, ceil: 1 },
    { millis: 1001, floor: 1, ceil: 2 },
    { millis: 1500, floor: 1, ceil: 2 },
    { millis: 1999, floor: 1, ceil: 2 },
    { millis: 2000, floor: 2, ceil: 2 },
    { millis: 1_024_000, floor: 1024, ceil: 1024 },
  ])('$millis millicores', ({ millis, floor: down, ceil: up }) => {
    expect([coresOf(floor, millis), coresOf(ceil, millis)]).toEqual([down, up]);
  });
});

describe('bounds', () => {
  const policy = one({ min: 4, max: 8 });

  it.each([
    { cores: 3, value: 4, desc: 'below' },
    { cores: 4, value: 4, desc: 'at the lower' },
    { cores: 5, value: 5 },
    { cores: 7, value: 7 },
    { cores: 8, value: 8, desc: 'at the upper' },
    { cores: 9, value: 8, desc: 'above' },
  ])('4..8 at $cores is $value', ({ cores, value }) => {
    expect(decide(policy, { cores }).parameters.A).toMatchObject({ value, min: 4, max: 8, unit: 'things' });
  });

  it('are in the trace where they bit', () => {
    const formula = { step: 'formula', by: 'demo parameters.A.formula', reason: 'cores: made up' };
    const trace = (cores: number) => decide(policy, { cores }).parameters.A!.trace;
    expect(trace(5)).toEqual([{ ...formula, to: 5 }]);
    expect(trace(8)).toEqual([{ ...formula, to: 8 }]);
    expect(trace(3)).toEqual([
      { ...formula, to: 3 },
      { step: 'bound', from: 3, to: 4, by: 'demo parameters.A.min', reason: 'made up' },
    ]);
    expect(trace(9)).toEqual([
      { ...formula, to: 9 },
      { step: 'bound', from: 9, to: 8, by: 'demo parameters.A.max', reason: 'made up' },
    ]);
  });

  it.each([
    { desc: 'narrows from below', overrides: { A: min(6) }, cores: 5, value: 6 },
    { desc: 'narrows from above', overrides: { A: max(6) }, cores: 7, value: 6 },
    { desc: 'narrows to one value', overrides: { A: { ...min(6), ...max(6) } }, cores: 5, value: 6 },
    { desc: 'at the hard bound', overrides: { A: { ...min(4), ...max(8) } }, cores: 9, value: 8 },
  ])('an override $desc', ({ overrides, cores, value }) => {
    expect(valuesOf(policy, { cores, overrides })).toEqual([value]);
  });

  it('an override names itself in the trace', () => {
    expect(decide(policy, { cores: 9, overrides: { A: max(6) } }).parameters.A!.trace.at(-1)).toEqual({
      step: 'bound',
      from: 9,
      to: 6,
      by: '--max',
      reason: 'set by the operator',
    });
    expect(decide(policy, { cores: 4, overrides: { A: min(6) } }).parameters.A!.trace.at(-1)).toEqual({
      step: 'bound',
      from: 4,
      to: 6,
      by: '--min',
      reason: 'set by the operator',
    });
  });

  it.each([
    {
      overrides: { A: min(3) },
      says: "BOUND_CONFLICT web.A: expected a minimum of at least 4 things, got 3 (--min); the policy's bound is hard",
    },
    {
      overrides: { A: max(9) },
      says: "BOUND_CONFLICT web.A: expected a maximum of at most 8 things, got 9 (--max); the policy's bound is hard",
    },
    {
      overrides: { A: { ...min(7), ...max(6) } },
      says: 'BOUND_CONFLICT web.A: expected a minimum that is not above the maximum, got 7..6 things (--min, --max); change one of them',
    },
    {
      overrides: { A: min(9) },
      says: 'BOUND_CONFLICT web.A: expected a minimum that is not above the maximum, got 9..8 things (--min); change one of them',
    },
    {
      overrides: { A: max(3) },
      says: 'BOUND_CONFLICT web.A: expected a minimum that is not above the maximum, got 4..3 things (--max); change one of them',
    },
  ])('$overrides', ({ overrides, says }) => {
    expect(problems(policy, { overrides })).toEqual([says]);
  });

  it('that cross on this machine only', () => {
    const crossing = one({ min: 64, max: 'memoryMiB / 4 + 1' });
    expect(problems(crossing, { memoryMiB: 252 })).toEqual([]); // 64
    expect(problems(crossing, { memoryMiB: 251 })).toEqual([
      'BOUND_CONFLICT web.A: expected a minimum that is not above the maximum, got 64..63 things; change one of them',
    ]);
  });

  it('follow the inputs', () => {
    expect(valuesOf(one({ formula: 5000, max: 'availableMiB' }), { available: 300 })).toEqual([300]);
  });
});

describe('soft bounds', () => {
  const policy = one({ min: 4, hardMin: 2, max: 8, hardMax: 16 });

  it.each([
    { cores: 1, overrides: none, value: 4 },
    { cores: 20, overrides: none, value: 8 },
    { cores: 20, overrides: { A: max(15) }, value: 15 },
    { cores: 20, overrides: { A: max(16) }, value: 16 },
    { cores: 1, overrides: { A: min(3) }, value: 3 },
    { cores: 1, overrides: { A: min(2) }, value: 2 },
    { cores: 1, overrides: { A: max(16) }, value: 4, desc: 'field by field' },
  ])('$cores cores, $overrides: $value', ({ cores, overrides, value }) => {
    expect(valuesOf(policy, { cores, overrides })).toEqual([value]);
  });

  it.each([
    {
      overrides: { A: max(17) },
      says: "BOUND_CONFLICT web.A: expected a maximum of at most 16 things, got 17 (--max); the policy's bound is hard",
    },
    {
      overrides: { A: min(1) },
      says: "BOUND_CONFLICT web.A: expected a minimum of at least 2 things, got 1 (--min); the policy's bound is hard",
    },
  ])('$overrides', ({ overrides, says }) => {
    expect(problems(policy, { overrides })).toEqual([says]);
  });

  it('a soft bound beyond its hard one is held to the hard one', () => {
    expect(valuesOf(one({ formula: 100, max: 50, hardMax: 16 }))).toEqual([16]);
    expect(valuesOf(one({ formula: 0, min: 1, hardMin: 5 }))).toEqual([5]);
  });
});

describe('multiples', () => {
  const policy = one({ formula: 'availableMiB', min: 4, max: 100, multipleOf: 8 });

  it.each([
    { available: 0, value: 8, desc: 'the lower bound goes up to 8' },
    { available: 8, value: 8 },
    { available: 15, value: 8 },
    { available: 16, value: 16 },
    { available: 23, value: 16 },
    { available: 95, value: 88 },
    { available: 96, value: 96 },
    { available: 100, value: 96, desc: 'the upper bound goes down to 96' },
    { available: 1000, value: 96 },
  ])('of 8 in 4..100 at $available: $value', ({ available, value }) => {
    expect(decide(policy, { available }).parameters.A).toMatchObject({ value, min: 8, max: 96 });
  });

  it('are a step of the trace', () => {
    expect(decide(policy, { available: 23 }).parameters.A!.trace.at(-1)).toEqual({
      step: 'rounding',
      from: 23,
      to: 16,
      by: 'demo parameters.A.multipleOf',
      reason: 'multiples of 8',
    });
  });

  it.each([
    { overrides: { A: min(9) }, bounds: [16, 96] },
    { overrides: { A: min(16) }, bounds: [16, 96] },
    { overrides: { A: max(15) }, bounds: [8, 8] },
    { overrides: { A: { ...min(17), ...max(31) } }, bounds: [24, 24] },
  ])('put overrides on the grid: $overrides', ({ overrides, bounds }) => {
    const { min, max } = decide(policy, { available: 0, overrides }).parameters.A!;
    expect([min, max]).toEqual(bounds);
  });

  it('with no multiple between the bounds', () => {
    expect(problems(one({ min: 9, max: 15, multipleOf: 8 }))).toEqual([
      'BOUND_CONFLICT web.A: expected a minimum that is not above the maximum, got 16..8 things in multiples of 8; change one of them',
    ]);
    expect(problems(policy, { overrides: { A: { ...min(17), ...max(23) } } })).toEqual([
      'BOUND_CONFLICT web.A: expected a minimum that is not above the maximum, got 24..16 things (--min, --max) in multiples of 8; change one of them',
    ]);
  });

  it('0 is one of every number', () => {
    expect(valuesOf(one({ formula: 0, min: 0, max: 5, multipleOf: 8 }))).toEqual([0]);
  });
});

describe('pins', () => {
  const policy = one({ min: 4, max: 8 });

  it.each([4, 6, 8])('%s', (value) => {
    const decision = decide(policy, { cores: 1, overrides: { A: set(value) } }).parameters.A!;
    expect(decision.value).toBe(value);
    expect(decision.trace).toEqual([
      { step: 'formula', to: 1, by: 'demo parameters.A.formula', reason: 'cores: made up' },
      { step: 'override', from: 1, to: value, by: '--set', reason: 'pinned by the operator' },
    ]);
  });

  it.each([
    { overrides: { A: set(3) }, range: '4 to 8', got: 3 },
    { overrides: { A: set(9) }, range: '4 to 8', got: 9 },
    { overrides: { A: { ...set(5), ...min(6) } }, range: '6 to 8', got: 5 },
    { overrides: { A: { ...set(7), ...max(6) } }, range: '4 to 6', got: 7 },
    { overrides: { A: set(0) }, range: '4 to 8', got: 0 },
    { overrides: { A: set(999_999_999_999_999) }, range: '4 to 8', got: 999_999_999_999_999 },
  ])('$overrides', ({ overrides, range, got }) => {
    expect(problems(policy, { overrides })).toEqual([
      `PIN_INVALID web.A: expected ${range} things, got ${got} (--set); pin a value within the bounds`,
    ]);
  });

  it('beyond a soft bound: only where the operator moves it', () => {
    const soft = one({ min: 4, hardMin: 2, max: 8, hardMax: 16 });
    const refused = (value: number, remedy: string) =>
      `PIN_INVALID web.A: expected 4 to 8 things, got ${value} (--set); ${remedy}`;
    const inside = 'pin a value within the bounds';
    expect(problems(soft, { overrides: { A: set(12) } })).toEqual([
      refused(12, 'the bound is soft: add --max web.A=12'),
    ]);
    expect(problems(soft, { overrides: { A: set(3) } })).toEqual([refused(3, 'the bound is soft: add --min web.A=3')]);
    expect(problems(soft, { overrides: { A: set(16) } })[0]).toContain('add --max web.A=16');
    expect(problems(soft, { overrides: { A: set(2) } })[0]).toContain('add --min web.A=2');
    expect(problems(soft, { overrides: { A: set(17) } })).toEqual([refused(17, inside)]);
    expect(problems(soft, { overrides: { A: set(1) } })).toEqual([refused(1, inside)]);
    for (const value of [12, 16])
      expect(decide(soft, { overrides: { A: { ...set(value), ...max(value) } } }).parameters.A).toMatchObject({
        value,
        max: value,
      });
    expect(valuesOf(soft, { overrides: { A: { ...set(2), ...min(2) } } })).toEqual([2]);
  });

  it('off the grid', () => {
    const grid = one({ min: 4, max: 100, multipleOf: 8 });
    expect(valuesOf(grid, { overrides: { A: set(16) } })).toEqual([16]);
    expect(problems(grid, { overrides: { A: set(12) } })).toEqual([
      'PIN_INVALID web.A: expected a multiple of 8 things, got 12 (--set)',
    ]);
  });

  it('reach what depends on them', () => {
    const policy = policyOf({
      memory: memory(),
      parameters: { A: parameter({ max: 100 }), B: parameter({ formula: 'A * 2', max: 200 }) },
    });
    expect(valuesOf(policy, { overrides: { A: set(50) } })).toEqual([50, 100]);
  });
});

describe('names of overrides', () => {
  it.each([
    { name: 'B', says: ', got "B" (--set); did you mean A?' },
    { name: 'constructor', says: ' (A), got "constructor" (--set)' },
    { name: 'toString', says: ' (A), got "toString" (--set)' },
  ])('$name', ({ name, says }) => {
    expect(problems(one({}), { overrides: { [name]: set(5) } })).toEqual([
      `OVERRIDE_INVALID web.${name}: expected a parameter of demo${says}`,
    ]);
  });

  it('what every object has is no override', () => {
    const policy = policyOf({
      memory: memory(),
      parameters: { constructor: parameter({ max: 100 }), toString: parameter({ formula: 'constructor * 2' }) },
    });
    expect(valuesOf(policy)).toEqual([4, 8]);
    expect(valuesOf(policy, { overrides: { constructor: set(9) } })).toEqual([9, 18]);
  });

  it('problems are collected', () => {
    const overrides = { A: set(100), C: min(1), D: max(1) };
    expect(problems(one({}), { overrides }).map((text) => text.split(':')[0])).toEqual([
      'OVERRIDE_INVALID web.C',
      'OVERRIDE_INVALID web.D',
      'PIN_INVALID web.A',
    ]);
  });
});

describe('what is available', () => {
  const policy = policyOf({ memory: memory({ headroom: 'memoryMiB / 10', reserve: '128', yields: ['WORKERS'] }) });

  it.each([
    { memoryMiB: 8192, headroom: 819, available: 7245 },
    { memoryMiB: 1000, headroom: 100, available: 772 },
    { memoryMiB: 999, headroom: 99, available: 772 },
  ])('$memoryMiB MiB less headroom and reserve: $available', ({ memoryMiB, headroom, available }) => {
    expect(decide(policy, { memoryMiB }).ledger).toMatchObject({
      memoryMiB,
      headroomMiB: headroom,
      reserveMiB: 128,
      availableMiB: available,
      stated: false,
    });
  });

  it('is never negative', () => {
    // 100 - 10 - 128
    expect(problems(policy, { memoryMiB: 100 })[0]).toContain('expected costs of at most 0 MiB available');
  });

  it.each([
    { free: 8192, available: 7245, desc: 'all of it is free: 8192 - 819 - 128' },
    { free: 7373, available: 7245, desc: 'as much as the headroom leaves' },
    { free: 7372, available: 7244, desc: '7372 - 128' },
    { free: 1000, available: 872 },
  ])('$free MiB free of 8192: $available', ({ free, available }) => {
    expect(decide(policy, { memoryMiB: 8192, free }).ledger).toMatchObject({
      memoryMiB: 8192,
      detectedFreeMiB: free,
      availableMiB: available,
      stated: false,
    });
    expect(decide(policy, { memoryMiB: 8192 }).ledger).not.toHaveProperty('detectedFreeMiB');
  });

  it('as stated, whatever is free', () => {
    expect(decide(policy, { memoryMiB: 8192, free: 1000, available: 8000 }).ledger).toMatchObject({
      availableMiB: 8000,
      stated: true,
    });
  });

  it('as stated, whatever the policy keeps', () => {
    expect(decide(policy, { memoryMiB: 8192, available: 8000 }).ledger).toMatchObject({
      availableMiB: 8000,
      stated: true,
    });
  });
});

describe('the joint budget', () => {
  /** A and B at 100 and 10 MiB each, in that order. */
  const two = (a: object = {}, b: object = {}, lists: object = {}) =>
    policyOf({
      memory: memory({ yields: ['A', 'B'], ...lists }),
      parameters: {
        A: parameter({ formula: 10, max: 100, cost: cost('A * 100'), ...a }),
        B: parameter({ formula: 20, max: 100, cost: cost('B * 10'), ...b }),
      },
    });

  it.each([
    { available: 1200, values: [10, 20], desc: '10 x 100 + 20 x 10 = 1200: exactly' },
    { available: 1199, values: [9, 20], desc: '900 + 200' },
    { available: 1100, values: [9, 20] },
    { available: 1099, values: [8, 20] },
    { available: 300, values: [1, 20], desc: '100 + 200' },
    { available: 299, values: [1, 19], desc: 'A is at its floor; then B' },
    { available: 110, values: [1, 1] },
  ])('$available MiB: $values', ({ available, values }) => {
    expect(valuesOf(two(), { available })).toEqual(values);
    expect(decide(two(), { available }).ledger.usedMiB).toBe(values[0]! * 100 + values[1]! * 10);
  });

  it('at 109 MiB the floors are too much', () => {
    expect(isFeasible(inputOf(two(), { available: 110 }))).toBe(true);
    expect(isFeasible(inputOf(two(), { available: 109 }))).toBe(false);
    expect(problems(two(), { available: 109 })).toEqual([
      [
        'BUDGET_EXCEEDED web: expected costs of at most 109 MiB available as stated, got 110 MiB at the lowest values; it takes 110 MiB available',
        '           100 MiB  A = 1 (A * 100, assumed)',
        '            10 MiB  B = 1 (B * 10, assumed)',
        '           110 MiB  in all',
      ].join('\n'),
    ]);
  });

  it('the first one yields first', () => {
    const other = two({}, {}, { yields: ['B', 'A'] });
    // 1000 + 10 x 10
    expect(valuesOf(other, { available: 1100 })).toEqual([10, 10]);
    // B at its floor: 10; 900 + 10
    expect(valuesOf(other, { available: 1000 })).toEqual([9, 1]);
  });

  it('one that is fixed does not yield', () => {
    const fixed = two({}, {}, { yields: ['B'], fixed: ['A'] });
    expect(valuesOf(fixed, { available: 1010 })).toEqual([10, 1]);
    expect(problems(fixed, { available: 1009 })[0]).toContain('BUDGET_EXCEEDED');
  });

  it('one that is pinned does not yield either', () => {
    const overrides = { A: set(10) };
    expect(valuesOf(two(), { available: 1100, overrides })).toEqual([10, 10]);
    expect(problems(two(), { available: 1009, overrides })).toEqual([
      [
        'BUDGET_EXCEEDED web: expected costs of at most 1,009 MiB available as stated, got 1,010 MiB at the lowest values; it takes 1,010 MiB available',
        '         1,000 MiB  A = 10 (A * 100, assumed)',
        '            10 MiB  B = 1 (B * 10, assumed)',
        '         1,010 MiB  in all',
      ].join('\n'),
    ]);
  });

  it('yields down to the bound that the operator set, no further', () => {
    const overrides = { A: min(5) };
    expect(valuesOf(two(), { available: 700, overrides })).toEqual([5, 20]);
    expect(valuesOf(two(), { available: 699, overrides })).toEqual([5, 19]);
  });

  it('yields in multiples', () => {
    const grid = two({ multipleOf: 4, min: 4, formula: 12 });
    // 12 x 100 + 200 = 1400; 8 -> 1000; 4 -> 600
    expect(valuesOf(grid, { available: 1400 })).toEqual([12, 20]);
    expect(valuesOf(grid, { available: 1399 })).toEqual([8, 20]);
    expect(valuesOf(grid, { available: 1000 })).toEqual([8, 20]);
    expect(valuesOf(grid, { available: 999 })).toEqual([4, 20]);
    expect(valuesOf(grid, { available: 599 })).toEqual([4, 19]);
  });

  it('is told in the trace', () => {
    expect(decide(two(), { available: 299 }).parameters.A!.trace.at(-1)).toEqual({
      step: 'budget',
      from: 10,
      to: 1,
      by: 'demo memory.yields.0',
      reason: '10 things would cost 1,200 MiB; 299 are available',
    });
    expect(decide(two(), { available: 299 }).parameters.B!.trace.at(-1)).toEqual({
      step: 'budget',
      from: 20,
      to: 19,
      by: 'demo memory.yields.1',
      reason: '20 things would cost 300 MiB; 299 are available',
    });
  });

  it('is told in the ledger', () => {
    const policy = two({ cost: { formula: 'A * 100', basis: 'documented', why: 'w' } });
    expect(decide(policy, { memoryMiB: 1500, available: 1150 }).ledger).toEqual({
      memoryMiB: 1500,
      headroomMiB: 0,
      reserveMiB: 0,
      availableMiB: 1150,
      stated: true,
      items: [
        { parameter: 'A', value: 9, formula: 'A * 100', miB: 900, basis: 'documented', yields: true },
        { parameter: 'B', value: 20, formula: 'B * 10', miB: 200, basis: 'assumed', yields: true },
      ],
      usedMiB: 1100,
      freeMiB: 50,
      assumedMiB: 200,
    });
  });

  it('costs round up', () => {
    // ceilDiv(10, 3) = 4
    const policy = policyOf({
      memory: memory({ yields: ['A'] }),
      parameters: { A: parameter({ formula: 10, cost: cost('ceilDiv(A, 3)') }) },
    });
    expect(valuesOf(policy, { available: 4 })).toEqual([10]);
    expect(valuesOf(policy, { available: 3 })).toEqual([9]);
  });
});

describe('dependents', () => {
  /** PROTOTYPE: A = 10 at 100 MiB each, W = 4 x A at 50 MiB each, W yields first. */
  const policy = policyOf({
    memory: memory({ yields: ['W', 'A'] }),
    parameters: {
      A: parameter({ formula: 10, max: 10, cost: cost('A * 100') }),
      W: parameter({ formula: 'A * 4', min: 4, max: 40, cost: cost('W * 50') }),
    },
  });

  it('caps stay: A 9, W 4; W evaluated afresh would give A 3, W 12', () => {
    expect(valuesOf(policy, { available: 1100 })).toEqual([9, 4]);
    expect(decide(policy, { available: 1100 }).ledger.usedMiB).toBe(1100); // 900 + 200
  });

  it.each([
    { available: 3000, values: [10, 40], desc: '1000 + 2000' },
    { available: 2999, values: [10, 39] },
    { available: 1200, values: [10, 4], desc: '1000 + 200' },
    { available: 1199, values: [9, 4] },
    { available: 300, values: [1, 4], desc: '100 + 4 x 50: W = 4 x 1' },
  ])('$available MiB: $values', ({ available, values }) => {
    expect(valuesOf(policy, { available })).toEqual(values);
  });

  it('one that depends on a yielder follows it down', () => {
    const following = policyOf({
      memory: memory({ yields: ['A'], fixed: ['W'] }),
      parameters: {
        A: parameter({ formula: 10, max: 10, cost: cost('A * 100') }),
        W: parameter({ formula: 'A * 4', min: 4, max: 40, cost: cost('W * 50') }),
      },
    });
    // a x 100 + 4a x 50 = 300a
    expect(valuesOf(following, { available: 1100 })).toEqual([3, 12]);
    expect(decide(following, { available: 1100 }).parameters.W!.trace).toEqual([
      { step: 'formula', to: 12, by: 'demo parameters.W.formula', reason: 'A * 4: made up' },
    ]);
  });

  it('every trace is a chain from the formula to the value', () => {
    for (const available of [300, 1100, 1199, 2999, 3000]) {
      for (const { value, trace } of Object.values(decide(policy, { available }).parameters)) {
        expect(trace.at(-1)!.to).toBe(value);
        for (const [index, step] of trace.entries())
          expect(step.from).toBe(index === 0 ? undefined : trace[index - 1]!.to);
      }
    }
  });
});

describe('ceilings that constraints set', () => {
  const ceiling = (value: number) => ({ A: { value, by: 'shop constraints.0', reason: 'a <= b: why' } });

  it('lower the value, and are told after the bounds', () => {
    const decision = decide(one({ formula: 20, max: 10 }), { ceilings: ceiling(7) }).parameters.A!;
    expect(decision).toMatchObject({ value: 7, min: 1 });
    expect(decision.trace.slice(1)).toEqual([
      { step: 'bound', from: 20, to: 10, by: 'demo parameters.A.max', reason: 'made up' },
      { step: 'constraint', from: 10, to: 7, by: 'shop constraints.0', reason: 'a <= b: why' },
    ]);
  });

  it('go down to a multiple', () => {
    expect(valuesOf(one({ formula: 40, multipleOf: 8, min: 8 }), { ceilings: ceiling(23) })).toEqual([16]);
  });

  it('above the value change nothing', () => {
    expect(decide(one({ formula: 5 }), { ceilings: ceiling(7) }).parameters.A!.trace).toHaveLength(1);
  });
});

describe('shared memory and start-up', () => {
  it('follow the values', () => {
    const policy = policyOf({
      parameters: { WORKERS: parameter({ cost: cost('WORKERS * 10') }) },
      sharedMemory: cost('max(64, WORKERS * 30)'),
      startupSeconds: { formula: '60 + 5 * WORKERS', why: 'w' },
    });
    expect(decide(policy, { cores: 4 })).toMatchObject({ sharedMemoryMiB: 120, startupSeconds: 80 });
    // 2 workers fit into 20 MiB
    expect(decide(policy, { cores: 4, available: 20 })).toMatchObject({ sharedMemoryMiB: 64, startupSeconds: 70 });
    expect(decide(policyOf())).not.toHaveProperty('sharedMemoryMiB');
  });
});

describe('the smallest memory that would do', () => {
  const policy = policyOf({
    memory: memory({ headroom: 'memoryMiB / 10', reserve: '100', yields: ['WORKERS'] }),
    parameters: { WORKERS: parameter({ min: 4, cost: cost('WORKERS * 100') }) },
  });

  it('holds there and not 1 MiB below: a limit', () => {
    // 4 x 100 = 400; 555 - 55 - 100 = 400; 554 - 55 - 100 = 399
    expect(smallestMemory(inputOf(policy, { memoryMiB: 500 }))).toBe(555);
    expect(isFeasible(inputOf(policy, { memoryMiB: 555 }))).toBe(true);
    expect(isFeasible(inputOf(policy, { memoryMiB: 554 }))).toBe(false);
    // 500 - 50 - 100
    expect(problems(policy, { memoryMiB: 500 })).toEqual([
      [
        'BUDGET_EXCEEDED web: expected costs of at most 350 MiB available = 500 MiB limit - 50 MiB headroom - 100 MiB reserve, got 400 MiB at the lowest values; it takes a limit of 555 MiB',
        '           400 MiB  WORKERS = 4 (WORKERS * 100, assumed)',
        '           400 MiB  in all',
      ].join('\n'),
    ]);
  });

  it('holds there and not 1 MiB below: stated', () => {
    expect(smallestMemory(inputOf(policy, { memoryMiB: 500, available: 1 }))).toBe(400);
    expect(smallestMemory(inputOf(policy, { memoryMiB: 500, available: 399 }))).toBe(400);
  });

  it('holds there and not 1 MiB below: available, where little is free', () => {
    // 499 - 100 = 399
    expect(smallestMemory(inputOf(policy, { memoryMiB: 5000, free: 499 }))).toBe(400);
    expect(isFeasible(inputOf(policy, { memoryMiB: 5000, free: 500 }))).toBe(true);
    expect(problems(policy, { memoryMiB: 5000, free: 499 })[0]).toContain(
      'expected costs of at most 399 MiB available = 499 MiB free now - 100 MiB reserve, got 400 MiB at the lowest values; it takes 400 MiB available\n',
    );
  });

  it('holds there and not 1 MiB below: a limit, where enough of it is free', () => {
    expect(smallestMemory(inputOf(policy, { memoryMiB: 500, free: 480 }))).toBe(555);
  });

  it('is found from above too', () => {
    expect(smallestMemory(inputOf(policy, { memoryMiB: 100_000 }))).toBe(555);
  });

  it('is 1 MiB where nothing costs anything', () => {
    expect(smallestMemory(inputOf(one({}), { memoryMiB: 77 }))).toBe(1);
  });

  it('is 32 TiB at the most', () => {
    const huge = policyOf({
      parameters: { WORKERS: parameter({ min: 64, cost: cost('WORKERS * 524288') }) },
    });
    // 64 x 524,288 = 33,554,432
    expect(smallestMemory(inputOf(huge, { memoryMiB: 1 }))).toBe(33_554_432);
  });

  it('is left out where none would do', () => {
    const hopeless = policyOf({
      memory: memory({ reserve: '1', fixed: ['WORKERS'] }),
      parameters: { WORKERS: parameter({ cost: cost('memoryMiB') }) },
    });
    expect(smallestMemory(inputOf(hopeless, { memoryMiB: 500 }))).toBeUndefined();
    expect(problems(hopeless, { memoryMiB: 500 })[0]).toContain(
      'got 500 MiB at the lowest values; lower a pin or a minimum',
    );
  });

  it('is left out where a bound is broken everywhere', () => {
    expect(smallestMemory(inputOf(policy, { memoryMiB: 500, overrides: { WORKERS: set(1) } }))).toBeUndefined();
  });

  it('for any condition', () => {
    const input = inputOf(policy, { memoryMiB: 600 });
    // 64 workers: min(cores, 64) = 4 on 4 cores; 5 never
    expect(smallestWhere(input, (trial) => decideServiceOrNothing(trial) >= 5)).toBeUndefined();
    expect(smallestWhere(input, (trial) => decideServiceOrNothing(trial) >= 4)).toBe(555);
  });
});

function decideServiceOrNothing(input: ServiceInput): number {
  return isFeasible(input) ? decideService(input).parameters.WORKERS!.value : 0;
}

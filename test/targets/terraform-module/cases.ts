/** Random hardware, bounds and pins for modules, and what the planner makes of them. */
import fc from 'fast-check';
import { SizewrightError } from '../../../src/errors/errors.ts';
import type { Override } from '../../../src/plan/decide/overrides.ts';
import { decideService } from '../../../src/plan/decide/service.ts';
import type { Policy } from '../../../src/policy/policy.ts';
import { cost, memory, parameter, policyOf } from '../../samples.ts';
import { builtInPolicy } from '../../support.ts';

/** W gives way first, then A, which W follows: A is lowered under the cap of W. And names that HCL reads as keywords. */
const chained = policyOf({
  policy: 'chained',
  memory: memory({ headroom: 'memoryMiB / 9', reserve: '7', yields: [{ W: 40 }, 'A', 'W'], fixed: ['REST'] }),
  parameters: {
    A: parameter({ formula: 'cores + 3', min: 1, max: 40, hardMax: 500, cost: cost('A * 100') }),
    HALF: parameter({ formula: 'A / 2', min: 0, max: 100 }),
    W: parameter({ formula: '4 * A', min: 2, max: 160, hardMin: 1, hardMax: 2000, cost: cost('W * 50') }),
    REST: parameter({ formula: 'W + HALF', min: 1, max: 300, cost: cost('ceilDiv(REST * 7, 3)') }),
    for: parameter({ formula: 'REST / 2', min: 0, max: 300 }),
    null: parameter({ formula: 'HALF', min: 0, max: 300 }),
  },
});

/** Grids, bounds over the inputs that can cross, cores rounded up. */
const gridded = policyOf({
  policy: 'gridded',
  cores: 'ceil',
  memory: memory({ reserve: '33', yields: [{ SPARE: 43 }, { BLOCKS: 20 }, 'BLOCKS', 'SPARE'], fixed: ['HANDLERS'] }),
  parameters: {
    BLOCKS: parameter({
      formula: 'cores * 7 + 3',
      min: 'cores',
      max: 'memoryMiB / 3 + 8',
      hardMin: 0,
      hardMax: 'memoryMiB',
      multipleOf: 8,
      cost: cost('BLOCKS * 3'),
    }),
    HANDLERS: parameter({ formula: 'BLOCKS / 2', min: 1, max: 100_000, cost: cost('ceilDiv(HANDLERS * 5, 3)') }),
    SPARE: parameter({ formula: 'availableMiB - cores * 90', min: 6, max: 90_000, multipleOf: 5, cost: cost('SPARE') }),
  },
});

/** Policies, how many of 2,000 cases each gets, and the memory in MiB about which its budget bites. */
export const SHARES: readonly { policy: Policy; share: number; memoryMiB: number }[] = [
  { policy: builtInPolicy('spatialvortex-api'), share: 700, memoryMiB: 8_192 },
  { policy: builtInPolicy('postgres'), share: 500, memoryMiB: 8_192 },
  { policy: builtInPolicy('redis'), share: 200, memoryMiB: 512 },
  { policy: chained, share: 300, memoryMiB: 2_048 },
  { policy: gridded, share: 300, memoryMiB: 2_048 },
];

/** What a module takes. */
export interface Given {
  cpu_millis: number;
  memory_mib: number;
  available_mib: number | null;
  asked: Record<string, number>;
  pins: Record<string, number>;
  min: Record<string, number>;
  max: Record<string, number>;
}

/** What a module and the planner are compared by. */
export type Outcome =
  | {
      is: 'planned';
      cores: number;
      parameters: Record<string, number>;
      usedMiB: number;
      startupSeconds: number;
      sharedMemoryMiB: number | null;
    }
  | { is: 'exceeded'; availableMiB: number; usedMiB: number }
  | { is: 'refused' };

/** Between two numbers, each power of two as often as another. */
const scaled = (from: number, to: number) =>
  fc.noBias(fc.integer({ min: 0, max: 1_000_000 })).map((part) => Math.round(from * (to / from) ** (part / 1_000_000)));

export function casesOf(policy: Policy, aboutMiB: number, count: number, seed: number): Given[] {
  const override = fc.constantFrom(...policy.parameters).chain(({ name, range: { lo, hi }, multipleOf }) =>
    fc.tuple(
      fc.constant(name),
      fc.oneof(
        {
          weight: 40,
          arbitrary: fc
            .noBias(fc.integer({ min: lo, max: Math.min(hi, lo + 60) }))
            .map((value) => value - (value % multipleOf)),
        },
        { weight: 10, arbitrary: fc.noBias(fc.integer({ min: lo, max: hi })) },
        { weight: 2, arbitrary: fc.constantFrom(lo, hi, hi + 1, Math.max(0, lo - 1), 999_999_999_999_999) },
      ),
    ),
  );
  const overrides = fc
    .oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.array(override, { maxLength: 2 }) })
    .map((entries) => Object.fromEntries(entries));
  const given = fc
    .record({
      cpu_millis: fc.oneof(
        { weight: 20, arbitrary: scaled(500, 64_000) },
        { weight: 4, arbitrary: scaled(1, 1_024_000) },
        { weight: 1, arbitrary: fc.constantFrom(1, 999, 1000, 1001, 1999, 2000, 1_024_000) },
      ),
      memory_mib: fc.oneof(
        { weight: 20, arbitrary: scaled(aboutMiB / 4, aboutMiB * 8) },
        { weight: 4, arbitrary: scaled(1, 33_554_432) },
        { weight: 1, arbitrary: fc.constantFrom(1, 33_554_432) },
      ),
      part: fc.option(fc.noBias(fc.integer({ min: 200, max: 1000 })), { freq: 2 }),
      asked: overrides,
      pins: overrides,
      min: overrides,
      max: overrides,
    })
    .map(({ part, ...rest }) => ({
      ...rest,
      available_mib: part === null ? null : Math.floor((rest.memory_mib * part) / 1000),
    }));
  return fc.sample(given, { seed, numRuns: count });
}

export function plannedFor(policy: Policy, given: Given): Outcome {
  const overrides: Record<string, Override> = {};
  for (const [field, variable] of [
    ['set', 'pins'],
    ['min', 'min'],
    ['max', 'max'],
  ] as const) {
    for (const [name, value] of Object.entries(given[variable]))
      overrides[name] = { ...overrides[name], [field]: { value, by: field } };
  }
  try {
    const decision = decideService({
      name: 'web',
      policy,
      limits: { cpuMillis: given.cpu_millis, memoryMiB: given.memory_mib },
      ...(given.available_mib !== null && { statedAvailableMiB: given.available_mib }),
      overrides,
      asked: Object.fromEntries(
        Object.entries(given.asked).map(([name, value]) => [name, { value, by: 'asked', reason: 'asked' }]),
      ),
      ceilings: {},
    });
    return {
      is: 'planned',
      cores: decision.cores,
      parameters: Object.fromEntries(Object.entries(decision.parameters).map(([name, { value }]) => [name, value])),
      usedMiB: decision.ledger.usedMiB,
      startupSeconds: decision.startupSeconds,
      sharedMemoryMiB: decision.sharedMemoryMiB ?? null,
    };
  } catch (error) {
    if (!(error instanceof SizewrightError)) throw error;
    if (error.code !== 'BUDGET_EXCEEDED') return { is: 'refused' };
    const [, available, used] = /of at most ([\d,]+) MiB.*got ([\d,]+) MiB/.exec(error.message)!;
    const number = (text: string) => Number(text.replaceAll(',', ''));
    return { is: 'exceeded', availableMiB: number(available!), usedMiB: number(used!) };
  }
}

/** Every row of FACTS 4, at its borders. */
import { describe, expect, it } from 'vitest';
import { cloudRun, instanceRules } from '../../src/platforms/cloud-run.ts';
import { fargate } from '../../src/platforms/fargate.ts';
import { bestPair, isPair, nearestPairs } from '../../src/platforms/pairs.ts';

const NONE = { cpuMillis: 0, memoryMiB: 0 };
const amount = ([cpuMillis, memoryMiB]: number[]) => ({ cpuMillis: cpuMillis!, memoryMiB: memoryMiB! });
const best = ({ pairs }: typeof fargate, limits: number[], least: number[] = [0, 0]) => {
  const found = bestPair(pairs, amount(limits), amount(least));
  return found && [found.cpuMillis, found.memoryMiB];
};

describe('fargate', () => {
  it('has these pairs of CPU units and MiB', () => {
    const all = fargate.pairs.flatMap(({ cpuMillis, memoryMiB: { from, to, step } }) =>
      Array.from({ length: (to - from) / step + 1 }, (_, index) => [
        (cpuMillis.from * 1024) / 1000,
        from + index * step,
      ]),
    );
    const of = (units: number) => all.filter(([cpu]) => cpu === units).map(([, memory]) => memory);
    expect(of(256)).toEqual([512, 1024, 2048]);
    expect(of(512)).toEqual([1024, 2048, 3072, 4096]);
    expect(of(1024)).toEqual([2048, 3072, 4096, 5120, 6144, 7168, 8192]);
    expect([of(2048).length, of(2048)[0], of(2048).at(-1)]).toEqual([13, 4096, 16_384]);
    expect([of(4096).length, of(4096)[0], of(4096).at(-1)]).toEqual([23, 8192, 30_720]);
    expect(of(8192)).toEqual([
      16_384, 20_480, 24_576, 28_672, 32_768, 36_864, 40_960, 45_056, 49_152, 53_248, 57_344, 61_440,
    ]);
    expect(of(16_384)).toEqual([
      32_768, 40_960, 49_152, 57_344, 65_536, 73_728, 81_920, 90_112, 98_304, 106_496, 114_688, 122_880,
    ]);
    expect(all).toHaveLength(3 + 4 + 7 + 13 + 23 + 12 + 12);
  });

  it.each([
    // limits, pair: at each border below, at, above
    [[249, 512], undefined],
    [[250, 511], undefined],
    [
      [250, 512],
      [250, 512],
    ],
    [
      [250, 1023],
      [250, 512],
    ],
    [
      [250, 1024],
      [250, 1024],
    ],
    [
      [250, 2047],
      [250, 1024],
    ],
    [
      [250, 2048],
      [250, 2048],
    ],
    [
      [250, 9999],
      [250, 2048],
    ],
    [
      [499, 4096],
      [250, 2048],
    ],
    [
      [500, 1023],
      [250, 512],
    ],
    [
      [500, 1024],
      [500, 1024],
    ],
    [
      [500, 4097],
      [500, 4096],
    ],
    [
      [999, 8192],
      [500, 4096],
    ],
    [
      [1000, 2047],
      [500, 1024],
    ],
    [
      [1000, 2048],
      [1000, 2048],
    ],
    [
      [1000, 8193],
      [1000, 8192],
    ],
    [
      [2000, 4095],
      [1000, 3072],
    ],
    [
      [2000, 4096],
      [2000, 4096],
    ],
    [
      [2000, 16_385],
      [2000, 16_384],
    ],
    [
      [3000, 5120],
      [2000, 5120],
    ], // there is no 3 vCPU with 5 GiB
    [
      [4000, 8191],
      [2000, 7168],
    ],
    [
      [4000, 8192],
      [4000, 8192],
    ],
    [
      [4000, 30_721],
      [4000, 30_720],
    ],
    [
      [8000, 16_383],
      [4000, 15_360],
    ],
    [
      [8000, 16_384],
      [8000, 16_384],
    ],
    [
      [8000, 20_479],
      [8000, 16_384],
    ],
    [
      [8000, 20_480],
      [8000, 20_480],
    ],
    [
      [8000, 61_441],
      [8000, 61_440],
    ],
    [
      [16_000, 32_767],
      [8000, 28_672],
    ],
    [
      [16_000, 32_768],
      [16_000, 32_768],
    ],
    [
      [16_000, 40_959],
      [16_000, 32_768],
    ],
    [
      [16_000, 40_960],
      [16_000, 40_960],
    ],
    [
      [64_000, 999_999],
      [16_000, 122_880],
    ],
  ])('within %j: %j', (limits, pair) => {
    expect(best(fargate, limits)).toEqual(pair);
  });
});

describe('cloud-run', () => {
  it.each([
    [[79, 512], undefined],
    [[80, 127], undefined],
    [
      [80, 128],
      [80, 128],
    ],
    [
      [89, 512],
      [80, 512],
    ],
    [
      [490, 513],
      [490, 512],
    ],
    [
      [499, 1024],
      [490, 512],
    ],
    [
      [500, 1024],
      [500, 1024],
    ],
    [
      [500, 1025],
      [500, 1024],
    ],
    [
      [999, 4096],
      [990, 1024],
    ],
    [[1000, 127], undefined],
    [
      [1000, 128],
      [1000, 128],
    ],
    [
      [1000, 4097],
      [1000, 4096],
    ],
    [
      [1999, 4096],
      [1000, 4096],
    ],
    [
      [2000, 128],
      [2000, 128],
    ],
    [
      [2000, 8193],
      [2000, 8192],
    ],
    [
      [4000, 2047],
      [2000, 2047],
    ],
    [
      [4000, 2048],
      [4000, 2048],
    ],
    [
      [4000, 16_385],
      [4000, 16_384],
    ],
    [
      [6000, 4095],
      [4000, 4095],
    ],
    [
      [6000, 4096],
      [6000, 4096],
    ],
    [
      [6000, 24_577],
      [6000, 24_576],
    ],
    [
      [7999, 32_768],
      [6000, 24_576],
    ],
    [
      [8000, 4095],
      [4000, 4095],
    ],
    [
      [8000, 4096],
      [8000, 4096],
    ],
    [
      [8000, 32_769],
      [8000, 32_768],
    ],
    [
      [64_000, 999_999],
      [8000, 32_768],
    ],
  ])('within %j: %j', (limits, pair) => {
    expect(best(cloudRun, limits)).toEqual(pair);
  });

  it.each([
    { pair: [990, 1024], rules: { concurrency: 1, generation: 1, alwaysOn: false } },
    { pair: [1000, 511], rules: { concurrency: 80, generation: 1, alwaysOn: false } },
    { pair: [1000, 512], rules: { concurrency: 80, generation: 2, alwaysOn: true } },
  ])('$pair gives $rules', ({ pair, rules }) => {
    expect(instanceRules(amount(pair))).toEqual(rules);
  });

  it('below 1 vCPU says so', () => {
    expect(cloudRun.advice!(amount([990, 512]))).toBe(
      'below 1 vCPU an instance takes one request at a time, in the first generation, billed by request',
    );
    expect(cloudRun.advice!(amount([1000, 512]))).toBeUndefined();
  });
});

describe('pairs', () => {
  it('never below what a service asks for at least', () => {
    expect(best(fargate, [1000, 2047], [501, 1024])).toBeUndefined();
    expect(best(fargate, [4000, 8191], [0, 8000])).toBeUndefined();
    expect(best(fargate, [4000, 8191], [1, 7168])).toEqual([2000, 7168]);
  });

  it.each([
    [[250, 512], true],
    [[250, 1536], false],
    [[3000, 5120], false],
    [[4000, 8192], true],
    [[8000, 17_408], false],
  ])('is %j one of Fargate: %s', (pair, is) => {
    expect(isPair(fargate.pairs, amount(pair))).toBe(is);
  });

  it.each([
    { limits: [200, 204], near: [[250, 512]] },
    { limits: [100, 4096], near: [[250, 2048]] }, // the largest that asks for no more memory
    { limits: [4000, 256], near: [[250, 512]] },
    { limits: [1000, 2047], least: [1000, 1024], near: [[1000, 2048]] },
    { limits: [900, 3000], least: [900, 3000], near: [[1000, 3072]] },
    { limits: [20_000, 1], least: [16_001, 1], near: [] },
  ])('nearest to $limits: $near', ({ limits, least, near }) => {
    expect(nearestPairs(fargate.pairs, amount(limits), least ? amount(least) : NONE).map(Object.values)).toEqual(near);
  });
});

import { describe, expect, it } from 'vitest';
import { affordableRange } from '../../src/decide/affordable.ts';
import { decideService } from '../../src/decide/service.ts';
import { cost, memory, parameter, policyOf } from '../samples.ts';

type Parameters = Record<string, ReturnType<typeof parameter>>;

/** On 4 cores and 1000 MiB, of which nothing is kept free. */
function rangesOf(parameters: Parameters, yields: string[]) {
  const policy = policyOf({ memory: memory({ yields }), parameters });
  const limits = { cpuMillis: 4000, memoryMiB: 1000 };
  const decided = decideService({ name: 'demo', policy, limits, overrides: {}, ceilings: {} });
  return policy.parameters.map((one) => affordableRange(policy, { ...decided, requests: limits }, one));
}

describe('the values that an operator may give', () => {
  it.each<{ desc: string; parameters: Parameters; yields?: string[]; ranges: [number, number][] }>([
    {
      desc: 'a cost: up to where the memory is full',
      // 4 * 10; 1000 / 10 = 100
      parameters: { A: parameter({ max: 4096, cost: cost('A * 10') }) },
      ranges: [[1, 100]],
    },
    {
      desc: 'two costs: each with the other as planned',
      // A 4 * 100 and B 4 * 50: (1000 - 200) / 100 = 8, (1000 - 400) / 50 = 12
      parameters: {
        A: parameter({ max: 4096, cost: cost('A * 100') }),
        B: parameter({ max: 4096, cost: cost('B * 50') }),
      },
      yields: ['A', 'B'],
      ranges: [
        [1, 8],
        [1, 12],
      ],
    },
    {
      desc: 'the hard bounds come first',
      parameters: { A: parameter({ max: 16, hardMax: 20, min: 2, hardMin: 1, cost: cost('A * 10') }) },
      ranges: [[1, 20]],
    },
    {
      desc: 'no cost of its own, and counted in that of another',
      // B 4: A * 4 * 50 <= 1000, so A up to 5
      parameters: { A: parameter({ max: 64 }), B: parameter({ max: 64, cost: cost('B * A * 50') }) },
      yields: ['B'],
      ranges: [
        [1, 5],
        [1, 5],
      ],
    },
    {
      desc: 'no cost anywhere: the bounds alone',
      parameters: { A: parameter(), B: parameter({ cost: cost('B * 10') }) },
      yields: ['B'],
      ranges: [
        [1, 64],
        [1, 64],
      ],
    },
    {
      desc: 'multiples: 1000 / 10 = 100, of 8 down to 96, and 3 up to 8',
      parameters: { A: parameter({ formula: '16', min: 3, max: 4096, multipleOf: 8, cost: cost('A * 10') }) },
      ranges: [[8, 96]],
    },
  ])('$desc', ({ parameters, yields = ['A'], ranges }) => {
    expect(rangesOf(parameters, yields)).toEqual(ranges.map(([lo, hi]) => ({ lo, hi })));
  });
});

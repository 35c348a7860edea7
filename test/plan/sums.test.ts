/** Sums of a stranger's values, worked out by hand. */
import { describe, expect, it } from 'vitest';
import { sumsOf, type Taken, takenBy, verdictOf } from '../../src/plan/sums.ts';
import { cost, memory, parameter, policyOf } from '../samples.ts';

const policy = policyOf({
  memory: memory({
    headroom: 'memoryMiB / 10',
    reserve: '50',
    fixed: ['BUFFERS', 'WORKERS', 'SORTS'],
  }),
  parameters: {
    BUFFERS: parameter({ formula: 8, max: 4096, byItself: 128, cost: { ...cost('BUFFERS'), when: 'start' } }),
    WORKERS: parameter({ formula: 8, byItself: 'nodeCores * 2', cost: cost('WORKERS * 10') }),
    SORTS: parameter({ formula: 8, byItself: 'unlimited', cost: { ...cost('SORTS * 4'), when: 'worst' } }),
  },
});
const inputs = { cores: 2, cpuMillis: 2000, memoryMiB: 1000, availableMiB: 850 };
const sums = (said: Record<string, Taken>, more = {}) => {
  const scope = { ...inputs, ...more };
  return sumsOf(policy, scope, takenBy(policy, scope, new Map(Object.entries(said))));
};

describe('three sums', () => {
  it('hold one another: the reserve and what is taken at start, full use, and everything with the headroom', () => {
    const { start, use, worst } = sums({ BUFFERS: 200, WORKERS: 30, SORTS: 5 });
    // 50 + 200; + 30 * 10; + 5 * 4 + 1000 / 10
    expect([start.miB, use.miB, worst.miB]).toEqual([250, 550, 670]);
  });

  it('count what the program takes by itself: 50 + 128, + 16 cores * 2 * 10', () => {
    const { start, use, worst } = sums({ SORTS: 5 }, { nodeCores: 16 });
    expect([start.miB, use.miB, worst.miB]).toEqual([178, 498, 618]);
  });

  it('name what has no bound, at worst, and what nobody knows', () => {
    const { use, worst } = sums({});
    expect(use).toEqual({ miB: 178, unlimited: [], unknown: ['WORKERS'] });
    expect(worst).toEqual({ miB: 278, unlimited: ['SORTS'], unknown: ['WORKERS'] });
  });
});

describe('a verdict', () => {
  it.each<{ said: Record<string, Taken>; limit: number | undefined; verdict: string }>([
    { said: { BUFFERS: 960, WORKERS: 1, SORTS: 1 }, limit: 1000, verdict: 'exceeds' },
    { said: { BUFFERS: 930, WORKERS: 'unknown' }, limit: 1000, verdict: 'can exceed' },
    { said: { BUFFERS: 800, WORKERS: 5, SORTS: 1 }, limit: 1000, verdict: 'can exceed' },
    { said: { BUFFERS: 800, WORKERS: 4, SORTS: 1 }, limit: 1000, verdict: 'fits' },
    { said: { BUFFERS: 100, WORKERS: 'unknown', SORTS: 1 }, limit: 1000, verdict: 'unknown' },
    { said: {}, limit: undefined, verdict: 'unlimited' },
  ])('$verdict: $said in $limit MiB', ({ said, limit, verdict }) => {
    expect(verdictOf(sums(said), limit)).toBe(verdict);
  });
});

import { describe, expect, it } from 'vitest';
import { tryContainerName } from '../../../src/hardware/container.ts';
import { smallestPair } from '../../../src/plan/decide/sold.ts';
import { cloudRun } from '../../../src/platforms/cloud-run.ts';
import { fargate } from '../../../src/platforms/fargate.ts';
import { problemsOf } from '../../samples.ts';
import { planFor } from '../../support.ts';

describe('the smallest pair', () => {
  const atLeast = (cpuMillis: number, memoryMiB: number) => ({ cpuMillis, memoryMiB });

  it.each([
    { desc: 'is one of the same CPU', sold: fargate, cpu: 500, needs: 2524, pair: atLeast(500, 3072) },
    { desc: 'is at the last step of a row', sold: fargate, cpu: 500, needs: 4096, pair: atLeast(500, 4096) },
    { desc: 'is of the next CPU above that', sold: fargate, cpu: 500, needs: 4097, pair: atLeast(1000, 5120) },
    { desc: 'has any memory on Cloud Run', sold: cloudRun, cpu: 500, needs: 2524, pair: atLeast(1000, 2524) },
    { desc: 'is none above all', sold: cloudRun, cpu: 500, needs: 32_769, pair: undefined },
  ])('$desc', ({ sold, cpu, needs, pair }) => {
    expect(smallestPair(sold.pairs, atLeast(cpu, 512), ({ memoryMiB }) => memoryMiB >= needs)).toEqual(pair);
  });
});

describe('a budget that is too small', () => {
  const said = (profile: string, platform: string) =>
    problemsOf(() => planFor(tryContainerName(profile)!, { platform, external: ['postgres', 'redis'] }))[0]!.split(
      '\n',
    )[0];

  it('names a pair that is sold', () => {
    // 4 sessions and a pool of 8 on one core take 2,524 MiB
    expect(said('500m-2gi', 'fargate')).toMatch(/; it takes 500m-3gi, the smallest pair of fargate that does$/);
    expect(said('1cpu-2gi', 'cloud-run')).toMatch(/; it takes 1cpu-2524mi, the smallest pair of cloud-run that does$/);
    expect(said('1cpu-2gi', 'kubernetes')).toMatch(/; it takes a limit of 2,524 MiB$/);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Machine } from '../../../src/hardware/profile.ts';
import { ownHardware, starvedOf } from '../../../src/plan/allocate/starved.ts';
import { findPlatform } from '../../../src/platforms/index.ts';
import { packageFiles } from '../../commands.ts';
import { planAll } from '../../gathered.ts';
import { replaceOnce, service, stackOf } from '../../samples.ts';
import { builtInProfile, planFor } from '../../support.ts';

const isLow = ({ code }: { code: string }) => code === 'CPU_SHARE_LOW';
const finding = (...args: Parameters<typeof planFor>) => planFor(...args).plan.findings.filter(isLow);
const own = readFileSync(new URL('../../../stacks/spatialvortex/stack.yaml', import.meta.url), 'utf8');

/** What is said of the built-in stack with one text replaced. */
function saidOf(platform: string, profile: string, from: string, to: string) {
  const files = packageFiles({ 'my/stack.yaml': replaceOnce(own, from, to) });
  return planAll({ stack: 'my/stack.yaml', profiles: [profile] }, [platform], files)
    .flatMap(({ plan }) => plan.findings)
    .filter(isLow);
}
const LIMITS = { web: { cpuMillis: 40_000 }, db: { cpuMillis: 1000 } };
const one = { min: 1, max: 1, surge: 0 };
const ONES = { web: one, db: one };
const low = (path: string, message: string) => ({ code: 'CPU_SHARE_LOW', level: 'advice', path, message });

it('counts the replicas of the clients of a database, and names a cpuShare that ends it', () => {
  // 4 cores x 2 / 7 shares = 1.14; 10 x 4 / 1.14 = 35.1 > 32. With 3 / 7: 1.71; 40 / 1.71 = 23.4
  expect(saidOf('kubernetes', '4cpu-16gi', 'share: 5', 'share: 7')).toEqual([
    low(
      'postgres',
      'up to 10 of api have 40 cores, 35 times what postgres has; cpuShare: 3 of postgres in the stack gives it 1.71 cores',
    ),
    // 4 / 7 = 0.57; 40 / 0.57 = 70.2 > 64. With 2 / 7: 1.14; 35.1
    low(
      'redis',
      'up to 10 of api have 40 cores, 70 times what redis has; cpuShare: 2 of redis in the stack gives it 1.14 cores',
    ),
  ]);
  // 4 x 2 / 6 = 1.33; 40 / 1.33 = 30.1. Redis: 4 / 6 = 0.66; 40 / 0.66 = 60.6
  expect(saidOf('kubernetes', '4cpu-16gi', 'share: 5', 'share: 6')).toEqual([]);
});

it('goes by what is sold', () => {
  // Of 1.6 cores a task gets 1 vCPU: 10 x 4 / 1 = 40 > 32; of 2.4 it gets 2, 40 / 2 = 20.
  // Redis has 1 of 5 shares, 0.8 cores, gets 0.5: 40 / 0.5 = 80 > 64; with 2 of 5 it has 1.6, gets 1, 40.
  expect(saidOf('fargate', '4cpu-16gi', 'PGDATA }', 'PGDATA, unfenced: may-corrupt }')).toEqual([
    low(
      'postgres',
      'up to 10 of api have 40 cores, 40 times what postgres has; cpuShare: 3 of postgres in the stack gives it 2 cores',
    ),
    low(
      'redis',
      'up to 10 of api have 40 cores, 80 times what redis has; cpuShare: 2 of redis in the stack gives it 1 core',
    ),
  ]);
});

it('names hardware of its own and fewer replicas where no cpuShare ends it', () => {
  // 3,276 MiB are 2 of 5 shares of 8 GiB: 2 vCPU would need 4 GiB, so it stays at 1: 40 / 1. With 2: 20.
  // 32 x 1 / 4 = 8 replicas. Redis has 1,638 MiB, 1 vCPU would need 2 GiB: 40 / 0.5 = 80; 64 x 0.5 / 4 = 8.
  const unfenced = 'PGDATA, unfenced: may-corrupt }';
  expect(saidOf('fargate', '4cpu-8gi', 'PGDATA }', unfenced)).toEqual([
    low(
      'postgres',
      'up to 10 of api have 40 cores, 40 times what postgres has; --profile postgres=2cpu-4gi gives it 2 cores, or at most 8 replicas of api',
    ),
    low(
      'redis',
      'up to 10 of api have 40 cores, 80 times what redis has; --profile redis=1cpu-2gi gives it 1 core, or at most 8 replicas of api',
    ),
  ]);
  // Twice of everything: 80 / 32 = 2.5 cores are needed, and 4 vCPU are the next
  expect(saidOf('fargate', '8cpu-16gi', 'PGDATA }', unfenced).map(({ message }) => message)).toEqual([
    'up to 10 of api have 80 cores, 40 times what postgres has; --profile postgres=4cpu-8gi gives it 4 cores, or at most 8 replicas of api',
    'up to 10 of api have 80 cores, 80 times what redis has; --profile redis=2cpu-4gi gives it 2 cores, or at most 8 replicas of api',
  ]);
});

it('names the machine that it shares as one of its own, unless the user made it up', () => {
  const of = (provider: 'aws' | 'other') => {
    const starved = starvedOf(
      stackOf({ services: { web: service({ connectsTo: ['db'] }), db: service() } }).services,
      LIMITS,
      ONES,
      new Set(['db']),
    );
    const { stack, profile } = {
      stack: stackOf({ services: { web: service(), db: service() } }),
      profile: { ...(builtInProfile('c6i.large') as Machine), provider },
    };
    const sizing = { stack, placements: [{ profile, services: stack.services }] };
    return ownHardware(starved[0]!, { memoryMiB: 512 }, sizing, findPlatform('kubernetes')).map(({ does }) => does);
  };
  expect(of('aws')).toEqual(['--profile db=c6i.large']);
  expect(of('other')).toEqual([]);
});

it('says nothing of the built-in stack on a node, of one API beside its database, nor of a database elsewhere', () => {
  // 10 x 19.72 / 7.89 = 24.99; redis 197.2 / 3.94 = 50.1
  expect(finding('c6i.8xlarge', { platform: 'kubernetes' })).toEqual([]);
  // 10 x 4 / 1.6 = 25
  expect(finding('4cpu-8gi', { platform: 'kubernetes' })).toEqual([]);
  expect(finding('c6i.8xlarge')).toEqual([]);
  expect(finding('4cpu-8gi')).toEqual([]);
  expect(finding('c6i.8xlarge', { platform: 'kubernetes', external: ['postgres', 'redis'] })).toEqual([]);
});

describe('the threshold', () => {
  const { services } = stackOf({ services: { web: service({ connectsTo: ['db'] }), db: service() } });
  const ratio = (times: number, asked: string[]) =>
    starvedOf(services, { web: { cpuMillis: times * 1000 }, db: { cpuMillis: 1000 } }, ONES, new Set(asked)).map(
      ({ service: name }) => name,
    );

  it.each([
    ['32 for connections that are asked for', ['db'], 32],
    ['64 for connections alone', [], 64],
  ])('is %s', (_, asked, most) => {
    expect(ratio(most, asked)).toEqual([]);
    expect(ratio(most + 1, asked)).toEqual(['db']);
  });
});

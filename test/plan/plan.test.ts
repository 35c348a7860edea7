import { describe, expect, it } from 'vitest';
import type { ContainerLimits } from '../../src/hardware/profile.ts';
import { makePlan, type Planning } from '../../src/plan/plan.ts';
import { findPlatform } from '../../src/platforms/index.ts';
import { cost, memory, parameter, policyOf, problemsOf, service, stackOf } from '../samples.ts';
import { builtInPolicy, builtInProfile, planFor, valuesOf } from '../support.ts';

const box = (cores: number, memoryMiB: number): ContainerLimits => ({
  kind: 'container',
  name: 'box',
  cpuMillis: cores * 1000,
  memoryMiB,
});

describe('limits of the SpatialVortex stack, worked out by hand (FACTS 2)', () => {
  it.each([
    // 65536 - ceil(7.5 %) 4916 = 60620; - OS max(512, ceil(5 %) 3031) = 57589; shares 5:2:1, the odd MiB to redis (.625)
    { profile: 'c6i.8xlarge', platform: 'host', memory: [35993, 14397, 7199], cpu: [20000, 8000, 4000] },
    // 60620 - ceil(1024 + 819.2 + 819.2 + 2654.16) 5317 - 100 - 512 = 54691; 32000 - 150 - 300 = 31550m
    { profile: 'c6i.8xlarge', platform: 'kubernetes', memory: [34182, 13673, 6836], cpu: [19720, 7890, 3940] },
    // the main service as given; others x 2/5 and x 1/5, down
    { profile: '4cpu-8gi', platform: 'host', memory: [8192, 3276, 1638], cpu: [4000, 1600, 800] },
    // 8192 - 615 = 7577; - 512 = 7065
    { profile: 't3.large', platform: 'host', memory: [4416, 1766, 883], cpu: [1250, 500, 250] },
    // arm64 loses 64 first: 32704 - ceil(2452.8) 2453 = 30251; - ceil(1512.55) 1513 = 28738; / 8 = 3592.25, odd to postgres (.5)
    { profile: 'm7g.2xlarge', platform: 'host', memory: [17961, 7185, 3592], cpu: [5000, 2000, 1000] },
    // 131072 - ceil(9830.4) 9831 = 121241; - ceil(6062.05) 6063 = 115178; / 8 = 14397.25, odd to postgres (.5)
    { profile: 'r6i.4xlarge', platform: 'host', memory: [71986, 28795, 14397], cpu: [10000, 4000, 2000] },
    // 16384 - ceil(1228.8) 1229 = 15155; 4 x 14 + 2 = 58 pods: 255 + 11 x 58 = 893; 15155 - 893 - 100 - 512 = 13650;
    // / 8 = 1706.25, odd to postgres; 4000 - 80 - 300 = 3620m: 362 x 10m, / 8 = 45.25, the odd 10m to postgres (.5)
    { profile: 'm5.xlarge', platform: 'eks', memory: [8531, 3413, 1706], cpu: [2260, 910, 450] },
  ])('$profile on $platform', ({ profile, platform, memory, cpu }) => {
    const { services } = planFor(profile, { platform }).plan;
    expect(Object.values(services).map((service) => service.limits.memoryMiB)).toEqual(memory);
    expect(Object.values(services).map((service) => service.limits.cpuMillis)).toEqual(cpu);
  });
});

/** The nine values that the seed names, before the one that is derived from them. */
const seedValues = (planning: Planning) => valuesOf(planning, 'api').slice(0, 9);

describe('api: workers, audio, ONNX, DB, cache, TTL, batch, timeout, voice', () => {
  it.each([
    { profile: 'c6i.8xlarge', options: {}, values: [40, 4096, 32, 80, 2048, 1800, 2000, 25, 8], used: 18_208 },
    {
      profile: 'c6i.8xlarge',
      options: { external: ['postgres', 'redis'] },
      values: [64, 4096, 32, 128, 2048, 1800, 2000, 25, 8],
    },
    // the pool's 76 asks for 768 connections; 7890 / 40 = 197 are granted, so it yields to (197 - 8) / 10 replicas
    {
      profile: 'c6i.8xlarge',
      options: { platform: 'kubernetes' },
      values: [38, 4096, 32, 18, 2048, 1800, 2000, 25, 8],
    },
    // 12 sessions would need 7,843 of 7,245
    { profile: '4cpu-8gi', options: {}, values: [8, 2048, 10, 16, 1811, 1800, 500, 50, 4] },
    { profile: 't3.large', options: {}, values: [4, 2048, 4, 8, 961, 1800, 500, 50, 1] },
    // 17961 - 1796 - 128 = 16037 available: 15 x 500 + 2048 + 20 + 20
    { profile: 'm7g.2xlarge', options: {}, values: [10, 2048, 15, 20, 2048, 1800, 500, 50, 5], used: 9588 },
    // 71986 - 7198 - 128 = 64660 available: 30 x 500 + 2048 + 40 + 40
    { profile: 'r6i.4xlarge', options: {}, values: [20, 4096, 30, 40, 2048, 1800, 1000, 50, 8], used: 17_128 },
    // 8531 - 853 - 128 = 7550 available, 2 cores, cache 7550 / 4: 6 x 500 + 1887 + 8 + 8; 10 pools of 8 and 8 get their 88
    {
      profile: 'm5.xlarge',
      options: { platform: 'eks' },
      values: [4, 2048, 6, 8, 1887, 1800, 500, 50, 2],
      used: 4903,
    },
    // the cache's 659 yields
    { profile: '1cpu-3gi', options: {}, values: [4, 2048, 4, 8, 621, 1800, 500, 50, 1] },
  ])('$profile $options', ({ profile, options, values, used }) => {
    const planning = planFor(profile, options);
    expect(seedValues(planning)).toEqual(values);
    if (used !== undefined) expect(planning.plan.services.api!.ledger.usedMiB).toBe(used);
  });

  const alone = ['postgres', 'redis'];
  it.each([
    { cores: 16, total: 32768, available: 24576, values: [32, 4096, 32, 64, 2048, 1800, 2000, 25, 8], used: 18_176 },
    { cores: 32, total: 65536, available: 49152, values: [64, 4096, 32, 128, 2048, 1800, 2000, 25, 8] },
    // 24 sessions would need 24 x 500 + 2048 + 32 + 32 = 14,112; 20 is the largest that fits
    { cores: 8, total: 16384, available: 12288, values: [16, 4096, 20, 32, 2048, 1800, 1000, 50, 8], used: 12_112 },
  ])('$cores cores, $total MiB, $available MiB available', ({ cores, total, available, values, used }) => {
    const planning = planFor(box(cores, total), { external: alone, availableMiB: available });
    expect(seedValues(planning)).toEqual(values);
    if (used !== undefined) expect(planning.plan.services.api!.ledger.usedMiB).toBe(used);
  });

  it('caps lifted: cache 6144, ONNX 36, because 48 would need 30,272 MiB', () => {
    const lifted = {
      api: {
        ONNX_POOL_SIZE: { max: { value: 48, by: '--max' } },
        CACHE_SIZE_MB: { max: { value: 8192, by: '--max' } },
      },
    };
    const planning = planFor(box(16, 32768), { external: alone, availableMiB: 24576, overrides: lifted });
    expect(seedValues(planning)).toEqual([32, 4096, 36, 64, 6144, 1800, 2000, 25, 8]);
    expect(planning.plan.services.api!.parameters.ONNX_POOL_SIZE!.trace.at(-1)).toEqual({
      step: 'budget',
      from: 48,
      to: 36,
      by: 'spatialvortex-api memory.yields.0',
      reason: '48 sessions would cost 30,272 MiB; 24,576 are available',
    });
  });

  it('floors that do not fit are an error with the ledger', () => {
    // 4 x 500 + 128 + 8 x 2 + 16 = 2160
    expect(() => planFor(box(4, 8192), { external: alone, availableMiB: 2048 })).toThrowError(
      [
        'api: expected costs of at most 2,048 MiB available as stated, got 2,160 MiB at the lowest values; it takes 2,160 MiB available',
        '            16 MiB  ACTIX_WORKERS = 8 (ACTIX_WORKERS * 2, assumed)',
        '         2,000 MiB  ONNX_POOL_SIZE = 4 (ONNX_POOL_SIZE * 500, documented)',
        '            16 MiB  DB_POOL_SIZE = 16 (DB_POOL_SIZE, assumed)',
        '           128 MiB  CACHE_SIZE_MB = 128 (CACHE_SIZE_MB, documented)',
        '         2,160 MiB  in all',
      ].join('\n'),
    );
  });

  it('where the limit is smaller than what would have to be available, the error names the limit that would do', () => {
    // 2160 as above; 2542 - 254 - 128 = 2160, 2541 - 254 - 128 = 2159
    expect(() => planFor(box(4, 1024), { external: alone, availableMiB: 600 })).toThrowError(
      'it takes 2,160 MiB available, so a limit of 2,542 MiB without a statement of what is available',
    );
    expect(planFor(box(4, 2542), { external: alone }).plan.services.api!.ledger.usedMiB).toBe(2160);
    expect(() => planFor(box(4, 2541), { external: alone })).toThrowError('it takes a limit of 2,542 MiB');
  });
});

interface Databases {
  profile: string;
  platform: string;
  /** In declared order, see PARAMETERS. */
  postgres: number[];
  ledger: { headroomMiB: number; availableMiB: number; usedMiB: number; freeMiB: number };
  sharedMemoryMiB: number;
  /** maxmemory and io-threads */
  redis: number[];
}
const PARAMETERS = [
  'shared_buffers',
  'effective_cache_size',
  'maintenance_work_mem',
  'autovacuum_work_mem',
  'wal_buffers',
  'max_connections',
  'max_worker_processes',
  'max_parallel_workers',
  'max_parallel_workers_per_gather',
  'work_mem',
];

// A connection costs 10 + ceil(shared_buffers / 512) MiB; sorts (max_connections + max_parallel_workers) x work_mem x 2.
describe('the databases, worked out by hand (FACTS 2)', () => {
  it.each<Databases>([
    {
      // 14397 MiB, 8 cores; asked 80 x 1 + 8 = 88 connections x (10 + 8) = 1584; (88 + 8) x 32 MiB = 3072
      // 3599 + 899 + 3 x 224 + 16 + 1584 + 3072: nothing yields
      profile: 'c6i.8xlarge',
      platform: 'host',
      postgres: [3599, 10797, 899, 224, 16, 88, 8, 8, 4, 16384],
      ledger: { headroomMiB: 1439, availableMiB: 12958, usedMiB: 9842, freeMiB: 3116 },
      // min(899, 1024) + 32 MiB x (8 + 8/4 + 1) = 899 + 352
      sharedMemoryMiB: 1251,
      redis: [5399, 3], // 7199 x 3/4; 4 cores x 3/4
    },
    {
      // 13673 MiB, 7 cores; asked 76 x 10 + 8 = 768, granted 7890 / 40 = 197: x (10 + 7) = 3349
      // 3418 + 854 + 3 x 213 + 16 + 3349 = 8276; 4030 MiB are left for (197 + 7) x 2 = 408 x work_mem: 10114.5 kB
      profile: 'c6i.8xlarge',
      platform: 'kubernetes',
      postgres: [3418, 10254, 854, 213, 16, 197, 8, 7, 4, 10114],
      ledger: { headroomMiB: 1367, availableMiB: 12306, usedMiB: 12306, freeMiB: 0 },
      // 854 + ceil(2 x 10114 kB x (7 + 7/4 down + 1 = 9)) = 854 + ceil(177.8)
      sharedMemoryMiB: 1032,
      redis: [5127, 3], // 6836 x 3/4; 3940m are 4 cores to the nearest
    },
    {
      // 1766 MiB, 1 core; asked 8 + 8 = 16, so the floor of 20: x (10 + 1) = 220; (20 + 1) x 32 MiB = 672
      // 441 + 110 + 3 x 27 + 16 + 220 + 672
      profile: 't3.large',
      platform: 'host',
      postgres: [441, 1324, 110, 27, 16, 20, 8, 1, 0, 16384],
      ledger: { headroomMiB: 176, availableMiB: 1590, usedMiB: 1540, freeMiB: 50 },
      // 110 + 32 MiB x (1 + 1 + 1) = 206, so the least of 256
      sharedMemoryMiB: 256,
      redis: [662, 1], // 883 x 3/4; 250m
    },
    {
      // 7185 MiB, 2 cores; asked 20 + 8 = 28 connections x (10 + 4) = 392; (28 + 2) x 32 MiB = 960
      // 1796 + 449 + 3 x 112 + 16 + 392 + 960
      profile: 'm7g.2xlarge',
      platform: 'host',
      postgres: [1796, 5388, 449, 112, 16, 28, 8, 2, 1, 16384],
      ledger: { headroomMiB: 718, availableMiB: 6467, usedMiB: 3949, freeMiB: 2518 },
      // 449 + 32 MiB x (2 + 2 + 1)
      sharedMemoryMiB: 609,
      redis: [2694, 1], // 3592 x 3/4; 1000m
    },
    {
      // 28795 MiB, 4 cores; asked 40 + 8 = 48 connections x (10 + 15) = 1200; (48 + 4) x 32 MiB = 1664
      // 7198 + 1799 + 3 x 256 (449 is above the cap) + 16 + 1200 + 1664
      profile: 'r6i.4xlarge',
      platform: 'host',
      postgres: [7198, 21596, 1799, 256, 16, 48, 8, 4, 2, 16384],
      ledger: { headroomMiB: 2879, availableMiB: 25916, usedMiB: 12645, freeMiB: 13271 },
      // min(1799, 1024) + 32 MiB x (4 + 4/2 + 1)
      sharedMemoryMiB: 1248,
      redis: [10797, 1], // 14397 x 3/4; 2000m
    },
    {
      // 3413 MiB, 910m: 1 core; asked 8 x 10 + 8 = 88 connections (at most 100) x (10 + 2) = 1056
      // 853 + 213 + 3 x 53 + 16 + 1056 = 2297; 775 MiB are left for (88 + 1) x 2 = 178 x work_mem: 4458.4 kB
      profile: 'm5.xlarge',
      platform: 'eks',
      postgres: [853, 2559, 213, 53, 16, 88, 8, 1, 0, 4458],
      ledger: { headroomMiB: 341, availableMiB: 3072, usedMiB: 3072, freeMiB: 0 },
      // 213 + ceil(2 x 4458 kB x (1 + 1 + 1)) = 213 + 27 = 240, so the least of 256
      sharedMemoryMiB: 256,
      redis: [1279, 1], // 1706 x 3/4; 450m
    },
  ])('$profile on $platform', ({ profile, platform, postgres, ledger, sharedMemoryMiB, redis }) => {
    const planning = planFor(profile, { platform });
    const { services } = planning.plan;
    expect(Object.keys(services.postgres!.parameters)).toEqual(PARAMETERS);
    expect(valuesOf(planning, 'postgres')).toEqual(postgres);
    expect(services.postgres!.ledger).toMatchObject(ledger);
    expect(services.postgres!.sharedMemoryMiB).toBe(sharedMemoryMiB);
    expect(valuesOf(planning, 'redis')).toEqual(redis);
  });

  const rule = 'api.DB_POOL_SIZE * (api.replicas.max + api.replicas.surge) + 8 <= postgres.max_connections';
  it.each([
    {
      // 6325 MiB by 5 : 2 : 1, postgres 1581: 1423 available. 395 + 98 + 3 x 24 + 16 = 581 leave 842: with sorts of 4 MB
      // 43 connections, 43 x 11 + 44 x 8 = 825; with sorts of 1 MB 64, 64 x 11 + 65 x 2 = 834: 7 replicas x 8 + 8
      platform: 'eks',
      got: 'got 88 > 43; api.DB_POOL_SIZE would have to be 3, below its minimum of 8; what would do: at most 7 replicas of api',
    },
    {
      // 5244 MiB, postgres 1311: 1180 available. 327 + 81 + 3 x 20 + 16 = 484 leave 696: with sorts of 4 MB 36 connections,
      // 36 x 11 + 37 x 8 = 692; with sorts of 1 MB 53, 53 x 11 + 54 x 2 = 691: 5 replicas x 8 + 8 = 48
      platform: 'kubernetes',
      got: 'got 88 > 36; api.DB_POOL_SIZE would have to be 2, below its minimum of 8; what would do: at most 5 replicas of api',
    },
  ])('t3.large on $platform is refused, with what would do', ({ platform, got }) => {
    // 2309 - 230 = 2079 = 577 + 144 + 3 x 36 + 16 + 88 x (10 + 2) + (88 + 1) x 2; 2308 - 230 = 2078 < 2079
    expect(problemsOf(() => planFor('t3.large', { platform }))).toEqual([
      `CONSTRAINT_UNSATISFIED constraints.0: expected ${rule}, ${got}, or a memory limit of 2,309 MiB for postgres`,
    ]);
  });
});

it('two clients of one database on c6i.2xlarge, kubernetes, worked out by hand', () => {
  const client = policyOf({
    policy: 'client',
    memory: memory({ headroom: 'memoryMiB / 10', yields: ['CACHE'], fixed: ['POOL'] }),
    parameters: {
      POOL: parameter({ formula: 'cores * 16', max: 500, cost: cost('POOL') }),
      CACHE: parameter({ formula: 'availableMiB / 2', max: 100_000, cost: cost('CACHE') }),
    },
  });
  const policies = { client, postgres: builtInPolicy('postgres') };
  const asked = 'web.POOL * web.replicas.max + worker.POOL * worker.replicas.max + 8';
  const stack = stackOf(
    {
      services: {
        web: service({ policy: 'client', share: 2, replicas: { min: 2, max: 4 } }),
        worker: service({ policy: 'client', replicas: 2 }),
        db: service({ policy: 'postgres', entrypoint: ['docker-entrypoint.sh'], ports: { postgres: 5432 } }),
      },
      demands: [{ parameter: 'db.max_connections', formula: asked, why: 'made up' }],
      constraints: [
        { rule: `${asked} <= db.max_connections`, yields: ['web.POOL', 'worker.POOL'], why: 'made up', source: 'book' },
      ],
    },
    Object.values(policies),
  );
  const planning = makePlan({
    stack,
    policies,
    platform: findPlatform('kubernetes'),
    label: 'here',
    placements: [{ profile: builtInProfile('c6i.2xlarge'), services: stack.services }],
    external: [],
    overrides: {},
  });
  const { services } = planning.plan;
  // 16384 - 1229 = 15155; 1024 + 819.2 + 696.3 -> 2540; - 2540 - 100 - 512 = 12003 MiB by 2 : 1 : 1 is 6001.5, 3000.75,
  // 3000.75, both odd MiB to the .75; 8000 - 90 - 300 = 7610m: 380.5, 190.25, 190.25 x 10m, the odd one to web
  expect(Object.values(services).map(({ limits }) => [limits.cpuMillis, limits.memoryMiB])).toEqual([
    [3810, 6001],
    [1900, 3001],
    [1900, 3001],
  ]);
  // db: 3001 - 300 = 2701; asked 48 x 4 + 16 x 2 + 8 = 232, granted max(100, 1900 / 40); 750 + 187 + 3 x 46 + 16 = 1091.
  // 100 x 12 + 101 x 8 (sorts of 4 MB) are more than the 1610 left; 80 x 12 + 81 x 8 = 1608 are not
  expect(valuesOf(planning, 'db')).toEqual([750, 2250, 187, 46, 16, 80, 8, 1, 1, 4096]);
  expect(services.db!.ledger).toMatchObject({ availableMiB: 2701, usedMiB: 2699 });
  // pools of 48 and 16, k of 48: k x 4 + floor(k / 3) x 2 + 8 <= 80 at k = 15: 60 + 10 + 8 (16: 64 + 10 + 8 = 82);
  // caches: (6001 - 600) / 2 and (3001 - 300) / 2
  expect(valuesOf(planning, 'web')).toEqual([15, 2700]);
  expect(valuesOf(planning, 'worker')).toEqual([5, 1350]);
});

describe('services that run elsewhere', () => {
  it('a constraint says what the other side must offer', () => {
    const { findings, requirements } = planFor('c6i.8xlarge', { external: ['postgres', 'redis'] }).plan;
    // 32 cores x 4 + 8
    expect(requirements).toMatchObject([{ service: 'postgres', parameter: 'max_connections', atLeast: 136 }]);
    expect(findings).toEqual([]);
  });

  it('a pin says what the other side offers', () => {
    // (104 - 8) / 1
    const overrides = { postgres: { max_connections: { set: { value: 104, by: '--set' } } } };
    const planning = planFor('c6i.8xlarge', { external: ['postgres', 'redis'], overrides });
    expect(planning.plan.services.api!.parameters.DB_POOL_SIZE!.value).toBe(96);
  });
});

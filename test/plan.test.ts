import { describe, expect, it } from 'vitest';
import type { Planning } from '../src/plan.ts';
import type { ContainerLimits } from '../src/profile/profile.ts';
import { planFor, valuesOf } from './support.ts';

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

describe('the databases on c6i.8xlarge, host', () => {
  const { plan } = planFor('c6i.8xlarge');
  const values = (service: string) =>
    Object.fromEntries(Object.entries(plan.services[service]!.parameters).map(([name, { value }]) => [name, value]));

  it('postgres: 14397 MiB, 8 cores, headroom 1439, available 12958', () => {
    // asked 80 x 1 + 8 = 88; 88 x (10 + ceil(3599 / 512) = 18) = 1584; work_mem (88 + 8) x 16384 x 2 kB = 3072
    // 3599 + 899 + 3 x 224 + 16 + 1584 + 3072 = 9842: nothing yields
    expect(values('postgres')).toEqual({
      shared_buffers: 3599,
      effective_cache_size: 10797,
      maintenance_work_mem: 899,
      autovacuum_work_mem: 224,
      wal_buffers: 16,
      max_connections: 88,
      max_worker_processes: 8,
      max_parallel_workers: 8,
      max_parallel_workers_per_gather: 4,
      work_mem: 16384,
    });
    expect(plan.services.postgres!.ledger).toMatchObject({
      headroomMiB: 1439,
      availableMiB: 12958,
      usedMiB: 9842,
      freeMiB: 3116,
    });
    // min(899, 1024) + 2 x 16384 kB x (8 + 8/4 + 1) = 899 + 352
    expect(plan.services.postgres!.sharedMemoryMiB).toBe(1251);
  });

  it('redis: 7199 x 3/4 and 4 cores', () => {
    expect(values('redis')).toEqual({ maxmemory: 5399, io_threads: 3 });
  });
});

describe('services that run elsewhere', () => {
  it('a constraint says what the other side must offer', () => {
    const { findings } = planFor('c6i.8xlarge', { external: ['postgres', 'redis'] }).plan;
    expect(findings.find((finding) => finding.code === 'EXTERNAL_REQUIREMENT')?.message).toMatch(
      /^needs postgres.max_connections >= 136 on the external side/,
    );
  });

  it('a pin says what the other side offers', () => {
    // (104 - 8) / 1
    const overrides = { postgres: { max_connections: { set: { value: 104, by: '--set' } } } };
    const planning = planFor('c6i.8xlarge', { external: ['postgres', 'redis'], overrides });
    expect(planning.plan.services.api!.parameters.DB_POOL_SIZE!.value).toBe(96);
  });
});

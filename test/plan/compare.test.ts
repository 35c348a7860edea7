import { describe, expect, it } from 'vitest';
import { compareService, expectedCores } from '../../src/plan/compare.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { type PlanOptions, planFor, spatialvortex } from '../support.ts';

const api: Policy = spatialvortex.policies['spatialvortex-api']!;
const compare = (profile: Parameters<typeof planFor>[0], options: PlanOptions = {}) =>
  compareService(api, planFor(profile, options).plan.services.api!);
const box = (cores: number, memoryMiB: number) => ({
  kind: 'container' as const,
  name: 'box',
  cpuMillis: cores * 1000,
  memoryMiB,
});
const alone = { external: ['postgres', 'redis'] };

describe('static against computed', () => {
  it('c6i.8xlarge: 20 cores', () => {
    const { rows } = compare('c6i.8xlarge');
    expect(rows).toEqual([
      { parameter: 'ACTIX_WORKERS', unit: 'workers', static: 16, computed: 40, factorTenths: 25 },
      { parameter: 'AUDIO_BUFFER_SIZE', unit: 'samples', static: 1024, computed: 4096, factorTenths: 40 },
      { parameter: 'ONNX_POOL_SIZE', unit: 'sessions', static: 8, computed: 32, factorTenths: 40 },
      { parameter: 'DB_POOL_SIZE', unit: 'connections', static: 32, computed: 80, factorTenths: 25 },
      { parameter: 'CACHE_SIZE_MB', unit: 'MB', static: 512, computed: 2048, factorTenths: 40 },
      { parameter: 'CACHE_TTL', unit: 's', static: 300, computed: 1800, factorTenths: 60 },
      { parameter: 'BATCH_SIZE', unit: 'items', static: 1000, computed: 2000, factorTenths: 20 },
      { parameter: 'BATCH_TIMEOUT_MS', unit: 'ms', computed: 25 },
      { parameter: 'VOICE_THREADS', unit: 'threads', computed: 8 },
      { parameter: 'ORT_INTRA_OP_NUM_THREADS', unit: 'threads', computed: 1 },
    ]);
  });

  it('factors go down to a tenth', () => {
    // 1811 / 512 = 3.54; 10 / 8 = 1.25; 500 / 1000
    expect(compare('4cpu-8gi').rows.map(({ factorTenths }) => factorTenths)).toEqual([
      5, // 8 / 16
      20, // 2048 / 1024
      12, // 10 / 8 = 1.25
      5, // 16 / 32
      35, // 1811 / 512 = 3.54
      60, // 1800 / 300
      5, // 500 / 1000
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('the verdict on the static set', () => {
  // 16 x 2 + 8 x 500 + 32 + 512 = 4576
  it('too small on a large machine', () => {
    const { verdict, static: set } = compare('c6i.8xlarge');
    expect(set).toEqual({ usedMiB: 4576, availableMiB: 32_266, fits: true });
    expect(verdict).toBe(
      'fits (4,576 MiB of 32,266 MiB available); under-provisioned in 7 of 7 (ACTIX_WORKERS, AUDIO_BUFFER_SIZE, ONNX_POOL_SIZE, DB_POOL_SIZE, CACHE_SIZE_MB, CACHE_TTL, BATCH_SIZE)',
    );
  });

  it('killed on a small one', () => {
    const { verdict, static: set } = compare('1cpu-3gi');
    expect(set).toEqual({ usedMiB: 4576, availableMiB: 2637, fits: false });
    expect(verdict).toBe(
      'over-provisioned: the static set needs 4,576 MiB of 2,637 MiB available, above the limit of 3,072 MiB: an OOM kill under full load',
    );
  });

  it.each([
    { available: 4576, fits: true },
    { available: 4575, fits: false },
  ])('$available MiB available: fits $fits', ({ available, fits }) => {
    expect(compare(box(4, 8192), { ...alone, availableMiB: available }).static.fits).toBe(fits);
  });

  it('in between: some too small, some too large', () => {
    expect(compare('4cpu-8gi').verdict).toBe(
      'fits (4,576 MiB of 7,245 MiB available); under-provisioned in 4 of 7 (AUDIO_BUFFER_SIZE, ONNX_POOL_SIZE, CACHE_SIZE_MB, CACHE_TTL), over-provisioned in 3 of 7 (ACTIX_WORKERS, DB_POOL_SIZE, BATCH_SIZE)',
    );
  });

  it('nothing to compare with', () => {
    const bare: Policy = { ...api, parameters: api.parameters.map(({ static: _, ...rest }) => rest) };
    const plan = planFor('4cpu-8gi').plan.services.api!;
    expect(compareService(bare, plan).verdict).toBe('the policy replaces no constants');
  });

  it('as computed', () => {
    const plan = planFor('4cpu-8gi').plan.services.api!;
    const same: Policy = {
      ...api,
      parameters: api.parameters.map((parameter) => ({
        ...parameter,
        ...(parameter.static && {
          static: { ...parameter.static, value: plan.parameters[parameter.name]!.value },
        }),
      })),
    };
    // 8 x 2 + 10 x 500 + 16 + 1811 = 6843
    expect(compareService(same, plan).verdict).toBe('fits (6,843 MiB of 7,245 MiB available); as computed');
  });
});

describe("the author's expectations", () => {
  it('for the core counts that the author named, and no others', () => {
    expect(expectedCores(api)).toEqual([8, 16, 32]);
    for (const cores of [8, 16, 32])
      expect(compare(box(cores, 65_536), alone).expectations).toMatchObject({
        cores,
        note: "figures that the policy's author named and nobody measured",
        stacking: expect.arrayContaining(['in all: 12x']),
      });
    for (const cores of [7, 9, 15, 17, 31, 33]) expect(compare(box(cores, 65_536), alone).expectations).toBeUndefined();
  });

  it('none where the policy has none', () => {
    const { expectations: _, ...silent } = api;
    expect(expectedCores(silent)).toEqual([]);
    expect(compareService(silent, planFor('4cpu-8gi').plan.services.api!).expectations).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { heldOf, longestStarts } from '../../../src/plan/decide/held.ts';
import type { Overrides } from '../../../src/plan/decide/overrides.ts';
import { makePlan } from '../../../src/plan/plan.ts';
import { host } from '../../../src/platforms/host.ts';
import { cost, parameter, policyOf, service, stackOf } from '../../samples.ts';
import { type PlanOptions, planFor, spatialvortex } from '../../support.ts';

/** Numbers only: `[min, max, set]` by parameter. */
const numbers = (held: Overrides[string]) =>
  Object.fromEntries(
    Object.entries(held).map(([name, { min, max, set }]) => [name, [min?.value, max?.value, set?.value]]),
  );
const heldFor = (profile: string, options?: PlanOptions) =>
  heldOf(spatialvortex.stack, planFor(profile, options).decided);
const stated = (value: number) => ({ value, by: '--x' });

describe("the policy's bounds", () => {
  it("are all there, and pins and the operator's bounds instead of them", () => {
    const overrides = { api: { ACTIX_WORKERS: { max: stated(32) }, BATCH_SIZE: { set: stated(600) } } };
    expect(numbers(heldFor('4cpu-8gi', { overrides, external: ['postgres', 'redis'] }).api!)).toEqual({
      ACTIX_WORKERS: [4, 32, undefined],
      AUDIO_BUFFER_SIZE: [2048, 4096, undefined],
      ONNX_POOL_SIZE: [4, 32, undefined],
      DB_POOL_SIZE: [8, 128, undefined],
      CACHE_SIZE_MB: [128, 2048, undefined],
      CACHE_TTL: [300, 1800, undefined],
      BATCH_SIZE: [500, 2000, 600],
      BATCH_TIMEOUT_MS: [25, 50, undefined],
      VOICE_THREADS: [1, 8, undefined],
      ORT_INTRA_OP_NUM_THREADS: [1, 256, undefined],
    });
  });

  it('are left out where they follow from the hardware', () => {
    expect(heldFor('4cpu-8gi', { external: ['api'] }).postgres!.max_connections).toEqual({ min: expect.anything() });
  });
});

describe('a constraint', () => {
  it('that binds holds its yielder down, and the other side up', () => {
    // c6i.8xlarge on Kubernetes: 10 replicas, 7890 / 40 = 197 connections: (197 - 8) / 10 = 18
    const held = heldFor('c6i.8xlarge', { platform: 'kubernetes' });
    expect(numbers(held.api!).DB_POOL_SIZE).toEqual([8, 18, undefined]);
    expect(numbers(held.postgres!).max_connections).toEqual([197, 197, undefined]);
    // 76 x 10 + 8
    expect(held.postgres!.max_connections!.asked!.value).toBe(768);
    expect(held.api!.DB_POOL_SIZE!.max!.by).toMatch(/^constraint api\.DB_POOL_SIZE \* .*: every replica's pool/);
  });

  it('that does not bind yet is held for larger hardware too', () => {
    // 4 cores: 16 + 8 = 24 connections are asked for, so that larger hardware may not have more
    expect(numbers(heldFor('4cpu-8gi').api!).DB_POOL_SIZE).toEqual([8, 16, undefined]);
    expect(numbers(heldFor('4cpu-8gi').postgres!).max_connections).toEqual([24, 24, undefined]);
  });

  const policy = policyOf({
    policy: 'demo',
    parameters: {
      WORKERS: parameter({ formula: 'cores', multipleOf: 4, min: 4, cost: cost('WORKERS * 10') }),
      FIXED: parameter({ formula: '5' }),
      ODD: parameter({ formula: '7' }),
    },
  });
  const held = (rule: string, overrides: Overrides = {}) => {
    const policies = { demo: policy };
    const stack = stackOf(
      {
        services: { web: service(), 'my-db': service() },
        constraints: [{ rule, yields: 'web.WORKERS', why: 'made up' }],
      },
      [policy],
    );
    const profile = { kind: 'container' as const, name: 'box', cpuMillis: 8000, memoryMiB: 4096 };
    const { decided } = makePlan({
      ...{ stack, policies, platform: host, label: 'box', external: [], overrides },
      placements: [{ profile, services: stack.services }],
    });
    const { web, 'my-db': db } = heldOf(stack, decided);
    return { web: numbers(web!), db: numbers(db!) };
  };

  it('rounds to the grid of its yielder', () => {
    expect(held('web.WORKERS <= my_db.FIXED * 6').web.WORKERS).toEqual([4, 28, undefined]); // 30
  });

  it('holds what it costs down, what it offers up, and what does both where it is', () => {
    const { db } = held('web.WORKERS + my_db.ODD <= my_db.FIXED * 6');
    expect([db.ODD, db.FIXED]).toEqual([
      [1, 7, undefined],
      [5, 64, undefined],
    ]);
    expect(held('web.WORKERS + my_db.ODD <= my_db.ODD * 6').db.ODD).toEqual([1, 64, 7]);
  });

  it('leaves pins alone', () => {
    expect(held('web.WORKERS <= my_db.FIXED * 6', { 'my-db': { FIXED: { set: stated(6) } } }).db.FIXED).toEqual([
      1, 64, 6,
    ]);
  });
});

describe('the time to start', () => {
  const startsOf = (profile: string, options?: PlanOptions) => {
    const { decided } = planFor(profile, options);
    return longestStarts(decided, heldOf(spatialvortex.stack, decided));
  };

  it('is that of the largest hardware: 60 + 5 * 32 sessions, where 10 are planned', () => {
    expect(planFor('4cpu-8gi').plan.services.api!.startupSeconds).toBe(110); // 60 + 5 * 10
    expect(startsOf('4cpu-8gi')).toEqual({ api: 220, postgres: 1800, redis: 20 });
  });

  it('is that of a pin', () => {
    const overrides = { api: { ONNX_POOL_SIZE: { set: stated(6) } } };
    expect(startsOf('4cpu-8gi', { overrides }).api).toBe(90); // 60 + 5 * 6
  });
});

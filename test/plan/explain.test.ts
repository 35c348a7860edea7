import { describe, expect, it } from 'vitest';
import { decideService, isFeasible } from '../../src/plan/decide/service.ts';
import { liftOf } from '../../src/plan/explain.ts';
import { type PlanOptions, planFor } from '../support.ts';

const lift = (profile: Parameters<typeof planFor>[0], parameter: string, options: PlanOptions = {}) => {
  const { plan, inputs } = planFor(profile, options);
  return liftOf(inputs.api!, parameter, plan.services.api!.parameters[parameter]!);
};
const box = { kind: 'container' as const, name: 'box', cpuMillis: 8000, memoryMiB: 16_384 };
const stated = { external: ['postgres', 'redis'], availableMiB: 12_288 };

describe('what would lift a value', () => {
  it('available memory, where that is stated', () => {
    // 24 x 500 + 2048 + 32 + 32 = 14,112
    expect(lift(box, 'ONNX_POOL_SIZE', stated)).toEqual({ what: 'available', miB: 14_112, value: 24 });
  });

  it('else the limit', () => {
    // 12 x 500 + 16 + 16 = 6032, and a quarter of what is available for the cache: 8042 - 2010 = 6032;
    // 9077 - 907 - 128 = 8042
    expect(lift('4cpu-8gi', 'ONNX_POOL_SIZE')).toEqual({ what: 'limit', miB: 9077, value: 12 });
  });

  it('holds there and not 1 MiB below', () => {
    const { inputs } = planFor('4cpu-8gi');
    const at = (memoryMiB: number) => {
      const input = { ...inputs.api!, limits: { ...inputs.api!.limits, memoryMiB } };
      return isFeasible(input) ? decideService(input).parameters.ONNX_POOL_SIZE!.value : 0;
    };
    expect([at(9076), at(9077)]).toEqual([11, 12]);
  });

  it('nothing, where the budget did not lower it', () => {
    expect(lift('4cpu-8gi', 'ACTIX_WORKERS')).toBeUndefined();
    expect(lift('c6i.8xlarge', 'ONNX_POOL_SIZE')).toBeUndefined();
  });

  it('nothing, where another one is pinned too high for any memory to matter', () => {
    const overrides = { api: { ONNX_POOL_SIZE: { set: { value: 10, by: '--set' } } } };
    expect(lift('4cpu-8gi', 'ONNX_POOL_SIZE', { overrides })).toBeUndefined();
  });
});

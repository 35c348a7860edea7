import { describe, expect, it } from 'vitest';
import { checkMachines, checkPlan } from '../../src/plan/check.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { host } from '../../src/platforms/host.ts';
import { findPlatform } from '../../src/platforms/index.ts';
import { planFor } from '../support.ts';

/** A plan, changed. */
function changed(change: (plan: Plan) => void): Plan {
  const plan = structuredClone(planFor('c6i.8xlarge').plan);
  change(plan);
  return plan;
}
const api = (plan: Plan) => plan.services.api!;
const one = () => 1;

describe('checkPlan', () => {
  it('finds nothing in a plan as it is made', () => {
    for (const platform of ['host', 'kubernetes']) {
      const { plan } = planFor('c6i.8xlarge', { platform });
      expect([...checkPlan(plan, findPlatform(platform)), ...checkMachines(plan, one)]).toEqual([]);
    }
  });

  it.each([
    {
      desc: 'a sum that is not the sum of its items',
      change: (plan: Plan) => {
        api(plan).ledger.usedMiB += 1;
      },
      code: 'LEDGER_EXCEEDED',
      path: 'services.api',
      message: 'expected costs of at most 32,266 MiB, got 18,208 MiB',
    },
    {
      desc: 'costs above what is available',
      change: (plan: Plan) => {
        api(plan).ledger.availableMiB = 18_207;
      },
      code: 'LEDGER_EXCEEDED',
      path: 'services.api',
      message: 'expected costs of at most 18,207 MiB, got 18,208 MiB',
    },
    {
      desc: 'more available than the limit',
      change: (plan: Plan) => {
        api(plan).ledger.availableMiB = 35_994;
      },
      code: 'LEDGER_EXCEEDED',
      path: 'services.api',
      message: 'expected at most the limit of 35,993 MiB available, got 35,994 MiB',
    },
    {
      desc: 'a memory request below the limit',
      change: (plan: Plan) => {
        api(plan).requests.memoryMiB -= 1;
      },
      code: 'MEMORY_OVERCOMMITTED',
      path: 'services.api',
      message: 'expected a memory request equal to the limit of 35,993 MiB, got 35,992 MiB',
    },
    {
      desc: 'a CPU request above the limit',
      change: (plan: Plan) => {
        api(plan).requests.cpuMillis += 1;
      },
      code: 'REQUEST_ABOVE_LIMIT',
      path: 'services.api',
      message: 'expected a CPU request of at most 20000m, got 20001m',
    },
    {
      desc: 'a value above its bound',
      change: (plan: Plan) => {
        const decision = api(plan).parameters.VOICE_THREADS!;
        decision.value = 9;
        decision.trace.at(-1)!.to = 9;
      },
      code: 'BOUND_BROKEN',
      path: 'services.api.parameters.VOICE_THREADS',
      message: 'expected 1 to 8, got 9',
    },
    {
      desc: 'a value below its bound',
      change: (plan: Plan) => {
        const decision = api(plan).parameters.VOICE_THREADS!;
        decision.value = 0;
        decision.trace.at(-1)!.to = 0;
      },
      code: 'BOUND_BROKEN',
      path: 'services.api.parameters.VOICE_THREADS',
      message: 'expected 1 to 8, got 0',
    },
    {
      desc: 'a trace that ends elsewhere',
      change: (plan: Plan) => {
        api(plan).parameters.VOICE_THREADS!.value = 7;
      },
      code: 'TRACE_BROKEN',
      path: 'services.api.parameters.VOICE_THREADS',
      message: 'expected the trace to end at 7',
    },
    {
      desc: 'no whole number',
      change: (plan: Plan) => {
        const decision = api(plan).parameters.VOICE_THREADS!;
        decision.value = 7.5;
        decision.trace.at(-1)!.to = 7.5;
      },
      code: 'TRACE_BROKEN',
      path: 'services.api.parameters.VOICE_THREADS',
      message: 'expected the trace to end at 7.5',
    },
  ])('$desc', ({ change, code, path, message }) => {
    expect(checkPlan(changed(change), host)).toEqual([{ level: 'error', code, path, message }]);
  });

  it('takes all of the limit as available', () => {
    const plan = changed((plan) => {
      api(plan).ledger.availableMiB = 35_993;
    });
    expect(checkPlan(plan, host)).toEqual([]);
  });

  it('takes a service without a CPU limit', () => {
    const plan = changed((plan) => {
      api(plan).limits = { memoryMiB: api(plan).limits.memoryMiB };
    });
    expect(checkPlan(plan, host)).toEqual([]);
  });
});

describe('checkMachines', () => {
  it.each([
    // 35993 + 14397 + 7199 = 57589 is all there is
    { dimension: 'memoryMiB', by: 1, message: 'expected limits of at most 57589 (memoryMiB) together, got 57590' },
    { dimension: 'cpuMillis', by: 10, message: 'expected limits of at most 32000 (cpuMillis) together, got 32010' },
  ] as const)('$dimension', ({ dimension, by, message }) => {
    const plan = changed((plan) => {
      api(plan).requests[dimension] += by;
    });
    expect(checkMachines(plan, one)).toMatchObject([
      { code: 'ALLOCATION_BROKEN', level: 'error', path: 'machines.c6i.8xlarge', message },
    ]);
  });

  it('counts every copy', () => {
    // 35993 x 2 + 14397 + 7199 = 93582
    const twice = (name: string) => (name === 'api' ? 2 : 1);
    expect(checkMachines(planFor('c6i.8xlarge').plan, twice)).toMatchObject([
      { message: 'expected limits of at most 32000 (cpuMillis) together, got 52000' },
      { message: 'expected limits of at most 57589 (memoryMiB) together, got 93582' },
    ]);
  });

  it('container limits share no machine', () => {
    expect(checkMachines(planFor('4cpu-8gi').plan, one)).toEqual([]);
  });
});

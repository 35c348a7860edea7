/** What a plan says besides its numbers: machines, findings, scaling, services without a CPU limit. */
import { describe, expect, it } from 'vitest';
import type { Machine } from '../../src/hardware/profile.ts';
import type { Placement } from '../../src/plan/allocate/stack.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { findPlatform } from '../../src/platforms/index.ts';
import { cost, memory, parameter, policyOf, problemsOf, service, stackOf } from '../samples.ts';
import { builtInPolicy, builtInProfile, planFor, spatialvortex } from '../support.ts';
import { ALL, hostInput } from '../targets/docker/support.ts';

type Changes = Parameters<typeof service>[0];
const policy = policyOf({
  memory: memory({ headroom: 'memoryMiB / 2', fixed: ['SIZE'] }),
  parameters: { SIZE: parameter({ formula: 'availableMiB', max: 1_000_000, cost: cost('SIZE') }) },
});
const machine = (name: string, changes: Partial<Machine> = {}): Machine => ({
  kind: 'machine',
  name,
  provider: 'other',
  cpuMillis: 4000,
  memoryMiB: 16_384,
  threadsPerCore: 1,
  architecture: 'amd64',
  gpus: 0,
  ...changes,
});

/** A plan of services of one policy, each placement with the services that are named. */
function plan(
  changes: Record<string, Changes>,
  places: [Placement['profile'], string[]][],
  platform = 'kubernetes',
  demo = policy,
) {
  const stack = stackOf(
    {
      main: Object.keys(changes)[0]!,
      services: Object.fromEntries(Object.entries(changes).map(([name, change]) => [name, service(change)])),
    },
    [demo],
  );
  return makePlan({
    stack,
    policies: { demo },
    platform: findPlatform(platform),
    label: 'here',
    placements: places.map(([profile, names]) => ({
      profile,
      services: stack.services.filter(({ name }) => names.includes(name)),
    })),
    external: [],
    overrides: {},
  }).plan;
}
const codes = (made: ReturnType<typeof plan>) => made.findings.map(({ code, path }) => `${code} ${path}`);

describe('machines', () => {
  it('one for all, or several', () => {
    const made = plan({ a: {}, b: {}, c: {} }, [
      [machine('large'), ['a']],
      [machine('small', { memoryMiB: 8192 }), ['b', 'c']],
    ]);
    expect(made.machines.map(({ name, profile, services }) => [name, profile, services])).toEqual([
      ['large', 'large', ['a']],
      ['small', 'small', ['b', 'c']],
    ]);
    expect(Object.keys(made.services)).toEqual(['a', 'b', 'c']);
  });

  it('of one kind have names of their own', () => {
    const made = plan({ a: {}, b: {} }, [
      [machine('same'), ['a']],
      [machine('same'), ['b']],
    ]);
    expect(made.machines.map(({ name, profile }) => [name, profile])).toEqual([
      ['same', 'same'],
      ['same-2', 'same'],
    ]);
  });

  it('none for container limits, beside a machine', () => {
    const box = { kind: 'container' as const, name: '1cpu-2gi', cpuMillis: 1000, memoryMiB: 2048 };
    const made = plan({ a: {}, b: {} }, [
      [machine('large'), ['a']],
      [box, ['b']],
    ]);
    expect(made.machines.map(({ name }) => name)).toEqual(['large']);
    expect(made.services.b!.limits).toEqual({ cpuMillis: 1000, memoryMiB: 2048 });
  });
});

describe('a service without a CPU limit', () => {
  it('has a request, and cores from it', () => {
    const made = plan({ a: { cpuLimit: 'none' } }, [[machine('large'), ['a']]], 'host');
    // 16384 - 820 (5 % is 819.2)
    expect(made.services.a).toMatchObject({
      limits: { memoryMiB: 15_564 },
      requests: { cpuMillis: 4000, memoryMiB: 15_564 },
      cores: 4,
    });
    expect(made.services.a!.limits).not.toHaveProperty('cpuMillis');
  });
});

describe('replicas', () => {
  const changes = { a: { replicas: { min: 2, max: 5, surge: 1 } } };
  it.each([
    { platform: 'host', is: { min: 1, max: 1, surge: 0 } },
    { platform: 'kubernetes', is: { min: 2, max: 5, surge: 1 } },
  ])('on $platform', ({ platform, is }) => {
    expect(plan(changes, [[machine('x'), ['a']]], platform).services.a!.replicas).toEqual(is);
  });
});

describe('several replicas of a service with a volume', () => {
  const box = { kind: 'container' as const, name: '1cpu-2gi', cpuMillis: 1000, memoryMiB: 2048 };
  const changes = { a: { replicas: 3, volume: { path: '/data', size: '1Gi' } } };

  it('have volumes of their own on Kubernetes, and a warning', () => {
    expect(plan(changes, [[box, ['a']]]).findings).toEqual([
      {
        code: 'VOLUME_PER_REPLICA',
        level: 'warning',
        path: 'a',
        message:
          'each of up to 3 replicas has a volume of its own, and connections are spread over them: right only for software that keeps its replicas alike by itself',
      },
    ]);
    expect(plan({ a: { ...changes.a, replicas: 1 } }, [[box, ['a']]]).findings).toEqual([]);
  });

  it.each(['ecs', 'fargate'])('would share one on %s, which is refused', (platform) => {
    expect(problemsOf(() => plan(changes, [[box, ['a']]], platform))).toEqual([
      'PLATFORM_UNSUPPORTED a: expected one replica of a service with a volume on ' +
        `${platform}, got up to 3; all its tasks mount one file system, and each takes the data in it for its own; state replicas: 1, or keep the data outside of it`,
    ]);
    const volume = { ...changes.a.volume, unfenced: 'may-corrupt' };
    const one = { a: { ...changes.a, volume, replicas: 1 } };
    expect(plan(one, [[box, ['a']]], platform).services.a!.replicas.max).toBe(1);
  });

  it('are none on a host', () => {
    expect(plan(changes, [[box, ['a']]], 'host').findings).toEqual([]);
  });
});

describe('scaling', () => {
  /** 60 % of the memory are planned for. */
  const sixtyPercent = policyOf({
    memory: memory({ headroom: '0', fixed: ['SIZE'] }),
    parameters: { SIZE: parameter({ formula: 'memoryMiB * 6 / 10', max: 1_000_000, cost: cost('SIZE') }) },
  });
  const scaled = (autoscale: object, replicas: object | number, platform = 'kubernetes', more: Changes = {}) => {
    const made = plan({ a: { autoscale, replicas, ...more } }, [[machine('x'), ['a']]], platform, sixtyPercent);
    return { autoscale: made.services.a!.autoscale, codes: codes(made), findings: made.findings };
  };

  it('on CPU, where there is more than one count', () => {
    expect(scaled({ cpuPercent: 50 }, { min: 2, max: 5 })).toMatchObject({ autoscale: { cpuPercent: 50 }, codes: [] });
    expect(scaled({ cpuPercent: 50 }, 5).autoscale).toBeUndefined();
    expect(scaled({ cpuPercent: 50 }, { min: 2, max: 5 }, 'host').autoscale).toBeUndefined();
  });

  it.each([
    // target x min / (min - 1) <= 100
    { percent: 50, min: 2, said: false },
    { percent: 51, min: 2, said: true },
    { percent: 66, min: 3, said: false },
    { percent: 67, min: 3, said: true },
    { percent: 90, min: 10, said: false },
    { percent: 90, min: 9, said: true },
    { percent: 90, min: 1, said: false }, // nothing helps where the only one is away
  ])('at $percent % of CPU from $min replicas leaves too little room: $said', ({ percent, min, said }) => {
    const found = said ? ['AUTOSCALE_WITHOUT_ROOM a.autoscale.cpuPercent'] : [];
    expect(scaled({ cpuPercent: percent }, { min, max: 20 }).codes).toEqual(found);
  });

  it('says the arithmetic and a target that leaves room, which it does', () => {
    const replicas = { min: 3, max: 10 };
    expect(scaled({ cpuPercent: 70 }, replicas).findings).toEqual([
      {
        code: 'AUTOSCALE_WITHOUT_ROOM',
        level: 'warning',
        path: 'a.autoscale.cpuPercent',
        // 70 x 3 / 2
        message:
          'at 70 % the other replicas would need 105 % of their CPU while one of 3 is away; set cpuPercent to 66 or less',
      },
    ]);
    expect(scaled({ cpuPercent: 66 }, replicas).findings).toEqual([]);
    expect(scaled({ cpuPercent: 150 }, replicas, 'kubernetes', { cpuLimit: 'none' }).findings).toEqual([]);
  });

  it.each([
    // use <= target x min / (min + 1): 60 % of the memory needs a target of 90 % with two, of 75 % with four
    { percent: 90, min: 2, kept: true },
    { percent: 89, min: 2, kept: false },
    { percent: 75, min: 4, kept: true },
    { percent: 74, min: 4, kept: false },
    { percent: 60, min: 2, kept: false },
  ])('on memory at $percent % from $min replicas: $kept', ({ percent, min, kept }) => {
    const { autoscale, codes: found } = scaled({ cpuPercent: 50, memoryPercent: percent }, { min, max: 9 });
    expect(autoscale).toEqual(kept ? { cpuPercent: 50, memoryPercent: percent } : { cpuPercent: 50 });
    expect(found).toEqual(kept ? [] : ['MEMORY_SCALING_LEFT_OUT a.autoscale.memoryPercent']);
  });
});

describe('findings', () => {
  const of = (code: string, ...args: Parameters<typeof planFor>) =>
    planFor(...args).plan.findings.find((finding) => finding.code === code)?.message;

  it('memory that lies idle, once it is more than half of what the nodes have', () => {
    // 9 x (13673 + 6836) of 10 x 65536: less than a third
    expect(of('IDLE_MEMORY', 'c6i.8xlarge', { platform: 'kubernetes' })).toBeUndefined();
    const idle = (memory: string, platform?: string) => {
      const limits = { cpu: '1', memory };
      return plan({ a: { replicas: 4 }, b: { limits } }, [[machine('x'), ['a', 'b']]], platform).findings;
    };
    // 3 x 10922 = 32766 and 3 x 10923 = 32769 of 4 x 16384 = 65536
    expect(idle('10922Mi')).toEqual([]);
    expect(idle('10923Mi')).toEqual([
      {
        code: 'IDLE_MEMORY',
        level: 'advice',
        path: 'x',
        message:
          '32,769 MiB of the 65,536 MiB of up to 4 nodes stay unused, because b runs on few of them; give that service its own machine: --profile b=...',
      },
    ]);
    expect(idle('10923Mi', 'host')).toEqual([]);
    expect(codes(plan({ a: { replicas: 2 }, b: { replicas: 2 } }, [[machine('x'), ['a', 'b']]]))).toEqual([]);
    // The node that a rollout needs is for the service that is rolled out.
    const surging = { a: { replicas: { min: 2, max: 2, surge: 1 } } };
    expect(codes(plan(surging, [[machine('x'), ['a']]]))).toEqual([]);
  });

  it('a burstable machine', () => {
    expect(of('BURSTABLE_MACHINE', 't3.large')).toBe(
      't3.large is burstable: without credits it sustains 600m of 2000m, so values derived from its cores are for bursts',
    );
    expect(of('BURSTABLE_MACHINE', 'c6i.8xlarge')).toBeUndefined();
    const unknown = { ...(builtInProfile('c6i.8xlarge') as Machine), burstable: {} };
    expect(of('BURSTABLE_MACHINE', unknown)).toMatch(/sustains less than its vCPUs/);
  });

  it('a kernel parameter that a pod cannot have, unless a setting follows it', () => {
    expect(of('SYSCTL_UNAVAILABLE', 'c6i.8xlarge', { platform: 'kubernetes' })).toBeUndefined();
    const api = { ...builtInPolicy('spatialvortex-api') };
    api.settings = api.settings.map(({ sysctl: _, ...setting }) => setting);
    const policies = { ...spatialvortex.policies, 'spatialvortex-api': api };
    expect(of('SYSCTL_UNAVAILABLE', 'c6i.8xlarge', { platform: 'kubernetes', policies })).toBe(
      'a container on kubernetes cannot set net.core.somaxconn=8192, so 4096 holds: ACTIX_BACKLOG takes effect only up to it; say in the policy which setting it limits (sysctl: net.core.somaxconn), or that the program runs without it (optional: true)',
    );
    expect(of('SYSCTL_UNAVAILABLE', 'c6i.8xlarge', { policies })).toBeUndefined();
  });

  it('a kernel parameter that no container can have', () => {
    const redis = { ...builtInPolicy('redis') };
    redis.sysctls = [{ key: 'vm.overcommit_memory', value: '1', otherwise: '0', why: 'a fork counts as a copy' }];
    const { plan } = hostInput(spatialvortex.stack, { ...spatialvortex.policies, redis }, { 'c6i.8xlarge': ALL });
    expect(plan.findings.find(({ code }) => code === 'SYSCTL_UNAVAILABLE')?.message).toBe(
      'a container on host cannot set vm.overcommit_memory=1, so 0 holds: a fork counts as a copy; set it on the machine by the file in sysctl.d/ that --target env writes',
    );
  });

  it('threads of ONNX Runtime beyond the cores, once somebody pins them, with the pin that ends it', () => {
    expect(of('SESSIONS_OVERSUBSCRIBE_CPU', 'c6i.8xlarge')).toBeUndefined();
    const pinned = (value: number) => ({ api: { ORT_INTRA_OP_NUM_THREADS: { set: { value, by: '--set' } } } });
    // 32 sessions on 20 cores: one thread each
    expect(of('SESSIONS_OVERSUBSCRIBE_CPU', 'c6i.8xlarge', { overrides: pinned(4) })).toBe(
      '32 ONNX sessions of 4 threads each are more threads than the 20 cores run: --set api.ORT_INTRA_OP_NUM_THREADS=1',
    );
    expect(of('SESSIONS_OVERSUBSCRIBE_CPU', 'c6i.8xlarge', { overrides: pinned(1) })).toBeUndefined();
  });

  it('more connections than the database likes, with a maximum that ends it', () => {
    const code = 'POOL_EXCEEDS_DATABASE_CORES';
    expect(of(code, 'c6i.8xlarge')).toBeUndefined(); // 80 x 1 <= 32 x 8
    // 768 are asked for; 288 fit with work_mem at 4 MB: (288 - 8) / 10 = 28, and 28 x 10 > 32 x 7
    const many = { postgres: { max_connections: { max: { value: 760, by: '--max' } } } };
    expect(of(code, 'c6i.8xlarge', { platform: 'kubernetes', overrides: many })).toBe(
      'pools of 28 connections in up to 10 replica(s) are more than 32 for each core of the database (7): --max api.DB_POOL_SIZE=22, or a pooler such as PgBouncer, answers faster',
    );
    // 32 x 7 / 10 = 22
    const lowered = { ...many, api: { DB_POOL_SIZE: { max: { value: 22, by: '--max' } } } };
    expect(of(code, 'c6i.8xlarge', { platform: 'kubernetes', overrides: lowered })).toBeUndefined();
    // m7g.2xlarge: 9 x 10 > 32 x 1, but 32 / 10 = 3 is below the pool's hard minimum of 8: nothing can be advised
    expect(of(code, 'm7g.2xlarge', { platform: 'kubernetes' })).toBeUndefined();
    expect(of(code, 'c6i.8xlarge', { external: ['postgres', 'redis'] })).toBeUndefined();
  });

  it('more pods than a node takes', () => {
    const large = machine('x', { cpuMillis: 64_000, memoryMiB: 262_144 });
    const made = plan({ a: { podsPerNode: 200, replicas: 200 } }, [[large, ['a']]], 'eks');
    expect(made.machines[0]!.maxPods).toBe(110);
    expect(made.findings.length).toBeGreaterThan(0);
  });
});

describe('a member of a service elsewhere that is no parameter', () => {
  it('is not asked for by --set, which takes parameters only', () => {
    const stack = stackOf(
      {
        main: 'a',
        services: { a: service(), b: service() },
        constraints: [{ rule: 'a.SIZE <= 1000 * b.cores', yields: 'a.SIZE', why: 'w' }],
      },
      [policy],
    );
    const { plan: made } = makePlan({
      stack,
      policies: { demo: policy },
      platform: findPlatform('kubernetes'),
      label: 'here',
      placements: [{ profile: machine('x'), services: stack.services.slice(0, 1) }],
      external: ['b'],
      overrides: {},
    });
    const [finding] = made.findings.filter(({ code }) => code === 'EXTERNAL_REQUIREMENT');
    expect(finding!.message).toContain('b.cores');
    expect(finding!.message).not.toContain('--set');
  });
});

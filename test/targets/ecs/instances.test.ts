import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ecs as platform } from '../../../src/platforms/ecs.ts';
import { withTweaks } from '../../../src/platforms/index.ts';
import { ecs } from '../../../src/targets/ecs/index.ts';
import { checkObserved } from '../../../src/targets/read-back.ts';
import type { Artifact, RenderInput } from '../../../src/targets/target.ts';
import { policyOf, replaceOnce, service, stackOf } from '../../samples.ts';
import { renderInput } from '../../support.ts';
import { ALL, hostInput, stackWith, textsOf } from '../docker/support.ts';

const input = renderInput('m7g.2xlarge', { platform: 'ecs' });
const artifacts = ecs.render(input);
const texts = textsOf(ecs, input);
// biome-ignore lint/suspicious/noExplicitAny: looked at member by member
const read = (path: string, of = texts): any => JSON.parse(of[path]!);
const taskOf = (name: string, of = texts) => read(`${name}/task-definition.json`, of);
const placementOf = (name: string, of: Record<string, string>) => {
  const { placementConstraints, placementStrategy } = read(`${name}/service.json`, of);
  return { placementConstraints, placementStrategy };
};
const onInstances = (stack = input.stack, machines: Record<string, string[]> = { 'm7g.2xlarge': ALL }): RenderInput =>
  hostInput(stack, input.policies, machines, { platform });
const ZONES = { type: 'spread', field: 'attribute:ecs.availability-zone' };

describe('task definition', () => {
  it.each([
    // 28,738 MiB as 5 : 2 : 1, the odd MiB to postgres (.5); 8,000m as 5,000m, 2,000m, 1,000m
    ['api', 5120, 17_961],
    ['postgres', 2048, 7185],
    ['redis', 1024, 3592],
  ])('%s has its part of the instance', (name, cpu, memory) => {
    expect(taskOf(name)).toMatchObject({
      requiresCompatibilities: ['EC2'],
      networkMode: 'awsvpc',
      runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture: 'ARM64' },
      cpu: `${cpu}`,
      memory: `${memory}`,
      containerDefinitions: [{ cpu, memory, linuxParameters: { maxSwap: 0 } }],
    });
  });

  it('CPU units are rounded down', () => {
    // 7,900m as 5 : 2 : 1 in tens: 4,940m, 1,970m, 990m; x 1.024: 5,058.56, 2,017.28, 1,013.76
    const tweaked = withTweaks(platform, { everyNode: { cpuMillis: 100, memoryMiB: 0 } });
    const odd = hostInput(input.stack, input.policies, { 'm7g.2xlarge': ALL }, { platform: tweaked });
    expect(ALL.map((name) => taskOf(name, textsOf(ecs, odd)).cpu)).toEqual(['5058', '2017', '1013']);
    expect(checkObserved(odd.plan, ecs.read(ecs.render(odd), odd), 'ecs')).toEqual([]);
  });

  it('/dev/shm is sized, so queries may be parallel', () => {
    const [container] = taskOf('postgres').containerDefinitions;
    expect(container.linuxParameters.sharedMemorySize).toBe(input.plan.services.postgres!.sharedMemoryMiB);
    expect(container.command).toContain('max_parallel_workers_per_gather=1');
  });

  it('without a CPU limit the task has none, and the container its weight', () => {
    const none = onInstances(stackWith({ redis: { cpuLimit: 'none' } }));
    const task = taskOf('redis', textsOf(ecs, none));
    expect(task).not.toHaveProperty('cpu');
    expect(task.containerDefinitions[0].cpu).toBe(1024);
    expect(checkObserved(none.plan, ecs.read(ecs.render(none), none), 'ecs')).toEqual([]);
  });

  it('is for amd64 where the machine is', () => {
    const intel = renderInput('c6i.8xlarge', { platform: 'ecs' });
    expect(taskOf('api', textsOf(ecs, intel)).runtimePlatform.cpuArchitecture).toBe('X86_64');
  });
});

describe('placement', () => {
  it('one replica an instance, on the kind that was planned for', () => {
    const { launchType, ...rest } = read('api/service.json');
    expect(launchType).toBe('EC2');
    expect(rest).not.toHaveProperty('platformVersion');
    expect(placementOf('api', texts)).toEqual({
      placementConstraints: [
        { type: 'distinctInstance' },
        { type: 'memberOf', expression: 'attribute:ecs.instance-type == m7g.2xlarge' },
      ],
      placementStrategy: [ZONES],
    });
  });

  it('several replicas an instance are spread', () => {
    const changed = textsOf(ecs, onInstances(stackWith({ api: { podsPerNode: 2 } })));
    expect(placementOf('api', changed)).toEqual({
      placementConstraints: [{ type: 'memberOf', expression: 'attribute:ecs.instance-type == m7g.2xlarge' }],
      placementStrategy: [ZONES, { type: 'spread', field: 'instanceId' }],
    });
  });

  it('where the stack selects', () => {
    const stack = stackWith({ api: { nodeSelector: { disk: 'ssd', 'example.com/gpu': '' } } });
    expect(placementOf('api', textsOf(ecs, onInstances(stack))).placementConstraints[1].expression).toBe(
      'attribute:ecs.instance-type == m7g.2xlarge and attribute:disk == ssd and attribute:example.com/gpu exists',
    );
  });

  it('limits without a machine know no kind of instance', () => {
    const limits = renderInput('4cpu-8gi', { platform: 'ecs' });
    const changed = textsOf(ecs, limits);
    expect(placementOf('api', changed).placementConstraints).toEqual([{ type: 'distinctInstance' }]);
    expect(Object.keys(changed).filter((path) => path.startsWith('instances/'))).toEqual([]);
    expect(changed['README.md']).not.toContain('## Instances');
    expect(checkObserved(limits.plan, ecs.read(ecs.render(limits), limits), 'ecs')).toEqual([]);
  });
});

describe('instances', () => {
  it('reserve what the plan did not give away', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sizewright-ecs-'));
    try {
      const config = join(folder, 'ecs.config');
      const script = texts['instances/m7g.2xlarge.sh']!.replaceAll('/etc/ecs/ecs.config', config);
      expect(spawnSync('/bin/sh', ['-eu'], { input: script }).status).toBe(0);
      expect(readFileSync(config, 'utf8')).toBe('ECS_CLUSTER=spatialvortex\nECS_RESERVED_MEMORY=1513\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(texts['README.md']).toContain(
      '| m7g.2xlarge | 3 to 10 | api, postgres, redis | 3 | 1513 MiB | `instances/m7g.2xlarge.sh` |',
    );
  });

  it('of several kinds have a file each', () => {
    const several = onInstances(input.stack, { 'm7g.2xlarge': ['api', 'redis'], 'r6i.2xlarge': ['postgres'] });
    const changed = textsOf(ecs, several);
    expect(Object.keys(changed).slice(0, 3)).toEqual([
      'README.md',
      'instances/m7g.2xlarge.sh',
      'instances/r6i.2xlarge.sh',
    ]);
    expect(taskOf('postgres', changed).runtimePlatform.cpuArchitecture).toBe('X86_64');
    expect(placementOf('postgres', changed).placementConstraints[1].expression).toBe(
      'attribute:ecs.instance-type == r6i.2xlarge',
    );
  });
});

describe('what ECS cannot do', () => {
  const demo = (changes: Parameters<typeof service>[0]) => {
    const stack = stackOf({ services: { web: service(changes) } });
    return ecs.unsupported!(hostInput(stack, [policyOf()], { '1cpu-3gi': ['web'] }, { platform }));
  };
  const limited = (cpuMillis: number): RenderInput => {
    const web = { ...input.plan.services.api!, limits: { cpuMillis, memoryMiB: 1024 } };
    return { ...input, plan: { ...input.plan, services: { api: web } } };
  };
  const range = 'expected 128 to 196608 CPU units for a task (1024 are a vCPU), got';
  const remedy = 'for api; change its cpuShare, atLeast or atMost, or say cpuLimit: none';
  it.each([
    [124, `${range} 126 ${remedy}`],
    [125, undefined],
    [192_000, undefined],
    [192_010, `${range} 196618 ${remedy}`],
  ])('%i m for a task', (cpuMillis, reason) => {
    expect(ecs.unsupported!(limited(cpuMillis))).toBe(reason);
  });

  it('stops a container as late as wanted, other than Fargate', () => {
    expect(demo({ terminationGraceSeconds: 3600 })).toBeUndefined();
  });
});

describe('read back', () => {
  function edited(path: string, from: string, to: string): Artifact[] {
    return artifacts.map((artifact) =>
      artifact.path === path ? { ...artifact, contents: replaceOnce(artifact.contents, from, to) } : artifact,
    );
  }
  const TASK = 'postgres/task-definition.json';
  const SERVICE = 'api/service.json';

  it('finds the plan', () => {
    expect(checkObserved(input.plan, ecs.read(artifacts, input), 'ecs')).toEqual([]);
  });

  it.each([
    [TASK, '"maxSwap": 0', '"maxSwap": 1', ['SWAP_ALLOWED']],
    [TASK, '"maxSwap": 0,', '', ['SWAP_ALLOWED']],
    [TASK, '"sharedMemorySize"', '"sharedMemory"', ['READ_BACK_DIFFERS']],
    [TASK, '"ARM64"', '"X86_64"', ['ARCHITECTURE_DIFFERS']],
    [TASK, '"memory": "7185"', '"memory": "7186"', ['TASK_SUM_DIFFERS', 'READ_BACK_DIFFERS']],
    [TASK, '"cpu": "2048",', '', ['READ_BACK_DIFFERS']],
    [SERVICE, '"launchType": "EC2"', '"launchType": "FARGATE"', ['CAPACITY_DIFFERS']],
    [SERVICE, '"distinctInstance"', '"other"', ['PLACEMENT_DIFFERS']],
    ['instances/m7g.2xlarge.sh', 'MEMORY=1513', 'MEMORY=512', ['RESERVED_DIFFERS']],
  ])('%s: %s as %s', (path, from, to, codes) => {
    const found = checkObserved(input.plan, ecs.read(edited(path, from, to), input), 'ecs');
    expect(found.map(({ code }) => code)).toEqual(codes);
  });
});

import { describe, expect, it } from 'vitest';
import type { Machine } from '../../src/hardware/profile.ts';
import { ecs } from '../../src/platforms/ecs.ts';
import { parseReserved } from '../../src/platforms/kubelet.ts';
import { builtInProfile, planFor } from '../support.ts';

const named = (name: string) => builtInProfile(name) as Machine;
const takenOf = (...args: Parameters<typeof ecs.allocatable>) =>
  ecs.allocatable(...args).reservations.map(({ name, cpuMillis, memoryMiB }) => [name, cpuMillis, memoryMiB]);

describe('an instance of ECS', () => {
  it.each([
    // 64 + 7.5 % of 32,704 = 2,517 (2,452.8, up); 5 % of 30,251 = 1,512.55, up; 4 ENIs, one of them its own
    { name: 'm7g.2xlarge', taken: [2517, 1513], left: [8000, 28_738], tasks: 3 },
    // as on a host (FACTS 2): 7.5 % of 65,536; 5 % of 60,620; 8 ENIs
    { name: 'c6i.8xlarge', taken: [4916, 3031], left: [32_000, 57_589], tasks: 7 },
    // 7.5 % of 8,192 = 614.4, up; 5 % are less than 512 MiB; 3 ENIs
    { name: 't3.large', taken: [615, 512], left: [2000, 7065], tasks: 2 },
  ])('$name leaves $left and takes $tasks tasks', ({ name, taken, left, tasks }) => {
    const { cpuMillis, memoryMiB, maxPods } = ecs.allocatable(named(name));
    expect(takenOf(named(name))).toEqual([
      ['guest overhead', 0, taken[0]],
      ['operating system', 0, taken[1]],
    ]);
    expect([cpuMillis, memoryMiB, maxPods]).toEqual([...left, tasks]);
  });

  it('what the operator states counts instead', () => {
    const tweaks = {
      systemReserved: parseReserved('memory=1Gi', ''),
      everyNode: parseReserved('cpu=100m,memory=200Mi', ''),
      maxPods: 18,
    };
    expect(takenOf(named('m7g.2xlarge'), tweaks)).toEqual([
      ['guest overhead', 0, 2517],
      ['operating system', 0, 1024],
      ['every node', 100, 200],
    ]);
    expect(ecs.allocatable(named('m7g.2xlarge'), tweaks).maxPods).toBe(18);
  });

  it('of unknown interfaces takes any number of tasks', () => {
    const { enis: _, ...box } = named('m7g.2xlarge');
    expect(ecs.allocatable(box)).not.toHaveProperty('maxPods');
  });

  it('with fewer interfaces than tasks is a warning', () => {
    const of = (profile: string) =>
      planFor(profile, { platform: 'ecs' }).plan.findings.find(({ code }) => code === 'PODS_EXCEED_NODE');
    expect(of('r7g.large')).toMatchObject({
      level: 'warning',
      message:
        '3 tasks of api, postgres, redis on a node are more than the 2 that it takes; lower podsPerNode, or trunk its network interfaces and say how many tasks it takes then, --max-pods',
    });
    expect(of('r7g.xlarge')).toBeUndefined();
  });
});

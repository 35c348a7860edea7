import type { Machine } from '../hardware/profile.ts';
import { SYSTEM, systemMemoryMiB, Takings, takeGuestOverhead } from './node.ts';
import type { Allocatable, MachinePlatform, NodeTweaks } from './platform.ts';

/** Of ECS on every capacity. */
export const ONE_FILE_SYSTEM = 'all its tasks mount one file system, and each takes the data in it for its own';

/**
 * Amazon ECS on EC2 instances of one's own, Linux, network mode awsvpc, 2026-08. The agent registers what Docker sees of
 * the memory less ECS_RESERVED_MEMORY, which the instances' user data state, and 1024 CPU units a vCPU with nothing
 * reserved. No DAEMON service is assumed: `everyNode` is what there is.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/memory-management.html
 */
export const ecs: MachinePlatform = {
  name: 'ecs',
  kind: 'ecs',
  cloud: 'aws',
  replicas: 'stack',
  scaling: 'stack',
  sysctls: ['net.*'],
  oneVolume: ONE_FILE_SYSTEM,
  allocatable(machine: Machine, tweaks: NodeTweaks = {}): Allocatable {
    const takings = new Takings(machine);
    takeGuestOverhead(takings, machine);
    const reserved = tweaks.systemReserved ?? { memoryMiB: systemMemoryMiB(takings.memoryMiB) };
    const why = tweaks.systemReserved ? 'stated by the operator' : 'the larger of 512 MiB and 5 % (assumed)';
    takings.take(SYSTEM, reserved, `ECS_RESERVED_MEMORY, for Docker and the agent too: ${why}`);
    if (tweaks.everyNode) takings.take('every node', tweaks.everyNode, 'DAEMON services, stated by the operator');
    const maxPods = tweaks.maxPods ?? taskInterfaces(machine);
    return { ...takings.allocatable(), ...(maxPods !== undefined && { maxPods }) };
  },
};

/**
 * Each task takes a network interface, the instance itself the first one; without ENI trunking.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-eni.html
 */
function taskInterfaces({ enis }: Machine): number | undefined {
  return enis && enis.count - 1;
}

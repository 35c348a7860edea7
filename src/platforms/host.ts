import type { Machine } from '../hardware/profile.ts';
import { formatMiB } from '../units.ts';
import { SYSTEM, systemMemoryMiB, Takings, takeGuestOverhead } from './node.ts';
import type { Allocatable, MachinePlatform } from './platform.ts';
import { CONTAINER_SYSCTLS } from './sysctls.ts';

/** Bare metal, a virtual machine, Docker and Compose: one of each service on one machine. */
export const host: MachinePlatform = {
  name: 'host',
  kind: 'host',
  replicas: 'one',
  scaling: 'none',
  sysctls: CONTAINER_SYSCTLS,
  allocatable(machine: Machine): Allocatable {
    const takings = new Takings(machine);
    takeGuestOverhead(takings, machine);
    const system = systemMemoryMiB(takings.memoryMiB);
    takings.take(SYSTEM, { memoryMiB: system }, 'the larger of 512 MiB and 5 %; CPU is compressible');
    if (machine.freeMiB !== undefined) {
      const held = machine.memoryMiB - machine.freeMiB;
      const why = `what runs here now holds ${formatMiB(held)}; the operating system's part of it is taken already`;
      takings.take('in use', { memoryMiB: Math.max(0, held - system) }, why);
    }
    return takings.allocatable();
  },
};

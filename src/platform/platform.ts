/** The rules of a place where containers run. */
import type { Machine } from '../profile/profile.ts';

export interface Platform {
  name: string;
  /** `stack`: the replicas that the stack states; `one`: a single one of each service. */
  replicas: 'stack' | 'one';
  /** Kernel parameters that a container may set here. */
  sysctls: 'any' | readonly string[];
  /** What a machine leaves to the stack. */
  allocatable(machine: Machine): Allocatable;
}

export interface Allocatable {
  cpuMillis: number;
  memoryMiB: number;
  /** In the order they are taken. */
  reservations: Reservation[];
}

/** Something that is taken off a machine before the stack gets its share. */
export interface Reservation {
  name: string;
  cpuMillis: number;
  memoryMiB: number;
  /** The rule with its source. */
  why: string;
}

/** The rules of a place where containers run. */
import type { Machine } from '../profile/profile.ts';

export interface Platform {
  name: string;
  /** `stack`: the replicas that the stack states; `one`: a single one of each service. */
  replicas: 'stack' | 'one';
  /** Kernel parameters that a container may set here. */
  sysctls: 'any' | readonly string[];
  /** What a machine leaves to the stack. @param tweaks what the operator states of a node instead of the rules */
  allocatable(machine: Machine, tweaks?: NodeTweaks): Allocatable;
}

export interface Amount {
  cpuMillis: number;
  memoryMiB: number;
}

/** What an operator states of a node; field by field. */
export interface NodeTweaks {
  kubeReserved?: Amount;
  systemReserved?: Amount;
  /** Hard eviction threshold of memory.available. */
  evictionMiB?: number;
  /** What runs on every node: DaemonSets and cluster add-ons. */
  everyNode?: Amount;
  maxPods?: number;
}

export interface Allocatable {
  cpuMillis: number;
  memoryMiB: number;
  /** In the order they are taken. */
  reservations: Reservation[];
  /** Pods that the node takes; absent where there is no such limit. */
  maxPods?: number;
}

/** Something that is taken off a machine before the stack gets its share. */
export interface Reservation {
  name: string;
  cpuMillis: number;
  memoryMiB: number;
  /** The rule with its source. */
  why: string;
}

/** The rules of a place where containers run. */
import type { CloudProvider } from '../hardware/family.ts';
import type { Machine } from '../hardware/profile.ts';
import { isOfContainer } from './sysctls.ts';

export type Platform = MachinePlatform | PairPlatform;

interface Place {
  name: string;
  /** The user's own file that it was read from. */
  file?: string;
  /** `stack`: the replicas that the stack states; `one`: a single one of each service. */
  replicas: 'stack' | 'one';
  /** Who scales between the smallest and the largest replica count: percentages that the stack states, or the place. */
  scaling: 'stack' | 'place' | 'none';
  /** Kernel parameters that a container may set here; `net.*` stands for all that begin so and are not the machine's. */
  sysctls: readonly string[];
  /** How all replicas of a service come to have one volume; absent where each has one of its own. */
  oneVolume?: string;
  /** Why a service with a volume can't run; absent where it can. */
  noVolume?: string;
  /** Why the size of /dev/shm can't be set; absent where it can. */
  noSharedMemory?: string;
}

/** Services share machines: `host`, `node` of a Kubernetes, or `ecs`, an instance of an ECS cluster. */
export interface MachinePlatform extends Place {
  kind: 'host' | 'node' | 'ecs';
  /** Whose machines it runs on; absent for one that runs anywhere. */
  cloud?: CloudProvider;
  /** What a machine leaves to the stack. @param tweaks what the operator states of a node instead of the rules */
  allocatable(machine: Machine, tweaks?: NodeTweaks): Allocatable;
}

/** Each replica has a pair of CPU and memory of its own, and only certain pairs are sold. */
export interface PairPlatform extends Place {
  kind: 'fargate' | 'cloud-run';
  /** By CPU, ascending. */
  pairs: readonly PairRow[];
  /** Where the pairs are documented. */
  source: string;
  noSharedMemory: string;
  /** What a pair brings with it that an operator has to know. */
  advice?(pair: Amount): string | undefined;
}

/** What kind of place a target writes for. */
export type PlatformKind = Platform['kind'];

/** Every CPU of a row goes with every memory of it. */
export interface PairRow {
  cpuMillis: Steps;
  memoryMiB: Steps;
}

/** `from`, `from + step`, … up to `to`. */
export interface Steps {
  from: number;
  to: number;
  step: number;
}

export function allowsSysctl({ sysctls }: Platform, key: string): boolean {
  const isAllowed = sysctls.some(
    (allowed) => allowed === key || (allowed.endsWith('*') && key.startsWith(allowed.slice(0, -1))),
  );
  return isAllowed && isOfContainer(key);
}

/**
 * Whether a setting that the kernel parameter limits falls to what holds without it: a container cannot set it here, and
 * the machine, where that could be told to, is the place's.
 */
export function fallsBack(platform: Platform, sysctl: string): boolean {
  return platform.kind !== 'host' && !allowsSysctl(platform, sysctl);
}

export interface Amount {
  cpuMillis: number;
  memoryMiB: number;
}

/** What an operator states of a node; field by field. */
export interface NodeTweaks {
  kubeReserved?: Amount;
  systemReserved?: Amount;
  evictionHard?: Eviction;
  /** What runs on every node: DaemonSets and cluster add-ons. */
  everyNode?: Amount;
  /** Pods, or tasks on ECS, that a node takes. What a kubelet reserves may count on other numbers. */
  maxPods?: number;
  /** Pods that a kubelet takes for each core, where that is fewer. */
  podsPerCore?: number;
}

/** Hard eviction threshold of memory.available: an amount, or millionths of the node's memory. */
export type Eviction = { memoryMiB: number } | { perMillion: number };

export interface Allocatable {
  cpuMillis: number;
  memoryMiB: number;
  /** In the order they are taken. */
  reservations: Reservation[];
  /** Pods, or tasks on ECS, that the node takes; absent where there is no such limit. */
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

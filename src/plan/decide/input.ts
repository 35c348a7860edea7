/** What one service, and what a stack is decided from. */
import type { PairRow } from '../../platforms/platform.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Replicas, Stack } from '../../stack/stack.ts';
import type { Override } from './overrides.ts';

export interface ServiceInput {
  /** Its name in the stack, for messages. */
  name: string;
  policy: Policy;
  /** Its policy's own inputs, every one; absent where it has none. */
  inputs?: Readonly<Record<string, number>>;
  /** What the kernel enforces. */
  limits: { cpuMillis: number; memoryMiB: number };
  /** Where limits are one of the pairs that a platform sells. */
  sold?: { name: string; pairs: readonly PairRow[] };
  /** What is free of the memory, where that was detected and counts. */
  freeMiB?: number;
  /** What the operator says is available, instead of the policy's headroom and reserve. */
  statedAvailableMiB?: number;
  /** By parameter name. */
  overrides: Readonly<Record<string, Override>>;
  /** What other services ask for, in place of what the formula proposes; by parameter name. */
  asked?: Readonly<Record<string, Reasoned>>;
  /** Values below which a parameter does not give way to the memory budget, because others count on them; by name. */
  floors?: Readonly<Record<string, number>>;
  /** Upper bounds that constraints between services have set, by parameter name. */
  ceilings: Readonly<Record<string, Reasoned>>;
  /** Values that the platform leaves no choice about, by parameter name. */
  imposed?: Readonly<Record<string, Reasoned>>;
}

export interface StackInput {
  stack: Stack;
  /** One for each service that is not external, by service name. */
  services: Readonly<Record<string, ServiceInput>>;
  /** Of the services that are not external; those of the others are the stack's. */
  replicas: Readonly<Record<string, Replicas>>;
  /** Pins of external services say what the other side offers. */
  overrides: Readonly<Record<string, Readonly<Record<string, Override>>>>;
}

/** A number from outside of the policy. */
export interface Reasoned {
  value: number;
  by: string;
  /** With numbers in place of names, where it was computed from other services. */
  how?: string;
  reason: string;
}

/** The entry of a map by name; names such as `constructor` are entries like any other. */
export function entryOf<T>(map: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;
}

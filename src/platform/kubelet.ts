/** A platform whose nodes run a kubelet: what is reserved, in the kubelet's own terms. */
import { fail } from '../errors.ts';
import type { CloudProvider } from '../profile/family.ts';
import type { Machine } from '../profile/profile.ts';
import { parseCpuMillis, parseMemoryMiB } from '../units.ts';
import { percentUp, Takings, takeGuestOverhead } from './node.ts';
import type { Allocatable, Amount, Eviction, MachinePlatform, NodeTweaks } from './platform.ts';

export interface KubeletRules {
  name: string;
  /** Whose machines it runs on; absent for one that runs anywhere. */
  cloud?: CloudProvider;
  /** Pods that the reservation counts on; undefined where the rule does not ask. */
  maxPods?(machine: Machine): number;
  /** Pods that a node really takes, where that is less. */
  podLimit?(machine: Machine, maxPods: number): number;
  /** @param memoryMiB what the guest sees */
  kubeReserved(machine: Machine, memoryMiB: number, maxPods: number): Amount & { why: string };
}

/** Hard eviction of `memory.available<100Mi`, the kubelet's default and that of every platform here. */
const EVICTION: Eviction = { memoryMiB: 100 };
const EVERY_NODE: Amount = { cpuMillis: 300, memoryMiB: 512 };
const MAX_PODS = 110;

/**
 * Kernel parameters that a restricted pod may set.
 * @see https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/#safe-and-unsafe-sysctls (1.32)
 */
const SAFE_SYSCTLS = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
] as const;

/** allocatable = capacity − guest overhead − kube-reserved − system-reserved − eviction threshold − every node's pods. */
export function kubeletPlatform(rules: KubeletRules): MachinePlatform {
  return {
    name: rules.name,
    kind: 'node',
    ...(rules.cloud && { cloud: rules.cloud }),
    replicas: 'stack',
    scaling: 'stack',
    sysctls: SAFE_SYSCTLS,
    allocatable(machine: Machine, tweaks: NodeTweaks = {}): Allocatable {
      const takings = new Takings(machine);
      takeGuestOverhead(takings, machine);
      const capacityMiB = takings.memoryMiB;
      const maxPods = tweaks.maxPods ?? rules.maxPods?.(machine) ?? MAX_PODS;
      const reserved = tweaks.kubeReserved
        ? { ...tweaks.kubeReserved, why: 'stated by the operator' }
        : rules.kubeReserved(machine, capacityMiB, maxPods);
      takings.take('kube-reserved', reserved, reserved.why);
      if (tweaks.systemReserved) takings.take('system-reserved', tweaks.systemReserved, 'stated by the operator');
      const eviction = tweaks.eviction ?? EVICTION;
      const [memoryMiB, threshold] =
        'perMille' in eviction
          ? [percentUp(capacityMiB, eviction.perMille), `${eviction.perMille / 10}%`]
          : [eviction.memoryMiB, `${eviction.memoryMiB}Mi`];
      const evictionWhy = tweaks.eviction === undefined ? 'the default' : 'stated by the operator';
      takings.take('eviction threshold', { memoryMiB }, `memory.available<${threshold}, ${evictionWhy}`);
      const everyNodeWhy = tweaks.everyNode ? 'stated by the operator' : 'DaemonSets and cluster add-ons (assumed)';
      takings.take('every node', tweaks.everyNode ?? EVERY_NODE, everyNodeWhy);
      return { ...takings.allocatable(), maxPods: rules.podLimit?.(machine, maxPods) ?? maxPods };
    },
  };
}

/**
 * What a kubelet's flags say: `cpu=500m,memory=1Gi`, either of them alone too.
 * @throws QUANTITY_SYNTAX
 */
export function parseReserved(text: string, path: string): Amount {
  const amount: Amount = { cpuMillis: 0, memoryMiB: 0 };
  for (const part of text.split(',')) {
    const [, resource, quantity] = /^(cpu|memory)=(.+)$/.exec(part) ?? [];
    if (quantity === undefined) fail('QUANTITY_SYNTAX', path, `expected cpu=500m,memory=1Gi, got "${text}"`);
    if (quantity === '0') continue;
    if (resource === 'cpu') amount.cpuMillis = parseCpuMillis(quantity, path);
    else amount.memoryMiB = parseMemoryMiB(quantity, path, 'up');
  }
  return amount;
}

/**
 * A threshold as the kubelet takes it: `500Mi`, `5%`, `7.5%`.
 * @throws QUANTITY_SYNTAX
 */
export function parseEviction(text: string, path: string): Eviction {
  const [, percent, tenth = '0'] = /^([1-9]?\d)(?:\.(\d))?%$/.exec(text) ?? [];
  if (percent !== undefined) return { perMille: Number(percent) * 10 + Number(tenth) };
  return { memoryMiB: text === '0' ? 0 : parseMemoryMiB(text, path, 'up') };
}

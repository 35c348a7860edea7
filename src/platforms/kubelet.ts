/** A platform whose nodes run a kubelet: what is reserved, in the kubelet's own terms. */
import { fail } from '../errors/errors.ts';
import { nearestNames } from '../errors/nearest.ts';
import type { CloudProvider } from '../hardware/family.ts';
import type { Machine } from '../hardware/profile.ts';
import { parseKubernetesQuantity } from '../units.ts';
import { Takings, takeGuestOverhead } from './node.ts';
import type { Allocatable, Amount, Eviction, MachinePlatform, NodeTweaks } from './platform.ts';

export interface KubeletRules {
  name: string;
  /** Whose machines it runs on; absent for one that runs anywhere. */
  cloud?: CloudProvider;
  /** Pods that a node takes unless the operator says otherwise; 110 where the rule does not say. */
  maxPods?(machine: Machine): number;
  /** @param memoryMiB what the guest sees; @param maxPods pods that the node takes, which a rule may count on */
  kubeReserved(machine: Machine, memoryMiB: number, maxPods: number): Amount & { why: string };
  /** What runs on every node of this platform. @default 300 m and 512 MiB (assumed) */
  everyNode?: Amount & { why: string };
}

/** Hard eviction of `memory.available<100Mi`, the kubelet's default and that of every platform here. */
const EVICTION: Eviction = { memoryMiB: 100 };
const EVERY_NODE = { cpuMillis: 300, memoryMiB: 512, why: 'DaemonSets and cluster add-ons (assumed)' };
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
      const maxPods = podsOf(machine, tweaks, rules.maxPods?.(machine) ?? MAX_PODS);
      const reserved = tweaks.kubeReserved
        ? { ...tweaks.kubeReserved, why: STATED }
        : rules.kubeReserved(machine, capacityMiB, maxPods);
      takings.take('kube-reserved', reserved, reserved.why);
      if (tweaks.systemReserved) takings.take('system-reserved', tweaks.systemReserved, STATED);
      const eviction = tweaks.evictionHard ?? EVICTION;
      const [memoryMiB, threshold] =
        'perMillion' in eviction
          ? [Math.ceil((capacityMiB * eviction.perMillion) / 1_000_000), `${eviction.perMillion / 10_000}%`]
          : [eviction.memoryMiB, `${eviction.memoryMiB}Mi`];
      const evictionWhy = tweaks.evictionHard === undefined ? 'the default' : STATED;
      takings.take('eviction threshold', { memoryMiB }, `memory.available<${threshold}, ${evictionWhy}`);
      const everyNode = tweaks.everyNode ? { ...tweaks.everyNode, why: STATED } : (rules.everyNode ?? EVERY_NODE);
      takings.take('every node', everyNode, everyNode.why);
      return { ...takings.allocatable(), maxPods };
    },
  };
}

const STATED = 'stated by the operator';

/** Pods that a node takes: what is stated, and no more than `podsPerCore` allows. */
function podsOf(machine: Machine, { maxPods, podsPerCore }: NodeTweaks, otherwise: number): number {
  const most = podsPerCore ? podsPerCore * Math.floor(machine.cpuMillis / 1000) : Number.POSITIVE_INFINITY;
  return Math.min(maxPods ?? otherwise, most);
}

/** What a kubelet can reserve. Only the first two are planned with. */
const RESOURCES = ['cpu', 'memory', 'ephemeral-storage', 'pid'];

/**
 * What a kubelet's flags say: `cpu=500m,memory=1Gi`, each alone too. Storage and process ids are read and left alone.
 * @throws QUANTITY_SYNTAX
 */
export function parseReserved(text: string, path: string): Amount {
  const amount: Amount = { cpuMillis: 0, memoryMiB: 0 };
  for (const part of text.split(',')) {
    const [, resource, quantity] = /^\s*([a-z-]+)=(.+?)\s*$/.exec(part) ?? [];
    if (quantity === undefined) return fail('QUANTITY_SYNTAX', path, `expected cpu=500m,memory=1Gi, got "${text}"`);
    if (resource === 'cpu') amount.cpuMillis = parseKubernetesQuantity(quantity, resource, path);
    else if (resource === 'memory') amount.memoryMiB = parseKubernetesQuantity(quantity, resource, path);
    else if (!RESOURCES.includes(resource!))
      fail(
        'QUANTITY_SYNTAX',
        path,
        `expected a resource that a kubelet reserves (${RESOURCES.join(', ')}), got ${part}`,
      );
  }
  return amount;
}

/** @see https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#eviction-signals */
const SIGNALS = [
  'memory.available',
  'nodefs.available',
  'nodefs.inodesFree',
  'imagefs.available',
  'imagefs.inodesFree',
  'containerfs.available',
  'containerfs.inodesFree',
  'pid.available',
  'allocatableMemory.available',
];

/**
 * `--eviction-hard`: as a kubelet takes it (`memory.available<500Mi,nodefs.available<10%`), or the threshold of
 * memory.available alone.
 * @throws QUANTITY_SYNTAX
 */
export function parseEvictionHard(text: string, path: string): Eviction {
  if (!text.includes('<')) return parseEviction(text, path);
  const signals = text.split(',').map((part) => {
    const [, signal, threshold] = /^\s*([A-Za-z.]+)<(.+?)\s*$/.exec(part) ?? [];
    if (signal !== undefined && SIGNALS.includes(signal)) return [signal, threshold!] as const;
    const near = signal === undefined ? [] : nearestNames(signal, SIGNALS);
    const hint = near.length > 0 ? `; did you mean ${near[0]}?` : '';
    return fail('QUANTITY_SYNTAX', path, `expected memory.available<500Mi, got "${part}"${hint}`);
  });
  return evictionOf(Object.fromEntries(signals), path);
}

/** A kubelet that is told of other signals only does not evict for memory. */
export function evictionOf(signals: Readonly<Record<string, string>>, path: string): Eviction {
  return parseEviction(signals['memory.available'] ?? '0', path);
}

/**
 * A threshold as a kubelet takes it: any quantity, or a percentage of the node's memory. It takes 0% and 100% for none.
 * @throws QUANTITY_SYNTAX
 */
function parseEviction(text: string, path: string): Eviction {
  const percent = /^(\d{1,3}(?:\.\d{1,30})?)%$/.exec(text)?.[1];
  if (percent === undefined && text.endsWith('%'))
    return fail('QUANTITY_SYNTAX', path, `expected a percentage from 0% to 100%, got "${text}"; write 5% or 500Mi`);
  if (percent === undefined) return { memoryMiB: parseKubernetesQuantity(text, 'memory', path) };
  if (Number(percent) > 100) fail('QUANTITY_SYNTAX', path, `expected a percentage from 0% to 100%, got "${text}"`);
  if (Number(percent) === 100) return { memoryMiB: 0 };
  const [whole, fraction = ''] = percent.split('.') as [string, string?];
  const digits = Number(`${whole}${fraction.slice(0, 4).padEnd(4, '0')}`);
  return { perMillion: /[1-9]/.test(fraction.slice(4)) ? digits + 1 : digits };
}

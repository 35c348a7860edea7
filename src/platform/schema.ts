/** Zod schema of a user's own platform: nodes whose kubelet the user configures. */
import { z } from 'zod';
import { collectProblems, fail } from '../errors.ts';
import { parseCpuMillis, parseMemoryMiB } from '../units.ts';
import { platformNames, withTweaks } from './index.ts';
import { parseEviction } from './kubelet.ts';
import { kubernetes } from './kubernetes.ts';
import type { Amount, Eviction, MachinePlatform, NodeTweaks } from './platform.ts';

const quantity = z.union([z.string(), z.number()]).transform(String);
const amount = z.strictObject({
  cpu: quantity.optional().describe('500m, 1'),
  memory: quantity.optional().describe('512Mi, 1Gi'),
});
const maxPods = z.int().min(1).max(100_000).optional();
const evictionHard = z.record(z.string(), quantity).optional();

export const nodeSchema = z
  .strictObject({
    platform: z.string().describe('names the output folder: at most 63 lowercase letters, digits and -'),
    source: z.string().min(1).optional().describe('where the numbers are from, for those who ask'),
    kubeReserved: amount.optional().describe('for the kubelet and the container runtime; nothing unless stated'),
    systemReserved: amount.optional().describe('for the operating system; nothing unless stated'),
    evictionHard: evictionHard.describe('memory.available: 100Mi unless stated; also a percentage of the node'),
    maxPods: maxPods.describe('pods that a node takes; 110 unless stated'),
    everyNode: amount.optional().describe('DaemonSets and add-ons; 300m and 512Mi unless stated'),
  })
  .describe("sizewright platform: nodes as a kubelet of the user's own is configured");

/** What counts of a `KubeletConfiguration` (kubelet.config.k8s.io/v1beta1), as it lies on a node; the rest is passed over. */
export const kubeletConfigurationSchema = z
  .looseObject({
    kind: z.literal('KubeletConfiguration'),
    kubeReserved: amount.loose().optional(),
    systemReserved: amount.loose().optional(),
    evictionHard,
    maxPods,
    reservedSystemCPUs: z
      .literal('', 'expected no list of CPUs; write how many they are as systemReserved.cpu')
      .optional(),
  })
  .transform(({ kubeReserved, systemReserved, evictionHard, maxPods }) => ({
    kubeReserved,
    systemReserved,
    evictionHard,
    maxPods,
  }));

type KubeletFields = Omit<z.infer<typeof nodeSchema>, 'platform' | 'source'>;

/**
 * Nodes as the file says; what it leaves out is as a kubelet does by default.
 * @throws QUANTITY_SYNTAX, PLATFORM_INVALID for a name that is taken
 */
export function nodePlatform(name: string, fields: KubeletFields): MachinePlatform {
  if (!/^[a-z][a-z0-9-]{0,62}$/.test(name) || platformNames.includes(name))
    fail(
      'PLATFORM_INVALID',
      'platform',
      `expected a name of at most 63 lowercase letters, digits and -, other than the built-in ones, got "${name}"; rename it`,
    );
  const { kubeReserved, systemReserved, evictionHard, everyNode, maxPods } = fields;
  const stated = collectProblems<NodeTweaks>([
    () => ({ kubeReserved: amountOf(kubeReserved ?? {}, 'kubeReserved') }),
    () => (systemReserved ? { systemReserved: amountOf(systemReserved, 'systemReserved') } : {}),
    () => (everyNode ? { everyNode: amountOf(everyNode, 'everyNode') } : {}),
    () => (evictionHard ? { eviction: evictionOf(evictionHard) } : {}),
    () => (maxPods === undefined ? {} : { maxPods }),
  ]);
  return withTweaks({ ...kubernetes, name }, Object.assign({}, ...stated));
}

/** A kubelet that is told of other signals only does not evict for memory. */
function evictionOf(signals: Record<string, string>): Eviction {
  return parseEviction(signals['memory.available'] ?? '0', 'evictionHard.memory.available');
}

function amountOf({ cpu = '0', memory = '0' }: { cpu?: string; memory?: string }, path: string): Amount {
  return {
    cpuMillis: cpu === '0' ? 0 : parseCpuMillis(cpu, `${path}.cpu`),
    memoryMiB: memory === '0' ? 0 : parseMemoryMiB(memory, `${path}.memory`, 'up'),
  };
}

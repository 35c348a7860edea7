/** Zod schema of a user's own platform: nodes whose kubelet the user configures. */
import { z } from 'zod';
import { collectProblems, fail } from '../errors/errors.ts';
import { parseKubernetesQuantity } from '../units.ts';
import { platformNames, withTweaks } from './index.ts';
import { evictionOf } from './kubelet.ts';
import { kubernetes } from './kubernetes.ts';
import type { Amount, MachinePlatform, NodeTweaks } from './platform.ts';

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
    podsPerCore: maxPods.describe('pods that a node takes for each core, where that is fewer'),
    everyNode: amount.optional().describe('DaemonSets and add-ons; 300m and 512Mi unless stated'),
  })
  .describe("sizewright platform: nodes as a kubelet of the user's own is configured");

/** Go takes null for a field that is left out, and zero for one that is to have its default. */
const count = z.int().min(0).max(100_000).nullish();
const reserved = amount.loose().nullish();

/** What counts of a `KubeletConfiguration` (kubelet.config.k8s.io/v1beta1), as it lies on a node; the rest is passed over. */
export const kubeletConfigurationSchema = z
  .looseObject({
    kind: z.literal('KubeletConfiguration'),
    kubeReserved: reserved,
    systemReserved: reserved,
    evictionHard: z.record(z.string(), quantity).nullish(),
    mergeDefaultEvictionSettings: z.boolean().nullish(),
    maxPods: count,
    podsPerCore: count,
    reservedSystemCPUs: z
      .string()
      .regex(/^(\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*)?$/, 'expected a list of CPUs such as 0-1,8')
      .nullish(),
  })
  .transform((file): KubeletFields => {
    const cpus = cpusOf(file.reservedSystemCPUs ?? '');
    const kubeReserved = file.kubeReserved ?? undefined;
    const systemReserved = file.systemReserved ?? undefined;
    const signals = file.evictionHard ?? undefined;
    const merged = file.mergeDefaultEvictionSettings && signals?.['memory.available'] === undefined;
    return {
      kubeReserved: cpus > 0 ? { memory: kubeReserved?.memory } : kubeReserved,
      systemReserved: cpus > 0 ? { cpu: `${cpus}`, memory: systemReserved?.memory } : systemReserved,
      evictionHard: merged ? undefined : signals,
      maxPods: file.maxPods || undefined,
      podsPerCore: file.podsPerCore || undefined,
    };
  });

/** How many CPUs a list such as `0-1,8` has. A kubelet takes them for systemReserved.cpu, and no CPU for kubeReserved. */
function cpusOf(list: string): number {
  const cpus = new Set<number>();
  for (const part of list.split(',').filter(Boolean)) {
    const [from, to = from] = part.split('-').map(Number) as [number, number?];
    for (let cpu = from; cpu <= to; cpu++) cpus.add(cpu);
  }
  return cpus.size;
}

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
  const { kubeReserved, systemReserved, evictionHard, everyNode, maxPods, podsPerCore } = fields;
  const stated = collectProblems<NodeTweaks>([
    () => ({ kubeReserved: amountOf(kubeReserved ?? {}, 'kubeReserved') }),
    () => (systemReserved ? { systemReserved: amountOf(systemReserved, 'systemReserved') } : {}),
    () => (everyNode ? { everyNode: amountOf(everyNode, 'everyNode') } : {}),
    () => (evictionHard ? { evictionHard: evictionOf(evictionHard, 'evictionHard.memory.available') } : {}),
    () => (maxPods === undefined ? {} : { maxPods }),
    () => (podsPerCore === undefined ? {} : { podsPerCore }),
  ]);
  return withTweaks({ ...kubernetes, name }, Object.assign({}, ...stated));
}

function amountOf({ cpu = '0', memory = '0' }: { cpu?: string; memory?: string }, path: string): Amount {
  const [cpuMillis, memoryMiB] = collectProblems([
    () => parseKubernetesQuantity(cpu, 'cpu', `${path}.cpu`),
    () => parseKubernetesQuantity(memory, 'memory', `${path}.memory`),
  ]);
  return { cpuMillis: cpuMillis!, memoryMiB: memoryMiB! };
}

/** The nodes of a kind that services need, and what is to be said of them. */
import type { Finding } from '../../errors/errors.ts';
import { finding } from '../../errors/findings.ts';
import type { Machine } from '../../hardware/profile.ts';
import type { Platform } from '../../platforms/platform.ts';
import type { Replicas, Service } from '../../stack/stack.ts';
import { formatCpu, formatMiB } from '../../units.ts';
import type { Limits, SharedMachine } from './stack.ts';

/** A node holds `podsPerNode` replicas of every service on it. */
export function nodesOf(
  names: readonly string[],
  services: readonly Service[],
  replicas: Readonly<Record<string, Replicas>>,
): { min: number; max: number } {
  const needed = (count: (replicas: Replicas) => number) =>
    Math.max(
      ...services
        .filter((service) => names.includes(service.name))
        .map((service) => Math.ceil(count(replicas[service.name]!) / service.podsPerNode)),
    );
  return { min: needed(({ min }) => min), max: needed(({ max, surge }) => max + surge) };
}

export function machineFindings(
  machines: readonly SharedMachine[],
  services: readonly Service[],
  platform: Platform,
  limits: Readonly<Record<string, Limits>>,
): Finding[] {
  return machines.flatMap(({ machine, maxPods, services: names }) => {
    const findings: Finding[] = [];
    if (machine.burstable) {
      const { baselineMillis } = machine.burstable;
      const sustained =
        baselineMillis === undefined
          ? 'less than its vCPUs'
          : `${formatCpu(baselineMillis)} of ${formatCpu(machine.cpuMillis)}`;
      findings.push(
        finding(
          'BURSTABLE_MACHINE',
          machine.name,
          `${machine.name} is burstable: without credits it sustains ${sustained}, so values derived from its cores are for bursts`,
        ),
      );
    }
    const here = services.filter((service) => names.includes(service.name));
    const unselected = here
      .filter(({ deploy }) => deploy && Object.keys(deploy.nodeSelector).length === 0)
      .map((service) => service.name);
    if (platform.replicas === 'stack' && machines.length > 1 && machine.provider === 'other' && unselected.length > 0) {
      findings.push(
        finding(
          'PLACEMENT_NOT_ENFORCED',
          machine.name,
          `no node bears the name ${machine.name}, so nothing keeps ${unselected.join(', ')} on it; give them a deploy.nodeSelector in the stack`,
        ),
      );
    }
    const pods = here.reduce((sum, service) => sum + service.podsPerNode, 0);
    if (maxPods !== undefined && pods > maxPods) {
      const [word, remedy] =
        platform.kind === 'ecs'
          ? [
              'tasks',
              'lower podsPerNode, or trunk its network interfaces and say how many tasks it takes then, --max-pods',
            ]
          : ['pods', 'lower podsPerNode'];
      findings.push(
        finding(
          'PODS_EXCEED_NODE',
          machine.name,
          `${pods} ${word} of ${here.map(({ name }) => name).join(', ')} on a node are more than the ${maxPods} that it takes; ${remedy}`,
        ),
      );
    }
    if (platform.replicas === 'stack') findings.push(...idleFindings(machine, here, limits));
    return findings;
  });
}

/**
 * Memory that lies idle because services with fewer replicas have their part of every node: for that of more than half
 * of what the nodes cost, another machine is worth the trouble.
 */
function idleFindings(
  { name, memoryMiB }: Machine,
  services: readonly Service[],
  limits: Readonly<Record<string, Limits>>,
): Finding[] {
  const nodesFor = ({ replicas, podsPerNode }: Service) => Math.ceil((replicas.max + replicas.surge) / podsPerNode);
  const nodes = Math.max(...services.map(nodesFor));
  const absent = services.filter((service) => nodesFor(service) < nodes);
  const partOf = (service: Service) => limits[service.name]!.memoryMiB * service.podsPerNode;
  const idleMiB = absent.reduce((sum, service) => sum + partOf(service) * (nodes - nodesFor(service)), 0);
  if (idleMiB * 2 <= memoryMiB * nodes) return [];
  const names = absent.map((service) => service.name);
  const message = `${formatMiB(idleMiB)} of the ${formatMiB(memoryMiB * nodes)} of up to ${nodes} nodes stay unused, because ${names.join(', ')} ${names.length > 1 ? 'run' : 'runs'} on few of them; give ${names.length > 1 ? 'those services their' : 'that service its'} own machine: --profile ${names.join(',')}=...`;
  return [finding('IDLE_MEMORY', name, message)];
}

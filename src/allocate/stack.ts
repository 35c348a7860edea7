/** What each service of a stack gets of the hardware it is placed on. */
import { fail } from '../errors.ts';
import type { Platform, Reservation } from '../platform/platform.ts';
import type { ContainerLimits, Machine, Profile } from '../profile/profile.ts';
import type { Service } from '../stack/stack.ts';
import { formatCpu, formatMemory, formatMiB, MIN_CPU_MILLIS } from '../units.ts';
import { allocate } from './share.ts';

/** Hardware, and the services that run on it. */
export interface Placement {
  profile: Profile;
  /** In stack order. The first is the one that container limits are meant for. */
  services: Service[];
}

export interface Limits {
  cpuMillis: number;
  memoryMiB: number;
}

/** A machine with what was taken of it and what is left for the services on it. */
export interface SharedMachine {
  machine: Machine;
  allocatable: Limits;
  reservations: Reservation[];
  /** Pods that the node takes; absent where there is no such limit. */
  maxPods?: number;
  services: string[];
}

/**
 * Limits by service name: Σ limits × podsPerNode ≤ allocatable on every machine.
 * @throws ALLOCATION_EXCEEDED when what is left of a machine does not hold the least that its services ask for
 */
export function allocatePlacement(
  { profile, services }: Placement,
  platform: Platform,
): { limits: Record<string, Limits>; machine?: SharedMachine } {
  return profile.kind === 'machine'
    ? shareMachine(profile, services, platform)
    : { limits: scaleLimits(profile, services) };
}

const DIMENSIONS = [
  { key: 'cpuMillis', share: 'cpuShare', grain: MIN_CPU_MILLIS },
  { key: 'memoryMiB', share: 'share', grain: 1 },
] as const;

/** The main service gets the limits as they are, the others in proportion to their shares. */
function scaleLimits(profile: ContainerLimits, services: readonly Service[]): Record<string, Limits> {
  const main = services[0]!;
  const scaled = (service: Service, { key, share, grain }: (typeof DIMENSIONS)[number]): number => {
    if (service === main) return profile[key];
    if (service.limits) return service.limits[key];
    const part = Math.floor((profile[key] * service[share]) / main[share]);
    return Math.min(Math.max(part - (part % grain), service.atLeast[key]), service.atMost[key]);
  };
  const limits = services.map((service) => [
    service.name,
    { cpuMillis: scaled(service, DIMENSIONS[0]), memoryMiB: scaled(service, DIMENSIONS[1]) },
  ]);
  return Object.fromEntries(limits) as Record<string, Limits>;
}

function shareMachine(
  machine: Machine,
  services: readonly Service[],
  platform: Platform,
): { limits: Record<string, Limits>; machine: SharedMachine } {
  const { reservations, maxPods, ...allocatable } = platform.allocatable(machine);
  const limits: Record<string, Limits> = Object.fromEntries(
    services.map((service) => [service.name, { cpuMillis: 0, memoryMiB: 0 }]),
  );
  for (const { key, share, grain } of DIMENSIONS) {
    const claims = services.map((service) => ({
      share: service[share],
      atLeast: service.limits?.[key] ?? service.atLeast[key],
      atMost: service.limits?.[key] ?? service.atMost[key],
      copies: service.podsPerNode,
      fixed: service.limits !== undefined,
    }));
    const taken = claims.reduce((sum, claim) => sum + (claim.fixed ? claim.copies * claim.atLeast : 0), 0);
    const open = claims.filter((claim) => !claim.fixed);
    const amounts = allocate(allocatable[key] - taken, open, grain);
    if (amounts === undefined || taken > allocatable[key])
      return refuse(machine, services, platform, allocatable, reservations);
    for (const [index, service] of services.entries()) {
      const claim = claims[index]!;
      limits[service.name]![key] = claim.fixed ? claim.atLeast : amounts[open.indexOf(claim)]!;
    }
  }
  return {
    limits,
    machine: {
      machine,
      allocatable,
      reservations,
      ...(maxPods !== undefined && { maxPods }),
      services: services.map((service) => service.name),
    },
  };
}

function refuse(
  machine: Machine,
  services: readonly Service[],
  platform: Platform,
  allocatable: Limits,
  reservations: readonly Reservation[],
): never {
  const amount = (limits: Limits) => `${formatCpu(limits.cpuMillis)} and ${formatMiB(limits.memoryMiB)}`;
  const lines = [
    `    ${machine.name}: ${formatCpu(machine.cpuMillis)}, ${formatMemory(machine.memoryMiB)}`,
    ...reservations.map(
      (reservation) =>
        `    - ${reservation.name}: ${formatCpu(reservation.cpuMillis)}, ${formatMemory(reservation.memoryMiB)}`,
    ),
    ...services.map(
      (service) =>
        `    ${service.name} asks for at least ${amount(service.limits ?? service.atLeast)}${service.podsPerNode > 1 ? ` x ${service.podsPerNode}` : ''}`,
    ),
  ];
  return fail(
    'ALLOCATION_EXCEEDED',
    machine.name,
    `expected room for the least that ${services.map((service) => service.name).join(', ')} ask for, got ${amount(allocatable)} allocatable on ${platform.name}; take a larger machine or leave services out with --external\n${lines.join('\n')}`,
  );
}

/** What each service of a stack gets of the hardware it is placed on. */
import { collectProblems, fail } from '../../errors/errors.ts';
import { containerName } from '../../hardware/container.ts';
import type { ContainerLimits, Machine, Profile } from '../../hardware/profile.ts';
import { isMachinePlatform, machinePlatform, unfitFor } from '../../platforms/index.ts';
import { bestPair, nearestPairs } from '../../platforms/pairs.ts';
import type { MachinePlatform, PairPlatform, Platform, Reservation } from '../../platforms/platform.ts';
import type { Service } from '../../stack/stack.ts';
import { formatCpu, formatMiB, MIN_CPU_MILLIS } from '../../units.ts';
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
 * On a platform of pairs each service gets the best pair within its limits instead.
 * @throws ALLOCATION_EXCEEDED when what is left of a machine does not hold the least that its services ask for
 * @throws PLATFORM_UNSUPPORTED for a machine on a platform of pairs or of another cloud, and for limits that hold none of
 * its pairs
 */
export function allocatePlacement(
  { profile, services }: Placement,
  platform: Platform,
): { limits: Record<string, Limits>; asked?: Record<string, Limits>; machine?: SharedMachine } {
  const unfit = unfitFor(platform, profile);
  if (unfit !== undefined) fail('PLATFORM_UNSUPPORTED', '--profile', unfit);
  if (profile.kind === 'machine') return shareMachine(profile, services, machinePlatform(platform));
  const limits = scaleLimits(profile, services);
  return isMachinePlatform(platform) ? { limits } : snapLimits(limits, services, platform);
}

const DIMENSIONS = [
  { key: 'cpuMillis', share: 'cpuShare', grain: MIN_CPU_MILLIS },
  { key: 'memoryMiB', share: 'share', grain: 1 },
] as const;

/**
 * The main service gets the limits as they are, the others in proportion to their shares.
 * @throws USAGE where the stack fixes other limits for the main service
 */
function scaleLimits(profile: ContainerLimits, services: readonly Service[]): Record<string, Limits> {
  const main = services[0]!;
  const fixed = main.limits;
  if (fixed && (fixed.cpuMillis !== profile.cpuMillis || fixed.memoryMiB !== profile.memoryMiB)) {
    const name = containerName(fixed.cpuMillis, fixed.memoryMiB);
    fail(
      'USAGE',
      '--profile',
      `expected the limits that the stack fixes for ${main.name} (${name}), got ${profile.name}; give --profile ${name}, or leave limits out of the stack`,
    );
  }
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

/** Most CPU first, then most memory, within the limits and not below `atLeast` where the limits were not. */
function snapLimits(asked: Record<string, Limits>, services: readonly Service[], platform: PairPlatform) {
  const pairs = collectProblems(
    services.map(({ name, atLeast }) => (): [string, Limits] => {
      const most = asked[name]!;
      const least = {
        cpuMillis: Math.min(most.cpuMillis, atLeast.cpuMillis),
        memoryMiB: Math.min(most.memoryMiB, atLeast.memoryMiB),
      };
      // What the first one gets is the profile itself.
      const flag = name === services[0]!.name ? '--profile ' : `--profile ${name}=`;
      return [name, bestPair(platform.pairs, most, least) ?? refusePair(name, flag, most, least, platform)];
    }),
  );
  const limits: Record<string, Limits> = Object.fromEntries(pairs);
  return { limits, asked };
}

function refusePair(
  name: string,
  flag: string,
  most: Limits,
  least: Limits,
  { name: place, pairs, source }: PairPlatform,
): never {
  const near = nearestPairs(pairs, most, least).map((pair) => containerName(pair.cpuMillis, pair.memoryMiB));
  const remedy =
    near.length > 0
      ? `nearest: ${near.join(', ')}; give it one, ${flag}${near[0]}`
      : "it is more than any pair; lower the stack's atLeast";
  const rule = bestPair(pairs, most, { cpuMillis: 0, memoryMiB: 0 }) ? ` and of at least ${amountText(least)}` : '';
  return fail(
    'PLATFORM_UNSUPPORTED',
    name,
    `expected a pair of CPU and memory that ${place} has, within ${amountText(most)}${rule}, got none; ${remedy} (${source})`,
  );
}

function amountText({ cpuMillis, memoryMiB }: Limits): string {
  return `${formatCpu(cpuMillis)} and ${formatMiB(memoryMiB)}`;
}

function shareMachine(
  machine: Machine,
  services: readonly Service[],
  platform: MachinePlatform,
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
  const lines = [
    `    ${machine.name}: ${formatCpu(machine.cpuMillis)}, ${formatMiB(machine.memoryMiB)}`,
    ...reservations.map(
      (reservation) =>
        `    - ${reservation.name}: ${formatCpu(reservation.cpuMillis)}, ${formatMiB(reservation.memoryMiB)}`,
    ),
    ...services.map(
      (service) =>
        `    ${service.name} asks for at least ${amountText(service.limits ?? service.atLeast)}${service.podsPerNode > 1 ? ` x ${service.podsPerNode}` : ''}`,
    ),
  ];
  return fail(
    'ALLOCATION_EXCEEDED',
    machine.name,
    `expected room for the least that ${services.map((service) => service.name).join(', ')} ask for, got ${amountText(allocatable)} allocatable on ${platform.name}; take a larger machine or leave services out with --external\n${lines.join('\n')}`,
  );
}

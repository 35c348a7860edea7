/** Services whose clients, all replicas counted, have many times their CPU. */

import { containerName } from '../../hardware/container.ts';
import type { Profile } from '../../hardware/profile.ts';
import { isMachinePlatform } from '../../platforms/index.ts';
import { nearestPairs } from '../../platforms/pairs.ts';
import type { Platform } from '../../platforms/platform.ts';
import type { Replicas, Service, Stack } from '../../stack/stack.ts';
import type { Limits, Placement } from './stack.ts';

/** Clients' cores for one core of a service whose connections each can be at work: above it is said. */
const ASKED = 32;

/** The same for one that is only connected to, as a cache: a request costs it far less than its client. */
const CONNECTED = 64;

export interface Starved {
  service: string;
  cpuMillis: number;
  clients: string[];
  /** Of all replicas of all clients. */
  clientMillis: number;
  /** With which each replica of the service would not be starved. */
  neededMillis: number;
  /** Replicas with which a client alone would end it, by its name. */
  fewer: Record<string, number>;
}

/**
 * @param services those of the plan
 * @param asked the services that demands are made on
 */
export function starvedOf(
  services: readonly Service[],
  limits: Readonly<Record<string, { cpuMillis: number }>>,
  replicas: Readonly<Record<string, Replicas>>,
  asked: ReadonlySet<string>,
): Starved[] {
  const millis = ({ name }: Service) => limits[name]!.cpuMillis * replicas[name]!.max;
  return services.flatMap((service) => {
    const clients = services.filter(({ connectsTo }) => connectsTo.includes(service.name));
    const clientMillis = clients.reduce((sum, client) => sum + millis(client), 0);
    const most = asked.has(service.name) ? ASKED : CONNECTED;
    if (clientMillis <= most * millis(service)) return [];
    const enough = clients.flatMap((client): [string, number][] => {
      const others = clientMillis - millis(client);
      const count = Math.floor((most * millis(service) - others) / limits[client.name]!.cpuMillis);
      return count < 1 ? [] : [[client.name, count]];
    });
    return {
      service: service.name,
      cpuMillis: limits[service.name]!.cpuMillis,
      clients: clients.map(({ name }) => name),
      clientMillis,
      neededMillis: Math.ceil(clientMillis / (most * replicas[service.name]!.max)),
      fewer: Object.fromEntries(enough),
    };
  });
}

interface Sizing {
  stack: Stack;
  placements: readonly Placement[];
}

/** A change that may end it, and what a user does for it. */
export interface Remedy extends Sizing {
  does: string;
}

/** No further share than this many times the present one is tried. */
const MOST_TIMES = 8;

/** Larger shares of the CPU of what it is on, the smallest first. */
export function largerShares({ service }: Starved, sizing: Sizing): Remedy[] {
  const now = sizing.stack.services.find(({ name }) => name === service)!.cpuShare;
  return Array.from({ length: (MOST_TIMES - 1) * now }, (_, index) => {
    const cpuShare = now + 1 + index;
    return { ...changed(sizing, service, { cpuShare }), does: `cpuShare: ${cpuShare} of ${service} in the stack` };
  });
}

/** Hardware of its own: limits that give it enough, or the machine that it shares. */
export function ownHardware(
  { service, neededMillis }: Starved,
  { memoryMiB }: Pick<Limits, 'memoryMiB'>,
  { stack, placements }: Sizing,
  platform: Platform,
): Remedy[] {
  const { profile, services } = placements.find((placement) =>
    placement.services.some(({ name }) => name === service),
  )!;
  const alone = (own: Profile): Remedy => {
    const others = placements.map((one) => ({ ...one, services: one.services.filter(({ name }) => name !== service) }));
    const moved = { profile: own, services: services.filter(({ name }) => name === service) };
    return {
      stack,
      placements: [...others.filter((one) => one.services.length > 0), moved],
      does: `--profile ${service}=${own.name}`,
    };
  };
  // A machine of the user's own has no name that --profile takes.
  if (profile.kind === 'machine') return services.length > 1 && profile.provider !== 'other' ? [alone(profile)] : [];
  const least = { cpuMillis: Math.ceil(neededMillis / 1000) * 1000, memoryMiB };
  const enough = isMachinePlatform(platform) ? [least] : nearestPairs(platform.pairs, least, least);
  return enough.map((limits) =>
    alone({ kind: 'container', name: containerName(limits.cpuMillis, limits.memoryMiB), ...limits }),
  );
}

/** Fewer replicas of one client. */
export function fewerReplicas({ fewer }: Starved, sizing: Sizing): Remedy[] {
  return Object.entries(fewer).map(([client, max]) => {
    const { replicas } = sizing.stack.services.find(({ name }) => name === client)!;
    const change = { replicas: { ...replicas, min: Math.min(replicas.min, max), max } };
    return {
      ...changed(sizing, client, change),
      does: `at most ${max} ${max === 1 ? 'replica' : 'replicas'} of ${client}`,
    };
  });
}

function changed({ stack, placements }: Sizing, service: string, change: Partial<Service>): Sizing {
  const given = (one: Service) => (one.name === service ? { ...one, ...change } : one);
  return {
    stack: { ...stack, services: stack.services.map(given) },
    placements: placements.map((placement) => ({ ...placement, services: placement.services.map(given) })),
  };
}

/** Services whose clients, all replicas counted, have many times their CPU. */
import type { Replicas, Service } from '../stack/stack.ts';

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
    return {
      service: service.name,
      cpuMillis: limits[service.name]!.cpuMillis,
      clients: clients.map(({ name }) => name),
      clientMillis,
    };
  });
}

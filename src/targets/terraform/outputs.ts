/** What a plan says, as values that other configurations and modules read. */
import type { Plan, ServicePlan } from '../../plan/plan.ts';
import type { Attributes } from './resource.ts';

/** Outputs by name, each by service. Units are in the names: millicores, MiB. */
export const OUTPUTS: Readonly<Record<OutputName, { description: string; of(plan: ServicePlan): Attributes }>> = {
  limits: { description: 'CPU and memory limits of a replica', of: ({ limits }) => amounts(limits) },
  requests: { description: 'CPU and memory requests of a replica', of: ({ requests }) => amounts(requests) },
  replicas: {
    description: 'Smallest and largest number of replicas',
    of: ({ replicas: { min, max } }) => ({ min, max }),
  },
  parameters: {
    description: 'Value of each parameter, in the unit of its policy',
    of: ({ parameters }) => Object.fromEntries(Object.entries(parameters).map(([name, { value }]) => [name, value])),
  },
  ledger: { description: 'Memory of a replica: what there is, and what each parameter takes of it', of: ledgerOf },
};

export type OutputName = 'limits' | 'requests' | 'replicas' | 'parameters' | 'ledger';

export function outputValue(name: OutputName, plan: Plan): Attributes {
  const { of } = OUTPUTS[name];
  return Object.fromEntries(Object.entries(plan.services).map(([service, one]) => [service, of(one)]));
}

function amounts({ cpuMillis, memoryMiB }: ServicePlan['limits']): Attributes {
  return { ...(cpuMillis !== undefined && { cpu_millis: cpuMillis }), memory_mib: memoryMiB };
}

function ledgerOf({ ledger }: ServicePlan): Attributes {
  return {
    memory_mib: ledger.memoryMiB,
    headroom_mib: ledger.headroomMiB,
    reserve_mib: ledger.reserveMiB,
    available_mib: ledger.availableMiB,
    used_mib: ledger.usedMiB,
    free_mib: ledger.freeMiB,
    assumed_mib: ledger.assumedMiB,
    items: Object.fromEntries(ledger.items.map(({ parameter, miB }) => [parameter, miB])),
  };
}

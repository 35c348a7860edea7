/** Which machines hold a stack: planned on each, kept where nothing gives way to the memory budget. */
import { type MachineRow, rowOf } from './catalogue/machines.ts';
import { type Finding, SizewrightError } from './errors.ts';
import { makePlan, type Plan } from './plan.ts';
import { tryPlan } from './planning.ts';
import type { Platform } from './platform/platform.ts';
import type { Machine } from './profile/profile.ts';
import type { Request } from './request.ts';
import { findService, type Stack } from './stack/stack.ts';
import { formatCount } from './units.ts';

/** A machine that holds the stack. */
export interface Fit extends MachineRow {
  /** vCPUs that are active, times 1000; what the order goes by. */
  cpuMillis: number;
  /** What the platform leaves of the machine. */
  allocatable: { cpuMillis: number; memoryMiB: number };
  /** What the plan does not use of that: given to no service, or free in the budget of one. */
  left: { cpuMillis: number; memoryMiB: number };
  services: Record<string, FittedService>;
}

export interface FittedService {
  cpuMillis: number;
  memoryMiB: number;
  /** Of `memoryMiB`, after headroom, reserve and every cost. */
  freeMiB: number;
}

export interface FitResult {
  /** By CPU, then memory, GPUs, provider and name. */
  fits: Fit[];
  /** How many machines were planned on. */
  tried: number;
  /** Present when none fits: why. */
  finding?: Finding;
}

/**
 * @param requests one for each machine, with everything on that machine
 * @throws what is wrong with the input on every machine
 */
export function findFits(requests: readonly Request[], platform: Platform): FitResult {
  const fits: { machine: Machine; fit: Fit }[] = [];
  const yielding: { machine: Machine; yields: string[] }[] = [];
  let infeasible = 0;
  let crowded = 0;
  for (const request of requests) {
    const machine = machineOf(request);
    const planned = tryPlan(() => makePlan({ ...request, platform }));
    if (planned instanceof SizewrightError) {
      infeasible += 1;
      continue;
    }
    if (planned.plan.findings.some(({ code }) => code === 'PODS_EXCEED_NODE')) {
      crowded += 1;
      continue;
    }
    const yields = yieldsOf(planned.plan);
    if (yields.length === 0) fits.push({ machine, fit: fitOf(machine, planned.plan, request.stack) });
    else yielding.push({ machine, yields });
  }
  const tried = requests.length;
  if (fits.length > 0) {
    return { fits: fits.sort((a, b) => bySize(a.machine, b.machine)).map(({ fit }) => fit), tried };
  }
  const [closest] = yielding.sort((a, b) => a.yields.length - b.yields.length || bySize(a.machine, b.machine));
  const counts = [
    yielding.length > 0 && `on ${formatCount(yielding.length)} a value yields to the memory budget`,
    crowded > 0 && `${formatCount(crowded)} take fewer pods or tasks than a node is planned to hold`,
    infeasible > 0 && `on ${formatCount(infeasible)} there is no plan at all`,
  ].filter(Boolean);
  const hint = closest
    ? `; closest is ${closest.machine.name}, where ${closest.yields.join(', ')} yields; lower a maximum with --max, or leave a service out with --external`
    : '; leave services out with --external';
  const { stack } = requests[0]!;
  return {
    fits: [],
    tried,
    finding: {
      code: 'NO_MACHINE_FITS',
      level: 'error',
      path: stack.name,
      message: `none of ${formatCount(tried)} machines holds it on ${platform.name} as its formulas ask: ${counts.join(', ')}${hint}`,
    },
  };
}

/** `postgres.work_mem`: parameters that the memory budget made smaller. */
export function yieldsOf(plan: Plan): string[] {
  return Object.entries(plan.services).flatMap(([service, { parameters }]) =>
    Object.entries(parameters).flatMap(([name, { trace }]) =>
      trace.some(({ step }) => step === 'budget') ? `${service}.${name}` : [],
    ),
  );
}

function machineOf({ placements }: Request): Machine {
  const profile = placements[0]?.profile;
  if (placements.length !== 1 || profile?.kind !== 'machine')
    throw new Error('a fit is asked for one machine at a time');
  return profile;
}

function fitOf(machine: Machine, plan: Plan, stack: Stack): Fit {
  const { cpuMillis, memoryMiB } = plan.machines[0]!.allocatable;
  const left = { cpuMillis, memoryMiB };
  const services = Object.entries(plan.services).map(([name, { requests, ledger }]): [string, FittedService] => {
    const { podsPerNode } = findService(stack, name);
    left.cpuMillis -= requests.cpuMillis * podsPerNode;
    left.memoryMiB -= (requests.memoryMiB - ledger.freeMiB) * podsPerNode;
    return [name, { ...requests, freeMiB: ledger.freeMiB }];
  });
  return {
    ...rowOf(machine),
    cpuMillis: machine.cpuMillis,
    allocatable: { cpuMillis, memoryMiB },
    left,
    services: Object.fromEntries(services),
  };
}

function bySize(a: Machine, b: Machine): number {
  return (
    a.cpuMillis - b.cpuMillis ||
    a.memoryMiB - b.memoryMiB ||
    a.gpus - b.gpus ||
    compare(a.provider, b.provider) ||
    compare(a.name, b.name)
  );
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

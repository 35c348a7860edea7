/** Which machines hold a stack: planned on each, kept where the memory budget cuts no value back below a floor. */

import { type Finding, SizewrightError } from '../errors/errors.ts';
import { finding } from '../errors/findings.ts';
import { type MachineRow, rowOf } from '../files/machines.ts';
import type { Prices } from '../hardware/catalogue/prices.ts';
import type { Machine } from '../hardware/profile.ts';
import { makePlan, type Plan } from '../plan/plan.ts';
import type { Platform } from '../platforms/platform.ts';
import { findService, type Stack } from '../stack/stack.ts';
import { formatCount } from '../units.ts';
import { tryPlan } from './plans.ts';
import type { Request } from './request.ts';

/** A machine that holds the stack. */
export interface Fit extends MachineRow {
  /** vCPUs that are active, times 1000; what the order goes by. */
  cpuMillis: number;
  /** What the platform leaves of the machine. */
  allocatable: { cpuMillis: number; memoryMiB: number };
  /** What the plan does not use of that: given to no service, or free in the budget of one. */
  left: { cpuMillis: number; memoryMiB: number };
  services: Record<string, FittedService>;
  /** What the memory budget cuts back, by `service.PARAMETER`. */
  cutBack: Record<string, Cut>;
  /** Billionths of the price list's currency an hour; absent without a list, and where it does not name the machine. */
  priceNanos?: number;
}

/** A value that gives way to the memory budget. */
export interface Cut {
  /** What its formula and bounds ask for. */
  asked: number;
  value: number;
}

export interface FitOptions {
  /** How far a value may be cut back, as a percentage of what is asked for. @default 75 */
  cutPercent?: number;
  /** Sorts by price. @default general purpose first, then by size */
  prices?: Prices;
}

export interface FittedService {
  cpuMillis: number;
  memoryMiB: number;
  /** Of `memoryMiB`, after headroom, reserve and every cost. */
  freeMiB: number;
}

export interface FitResult {
  /** By price where there is a list, else general purpose first, then by size. */
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
export function findFits(
  requests: readonly Request[],
  platform: Platform,
  { cutPercent = 75, prices }: FitOptions = {},
): FitResult {
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
    const cutBack = cutsOf(planned.plan);
    const tooFar = Object.entries(cutBack).filter(([, { asked, value }]) => value * 100 < asked * (100 - cutPercent));
    if (tooFar.length > 0) yielding.push({ machine, yields: tooFar.map(([name]) => name) });
    else
      fits.push({
        machine,
        fit: { ...fitOf(machine, planned.plan, request.stack), cutBack, ...priceOf(machine, prices) },
      });
  }
  const tried = requests.length;
  if (fits.length > 0) {
    return {
      fits: fits.sort((a, b) => byPrice(a.fit, b.fit) || bySize(a.machine, b.machine)).map(({ fit }) => fit),
      tried,
    };
  }
  const [closest] = yielding.sort((a, b) => a.yields.length - b.yields.length || bySize(a.machine, b.machine));
  const counts = [
    yielding.length > 0 &&
      `on ${formatCount(yielding.length)} the memory budget cuts a value back by more than ${cutPercent} %`,
    crowded > 0 && `${formatCount(crowded)} take fewer pods or tasks than a node is planned to hold`,
    infeasible > 0 && `on ${formatCount(infeasible)} there is no plan at all`,
  ].filter(Boolean);
  const hint = closest
    ? `; closest is ${closest.machine.name}, where that is ${closest.yields.join(', ')}; allow more with --cut, lower a maximum with --max, or leave a service out with --external`
    : '; leave services out with --external';
  const { stack } = requests[0]!;
  return {
    fits: [],
    tried,
    finding: finding(
      'NO_MACHINE_FITS',
      stack.name,
      `none of ${formatCount(tried)} machines holds it on ${platform.name} as its formulas ask: ${counts.join(', ')}${hint}`,
    ),
  };
}

/** Parameters that the memory budget makes smaller, with what they would be without it. */
export function cutsOf(plan: Plan): Record<string, Cut> {
  return Object.fromEntries(
    Object.entries(plan.services).flatMap(([service, { parameters }]) =>
      Object.entries(parameters).flatMap(([name, { trace, value }]) => {
        const first = trace.find(({ step }) => step === 'budget');
        return first?.from === undefined ? [] : [[`${service}.${name}`, { asked: first.from, value }]];
      }),
    ),
  );
}

function priceOf(machine: Machine, prices: Prices | undefined): Pick<Fit, 'priceNanos'> {
  const priceNanos = prices?.of(machine);
  return priceNanos === undefined ? {} : { priceNanos };
}

function machineOf({ placements }: Request): Machine {
  const profile = placements[0]?.profile;
  if (placements.length !== 1 || profile?.kind !== 'machine')
    throw new Error('a fit is asked for one machine at a time');
  return profile;
}

function fitOf(machine: Machine, plan: Plan, stack: Stack): Omit<Fit, 'cutBack'> {
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

/** Machines that the list does not name come last. */
function byPrice(a: Fit, b: Fit): number {
  return (a.priceNanos ?? Number.MAX_SAFE_INTEGER) - (b.priceNanos ?? Number.MAX_SAFE_INTEGER);
}

function bySize(a: Machine, b: Machine): number {
  return (
    Number(isSpecial(a)) - Number(isSpecial(b)) ||
    sizeOf(a) - sizeOf(b) ||
    a.cpuMillis - b.cpuMillis ||
    a.gpus - b.gpus ||
    compare(a.provider, b.provider) ||
    compare(a.name, b.name)
  );
}

/** The clouds' own families for general purpose; what is left is for much memory, computing, storage or GPUs. */
const GENERAL: Record<Machine['provider'], RegExp> = {
  aws: /^(m\d|t\d)/,
  gcp: /^(e2|n\d|n2d|n4\w?|c3d?|c4[ad]?|t2[ad])-(?!highmem|highcpu|ultramem|megamem)/,
  azure: /^Standard_(A|B|D)/,
  other: /^/,
};

function isSpecial({ provider, name, gpus }: Machine): boolean {
  return gpus > 0 || !GENERAL[provider].test(name);
}

/**
 * Memory in MiB, a vCPU counted as 10 GiB, which is about what both cost alike: c5.large, m5.large and r5.large, with 4, 8
 * and 16 GiB for 2 vCPUs, are sold at 0.085, 0.096 and 0.126 USD (us-east-1, 2024).
 */
function sizeOf({ cpuMillis, memoryMiB }: Machine): number {
  return memoryMiB + Math.ceil((cpuMillis * 10_240) / 1000);
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Rules that several platforms share: what a provider keeps of a machine's nominal memory, what a kubelet reserves. */
import type { Machine } from '../hardware/profile.ts';
import type { Allocatable, Reservation } from './platform.ts';

/** Takes reservations off a machine's nominal capacity, one after the other. */
export class Takings {
  readonly reservations: Reservation[] = [];
  private readonly left: { cpuMillis: number; memoryMiB: number };

  constructor(machine: Machine) {
    this.left = { cpuMillis: machine.cpuMillis, memoryMiB: machine.memoryMiB };
  }

  get memoryMiB(): number {
    return this.left.memoryMiB;
  }

  /** Takes at most what is left. */
  take(name: string, amount: { cpuMillis?: number; memoryMiB?: number }, why: string): void {
    const cpuMillis = Math.min(amount.cpuMillis ?? 0, this.left.cpuMillis);
    const memoryMiB = Math.min(amount.memoryMiB ?? 0, this.left.memoryMiB);
    this.left.cpuMillis -= cpuMillis;
    this.left.memoryMiB -= memoryMiB;
    this.reservations.push({ name, cpuMillis, memoryMiB, why });
  }

  allocatable(): Allocatable {
    return { ...this.left, reservations: this.reservations };
  }
}

/** What the operating system keeps where no kubelet reserves. */
export const SYSTEM = 'operating system';

/** @param memoryMiB what the guest sees */
export function systemMemoryMiB(memoryMiB: number): number {
  return Math.max(512, percentUp(memoryMiB, 50));
}

/** Integer percent, rounded up: a reservation. */
export function percentUp(value: number, perMille: number): number {
  return Math.ceil((value * perMille) / 1000);
}

/** What the guest sees is less than the nominal memory, on every platform. A machine of the user's own is as stated. */
export function takeGuestOverhead(takings: Takings, machine: Machine): void {
  switch (machine.provider) {
    case 'aws': {
      const base = machine.architecture === 'arm64' ? 64 : 0;
      const why = `hypervisor and firmware: 7.5 % of nominal${base > 0 ? ' after 64 MiB on arm64' : ''}, what Karpenter assumes (3.1-6.1 % measured)`;
      takings.take('guest overhead', { memoryMiB: base + percentUp(machine.memoryMiB - base, 75) }, why);
      break;
    }
    case 'gcp':
    case 'azure': {
      const memoryMiB = Math.max(percentUp(machine.memoryMiB, 30), 112 + Math.ceil(machine.memoryMiB / 64));
      const why =
        'hypervisor, firmware and kernel: the larger of 3 % of nominal (assumed) and 112 MiB + 1/64 (4.0-4.2 % of 4 GiB measured)';
      takings.take('guest overhead', { memoryMiB }, why);
      break;
    }
    case 'other':
      if (machine.measured)
        takings.take('guest overhead', {}, 'none: the memory is measured, so it is what the guest sees');
      break;
  }
}

/**
 * GKE's memory tiers: 25 % of the first 4 GiB, 20 % to 8, 10 % to 16, 6 % to 128, 2 % above; 255 MiB below 1 GiB.
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes
 */
export function tieredMemoryMiB(memoryMiB: number): number {
  if (memoryMiB < 1024) return 255;
  return Math.ceil(
    tiered(memoryMiB, [
      [4096, 25],
      [8192, 20],
      [16384, 10],
      [131_072, 6],
      [Number.POSITIVE_INFINITY, 2],
    ]) / 100,
  );
}

/** CPU tiers of GKE and EKS: 6 % of the first core, 1 % of the second, 0.5 % of the third and fourth, 0.25 % above. */
export function tieredCpuMillis(cpuMillis: number): number {
  return Math.ceil(
    tiered(cpuMillis, [
      [1000, 600],
      [2000, 100],
      [4000, 50],
      [Number.POSITIVE_INFINITY, 25],
    ]) / 10_000,
  );
}

/** Σ of each tier's part × its weight. */
function tiered(value: number, tiers: readonly (readonly [upTo: number, weight: number])[]): number {
  let from = 0;
  let total = 0;
  for (const [upTo, weight] of tiers) {
    if (value > from) total += (Math.min(value, upTo) - from) * weight;
    from = upTo;
  }
  return total;
}

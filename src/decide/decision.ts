/** What deciding yields. Plain data; part of the plan's public schema. */
import type { Basis } from '../policy/policy.ts';
import { formatMiB } from '../units.ts';

export interface Decision {
  value: number;
  unit: string;
  /** The effective bounds: the policy's, or the operator's. Constraints and the budget are in the trace. */
  min: number;
  max: number;
  /** Every step from the formula's proposal to the value, in order. The last one's `to` is the value. */
  trace: TraceStep[];
}

export interface TraceStep {
  step: 'formula' | 'override' | 'bound' | 'rounding' | 'budget' | 'constraint' | 'target';
  /** Absent on the first step. */
  from?: number;
  to: number;
  /** Policy and key path (`spatialvortex-api parameters.ONNX_POOL_SIZE.max`), or what the operator said (`--set`). */
  by: string;
  reason: string;
}

/** How what is available came about: `8,192 MiB limit - 819 MiB headroom - 128 MiB reserve`. */
export function availableText({ memoryMiB, headroomMiB, reserveMiB, detectedFreeMiB, stated }: Ledger): string {
  if (stated) return 'stated';
  const reserve = `${formatMiB(reserveMiB)} reserve`;
  if (detectedFreeMiB !== undefined && detectedFreeMiB < memoryMiB - headroomMiB)
    return `${formatMiB(detectedFreeMiB)} free now - ${reserve}`;
  return `${formatMiB(memoryMiB)} limit - ${formatMiB(headroomMiB)} headroom - ${reserve}`;
}

/** The memory of one service: what there is, what each parameter takes of it. */
export interface Ledger {
  memoryMiB: number;
  headroomMiB: number;
  reserveMiB: number;
  /** What was free of the memory when it was detected; absent where that is not known or does not count. */
  detectedFreeMiB?: number;
  /** What the parameters share: as stated by the operator, or memory less headroom, at most what is free, less reserve. */
  availableMiB: number;
  stated: boolean;
  items: LedgerItem[];
  usedMiB: number;
  /** Negative where the budget is exceeded. */
  freeMiB: number;
  /** The part of the sum that nobody measured or documented. */
  assumedMiB: number;
}

export interface LedgerItem {
  parameter: string;
  value: number;
  formula: string;
  miB: number;
  basis: Basis;
  /** Whether the parameter gives way when memory is short. */
  yields: boolean;
}

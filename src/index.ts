/** The public API: plans and files as data. Nothing here writes. */

import { installedFiles, type Location } from './files/installed.ts';
import { gather } from './gather.ts';
import type { Plan } from './plan/plan.ts';
import { gatherInputs, planAll } from './requests/plans.ts';
import type { PlanOptions } from './requests/request.ts';
import { type SynthOptions, type SynthResult, synthesize } from './synth.ts';

export { type ErrorCode, type Finding, type Problem, SizewrightError } from './errors/errors.ts';
export type { Location } from './files/installed.ts';
export type { Figure, Host } from './hardware/host/host.ts';
export type { Decision, Ledger, LedgerItem, TraceStep } from './plan/decide/decision.ts';
export type { MachinePlan, Plan, ServicePlan } from './plan/plan.ts';
export type { PlanOptions } from './requests/request.ts';
export type { Folder, SynthOptions, SynthResult } from './synth.ts';
export type { Artifact } from './targets/target.ts';

/**
 * Decides, renders and checks; returns every file as data.
 * @throws SizewrightError for whatever is wrong with the input, or infeasible
 * @example
 * const { artifacts } = await synth({ stack: './shop.yaml', profiles: ['c6i.8xlarge'], targets: ['compose'] });
 */
export function synth(options: SynthOptions & Location): Promise<SynthResult> {
  return synthesize(options, installedFiles(options));
}

/**
 * Decides only: one plan for each profile. What is free on profile `host` counts unless `free` is false.
 * @throws SizewrightError for whatever is wrong with the input, or infeasible
 */
export async function plan(options: PlanOptions & Location & { platform?: string }): Promise<Plan[]> {
  const files = installedFiles(options);
  const inputs = await gather(gatherInputs({ free: true, ...options }, [options.platform ?? 'host'], files));
  return planAll(inputs).map((made) => made.plan);
}

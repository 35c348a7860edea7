/** The public API: plans and files as data. Nothing here writes. */
import { fileURLToPath } from 'node:url';
import type { Plan } from './plan.ts';
import { planAll } from './planning.ts';
import type { PlanOptions } from './request.ts';
import { nodeFiles } from './sources/node-files.ts';
import { type SynthOptions, type SynthResult, synthesize } from './synth.ts';

export type { Decision, Ledger, LedgerItem, TraceStep } from './decide/decision.ts';
export { type ErrorCode, type Finding, type Problem, SizewrightError } from './errors.ts';
export type { Figure, Host } from './host/host.ts';
export type { MachinePlan, Plan, ServicePlan } from './plan.ts';
export type { Artifact } from './render/target.ts';
export type { PlanOptions } from './request.ts';
export type { Folder, SynthOptions, SynthResult } from './synth.ts';

export interface Location {
  /** Where `stacks/`, `policies/`, `profiles/` and relative paths are looked up. @default the working directory */
  cwd?: string;
}

const DATA = fileURLToPath(new URL('data', import.meta.url));

/**
 * Decides, renders and checks; returns every file as data.
 * @throws SizewrightError for whatever is wrong with the input, or infeasible
 * @example
 * const { artifacts } = await synth({ profiles: ['c6i.8xlarge'], targets: ['compose'] });
 */
export function synth(options: SynthOptions & Location): Promise<SynthResult> {
  return synthesize(options, nodeFiles(options.cwd ?? process.cwd(), DATA));
}

/**
 * Decides only: one plan for each profile. What is free on profile `host` counts unless `free` is false.
 * @throws SizewrightError for whatever is wrong with the input, or infeasible
 */
export async function plan(options: PlanOptions & Location & { platform?: string }): Promise<Plan[]> {
  const files = nodeFiles(options.cwd ?? process.cwd(), DATA);
  const planned = await planAll({ free: true, ...options }, [options.platform ?? 'host'], files);
  return planned.map((made) => made.plan);
}

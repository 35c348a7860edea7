/** The public API: plans and files as data. Nothing here writes. */

import { installedFiles, type Location } from './files/installed.ts';
import { gather } from './gather.ts';
import type { Plan } from './plan/plan.ts';
import { KEYS, named, namedError, type OptionNames, type PlanOptions } from './requests/options.ts';
import { planAll } from './requests/plans.ts';
import { gatherInputs } from './requests/request.ts';
import { type SynthOptions, type SynthResult, synthesize } from './synth.ts';

export type { ErrorCode } from './errors/codes.ts';
export { type Finding, type Problem, SizewrightError } from './errors/errors.ts';
export type { Location } from './files/installed.ts';
export type { Figure, Host } from './hardware/host/host.ts';
export type { Decision, Ledger, LedgerItem, TraceStep } from './plan/decide/decision.ts';
export type { MachinePlan, Plan, ServicePlan } from './plan/plan.ts';
export type { PlanOptions } from './requests/options.ts';
export type { Folder, SynthOptions, SynthResult } from './synth.ts';
export type { Artifact } from './targets/target.ts';

/**
 * Decides, renders and checks; returns every file as data.
 * @throws SizewrightError for whatever is wrong with the input, or infeasible
 * @example
 * const { artifacts } = await synth({ stack: './shop.yaml', profiles: ['c6i.8xlarge'], targets: ['compose'] });
 */
export async function synth(options: SynthOptions & Location): Promise<SynthResult> {
  const names = { ...KEYS, '--platform': 'platforms', '--target': 'targets', '--mode': 'mode' };
  try {
    const result = await synthesize(options, installedFiles(options));
    return {
      ...result,
      plans: result.plans.map((made) => inNames(made, names)),
      findings: result.findings.map((finding) => named(finding, names)),
    };
  } catch (error) {
    throw namedError(error, names);
  }
}

/**
 * Decides only: one plan for each profile. What is free on profile `host` counts unless `free` is false.
 * @throws SizewrightError for whatever is wrong with the input, or infeasible
 */
export async function plan(options: PlanOptions & Location & { platform?: string }): Promise<Plan[]> {
  const names = { ...KEYS, '--platform': 'platform' };
  try {
    const files = installedFiles(options);
    const inputs = await gather(gatherInputs({ free: true, ...options }, [options.platform ?? 'host'], files));
    return planAll(inputs).map((made) => inNames(made.plan, names));
  } catch (error) {
    throw namedError(error, names);
  }
}

/** What is said of options, said of the names that a program gives them by. */
function inNames(made: Plan, names: OptionNames): Plan {
  return { ...made, findings: made.findings.map((finding) => named(finding, names)) };
}

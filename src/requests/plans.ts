/** From options to plans, without rendering. */
import { type Finding, type Problem, SizewrightError } from '../errors/errors.ts';
import { finding } from '../errors/findings.ts';
import { listMachines } from '../hardware/family.ts';
import { makePlan, type Planning } from '../plan/plan.ts';
import { unfitFor } from '../platforms/index.ts';
import type { Platform } from '../platforms/platform.ts';
import type { Inputs, Request } from './request.ts';

/** A plan with what it was asked for. */
export interface Planned extends Planning {
  request: Request;
  platform: Platform;
}

/**
 * One plan for each profile and platform, profiles first.
 * @throws SizewrightError for what is infeasible
 */
export function planAll(inputs: Inputs): Planned[] {
  const { planned, omitted } = planFeasible(inputs, true);
  if (omitted.length > 0) throw new SizewrightError(omitted);
  return planned;
}

/**
 * As `planAll`. Unless the platforms were `asked` for, one on which a profile is infeasible is left out with a warning,
 * as long as the profile is feasible on another one. Of the machines that a pattern matches, those without any plan are
 * left out with a warning, as long as one of them has a plan.
 */
export function planFeasible(
  { requests, platforms }: Inputs,
  asked: boolean,
): { planned: Planned[]; findings: Finding[]; omitted: Problem[] } {
  const findings: Finding[] = [];
  const refused: Said[] = [];
  const omitted: (Said & { pattern: string })[] = [];
  const planned: Planned[] = [];
  const takes = (platform: Platform, { placements }: Request) =>
    placements.every(({ profile }) => unfitFor(platform, profile) === undefined);
  // That a platform takes the hardware of others is nothing to tell of, unless it was asked for and takes none.
  const idle = platforms.filter((platform) => asked && !requests.some((request) => takes(platform, request)));
  for (const request of requests) {
    const problems: Said[] = [];
    const fitting = platforms.filter((platform) => takes(platform, request) || idle.includes(platform));
    const tried = fitting.length > 0 ? fitting : platforms;
    for (const platform of tried) {
      try {
        planned.push({ request, platform, ...makePlan({ ...request, platform }) });
      } catch (error) {
        if (!(error instanceof SizewrightError)) throw error;
        const found = error.problems;
        const hinted = request.pattern === undefined ? withSizeThatWouldDo(found, request, platform) : found;
        problems.push({ of: platform.name, problems: hinted });
        const message = `no plan for ${request.label}, so its files are not written, and those of an earlier run stay: ${error.message}`;
        findings.push(finding('PLATFORM_LEFT_OUT', platform.name, message));
      }
    }
    if (problems.length > 0 && (asked || problems.length === tried.length)) {
      const said = { of: request.label, problems: withoutRepeats(problems, tried.length) };
      if (request.pattern === undefined) refused.push(said);
      else omitted.push({ ...said, pattern: request.pattern });
    }
  }
  if (refused.length > 0) throw new SizewrightError(withoutRepeats(refused, requests.length));
  const planless = omitted.findLast(({ pattern }) => planned.every(({ request }) => request.pattern !== pattern));
  if (planless) throw new SizewrightError(withoutRepeats([planless], requests.length));
  return { planned, findings, omitted: omitted.flatMap((one) => withoutRepeats([one], requests.length)) };
}

/** Problems of one platform, or of one profile. */
interface Said {
  of: string;
  problems: readonly Problem[];
}

/** What all of them say alike is said once, and a single one need not be named. */
function withoutRepeats(said: readonly Said[], all: number): Problem[] {
  const keys = said.map(({ problems }) => new Set(problems.map((problem) => JSON.stringify(problem))));
  const isCommon = (problem: Problem) =>
    said.length === all && keys.every((others) => others.has(JSON.stringify(problem)));
  const common = said[0]!.problems.filter(isCommon);
  const rest = said.flatMap(({ of, problems }) =>
    problems.filter((problem) => !isCommon(problem)).map((problem) => ({ ...problem, path: `${of}: ${problem.path}` })),
  );
  return [...common, ...rest];
}

/** Adds the smallest machine of the same family that the stack has a plan on, where a machine was too small. */
function withSizeThatWouldDo(problems: readonly Problem[], request: Request, platform: Platform): Problem[] {
  const tooSmall = problems.findLast(({ code }) => code === 'BUDGET_EXCEEDED' || code === 'ALLOCATION_EXCEEDED');
  const {
    family,
    placements: [placement],
  } = request;
  if (tooSmall === undefined || family === undefined || placement === undefined) return [...problems];
  const { profile } = placement;
  const enough = listMachines(family).find((machine) => {
    if (machine.cpuMillis < profile.cpuMillis || machine.memoryMiB < profile.memoryMiB) return false;
    const placements = [{ ...placement, profile: machine }];
    return !(tryPlan(() => makePlan({ ...request, platform, placements })) instanceof SizewrightError);
  });
  const hint = enough
    ? `in its family ${enough.name} is the smallest that would do`
    : 'no machine of its family would do';
  return problems.map((problem) =>
    problem === tooSmall ? { ...problem, message: `${problem.message}\n    ${hint}` } : problem,
  );
}

/** What makes a machine too small. Anything else is wrong on every machine. */
const TOO_SMALL: readonly Problem['code'][] = [
  'ALLOCATION_EXCEEDED',
  'BUDGET_EXCEEDED',
  'BOUND_CONFLICT',
  'PIN_INVALID',
  'CONSTRAINT_UNSATISFIED',
];

/** Runs a plan; its error is returned where another machine might do, and thrown where none would. */
export function tryPlan<T>(plan: () => T): T | SizewrightError {
  try {
    return plan();
  } catch (error) {
    if (error instanceof SizewrightError && error.problems.every(({ code }) => TOO_SMALL.includes(code))) return error;
    throw error;
  }
}

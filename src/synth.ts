/** The pipeline: profile → platform → allocate → decide → plan → render → check. Everything up to writing. */

import { type Finding, fail, SizewrightError } from './errors/errors.ts';
import { finding } from './errors/findings.ts';
import type { Files } from './files/library.ts';
import { recorded } from './files/recorded.ts';
import { gather } from './gather.ts';
import type { Host } from './hardware/host/host.ts';
import { checkMachines, checkPlan } from './plan/check.ts';
import { heldOf, longestStarts } from './plan/decide/held.ts';
import type { Plan } from './plan/plan.ts';
import { PLATFORMS_BY_KIND } from './platforms/index.ts';
import type { Platform } from './platforms/platform.ts';
import type { PlanOptions } from './requests/options.ts';
import { type Planned, planFeasible } from './requests/plans.ts';
import { gatherInputs, wordsOf } from './requests/request.ts';
import { findService } from './stack/stack.ts';
import { findTarget, targets } from './targets/index.ts';
import { checkHeld, checkObserved } from './targets/read-back.ts';
import { shWord } from './targets/shell-text.ts';
import type { About, Artifact, PlanTarget, RenderInput, StackTarget, Target, UserFile } from './targets/target.ts';

export interface SynthOptions extends PlanOptions {
  /** Told before each plan is rendered, and once at the end. */
  onProgress?: (done: number, total: number, profile: string) => void;
  /** Names of targets. @default every target of the platforms that is not made on request only */
  targets?: readonly string[];
  /**
   * `exact`: the files carry the values; `auto`: they carry bounds and pins, and an entry point that computes the values
   * where the program starts. @default 'exact'
   */
  mode?: Mode;
  /** Names of platforms, one plan each. @default `host` and `kubernetes` */
  platforms?: readonly string[];
}

export type Mode = 'exact' | 'auto';

/** One target's files: for one plan, or for all that it spans. */
export interface Folder {
  /** `spatialvortex/c6i.8xlarge/host/compose`, `spatialvortex/_all/kustomize` */
  path: string;
  target: string;
  /** Paths relative to the folder. */
  artifacts: Artifact[];
}

export interface SynthResult {
  /** One for each profile and platform. */
  plans: Plan[];
  folders: Folder[];
  /** Every file with its path below the output folder. */
  artifacts: Artifact[];
  /** What asks for the first plan, as words of a command line. */
  words: string;
  /** What profile `host` was detected from, where it was asked for. */
  host?: Host;
  /** Platforms and targets that were not asked for by name and were left out, with the reason. */
  findings: Finding[];
}

/**
 * Renders every file and checks it against the plan; nothing is written.
 * @throws SizewrightError; OUTPUT_INVALID when a file does not say what was planned
 */
export async function synthesize(options: SynthOptions, files: Files): Promise<SynthResult> {
  const mode = options.mode ?? 'exact';
  const wanted = (options.targets ?? []).map(findTarget);
  const chosen = wanted.length > 0 ? wanted : usualTargets(mode);
  // A target of several platforms asks for whichever of them take the hardware.
  const asked =
    options.platforms !== undefined || (wanted.length > 0 && wanted.every(({ platforms }) => platforms.length === 1));
  const platforms = options.platforms ?? platformsOf(wanted);
  const { files: recording, read } = recorded(files);
  const inputs = await gather(gatherInputs(options, platforms, recording));
  const { planned, findings } = planFeasible(inputs, asked);
  const fitting = new Set(planned.flatMap(({ platform }) => targetsFor(platform, chosen)));
  const loaded = await Promise.all(chosen.filter((target) => fitting.has(target)).map((target) => target.load()));
  const own = read();
  const folders: Folder[] = [];
  const leftOut: LeftOut[] = [];
  const addFolder = (target: StackTarget, path: string, inputs: readonly RenderInput[]): void => {
    const rendered = renderOrReason(target, inputs, wanted.length > 0);
    if (typeof rendered === 'string') leftOut.push({ target: target.name, reason: rendered });
    else folders.push({ path: `${path}/${target.name}`, target: target.name, artifacts: rendered });
  };
  for (const [index, one] of planned.entries()) {
    const { plan, platform } = one;
    options.onProgress?.(index, planned.length, plan.profile);
    const path = `${plan.stack}/${plan.profile}/${plan.platform}`;
    refuseWrongPlan(one);
    folders.push({
      path,
      target: 'plan',
      artifacts: [{ path: 'plan.json', contents: `${JSON.stringify(plan, null, 2)}\n` }],
    });
    const alone = inputsOf([one], mode, own);
    for (const target of loaded) {
      if (target.scope === 'plan' && target.platforms.includes(platform.kind))
        addFolder(overOnePlan(target), path, alone);
    }
  }
  options.onProgress?.(planned.length, planned.length, '');
  for (const target of loaded) {
    const spanned = planned.filter(({ platform }) => target.platforms.includes(platform.kind));
    if (target.scope === 'stack' && spanned.length > 0)
      addFolder(target, `${spanned[0]!.plan.stack}/_all`, inputsOf(spanned, mode, own));
  }
  findings.push(...leftOutFindings(leftOut));
  const artifacts = folders.flatMap((folder) =>
    folder.artifacts.map((artifact) => ({ ...artifact, path: `${folder.path}/${artifact.path}` })),
  );
  const [{ request, platform }] = planned as [Planned];
  const words = [...wordsOf([request]), ...platformWords([platform], ['host'])].map(quote).join(' ');
  const host = planned.find((one) => one.request.host)?.request.host;
  return { plans: planned.map(({ plan }) => plan), folders, artifacts, words, ...(host && { host }), findings };
}

/** A target that was not asked for and cannot express the plan. */
interface LeftOut {
  target: string;
  reason: string;
}

/** One for each reason, with all targets that have it. */
function leftOutFindings(all: readonly LeftOut[]): Finding[] {
  const alike = new Map<string, LeftOut[]>();
  for (const one of all) {
    const shared = one.reason.replaceAll(`target ${one.target} needs`, 'these targets need');
    alike.set(shared, [...(alike.get(shared) ?? []), one]);
  }
  return [...alike].map(([shared, same]) => {
    const names = [...new Set(same.map(({ target }) => target))];
    return finding('TARGET_LEFT_OUT', names.join(', '), names.length === 1 ? same[0]!.reason : shared);
  });
}

/** @throws OUTPUT_INVALID for a plan that breaks a rule which every plan keeps */
export function refuseWrongPlan({ plan, platform, request: { stack } }: Planned): void {
  refuseFindings([
    ...checkPlan(plan, platform),
    ...checkMachines(plan, (name) => findService(stack, name).podsPerNode),
  ]);
}

/** What a target is given of plans; their files name the command that makes all of them. */
export function inputsOf(planned: readonly Planned[], mode: Mode, files: readonly UserFile[]): RenderInput[] {
  const command = commandOf(planned, mode);
  return planned.map(({ plan, platform, decided, request }) => {
    const { loaded, stack, policies, profiles, stated } = request;
    const held = mode === 'auto' ? heldOf(stack, decided) : undefined;
    return {
      plan: held ? withStarts(plan, longestStarts(decided, held)) : plan,
      platform,
      stack,
      policies,
      offered: offeredOf(request),
      command,
      asked: {
        options: {
          ...(profiles.length > 0 && { profile: profiles.length === 1 ? profiles[0]! : profiles }),
          platform: platform.file ?? platform.name,
          stack: loaded.named,
          ...stated,
        },
        files,
      },
      ...(held && { held }),
    };
  });
}

/** @param starts seconds by service */
function withStarts(plan: Plan, starts: Readonly<Record<string, number>>): Plan {
  const services: Plan['services'] = Object.create(null);
  for (const [name, service] of Object.entries(plan.services))
    services[name] = { ...service, startupSeconds: starts[name]! };
  return { ...plan, services };
}

/** Pins of external services. */
function offeredOf({ external, overrides }: Planned['request']): NonNullable<RenderInput['offered']> {
  const services = external.map((service) => {
    const pins = Object.entries(overrides[service] ?? {}).map(([parameter, { set }]) => [parameter, set!.value]);
    return [service, Object.fromEntries(pins)];
  });
  return Object.fromEntries(services);
}

/**
 * One target's files for one plan, which say what was planned.
 * @throws SizewrightError; TARGET_UNSUPPORTED where it cannot express the plan
 */
export function renderChecked(target: PlanTarget, input: RenderInput): Artifact[] {
  targetsFor(input.platform, [target]);
  return renderOrReason(overOnePlan(target), [input], true) as Artifact[];
}

function overOnePlan(target: PlanTarget): StackTarget {
  return {
    ...target,
    scope: 'stack',
    unsupported: ([input]) => target.unsupported?.(input!),
    render: ([input]) => target.render(input!),
    read: (artifacts, [input]) => [target.read(artifacts, input!)],
  };
}

/**
 * @param asked whether the target was asked for by name: then what it cannot express is an error
 * @returns the files, read back and compared with the plans, or why this target cannot express them
 */
function renderOrReason(target: StackTarget, given: readonly RenderInput[], asked: boolean): Artifact[] | string {
  const inputs = given.map((input) => ({ ...input, target: target.name }));
  let artifacts: Artifact[];
  try {
    const reason = unsupported(target, inputs);
    if (reason !== undefined) return asked ? fail('TARGET_UNSUPPORTED', target.name, reason) : reason;
    artifacts = target.render(inputs);
  } catch (error) {
    if (asked || !(error instanceof SizewrightError)) throw error;
    return error.problems.length === 1
      ? error.message
      : error.problems.map(({ path, message }) => `${path}: ${message}`).join('; ');
  }
  return readBack(target, artifacts, inputs);
}

function unsupported(target: StackTarget, inputs: readonly RenderInput[]): string | undefined {
  if (target.computesAtStart || inputs.every(({ held }) => held === undefined)) return target.unsupported?.(inputs);
  const names = targets.filter((one) => one.computesAtStart).map((one) => one.name);
  return `expected a target whose programs can compute values at start (${names.join(', ')}), got ${target.name}; leave out --mode auto`;
}

/**
 * Files that say what was planned.
 * @throws OUTPUT_INVALID for every number that is not the plans'
 */
export function readBack(target: StackTarget, artifacts: Artifact[], inputs: readonly RenderInput[]): Artifact[] {
  const observed = target.read(artifacts, inputs);
  refuseFindings(
    inputs.flatMap((input, index) => {
      const { plan } = input;
      const place = inputs.length > 1 ? `${target.name} ${plan.profile} ${plan.platform}` : target.name;
      return [...checkObserved(plan, observed[index]!, place), ...checkHeld(input, observed[index]!, place)];
    }),
  );
  return artifacts;
}

function refuseFindings(findings: readonly Finding[]): void {
  const errors = findings.filter((finding) => finding.level === 'error');
  if (errors.length > 0)
    throw new SizewrightError(
      errors.map(({ code, path, message }) => ({ code: 'OUTPUT_INVALID', path, message: `${message} (${code})` })),
    );
}

/** The platforms that are planned for when none is named. */
const DEFAULT_PLATFORMS = ['host', 'kubernetes'];

/** Both, or the first one of each kind that the targets asked for render. */
function platformsOf(wanted: readonly About[]): string[] {
  if (wanted.length === 0) return DEFAULT_PLATFORMS;
  return PLATFORMS_BY_KIND.flatMap(([kind, name]) =>
    wanted.some(({ platforms }) => platforms.includes(kind)) ? name : [],
  );
}

/** Those that are rendered when none is named; in auto mode none over all plans that holds values of them. */
function usualTargets(mode: Mode): Target[] {
  return targets.filter(
    ({ onRequest, scope, computesAtStart }) =>
      !onRequest && (mode === 'exact' || scope === 'plan' || computesAtStart === true),
  );
}

function targetsFor<T extends About>({ name, kind }: Platform, chosen: readonly T[]): T[] {
  const fitting = chosen.filter((target) => target.platforms.includes(kind));
  if (fitting.length > 0) return fitting;
  const names = targets.filter((target) => target.platforms.includes(kind)).map((target) => target.name);
  return fail(
    'TARGET_UNSUPPORTED',
    chosen[0]!.name,
    `expected a target of platform ${name} (${names.join(', ')}), got ${chosen.map((target) => target.name).join(', ')}; change --target or --platform`,
  );
}

/** The same for every target and however it was asked for, so that a file does not change with that. */
function commandOf(planned: readonly Planned[], mode: Mode): string {
  const platforms = planned.map(({ platform }) => platform);
  const words = [...wordsOf(planned.map(({ request }) => request)), ...platformWords(platforms, DEFAULT_PLATFORMS)];
  return ['sizewright', 'synth', ...words.map(quote), ...(mode === 'auto' ? ['--mode', mode] : [])].join(' ');
}

/** Nothing for platforms that are planned for anyway. */
function platformWords(platforms: readonly Platform[], defaults: readonly string[]): string[] {
  if (platforms.every(({ name }) => defaults.includes(name))) return [];
  return [...new Set(platforms.map(({ name, file }) => file ?? name))].flatMap((name) => ['--platform', name]);
}

/** A word of a command, on one line. */
function quote(word: string): string {
  return shWord(word.replace(/[\r\n]/g, ' '));
}

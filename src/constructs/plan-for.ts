/** One plan for a user's own program, at once: constructs cannot wait. */

import { collectProblems, fail } from '../errors/errors.ts';
import { unknownName } from '../errors/nearest.ts';
import { installedFiles, type Location } from '../files/installed.ts';
import type { Files } from '../files/library.ts';
import { isMap } from '../formats/data.ts';
import { gatherNow } from '../gather.ts';
import type { PlatformKind } from '../platforms/platform.ts';
import { provideModules } from '../requests/modules.ts';
import {
  KEYS,
  named,
  namedError,
  OPTION_ROWS,
  type OptionNames,
  type OptionRow,
  type PlanOptions,
} from '../requests/options.ts';
import { planAll } from '../requests/plans.ts';
import { gatherInputs } from '../requests/request.ts';
import { inputsOf, refuseWrongPlan } from '../synth.ts';
import type { RenderInput } from '../targets/target.ts';

/** The options that are no props, or props of other kinds. */
const OTHERWISE = ['profiles', 'machine', 'machines', 'free'] as const satisfies (keyof PlanOptions)[];

/** What to plan for. Texts as on the command line. */
export interface PlanProps extends Location, Readonly<Omit<PlanOptions, (typeof OTHERWISE)[number]>> {
  /**
   * A machine (`c6i.8xlarge`), container limits (`4cpu-8gi`) or a path. A list places services on machines of their own:
   * `['api=c6i.8xlarge', 'postgres,redis=r6i.2xlarge']`. @default `cpu` and `memory`
   */
  readonly profile?: string | readonly string[];
  /**
   * What all services share: a machine, its size alone (`8cpu-32gi`) or a path. A list places services on machines of
   * their own. @default none
   */
  readonly machine?: string | readonly string[];
  /** Name or path: `eks`, `./nodes.yaml`. @default the one that fits what is made */
  readonly platform?: string;
}

/** What a prop is. Of `anything` nothing is checked. */
export type PropKind =
  | 'a text'
  | 'a list of texts'
  | 'a text or a list of texts'
  | 'true or false'
  | 'an object'
  | 'anything';

const KINDS: Readonly<Record<Exclude<OptionRow['kind'], 'machines'>, PropKind>> = {
  text: 'a text',
  list: 'a list of texts',
  flag: 'true or false',
  variables: 'an object',
};

/** Every prop of a plan. */
export const PLAN_PROPS = {
  profile: 'a text or a list of texts',
  machine: 'a text or a list of texts',
  platform: 'a text',
  ...Object.fromEntries(
    OPTION_ROWS.flatMap(([key, { kind }]) =>
      kind === 'machines' || OTHERWISE.some((other) => other === key) ? [] : [[key, KINDS[kind]]],
    ),
  ),
  cwd: 'a text',
} as Readonly<Record<keyof PlanProps, PropKind>>;

/** What is said of options is said of the props of their names. */
const NAMES: OptionNames = { ...KEYS, '--profile': 'profile', '--platform': 'platform' };

/**
 * A checked plan, and what its files are made of.
 * @param usualPlatform where the props name none
 * @throws SizewrightError for whatever is wrong with the props, or infeasible
 */
export function planFor(props: PlanProps = {}, usualPlatform: string, files?: Files): RenderInput {
  provideModules();
  refuseOtherProps(props, PLAN_PROPS);
  try {
    const input = inputFor(props, usualPlatform, files ?? installedFiles(props));
    return { ...input, plan: { ...input.plan, findings: input.plan.findings.map((finding) => named(finding, NAMES)) } };
  } catch (error) {
    throw namedError(error, NAMES);
  }
}

/**
 * @param usualPlatform of that kind, where the props name none
 * @throws PLATFORM_UNSUPPORTED
 */
export function refuseOtherKind({ platform }: RenderInput, kind: PlatformKind, usualPlatform: string): void {
  const rule = `expected a platform of the kind ${kind}, got ${platform.name}`;
  if (platform.kind !== kind) fail('PLATFORM_UNSUPPORTED', 'platform', `${rule}; leave it out for ${usualPlatform}`);
}

function inputFor(
  { profile, machine, platform, ...options }: PlanProps,
  usualPlatform: string,
  files: Files,
): RenderInput {
  const { limits, cpu, memory } = options;
  if (!profile?.length && !machine?.length && [limits, cpu, memory].every((one) => one === undefined))
    fail(
      'USAGE',
      'profile',
      "expected hardware, got none; give machine: 'c6i.8xlarge', limits: '4cpu-8gi', or cpu and memory",
    );
  const [profiles, machines] = [profile, machine].map((one) => (typeof one === 'string' ? [one] : one));
  const asked = { ...options, ...(profiles && { profiles }), ...(machines && { machine: machines }) };
  const inputs = gatherNow(gatherInputs(asked, [platform ?? usualPlatform], files));
  if (inputs.requests.length > 1)
    fail(
      'USAGE',
      'profile',
      `expected hardware for one plan, got it for ${inputs.requests.length}; place services on it: service=machine`,
    );
  const planned = planAll(inputs);
  for (const one of planned) {
    if (one.request.host && one.platform.kind !== 'host')
      fail('USAGE', 'profile', 'expected hardware by its name, got host, which is another one wherever this runs');
    refuseWrongPlan(one);
  }
  return inputsOf(planned, 'exact', [])[0]!;
}

/**
 * Programs that are not type-checked, and configuration files, misspell names, and say numbers where texts belong.
 * @param path before each name
 * @throws USAGE
 */
export function refuseOtherProps(props: object, kinds: Readonly<Record<string, PropKind>>, path = ''): void {
  const given = Object.entries(props).filter(([, value]) => value !== undefined);
  collectProblems(
    given.map(
      ([name, value]) =>
        () =>
          refuseOther(name, value, kinds, path),
    ),
  );
}

function refuseOther(name: string, value: unknown, kinds: Readonly<Record<string, PropKind>>, path: string): void {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (kind === undefined) fail('USAGE', `${path}${name}`, unknownName('a prop', name, Object.keys(kinds)));
  const isText = typeof value === 'string';
  const isTexts = Array.isArray(value) && value.every((item) => typeof item === 'string');
  const isRight = {
    'a text': isText,
    'a list of texts': isTexts,
    'a text or a list of texts': isText || isTexts,
    'true or false': typeof value === 'boolean',
    'an object': isMap(value),
    anything: true,
  };
  if (isRight[kind!]) return;
  const hint = typeof value === 'number' ? '; put it into quotes' : '';
  fail('USAGE', `${path}${name}`, `expected ${kind}, got ${JSON.stringify(value)}${hint}`);
}

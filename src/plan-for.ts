/** One plan for a user's own program, at once: constructs cannot wait. */
import { fail } from './errors.ts';
import { installedFiles, type Location } from './installed.ts';
import { provideModules } from './modules.ts';
import { planAll } from './planning.ts';
import type { RenderInput } from './render/target.ts';
import { type PlanOptions, resolveRequests } from './request.ts';
import type { Files } from './sources/library.ts';
import { inputsOf, refuseWrongPlan } from './synth.ts';

/** What to plan for. Texts as on the command line. */
export interface PlanProps extends Location, Readonly<Omit<PlanOptions, 'profiles' | 'machines' | 'free'>> {
  /**
   * A machine (`c6i.8xlarge`), container limits (`4cpu-8gi`) or a path. A list places services on machines of their own:
   * `['api=c6i.8xlarge', 'postgres,redis=r6i.2xlarge']`. @default `cpu` and `memory`
   */
  readonly profile?: string | readonly string[];
  /** Name or path: `eks`, `./nodes.yaml`. @default the one that fits what is made */
  readonly platform?: string;
}

/**
 * A checked plan, and what its files are made of.
 * @param usualPlatform where the props name none
 * @throws SizewrightError for whatever is wrong with the props, or infeasible
 */
export function planFor(
  { profile, platform, ...options }: PlanProps,
  usualPlatform: string,
  files: Files = installedFiles(options),
): RenderInput {
  provideModules();
  refuseOtherTypes({ profile, platform, ...options });
  const profiles = typeof profile === 'string' ? [profile] : profile;
  const asked = { ...options, ...(profiles && { profiles }) };
  const requests = resolveRequests(asked, files);
  if (requests.length > 1)
    fail(
      'USAGE',
      'profile',
      `expected hardware for one plan, got it for ${requests.length}; place services on it: service=machine`,
    );
  const planned = planAll(asked, [platform ?? usualPlatform], files);
  for (const one of planned) {
    if (one.request.host && one.platform.kind !== 'host')
      fail('USAGE', 'profile', 'expected hardware by its name, got host, which is another one wherever this runs');
    refuseWrongPlan(one);
  }
  return inputsOf(planned, 'exact', [])[0]!;
}

const LISTS: readonly string[] = ['external', 'set', 'min', 'max'];

/** Programs that are not type-checked, and configuration files, say numbers where texts belong. */
function refuseOtherTypes({ environment: _, ...props }: PlanProps): void {
  const isTexts = (value: unknown) => Array.isArray(value) && value.every((item) => typeof item === 'string');
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined) continue;
    const isText = typeof value === 'string';
    const [right, what] = LISTS.includes(name)
      ? [isTexts(value), 'a list of texts']
      : name === 'profile'
        ? [isText || isTexts(value), 'a text or a list of texts']
        : [isText, 'a text'];
    if (!right)
      fail(
        'USAGE',
        name,
        `expected ${what}, got ${JSON.stringify(value)}${typeof value === 'number' ? '; put it into quotes' : ''}`,
      );
  }
}

/** One plan for a user's own program, at once: constructs cannot wait. */
import { fail } from './errors.ts';
import { installedFiles, type Location } from './installed.ts';
import { provideModules } from './modules.ts';
import { planAll } from './planning.ts';
import type { RenderInput } from './render/target.ts';
import type { PlanOptions } from './request.ts';
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
  const profiles = typeof profile === 'string' ? [profile] : profile;
  const planned = planAll({ ...options, ...(profiles && { profiles }) }, [platform ?? usualPlatform], files);
  for (const one of planned) refuseWrongPlan(one);
  const [input, ...others] = inputsOf(planned, 'exact', []);
  if (others.length > 0)
    fail(
      'USAGE',
      'profile',
      `expected hardware for one plan, got it for ${planned.length}; place services on it: service=machine`,
    );
  return input!;
}

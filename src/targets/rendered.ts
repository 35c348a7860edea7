/** What every target renders: the services of a plan, each with its policy, and the lines that reach its program. */
import type { Held } from '../plan/decide/held.ts';
import type { ServicePlan } from '../plan/plan.ts';
import { fallsBack, type Platform } from '../platforms/platform.ts';
import type { Parameter, Policy, Setting } from '../policy/policy.ts';
import type { Service } from '../stack/stack.ts';
import type { RenderInput } from './target.ts';

/** One service with its policy, whose secrets include the service's own, and what was decided for it. */
export interface RenderedService {
  service: Service;
  policy: Policy;
  plan: ServicePlan;
  /** Demands, pins and bounds, where the values are computed at start. */
  held?: Readonly<Record<string, Held>>;
  /** It runs on the machine itself, without a container. */
  bareMetal?: true;
}

/** The services that this plan holds, in stack order; external ones are left out. */
export function renderedServices({ plan, platform, stack, policies, held }: RenderInput): RenderedService[] {
  return stack.services.flatMap((service) => {
    const decided = plan.services[service.name];
    if (decided === undefined) return [];
    const named = policies[service.policy]!;
    const policy = {
      ...named,
      settings: named.settings.map((setting) => settingOn(platform, setting, named)),
      secrets: [...named.secrets, ...service.secrets],
    };
    const computed = held && policy.parameters.length > 0 ? { held: held[service.name]! } : {};
    return { service, policy, plan: decided, ...computed };
  });
}

/** A setting as it takes effect: what the kernel cuts it to where the place does not let it be raised. */
function settingOn(platform: Platform, setting: Setting, { sysctls }: Policy): Setting {
  const limit = sysctls.find(({ key }) => key === setting.sysctl);
  if (limit === undefined || !fallsBack(platform, limit.key)) return setting;
  const { otherwise } = limit;
  return { ...setting, value: otherwise, why: `${setting.why}, which cannot be set here: ${otherwise} holds` };
}

/** One line that reaches the program: a parameter, a setting or a constant of the stack. */
export interface Value {
  /** The program's own name for it. */
  key: string;
  /** With its unit where the program wants one: `3599MB`. */
  text: string;
  /** Why it is this value. */
  reason: string;
  /** Present for a parameter. */
  parameter?: Parameter;
}

/** What every target renders: the services of a plan, each with its policy, and the lines that reach its program. */
import { fail, SizewrightError } from '../errors/errors.ts';
import type { Held } from '../plan/decide/held.ts';
import type { ServicePlan } from '../plan/plan.ts';
import { fallsBack, type Platform } from '../platforms/platform.ts';
import type { Parameter, Policy, Setting } from '../policy/policy.ts';
import { type Deploy, findService, type Port, type Service, type Stack } from '../stack/stack.ts';
import type { RenderInput } from './target.ts';

/** A service as files describe it: its sizes and its deployment side by side. */
export type FlatService = Omit<Service, 'deploy'> & Deploy;

/** One service with its policy, whose secrets include the service's own, and what was decided for it. */
export interface RenderedService {
  /** Without an image where the stack does not deploy it; only `sizedServices` has such. */
  service: FlatService;
  policy: Policy;
  plan: ServicePlan;
  /** Demands, pins and bounds, where the values are computed at start. */
  held?: Readonly<Record<string, Held>>;
  /** It runs on the machine itself, without a container. */
  bareMetal?: true;
}

/**
 * The services that this plan holds, in stack order; external ones are left out.
 * @throws TARGET_UNSUPPORTED for every one that the stack does not say how to deploy
 */
export function renderedServices(input: RenderInput): RenderedService[] {
  const { stack, plan } = input;
  const missing = stack.services.filter(({ name, deploy }) => plan.services[name] !== undefined && !deploy);
  if (missing.length > 0)
    throw new SizewrightError(
      missing.map(({ name }) => ({
        code: 'TARGET_UNSUPPORTED',
        path: `services.${name}.deploy`,
        message: `expected image and how it runs, which ${wanting(input)} needs, got none; add it: deploy: { image: <image>, ports: { http: 8080 }, user: { uid: 1000, gid: 1000 } }`,
      })),
    );
  return sizedServices(input);
}

/** As `renderedServices`, for files that need to know of no deployment. */
export function sizedServices({ plan, platform, stack, policies, held }: RenderInput): RenderedService[] {
  return stack.services.flatMap((service) => {
    const decided = plan.services[service.name];
    if (decided === undefined) return [];
    const named = policies[service.policy]!;
    const flat = flatService(service, named);
    const policy = {
      ...named,
      settings: named.settings.map((setting) => settingOn(platform, setting, named)),
      secrets: [...named.secrets, ...flat.secrets],
    };
    const computed = held && policy.parameters.length > 0 ? { held: held[service.name]! } : {};
    return { service: flat, policy, plan: decided, ...computed };
  });
}

/** A service of the stack by its name, planned or not. */
export function flatNamed({ stack, policies }: RenderInput, name: string): FlatService {
  const service = findService(stack, name);
  return flatService(service, policies[service.policy]!);
}

function flatService({ deploy, ...service }: Service, { stop }: Policy): FlatService {
  return { ...service, ...NOT_DEPLOYED, terminationGraceSeconds: stop.graceSeconds, ...deploy };
}

/** What is said of a service where the stack says nothing. */
const NOT_DEPLOYED: Omit<Deploy, 'terminationGraceSeconds'> = {
  image: '',
  shell: true,
  ports: [],
  env: {},
  secrets: [],
  files: [],
  labels: {},
  annotations: {},
  nodeSelector: {},
  writable: [],
  writableSizeMiB: 0,
  probes: {},
  preStopSeconds: 0,
  egress: [],
};

/**
 * Whom the program runs as.
 * @throws TARGET_UNSUPPORTED where the stack does not say it
 */
export function userOf(input: RenderInput, { name, user }: FlatService): NonNullable<Deploy['user']> {
  return (
    user ??
    fail(
      'TARGET_UNSUPPORTED',
      `services.${name}.deploy.user`,
      `expected whom the program runs as, which ${wanting(input)} needs, got none; add it: user: { uid: 1000, gid: 1000 }`,
    )
  );
}

/** The first port, which probes and load balancers use. */
export function mainPortOf(service: FlatService): Port | undefined {
  return service.ports[0];
}

/** The main port of the service that the stack is entered by. */
export function publishedPort({ main }: Stack, service: FlatService): number | undefined {
  return service.name === main ? mainPortOf(service)?.port : undefined;
}

function wanting({ target }: RenderInput): string {
  return target === undefined ? 'what is made here' : `target ${target}`;
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

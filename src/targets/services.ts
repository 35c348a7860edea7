/** The services that a plan's targets render. */
import { SizewrightError } from '../errors/errors.ts';
import { fallsBack, type Platform } from '../platforms/platform.ts';
import type { Policy, Setting } from '../policy/policy.ts';
import { type Deploy, findService, type MountedFile, type Service } from '../stack/stack.ts';
import { configurationFile } from './configuration-file.ts';
import { oncePerPlan } from './once.ts';
import { type FlatService, type RenderedService, wanting } from './rendered.ts';
import type { RenderInput } from './target.ts';
import { filesFor } from './values.ts';

/**
 * The services that this plan holds, in stack order; external ones are left out.
 * @throws TARGET_UNSUPPORTED for every one that the stack does not say how to deploy
 */
export function renderedServices(input: RenderInput): readonly RenderedService[] {
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
export const sizedServices = oncePerPlan(({ plan, platform, stack, policies, held }): readonly RenderedService[] => {
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
    return withConfiguration({ service: flat, policy, plan: decided, ...computed });
  });
});

/** A service of the stack by its name, planned or not. */
export function flatNamed({ stack, policies }: RenderInput, name: string): FlatService {
  const service = findService(stack, name);
  return flatService(service, policies[service.policy]!);
}

function flatService(service: Service, { stop }: Policy): FlatService {
  const known = FLAT.get(service);
  if (known?.stop === stop) return known.flat;
  const { deploy, ...sizing } = service;
  const flat = { ...sizing, ...NOT_DEPLOYED, terminationGraceSeconds: stop.graceSeconds, ...deploy };
  FLAT.set(service, { stop, flat });
  return flat;
}

/** Made once for each service, with the policy's facts that it was made from. */
const FLAT = new WeakMap<Service, { stop: Policy['stop']; flat: FlatService }>();

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
 * With the program's own files among those that the container finds, where values reach it that way. Where they are
 * computed at start, the entry point writes them.
 */
function withConfiguration(rendered: RenderedService): RenderedService {
  if (rendered.held) return rendered;
  const files = filesFor(rendered).map(
    ({ delivery, values }): MountedFile => ({
      path: delivery.path!,
      text: configurationFile(rendered, delivery, values, []),
      why: `the values of ${rendered.policy.title}`,
    }),
  );
  if (files.length === 0) return rendered;
  return { ...rendered, service: { ...rendered.service, files: [...rendered.service.files, ...files] } };
}

/** A setting as it takes effect: what the kernel cuts it to where the place does not let it be raised. */
function settingOn(platform: Platform, setting: Setting, { sysctls }: Policy): Setting {
  const limit = sysctls.find(({ key }) => key === setting.sysctl);
  if (limit === undefined || !fallsBack(platform, limit.key)) return setting;
  const { otherwise } = limit;
  return { ...setting, value: otherwise, why: `${setting.why}, which cannot be set here: ${otherwise} holds` };
}

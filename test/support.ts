/** Plans of the built-in stack for tests, straight from the YAML in the repository. */
import { readFileSync } from 'node:fs';
import { familyFromYaml, policyFromYaml, stackFromYaml } from '../src/files/parse.ts';
import { tryContainerName } from '../src/hardware/container.ts';
import { familyKey, findMachine } from '../src/hardware/family.ts';
import type { Profile } from '../src/hardware/profile.ts';
import type { Placement } from '../src/plan/allocate/stack.ts';
import type { Override } from '../src/plan/decide/overrides.ts';
import { makePlan, type Planning } from '../src/plan/plan.ts';
import { findPlatform } from '../src/platforms/index.ts';
import type { Policy } from '../src/policy/policy.ts';
import type { Stack } from '../src/stack/stack.ts';
import type { RenderInput } from '../src/targets/target.ts';

const root = new URL('..', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

export function builtInPolicy(name: string): Policy {
  return policyFromYaml(read(`policies/${name}.yaml`), `policies/${name}.yaml`).value;
}

export function builtInStack(name: string): { stack: Stack; policies: Record<string, Policy> } {
  const file = `stacks/${name}/stack.yaml`;
  const { value: stack } = stackFromYaml(read(file), file, builtInPolicy);
  return { stack, policies: Object.fromEntries(stack.services.map(({ policy }) => [policy, builtInPolicy(policy)])) };
}

export function builtInProfile(name: string): Profile {
  const container = tryContainerName(name);
  if (container) return container;
  const key = familyKey(name);
  const machine = key && findMachine(familyFromYaml(read(`profiles/${key}.yaml`), key).value, name);
  if (!machine) throw new Error(`no profile ${name}`);
  return machine;
}

/** On ECS a volume has to be asked for: what it is rendered to is tested too. */
const unfenced = (stack: Stack): Stack => ({
  ...stack,
  services: stack.services.map((service) => {
    const { deploy } = service;
    if (deploy?.volume === undefined) return service;
    return { ...service, deploy: { ...deploy, volume: { ...deploy.volume, unfenced: 'may-corrupt' as const } } };
  }),
});
const asWritten = builtInStack('spatialvortex');
export const spatialvortex = { ...asWritten, stack: unfenced(asWritten.stack) };

export interface PlanOptions {
  platform?: string;
  external?: string[];
  overrides?: Record<string, Record<string, Override>>;
  availableMiB?: number;
  policies?: Record<string, Policy>;
}

/** The plan of the SpatialVortex stack on one profile. */
export function planFor(profile: string | Profile, options: PlanOptions = {}): Planning {
  const { stack } = spatialvortex;
  const external = options.external ?? [];
  const hardware = typeof profile === 'string' ? builtInProfile(profile) : profile;
  const placements: Placement[] = [
    { profile: hardware, services: stack.services.filter((service) => !external.includes(service.name)) },
  ];
  return makePlan({
    stack,
    policies: options.policies ?? spatialvortex.policies,
    platform: findPlatform(options.platform ?? 'host'),
    label: hardware.name,
    placements,
    external,
    overrides: options.overrides ?? {},
    ...(options.availableMiB !== undefined && { availableMiB: options.availableMiB }),
  });
}

/** What a target is given to render. */
export function renderInput(profile: string, options: PlanOptions = {}): RenderInput {
  const { stack, policies } = spatialvortex;
  const { plan } = planFor(profile, options);
  return {
    plan,
    platform: findPlatform(plan.platform),
    stack,
    policies,
    command: `sizewright synth --profile ${profile}`,
  };
}

/** The values of one service, in declared order. */
export function valuesOf(planning: Planning, service: string): number[] {
  return Object.values(planning.plan.services[service]!.parameters).map((parameter) => parameter.value);
}

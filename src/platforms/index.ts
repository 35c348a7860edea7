import { fail } from '../errors/errors.ts';
import { nearestNames } from '../errors/nearest.ts';
import type { Profile } from '../hardware/profile.ts';
import { aks } from './aks.ts';
import { cloudRun } from './cloud-run.ts';
import { ecs } from './ecs.ts';
import { eks } from './eks.ts';
import { fargate } from './fargate.ts';
import { gke } from './gke.ts';
import { host } from './host.ts';
import { kubernetes } from './kubernetes.ts';
import type { MachinePlatform, NodeTweaks, Platform, PlatformKind } from './platform.ts';

const platforms: readonly Platform[] = [host, kubernetes, eks, gke, aks, ecs, fargate, cloudRun];

export const platformNames: readonly string[] = platforms.map((platform) => platform.name);

/** The first platform of each kind, which stands for it where only a target was asked for. */
export const PLATFORMS_BY_KIND: readonly (readonly [PlatformKind, string])[] = platforms
  .filter(({ kind }, index) => platforms.findIndex((other) => other.kind === kind) === index)
  .map(({ kind, name }) => [kind, name] as const);

export function isMachinePlatform(platform: Platform): platform is MachinePlatform {
  return 'allocatable' in platform;
}

/** Why a platform does not take such hardware, whatever its size; undefined where it does. */
export function unfitFor(platform: Platform, profile: Profile): string | undefined {
  if (profile.kind === 'container') return undefined;
  if (!isMachinePlatform(platform))
    return `expected container limits on ${platform.name}, got the machine ${profile.name}; give --profile 4cpu-8gi, or --cpu and --memory`;
  const { cloud } = platform;
  return cloud === undefined || profile.provider === 'other' || profile.provider === cloud
    ? undefined
    : `expected a machine of ${cloud} on ${platform.name}, got ${profile.name} of ${profile.provider}; give a machine of ${cloud}, or another platform`;
}

/** @throws PLATFORM_UNSUPPORTED where no machines are shared */
export function machinePlatform(platform: Platform): MachinePlatform {
  if (isMachinePlatform(platform)) return platform;
  const others = platforms.filter(isMachinePlatform).map((other) => other.name);
  return fail(
    'PLATFORM_UNSUPPORTED',
    '--platform',
    `expected a platform of machines (${others.join(', ')}), got ${platform.name}, which takes container limits`,
  );
}

/** The platform with what the operator states of its nodes. */
export function withTweaks(platform: MachinePlatform, tweaks: NodeTweaks): MachinePlatform {
  return { ...platform, allocatable: (machine, more) => platform.allocatable(machine, { ...tweaks, ...more }) };
}

/** @throws PLATFORM_UNKNOWN */
export function findPlatform(name: string): Platform {
  const found = platforms.find((platform) => platform.name === name);
  if (found) return found;
  const near = nearestNames(name, platformNames);
  return fail(
    'PLATFORM_UNKNOWN',
    '--platform',
    `expected one of ${platformNames.join(', ')}, or a path to a .yaml file, got "${name}"${near.length > 0 ? `; did you mean ${near[0]}?` : ''}`,
  );
}

import { fail } from '../errors.ts';
import { nearestNames } from '../profile/nearest.ts';
import { aks } from './aks.ts';
import { eks } from './eks.ts';
import { gke } from './gke.ts';
import { host } from './host.ts';
import { kubernetes } from './kubernetes.ts';
import type { NodeTweaks, Platform } from './platform.ts';

const platforms: readonly Platform[] = [host, kubernetes, eks, gke, aks];

export const platformNames: readonly string[] = platforms.map((platform) => platform.name);

/** The platform with what the operator states of its nodes. */
export function withTweaks(platform: Platform, tweaks: NodeTweaks): Platform {
  return { ...platform, allocatable: (machine) => platform.allocatable(machine, tweaks) };
}

/** @throws PLATFORM_UNKNOWN */
export function findPlatform(name: string): Platform {
  const found = platforms.find((platform) => platform.name === name);
  if (found) return found;
  const near = nearestNames(name, platformNames);
  return fail(
    'PLATFORM_UNKNOWN',
    '--platform',
    `expected one of ${platformNames.join(', ')}, got "${name}"${near.length > 0 ? `; did you mean ${near[0]}?` : ''}`,
  );
}

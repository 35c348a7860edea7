import { fail } from '../errors/errors.ts';
import { nearestNames } from '../errors/nearest.ts';
import { about as cloudRun } from './cloud-run/about.ts';
import { about as compose } from './compose/about.ts';
import { about as docker } from './docker/about.ts';
import { about as ecs } from './ecs/about.ts';
import { about as env } from './env/about.ts';
import { about as helm } from './helm/about.ts';
import { about as kubernetes } from './kubernetes/about.ts';
import { about as kustomize } from './kustomize/about.ts';
import { about as monitoring } from './monitoring/about.ts';
import { about as pulumi } from './pulumi/about.ts';
import type { Target } from './target.ts';
import { about as terraform } from './terraform/about.ts';
import { about as terraformModule } from './terraform-module/about.ts';

/** Each loads when it is asked for. */
export const targets: readonly Target[] = [
  { ...env, load: async () => (await import('./env/index.ts')).env },
  { ...docker, load: async () => (await import('./docker/index.ts')).docker },
  { ...compose, load: async () => (await import('./compose/index.ts')).compose },
  { ...kubernetes, load: async () => (await import('./kubernetes/index.ts')).kubernetes },
  { ...kustomize, load: async () => (await import('./kustomize/index.ts')).kustomize },
  { ...helm, load: async () => (await import('./helm/index.ts')).helm },
  { ...ecs, load: async () => (await import('./ecs/index.ts')).ecs },
  { ...cloudRun, load: async () => (await import('./cloud-run/index.ts')).cloudRun },
  { ...terraform, load: async () => (await import('./terraform/index.ts')).terraform },
  { ...terraformModule, load: async () => (await import('./terraform-module/index.ts')).terraformModule },
  { ...pulumi, load: async () => (await import('./pulumi/index.ts')).pulumi },
  { ...monitoring, load: async () => (await import('./monitoring/index.ts')).monitoring },
];

/** @throws TARGET_UNKNOWN */
export function findTarget(name: string): Target {
  const found = targets.find((target) => target.name === name);
  if (found) return found;
  const names = targets.map((target) => target.name);
  const near = nearestNames(name, names);
  return fail(
    'TARGET_UNKNOWN',
    '--target',
    `expected one of ${names.join(', ')}, got "${name}"${near.length > 0 ? `; did you mean ${near[0]}?` : ''}`,
  );
}

import { fail } from '../errors/errors.ts';
import { nearestNames } from '../errors/nearest.ts';
import { cloudRun } from './cloud-run/index.ts';
import { compose } from './compose/index.ts';
import { docker } from './docker/index.ts';
import { ecs } from './ecs/index.ts';
import { env } from './env/index.ts';
import { helm } from './helm/index.ts';
import { kubernetes } from './kubernetes/index.ts';
import { kustomize } from './kustomize/index.ts';
import { monitoring } from './monitoring/index.ts';
import { pulumi } from './pulumi/index.ts';
import type { Target } from './target.ts';
import { terraform } from './terraform/index.ts';
import { terraformModule } from './terraform-module/index.ts';

export const targets: readonly Target[] = [
  env,
  docker,
  compose,
  kubernetes,
  kustomize,
  helm,
  ecs,
  cloudRun,
  terraform,
  terraformModule,
  pulumi,
  monitoring,
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

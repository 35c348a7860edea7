/** The services and their scaling read back: how many tasks there could be. */
import type { Finding } from '../../errors/errors.ts';
import { type FindingCode, finding } from '../../errors/findings.ts';
import type { Service } from '../../stack/stack.ts';
import type { Artifact, RenderInput } from '../target.ts';
import { onInstances } from './capacity.ts';

/** The parts of a service that are looked at. */
interface ReadService {
  cluster?: string;
  serviceName?: string;
  taskDefinition?: string;
  desiredCount?: number;
  launchType?: string;
  placementConstraints?: { type?: string }[];
  deploymentConfiguration?: { maximumPercent?: number; minimumHealthyPercent?: number };
}

/** Of a scalable target, or of a policy for one. */
interface ReadScaling {
  ResourceId?: string;
  MinCapacity?: number;
  MaxCapacity?: number;
}

/** The service runs its own task definition, and neither a rollout nor its scaling exceeds what the constraints count. */
export function serviceFindings(
  artifacts: readonly Artifact[],
  input: RenderInput,
  { name, podsPerNode }: Service,
  family: string | undefined,
): Finding[] {
  const findings: Finding[] = [];
  const report = (code: FindingCode, path: string, message: string) => findings.push(finding(code, path, message));
  const replicas = input.plan.services[name]?.replicas;
  if (replicas === undefined) return findings;

  const path = `${name}/service.json`;
  const file = artifacts.find((artifact) => artifact.path === path);
  const service: ReadService = file ? JSON.parse(file.contents) : {};
  if (service.taskDefinition !== family)
    report('TASK_UNKNOWN', path, `expected the task definition ${family}, got ${service.taskDefinition}`);
  if (service.desiredCount !== replicas.min)
    report('REPLICAS_DIFFER', path, `expected ${replicas.min} tasks, got ${service.desiredCount}`);
  const launchType = onInstances(input) ? 'EC2' : 'FARGATE';
  if (service.launchType !== launchType)
    report('CAPACITY_DIFFERS', path, `expected ${launchType}, got ${service.launchType}`);
  const distinct = service.placementConstraints?.some(({ type }) => type === 'distinctInstance') ?? false;
  if (onInstances(input) && distinct !== (podsPerNode === 1))
    report(
      'PLACEMENT_DIFFERS',
      path,
      `expected ${podsPerNode} tasks an instance, got ${distinct ? 'one' : 'any number'}`,
    );
  const { maximumPercent = 200, minimumHealthyPercent = 100 } = service.deploymentConfiguration ?? {};
  const most = (tasks: number) => Math.floor((tasks * maximumPercent) / 100);
  const counted = replicas.max + replicas.surge;
  if (most(replicas.max) > counted)
    report('SURGE_EXCEEDED', path, `expected at most ${counted} tasks in a rollout, got ${most(replicas.max)}`);
  const healthy = Math.ceil((replicas.min * minimumHealthyPercent) / 100);
  if (healthy >= most(replicas.min) && replicas.min > 0)
    report('ROLLOUT_STUCK', path, `expected room to replace one of ${replicas.min} tasks, got none`);

  for (const { path: scalingPath, contents } of artifacts) {
    if (!scalingPath.startsWith(`${name}/scal`)) continue;
    const scaling: ReadScaling = JSON.parse(contents);
    const resource = `service/${service.cluster}/${service.serviceName}`;
    if (scaling.ResourceId !== resource)
      report('SERVICE_DIFFERS', scalingPath, `expected ${resource}, got ${scaling.ResourceId}`);
    const { MinCapacity: min = replicas.min, MaxCapacity: max = replicas.max } = scaling;
    if (min !== replicas.min || max !== replicas.max)
      report('REPLICAS_DIFFER', scalingPath, `expected ${replicas.min} to ${replicas.max} tasks, got ${min} to ${max}`);
  }
  return findings;
}

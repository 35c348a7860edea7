/** JSON for `aws ecs … --cli-input-json`: a task definition and a service for each service of the stack. */

import type { RenderedService } from '../rendered.ts';
import { renderedServices } from '../services.ts';
import type { Artifact, PlanTarget, RenderInput } from '../target.ts';
import { about } from './about.ts';
import { onInstances, userData } from './capacity.ts';
import { read } from './read.ts';
import { readme } from './readme.ts';
import { scalableTarget, scalingPolicies, serviceOf } from './service.ts';
import { CPU_UNITS, HEALTH, healthSeconds, MAX_STOP_SECONDS, taskDefinition, unitsOf } from './task.ts';

export const ecs: PlanTarget = {
  ...about,
  unsupported,
  render,
  stream: (artifacts) =>
    artifacts.flatMap(({ path, contents }) => (path.endsWith('/task-definition.json') ? contents : [])).join(''),
  read,
};

function render(input: RenderInput): Artifact[] {
  const files = [
    ...input.plan.machines.map((machine) => userData(input, machine)),
    ...renderedServices(input).flatMap((rendered) => serviceFiles(input, rendered)),
  ];
  return [{ path: 'README.md', contents: readme(input, files) }, ...files];
}

function serviceFiles(input: RenderInput, rendered: RenderedService): Artifact[] {
  const file = (name: string, value: object): Artifact => ({
    path: `${rendered.service.name}/${name}.json`,
    contents: `${JSON.stringify(value, null, 2)}\n`,
  });
  const scaling = scalingPolicies(input, rendered);
  return [
    file('task-definition', taskDefinition(input, rendered)),
    file('service', serviceOf(input, rendered)),
    ...(scaling.length > 0 ? [file('scalable-target', scalableTarget(input, rendered))] : []),
    ...scaling.map(({ metric, policy }) => file(`scaling-policy-${metric}`, policy)),
  ];
}

function unsupported(input: RenderInput): string | undefined {
  return renderedServices(input)
    .map((rendered) => refused(input, rendered))
    .find((reason) => reason !== undefined);
}

function refused(input: RenderInput, { service, plan }: RenderedService): string | undefined {
  const { name, terminationGraceSeconds } = service;
  if (!onInstances(input) && terminationGraceSeconds > MAX_STOP_SECONDS)
    return `expected at most ${MAX_STOP_SECONDS} s to stop, got ${terminationGraceSeconds} s for ${name}; Fargate kills a container then`;
  const longest = healthSeconds(HEALTH.startPeriod.max, HEALTH.interval.max, HEALTH.retries.max);
  if (plan.startupSeconds > longest)
    return `expected at most ${longest} s to start, which is as long as an ECS health check waits, got ${plan.startupSeconds} s for ${name}`;
  const units = plan.limits.cpuMillis === undefined ? undefined : unitsOf(plan.limits.cpuMillis);
  if (units !== undefined && (units < CPU_UNITS.min || units > CPU_UNITS.max))
    return `expected ${CPU_UNITS.min} to ${CPU_UNITS.max} CPU units for a task (1024 are a vCPU), got ${units} for ${name}; change its cpuShare, atLeast or atMost, or say cpuLimit: none`;
  return undefined;
}

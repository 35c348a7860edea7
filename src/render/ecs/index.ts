/** JSON for `aws ecs … --cli-input-json`: a task definition and a service for each service of the stack, on Fargate. */
import type { Artifact, RenderInput, Target } from '../target.ts';
import { renderedServices } from '../values.ts';
import { read } from './read.ts';
import { readme } from './readme.ts';
import { scalableTarget, scalingPolicies, serviceOf } from './service.ts';
import { HEALTH, healthSeconds, MAX_STOP_SECONDS, taskDefinition } from './task.ts';

export const ecs: Target = {
  name: 'ecs',
  title: 'Amazon ECS on Fargate: task definitions, services, scaling, as JSON for the AWS CLI',
  platforms: ['fargate'],
  unsupported,
  render,
  stream: (artifacts) =>
    artifacts.flatMap(({ path, contents }) => (path.endsWith('/task-definition.json') ? contents : [])).join(''),
  read,
};

function render(input: RenderInput): Artifact[] {
  return [
    { path: 'README.md', contents: readme(input) },
    ...renderedServices(input).flatMap((rendered) => {
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
    }),
  ];
}

function unsupported(input: RenderInput): string | undefined {
  for (const rendered of renderedServices(input)) {
    const { name, terminationGraceSeconds } = rendered.service;
    if (terminationGraceSeconds > MAX_STOP_SECONDS)
      return `expected at most ${MAX_STOP_SECONDS} s to stop, got ${terminationGraceSeconds} s for ${name}; ECS kills a container then`;
    const longest = healthSeconds(HEALTH.startPeriod.max, HEALTH.interval.max, HEALTH.retries.max);
    if (rendered.plan.startupSeconds > longest)
      return `expected at most ${longest} s to start, which is as long as an ECS health check waits, got ${rendered.plan.startupSeconds} s for ${name}`;
  }
  return undefined;
}

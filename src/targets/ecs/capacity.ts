/** What the tasks run on: Fargate, or instances of the cluster's own, which their user data make what the plan counts on. */
import type { MachinePlan } from '../../plan/plan.ts';
import { isMachinePlatform } from '../../platforms/index.ts';
import { SYSTEM } from '../../platforms/node.ts';
import { headerLines } from '../header.ts';
import { commentLines } from '../shell-text.ts';
import type { Artifact, RenderInput } from '../target.ts';

/** Whether the tasks run on instances, not on Fargate. */
export function onInstances({ platform }: RenderInput): boolean {
  return isMachinePlatform(platform);
}

/** The kind of instance that a service is planned for; undefined on Fargate and for limits without a machine. */
export function instanceOf({ plan }: RenderInput, service: string): MachinePlan | undefined {
  return plan.machines.find(({ services }) => services.includes(service));
}

/** What ECS may not give to tasks: the agent takes it off what it registers. */
export function reservedMiB({ reservations }: MachinePlan): number {
  return reservations.find(({ name }) => name === SYSTEM)!.memoryMiB;
}

/** The cluster that the services run in. */
export function clusterOf({ stack }: RenderInput): string {
  return stack.namespace;
}

export function userDataPath({ name }: MachinePlan): string {
  return `instances/${name}.sh`;
}

/**
 * What an instance runs when it starts first.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bootstrap_container_instance.html
 */
export function userData(input: RenderInput, machine: MachinePlan): Artifact {
  const notes = [
    ...headerLines(input),
    '',
    `User data of ${machine.profile} with an Amazon ECS-optimized AMI for ${machine.architecture}.`,
  ];
  const lines = [
    '#!/bin/sh',
    ...commentLines(notes),
    "cat >> /etc/ecs/ecs.config <<'EOF'",
    `ECS_CLUSTER=${clusterOf(input)}`,
    `ECS_RESERVED_MEMORY=${reservedMiB(machine)}`,
    'EOF',
    '',
  ];
  return { path: userDataPath(machine), contents: lines.join('\n'), executable: true };
}

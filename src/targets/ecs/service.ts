/** The service that keeps the tasks running, how they are replaced, and what scales them. */
import type { Replicas } from '../../stack/stack.ts';
import type { RenderedService } from '../rendered.ts';
import type { RenderInput } from '../target.ts';
import { clusterOf, instanceOf, onInstances } from './capacity.ts';
import { placeholder } from './placeholders.ts';
import { familyOf, launchTypeOf } from './task.ts';

/** Of Fargate. */
export const PLATFORM_VERSION = '1.4.0';

export function serviceOf(input: RenderInput, rendered: RenderedService) {
  const { service, plan } = rendered;
  return {
    cluster: clusterOf(input),
    serviceName: service.name,
    taskDefinition: familyOf(input, rendered),
    launchType: launchTypeOf(input),
    ...(onInstances(input) ? placementOf(input, rendered) : { platformVersion: PLATFORM_VERSION }),
    desiredCount: plan.replicas.min,
    deploymentConfiguration: {
      ...deploymentPercentages(plan.replicas),
      deploymentCircuitBreaker: { enable: true, rollback: true },
    },
    // Rebalancing starts a task before it stops one: more than the replicas that the constraints count.
    availabilityZoneRebalancing: 'DISABLED',
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: [placeholder('SUBNET_A'), placeholder('SUBNET_B')],
        securityGroups: [placeholder('SECURITY_GROUP')],
        assignPublicIp: 'DISABLED',
      },
    },
    enableECSManagedTags: true,
  };
}

/**
 * One replica of a service an instance where the plan has one, so that each has its part of the instance; more are
 * spread evenly. On the kind of instance that the plan is for, which has the attributes that the stack selects.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html
 */
function placementOf(input: RenderInput, { service: { name, podsPerNode, nodeSelector } }: RenderedService): object {
  const instance = instanceOf(input, name);
  const conditions = [
    ...(instance?.provider === 'aws' ? [`attribute:ecs.instance-type == ${instance.profile}`] : []),
    ...Object.entries(nodeSelector).map(([key, value]) =>
      value === '' ? `attribute:${key} exists` : `attribute:${key} == ${value}`,
    ),
  ];
  return {
    placementConstraints: [
      ...(podsPerNode === 1 ? [{ type: 'distinctInstance' }] : []),
      ...(conditions.length > 0 ? [{ type: 'memberOf', expression: conditions.join(' and ') }] : []),
    ],
    placementStrategy: [
      { type: 'spread', field: 'attribute:ecs.availability-zone' },
      ...(podsPerNode > 1 ? [{ type: 'spread', field: 'instanceId' }] : []),
    ],
  };
}

/**
 * Never more than `max + surge` tasks at any desired count, and always one that can be replaced. ECS rounds the maximum
 * down and the minimum up.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
 */
export function deploymentPercentages({ min, max, surge }: Replicas): {
  maximumPercent: number;
  minimumHealthyPercent: number;
} {
  const maximumPercent = 100 + Math.floor((surge * 100) / Math.max(1, max));
  const oneMore = Math.floor((min * maximumPercent) / 100) > min;
  return {
    maximumPercent,
    minimumHealthyPercent: oneMore ? 100 : Math.floor((Math.max(0, min - 1) * 100) / Math.max(1, min)),
  };
}

/**
 * Until a load balancer finds a target healthy: five checks, 30 s apart, where its target group says nothing else.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-healthcheck.html (2026-06)
 */
export const TARGET_SECONDS = 150;

/** How long what a load balancer says of a new task does not count. */
export function graceSeconds({ plan }: RenderedService): number {
  return plan.startupSeconds + TARGET_SECONDS;
}

/** Application Auto Scaling begins its names with capitals, other than ECS. */
export function scalableTarget(input: RenderInput, rendered: RenderedService) {
  const { min, max } = rendered.plan.replicas;
  return { ...scaled(input, rendered), MinCapacity: min, MaxCapacity: max };
}

/** A minute is the metric's own resolution. */
const MIN_SCALE_OUT_SECONDS = 60;
const MIN_SCALE_IN_SECONDS = 300;

const METRICS = { cpu: 'ECSServiceAverageCPUUtilization', memory: 'ECSServiceAverageMemoryUtilization' } as const;

/**
 * One policy for each percentage that the plan has; none where it does not scale. A cooldown is no shorter than a start:
 * tasks that still load take no work off the others, so more would be added for the same load.
 */
export function scalingPolicies(input: RenderInput, rendered: RenderedService) {
  const { autoscale, startupSeconds } = rendered.plan;
  if (autoscale === undefined) return [];
  const percents = { cpu: autoscale.cpuPercent, memory: autoscale.memoryPercent };
  return (['cpu', 'memory'] as const).flatMap((metric) => {
    const percent = percents[metric];
    if (percent === undefined) return [];
    const policy = {
      PolicyName: `${familyOf(input, rendered)}-${metric}`,
      ...scaled(input, rendered),
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: percent,
        PredefinedMetricSpecification: { PredefinedMetricType: METRICS[metric] },
        ScaleInCooldown: Math.max(MIN_SCALE_IN_SECONDS, startupSeconds),
        ScaleOutCooldown: Math.max(MIN_SCALE_OUT_SECONDS, startupSeconds),
      },
    };
    return { metric, policy };
  });
}

function scaled(input: RenderInput, { service }: RenderedService) {
  return {
    ServiceNamespace: 'ecs',
    ResourceId: `service/${clusterOf(input)}/${service.name}`,
    ScalableDimension: 'ecs:service:DesiredCount',
  };
}

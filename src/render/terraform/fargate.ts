/** What the ecs target writes for Fargate, as resources of Terraform's AWS provider. */
import { collectProblems, fail } from '../../errors.ts';
import { clusterOf } from '../ecs/capacity.ts';
import { filled, type Placeholder } from '../ecs/placeholders.ts';
import { PLATFORM_VERSION, scalableTarget, scalingPolicies, serviceOf } from '../ecs/service.ts';
import { logGroupOf, taskDefinition } from '../ecs/task.ts';
import type { RenderInput } from '../target.ts';
import { type RenderedService, renderedServices } from '../values.ts';
import { type Attributes, Given, literal, Reference, type Resource } from './resource.ts';

export const AWS_PROVIDER = { source: 'hashicorp/aws', version: '>= 5.80' };

/** What an account has, for Terraform to evaluate: texts, or tokens of cdktf. */
export interface Account {
  /** For the logs. */
  readonly region: string;
  /** A role with AmazonECSTaskExecutionRolePolicy that may read the secrets. */
  readonly executionRoleArn: string;
  /** Private ones. */
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  /** Name of a cluster that is there. @default the stack's namespace */
  readonly cluster?: string;
  /** By service. @default nothing */
  readonly services?: Readonly<Record<string, ServiceAccount>>;
}

/** What an account has for one service. */
export interface ServiceAccount {
  /** The whole ARN of the Secrets Manager secret whose JSON has its keys; needed where it has secrets. */
  readonly secretArn?: string;
  /** An EFS file system, and an access point of it; needed where it has a volume. */
  readonly fileSystemId?: string;
  readonly accessPointId?: string;
  /** @default those of all services */
  readonly securityGroups?: readonly string[];
}

/**
 * A log group, and for each service its task definition, the service and what scales it.
 * @throws USAGE where the account lacks what a service needs, SERVICE_UNKNOWN
 */
export function fargateResources(input: RenderInput, account: Account): Resource[] {
  const present = renderedServices(input);
  const names = present.map(({ service }) => service.name);
  const known = (name: string): Resource[] =>
    names.includes(name)
      ? []
      : fail(
          'SERVICE_UNKNOWN',
          `services.${name}`,
          `expected a service of the plan (${names.join(', ')}), got "${name}"`,
        );
  const logs = { type: 'aws_cloudwatch_log_group', name: LOGS, attributes: { name: logGroupOf(input) } };
  return [
    logs,
    ...collectProblems([
      ...Object.keys(account.services ?? {}).map((name) => () => known(name)),
      ...present.map((rendered) => () => serviceResources(input, rendered, account)),
    ]).flat(),
  ];
}

const LOGS = 'logs';

function serviceResources(input: RenderInput, rendered: RenderedService, account: Account): Resource[] {
  const { name } = rendered.service;
  const service = serviceOf(input, rendered);
  const { maximumPercent, minimumHealthyPercent, deploymentCircuitBreaker } = service.deploymentConfiguration;
  const { assignPublicIp } = service.networkConfiguration.awsvpcConfiguration;
  const scaling = scalingResources(input, rendered, account);
  return [
    {
      type: 'aws_ecs_task_definition',
      name: `${name}_task`,
      attributes: taskOf(input, rendered, account),
    },
    {
      type: 'aws_ecs_service',
      name: `${name}_service`,
      attributes: {
        name: service.serviceName,
        cluster: new Given(account.cluster ?? service.cluster),
        task_definition: new Reference(`${name}_task`, 'arn'),
        launch_type: service.launchType,
        platform_version: PLATFORM_VERSION,
        desired_count: service.desiredCount,
        deployment_maximum_percent: maximumPercent,
        deployment_minimum_healthy_percent: minimumHealthyPercent,
        deployment_circuit_breaker: deploymentCircuitBreaker,
        availability_zone_rebalancing: service.availabilityZoneRebalancing,
        network_configuration: {
          subnets: new Given(account.subnets),
          security_groups: new Given(account.services?.[name]?.securityGroups ?? account.securityGroups),
          assign_public_ip: assignPublicIp === 'ENABLED',
        },
        enable_ecs_managed_tags: service.enableECSManagedTags,
        wait_for_steady_state: true,
      },
      dependsOn: [LOGS],
      ...(scaling.length > 0 && { ignoreChanges: ['desired_count'] }),
    },
    ...scaling,
  ];
}

function scalingResources(input: RenderInput, rendered: RenderedService, account: Account): Resource[] {
  const { name } = rendered.service;
  const policies = scalingPolicies(input, rendered);
  if (policies.length === 0) return [];
  const { MinCapacity, MaxCapacity, ScalableDimension, ServiceNamespace } = scalableTarget(input, rendered);
  const scaled = {
    resource_id: new Given(`service/${account.cluster ?? clusterOf(input)}/${name}`),
    scalable_dimension: ScalableDimension,
    service_namespace: ServiceNamespace,
  };
  return [
    {
      type: 'aws_appautoscaling_target',
      name: `${name}_scaling`,
      attributes: { ...scaled, min_capacity: MinCapacity, max_capacity: MaxCapacity },
      dependsOn: [`${name}_service`],
    },
    ...policies.map(({ metric, policy }) => {
      const { TargetValue, PredefinedMetricSpecification, ScaleInCooldown, ScaleOutCooldown } =
        policy.TargetTrackingScalingPolicyConfiguration;
      return {
        type: 'aws_appautoscaling_policy',
        name: `${name}_scaling-${metric}`,
        attributes: {
          ...scaled,
          name: policy.PolicyName,
          policy_type: policy.PolicyType,
          target_tracking_scaling_policy_configuration: {
            target_value: TargetValue,
            scale_in_cooldown: ScaleInCooldown,
            scale_out_cooldown: ScaleOutCooldown,
            predefined_metric_specification: {
              predefined_metric_type: PredefinedMetricSpecification.PredefinedMetricType,
            },
          },
        },
        dependsOn: [`${name}_scaling`],
      };
    }),
  ];
}

function taskOf(input: RenderInput, rendered: RenderedService, account: Account): Attributes {
  const task = taskDefinition(input, rendered);
  const { name } = rendered.service;
  const own = account.services?.[name] ?? {};
  const given: Partial<Record<Placeholder, string | undefined>> = {
    AWS_REGION: account.region,
    SECRET_ARN: own.secretArn,
    FILE_SYSTEM_ID: own.fileSystemId,
    ACCESS_POINT_ID: own.accessPointId,
  };
  const missing = (place: Placeholder): never =>
    fail(
      'USAGE',
      `services.${name}.${PROPS[place]?.name}`,
      `expected ${PROPS[place]?.is}, got none; a managed service is the other way: external`,
    );
  const fill = (text: string) =>
    new Given(
      filled(
        text,
        (place) => given[place] ?? missing(place),
        (kept) => literal(kept, `${name}_task`),
      ),
    );
  return {
    family: task.family,
    requires_compatibilities: task.requiresCompatibilities,
    network_mode: task.networkMode,
    runtime_platform: {
      operating_system_family: task.runtimePlatform.operatingSystemFamily,
      cpu_architecture: task.runtimePlatform.cpuArchitecture,
    },
    ...(task.cpu !== undefined && { cpu: task.cpu }),
    memory: task.memory,
    execution_role_arn: new Given(account.executionRoleArn),
    container_definitions: fill(JSON.stringify(task.containerDefinitions)),
    ...(task.volumes.length > 0 && {
      volume: task.volumes.map(({ name: volume, efsVolumeConfiguration: efs }) => ({
        name: volume,
        efs_volume_configuration: {
          file_system_id: fill(efs.fileSystemId),
          transit_encryption: efs.transitEncryption,
          authorization_config: {
            access_point_id: fill(efs.authorizationConfig.accessPointId),
            iam: efs.authorizationConfig.iam,
          },
        },
      })),
    }),
  };
}

/** Of the account's side what not every service needs. */
const PROPS: Partial<Record<Placeholder, { name: keyof ServiceAccount; is: string }>> = {
  SECRET_ARN: { name: 'secretArn', is: 'the ARN of its secret' },
  FILE_SYSTEM_ID: { name: 'fileSystemId', is: 'an EFS file system for its data' },
  ACCESS_POINT_ID: { name: 'accessPointId', is: 'an access point of the file system' },
};

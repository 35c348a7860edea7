/** What the ecs target writes for Fargate, as resources of Terraform's AWS provider, which is Pulumi's too. */
import { type Account, type IsLater, type PlacedService, placedServices } from '../ecs/account.ts';
import { filled } from '../ecs/placeholders.ts';
import {
  graceSeconds,
  PLATFORM_VERSION,
  scalableTarget,
  scalingPolicies,
  serviceOf,
  TARGET_SECONDS,
} from '../ecs/service.ts';
import { LOG_DAYS, logGroupOf, taskDefinition } from '../ecs/task.ts';
import { mainPortOf } from '../rendered.ts';
import { inStartOrder, waitsFor } from '../start-order.ts';
import type { RenderInput } from '../target.ts';
import { type Attributes, Given, Joined, Reference, type Resource } from './resource.ts';
import { timeouts } from './resources.ts';

export const AWS_PROVIDER = { source: 'hashicorp/aws', version: '>= 5.80' };

/** What the account has is what the program evaluates: texts and tokens of cdktf, inputs of Pulumi. */
type Placed = PlacedService<unknown, unknown>;

/**
 * A log group, and for each service its task definition, the service and what scales it; each after what it needs.
 * @throws USAGE where the account lacks what a service needs, SERVICE_UNKNOWN; all of them at once
 */
export function fargateResources(
  input: RenderInput,
  account: Account<unknown, unknown>,
  isLater?: IsLater,
): Resource[] {
  const logs = {
    type: 'aws_cloudwatch_log_group',
    name: LOGS,
    attributes: { name: logGroupOf(input), retention_in_days: LOG_DAYS },
  };
  const placed = placedServices(input, account, isLater);
  const ordered = inStartOrder(input).map(
    ({ service }) => placed.find(({ rendered }) => rendered.service.name === service.name)!,
  );
  return [logs, ...ordered.flatMap((one) => serviceResources(input, one))];
}

const LOGS = 'logs';
/** More a task behind a load balancer, at the defaults of target groups: 300 s to drain, and to be healthy. */
const BALANCED_SECONDS = 300 + TARGET_SECONDS;
/** As long as the provider waits unasked. */
const USUAL_SECONDS = 1200;

function serviceResources(input: RenderInput, placed: Placed): Resource[] {
  const { rendered } = placed;
  const { name } = rendered.service;
  const service = serviceOf(input, rendered);
  const { maximumPercent, minimumHealthyPercent, deploymentCircuitBreaker } = service.deploymentConfiguration;
  const { assignPublicIp } = service.networkConfiguration.awsvpcConfiguration;
  const scaling = scalingResources(input, placed);
  const { targetGroupArn, registryArn } = placed.own;
  const port = mainPortOf(rendered.service)?.port;
  const balanced = targetGroupArn !== undefined && port !== undefined;
  return [
    {
      type: 'aws_ecs_task_definition',
      name: `${name}_task`,
      attributes: taskOf(input, placed),
    },
    {
      type: 'aws_ecs_service',
      name: `${name}_service`,
      attributes: {
        name: service.serviceName,
        cluster: new Given(placed.cluster),
        task_definition: new Reference(`${name}_task`, 'arn'),
        launch_type: service.launchType,
        platform_version: PLATFORM_VERSION,
        desired_count: service.desiredCount,
        deployment_maximum_percent: maximumPercent,
        deployment_minimum_healthy_percent: minimumHealthyPercent,
        deployment_circuit_breaker: deploymentCircuitBreaker,
        availability_zone_rebalancing: service.availabilityZoneRebalancing,
        network_configuration: {
          subnets: new Given(placed.subnets),
          security_groups: new Given(placed.securityGroups),
          assign_public_ip: assignPublicIp === 'ENABLED',
        },
        ...(balanced && {
          load_balancer: [
            {
              target_group_arn: new Given(targetGroupArn),
              container_name: name,
              container_port: port,
            },
          ],
          health_check_grace_period_seconds: graceSeconds(rendered),
        }),
        // By its address alone: a container's name and port are for SRV records.
        ...(registryArn !== undefined && { service_registries: { registry_arn: new Given(registryArn) } }),
        enable_ecs_managed_tags: service.enableECSManagedTags,
        wait_for_steady_state: true,
        ...timeouts(rendered, USUAL_SECONDS, balanced ? BALANCED_SECONDS : 0),
      },
      dependsOn: [LOGS, ...waitsFor(input, name).map((other) => `${other}_service`)],
      // What scales the service sets the count, and an update would reset it.
      ...(scaling.length > 0 && { ignoreChanges: ['desired_count'] }),
    },
    ...scaling,
  ];
}

function scalingResources(input: RenderInput, { rendered, cluster }: Placed): Resource[] {
  const { name } = rendered.service;
  const policies = scalingPolicies(input, rendered);
  if (policies.length === 0) return [];
  const { MinCapacity, MaxCapacity, ScalableDimension, ServiceNamespace } = scalableTarget(input, rendered);
  const scaled = {
    resource_id: new Joined(['service/', new Given(cluster), `/${name}`]),
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
        name: `${name}_scaling_${metric}`,
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

function taskOf(input: RenderInput, { rendered, own, places }: Placed): Attributes {
  const task = taskDefinition(input, rendered);
  const fill = (text: string) => new Joined(filled(text, (place) => new Given(places[place])));
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
    execution_role_arn: fill(task.executionRoleArn),
    ...(own.taskRoleArn !== undefined && { task_role_arn: new Given(own.taskRoleArn) }),
    // The provider deregisters the old revision before it updates the service, and ECS takes no service back to one that
    // is not active: neither the circuit breaker nor a hand.
    skip_destroy: true,
    container_definitions: fill(JSON.stringify(task.containerDefinitions)),
    ...(task.volumes.length > 0 && {
      volume: task.volumes.map(({ name, efsVolumeConfiguration: efs }) => ({
        name,
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

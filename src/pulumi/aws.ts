/**
 * The resources of the AWS provider that Fargate needs, by its tokens: its package is a hundred times as large as all
 * of this one.
 * @see https://www.pulumi.com/registry/packages/aws/api-docs/ (6 and 7)
 */
import * as pulumi from '@pulumi/pulumi';

export class LogGroup extends pulumi.CustomResource {
  constructor(name: string, args: { name: pulumi.Input<string> }, opts: pulumi.CustomResourceOptions) {
    super('aws:cloudwatch/logGroup:LogGroup', name, args, opts);
  }
}

export interface TaskDefinitionArgs {
  family: pulumi.Input<string>;
  requiresCompatibilities: pulumi.Input<string>[];
  networkMode: pulumi.Input<string>;
  runtimePlatform: pulumi.Input<{ operatingSystemFamily: string; cpuArchitecture: string }>;
  cpu?: pulumi.Input<string>;
  memory: pulumi.Input<string>;
  executionRoleArn: pulumi.Input<string>;
  /** JSON. */
  containerDefinitions: pulumi.Input<string>;
  volumes: pulumi.Input<object[]>;
}

export class TaskDefinition extends pulumi.CustomResource {
  /** With its revision. */
  declare readonly arn: pulumi.Output<string>;

  constructor(name: string, args: TaskDefinitionArgs, opts: pulumi.CustomResourceOptions) {
    super('aws:ecs/taskDefinition:TaskDefinition', name, { ...args, arn: undefined }, opts);
  }
}

export interface ServiceArgs {
  name: pulumi.Input<string>;
  /** Name or ARN. */
  cluster: pulumi.Input<string>;
  taskDefinition: pulumi.Input<string>;
  launchType: pulumi.Input<string>;
  platformVersion: pulumi.Input<string>;
  desiredCount: pulumi.Input<number>;
  deploymentMaximumPercent: pulumi.Input<number>;
  deploymentMinimumHealthyPercent: pulumi.Input<number>;
  deploymentCircuitBreaker: pulumi.Input<{ enable: boolean; rollback: boolean }>;
  availabilityZoneRebalancing: pulumi.Input<string>;
  networkConfiguration: {
    subnets: pulumi.Input<readonly pulumi.Input<string>[]>;
    securityGroups: pulumi.Input<readonly pulumi.Input<string>[]>;
    assignPublicIp: pulumi.Input<boolean>;
  };
  enableEcsManagedTags: pulumi.Input<boolean>;
}

export class Service extends pulumi.CustomResource {
  constructor(name: string, args: ServiceArgs, opts: pulumi.CustomResourceOptions) {
    super('aws:ecs/service:Service', name, args, opts);
  }
}

interface Scaled {
  resourceId: pulumi.Input<string>;
  scalableDimension: pulumi.Input<string>;
  serviceNamespace: pulumi.Input<string>;
}

export interface ScalableTargetArgs extends Scaled {
  minCapacity: pulumi.Input<number>;
  maxCapacity: pulumi.Input<number>;
}

export class ScalableTarget extends pulumi.CustomResource {
  constructor(name: string, args: ScalableTargetArgs, opts: pulumi.CustomResourceOptions) {
    super('aws:appautoscaling/target:Target', name, args, opts);
  }
}

export interface ScalingPolicyArgs extends Scaled {
  name: pulumi.Input<string>;
  policyType: pulumi.Input<string>;
  targetTrackingScalingPolicyConfiguration: pulumi.Input<{
    targetValue: number;
    predefinedMetricSpecification: { predefinedMetricType: string };
    scaleInCooldown: number;
    scaleOutCooldown: number;
  }>;
}

export class ScalingPolicy extends pulumi.CustomResource {
  constructor(name: string, args: ScalingPolicyArgs, opts: pulumi.CustomResourceOptions) {
    super('aws:appautoscaling/policy:Policy', name, args, opts);
  }
}

/** A whole stack on Amazon ECS with Fargate. */
import * as pulumi from '@pulumi/pulumi';
import { fail } from '../errors.ts';
import { clusterOf } from '../render/ecs/capacity.ts';
import { ecs } from '../render/ecs/index.ts';
import { filled, type Placeholder } from '../render/ecs/placeholders.ts';
import { PLATFORM_VERSION, scalableTarget, scalingPolicies, serviceOf } from '../render/ecs/service.ts';
import { logGroupOf, taskDefinition } from '../render/ecs/task.ts';
import type { RenderInput } from '../render/target.ts';
import { type RenderedService, renderedServices } from '../render/values.ts';
import type { PlanArgs } from './args.ts';
import { LogGroup, ScalableTarget, ScalingPolicy, Service, TaskDefinition } from './aws.ts';
import { type Conceal, childOptions, makePlanned, Services } from './services.ts';

/** What an account has for one service. */
export interface FargateServiceArgs {
  /** The whole ARN of the Secrets Manager secret whose JSON has its keys; needed where it has secrets. */
  readonly secretArn?: pulumi.Input<string>;
  /** An EFS file system, and an access point of it; needed where it has a volume. */
  readonly fileSystemId?: pulumi.Input<string>;
  readonly accessPointId?: pulumi.Input<string>;
  /** @default those of all services */
  readonly securityGroups?: pulumi.Input<readonly pulumi.Input<string>[]>;
}

export interface FargateServicesArgs extends PlanArgs {
  /** For the logs. */
  readonly region: pulumi.Input<string>;
  /** A role with AmazonECSTaskExecutionRolePolicy that may read the secrets. */
  readonly executionRoleArn: pulumi.Input<string>;
  /** Private ones. */
  readonly subnets: pulumi.Input<readonly pulumi.Input<string>[]>;
  readonly securityGroups: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** Name of a cluster that is there. @default the stack's namespace */
  readonly cluster?: pulumi.Input<string>;
  /** By service. */
  readonly services?: Readonly<Record<string, FargateServiceArgs>>;
}

/**
 * What the `ecs` target writes for platform `fargate`, as resources of the AWS provider: task definitions, services,
 * their scaling, the log group. The provider's plugin comes with the package `@pulumi/aws`, where the project has it.
 */
export class FargateServices extends Services<{ logGroup: string }> {
  /** Its name. */
  readonly logGroup: pulumi.Output<string>;

  /** @throws pulumi.ResourceError for whatever is wrong with the arguments, or infeasible */
  constructor(name: string, args: FargateServicesArgs, opts?: pulumi.ComponentResourceOptions) {
    const { region, executionRoleArn, subnets, securityGroups, cluster, services = {}, ...planArgs } = args;
    super('sizewright:index:FargateServices', name, opts, (self) =>
      makePlanned(PURPOSE, self, planArgs, (input, conceal) => {
        const present = renderedServices(input);
        const names = present.map(({ service }) => service.name);
        const unknown = Object.keys(services).find((one) => !names.includes(one));
        if (unknown !== undefined)
          fail(
            'SERVICE_UNKNOWN',
            `services.${unknown}`,
            `expected a service of the plan (${names.join(', ')}), got "${unknown}"`,
          );
        const account = { region, executionRoleArn, subnets, securityGroups, cluster: cluster ?? clusterOf(input) };
        const logs = new LogGroup(`${name}-logs`, conceal({ name: logGroupOf(input) }), childOptions(self, opts, []));
        for (const rendered of present) {
          const own = { ...account, ...services[rendered.service.name] };
          addService(`${name}-${rendered.service.name}`, input, rendered, own, conceal, (dependsOn) =>
            childOptions(self, opts, [logs, ...dependsOn]),
          );
        }
        return { logGroup: logGroupOf(input) };
      }),
    );
    this.logGroup = this.made.apply(({ logGroup }) => logGroup);
    this.registerAll({ logGroup: this.logGroup });
  }
}

const PURPOSE = { platform: 'fargate', kind: 'fargate', target: ecs } as const;

type Account = FargateServiceArgs &
  Pick<FargateServicesArgs, 'region' | 'executionRoleArn' | 'subnets'> & {
    securityGroups: FargateServicesArgs['securityGroups'];
    cluster: pulumi.Input<string>;
  };

function addService(
  name: string,
  input: RenderInput,
  rendered: RenderedService,
  account: Account,
  conceal: Conceal,
  optionsAfter: (dependsOn: pulumi.Resource[]) => pulumi.CustomResourceOptions,
): void {
  const task = taskDefinition(input, rendered);
  const { containerDefinitions, volumes, executionRoleArn: _, ...rest } = task;
  const places = pulumi.output(placesOf(task, rendered, account));
  const fill = <T>(value: T) => places.apply((texts) => filled(value, (place) => texts[place]!));
  const definition = new TaskDefinition(
    `${name}-task`,
    conceal({
      ...rest,
      executionRoleArn: account.executionRoleArn,
      containerDefinitions: fill(containerDefinitions).apply((containers) => JSON.stringify(containers)),
      volumes: fill(volumes) as pulumi.Input<object[]>,
    }),
    optionsAfter([]),
  );

  const { launchType, desiredCount, availabilityZoneRebalancing, enableECSManagedTags, serviceName, ...said } =
    serviceOf(input, rendered);
  const { maximumPercent, minimumHealthyPercent, deploymentCircuitBreaker } = said.deploymentConfiguration;
  const scaling = scalingPolicies(input, rendered);
  const service = new Service(
    `${name}-service`,
    conceal({
      name: serviceName,
      cluster: account.cluster,
      taskDefinition: definition.arn,
      launchType,
      platformVersion: PLATFORM_VERSION,
      desiredCount,
      deploymentMaximumPercent: maximumPercent,
      deploymentMinimumHealthyPercent: minimumHealthyPercent,
      deploymentCircuitBreaker,
      availabilityZoneRebalancing,
      networkConfiguration: {
        subnets: account.subnets,
        securityGroups: account.securityGroups,
        assignPublicIp: said.networkConfiguration.awsvpcConfiguration.assignPublicIp === 'ENABLED',
      },
      enableEcsManagedTags: enableECSManagedTags,
    }),
    // What scales the service sets the count, and an update would reset it.
    { ...optionsAfter([]), ...(scaling.length > 0 && { ignoreChanges: ['desiredCount'] }) },
  );
  if (scaling.length === 0) return;

  const { MinCapacity, MaxCapacity, ScalableDimension, ServiceNamespace } = scalableTarget(input, rendered);
  const scaled = {
    resourceId: pulumi.interpolate`service/${account.cluster}/${serviceName}`,
    scalableDimension: ScalableDimension,
    serviceNamespace: ServiceNamespace,
  };
  const target = new ScalableTarget(
    `${name}-scaling`,
    conceal({ ...scaled, minCapacity: MinCapacity, maxCapacity: MaxCapacity }),
    optionsAfter([service]),
  );
  for (const { metric, policy } of scaling) {
    const { TargetValue, PredefinedMetricSpecification, ScaleInCooldown, ScaleOutCooldown } =
      policy.TargetTrackingScalingPolicyConfiguration;
    new ScalingPolicy(
      `${name}-scaling-${metric}`,
      conceal({
        ...scaled,
        name: policy.PolicyName,
        policyType: policy.PolicyType,
        targetTrackingScalingPolicyConfiguration: {
          targetValue: TargetValue,
          predefinedMetricSpecification: { predefinedMetricType: PredefinedMetricSpecification.PredefinedMetricType },
          scaleInCooldown: ScaleInCooldown,
          scaleOutCooldown: ScaleOutCooldown,
        },
      }),
      optionsAfter([target]),
    );
  }
}

/** What fills in each placeholder of a task definition. */
function placesOf(task: object, { service }: RenderedService, account: Account) {
  const places: Partial<Record<Placeholder, pulumi.Input<string> | undefined>> = {
    AWS_REGION: account.region,
    EXECUTION_ROLE_ARN: account.executionRoleArn,
    SECRET_ARN: account.secretArn,
    FILE_SYSTEM_ID: account.fileSystemId,
    ACCESS_POINT_ID: account.accessPointId,
  };
  filled(task, (place) => {
    if (places[place] !== undefined) return '';
    const argument = ARGUMENTS[place]!;
    return fail(
      'USAGE',
      `services.${service.name}.${argument.name}`,
      `expected ${argument.is}, got none; a managed service is the other way: external`,
    );
  });
  return places as Record<Placeholder, pulumi.Input<string>>;
}

/** Those that not every service needs. */
const ARGUMENTS: Partial<Record<Placeholder, { name: keyof FargateServiceArgs; is: string }>> = {
  SECRET_ARN: { name: 'secretArn', is: 'the ARN of its secret' },
  FILE_SYSTEM_ID: { name: 'fileSystemId', is: 'an EFS file system for its data' },
  ACCESS_POINT_ID: { name: 'accessPointId', is: 'an access point of the file system' },
};

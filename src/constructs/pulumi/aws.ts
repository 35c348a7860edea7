/**
 * Resources of Terraform's AWS provider as those of Pulumi's, which is made of it; by its tokens, because its package is
 * a hundred times as large as all of this one.
 * @see https://www.pulumi.com/registry/packages/aws/api-docs/ (6 and 7)
 */
import * as pulumi from '@pulumi/pulumi';
import { type Attribute, Given, Joined, Reference, type Resource } from '../../targets/terraform/resource.ts';
import type { Conceal } from './services.ts';

/** Of the types that Fargate needs. */
const TOKENS: Readonly<Record<string, string>> = {
  aws_appautoscaling_policy: 'aws:appautoscaling/policy:Policy',
  aws_appautoscaling_target: 'aws:appautoscaling/target:Target',
  aws_cloudwatch_log_group: 'aws:cloudwatch/logGroup:LogGroup',
  aws_ecs_service: 'aws:ecs/service:Service',
  aws_ecs_task_definition: 'aws:ecs/taskDefinition:TaskDefinition',
};

class AwsResource extends pulumi.CustomResource {
  declare readonly arn: pulumi.Output<string>;

  constructor(type: string, name: string, args: object, opts: pulumi.CustomResourceOptions) {
    super(type, name, { ...args, arn: undefined }, opts);
  }
}

/**
 * Makes the resources, `<prefix>-<name>` each, after those that they depend on.
 * @param optionsAfter the options of one that depends on others
 */
export function addResources(
  prefix: string,
  resources: readonly Resource[],
  conceal: Conceal,
  optionsAfter: (dependsOn: pulumi.Resource[]) => pulumi.CustomResourceOptions,
): void {
  const made = new Map<string, AwsResource>();
  for (const { type, name, attributes, dependsOn = [], ignoreChanges = [] } of resources) {
    const { timeouts, ...args } = pulumiValue(attributes, made) as { timeouts?: pulumi.CustomTimeouts };
    const options = {
      ...optionsAfter(dependsOn.map((needed) => made.get(needed)!)),
      ...(timeouts && { customTimeouts: timeouts }),
      ignoreChanges: ignoreChanges.map(nameOf),
    };
    made.set(name, new AwsResource(TOKENS[type]!, `${prefix}-${name.replaceAll('_', '-')}`, conceal(args), options));
  }
}

function pulumiValue(value: Attribute, made: ReadonlyMap<string, AwsResource>): unknown {
  if (value instanceof Reference) return made.get(value.resource)![value.attribute as 'arn'];
  if (value instanceof Given) return value.value;
  if (value instanceof Joined)
    return pulumi.concat(...value.parts.map((part) => (part instanceof Given ? part.value : part)));
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => pulumiValue(item, made));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [nameOf(name), pulumiValue(member, made)]));
}

/** In camel case; of what there may be several, in the plural. */
function nameOf(name: string): string {
  const pulumis = name === 'volume' || name === 'load_balancer' ? `${name}s` : name;
  return pulumis.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

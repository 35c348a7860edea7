/** Resources without generated bindings: their type, and their arguments as data. */
import { TerraformResource, type TerraformResourceConfig, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { fail } from '../../errors/errors.ts';
import type { Artifact } from '../../targets/target.ts';
import { type Resource, terraformValue } from '../../targets/terraform/resource.ts';
import { TOKEN } from './template.ts';

/** What cdktf looks for a provider construct by. */
type GeneratorMetadata = NonNullable<TerraformResourceConfig['terraformGeneratorMetadata']>;

class PlainResource extends TerraformResource {
  readonly #attributes: object;

  constructor(scope: Construct, id: string, attributes: object, config: TerraformResourceConfig) {
    super(scope, id, config);
    this.#attributes = attributes;
    this.node.addValidation({ validate: () => this.#taken() });
  }

  /** What there is once, as it is synthesized: with the provider and the overrides that it has by then. */
  #identity(): string | undefined {
    const { terraformResourceType: type, friendlyUniqueId } = this;
    const named = NAMED[type];
    if (named === undefined) return undefined;
    const { provider = type.split('_')[0], ...attributes } = this.toTerraform().resource[type][friendlyUniqueId];
    const region = attributes.region === undefined ? '' : ` in ${attributes.region}`;
    return `${type} ${named.nameOf(attributes)}${region} of provider ${provider}`;
  }

  #taken(): string[] {
    const identity = this.#identity();
    if (identity === undefined) return [];
    const all = TerraformStack.of(this).node.findAll();
    const first = all.find((one) => one instanceof PlainResource && one.#identity() === identity) ?? this;
    const advice = `give one another ${NAMED[this.terraformResourceType]!.other}`;
    return first === this ? [] : [`expected one ${identity}, got another in ${first.node.path}; ${advice} (USAGE)`];
  }

  protected override synthesizeAttributes(): object {
    return this.#attributes;
  }

  protected override synthesizeHclAttributes(): never {
    throw new Error(`${this.node.path}: expected JSON (cdk.tf.json), got SYNTH_HCL_OUTPUT; unset it`);
  }
}

/** How a cluster or an account tells those apart of which a second one would overwrite the first. */
const NAMED: Readonly<Record<string, { nameOf: (attributes: ResourceAttributes) => string; other: string }>> = {
  kubernetes_namespace_v1: { nameOf: ({ metadata }) => metadata.name, other: 'namespace or provider' },
  aws_cloudwatch_log_group: { nameOf: ({ name }) => name, other: 'namespace, region or provider' },
  aws_ecs_service: { nameOf: ({ cluster, name }) => `${cluster}/${name}`, other: 'cluster, region or provider' },
};

interface ResourceAttributes {
  name: string;
  cluster: string;
  metadata: { name: string };
}

/**
 * Makes the resources below `scope`, each under its own name.
 * @returns them by name
 */
export function addResources(
  scope: Construct,
  resources: readonly Resource[],
  provider: GeneratorMetadata,
): ReadonlyMap<string, TerraformResource> {
  const made = new Map<string, TerraformResource>();
  for (const { type, name, attributes, dependsOn, ignoreChanges, preventDestroy } of resources) {
    const value = terraformValue(
      attributes,
      ({ resource, attribute }) => made.get(resource)!.getStringAttribute(attribute),
      name,
    );
    const resource = new PlainResource(scope, name, value as object, {
      terraformResourceType: type,
      terraformGeneratorMetadata: provider,
      ...(dependsOn && { dependsOn: dependsOn.map((needed) => made.get(needed)!) }),
      ...((ignoreChanges || preventDestroy) && {
        lifecycle: {
          ...(ignoreChanges && { ignoreChanges: [...ignoreChanges] }),
          ...(preventDestroy && { preventDestroy }),
        },
      }),
    });
    made.set(name, resource);
  }
  return made;
}

/**
 * Files that hold nothing that cdktf would put a value for.
 * @throws OUTPUT_INVALID
 */
export function withoutTokens(artifacts: readonly Artifact[]): readonly Artifact[] {
  const found = artifacts.find(({ contents }) => contents.includes(TOKEN));
  if (found)
    fail('OUTPUT_INVALID', found.path, `expected no ${TOKEN}, which cdktf replaces, got it in a text; change it`);
  return artifacts;
}

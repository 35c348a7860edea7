/** Providers without generated bindings; any other construct of the same provider does as well. */
import { TerraformProvider } from 'cdktf';
import type { Construct } from 'constructs';
import { AWS_PROVIDER } from '../../targets/terraform/fargate.ts';
import { KUBERNETES_PROVIDER } from '../../targets/terraform/resources.ts';
import { type PropKinds, problemsOf, refuseOthers } from './props.ts';

interface ProviderProps {
  /** What tells it from others of its type: `west`. @default none: it is for every resource that names no other */
  readonly alias?: string;
}

export interface KubernetesProviderProps extends ProviderProps {
  /** Path of a kubeconfig. @default KUBE_CONFIG_PATH in the environment of Terraform */
  readonly configPath?: string;
  /** @default KUBE_CTX, then the kubeconfig's own */
  readonly configContext?: string;
}

export interface AwsProviderProps extends ProviderProps {
  /** @default AWS_REGION in the environment of Terraform */
  readonly region?: string;
}

/** A type of provider. */
interface ProviderType {
  readonly type: string;
  readonly source: string;
  readonly version: string;
  readonly kinds: PropKinds;
}

class PlainProvider extends TerraformProvider {
  #alias: string | undefined;
  readonly #attributes: object;

  constructor(scope: Construct, id: string, { type, source, version, kinds }: ProviderType, props: ProviderProps) {
    super(scope, id, {
      terraformResourceType: type,
      terraformGeneratorMetadata: generatorMetadata(type, { version }),
      terraformProviderSource: source,
    });
    const { alias, ...attributes } = props;
    this.#alias = alias;
    this.#attributes = attributes;
    this.node.addValidation({ validate: () => problemsOf(() => refuseOthers(props, kinds)) });
  }

  /** Resources whose `provider` this one is are written with it. */
  override get alias(): string | undefined {
    return this.#alias;
  }

  override set alias(value: string | undefined) {
    this.#alias = value;
  }

  protected override synthesizeAttributes(): object {
    return this.#attributes;
  }
}

/** What cdktf finds the provider of a resource by. */
export function generatorMetadata(type: string, { version }: { version: string }) {
  return { providerName: type, providerVersionConstraint: version };
}

/** The cluster that the resources of a stack are made in. */
export class KubernetesProvider extends PlainProvider {
  constructor(scope: Construct, id: string, props: KubernetesProviderProps = {}) {
    super(scope, id, KUBERNETES, props);
  }
}

export class AwsProvider extends PlainProvider {
  constructor(scope: Construct, id: string, props: AwsProviderProps = {}) {
    super(scope, id, AWS, props);
  }
}

const KUBERNETES = {
  type: 'kubernetes',
  ...KUBERNETES_PROVIDER,
  kinds: {
    alias: 'a text',
    configPath: 'a text',
    configContext: 'a text',
  } satisfies PropKinds<KubernetesProviderProps>,
} as const;

const AWS = {
  type: 'aws',
  ...AWS_PROVIDER,
  kinds: { alias: 'a text', region: 'a text' } satisfies PropKinds<AwsProviderProps>,
} as const;

/** Providers without generated bindings; any other construct of the same provider does as well. */
import { TerraformProvider } from 'cdktf';
import type { Construct } from 'constructs';
import { AWS_PROVIDER } from '../render/terraform/fargate.ts';
import { KUBERNETES_PROVIDER } from '../render/terraform/resources.ts';

export interface KubernetesProviderProps {
  /** Path of a kubeconfig. @default KUBE_CONFIG_PATH in the environment of Terraform */
  readonly configPath?: string;
  /** @default KUBE_CTX, then the kubeconfig's own */
  readonly configContext?: string;
}

export interface AwsProviderProps {
  /** @default AWS_REGION in the environment of Terraform */
  readonly region?: string;
}

class PlainProvider extends TerraformProvider {
  readonly #attributes: object;

  constructor(
    scope: Construct,
    id: string,
    type: string,
    provider: { source: string; version: string },
    props: object,
  ) {
    super(scope, id, {
      terraformResourceType: type,
      terraformGeneratorMetadata: generatorMetadata(type, provider),
      terraformProviderSource: provider.source,
    });
    this.#attributes = props;
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
    super(scope, id, 'kubernetes', KUBERNETES_PROVIDER, props);
  }
}

export class AwsProvider extends PlainProvider {
  constructor(scope: Construct, id: string, props: AwsProviderProps = {}) {
    super(scope, id, 'aws', AWS_PROVIDER, props);
  }
}

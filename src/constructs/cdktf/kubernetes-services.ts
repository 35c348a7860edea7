import type { Construct } from 'constructs';
import { renderChecked } from '../../synth.ts';
import { terraform } from '../../targets/terraform/index.ts';
import type { Resource } from '../../targets/terraform/resource.ts';
import { KUBERNETES_PROVIDER, resourcesOf } from '../../targets/terraform/resources.ts';
import { generatorMetadata } from './providers.ts';
import { addResources, withoutTokens } from './resources.ts';
import { Planned, type PlanProps } from './sizing-plan.ts';

/**
 * A whole stack on Kubernetes: the objects of the `kubernetes` target, as resources of the Kubernetes provider.
 * Secrets are referred to by name and made beside it.
 * @example
 * new KubernetesProvider(stack, 'kubernetes');
 * new KubernetesServices(stack, 'shop', { stack: './shop.yaml', profile: 'c6i.8xlarge', platform: 'eks' });
 */
export class KubernetesServices extends Planned<readonly Resource[]> {
  /**
   * A token of the namespace's name, for what waits for it: the Secrets; the name itself of one that is there. Empty where
   * there is no plan.
   */
  readonly namespace: string;

  /** @param props `platform` is `kubernetes` unless given */
  constructor(scope: Construct, id: string, props: PlanProps) {
    let existing = '';
    super(scope, id, props, { platform: 'kubernetes', kind: 'node' }, (input) => {
      if (input.stack.namespaceExists) existing = input.stack.namespace;
      withoutTokens(renderChecked(terraform, input));
      return resourcesOf(input);
    });
    const resources = addResources(this, this.made ?? [], generatorMetadata('kubernetes', KUBERNETES_PROVIDER));
    this.namespace = resources.get('namespace')?.getStringAttribute('metadata[0].name') ?? existing;
  }
}

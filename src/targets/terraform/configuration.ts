/** A whole configuration in Terraform's JSON syntax: what cdktf would write for the same resources. */
import type { RenderInput } from '../target.ts';
import { OUTPUTS, type OutputName, outputValue } from './outputs.ts';
import { type Attribute, type Reference, terraformValue } from './resource.ts';
import { KUBERNETES_PROVIDER, resourcesOf } from './resources.ts';

/** Beside the configuration, wherever that is. */
export const STATE_PATH = 'terraform.tfstate';

/** @param comment lines for people, which Terraform passes over */
export function configurationOf(input: RenderInput, comment: readonly string[]): object {
  const resources = resourcesOf(input);
  const typeOf = new Map(resources.map(({ type, name }) => [name, type]));
  const address = (name: string): string => `${typeOf.get(name)}.${name}`;
  const refer = ({ resource, attribute }: Reference): string => `\${${address(resource)}.${attribute}}`;
  const value = (attribute: Attribute, path: string) => terraformValue(attribute, refer, path);

  const byType: Record<string, Record<string, object>> = Object.create(null);
  for (const { type, name, attributes, dependsOn, ignoreChanges, preventDestroy } of resources) {
    byType[type] = {
      ...byType[type],
      [name]: {
        ...(value(attributes, name) as object),
        ...(dependsOn && { depends_on: dependsOn.map(address) }),
        ...((ignoreChanges || preventDestroy) && {
          lifecycle: {
            ...(ignoreChanges && { ignore_changes: ignoreChanges }),
            ...(preventDestroy && { prevent_destroy: true }),
          },
        }),
      },
    };
  }
  return {
    '//': comment,
    terraform: {
      required_providers: { kubernetes: KUBERNETES_PROVIDER },
      backend: { local: { path: STATE_PATH } },
    },
    // The provider's own environment variables say which cluster: KUBE_CONFIG_PATH, KUBE_CTX, …
    provider: { kubernetes: [{}] },
    resource: byType,
    output: Object.fromEntries(
      (Object.keys(OUTPUTS) as OutputName[]).map((name) => [
        name,
        { description: OUTPUTS[name].description, value: value(outputValue(name, input.plan), name) },
      ]),
    ),
  };
}

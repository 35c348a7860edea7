/** The Kubernetes objects of a plan for Terraform: a configuration of its Kubernetes provider's resources. */

import { oneLine } from '../../formats/one-line.ts';
import { headerLines } from '../header.ts';
import { makesSecret } from '../kubernetes/config.ts';
import { holdsData, kubernetes } from '../kubernetes/index.ts';
import { secretName } from '../kubernetes/object.ts';
import { renderedServices } from '../services.ts';
import type { Artifact, PlanTarget, RenderInput } from '../target.ts';
import { about } from './about.ts';
import { configurationOf } from './configuration.ts';
import { read } from './read.ts';

/** The name under which cdktf writes a stack. */
export const CONFIGURATION = 'cdk.tf.json';

export const terraform: PlanTarget = {
  ...about,
  unsupported: (input) => kubernetes.unsupported?.(input),
  render,
  stream: ([file]) => file!.contents,
  read,
};

function render(input: RenderInput): Artifact[] {
  const lines = [
    ...headerLines(input),
    ...secretNotes(input),
    'apply: terraform init && terraform apply',
    ...(holdsData(input) ? PROTECTED : []),
  ];
  const configuration = configurationOf(input, lines.map(oneLine));
  return [{ path: CONFIGURATION, contents: `${JSON.stringify(configuration, null, 2)}\n` }];
}

const PROTECTED = [
  'the namespace is protected (prevent_destroy), because deleting it deletes the claims and the data in them',
  'to destroy all but it and the claims: terraform state rm kubernetes_namespace_v1.namespace && terraform destroy',
];

/** Values of secrets never get into a state: the Secrets are made beside it. */
function secretNotes(input: RenderInput): string[] {
  const { namespace, namespaceExists } = input.stack;
  const secrets = renderedServices(input)
    .filter(makesSecret)
    .map(
      ({ service, policy }) => `${secretName(input, service)} (${policy.secrets.map(({ name }) => name).join(', ')})`,
    );
  if (secrets.length === 0) return [];
  return [
    ...(namespaceExists
      ? []
      : ['first make the namespace: terraform init && terraform apply -target=kubernetes_namespace_v1.namespace']),
    `${namespaceExists ? 'first make' : 'then'} these Secrets in namespace ${namespace}, which pods wait for: ${secrets.join('; ')}`,
  ];
}

/** The module of one policy: what it takes, what it refuses, what it yields. The deciding is its child's. */

import moduleTemplate from '../../../templates/terraform-module.hbs';
import variablesTemplate from '../../../templates/terraform-variables.hbs';
import type { OptionsDelivery } from '../../deliveries/delivery.ts';
import { cutOptions } from '../../deliveries/flags.ts';
import { hclString, hclText } from '../../formula/hcl.ts';
import type { Policy, PolicyInput } from '../../policy/policy.ts';
import { MAX_CPU_MILLIS, MAX_MEMORY_MIB } from '../../units.ts';
import type { Artifact } from '../target.ts';
import { normal } from '../terraform/resource.ts';
import { aligned } from './aligned.ts';
import { decideModule } from './decide.ts';

/**
 * The files of a policy's module, in a folder of its name.
 * @param header comment lines
 * @throws OUTPUT_INVALID for a text that Terraform changes
 */
export function policyModule(policy: Policy, header: string[]): Artifact[] {
  const { name, parameters, settings } = policy;
  for (const { name: parameter, key, unit } of parameters)
    for (const text of [key, unit]) normal(text, `${name} parameters.${parameter}`);
  for (const { key, value } of settings) for (const text of [key, value]) normal(text, `${name} settings.${key}`);
  for (const { name: input, does, unit } of policy.inputs)
    for (const text of [does, unit]) normal(text, `${name} inputs.${input}`);
  const file = (path: string, contents: string): Artifact => ({ path: `${name}/${path}`, contents });
  return [
    file('decide/main.tf', decideModule(policy, header)),
    file(
      'main.tf',
      moduleTemplate({
        header,
        policy: name,
        inputs: aligned(policy.inputs.map((one) => [one.name, `var.${one.name}`])),
        values: aligned([
          ...parameters.map(({ name: parameter, key, syntax }) => {
            return [hclString(key), hclText(`module.decide.parameters.${parameter}`, syntax)] as const;
          }),
          ...policy.deliveries.flatMap((delivery) =>
            delivery.as === 'options' ? [[hclString(delivery.variable), optionsText(policy, delivery)] as const] : [],
          ),
          ...settings.map(({ key, value }) => [hclString(key), hclString(value)] as const),
        ]),
      }),
    ),
    file(
      'variables.tf',
      variablesTemplate({
        header,
        policy: name,
        maxCpuMillis: `${MAX_CPU_MILLIS}`,
        maxMemoryMiB: `${MAX_MEMORY_MIB}`,
        inputs: policy.inputs.map(inputVariable),
        names: `[${parameters.map((parameter) => hclString(parameter.name)).join(', ')}]`,
        overrides: [
          {
            name: 'asked',
            description: '"What other services ask for by parameter, in place of what its formula proposes."',
          },
          {
            name: 'pins',
            description: '"Values by parameter that win over the formulas, within the bounds and the budget."',
          },
          { name: 'min', description: '"Lower bounds by parameter, in place of the policy\'s."' },
          {
            name: 'max',
            description:
              '"Upper bounds by parameter, in place of the policy\'s; also what another service leaves room for."',
          },
        ],
      }),
    ),
  ];
}

/** The options of a variable as one string. */
function optionsText({ parameters }: Policy, delivery: OptionsDelivery): string {
  const parts = cutOptions(delivery).flatMap((part, index) => {
    if (index % 2 === 0) return part === '' ? [] : hclString(part);
    const { name, syntax } = parameters.find((one) => one.name === part)!;
    return hclText(`module.decide.parameters.${name}`, syntax);
  });
  return `join("", [${parts.join(', ')}])`;
}

/** The variable of an input: a number within its range, or one of its words. */
function inputVariable({ name, does, unit, choices, min, max, default: otherwise }: PolicyInput) {
  const words = `[${(choices ?? []).map(hclString).join(', ')}]`;
  const type = choices ? 'string' : 'number';
  const condition = choices
    ? `contains(${words}, var.${name})`
    : `var.${name} >= ${min} && var.${name} <= ${max} && floor(var.${name}) == var.${name}`;
  const expected = choices ? `one of ${choices.join(', ')}` : `a whole number of ${unit} from ${min} to ${max}`;
  return {
    name,
    type,
    description: hclString(choices ? does : `${unit}: ${does}`),
    default: choices ? hclString(choices[otherwise]!) : `${otherwise}`,
    condition,
    message: `${hclString(`${name}: expected ${expected}, got `).slice(0, -1)}\${var.${name}}."`,
  };
}

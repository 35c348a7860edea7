/** `.env.example`: every parameter with what it does and where its value comes from, all of them automatic. */

import envExampleTemplate from '../../../templates/env-example.hbs';
import { writeValue } from '../../deliveries/syntax.ts';
import { oneLine } from '../../formats/one-line.ts';
import { reasonOf } from '../../plan/decide/decision.ts';
import type { Parameter, Policy } from '../../policy/policy.ts';
import { formatCores, formatCount, formatMiB, unitFor } from '../../units.ts';
import { headerLines } from '../header.ts';
import type { RenderedService } from '../rendered.ts';
import { commentLines } from '../shell-text.ts';
import type { Artifact, RenderInput } from '../target.ts';
import { secretsPath } from './paths.ts';
import { envLine } from './text.ts';

export function envExample(input: RenderInput, rendered: RenderedService): Artifact[] {
  const { service, policy, plan } = rendered;
  if (!policy.deliveries.some(({ as }) => as === 'variables')) return [];
  const { stack } = input;
  const isMain = service.name === stack.main;
  const path = isMain ? '.env.example' : `${service.name}.env.example`;
  const decided = policy.parameters.map((parameter) => ({ parameter, decision: plan.parameters[parameter.name]! }));
  const { expectations } = policy;
  const cpus = plan.limits.cpuMillis;
  const contents = envExampleTemplate({
    header: commentLines([...headerLines(input), '', `${policy.title}: what can be set.`, ...usage(policy, path)]),
    parameters: decided.map(({ parameter, decision }) => ({
      key: parameter.key,
      does: oneLine(parameter.does),
      facts: factsOf(rendered, parameter),
      value: writeValue(decision.value, parameter.syntax),
      min: `${decision.min}`,
      max: `${decision.max}`,
    })),
    settings: policy.settings
      .filter(({ key }) => !Object.hasOwn(service.env, key))
      .map(({ key, value, why }) => ({
        reason: oneLine(why),
        line: envLine(key, value, `${policy.name} settings.${key}`),
      })),
    secrets: policy.secrets.map(({ name, does, example }) => ({
      does: oneLine(does),
      line: `#${name}=${oneLine(example)}`,
    })),
    secretsFile: secretsPath(input, rendered),
    sources: Object.entries(policy.sources).map(([key, text]) => ({ key, text: oneLine(text) })),
    expectations: (expectations ? [expectations] : []).map(({ note, byCores, stacking }) => ({
      note: oneLine(`${note}, for the core counts that the author named; this plan has ${plan.cores}`),
      rows: byCores.flatMap(({ cores, rows }) =>
        rows.map((row) =>
          oneLine(`${cores} cores: ${row.what} ${row.static} static, ${row.computed} computed (${row.gain})`),
        ),
      ),
      stacking: stacking.map(oneLine),
    })),
    limits: `${cpus === undefined ? '' : `${formatCores(cpus)} CPUs and `}${formatMiB(plan.limits.memoryMiB)}`,
    values: decided.map(
      ({ parameter, decision }) => `${parameter.key}=${writeValue(decision.value, parameter.syntax)}`,
    ),
    configMap: isMain ? `${stack.name}-config` : `${stack.name}-${service.name}-config`,
    bounds: decided.map(({ parameter, decision }) => `${parameter.key}_MAX: "${decision.max}"`),
  });
  return [{ path, contents }];
}

/** What is to be said of a parameter, a line each. */
function factsOf({ plan }: RenderedService, parameter: Parameter): { name: string; text: string }[] {
  const decision = plan.parameters[parameter.name]!;
  const [proposed, ...steps] = decision.trace;
  const { formula, min, max, hardMin, hardMax, boundsReason, cost, static: replaced } = parameter;
  const cited = ({ source }: { source?: string }) => (source === undefined ? '' : ` [${source}]`);
  const soft = [
    ...(hardMin ? [`the lower one may go down to ${hardMin.text}`] : []),
    ...(hardMax ? [`the upper one up to ${hardMax.text}`] : []),
  ];
  const facts: [string, string][] = [
    ['formula', `${formula.text}: ${formula.why}${cited(formula)}`],
    ['bounds', `${min.text}..${max.text} ${parameter.unit}: ${boundsReason.why}${cited(boundsReason)}`],
    ...(soft.length > 0 ? [['', `soft: ${soft.join(', ')}`] satisfies [string, string]] : []),
    [
      'here',
      steps.length > 0 ? reasonOf(decision) : `${formatCount(proposed!.to)} ${unitFor(proposed!.to, decision.unit)}`,
    ],
  ];
  if (cost) facts.push(['memory', `${cost.text} MiB (${cost.basis}): ${cost.why}`]);
  if (replaced)
    facts.push([
      'static',
      `${formatCount(replaced.value)}: ${replaced.arbitrary}; ${replaced.effect}, its author says${cited(replaced)}`,
    ]);
  return facts.map(([name, text]) => ({ name: name.padEnd('formula'.length), text: oneLine(text) }));
}

function usage({ parameters }: Policy, path: string): string[] {
  const [first] = parameters;
  if (first === undefined) return [];
  const { key } = first;
  return [
    '',
    'A parameter that stays commented out is automatic: computed from the hardware, bounded, and paid for out of one',
    'memory budget together with the others. To decide one yourself, set its value (manual), or bounds for it (hybrid:',
    `${key}_MIN, ${key}_MAX), in a copy, and plan again with that:`,
    `  cp ${path} my.env, edit it, then: set -a; . ./my.env; set +a`,
    '  and the command above with --env-overrides',
    'A value that does not fit is refused with the whole account, never changed.',
  ];
}

/** `templates/_helpers.tpl`: the policies' formulas, as the chart computes them from what is set. */

import { oneLine } from '../../formats/one-line.ts';
import { type Expr, namesIn } from '../../formula/expr.ts';
import { toGoTemplate } from '../../formula/go-template.ts';
import { findService, formulaName } from '../../stack/stack.ts';
import { configOf } from '../kubernetes/config.ts';
import type { RenderedService } from '../rendered.ts';
import { renderedServices } from '../services.ts';
import type { RenderInput } from '../target.ts';
import { filesFor, furtherWay, variablesFor } from '../values.ts';
import {
  budget,
  budgetChecks,
  budgetName,
  coresOf,
  givenInputs,
  remedyHelpers,
  scopeLines,
  variableOf,
  withYields,
} from './budget.ts';
import { DATA_HELPERS } from './data.ts';
import { helperName, included, serviceVariables, valueAt } from './names.ts';
import { cpuMillis, limitMiB, quantityHelpers } from './quantity.ts';
import { memoryTarget, refusals } from './refusals.ts';
import { literal } from './template.ts';
import { fileText, furtherSettings, offersOf, textOf } from './values.ts';

/** Every named template of the chart. */
export function helpers(input: RenderInput): string {
  const services = renderedServices(input).flatMap((rendered) => {
    const config = configOf(input, rendered);
    return [
      define(input, 'budget', budget(rendered), rendered),
      figures(input, rendered),
      ...(config ? [variables(input, rendered), checksum(input, rendered)] : []),
    ];
  });
  const general = [...GENERAL, ...DATA_HELPERS, ...quantityHelpers(input), ...remedyHelpers(input)].map(
    ([name, lines]) => define(input, name, lines),
  );
  return [...general, ...services].join('\n');
}

function define(input: RenderInput, name: string, lines: readonly string[], rendered?: RenderedService): string {
  return `{{- define ${literal(helperName(input, name, rendered))} -}}\n${lines.join('\n')}\n{{- end }}\n`;
}

const GENERAL: readonly (readonly [string, readonly string[]])[] = [
  ['image', ['{{- .repository }}{{ with .tag }}:{{ . }}{{ end }}{{ with .digest }}@{{ . }}{{ end -}}']],
  // The count that runs, unless the release has never set it and applies on the server's side: the API would take 1 for a
  // field that is taken out, and a count that is not the release's may move before it is applied.
  [
    'replicas',
    [
      '{{- $live := lookup "apps/v1" .kind .namespace .name }}{{ $own := false }}{{ $applied := false -}}',
      '{{- range dig "metadata" "managedFields" list $live }}{{ if not (hasKey . "subresource") -}}',
      '{{- $own = or $own (hasKey (dig "fieldsV1" "f:spec" dict .) "f:replicas") -}}',
      '{{- $applied = or $applied (eq .operation "Apply") -}}',
      '{{- end }}{{ end -}}',
      '{{- if and $live (or $own (not $applied)) }}{{ int64 $live.spec.replicas }}{{ end -}}',
    ],
  ],
  // The kubelet replaces $(NAME) in arguments, and makes one $ of two.
  ['literal', ['{{- if regexMatch "\\\\$[$(]" . }}{{ replace "$" "$$" . }}{{ else }}{{ . }}{{ end -}}']],
];

/** What is set for one service, checked, with what follows from it. */
function figures(input: RenderInput, rendered: RenderedService): string {
  const { service, policy } = rendered;
  const compile = (expr: Expr) => toGoTemplate(expr, variableOf(policy));
  const lines = [
    ...serviceVariables(rendered),
    `{{- $given := dict "budget" ${literal(budgetName(input, rendered))} "parameters" $service.parameters -}}`,
    ...givenInputs(rendered, '$given', '$service'),
    `{{- $_ := set $given "cpuMillis" ${cpuMillis(input, service.name)} -}}`,
    `{{- $_ := set $given "memoryMiB" ${limitMiB(input, service.name)} -}}`,
    '{{- if hasKey $service "availableMiB" }}{{ $_ := set $given "availableMiB" $service.availableMiB }}{{ end -}}',
    ...scopeLines(rendered),
    ...refusals(input, rendered),
    `{{- $budget := ${included(input, 'budget', rendered, '$given')} | fromJson -}}`,
    ...budgetChecks(input, rendered),
    ...memoryTarget(input, rendered),
    ...constraintChecks(input, rendered),
    '{{- dict',
    `      "startupSeconds" ${compile(policy.startupSeconds.expr)}`,
    ...(policy.sharedMemory ? [`      "sharedMemoryMiB" ${compile(policy.sharedMemory.expr)}`] : []),
    '      "ledger" $ledger | toJson -}}',
  ];
  return define(input, 'figures', lines, rendered);
}

/** Of those that this service yields to, or the first for an external one: the ones whose every number is known. */
function constraintChecks(input: RenderInput, { service }: RenderedService): string[] {
  const services = renderedServices(input).map((rendered) => rendered.service);
  return input.stack.constraints
    .filter(({ yielders }) => {
      const owner = services.find(({ name }) => yielders.some((yielder) => yielder.service === name));
      return service.name === (owner ?? services[0])?.name;
    })
    .flatMap(({ text, left, right, why, yielders }) => {
      const members = [...namesIn(left.expr), ...namesIn(right.expr)].map(
        (name) => [name, memberOf(input, name)] as const,
      );
      if (members.some(([, member]) => member === undefined)) return [];
      const known = new Map(members);
      const sidesWith = (name?: string) =>
        [left, right]
          .map(({ expr }) => `(int64 ${toGoTemplate(expr, (read) => (read === name ? '$middle' : known.get(read)!))})`)
          .join(' ');
      const said = [text, why].map((part) => literal(oneLine(part)));
      return [
        `{{- if gt ${sidesWith()} -}}`,
        '{{- $remedies := list -}}',
        ...yielders.flatMap((yielder) => loweredTo(input, yielder, known, sidesWith)),
        ...input.stack.demands
          .filter(({ service, parameter }) => known.has(`${formulaName(service)}.${parameter}`))
          .flatMap((demand) => raisedTo(input, demand, known, sidesWith)),
        '{{- $remedy := join " or " $remedies | default "no lower value would do, and no higher one fits" -}}',
        `{{- fail (printf "expected %s: %s; got %d > %d; %s" ${said.join(' ')} ${sidesWith()} $remedy) -}}`,
        '{{- end -}}',
      ];
    });
}

/** Lines that add the greatest value of a yielder, all others as set, at which a constraint holds. */
function loweredTo(
  input: RenderInput,
  { service, parameter }: { service: string; parameter: string },
  known: ReadonlyMap<string, string | undefined>,
  sidesWith: (name?: string) => string,
): string[] {
  const member = `${formulaName(service)}.${parameter}`;
  const rendered = renderedServices(input).find((one) => one.service.name === service);
  const definition = rendered?.policy.parameters.find(({ name }) => name === parameter);
  if (definition === undefined || !known.has(member)) return [];
  const grid = definition.multipleOf;
  const lowest = Math.ceil(definition.range.lo / grid);
  return [
    `{{- $low := int64 ${lowest - 1} }}{{ $high := div ${known.get(member)} ${grid} -}}`,
    '{{- range until 54 }}{{ if lt $low $high -}}',
    `{{- $step := div (add $low $high 1) 2 }}{{ $middle := mul $step ${grid} -}}`,
    // Within a range the dot is no longer the root.
    `{{- if le ${sidesWith(member).replaceAll('index .Values', 'index $.Values')} }}{{ $low = $step }}{{ else }}{{ $high = sub $step 1 }}{{ end -}}`,
    '{{- end }}{{ end -}}',
    `{{- if ge $low ${lowest} }}{{ $remedies = append $remedies (printf ${literal(`lower services.${service}.parameters.${parameter} to %d`)} (mul $low ${grid})) }}{{ end -}}`,
  ];
}

/** Lines that add the least value of what is asked for, all others as set, at which a constraint holds, within its bound. */
function raisedTo(
  input: RenderInput,
  { service, parameter }: { service: string; parameter: string },
  known: ReadonlyMap<string, string | undefined>,
  sidesWith: (name?: string) => string,
): string[] {
  const member = `${formulaName(service)}.${parameter}`;
  const rendered = renderedServices(input).find((one) => one.service.name === service);
  const definition = rendered?.policy.parameters.find(({ name }) => name === parameter);
  if (rendered === undefined || definition === undefined) return [];
  const grid = definition.multipleOf;
  const beyond = Math.floor(definition.range.hi / grid) + 1;
  const own = valueAt('services', service);
  return [
    `{{- $low := add (div ${known.get(member)} ${grid}) 1 }}{{ $high := int64 ${beyond} -}}`,
    '{{- range until 54 }}{{ if lt $low $high -}}',
    `{{- $step := div (add $low $high) 2 }}{{ $middle := mul $step ${grid} -}}`,
    `{{- if le ${sidesWith(member).replaceAll('index .Values', 'index $.Values')} }}{{ $high = $step }}{{ else }}{{ $low = add $step 1 }}{{ end -}}`,
    '{{- end }}{{ end -}}',
    `{{- $asked := mul $low ${grid} -}}`,
    `{{- $others := dict "budget" ${literal(budgetName(input, rendered))} "parameters" (set (deepCopy ${own}.parameters) ${literal(parameter)} $asked) -}}`,
    ...givenInputs(rendered, '$others', own),
    `{{- $_ := set $others "cpuMillis" ${cpuMillis(input, service)} }}{{ $_ := set $others "memoryMiB" ${limitMiB(input, service)} -}}`,
    `{{- if hasKey ${own} "availableMiB" }}{{ $_ := set $others "availableMiB" ${own}.availableMiB }}{{ end -}}`,
    `{{- $budgeted := ${included(input, 'budget', rendered, '$others')} | fromJson -}}`,
    `{{- if and (lt $low ${beyond}) (le $asked (int64 (last (index $budgeted.bounds ${literal(parameter)})))) -}}`,
    `{{- $raise := printf ${literal(`raise services.${service}.parameters.${parameter} to %d`)} $asked -}}`,
    `{{- if gt (int64 $budgeted.usedMiB) (int64 $budgeted.availableMiB) -}}`,
    `{{- $raise = printf "%s and %s" $raise (${included(input, 'remedies', undefined, withYields(rendered, '$others', parameter))}) -}}`,
    '{{- end }}{{ $remedies = append $remedies $raise -}}',
    '{{- end -}}',
  ];
}

/** `api.replicas.max` as the values have it; undefined for what they do not hold. */
function memberOf(input: RenderInput, member: string): string | undefined {
  const [prefix, ...path] = member.split('.') as [string, ...string[]];
  const { name } = input.stack.services.find((service) => formulaName(service.name) === prefix)!;
  const rendered = renderedServices(input).find(({ service }) => service.name === name);
  if (rendered === undefined) {
    const offered = offersOf(input)[name]?.[path[0]!];
    return offered === undefined ? undefined : `(int64 ${valueAt('external', name, path[0]!)})`;
  }
  const { service, plan, policy } = rendered;
  const at = (...names: string[]) => `(int64 ${valueAt('services', service.name, ...names)})`;
  switch (path.join('.')) {
    case 'replicas.min':
      return plan.autoscale ? scaled(service.name, 'minReplicas', at) : at('replicaCount');
    case 'replicas.max':
      return plan.autoscale
        ? scaled(service.name, 'maxReplicas', at)
        : `(max ${at('replicaCount')} ${plan.replicas.max})`;
    case 'replicas.surge':
      return `${findService(input.stack, service.name).replicas.surge}`;
    case 'cores':
      return `(int64 (${coresOf(policy.cores, cpuMillis(input, service.name))}))`;
    default:
      return at('parameters', path[0]!);
  }
}

function scaled(service: string, count: string, at: (...names: string[]) => string): string {
  const enabled = valueAt('services', service, 'autoscaling', 'enabled');
  return `(ternary ${at('autoscaling', count)} ${at('replicaCount')} ${enabled})`;
}

/** The variables of a program that reads its environment, as pairs in order. */
function variables(input: RenderInput, rendered: RenderedService): string {
  const { service } = rendered;
  const own = variablesFor(rendered).filter(({ key, options }) => options || !Object.hasOwn(service.env, key));
  const pairs = own.map((value) => `      (list ${literal(value.key)} ${textOf(rendered, value)})`);
  const further = `{{- range $key, $text := ${furtherSettings(rendered)} }}{{ $variables = append $variables (list $key $text) }}{{ end -}}`;
  const lines = [
    ...serviceVariables(rendered),
    '{{- $variables := list',
    ...pairs,
    '-}}',
    ...(furtherWay(rendered.policy)?.as === 'variables' ? [further] : []),
    '{{- $variables | toRawJson -}}',
  ];
  return define(input, 'variables', lines, rendered);
}

/** Changes when the program would read something else. */
function checksum(input: RenderInput, rendered: RenderedService): string {
  const variables = included(input, 'variables', rendered);
  const files = filesFor(rendered).map((file) => fileText(rendered, file));
  const read = files.length === 0 ? variables : `print (${variables}) ${files.join(' ')}`;
  const start = files.length === 0 ? [] : serviceVariables(rendered);
  return define(input, 'checksum', [...start, `{{- ${read} | sha256sum -}}`], rendered);
}

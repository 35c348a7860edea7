/** `templates/_helpers.tpl`: the policies' formulas, as the chart computes them from what is set. */

import { type Expr, namesIn } from '../../formula/expr.ts';
import { toGoTemplate } from '../../formula/go-template.ts';
import { findService, formulaName } from '../../stack/stack.ts';
import { configOf } from '../kubernetes/config.ts';
import { IMAGE_PULL_SECONDS, PROGRESS_DEADLINE_SECONDS } from '../kubernetes/workload.ts';
import { oneLine } from '../one-line.ts';
import type { RenderInput } from '../target.ts';
import { type RenderedService, renderedServices } from '../values.ts';
import { helperName, included, serviceVariables, valueAt } from './names.ts';
import { cpuMillis, limitMiB, quantityHelpers } from './quantity.ts';
import { refusals } from './refusals.ts';
import { literal } from './template.ts';
import { offersOf, shownText } from './values.ts';

/** Every named template of the chart. */
export function helpers(input: RenderInput): string {
  const services = renderedServices(input).flatMap((rendered) => {
    const config = configOf(input, rendered);
    return [figures(input, rendered), ...(config ? [variables(input, rendered), checksum(input, rendered)] : [])];
  });
  const general = [...GENERAL, ...quantityHelpers(input)].map(([name, lines]) => define(input, name, lines));
  return [...general, ...services].join('\n');
}

function define(input: RenderInput, name: string, lines: readonly string[], rendered?: RenderedService): string {
  return `{{- define ${literal(helperName(input, name, rendered))} -}}\n${lines.join('\n')}\n{{- end }}\n`;
}

const GENERAL: readonly (readonly [string, readonly string[]])[] = [
  ['image', ['{{- .repository }}{{ with .tag }}:{{ . }}{{ end }}{{ with .digest }}@{{ . }}{{ end -}}']],
  // The kubelet replaces $(NAME) in arguments, and makes one $ of two.
  ['literal', ['{{- if regexMatch "\\\\$[$(]" . }}{{ replace "$" "$$" . }}{{ else }}{{ . }}{{ end -}}']],
];

/** The inputs of a policy's formulas, each parameter, and what it costs, as variables; then the checks. */
function figures(input: RenderInput, rendered: RenderedService): string {
  const { service, policy } = rendered;
  const variableOf = (name: string): string => (isParameter(name) ? `$p_${name}` : `$${name}`);
  const isParameter = (name: string) => policy.parameters.some((parameter) => parameter.name === name);
  const compile = (expr: Expr) => toGoTemplate(expr, variableOf);
  const costs = policy.parameters.flatMap(({ name, cost }) => (cost ? [{ name, cost }] : []));
  const lines = [
    ...serviceVariables(rendered),
    `{{- $cpuMillis := ${cpuMillis(input, service.name)} -}}`,
    `{{- $memoryMiB := ${limitMiB(input, service.name)} -}}`,
    `{{- $cores := ${coresOf(policy.cores, '$cpuMillis')} -}}`,
    `{{- $headroomMiB := int64 ${compile(policy.headroom.expr)} -}}`,
    `{{- $reserveMiB := int64 ${compile(policy.reserve.expr)} -}}`,
    '{{- $availableMiB := max 0 (sub (sub $memoryMiB $headroomMiB) $reserveMiB) -}}',
    '{{- with $planned.availableMiB }}{{ $availableMiB = int64 . }}{{ end -}}',
    ...policy.parameters.map(({ name }) => `{{- $p_${name} := int64 (index $service.parameters ${literal(name)}) -}}`),
    ...costs.map(({ name, cost }) => `{{- $cost_${name} := int64 ${compile(cost.expr)} -}}`),
    `{{- $usedMiB := add 0 ${costs.map(({ name }) => `$cost_${name}`).join(' ')} -}}`,
    '{{- $ledger := printf "%d MiB available of a limit of %d MiB:" $availableMiB $memoryMiB -}}',
    ...costs.map(
      ({ name, cost }) =>
        `{{- $ledger = printf "%s\\n%12d MiB  %s = %d (%s, %s)" $ledger $cost_${name} ${literal(name)} $p_${name} ${literal(oneLine(cost.text))} ${literal(cost.basis)} -}}`,
    ),
    '{{- $ledger = printf "%s\\n%12d MiB  in all" $ledger $usedMiB -}}',
    '{{- if lt $memoryMiB (int64 $planned.memoryMiB) -}}',
    `{{- fail (printf ${literal(`${service.name}: expected a memory limit of at least the planned %d MiB, got %d MiB; choose the values of smaller hardware, or make the plan again\n%s`)} (int64 $planned.memoryMiB) $memoryMiB $ledger) -}}`,
    '{{- end -}}',
    ...refusals(input, rendered),
    '{{- if gt $usedMiB $availableMiB -}}',
    `{{- fail (printf ${literal(`${service.name}: expected costs of at most %d MiB, got %d MiB; lower a parameter, or raise the memory limit\n%s`)} $availableMiB $usedMiB $ledger) -}}`,
    '{{- end -}}',
    ...constraintChecks(input, rendered),
    `{{- $startupSeconds := int64 ${compile(policy.startupSeconds.expr)} -}}`,
    '{{- dict',
    '      "startupSeconds" $startupSeconds',
    `      "progressDeadlineSeconds" (max ${PROGRESS_DEADLINE_SECONDS} (add $startupSeconds ${service.terminationGraceSeconds + IMAGE_PULL_SECONDS}))`,
    ...(policy.sharedMemory ? [`      "sharedMemoryMiB" ${compile(policy.sharedMemory.expr)}`] : []),
    '      "ledger" $ledger | toJson -}}',
  ];
  return define(input, 'figures', lines, rendered);
}

function coresOf(rounding: 'floor' | 'ceil', millis: string): string {
  return rounding === 'ceil' ? `div (add ${millis} 999) 1000` : `max 1 (div ${millis} 1000)`;
}

/** Of those that this service yields to, or the first for an external one: the ones whose every number is known. */
function constraintChecks(input: RenderInput, { service }: RenderedService): string[] {
  const services = renderedServices(input).map((rendered) => rendered.service);
  return input.stack.constraints
    .filter(({ yielder }) => service === (services.find(({ name }) => yielder.startsWith(`${name}.`)) ?? services[0]))
    .flatMap(({ text, left, right, why, yielder }) => {
      const members = [...namesIn(left.expr), ...namesIn(right.expr)].map(
        (name) => [name, memberOf(input, name)] as const,
      );
      if (members.some(([, member]) => member === undefined)) return [];
      const known = new Map(members);
      const compile = (expr: Expr) => `(int64 ${toGoTemplate(expr, (name) => known.get(name)!)})`;
      const said = [text, yielder, why].map((part) => literal(oneLine(part)));
      const sides = `${compile(left.expr)} ${compile(right.expr)}`;
      return [
        `{{- if gt ${sides} -}}`,
        `{{- fail (printf "expected %s; lower %s: %s; got %d > %d" ${said.join(' ')} ${sides}) -}}`,
        '{{- end -}}',
      ];
    });
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
  const own = shownText(rendered).filter(({ key }) => !Object.hasOwn(service.env, key));
  const pairs = own.map(({ key, text }) => `      (list ${literal(key)} ${text})`);
  return define(
    input,
    'variables',
    [...serviceVariables(rendered), '{{- list', ...pairs, '    | toRawJson -}}'],
    rendered,
  );
}

/** Changes when the program would read something else. */
function checksum(input: RenderInput, rendered: RenderedService): string {
  return define(input, 'checksum', [`{{- ${included(input, 'variables', rendered)} | sha256sum -}}`], rendered);
}

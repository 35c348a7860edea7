/** The ledger of one service as named templates: bounds and costs under a limit, and what would do where they do not fit. */

import { oneLine } from '../../formats/one-line.ts';
import type { Expr } from '../../formula/expr.ts';
import { toGoTemplate } from '../../formula/go-template.ts';
import type { Policy, PolicyInput } from '../../policy/policy.ts';
import { MAX_MEMORY_MIB } from '../../units.ts';
import type { RenderedService } from '../rendered.ts';
import type { RenderInput } from '../target.ts';
import { helperName, included } from './names.ts';
import { literal } from './template.ts';

/** How a template names what a formula reads: parameters are set apart from the inputs. */
export function variableOf(policy: Policy): (name: string) => string {
  return (name) => (policy.parameters.some((parameter) => parameter.name === name) ? `$p_${name}` : `$${name}`);
}

/** Lines that set the inputs of a policy's formulas, and its parameters; they read `$given`. */
export function scopeLines({ policy }: RenderedService): string[] {
  const compile = (expr: Expr) => toGoTemplate(expr, variableOf(policy));
  return [
    '{{- $cpuMillis := int64 $given.cpuMillis -}}',
    '{{- $memoryMiB := int64 $given.memoryMiB -}}',
    ...policy.inputs.map((one) => `{{- $${one.name} := ${inputValue(one)} -}}`),
    `{{- $cores := ${coresOf(policy.cores, '$cpuMillis')} -}}`,
    `{{- $headroomMiB := int64 ${compile(policy.headroom.expr)} -}}`,
    `{{- $reserveMiB := int64 ${compile(policy.reserve.expr)} -}}`,
    '{{- $availableMiB := max 0 (sub (sub $memoryMiB $headroomMiB) $reserveMiB) -}}',
    '{{- if hasKey $given "availableMiB" }}{{ $availableMiB = int64 $given.availableMiB }}{{ end -}}',
    ...policy.parameters.map(({ name }) => `{{- $p_${name} := int64 (index $given.parameters ${literal(name)}) -}}`),
  ];
}

/** A choice is the place of its word. */
function inputValue({ name, choices }: PolicyInput): string {
  const value = `(index $given.inputs ${literal(name)})`;
  if (choices === undefined) return `int64 ${value}`;
  return `int64 (index (dict ${choices.map((word, place) => `${literal(word)} ${place}`).join(' ')}) ${value})`;
}

/** Of what is given to a budget: the inputs of the service's policy, where it has any. */
export function givenInputs({ policy }: RenderedService, given: string, service: string): string[] {
  return policy.inputs.length === 0 ? [] : [`{{- $_ := set ${given} "inputs" ${service}.inputs -}}`];
}

export function coresOf(rounding: 'floor' | 'ceil', millis: string): string {
  return rounding === 'ceil' ? `div (add ${millis} 999) 1000` : `max 1 (div ${millis} 1000)`;
}

/** From limits and parameters: what is available, what each cost comes to, and the hard bounds, on the grid. */
export function budget(rendered: RenderedService): string[] {
  const { policy } = rendered;
  const compile = (expr: Expr) => `(int64 ${toGoTemplate(expr, variableOf(policy))})`;
  const costs = policy.parameters.flatMap(({ name, cost }) => (cost ? [{ name, cost }] : []));
  const bounds = policy.parameters.map(({ name, min, max, hardMin = min, hardMax = max, multipleOf: grid }) => {
    const [lo, hi] = [compile(hardMin.expr), compile(hardMax.expr)];
    const onGrid =
      grid === 1
        ? [lo, hi]
        : [`(mul (div (add ${lo} ${grid - 1}) ${grid}) ${grid})`, `(mul (div ${hi} ${grid}) ${grid})`];
    return `${literal(name)} (list ${onGrid.join(' ')})`;
  });
  return [
    '{{- $given := . -}}',
    ...scopeLines(rendered),
    `{{- $costs := dict ${costs.map(({ name, cost }) => `${literal(name)} ${compile(cost.expr)}`).join(' ')} -}}`,
    '{{- $usedMiB := int64 0 }}{{ range $costs }}{{ $usedMiB = add $usedMiB . }}{{ end -}}',
    `{{- $bounds := dict ${bounds.join(' ')} -}}`,
    '{{- dict "availableMiB" $availableMiB "usedMiB" $usedMiB "costs" $costs "bounds" $bounds | toJson -}}',
  ];
}

/** Lines that compare what is set with the bounds and the memory; they read `$service`, `$given` and `$budget`. */
export function budgetChecks(input: RenderInput, rendered: RenderedService): string[] {
  const { service, policy } = rendered;
  const costs = policy.parameters.flatMap(({ name, cost }) => (cost ? [{ name, cost }] : []));
  const more = withYields(rendered, '$given');
  return [
    '{{- $usedMiB := int64 $budget.usedMiB -}}',
    '{{- $ledger := printf "%d MiB available of a limit of %d MiB:" $availableMiB $memoryMiB -}}',
    ...costs.map(
      ({ name, cost }) =>
        `{{- $ledger = printf "%s\\n%12d MiB  %s = %d (%s, %s)" $ledger (int64 (index $budget.costs ${literal(name)})) ${literal(name)} $p_${name} ${literal(oneLine(cost.text))} ${literal(cost.basis)} -}}`,
    ),
    '{{- $ledger = printf "%s\\n%12d MiB  in all" $ledger $usedMiB -}}',
    '{{- range $name, $bounds := $budget.bounds -}}',
    '{{- $value := int64 (index $given.parameters $name) }}{{ $lo := int64 (first $bounds) }}{{ $hi := int64 (last $bounds) -}}',
    '{{- if or (lt $value $lo) (gt $value $hi) -}}',
    `{{- fail (printf ${literal(`services.${service.name}.parameters.%s: expected %d to %d, which are the bounds for a limit of %d MiB and %d millicores, got %d`)} $name $lo $hi $memoryMiB $cpuMillis $value) -}}`,
    '{{- end }}{{ end -}}',
    '{{- if gt $usedMiB $availableMiB -}}',
    `{{- fail (printf ${literal(`${service.name}: expected costs of at most %d MiB, got %d MiB; %s\n%s`)} $availableMiB $usedMiB (${included(input, 'remedies', undefined, more)}) $ledger) -}}`,
    '{{- end -}}',
  ];
}

/** An expression: what `remedies` takes, of which `kept` is not to be lowered. */
export function withYields({ service, policy }: RenderedService, given: string, kept?: string): string {
  const yielding = policy.parameters.filter(
    ({ name }) => name !== kept && policy.yields.some(({ parameter }) => parameter === name),
  );
  const yields = yielding.map(({ name, multipleOf }) => `(dict "name" ${literal(name)} "grid" ${multipleOf})`);
  return `(merge (dict "at" ${literal(`services.${service.name}`)} "yields" (list ${yields.join(' ')})) ${given})`;
}

/** The named templates that find what would do, for any service. */
export function remedyHelpers(input: RenderInput): (readonly [string, readonly string[]])[] {
  const fits = (given: string) => [
    `{{- $budget := include .budget ${given} | fromJson -}}`,
    '{{- if le (int64 $budget.usedMiB) (int64 $budget.availableMiB) }}fits{{ end -}}',
  ];
  const withMemory = '(set (omit $given "memoryMiB") "memoryMiB" $middle)';
  const withValue =
    '(set (omit $given "parameters") "parameters" (set (omit $given.parameters $given.name) $given.name (add $lo (mul $middle $grid))))';
  const named = (name: string, of: string) => included(input, name, undefined, of);
  return [
    ['fits', fits('.')],
    // The greatest value of a parameter, not above its own, at which all costs fit; nothing where the least does not.
    [
      'greatest',
      [
        '{{- $given := . }}{{ $grid := int64 .grid -}}',
        '{{- $lo := int64 (first (index (include .budget . | fromJson).bounds .name)) -}}',
        '{{- $steps := div (sub (int64 (index .parameters .name)) $lo) $grid -}}',
        ...search(
          '-1',
          '$steps',
          [`{{- if ${named('fits', withValue)} }}{{ $low = $middle }}{{ else }}{{ $high = sub $middle 1 }}{{ end -}}`],
          '(div (add $low $high 1) 2)',
        ),
        '{{- if ge $low 0 }}{{ add $lo (mul $low $grid) }}{{ end -}}',
      ],
    ],
    // The least memory limit at which all costs fit; nothing where none does.
    [
      'enough',
      [
        '{{- $given := . -}}',
        ...search(
          '(int64 .memoryMiB)',
          `${MAX_MEMORY_MIB + 1}`,
          [`{{- if ${named('fits', withMemory)} }}{{ $high = $middle }}{{ else }}{{ $low = add $middle 1 }}{{ end -}}`],
          '(div (add $low $high) 2)',
        ),
        `{{- if le $low ${MAX_MEMORY_MIB} }}{{ $low }}{{ end -}}`,
      ],
    ],
    [
      'remedies',
      [
        '{{- $given := . }}{{ $remedies := list -}}',
        '{{- range .yields -}}',
        '{{- $name := .name -}}',
        `{{- with ${named('greatest', '(merge (dict "name" .name "grid" .grid) $given)')} -}}`,
        '{{- $remedies = append $remedies (printf "%s.parameters.%s to %s" $given.at $name .) -}}',
        '{{- end -}}',
        '{{- end -}}',
        '{{- $lower := join " or " $remedies -}}',
        '{{- $raise := "" -}}',
        '{{- if not (hasKey . "availableMiB") -}}',
        `{{- with ${named('enough', '.')} }}{{ $raise = printf "%s.resources.limits.memory to %sMi" $given.at . }}{{ end -}}`,
        `{{- else if le (int64 (include .budget . | fromJson).usedMiB) (int64 .memoryMiB) -}}`,
        '{{- $raise = printf "%s.availableMiB to %d" .at (int64 (include .budget . | fromJson).usedMiB) -}}',
        '{{- end -}}',
        '{{- if $lower }}lower {{ $lower }}{{ if $raise }}, or {{ end }}{{ end }}{{ if $raise }}raise {{ $raise }}{{ end -}}',
        '{{- if not (or $lower $raise) }}lower its parameters and raise its memory limit{{ end -}}',
      ],
    ],
  ];
}

/** Halves what lies between two bounds until one is left: of numbers below 2^53 after 53 steps. */
function search(low: string, high: string, step: readonly string[], middle: string): string[] {
  return [
    `{{- $low := ${low.startsWith('(') ? low : `int64 (${low})`} }}{{ $high := int64 ${high} -}}`,
    '{{- range until 54 }}{{ if lt $low $high -}}',
    `{{- $middle := ${middle} -}}`,
    ...step,
    '{{- end }}{{ end -}}',
  ];
}

/** The name of the template that `budget` is written under. */
export function budgetName(input: RenderInput, rendered: RenderedService): string {
  return helperName(input, 'budget', rendered);
}

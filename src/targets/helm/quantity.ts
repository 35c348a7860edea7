/** CPU and memory as a user of the chart writes them, which its templates compute exactly. */
import { MAX_CPU_MILLIS, MAX_MEMORY_MIB } from '../../units.ts';
import type { RenderInput } from '../target.ts';
import { included, valueAt } from './names.ts';
import { literal } from './template.ts';

/** By suffix: thousandths of a millicore, or of a byte. As texts, since a 32-bit Helm holds no such constants. */
const RESOURCES = {
  cpu: {
    units: { '': '1000', m: '1' },
    most: `${MAX_CPU_MILLIS * 1000}`,
    forms: `cores (2, 1.5) or millicores (1500m), at most 3 decimals, above 0 and up to ${MAX_CPU_MILLIS / 1000}`,
  },
  memory: {
    units: {
      '': '1',
      k: '1000',
      M: '1000000',
      G: '1000000000',
      T: '1000000000000',
      Ki: '1024',
      Mi: '1048576',
      Gi: '1073741824',
      Ti: '1099511627776',
    },
    most: `${MAX_MEMORY_MIB * 1_048_576_000}`,
    forms: `bytes, or a number with k, M, G, T, Ki, Mi, Gi or Ti (35.5Gi), at most 3 decimals, above 0 and up to ${MAX_MEMORY_MIB / 1_048_576}Ti`,
  },
};

type Resource = keyof typeof RESOURCES;

/** What a value can be, as its refusal says it. */
export function formsOf(resource: Resource): string {
  return RESOURCES[resource].forms;
}

/** The named templates behind `quantity`. */
export function quantityHelpers(input: RenderInput): (readonly [string, readonly string[]])[] {
  const resources = Object.entries(RESOURCES).map(([resource, { units, most, forms }]) => {
    const pairs = Object.entries(units).flatMap((pair) => pair.map(literal));
    const known = `(dict "units" (dict ${pairs.join(' ')}) "most" ${literal(most)} "forms" ${literal(forms)})`;
    return [resource, [`{{- ${included(input, 'quantity', undefined, `(merge . ${known})`)} -}}`]] as const;
  });
  const cpu = included(input, 'cpu', undefined, '(dict "at" (printf "%s.%s.cpu" .at $group) "given" $given.cpu)');
  const millis = [
    '{{- $group := ternary "limits" "requests" (hasKey .given.limits "cpu") -}}',
    '{{- $given := index .given $group -}}',
    `{{- div (add (${cpu} | int64) 999) 1000 -}}`,
  ];
  return [['quantity', QUANTITY], ...resources, ['millis', millis]];
}

/** No text begins with 0: that is octal. */
const QUANTITY: readonly string[] = [
  `{{- $text := ${quantityText('.given')} -}}`,
  '{{- $suffix := regexFind "[A-Za-z]*$" $text -}}',
  '{{- $number := trimSuffix $suffix $text -}}',
  '{{- $unit := int64 (get .units $suffix | default "1") -}}',
  '{{- $thousandths := int64 0 -}}',
  '{{- if and (hasKey .units $suffix) (regexMatch "^([0-9]{1,15}([.][0-9]{0,3})?|[.][0-9]{1,3})$" $number) -}}',
  '{{- $decimals := printf "%s000" (regexFind "[.].*" $number | trimPrefix ".") | trunc 3 -}}',
  '{{- $thousandths = int64 (regexReplaceAll "^0+" (print (regexFind "^[0-9]*" $number) $decimals) "") -}}',
  '{{- end -}}',
  '{{- if or (lt $thousandths 1) (gt $thousandths (div .most $unit)) -}}',
  '{{- fail (printf "%s: expected %s, got %s" .at .forms $text) -}}',
  '{{- end -}}',
  '{{- mul $thousandths $unit -}}',
];

/** An expression: as it was written. Numbers of a file are floats, of which the large ones print with an exponent. */
export function quantityText(given: string): string {
  return `(toJson ${given} | trimAll "\\"")`;
}

/** An expression: thousandths of a millicore, or of a byte. */
export function quantity(
  input: RenderInput,
  service: string,
  group: 'limits' | 'requests',
  resource: Resource,
): string {
  const path = ['services', service, 'resources', group, resource];
  const given = `(dict "at" ${literal(path.join('.'))} "given" ${valueAt(...path)})`;
  return `(${included(input, resource, undefined, given)} | int64)`;
}

/** An expression: the millicores that formulas count with, those of the limit where there is one; rounded up as Kubernetes does. */
export function cpuMillis(input: RenderInput, service: string): string {
  const resources = ['services', service, 'resources'];
  const given = `(dict "at" ${literal(resources.join('.'))} "given" ${valueAt(...resources)})`;
  return `(${included(input, 'millis', undefined, given)} | int64)`;
}

/** An expression: the whole MiB of the memory limit. */
export function limitMiB(input: RenderInput, service: string): string {
  return `(div ${quantity(input, service, 'limits', 'memory')} 1048576000)`;
}

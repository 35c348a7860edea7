/** What an API server would refuse, or a container take in place of the chart's own, and is refused by the templates first. */
import { variableOf } from '../../deliveries/delivery.ts';
import type { Policy } from '../../policy/policy.ts';
import type { FlatService, RenderedService } from '../rendered.ts';
import type { RenderInput } from '../target.ts';
import { furtherWay } from '../values.ts';
import { quantity, quantityText } from './quantity.ts';
import { literal } from './template.ts';
import { isVariable, settingsOf } from './values.ts';

/** Lines that end the rendering with a message; they read `$service`. */
export function refusals(input: RenderInput, rendered: RenderedService): string[] {
  const { service, plan, policy } = rendered;
  const at = `services.${service.name}`;
  return [
    ...(['cpu', 'memory'] as const).flatMap((resource) => {
      const [requested, limit] = (['requests', 'limits'] as const).map((group) =>
        quantity(input, service.name, group, resource),
      );
      const [asked, most] = ['requests', 'limits'].map((group) =>
        quantityText(`$service.resources.${group}.${resource}`),
      );
      const message = `${at}.resources: expected requests.${resource} of at most limits.${resource}, got %s > %s`;
      return [
        `{{- if hasKey $service.resources.limits ${literal(resource)} }}{{ if gt ${requested} ${limit} -}}`,
        `{{- fail (printf ${literal(message)} ${asked} ${most}) -}}`,
        '{{- end }}{{ end -}}',
      ];
    }),
    ...(plan.autoscale ? [...replicaRange(at), ...reachableTargets(input, rendered)] : []),
    ...furtherSettings(rendered),
    '{{- range $variable := $service.extraEnv -}}',
    `{{- with get (dict ${[...sources(rendered)].flat().map(literal).join(' ')}) $variable.name -}}`,
    `{{- fail (printf ${literal(`${at}.extraEnv: expected a variable that the chart does not set, got %s; it comes from ${at}.%s`)} $variable.name .) -}}`,
    '{{- end -}}',
    ...(furtherWay(policy)?.as === 'variables'
      ? [
          '{{- if hasKey $service.settings $variable.name -}}',
          `{{- fail (printf ${literal(`${at}.extraEnv: expected a variable that the chart does not set, got %s; it comes from ${at}.settings`)} $variable.name) -}}`,
          '{{- end -}}',
        ]
      : []),
    '{{- end -}}',
  ];
}

/**
 * Lines that refuse labels and annotations of the values under names that the chart writes itself; they read `$service`.
 * @param labels of any object
 * @param podLabels of the service's pods
 */
export function ownNames(
  { service }: RenderedService,
  labels: readonly string[],
  podLabels: readonly string[],
): string[] {
  const at = `services.${service.name}`;
  return [
    ...takenNames('labels', labels, 'commonLabels', '.Values.commonLabels'),
    ...takenNames('labels', podLabels, `${at}.podLabels`, '$service.podLabels'),
    ...takenNames('annotations', ['checksum/config'], `${at}.podAnnotations`, '$service.podAnnotations'),
  ];
}

function takenNames(noun: string, taken: readonly string[], path: string, given: string): string[] {
  const message = `${path}: expected ${noun} that the chart does not set, got %s`;
  return [
    `{{- range $name, $text := ${given} }}{{ if has $name (list ${taken.map(literal).join(' ')}) -}}`,
    `{{- fail (printf ${literal(message)} $name) -}}`,
    '{{- end }}{{ end -}}',
  ];
}

function replicaRange(at: string): string[] {
  const [least, most] = ['minReplicas', 'maxReplicas'].map((name) => `(int64 $service.autoscaling.${name})`);
  const message = `${at}.autoscaling: expected minReplicas of at most maxReplicas, got %d > %d`;
  return [
    `{{- if and $service.autoscaling.enabled (gt ${least} ${most}) -}}`,
    `{{- fail (printf ${literal(message)} ${least} ${most}) -}}`,
    '{{- end -}}',
  ];
}

/**
 * A pod never uses more than its limit, and the autoscaler does nothing below 110 % of its target.
 * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details
 */
function reachableTargets(input: RenderInput, { service }: RenderedService): string[] {
  const at = `services.${service.name}`;
  return (
    [
      ['cpu', 'targetCPUUtilizationPercentage'],
      ['memory', 'targetMemoryUtilizationPercentage'],
    ] as const
  ).flatMap(([resource, name]) => {
    const [limit, request] = (['limits', 'requests'] as const).map((group) =>
      quantity(input, service.name, group, resource),
    );
    const message = `${at}.autoscaling: expected ${name} of at most %d, got %d: with this limit and request a pod uses at most %d %%, and nothing is scaled below 110 %% of the target`;
    return [
      `{{- if and $service.autoscaling.enabled (hasKey $service.resources.limits ${literal(resource)}) -}}`,
      `{{- $target := int64 ($service.autoscaling.${name} | default 0) -}}`,
      `{{- $use := div (mul 100 ${limit}) ${request} }}{{ $most := div (sub (mul 10 $use) 1) 11 -}}`,
      '{{- if gt $target $most -}}',
      `{{- fail (printf ${literal(message)} $most $target $use) -}}`,
      '{{- end }}{{ end -}}',
    ];
  });
}

/** Lines that refuse a memory target that is never left again; they read `$service`, `$memoryMiB`, `$availableMiB` and `$usedMiB`. */
export function memoryTarget(input: RenderInput, { service, plan }: RenderedService): string[] {
  if (plan.autoscale === undefined) return [];
  const at = `services.${service.name}.autoscaling`;
  const request = `(div ${quantity(input, service.name, 'requests', 'memory')} 1048576000)`;
  const message = `${at}: leave targetMemoryUtilizationPercentage out: the planned use of %d MiB of the requested %d is above %d %% x %d / %d, so nothing would ever be scaled down`;
  return [
    '{{- $target := int64 ($service.autoscaling.targetMemoryUtilizationPercentage | default 0) -}}',
    '{{- if and $service.autoscaling.enabled (gt $target 0) -}}',
    `{{- $least := int64 $service.autoscaling.minReplicas }}{{ $request := max 1 ${request} -}}`,
    '{{- $plannedMiB := sub $memoryMiB (sub $availableMiB $usedMiB) -}}',
    '{{- if gt (mul 100 $plannedMiB (add $least 1)) (mul $target $least $request) -}}',
    `{{- fail (printf ${literal(message)} $plannedMiB $request $target $least (add $least 1)) -}}`,
    '{{- end }}{{ end -}}',
  ];
}

/** A further setting under the name of a parameter, or of a setting that is there, would count beside it. */
function furtherSettings({ service, policy }: RenderedService): string[] {
  const at = `services.${service.name}`;
  const inFile = furtherWay(policy)?.as !== 'variables';
  const own = settingsOf({ service, policy }).map(({ key }) => key);
  const taken = [
    ...policy.parameters.map(({ key, name }) => [key, `parameters.${name}`] as const),
    ...own.map((key) => [key, `settings.${key}`] as const),
    ...(inFile ? [] : takenVariables(service, policy)),
  ].map(([key, place]) => [inFile ? sameName(key) : key, place]);
  const name = inFile ? '(lower $name | replace "-" "_")' : '$name';
  return [
    `{{- range $name := keys $service.settings }}{{ if not (has $name (list ${own.map(literal).join(' ')})) -}}`,
    `{{- with get (dict ${taken.flat().map(literal).join(' ')}) ${name} -}}`,
    `{{- fail (printf ${literal(`${at}.settings: expected a setting that the chart does not have yet, got %s; set ${at}.%s`)} $name .) -}}`,
    '{{- end }}{{ end }}{{ end -}}',
  ];
}

/** Programs take a name in either case, and some `-` for `_`. */
function sameName(key: string): string {
  return key.toLowerCase().replaceAll('-', '_');
}

function takenVariables({ env, volume }: FlatService, { secrets }: Policy): (readonly [string, string])[] {
  return [
    ...Object.keys(env).map((name) => [name, `env.${name}`] as const),
    ...secrets.map(({ name }) => [name, 'existingSecret'] as const),
    ...(volume?.dataVariable === undefined ? [] : [[volume.dataVariable, 'persistence'] as const]),
  ];
}

/**
 * Every variable that the chart sets, with the value that it comes from; of two, the one that the container takes. Not
 * secrets: no ledger counts on one, and an operator's are in Secrets of its own.
 */
function sources({ service, policy }: RenderedService): Map<string, string> {
  const { parameters, settings, deliveries } = policy;
  const { dataVariable } = service.volume ?? {};
  return new Map([
    ...parameters
      .filter(({ name }) => isVariable(policy, name))
      .map((one) => [variableOf(deliveries, one), `parameters.${one.name}`] as const),
    ...settings.filter(({ key }) => isVariable(policy, key)).map(({ key }) => [key, `settings.${key}`] as const),
    ...deliveries.flatMap((one) => (one.as === 'options' ? [[one.variable, 'parameters'] as const] : [])),
    ...(dataVariable === undefined ? [] : [[dataVariable, 'persistence'] as const]),
    ...Object.keys(service.env).map((name) => [name, `env.${name}`] as const),
  ]);
}

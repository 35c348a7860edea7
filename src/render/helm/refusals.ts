/** What an API server would refuse, or a container take in place of the chart's own, and is refused by the templates first. */
import type { RenderInput } from '../target.ts';
import type { RenderedService } from '../values.ts';
import { quantity, quantityText } from './quantity.ts';
import { literal } from './template.ts';

/** Lines that end the rendering with a message; they read `$service`. */
export function refusals(input: RenderInput, rendered: RenderedService): string[] {
  const { service, plan } = rendered;
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
    ...(plan.autoscale ? replicaRange(at) : []),
    '{{- range $variable := $service.extraEnv -}}',
    `{{- with get (dict ${[...sources(rendered)].flat().map(literal).join(' ')}) $variable.name -}}`,
    `{{- fail (printf ${literal(`${at}.extraEnv: expected a variable that the chart does not set, got %s; it comes from ${at}.%s`)} $variable.name .) -}}`,
    '{{- end }}{{ end -}}',
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
 * Every variable that the chart sets, with the value that it comes from; of two, the one that the container takes. Not
 * secrets: no ledger counts on one, and an operator's are in Secrets of its own.
 */
function sources({ service, policy }: RenderedService): Map<string, string> {
  const { parameters, settings, delivery } = policy;
  const { dataVariable } = service.volume ?? {};
  return new Map([
    ...(delivery.as === 'env' ? parameters.map(({ key, name }) => [key, `parameters.${name}`] as const) : []),
    ...(delivery.as === 'env' ? settings.map(({ key }) => [key, `settings.${key}`] as const) : []),
    ...(dataVariable === undefined ? [] : [[dataVariable, 'persistence'] as const]),
    ...Object.keys(service.env).map((name) => [name, `env.${name}`] as const),
  ]);
}

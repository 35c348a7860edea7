/** What an API server would refuse, or a container take in place of the chart's own, and is refused by the templates first. */
import type { RenderInput } from '../target.ts';
import type { RenderedService } from '../values.ts';
import { quantity } from './quantity.ts';
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
      const given = `$service.resources.requests.${resource} $service.resources.limits.${resource}`;
      const message = `${at}.resources: expected requests.${resource} of at most limits.${resource}, got %v > %v`;
      return [
        `{{- if hasKey $service.resources.limits ${literal(resource)} }}{{ if gt ${requested} ${limit} -}}`,
        `{{- fail (printf ${literal(message)} ${given}) -}}`,
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

function replicaRange(at: string): string[] {
  const [least, most] = ['minReplicas', 'maxReplicas'].map((name) => `(int64 $service.autoscaling.${name})`);
  const message = `${at}.autoscaling: expected minReplicas of at most maxReplicas, got %d > %d`;
  return [
    `{{- if and $service.autoscaling.enabled (gt ${least} ${most}) -}}`,
    `{{- fail (printf ${literal(message)} ${least} ${most}) -}}`,
    '{{- end -}}',
  ];
}

/** Every variable that the chart sets, with the value that it comes from; of two, the one that the container takes. */
function sources({ service, policy }: RenderedService): Map<string, string> {
  const { parameters, settings, secrets, delivery } = policy;
  const { dataVariable } = service.volume ?? {};
  return new Map([
    ...(delivery.as === 'env' ? parameters.map(({ key, name }) => [key, `parameters.${name}`] as const) : []),
    ...(delivery.as === 'env' ? settings.map(({ key }) => [key, `settings.${key}`] as const) : []),
    ...(dataVariable === undefined ? [] : [[dataVariable, 'persistence'] as const]),
    ...Object.keys(service.env).map((name) => [name, `env.${name}`] as const),
    ...secrets.map(({ name }) => [name, 'existingSecret'] as const),
  ]);
}

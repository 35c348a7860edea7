/** The kubernetes target's objects with actions in the places of what a user of the chart sets. */

import { type FlagsDelivery, fileArguments, programOf } from '../../deliveries/delivery.ts';
import { isMap } from '../../formats/data.ts';
import { cut } from '../../formats/template.ts';
import { commentsOf, mapMembers, withComments } from '../../formats/yaml.ts';
import { toGoTemplate } from '../../formula/go-template.ts';
import { baseName } from '../../stack/stack.ts';
import { literal as asWritten, secretArguments } from '../kubernetes/container.ts';
import { markedObjectsOf, type ObjectFile } from '../kubernetes/index.ts';
import { filesName, IDENTITY_LABELS, type Manifest, secretName } from '../kubernetes/object.ts';
import { Sized } from '../kubernetes/sized.ts';
import type { RenderedService } from '../rendered.ts';
import { renderedServices } from '../services.ts';
import type { RenderInput } from '../target.ts';
import { deliveredBy, filesFor, furtherWay } from '../values.ts';
import { block, furtherItems, optionalBlock } from './data.ts';
import { included, serviceVariables } from './names.ts';
import { ownNames } from './refusals.ts';
import { emitTemplate, furtherTexts, inline, literal, optionalText, optionalTexts, template } from './template.ts';
import { fileText, furtherSettings, textOf } from './values.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of twelve kinds, changed member by member
type Members = Record<string, any>;

/** The template of every object, by the path of its file. */
export function objectTemplates(input: RenderInput, header: string): { path: string; contents: string }[] {
  const services = new Map(renderedServices(input).map((rendered) => [rendered.service.name, rendered]));
  const files = markedObjectsOf(input).map((file) => ({ ...file, manifest: withExpressions(file.manifest) }));
  const labels = [...new Set(files.flatMap(({ manifest }) => Object.keys(manifest.metadata.labels as object)))];
  return files.map((file) => {
    const rendered = services.get(file.path.split('/')[0]!);
    const start = [
      ...(rendered ? serviceVariables(rendered) : []),
      ...(rendered && [...WORKLOADS, AUTOSCALER].includes(file.manifest.kind)
        ? [`{{- $figures := ${included(input, 'figures', rendered)} | fromJson -}}`]
        : []),
      ...(rendered && WORKLOADS.includes(file.manifest.kind)
        ? [
            ...ownNames(rendered, labels, Object.keys((file.manifest.spec as Members).template.metadata.labels)),
            ...(rendered.policy.secrets.length > 0 ? FURTHER_NAMES : []),
          ]
        : []),
    ];
    const text = emitTemplate(shared(objectOf(input, file, rendered), rendered !== undefined));
    const contents = `${start.map((line) => `${line}\n`).join('')}${guarded(file.manifest.kind, `${header}${text}`)}`;
    return { path: file.path, contents };
  });
}

/** Nothing where the values leave out objects of this kind. */
export function guarded(kind: string, text: string): string {
  const condition = CONDITIONS[kind];
  return condition ? `{{- if ${condition} }}\n${text}{{- end }}\n` : text;
}

export const MANAGED_BY = 'app.kubernetes.io/managed-by';
const CHECKSUM = 'checksum/config';
const WORKLOADS = ['Deployment', 'StatefulSet'];
const AUTOSCALER = 'HorizontalPodAutoscaler';

/** The user's variables by name: each takes the place of the chart's reference to a secret. */
const FURTHER_NAMES = [
  '{{- $further := dict -}}',
  '{{- range $service.extraEnv }}{{ $_ := set $further .name . }}{{ end -}}',
];

/** Objects that the values can leave out. */
const CONDITIONS: Record<string, string> = {
  Namespace: '.Values.namespace.create',
  NetworkPolicy: '.Values.networkPolicy.enabled',
  [AUTOSCALER]: '$service.autoscaling.enabled',
};

function objectOf(input: RenderInput, { manifest }: ObjectFile, rendered: RenderedService | undefined): Manifest {
  if (rendered === undefined)
    return manifest.kind === 'Namespace' ? withMetadata(manifest, { name: RELEASE_NAMESPACE_NAME }) : manifest;
  switch (manifest.kind) {
    case 'ConfigMap':
      return manifest.metadata.name === filesName(input, rendered.service)
        ? { ...manifest, data: filesData(manifest, rendered) }
        : { ...manifest, data: configData(input, rendered) };
    case 'Deployment':
    case 'StatefulSet':
      return workload(input, manifest, rendered);
    case AUTOSCALER:
      return withSpec(manifest, {
        minReplicas: inline('minReplicas', 'int64 $service.autoscaling.minReplicas'),
        maxReplicas: inline('maxReplicas', 'int64 $service.autoscaling.maxReplicas'),
        metrics: METRICS,
      });
    case 'Service':
      return (manifest.spec as Members).clusterIP === undefined
        ? withSpec(manifest, { type: inline('type', '$service.service.type | quote') })
        : manifest;
    default:
      return manifest;
  }
}

const RELEASE_NAMESPACE_NAME = inline('name', '.Release.Namespace | quote');
const METRICS = template(
  'metrics:',
  '  - type: "Resource"',
  '    resource:',
  '      name: "cpu"',
  '      target:',
  '        type: "Utilization"',
  '        averageUtilization: {{ int64 $service.autoscaling.targetCPUUtilizationPercentage }}',
  '  {{- with $service.autoscaling.targetMemoryUtilizationPercentage }}',
  '  - type: "Resource"',
  '    resource:',
  '      name: "memory"',
  '      target:',
  '        type: "Utilization"',
  '        averageUtilization: {{ int64 . }}',
  '  {{- end }}',
);

/** What follows from the plan's figures as the chart computes it from what is set; limits and parameters come from the values. */
function withExpressions<T extends object>(manifest: T): T {
  return mapMembers(manifest, (name, member) => {
    if (!(member instanceof Sized)) return isMap(member) ? withoutPlanned(member) : member;
    const { expr, value } = member;
    if (expr === undefined) return value;
    const computed = toGoTemplate(expr, (figure) => `(int64 $figures.${figure})`);
    return inline(name, typeof value === 'number' ? computed : `printf "%dMi" ${computed} | quote`);
  }) as T;
}

/** Without comments on what comes from the hardware: what they say of the plan need not hold of what is set. */
function withoutPlanned(map: Members): Members {
  const comments = Object.entries(commentsOf(map) ?? {}).filter(([name]) => !(map[name] instanceof Sized));
  return withComments({ ...map }, Object.fromEntries(comments));
}

/** The same comments on other members. */
function withMembers<T extends Members>(map: T, members: Members): T {
  const changed = { ...map, ...members };
  const comments = commentsOf(map);
  return comments ? withComments(changed, comments) : changed;
}

function withMetadata(manifest: Manifest, members: Members): Manifest {
  return { ...manifest, metadata: withMembers(manifest.metadata, members) };
}

function withSpec(manifest: Manifest, members: Members): Manifest {
  return { ...manifest, spec: withMembers(manifest.spec as Members, members) };
}

/** A list of variables. */
function configData(input: RenderInput, rendered: RenderedService): object {
  return {
    variables: template(
      `{{- range ${included(input, 'variables', rendered)} | fromJsonArray }}`,
      '{{ index . 0 | quote }}: {{ index . 1 | quote }}',
      '{{- end }}',
    ),
  };
}

function workload(input: RenderInput, manifest: Manifest, rendered: RenderedService): Manifest {
  const { service } = rendered;
  const spec = manifest.spec as Members;
  const replicas = '{{ int64 $service.replicaCount }}';
  const members = {
    ...spec,
    replicas: rendered.plan.autoscale
      ? template(
          '{{- if not $service.autoscaling.enabled }}',
          `replicas: ${replicas}`,
          `{{- else }}{{ with ${included(input, 'replicas', undefined, `(dict "kind" ${literal(manifest.kind)} "name" ${literal(service.name)} "namespace" .Release.Namespace)`)} }}`,
          '# as many as run: were the field taken out, all but one would stop before the autoscaler sets it again',
          'replicas: {{ . }}',
          '{{- end }}{{ end }}',
        )
      : template(`replicas: ${replicas}`),
    template: podTemplate(input, spec.template, rendered),
    ...(service.volume && { volumeClaimTemplates: claims(spec.volumeClaimTemplates) }),
  };
  return { ...manifest, spec: withComments(members, commentsOf(spec) ?? {}) };
}

function claims([claim]: Members[]): Members[] {
  const changed = {
    storageClassName: template(
      '{{- with $service.persistence.storageClass }}',
      'storageClassName: {{ eq . "-" | ternary "" . | quote }}',
      '{{- end }}',
    ),
    resources: { requests: { storage: inline('storage', '$service.persistence.size | quote') } },
  };
  return [{ ...claim, spec: { ...claim!.spec, ...changed } }];
}

function podTemplate(input: RenderInput, pod: Members, rendered: RenderedService): Members {
  const { metadata, spec } = pod;
  const annotations = merged('$service.podAnnotations', '$service.annotations', '.Values.commonAnnotations');
  const labels = merged('$service.podLabels', '.Values.commonLabels');
  const checksum = inline(CHECKSUM, `${included(input, 'checksum', rendered)} | quote`);
  return {
    metadata: {
      labels: { ...metadata.labels, further: furtherTexts(labels) },
      annotations:
        metadata.annotations?.[CHECKSUM] === undefined
          ? optionalTexts('annotations', annotations)
          : withComments(
              { [CHECKSUM]: checksum, further: furtherTexts(`omit (${annotations}) ${literal(CHECKSUM)}`) },
              { [CHECKSUM]: 'new values in the ConfigMap replace the pods' },
            ),
    },
    spec: withMembers(spec, {
      imagePullSecrets: optionalBlock(input, 'imagePullSecrets', '.Values.imagePullSecrets'),
      priorityClassName: optionalText('priorityClassName', '$service.priorityClassName'),
      nodeSelector: optionalTexts('nodeSelector', '$service.nodeSelector'),
      tolerations: optionalBlock(input, 'tolerations', '$service.tolerations'),
      affinity: optionalBlock(input, 'affinity', '$service.affinity'),
      containers: [container(input, spec.containers[0], rendered)],
    }),
  };
}

function container(input: RenderInput, written: Members, rendered: RenderedService): Members {
  const { name, image, args, env = [], envFrom = [], ...rest } = written;
  // What the comment on the resources says of the plan is in the values.
  const { resources, ...comments } = commentsOf(written) ?? {};
  const members = {
    name,
    image: inline('image', `${included(input, 'image', undefined, '$service.image')} | quote`),
    imagePullPolicy: optionalText('imagePullPolicy', '$service.image.pullPolicy'),
    args: argumentsFor(input, rendered) ?? args,
    // The last source of a variable counts, so those of the user come first.
    envFrom:
      envFrom.length > 0
        ? [furtherItems(input, '$service.extraEnvFrom'), ...envFrom]
        : optionalBlock(input, 'envFrom', '$service.extraEnvFrom'),
    env:
      env.length > 0
        ? [...env.map(variable(input, rendered)), furtherItems(input, '$service.extraEnv')]
        : optionalBlock(input, 'env', '$service.extraEnv'),
    ...rest,
    resources: block(input, 'resources', '$service.resources'),
  };
  return withComments(members, comments);
}

/** Constants of the stack and references to its Secret, with the values that the chart has for them. */
function variable(input: RenderInput, { service }: RenderedService) {
  return (one: Members): Members => {
    const { name, valueFrom } = one;
    if (valueFrom?.secretKeyRef?.name === secretName(input, service)) {
      const secret = inline('name', '$service.existingSecret | quote');
      const own = { name, valueFrom: { secretKeyRef: { key: valueFrom.secretKeyRef.key, name: secret } } };
      return template(
        `{{- if not (hasKey $further ${literal(name)}) }}`,
        ...emitTemplate([own]).trimEnd().split('\n'),
        '{{- end }}',
      );
    }
    if (!Object.hasOwn(service.env, name)) return one;
    return { name, value: inline('value', `index $service.env ${literal(name)} | quote`) };
  };
}

/** The files that carry values with what is set in them; the others as they are. */
function filesData(manifest: Manifest, rendered: RenderedService): object {
  const own = filesFor(rendered).map((file) => [baseName(file.delivery.path!), fileText(rendered, file)] as const);
  const data = { ...(manifest.data as Members) };
  for (const [name, text] of own) data[name] = inline(name, `${text} | quote`);
  return withComments(data, commentsOf(manifest.data as object) ?? {});
}

/** Arguments of a program that takes values as flags, each with its value filled in; undefined where it takes none. */
function argumentsFor(input: RenderInput, rendered: RenderedService): unknown[] | undefined {
  const { policy } = rendered;
  const ways = deliveredBy(rendered, 'flags');
  if (ways.length === 0 && furtherWay(policy)?.as !== 'flags') return undefined;
  const flag = ({ each }: FlagsDelivery, key: string, text: string) =>
    each.map((part) => `- {{ ${included(input, 'literal', undefined, filled(part, key, text))} | quote }}`);
  const at = (end: 'start' | 'end') =>
    ways
      .filter(({ delivery }) => delivery.at === end)
      .flatMap(({ delivery, values }) =>
        values.flatMap((value) =>
          flag(delivery, literal(value.key), textOf(rendered, value)).map((line) => template(line)),
        ),
      );
  const way = furtherWay(policy);
  const further =
    way?.as === 'flags'
      ? [
          template(
            `{{- range $key, $text := ${furtherSettings(rendered)} }}`,
            ...flag(way, '$key', '$text'),
            '{{- end }}',
          ),
        ]
      : [];
  const [first = [], ...others] = programOf(policy.deliveries).map(asWritten);
  const named = filesFor(rendered).flatMap(({ delivery }) => fileArguments(delivery).map(asWritten));
  return [first, ...at('start'), ...others, ...named, ...at('end'), ...further, ...secretArguments(policy)].flat();
}

/** An expression: a template of a policy, with expressions for `{key}` and `{value}`. */
function filled(part: string, key: string, value: string): string {
  const words = cut(part).flatMap((piece, index) => {
    if (index % 2 === 0) return piece === '' ? [] : literal(piece);
    return piece === 'key' ? key : value;
  });
  return words.length === 1 ? words[0]! : `(print ${words.join(' ')})`;
}

/** What all objects of a chart have: where they are, how they are found, what is said of all of them. */
function shared(manifest: Manifest, ofService: boolean): unknown {
  const { name, labels, namespace } = manifest.metadata;
  const own = OWN_ANNOTATIONS[manifest.kind] ?? [];
  const sources = [...own, ...(ofService ? ['$service.annotations'] : []), '.Values.commonAnnotations'];
  const metadata = {
    name,
    namespace: namespace === undefined ? undefined : inline('namespace', '.Release.Namespace | quote'),
    // Helm writes itself into this label of every object that it installs.
    labels: {
      ...(labels as object),
      [MANAGED_BY]: inline(MANAGED_BY, '.Release.Service | quote'),
      further: furtherTexts('.Values.commonLabels'),
    },
    annotations: optionalTexts('annotations', merged(...sources)),
  };
  return ofRelease({ ...manifest, metadata });
}

/** An object whose label that tells releases apart, wherever it stands, is the release's name. */
export function ofRelease(object: object): unknown {
  return mapMembers(object, (label, member) =>
    label === IDENTITY_LABELS[1] ? inline(label, '.Release.Name | quote') : member,
  );
}

const OWN_ANNOTATIONS: Record<string, string[]> = {
  ServiceAccount: ['$service.serviceAccount.annotations'],
  Service: ['$service.service.annotations'],
};

/** Maps of the values, each of which may be left empty; the first one that has a name counts. */
function merged(...maps: string[]): string {
  return `merge (dict) ${maps.map((map) => `(${map} | default dict)`).join(' ')}`;
}

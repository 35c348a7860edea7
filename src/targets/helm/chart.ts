/** The files of a chart that are no objects: what it is, what is said after an install, how it is tested. */

import { withComments } from '../../formats/yaml.ts';
import { formatCount, formatMiB } from '../../units.ts';
import { headerLines } from '../header.ts';
import { DNS } from '../kubernetes/network.ts';
import { IDENTITY_LABELS, type Manifest, selectorOf } from '../kubernetes/object.ts';
import type { RenderedService } from '../rendered.ts';
import { renderedServices } from '../services.ts';
import { variantName } from '../spanning.ts';
import type { RenderInput } from '../target.ts';
import { optionalBlock } from './data.ts';
import { included, serviceVariables } from './names.ts';
import { guarded, MANAGED_BY, ofRelease } from './objects.ts';
import { quantityText } from './quantity.ts';
import { emitTemplate, furtherTexts, inline, literal, optionalText, optionalTexts, plain } from './template.ts';
import { testedService } from './values.ts';

/** Kubernetes takes `lifecycle.preStop.sleep` from 1.30 on, `unhealthyPodEvictionPolicy` from 1.27 on. */
const KUBE_VERSION = { sleep: '>=1.30.0-0', otherwise: '>=1.27.0-0' };

export function chartFile(input: RenderInput): object {
  const { stack } = input;
  const services = renderedServices(input);
  const main = services.find(({ service }) => service.name === stack.main) ?? services[0]!;
  const [, tag] = /:([^/:@]+)(?:@.+)?$/.exec(main.service.image) ?? [];
  const sleeps = services.some(({ service }) => service.preStopSeconds > 0);
  return withComments(
    {
      apiVersion: 'v2',
      name: stack.name,
      description: `${services.map(({ service }) => service.name).join(', ')}, sized for the hardware by sizewright`,
      type: 'application',
      version: '0.1.0',
      ...(tag !== undefined && { appVersion: tag }),
      kubeVersion: sleeps ? KUBE_VERSION.sleep : KUBE_VERSION.otherwise,
    },
    {
      version:
        "the chart's own: a repository never takes two of one version, so give each one that you publish its own, helm package --version",
      appVersion: `the tag of the image of ${main.service.name}`,
      kubeVersion: 'the oldest that has every field which the templates write',
    },
  );
}

export const HELM_IGNORE = ['.git/', '.gitignore', '*.swp', '*.orig', '*~', '.DS_Store', 'manifest.json', ''].join(
  '\n',
);

/** What Helm says after an install. */
export function notes(input: RenderInput): string {
  const services = renderedServices(input).flatMap((rendered) => {
    const { service, policy, plan } = rendered;
    const name = literal(service.name);
    const [memory, cpu] = ['limits.memory', 'requests.cpu'].map((path) => quantityText(`$service.resources.${path}`));
    const replicas = plan.autoscale
      ? '{{ if $service.autoscaling.enabled }}{{ int64 $service.autoscaling.minReplicas }} to {{ int64 $service.autoscaling.maxReplicas }}{{ else }}{{ int64 $service.replicaCount }}{{ end }}'
      : '{{ int64 $service.replicaCount }}';
    return [
      ...serviceVariables(rendered).map((line) => line.replace(/ -}}$/, ' }}')),
      `{{- $figures := ${included(input, 'figures', rendered)} | fromJson }}`,
      '',
      `{{ ${name} }}: ${replicas} x {{ ${memory} }}, CPU {{ ${cpu} }}`,
      '  {{ $figures.ledger | replace "\\n" "\\n  " }}',
      ...policy.parameters.map(({ name: parameter }) => {
        const path = `${literal(parameter)}`;
        return `{{- if ne (int64 (index $service.parameters ${path})) (int64 (index $planned.parameters ${path}).value) }}\n  ${parameter} = {{ int64 (index $service.parameters ${path}) }} instead of the planned {{ int64 (index $planned.parameters ${path}).value }}{{ end }}`;
      }),
    ];
  });
  const secrets = renderedServices(input).flatMap(({ service, policy }) =>
    policy.secrets.length > 0
      ? [
          `  {{ (index .Values.services ${literal(service.name)}).existingSecret }}: ${plain(policy.secrets.map(({ name }) => name).join(', '))}`,
        ]
      : [],
  );
  return [
    '{{ .Chart.Name }} for {{ .Values.plan.profile }} on {{ .Values.plan.platform }}: release {{ .Release.Name }} in {{ .Release.Namespace }}.',
    ...services,
    '',
    ...(secrets.length > 0 ? ['Pods start when these Secrets are there:', ...secrets, ''] : []),
    ...(testedService(input) ? ['Try it: helm test {{ .Release.Name }} -n {{ .Release.Namespace }}', ''] : []),
  ].join('\n');
}

/** A pod that reaches the stack as its users do, allowed to by a policy of its own. */
function chartTests(input: RenderInput): Manifest[] {
  const { stack } = input;
  const service = testedService(input);
  if (service === undefined) return [];
  const { port } = service.ports[0]!;
  const path = service.probes.readiness?.http;
  const name = `${stack.name}-test`;
  const selector = { [IDENTITY_LABELS[0]]: name, [IDENTITY_LABELS[1]]: stack.name };
  const labels = {
    ...selector,
    [MANAGED_BY]: inline(MANAGED_BY, '.Release.Service | quote'),
    further: furtherTexts('.Values.commonLabels'),
  };
  const metadata = (weight: string) => ({
    name,
    namespace: inline('namespace', '.Release.Namespace | quote'),
    labels,
    annotations: {
      'helm.sh/hook': 'test',
      'helm.sh/hook-weight': weight,
      'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
      further: furtherTexts('.Values.commonAnnotations'),
    },
  });
  const tcp = { protocol: 'TCP', port };
  const policy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadata('-1'),
    spec: {
      podSelector: { matchLabels: selector },
      policyTypes: ['Egress'],
      egress: [DNS, { to: [{ podSelector: { matchLabels: selectorOf(input, service) } }], ports: [tcp] }],
    },
  };
  const command = path
    ? ['wget', '-q', '-T', '5', '-O', '/dev/null', `http://${service.name}:${port}${path}`]
    : ['nc', '-z', '-w', '5', service.name, `${port}`];
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadata('0'),
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, runAsUser: 65534, seccompProfile: { type: 'RuntimeDefault' } },
      imagePullSecrets: optionalBlock(input, 'imagePullSecrets', '.Values.imagePullSecrets'),
      nodeSelector: optionalTexts('nodeSelector', '.Values.tests.nodeSelector'),
      tolerations: optionalBlock(input, 'tolerations', '.Values.tests.tolerations'),
      containers: [
        {
          name: 'connect',
          image: inline('image', `${included(input, 'image', undefined, '.Values.tests.image')} | quote`),
          imagePullPolicy: optionalText('imagePullPolicy', '.Values.tests.image.pullPolicy'),
          command,
          resources: { limits: { cpu: '100m', memory: '32Mi' }, requests: { cpu: '100m', memory: '32Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            readOnlyRootFilesystem: true,
          },
        },
      ],
    },
  };
  return [policy, pod];
}

export function testFile(input: RenderInput, header: string): string {
  return chartTests(input)
    .map((object) => guarded(object.kind, `---\n${header}${emitTemplate(ofRelease(object))}`))
    .join('');
}

/** For who installs it. */
export function readme(inputs: readonly RenderInput[]): string {
  const first = inputs[0]!;
  const { stack } = first;
  const rows = inputs.flatMap((input) =>
    renderedServices(input).map(({ service, plan }: RenderedService) => {
      const { availableMiB, usedMiB } = plan.ledger;
      return `| \`values-${variantName(input, inputs)}.yaml\` | ${service.name} | ${plan.requests.cpuMillis}m, ${formatMiB(plan.limits.memoryMiB)} | ${formatCount(usedMiB)} of ${formatMiB(availableMiB)} |`;
    }),
  );
  const secrets = renderedServices(first).flatMap(({ service, policy }) =>
    policy.secrets.length > 0
      ? [`- \`services.${service.name}.existingSecret\`: ${policy.secrets.map(({ name }) => `\`${name}\``).join(', ')}`]
      : [],
  );
  const values = `values-${variantName(first, inputs)}.yaml`;
  return [
    `# ${stack.name}`,
    '',
    ...headerLines(...inputs).map((line) => `    ${line}`),
    '',
    'Every number comes from the hardware, one file of values for each:',
    '',
    '| values | service | replica | planned for |',
    '|---|---|---|---|',
    ...rows,
    '',
    `\`values.yaml\` is whole, with the numbers of \`${values}\`; add the file of your hardware, then your own.`,
    '',
    '```sh',
    ...(stack.namespaceExists
      ? []
      : [
          `kubectl create namespace ${stack.namespace}`,
          `kubectl label namespace ${stack.namespace} pod-security.kubernetes.io/enforce=restricted`,
        ]),
    `helm upgrade --install ${stack.name} . -n ${stack.namespace} -f ${values}`,
    ...(testedService(first) ? [`helm test ${stack.name} -n ${stack.namespace}`] : []),
    '```',
    '',
    stack.namespaceExists
      ? 'One release a namespace: the names of the Services are for the whole of it. A chart that'
      : 'One release a namespace: its default-deny policy and the names of the Services are for the whole of it. A chart that',
    `depends on this one has all values, those of the hardware too, below \`${stack.name}\`.`,
    ...(secrets.length > 0 ? ['', 'Secrets that you make beforehand, with these keys:', '', ...secrets] : []),
    '',
    ...(renderedServices(first).some(({ plan }) => plan.autoscale)
      ? [
          'Autoscaling can be turned on in an upgrade: the chart keeps as many replicas as run until the autoscaler sets them.',
          'What applies the output of `helm template` instead, such as Argo CD, cannot look: the field `replicas` is left out,',
          'falls to 1, and pods stop. There, let it ignore `/spec/replicas` first (`ignoreDifferences` with the sync option',
          "`RespectIgnoreDifferences=true`). Turned off, it needs `--force-conflicts` once: the count is the autoscaler's by then.",
          '`helm rollback` brings back the count of the release that it returns to.',
          '',
        ]
      : []),
    'What you set has to be affordable. The templates compare parameters with their bounds, add up what all cost together,',
    'and compare the sum with what the memory limit leaves. A higher limit makes room for higher values; what does not fit',
    'stops with the sum line by line and with the values that would do. `settings` takes further settings of the program,',
    'which no sum counts; those that a sum counts on stay as they are. Deadlines, shared memory and checksums follow from',
    'what is set.',
    '',
  ].join('\n');
}

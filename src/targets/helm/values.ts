/** What a user of the chart sets, for each profile as it was planned. */

import { deliveryOf, type FileDelivery } from '../../deliveries/delivery.ts';
import { cutOptions } from '../../deliveries/flags.ts';
import { isMap } from '../../formats/data.ts';
import { oneLine } from '../../formats/one-line.ts';
import { withComments } from '../../formats/yaml.ts';
import { namesIn } from '../../formula/expr.ts';
import { goTemplateText } from '../../formula/go-template.ts';
import { reasonOf } from '../../plan/decide/decision.ts';
import { inputScope } from '../../policy/compile-inputs.ts';
import type { Parameter, Policy, Setting } from '../../policy/policy.ts';
import { formulaName } from '../../stack/stack.ts';
import { formatKubernetesCpu, formatKubernetesMemory } from '../../units.ts';
import { configurationParts } from '../configuration-file.ts';
import { literal as asWritten } from '../kubernetes/container.ts';
import { secretName } from '../kubernetes/object.ts';
import { withoutMarks } from '../kubernetes/sized.ts';
import { nodeSelectorOf } from '../kubernetes/workload.ts';
import type { FlatService, RenderedService, Value } from '../rendered.ts';
import { renderedServices } from '../services.ts';
import type { RenderInput } from '../target.ts';
import { type Delivered, furtherWay } from '../values.ts';
import { literal } from './template.ts';

/** The text of a value that the program reads, as an expression over `$service`. */
export function textOf({ policy, service }: RenderedService, { text, parameter, setting, options }: Value): string {
  if (parameter) return parameterText(parameter);
  if (setting !== undefined) return `(index $service.settings ${literal(setting)})`;
  if (options === undefined) return literal(text);
  const before = Object.hasOwn(service.env, options.variable)
    ? [`(printf "%s " (index $service.env ${literal(options.variable)}))`]
    : [];
  const parts = cutOptions(options).map((part, index) =>
    index % 2 === 0 ? literal(part) : parameterText(policy.parameters.find(({ name }) => name === part)!),
  );
  return `(print ${[...before, ...parts.filter((part) => part !== '""')].join(' ')})`;
}

function parameterText({ name, syntax }: Parameter): string {
  return goTemplateText(`(int64 (index $service.parameters ${literal(name)}))`, syntax);
}

/** The text of a configuration file, as an expression over `$service`. Its comments say nothing of the plan's numbers. */
export function fileText(rendered: RenderedService, { delivery, values }: Delivered<FileDelivery>): string {
  const said = values.map((value) => (value.parameter ? { ...value, reason: value.parameter.does } : value));
  const parts = configurationParts(delivery, said).map((part) =>
    typeof part === 'string' ? literal(part) : textOf(rendered, part),
  );
  return `(print ${parts.filter((part) => part !== '""').join(' ')})`;
}

/** The entry to the stack, which the chart's test reaches; undefined where it runs elsewhere, or has no port. */
export function testedService(input: RenderInput): FlatService | undefined {
  const entry = renderedServices(input).find(({ service }) => service.name === input.stack.main)?.service;
  return entry && entry.ports.length > 0 ? entry : undefined;
}

/** Whether there is a Service for it: for its ports, or for the names of its pods. */
export function hasService({ ports, volume }: FlatService): boolean {
  return ports.length > 0 || volume !== undefined;
}

/** What services that run elsewhere offer, as far as a constraint counts on it, by service. */
export function offersOf({ stack, offered = {} }: RenderInput): Record<string, Record<string, number>> {
  const read = new Set(stack.constraints.flatMap(({ left, right }) => [...namesIn(left.expr), ...namesIn(right.expr)]));
  const services = Object.entries(offered).map(([service, parameters]) => {
    const counted = Object.entries(parameters).filter(([name]) => read.has(`${formulaName(service)}.${name}`));
    return [service, Object.fromEntries(counted)] as const;
  });
  return Object.fromEntries(services.filter(([, counted]) => Object.keys(counted).length > 0));
}

/** Everything that can be set, as planned for one profile. */
export function allValues(input: RenderInput): object {
  const { stack } = input;
  const offers = offersOf(input);
  const services = renderedServices(input).map((rendered) => [rendered.service.name, serviceValues(input, rendered)]);
  return withComments(
    {
      ...(!stack.namespaceExists && {
        namespace: withComments(
          { create: false },
          { create: 'for helm template; an install needs the namespace before the chart, see README.md' },
        ),
      }),
      networkPolicy: withComments(
        { enabled: true },
        {
          enabled: stack.namespaceExists
            ? 'its services talk to nobody and are called by nobody unless it is allowed'
            : 'nothing in the namespace talks unless it is allowed',
        },
      ),
      imagePullSecrets: [],
      commonLabels: {},
      commonAnnotations: stack.annotations,
      ...(testedService(input) && {
        tests: {
          image: { repository: 'busybox', tag: '1.37', digest: '', pullPolicy: '' },
          nodeSelector: {},
          tolerations: [],
        },
      }),
      services: Object.fromEntries(services),
      ...(Object.keys(offers).length > 0 && { external: offers }),
      plan: planValues(input),
    },
    {
      imagePullSecrets: 'of every pod: [{ name: registry }]',
      commonLabels: 'of every object and pod',
      commonAnnotations: 'of every object and pod',
      tests: 'the pod that helm test starts',
      external: 'what services that run elsewhere offer; constraints count on it',
      plan: 'What was planned, and why. What you set above is compared with it; not meant to be changed.',
    },
  );
}

/** What depends on the hardware, for one profile. */
export function hardwareValues(input: RenderInput): object {
  const services = renderedServices(input).map((rendered) => [
    rendered.service.name,
    hardwareOfService(input, rendered),
  ]);
  return { services: Object.fromEntries(services), plan: planValues(input) };
}

/**
 * Values that lie over other ones, so that the two together are the values alone: Helm merges maps, and `null` takes a
 * member out.
 */
export function laidOver(values: unknown, below: unknown): unknown {
  if (!isMap(values) || !isMap(below)) return values;
  const missing = Object.keys(below).filter((name) => !Object.hasOwn(values, name));
  const own = Object.entries(values).map(([name, member]) => [name, laidOver(member, below[name])]);
  return Object.fromEntries([...own, ...missing.map((name) => [name, null])]);
}

function hardwareOfService(input: RenderInput, rendered: RenderedService) {
  const { plan } = rendered;
  const { limits, requests } = plan;
  return {
    resources: {
      limits: {
        ...(limits.cpuMillis !== undefined && { cpu: formatKubernetesCpu(limits.cpuMillis) }),
        memory: formatKubernetesMemory(limits.memoryMiB),
      },
      requests: { cpu: formatKubernetesCpu(requests.cpuMillis), memory: formatKubernetesMemory(requests.memoryMiB) },
    },
    ...(plan.ledger.stated && { availableMiB: plan.ledger.availableMiB }),
    ...(plan.inputs && { inputs: inputsOf(rendered) }),
    parameters: Object.fromEntries(Object.entries(plan.parameters).map(([name, { value }]) => [name, value])),
    nodeSelector: withoutMarks(nodeSelectorOf(input, rendered)),
    ...(plan.autoscale && {
      autoscaling: {
        targetCPUUtilizationPercentage: plan.autoscale.cpuPercent,
        ...(plan.autoscale.memoryPercent !== undefined && {
          targetMemoryUtilizationPercentage: plan.autoscale.memoryPercent,
        }),
      },
    }),
  };
}

/** Numbers as numbers, choices as words. */
function inputsOf({ policy, service }: RenderedService): Record<string, number | string> {
  const scope = inputScope(policy, service.inputs);
  return Object.fromEntries(policy.inputs.map(({ name, choices }) => [name, choices?.[scope[name]!] ?? scope[name]!]));
}

/** Settings that the chart has a value for: of a program that reads its environment not those that the stack states. */
export function settingsOf({ service, policy }: Pick<RenderedService, 'service' | 'policy'>): Setting[] {
  return policy.settings.filter(({ key }) => !(isVariable(policy, key) && Object.hasOwn(service.env, key)));
}

export function isVariable({ deliveries }: Policy, name: string): boolean {
  return deliveryOf(deliveries, name)?.as === 'variables';
}

/** Whether a further setting would reach the program: it has arguments, or a ConfigMap of variables. */
export function takesFurther({ service, policy }: RenderedService): boolean {
  const own = (key: string) => !Object.hasOwn(service.env, key);
  const way = furtherWay(policy);
  return (
    way?.as === 'flags' || (way !== undefined && [...policy.parameters, ...policy.settings].some(({ key }) => own(key)))
  );
}

/** An expression: the settings that a user of the chart adds, by name; it reads `$service`. */
export function furtherSettings(rendered: RenderedService): string {
  return `omit $service.settings ${settingsOf(rendered)
    .map(({ key }) => literal(key))
    .join(' ')}`.trimEnd();
}

function serviceValues(input: RenderInput, rendered: RenderedService): object {
  const { service, policy, plan } = rendered;
  const { resources, availableMiB, inputs, parameters, nodeSelector, autoscaling } = hardwareOfService(input, rendered);
  const settings = settingsOf(rendered);
  return withComments(
    {
      image: { ...imageParts(service.image), pullPolicy: '' },
      replicaCount: plan.replicas.min,
      ...(autoscaling && {
        autoscaling: withComments(
          { enabled: true, minReplicas: plan.replicas.min, maxReplicas: plan.replicas.max, ...autoscaling },
          { targetCPUUtilizationPercentage: 'of the requests; needs metrics-server' },
        ),
      }),
      resources,
      ...(availableMiB !== undefined && { availableMiB }),
      ...(inputs && {
        inputs: withComments(
          inputs,
          Object.fromEntries(policy.inputs.map(({ name, does, unit }) => [name, oneLine(`${unit}: ${does}`)])),
        ),
      }),
      parameters: withComments(
        parameters,
        Object.fromEntries(policy.parameters.map(({ name, does, unit }) => [name, oneLine(`${unit}: ${does}`)])),
      ),
      settings: withComments(
        Object.fromEntries(settings.map(({ key, value }) => [key, value])),
        Object.fromEntries(settings.map(({ key, why }) => [key, oneLine(why)])),
      ),
      env: Object.fromEntries(Object.entries(service.env).map(([name, value]) => [name, asWritten(value)])),
      extraEnv: [],
      extraEnvFrom: [],
      ...(policy.secrets.length > 0 && { existingSecret: secretName(input, service) }),
      annotations: service.annotations,
      podAnnotations: {},
      podLabels: {},
      nodeSelector,
      tolerations: [],
      affinity: {},
      priorityClassName: '',
      ...(hasService(service) && { service: { type: 'ClusterIP', annotations: {} } }),
      serviceAccount: { annotations: {} },
      ...(service.volume && {
        persistence: withComments(
          { size: formatKubernetesMemory(service.volume.sizeMiB), storageClass: service.volume.storageClass ?? '' },
          { storageClass: 'empty for the default one of the cluster, "-" for none: volumes made beforehand' },
        ),
      }),
    },
    {
      ...(autoscaling && { replicaCount: 'where autoscaling is not enabled' }),
      availableMiB:
        'memory that the parameters may take, as it was stated with --available; goes with the memory limit',
      parameters: 'decided for these limits; higher ones make room. What all cost together has to fit the memory limit',
      settings: takesFurther(rendered)
        ? "constants, as text; add further ones of the program's. Those that the ledger counts on stay as they are"
        : 'constants, as text',
      env: 'constants of the stack; $(NAME) stands for another variable, $$ for $',
      extraEnv: 'further variables, as a container has them',
      existingSecret: `made by you, with the keys ${policy.secrets.map(({ name }) => name).join(', ')}`,
      annotations: 'of every object and pod of the service',
    },
  );
}

/** `host:5000/group/name:tag@sha256:…` */
function imageParts(image: string): { repository: string; tag: string; digest: string } {
  const [, repository = image, tag = '', digest = ''] = /^(.*?)(?::([^/:@]+))?(?:@(.+))?$/.exec(image) ?? [];
  return { repository, tag, digest };
}

function planValues(input: RenderInput): object {
  const services = renderedServices(input).map(({ service, plan }) => {
    const parameters = Object.entries(plan.parameters).map(([name, decision]) => [
      name,
      { value: decision.value, reason: oneLine(reasonOf(decision)) },
    ]);
    return [service.name, { parameters: Object.fromEntries(parameters) }];
  });
  return { profile: input.plan.profile, platform: input.plan.platform, services: Object.fromEntries(services) };
}

/** `values.schema.json`: what may be set at all, on any hardware. */

import { isMap } from '../../formats/data.ts';
import { commentsOf } from '../../formats/yaml.ts';
import type { Parameter, PolicyInput } from '../../policy/policy.ts';
import { findService } from '../../stack/stack.ts';
import { MAX_MEMORY_MIB } from '../../units.ts';
import type { RenderedService } from '../rendered.ts';
import { renderedServices } from '../services.ts';
import type { RenderInput } from '../target.ts';
import { furtherWay } from '../values.ts';
import { formsOf } from './quantity.ts';
import { allValues, hasService, offersOf, settingsOf, takesFurther, testedService } from './values.ts';

type Schema = Record<string, unknown>;

export function valuesSchema(inputs: readonly RenderInput[]): Schema {
  const first = inputs[0]!;
  const services = renderedServices(first).map((rendered) => {
    const same = inputs.map(
      (input) => renderedServices(input).find(({ service }) => service.name === rendered.service.name)!,
    );
    return [rendered.service.name, serviceSchema(same)];
  });
  const offers = Object.entries(offersOf(first)).map(([service, offered]) => [
    service,
    closed(Object.fromEntries(Object.keys(offered).map((name) => [name, offerSchema(first, service, name)]))),
  ]);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: `values of ${first.stack.name}`,
    ...described(
      closed(
        {
          ...(!first.stack.namespaceExists && { namespace: closed({ create: BOOLEAN }) }),
          networkPolicy: closed({ enabled: BOOLEAN }),
          ...(testedService(first) && { tests: closed({ image: IMAGE }, PLACEMENT) }),
          services: closed(Object.fromEntries(services)),
          ...(offers.length > 0 && { external: closed(Object.fromEntries(offers)) }),
          plan: { type: 'object' },
        },
        {
          enabled: { description: 'whether a chart that depends on this one takes it: its condition', ...BOOLEAN },
          global: { type: 'object' },
          imagePullSecrets: { type: 'array', items: closed({ name: NAME }) },
          commonLabels: TEXTS,
          commonAnnotations: TEXTS,
        },
      ),
      allValues(first),
    ),
  };
}

/** With what the comments on the values say, where the schema says nothing itself. */
function described(schema: Schema, values: object): Schema {
  const comments = commentsOf(values) ?? {};
  const members = new Map<string, unknown>(Object.entries(values));
  const properties = Object.entries(schema.properties as Record<string, Schema>).map(([name, member]) => {
    const value = members.get(name);
    const inner = member.properties && isMap(value) ? described(member, value) : member;
    return [name, { ...(Object.hasOwn(comments, name) && { description: comments[name] }), ...inner }];
  });
  return { ...schema, properties: Object.fromEntries(properties) };
}

const BOOLEAN = { type: 'boolean' };
const TEXT = { type: 'string' };
const NAME = { type: 'string', minLength: 1 };
/** No argument and no variable holds a NUL. */
const SETTING = { type: 'string', pattern: '^[^\\x00]*$' };
const TEXTS = { type: 'object', additionalProperties: TEXT };
const COUNT = { type: 'integer', minimum: 0, maximum: 10_000 };
const PERCENT = { type: 'integer', minimum: 1, maximum: 1000 };
const CPU = { description: formsOf('cpu'), type: ['string', 'number'] };
const MEMORY = { description: formsOf('memory'), type: ['string', 'integer'] };
/** Any other resource of Kubernetes, under names that no misspelt one has; no ledger counts it. */
const OTHER_RESOURCES = '^(ephemeral-storage|hugepages-.+|.+/.+)$';
const STORAGE = { type: 'string', pattern: '^[0-9]+([.][0-9]+)?([kMGTPE]|[KMGTPE]i)?$' };
const IMAGE = closed(
  { repository: NAME },
  { tag: TEXT, digest: TEXT, pullPolicy: { enum: ['', 'Always', 'IfNotPresent', 'Never'] } },
);
const PLACEMENT = { nodeSelector: TEXTS, tolerations: { type: 'array', items: { type: 'object' } } };
const VARIABLE = closed({ name: NAME }, { value: TEXT, valueFrom: { type: 'object' } });
const VARIABLES_FROM = {
  ...closed({}, { prefix: TEXT, configMapRef: { type: 'object' }, secretRef: { type: 'object' } }),
  anyOf: [{ required: ['configMapRef'] }, { required: ['secretRef'] }],
};

/**
 * Nothing but what is named: a misspelt value is refused. So is one taken out, which is what `null` and a key without a
 * value do, unless it is among the optional ones.
 */
function closed(required: Schema, optional: Schema = {}): Schema {
  const names = Object.keys(required);
  return {
    type: 'object',
    additionalProperties: false,
    ...(names.length > 0 && { required: names }),
    properties: { ...required, ...optional },
  };
}

/** @param same one service in each of the inputs */
function serviceSchema(same: readonly RenderedService[]): Schema {
  const { policy, service, plan } = same[0]!;
  const replicas = service.volume ? replicasWithVolume(same) : COUNT;
  return closed(
    {
      image: IMAGE,
      replicaCount: replicas,
      ...(plan.autoscale && {
        autoscaling: closed(
          {
            enabled: BOOLEAN,
            minReplicas: { ...replicas, minimum: 1 },
            maxReplicas: { ...replicas, minimum: 1 },
            targetCPUUtilizationPercentage: PERCENT,
          },
          { targetMemoryUtilizationPercentage: PERCENT },
        ),
      }),
      resources: closed({
        limits: amounts({ memory: MEMORY }, { cpu: CPU }),
        requests: amounts({ cpu: CPU, memory: MEMORY }),
      }),
      ...(policy.inputs.length > 0 && {
        inputs: closed(Object.fromEntries(policy.inputs.map((one) => [one.name, inputSchema(one)]))),
      }),
      parameters: closed(
        Object.fromEntries(policy.parameters.map((parameter) => [parameter.name, parameterSchema(parameter)])),
      ),
      settings: settingsSchema(same[0]!),
      env: closed(Object.fromEntries(Object.keys(service.env).map((name) => [name, TEXT]))),
      ...(policy.secrets.length > 0 && { existingSecret: NAME }),
      ...(hasService(service) && {
        service: closed({ type: { enum: ['ClusterIP', 'NodePort', 'LoadBalancer'] } }, { annotations: TEXTS }),
      }),
      serviceAccount: closed({}, { annotations: TEXTS }),
      ...(service.volume && { persistence: closed({ size: STORAGE }, { storageClass: TEXT }) }),
    },
    {
      availableMiB: { type: 'integer', minimum: 0, maximum: MAX_MEMORY_MIB },
      extraEnv: { type: 'array', items: VARIABLE },
      extraEnvFrom: { type: 'array', items: VARIABLES_FROM },
      annotations: TEXTS,
      podAnnotations: TEXTS,
      podLabels: TEXTS,
      ...PLACEMENT,
      affinity: { type: 'object' },
      priorityClassName: TEXT,
    },
  );
}

function amounts(required: Schema, optional: Schema = {}): Schema {
  return { ...closed(required, optional), patternProperties: { [OTHER_RESOURCES]: { type: ['string', 'integer'] } } };
}

/** On any machine: bounds that follow from the limits, and the memory, are compared by the templates. */
function parameterSchema({ range, multipleOf: grid }: Parameter): Schema {
  return {
    type: 'integer',
    minimum: Math.ceil(range.lo / grid) * grid,
    maximum: Math.floor(range.hi / grid) * grid,
    ...(grid > 1 && { multipleOf: grid }),
  };
}

/** What is possible where the service runs. */
function offerSchema({ stack, policies }: RenderInput, service: string, name: string): Schema {
  const { parameters } = policies[findService(stack, service).policy]!;
  const { unit, does, range } = parameters.find((candidate) => candidate.name === name)!;
  return { description: `${unit}: ${does}`, type: 'integer', minimum: range.lo, maximum: range.hi };
}

function replicasWithVolume(same: readonly RenderedService[]): Schema {
  return {
    description: 'not more than planned: each replica has a volume of its own, and nothing copies data among them',
    ...COUNT,
    maximum: Math.max(...same.map(({ plan }) => plan.replicas.max)),
  };
}

function inputSchema({ does, unit, choices, min, max }: PolicyInput): Schema {
  if (choices) return { description: does, enum: choices };
  return { description: `${unit}: ${does}`, type: 'integer', minimum: min, maximum: max };
}

/** Those that the policy has, and any further one. */
function settingsSchema(rendered: RenderedService): Schema {
  const own = settingsOf(rendered).map(({ key, value, why, counted }) => [
    key,
    counted ? { description: `memory or connections are counted with this value: ${why}`, const: value } : SETTING,
  ]);
  const schema = closed(Object.fromEntries(own));
  if (!takesFurther(rendered)) return schema;
  const name =
    furtherWay(rendered.policy)?.as === 'variables' ? '^[A-Za-z_][A-Za-z0-9_]*$' : '^[A-Za-z_][A-Za-z0-9_.-]*$';
  return { ...schema, propertyNames: { pattern: name, maxLength: 200 }, additionalProperties: SETTING };
}

/** From the members of a Kubernetes object to the arguments and blocks of the provider's typed resources. */
import { fail } from '../../errors/errors.ts';
import type { Manifest } from '../kubernetes/object.ts';
import { type Attribute, type Attributes, Reference } from './resource.ts';

/** The typed resource of each kind. @see https://registry.terraform.io/providers/hashicorp/kubernetes/3.2.1/docs */
export const TYPES: Readonly<Record<string, string>> = {
  ConfigMap: 'kubernetes_config_map_v1',
  Deployment: 'kubernetes_deployment_v1',
  HorizontalPodAutoscaler: 'kubernetes_horizontal_pod_autoscaler_v2',
  Namespace: 'kubernetes_namespace_v1',
  NetworkPolicy: 'kubernetes_network_policy_v1',
  PodDisruptionBudget: 'kubernetes_pod_disruption_budget_v1',
  Service: 'kubernetes_service_v1',
  ServiceAccount: 'kubernetes_service_account_v1',
  StatefulSet: 'kubernetes_stateful_set_v1',
};

/** Members that no typed resource has an argument for: `lifecycle.preStop.sleep`, and one of a PodDisruptionBudget. */
const UNTYPED = new Set(['sleep', 'unhealthyPodEvictionPolicy']);

/** Members whose names are the user's, not Kubernetes'. */
export const MAPS: ReadonlySet<string> = new Set([
  'annotations',
  'data',
  'labels',
  'limits',
  'matchLabels',
  'nodeSelector',
  'requests',
]);

/** Numbers that are text in the provider, because 0 and nothing are the same number to it, or a name stands there too. */
const TEXTS = new Set(['fsGroup', 'maxSurge', 'maxUnavailable', 'replicas', 'runAsGroup', 'runAsUser', 'targetPort']);

/** Repeated blocks whose names are no plural with `s`. */
const BLOCKS: Readonly<Record<string, string>> = { egress: 'egress', ingress: 'ingress', policies: 'policy' };

/** Where one kind differs from all others. */
interface Difference {
  blocks?: Readonly<Record<string, string>>;
  texts?: ReadonlySet<string>;
}
const DIFFERENCES: Readonly<Record<string, Difference>> = {
  NetworkPolicy: { blocks: { ports: 'ports' }, texts: new Set(['port']) },
};

/** Whether the provider has arguments for everything that an object says. */
export function isTyped({ kind, ...members }: Manifest): boolean {
  return TYPES[kind] !== undefined && !mentions(members, UNTYPED);
}

function mentions(value: unknown, names: ReadonlySet<string>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([name, member]) => member !== undefined && (names.has(name) || (!MAPS.has(name) && mentions(member, names))),
  );
}

/** The arguments of the typed resource of an object. */
export function typedAttributes({ apiVersion: _, kind, ...members }: Manifest): Attributes {
  const difference = DIFFERENCES[kind] ?? {};
  return argumentsOf(DEFAULTS[kind]?.(members) ?? members, difference, kind);
}

function argumentsOf(members: object, difference: Difference, path: string): Attributes {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) => {
      if (value === undefined) return [];
      const inner = `${path}.${name}`;
      return [[argumentName(name, value, difference), argumentOf(name, value, difference, inner)]];
    }),
  );
}

function argumentName(name: string, value: unknown, { blocks = {} }: Difference): string {
  const repeated = Array.isArray(value) && typeof value[0] === 'object';
  return repeated ? (blocks[name] ?? BLOCKS[name] ?? snakeCase(name).replace(/s$/, '')) : snakeCase(name);
}

function argumentOf(name: string, value: unknown, difference: Difference, path: string): Attribute {
  if (value instanceof Reference) return value;
  if (Array.isArray(value)) return value.map((item, index) => argumentOf(name, item, difference, `${path}[${index}]`));
  if (typeof value === 'object' && value !== null)
    return MAPS.has(name)
      ? (Object.fromEntries(Object.entries(value).filter(([, text]) => text !== undefined)) as Attributes)
      : argumentsOf(DEFAULTS[name]?.(value as Members) ?? value, difference, path);
  if (typeof value === 'number' && (TEXTS.has(name) || difference.texts?.has(name))) return `${value}`;
  return scalar(value, path);
}

function scalar(value: unknown, path: string): string | number | boolean {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return fail('OUTPUT_INVALID', path, `expected text, a number, true or false, got ${value}`);
}

export function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, '_$&').toLowerCase();
}

/**
 * What the provider writes otherwise than Kubernetes does where an object says nothing, said as Kubernetes means it: a
 * StatefulSet keeps ten revisions, not none, and claims in its own namespace; a container may not be root, as its pod says.
 * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#default-behavior
 */
const DEFAULTS: Readonly<Record<string, (member: Members) => Members>> = {
  StatefulSet: ({ metadata, spec }) => {
    const { namespace } = metadata as Members;
    const { volumeClaimTemplates, ...rest } = spec as { volumeClaimTemplates: (Members & { metadata: Members })[] };
    const claims = volumeClaimTemplates.map(({ apiVersion: _, kind: __, ...claim }) => ({
      ...claim,
      metadata: { ...claim.metadata, namespace },
    }));
    return { metadata, spec: { revisionHistoryLimit: 10, ...rest, volumeClaimTemplates: claims } };
  },
  securityContext: (context) => ({ runAsNonRoot: true, ...context }),
  scaleDown: (rules) => ({
    selectPolicy: 'Max',
    policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
    ...rules,
  }),
};
type Members = Record<string, unknown>;

/** A whole object without what is undefined. */
export function wholeManifest(manifest: Manifest): Attributes {
  return defined(manifest, manifest.kind) as Attributes;
}

function defined(value: unknown, path: string): Attribute {
  if (value instanceof Reference) return value;
  if (Array.isArray(value)) return value.map((item, index) => defined(item, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return scalar(value, path);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([name, inner]) => [name, defined(inner, `${path}.${name}`)]),
  );
}

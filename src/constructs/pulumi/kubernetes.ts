/** A whole stack on Kubernetes. */
import { createRequire } from 'node:module';
import * as pulumi from '@pulumi/pulumi';
import { holdsData, kubernetes, objectsOf } from '../../targets/kubernetes/index.ts';
import type { Manifest } from '../../targets/kubernetes/object.ts';
import { renderedServices } from '../../targets/services.ts';
import { timeouts } from '../../targets/terraform/resources.ts';
import type { PlanArgs } from './args.ts';
import { childOptions, makePlanned, Services } from './services.ts';

export type KubernetesServicesArgs = PlanArgs;

/**
 * The objects of the `kubernetes` target as resources of `@pulumi/kubernetes`. Secrets are not among them: the pods
 * refer to those that you make, of the names in the target's `secret.example.yaml`, in this namespace. Where the stack
 * has volumes the namespace is protected, unless the component is given `protect: false`.
 * @example
 * const { namespace, services } = new KubernetesServices('shop', { stack: './shop.yaml', profile: 'c6i.8xlarge' });
 */
export class KubernetesServices extends Services<{ namespace: string }> {
  /** Its name, as soon as it is there: for Secrets, which the pods wait for. */
  readonly namespace: pulumi.Output<string>;

  /** @throws pulumi.ResourceError for whatever is wrong with the arguments, or infeasible */
  constructor(name: string, args: KubernetesServicesArgs, opts?: pulumi.ComponentResourceOptions) {
    super('sizewright:index:KubernetesServices', name, opts, (self) =>
      makePlanned(PURPOSE, self, args, (input, conceal) => {
        const classes = loadClasses(self);
        const children = new Map<string, pulumi.CustomResource>();
        const waits = new Map(renderedServices(input).map((rendered) => [rendered.service.name, timeouts(rendered)]));
        for (const { path, manifest } of objectsOf(input)) {
          const file = path.replace(/\.yaml$/, '');
          const needed = [...children].flatMap(([other, child]) => (needs(file, other) ? child : []));
          const Class = classes[`${manifest.apiVersion}/${manifest.kind}`]!;
          const childName = `${name}-${file.replaceAll('/', '-')}`;
          const [service, kind] = file.split('/') as [string, string?];
          const options = {
            ...childOptions(self, opts, needed),
            // Deleting it deletes the claims and the data in them.
            ...(file === NAMESPACE && opts?.protect === undefined && holdsData(input) && { protect: true }),
            ...(WAITED_FOR.includes(kind) && { customTimeouts: waits.get(service)!.timeouts }),
          };
          children.set(file, new Class(childName, conceal(manifest), options));
        }
        const namespace = children.get(NAMESPACE) as
          | (pulumi.CustomResource & { metadata: pulumi.Output<{ name: string }> })
          | undefined;
        if (namespace === undefined) return { namespace: pulumi.output(input.stack.namespace) };
        const program = pulumi.runtime.getStackResource();
        return {
          namespace: namespace.metadata.apply((metadata) => {
            if (program) refuseTaken(self, program, namespace.getProvider(NAMESPACE_TYPE), metadata.name);
            return metadata.name;
          }),
        };
      }),
    );
    this.namespace = this.made.apply(({ namespace }) => namespace);
    this.registerAll({ namespace: this.namespace });
  }
}

const PURPOSE = { platform: 'kubernetes', kind: 'node', target: kubernetes } as const;
const NAMESPACE = 'namespace';
const NAMESPACE_TYPE = 'kubernetes:core/v1:Namespace';
/** Ready when its pods are: Pulumi waits for that, 10 minutes unless it is told otherwise. */
const WAITED_FOR: readonly (string | undefined)[] = ['deployment', 'statefulset', 'service'];
/** What pods read or are held by. Not the Services: Pulumi has one wait for its pods. */
const BEFORE_PODS = /^(serviceaccount|configmap.*|networkpolicy|service-headless)$/;

/** Whether an object comes after another one. Both as paths: `api/deployment`, or `networkpolicy` of the whole stack. */
function needs(file: string, other: string): boolean {
  if (other === NAMESPACE) return true;
  const [service, kind] = file.split('/');
  if (kind !== 'deployment' && kind !== 'statefulset') return false;
  const [owner, ownedKind = owner] = other.split('/') as [string, string?];
  return (owner === service || owner === ownedKind) && BEFORE_PODS.test(ownedKind);
}

/** Namespaces that components make, by program: several may share a process. No provider is the default one. */
const made = new WeakMap<pulumi.Resource, { namespace: string; provider: pulumi.ProviderResource | undefined }[]>();

/**
 * Of two components in one namespace of one cluster, each would overwrite the objects of the other.
 * @param namespace by its name in the cluster, which transforms may have changed
 * @throws pulumi.ResourceError
 */
function refuseTaken(
  self: pulumi.Resource,
  program: pulumi.Resource,
  provider: pulumi.ProviderResource | undefined,
  namespace: string,
): void {
  const others = made.get(program) ?? [];
  made.set(program, others);
  if (others.some((other) => other.namespace === namespace && other.provider === provider))
    throw new pulumi.ResourceError(
      `expected a namespace that no other component makes with the same provider, got ${namespace}; give one another namespace (in its stack) or provider`,
      self,
      true,
    );
  others.push({ namespace, provider });
}

type ObjectClass = new (name: string, args: Manifest, opts: pulumi.CustomResourceOptions) => pulumi.CustomResource;

/** The classes of the objects of a plan. Loaded only here: it is heavy, and who uses Fargate need not install it. */
function loadClasses(self: pulumi.Resource): Record<string, ObjectClass> {
  let module: typeof import('@pulumi/kubernetes');
  try {
    module = createRequire(import.meta.url)('@pulumi/kubernetes');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new pulumi.ResourceError(
      'KubernetesServices needs the package @pulumi/kubernetes: npm install @pulumi/kubernetes',
      self,
      true,
    );
  }
  const { apps, autoscaling, core, networking, policy } = module;
  const { ConfigMap, Namespace, Service, ServiceAccount } = core.v1;
  return {
    'v1/ConfigMap': ConfigMap,
    'v1/Namespace': Namespace,
    'v1/Service': Service,
    'v1/ServiceAccount': ServiceAccount,
    'apps/v1/Deployment': apps.v1.Deployment,
    'apps/v1/StatefulSet': apps.v1.StatefulSet,
    'autoscaling/v2/HorizontalPodAutoscaler': autoscaling.v2.HorizontalPodAutoscaler,
    'networking.k8s.io/v1/NetworkPolicy': networking.v1.NetworkPolicy,
    'policy/v1/PodDisruptionBudget': policy.v1.PodDisruptionBudget,
  } as unknown as Record<string, ObjectClass>;
}

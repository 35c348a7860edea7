/** The Kubernetes objects of a plan as resources of Terraform's Kubernetes provider. */
import { holdsData, type ObjectFile, objectsOf } from '../kubernetes/index.ts';
import { secondsForPod } from '../kubernetes/workload.ts';
import type { RenderedService } from '../rendered.ts';
import { renderedServices } from '../services.ts';
import type { RenderInput } from '../target.ts';
import { Reference, type Resource } from './resource.ts';
import { isTyped, TYPES, typedAttributes, wholeManifest } from './translate.ts';

/** What the resources need: the Kubernetes provider whose schema they are made for. */
export const KUBERNETES_PROVIDER = { source: 'hashicorp/kubernetes', version: '~> 3.2' };

const NAMESPACE = 'namespace';
const NAMESPACE_FILE = 'namespace.yaml';
const WORKLOADS = ['Deployment', 'StatefulSet'];

/**
 * A resource for each object, in the order in which they are applied; typed, or `kubernetes_manifest` for an object that
 * says what no typed resource has an argument for. One apply makes all of them: each waits for its namespace, a workload
 * for what its pods need.
 */
export function resourcesOf(input: RenderInput): Resource[] {
  const services = new Map(renderedServices(input).map((rendered) => [rendered.service.name, rendered]));
  const objects = objectsOf(input);
  return objects.map((object, index) => {
    const [folder] = object.path.split('/') as [string];
    const rendered = WORKLOADS.includes(object.manifest.kind) ? services.get(folder) : undefined;
    if (!rendered)
      return {
        ...resourceOf(input, object),
        ...(object.path === NAMESPACE_FILE && holdsData(input) && { preventDestroy: true }),
      };
    const needed = objects.slice(0, index).filter(({ path }) => path.startsWith(`${folder}/`) || !path.includes('/'));
    return {
      ...resourceOf(input, object, rendered),
      dependsOn: needed.map(({ path }) => nameOf(path)),
    };
  });
}

/** `api_deployment`: two files never share one, as no service has `_` in its name. */
function nameOf(path: string): string {
  return path.replace(/\.yaml$/, '').replace('/', '_');
}

function resourceOf({ stack }: RenderInput, { path, manifest }: ObjectFile, workload?: RenderedService): Resource {
  const name = nameOf(path);
  const { metadata } = manifest;
  const namespace = stack.namespaceExists ? stack.namespace : new Reference(NAMESPACE, 'metadata[0].name');
  const placed = metadata.namespace === undefined ? manifest : { ...manifest, metadata: { ...metadata, namespace } };
  // Not waited for: what a rollout and an autoscaler change in the object meanwhile is an error to Terraform.
  if (!isTyped(placed)) return { type: 'kubernetes_manifest', name, attributes: { manifest: wholeManifest(placed) } };
  const attributes = { ...typedAttributes(placed), ...(workload && { wait_for_rollout: true, ...timeouts(workload) }) };
  const scaled = workload?.plan.autoscale !== undefined;
  return {
    type: TYPES[manifest.kind]!,
    name,
    attributes,
    ...(scaled && { ignoreChanges: ['spec[0].replicas'] }),
  };
}

/** As long as the Kubernetes providers of Terraform and of Pulumi wait unasked. */
const USUAL_SECONDS = 600;

/**
 * Long enough for a rollout that replaces one replica after the other.
 * @param leastSeconds never less than that: what the provider waits unasked
 * @param moreSeconds that a replica takes beside stopping, pulling and starting
 */
export function timeouts(
  rendered: RenderedService,
  leastSeconds = USUAL_SECONDS,
  moreSeconds = 0,
): { timeouts: { create: string; update: string } } {
  const time = `${Math.max(leastSeconds, rendered.plan.replicas.max * (secondsForPod(rendered) + moreSeconds))}s`;
  return { timeouts: { create: time, update: time } };
}

/** Objects of a stack as the API server has them, for comparison. */
import type { ControlPlane } from './control-plane.ts';

const KINDS = 'serviceaccounts,configmaps,services,networkpolicies,deployments,statefulsets,hpa,pdb';

/**
 * What the API server has of a namespace, without what differs between two of the same, when each HorizontalPodAutoscaler
 * has set the replicas of its workload.
 */
export async function liveObjectsOf({ kubectl }: ControlPlane, namespace: string): Promise<Record<string, unknown>> {
  const get = async (...what: string[]) => JSON.parse(await kubectl('get', ...what, '-o', 'json'));
  await kubectl('wait', 'hpa', '--all', '-n', namespace, '--for=condition=AbleToScale', '--timeout=30s');
  const { items } = await get(KINDS, '-n', namespace);
  const objects = [await get('namespace', namespace), ...items].map(({ metadata, spec, status: _, ...rest }) => {
    const { uid, resourceVersion, creationTimestamp, generation, managedFields, annotations = {}, ...named } = metadata;
    const {
      'kubectl.kubernetes.io/last-applied-configuration': __,
      'deployment.kubernetes.io/revision': ___,
      ...own
    } = annotations;
    const { clusterIP, clusterIPs, ...wanted } = spec ?? {};
    // The addresses are the server's choice, those apart that are wanted: none.
    const addresses = clusterIP === 'None' ? { clusterIP } : {};
    return { ...rest, metadata: { ...named, annotations: own }, spec: { ...wanted, ...addresses } };
  });
  const named = objects.map((object) => [`${object.kind}/${object.metadata.name}`, object]);
  const { 'ServiceAccount/default': _, 'ConfigMap/kube-root-ca.crt': __, ...ours } = Object.fromEntries(named);
  return ours;
}

/** Nodes, volumes and pods of a control plane without kubelets: what a cloud and its kubelets would bring. */
import { join } from 'node:path';
import { vi } from 'vitest';
import type { MachinePlan } from '../../../src/plan/plan.ts';
import type { Api, List } from './api.ts';
import type { ControlPlane } from './control-plane.ts';

/** The stack's own. */
export const NAMESPACE = 'spatialvortex';

export const PODS = podsOf(NAMESPACE);

const SYSTEM_PODS = podsOf('kube-system');

/** The reservation for DaemonSets and add-ons, which are pods; all others are the node's own. */
const EVERY_NODE = 'every node';

/** For what the controllers and the scheduler do by themselves. */
export const SOON = { timeout: 60_000, interval: 50 };

export interface Pod {
  metadata: { name: string; uid: string; labels: Record<string, string>; deletionTimestamp?: string };
  spec: { nodeName?: string };
  status: { qosClass: string; conditions?: Condition[] };
}

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
}

export function podsOf(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/pods`;
}

/** Volumes to claim, two of them for one stack; one that was claimed stays with its claim. */
export async function addVolumes(api: Api, count = 2): Promise<void> {
  for (let number = 1; number <= count; number += 1) {
    await api.create('/api/v1/persistentvolumes', {
      metadata: { name: `volume-${number}` },
      spec: { capacity: { storage: '1Ti' }, accessModes: ['ReadWriteOncePod'], hostPath: { path: '/nowhere' } },
    });
  }
}

/** As a user does it: the example's Secrets, then the folder as its kustomization.yaml says. There are volumes to claim. */
export async function applyStack(cluster: ControlPlane, folder: string): Promise<void> {
  await addVolumes(cluster.api);
  await apply(cluster, '-f', join(folder, 'namespace.yaml'), '-f', join(folder, 'secret.example.yaml'));
  await apply(cluster, '-k', folder);
}

/** A warning, of Pod Security or of a deprecation, is an error. Fields are not validated: kubectl takes a second for it. */
export async function apply({ kubectl }: ControlPlane, ...what: string[]): Promise<void> {
  await kubectl('apply', '--warnings-as-errors', '--validate=false', ...what);
}

/**
 * A node as large as the plan says. It joins as a real one does: with a taint (the API server's), until what runs on
 * every node is there, here a pod that asks for exactly what the plan keeps for that.
 */
export async function addNode(api: Api, name: string, machine: MachinePlan): Promise<void> {
  const labels = {
    'kubernetes.io/arch': machine.architecture,
    'kubernetes.io/hostname': name,
    'node.kubernetes.io/instance-type': machine.profile,
    'topology.kubernetes.io/zone': name,
  };
  await api.create('/api/v1/nodes', { metadata: { name, labels }, status: nodeStatus(machine) });
  const { cpuMillis, memoryMiB } = machine.reservations.find((reservation) => reservation.name === EVERY_NODE)!;
  const requests = { cpu: `${cpuMillis}m`, memory: `${memoryMiB}Mi` };
  await api.create(SYSTEM_PODS, {
    metadata: { name },
    spec: {
      nodeSelector: { 'kubernetes.io/hostname': name },
      tolerations: [{ operator: 'Exists' }],
      containers: [{ name: 'every-node', image: 'every-node', resources: { requests } }],
    },
  });
  await vi.waitUntil(async () => (await api.get<Pod>(`${SYSTEM_PODS}/${name}`)).spec.nodeName === name, SOON);
  await api.patch(`/api/v1/nodes/${name}`, { spec: { taints: null } });
}

/** As if it had always been this machine. */
export function resizeNode(api: Api, name: string, machine: MachinePlan): Promise<void> {
  return api.patch(`/api/v1/nodes/${name}/status`, { status: nodeStatus(machine) });
}

/** What a kubelet reports: the machine's capacity without what was taken off for the node itself. */
function nodeStatus({ capacity, reservations, maxPods }: MachinePlan): object {
  const own = reservations.filter(({ name }) => name !== EVERY_NODE);
  const left = (key: 'cpuMillis' | 'memoryMiB') => own.reduce((rest, taken) => rest - taken[key], capacity[key]);
  const allocatable = { cpu: `${left('cpuMillis')}m`, memory: `${left('memoryMiB')}Mi`, pods: `${maxPods}` };
  return { capacity: allocatable, allocatable, conditions: [{ type: 'Ready', status: 'True' }] };
}

export async function listPods(api: Api): Promise<Pod[]> {
  return (await api.get<List<Pod>>(PODS)).items;
}

export function serviceOf(pod: Pod): string {
  return pod.metadata.labels['app.kubernetes.io/name']!;
}

/** The nodes of each service's pods, sorted; `pending` for a pod without. */
export function placesOf(pods: readonly Pod[]): Record<string, string[]> {
  const places: Record<string, string[]> = {};
  for (const pod of pods) {
    const service = serviceOf(pod);
    places[service] = [...(places[service] ?? []), pod.spec.nodeName ?? 'pending'].sort();
  }
  return places;
}

export function findCondition(conditions: readonly Condition[] = [], type: string): Condition | undefined {
  return conditions.find((condition) => condition.type === type);
}

/** All that a stack brings but its namespace, which takes long to end. */
const BROUGHT: [string, ...string[]][] = [
  ['/apis/autoscaling/v2', 'horizontalpodautoscalers'],
  ['/apis/policy/v1', 'poddisruptionbudgets'],
  ['/apis/networking.k8s.io/v1', 'networkpolicies'],
  ['/apis/apps/v1', 'deployments', 'statefulsets'],
  ['/api/v1', 'services', 'configmaps', 'secrets', 'serviceaccounts'],
];

/** What controllers have made of it: gone when nobody makes or holds it any more. */
const MADE: [string, ...string[]][] = [
  ['/apis/apps/v1', 'replicasets'],
  ['/api/v1', 'pods', 'persistentvolumeclaims'],
];

/** What the tests have added. */
const ADDED = ['/api/v1/nodes', SYSTEM_PODS, '/api/v1/persistentvolumes'];

/** Room for the next stack. */
export async function clearCluster(api: Api, namespace = NAMESPACE): Promise<void> {
  const within = (kinds: [string, ...string[]][]) =>
    kinds.flatMap(([group, ...names]) => names.map((name) => `${group}/namespaces/${namespace}/${name}`));
  const made = [...within(MADE), ...ADDED];
  for (const path of within(BROUGHT)) await api.remove(path);
  await vi.waitUntil(async () => {
    for (const path of made) await api.remove(path);
    const left = await Promise.all(made.map((path) => api.get<List<unknown>>(path)));
    return left.every(({ items }) => items.length === 0);
  }, SOON);
}

/**
 * What was placed can be changed: the real controllers roll out new values on nodes that are sized full, let one
 * replica go at a time, and take the autoscaler and the disruption budgets for what they say.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import type { List } from './support/api.ts';
import {
  addNode,
  apply,
  applyStack,
  type Condition,
  findCondition,
  listPods,
  NAMESPACE,
  placesOf,
  SOON,
  serviceOf,
} from './support/cluster.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { type Generated, synth as synthFor } from './support/generated.ts';
import { isReady, type Kubelets, startKubelets } from './support/kubelets.ts';

const NODES = ['node-1', 'node-2', 'node-3'];
/** The whole stack; a database has room on every node. */
const EVERYWHERE = { api: NODES, postgres: [expect.stringMatching('node-')], redis: [expect.stringMatching('node-')] };

let cluster: ControlPlane;
let kubelets: Kubelets;
let plan: Plan;

beforeAll(async () => {
  cluster = await startControlPlane();
  const generated = await synth();
  plan = generated.plan;
  for (const name of NODES) await addNode(cluster.api, name, plan.machines[0]!);
  await applyStack(cluster, generated.folder);
  kubelets = startKubelets(cluster.api);
});

afterAll(async () => {
  await kubelets?.stop();
  await cluster?.stop();
});

test('every replica gets ready, and its Service finds it', async () => {
  await rolledOut();
  expect(await readyPlaces()).toEqual(EVERYWHERE);
  await expect.poll(() => endpoints('api'), SOON).toEqual(NODES.map((node) => `${node} 7000`));
  for (const service of ['postgres', 'postgres-headless']) {
    await expect.poll(() => endpoints(service), SOON).toEqual([expect.stringMatching(/^node-\d 5432$/)]);
  }
});

test('the autoscaler has found what it scales, and waits for metrics', async () => {
  const { min } = plan.services.api!.replicas;
  const status = () => statusOf('autoscaling/v2', 'horizontalpodautoscalers', 'api');
  await expect.poll(status, SOON).toMatchObject({ currentReplicas: min, desiredReplicas: min });
  const { conditions } = await status();
  expect(findCondition(conditions, 'AbleToScale')).toMatchObject({ status: 'True' });
  expect(findCondition(conditions, 'ScalingActive')).toMatchObject({
    status: 'False',
    reason: 'FailedGetResourceMetric',
    message: expect.stringContaining('unable to get metrics for resource cpu'),
  });
});

test('a drain takes one replica at a time, and is never stuck on a single one', async () => {
  for (const [service, { replicas }] of Object.entries(plan.services)) {
    const status = { expectedPods: replicas.min, currentHealthy: replicas.min, disruptionsAllowed: 1 };
    await expect.poll(() => budget(service), SOON).toMatchObject(status);
  }
  const { postgres } = await readyPlaces();
  const [first, second] = [postgres![0]!, NODES.find((node) => node !== postgres![0])!];
  await drain(first, '30s');
  await expect.poll(() => budget('api'), SOON).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 0 });
  await expect(drain(second, '1s')).rejects.toThrow("violate the pod's disruption budget");
  await cluster.kubectl('uncordon', first, second);
  await expect.poll(readyPlaces, SOON).toEqual(EVERYWHERE);
});

/** As planned. */
const CONNECTIONS = 'postgres.max_connections=197';

test('new values in the ConfigMap replace the replicas one at a time, where they were', async () => {
  const before = await listPods(cluster.api);
  kubelets.takeHistory();
  expect(await poolSize()).toBe('18');
  // A smaller pool asks for fewer connections, and the database would restart for them.
  await change('api.DB_POOL_SIZE=8', CONNECTIONS);
  await rolledOut();
  expect(await poolSize()).toBe('8');

  const old = new Set(before.map(({ metadata }) => metadata.uid));
  const kept = (await listPods(cluster.api)).filter(({ metadata }) => old.has(metadata.uid));
  expect(kept.map(serviceOf).sort()).toEqual(['postgres', 'redis']);
  expect(await readyPlaces()).toEqual({ ...placesOf(kept), api: NODES });
  expectOneAtATime();
});

test('a rollout whose first replica never gets ready goes no further', async () => {
  kubelets.takeHistory();
  kubelets.hold();
  await change('api.DB_POOL_SIZE=9', CONNECTIONS);
  const stuck = { replicas: 3, updatedReplicas: 1, availableReplicas: 2 };
  await expect.poll(deployment, SOON).toMatchObject(stuck);
  await expect(rolledOut('2s')).rejects.toThrow('timed out');
  expect(await deployment()).toMatchObject(stuck);

  kubelets.release();
  await rolledOut();
  expect(await readyPlaces()).toEqual(EVERYWHERE);
  expectOneAtATime();
});

test('all services can change at once', async () => {
  const old = new Set((await listPods(cluster.api)).map(({ metadata }) => metadata.uid));
  kubelets.takeHistory();
  await change('api.DB_POOL_SIZE=8', 'postgres.max_connections=150', 'redis.io_threads=2');
  await rolledOut();
  expect((await listPods(cluster.api)).filter(({ metadata }) => old.has(metadata.uid))).toEqual([]);
  expect(await readyPlaces()).toEqual(EVERYWHERE);
  expectOneAtATime();
});

/** Never more replicas than planned, never more than one of them missing, never two on a node, not even on the way out. */
function expectOneAtATime(): void {
  const { min } = plan.services.api!.replicas;
  const moments = kubelets.takeHistory().map((pods) => {
    const all = pods.filter((pod) => serviceOf(pod) === 'api');
    const staying = all.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    return {
      nodes: all.flatMap((pod) => pod.spec.nodeName ?? []),
      wanted: staying.length,
      ready: staying.filter(isReady).length,
    };
  });
  expect(moments.map(({ ready }) => ready)).toContain(min - 1);
  for (const { nodes, wanted, ready } of moments) {
    expect(nodes).toEqual([...new Set(nodes)]);
    expect(wanted).toBeLessThanOrEqual(min);
    expect(ready).toBeGreaterThanOrEqual(min - 1);
  }
}

function synth(...pins: string[]): Promise<Generated> {
  return synthFor('c6i.8xlarge', 'kubernetes', ...pins.flatMap((pin) => ['--set', pin]));
}

/** Applies the stack anew, with other values. */
async function change(...pins: string[]): Promise<void> {
  await apply(cluster, '-k', (await synth(...pins)).folder);
}

async function rolledOut(timeout = '30s'): Promise<void> {
  for (const workload of ['deployment/api', 'statefulset/postgres', 'deployment/redis']) {
    await cluster.kubectl('rollout', 'status', '-n', NAMESPACE, workload, `--timeout=${timeout}`);
  }
}

async function drain(node: string, timeout: string): Promise<void> {
  const ours = ['--pod-selector=app.kubernetes.io/part-of=spatialvortex', '--delete-emptydir-data'];
  await cluster.kubectl('drain', node, ...ours, `--timeout=${timeout}`);
}

async function readyPlaces(): Promise<Record<string, string[]>> {
  return placesOf((await listPods(cluster.api)).filter(isReady));
}

/** `node port` of each. */
async function endpoints(service: string): Promise<string[]> {
  const path = `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`;
  const { items } = await cluster.api.get<List<EndpointSlice>>(
    `${path}?labelSelector=kubernetes.io/service-name=${service}`,
  );
  const all = items.flatMap(({ endpoints, ports }) =>
    (ports ?? []).flatMap(({ port }) => (endpoints ?? []).map(({ nodeName }) => `${nodeName} ${port}`)),
  );
  return all.sort();
}

interface EndpointSlice {
  endpoints?: { nodeName: string }[];
  ports?: { port: number }[];
}

function deployment(): Promise<object> {
  return statusOf('apps/v1', 'deployments', 'api');
}

function budget(service: string): Promise<object> {
  return statusOf('policy/v1', 'poddisruptionbudgets', service);
}

async function statusOf(group: string, kind: string, name: string): Promise<{ conditions?: Condition[] }> {
  const path = `/apis/${group}/namespaces/${NAMESPACE}/${kind}/${name}`;
  return (await cluster.api.get<{ status: { conditions?: Condition[] } }>(path)).status;
}

/** What the API's pods read as DB_POOL_SIZE. */
async function poolSize(): Promise<string | undefined> {
  const path = `/api/v1/namespaces/${NAMESPACE}/configmaps/spatialvortex-config`;
  return (await cluster.api.get<{ data: Record<string, string> }>(path)).data.DB_POOL_SIZE;
}

/**
 * Pods really schedule as planned: a real control plane takes every generated file, strictly and in the namespace that
 * enforces restricted pods, and the real scheduler places every replica on nodes as large as the plan says.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { MachinePlan } from '../../src/plan/plan.ts';
import {
  addNode,
  apply,
  applyStack,
  clearCluster,
  findCondition,
  listPods,
  NAMESPACE,
  type Pod,
  placesOf,
  resizeNode,
  SOON,
  serviceOf,
} from './support/cluster.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { filesIn, type Generated, ROOT, synth, temporaryFolder } from './support/generated.ts';

/** A golden profile; then of each cloud one of the smallest that the stack has a plan for, one for arm64, the largest. */
const SAMPLE = [
  ['kubernetes', 'c6i.8xlarge'],
  ['eks', 'm5.xlarge'],
  ['eks', 'x2gd.medium'], // one core
  ['eks', 'u7in-32tb.224xlarge'],
  ['gke', 'n1-highmem-2'],
  ['gke', 't2a-standard-16'],
  ['gke', 'x4-megamem-1920-metal'],
  ['aks', 'Standard_DS11-1_v2'],
  ['aks', 'Standard_D16ps_v5'],
  ['aks', 'Standard_M832is_16_v3'],
] as const;

let cluster: ControlPlane;

beforeAll(async () => {
  cluster = await startControlPlane();
});

afterAll(() => cluster?.stop());

describe.each(SAMPLE)('%s, %s', (platform, profile) => {
  let generated: Generated;
  let machine: MachinePlan;

  beforeAll(async () => {
    generated = await synth(profile, 'kubernetes', '--platform', platform);
    machine = generated.plan.machines[0]!;
  });

  afterAll(() => clearCluster(cluster.api));

  test('the API server takes every file', () => expectTaken(generated));

  test('a node holds one of each service, and not when it is 1 MiB smaller', async () => {
    await addNode(cluster.api, 'node-1', smaller(machine));
    await settled(5);
    const services = Object.keys(await placed());
    expect(services).toHaveLength(machine.services.length - 1);
    const left = (await pending()).filter((pod) => !services.includes(serviceOf(pod)));
    expect(new Set(left.map(refusal))).toEqual(new Set(['0/1 nodes are available: 1 Insufficient memory.']));

    await resizeNode(cluster.api, 'node-1', machine);
    await expect.poll(placed, SOON).toEqual({ api: ['node-1'], postgres: ['node-1'], redis: ['node-1'] });
  });

  test('the smallest count of replicas has room on the planned nodes, and not one more', async () => {
    const { min } = machine.nodes;
    const nodes = ['node-1', ...(await addNodes(machine, 2, min))];
    expect(nodes).toHaveLength(generated.plan.services.api!.replicas.min);
    const planned = { api: nodes, postgres: ['node-1'], redis: ['node-1'] };
    await expect.poll(places, SOON).toEqual(planned);

    await scale(min + 1);
    await expect.poll(refusals, SOON).toEqual([noRoomOn(min)]);
    expect(await placed()).toEqual(planned);
  });
});

describe('other plans', () => {
  afterEach(() => clearCluster(cluster.api));

  test('for container limits: the API server takes every file', async () => {
    await expectTaken(await synth('4cpu-8gi', 'kubernetes'));
  });

  test('the largest count of replicas has room, and the autoscaler takes back one more', async () => {
    const { folder, plan } = await synth('c6i.8xlarge', 'kubernetes', '--platform', 'eks');
    const [machine] = plan.machines as [MachinePlan];
    const { min, max } = plan.services.api!.replicas;
    const nodes = await addNodes(machine, 1, machine.nodes.max);
    const anywhere = [expect.stringMatching('node-')];
    const whole = { api: nodes.sort(), postgres: anywhere, redis: anywhere };
    const replicas = async () => (await deployment()).spec.replicas;
    await applyStack(cluster, folder);
    // The autoscaler raises a new Deployment's 1 to min, and would do so even where another count was set meanwhile.
    await expect.poll(replicas, SOON).toBe(min);
    await scale(max);
    await expect.poll(places, SOON).toEqual(whole);
    await scale(max + 1);
    await expect.poll(replicas, SOON).toBe(max);
    await expect.poll(places, SOON).toEqual(whole);
  });

  test('a machine of its own for each service: each has room on its kind and on no other', async () => {
    const others = ['postgres=r7g.2xlarge', 'redis=m7g.large'].flatMap((profile) => ['--profile', profile]);
    const { folder, plan } = await synth('api=c6i.8xlarge', 'kubernetes', '--platform', 'eks', ...others);
    expect(plan.machines.map(({ services }) => services)).toEqual([['api'], ['postgres'], ['redis']]);
    const nodes = plan.machines.flatMap((machine) =>
      Array.from({ length: machine.nodes.min }, (_, n) => ({ name: `${machine.services[0]}-${n + 1}`, machine })),
    );
    await Promise.all(nodes.map(({ name, machine }) => addNode(cluster.api, name, smaller(machine))));
    await applyStack(cluster, folder);
    await settled(5);
    expect(await placed()).toEqual({});

    for (const { name, machine } of nodes) await resizeNode(cluster.api, name, machine);
    const planned = { api: ['api-1', 'api-2', 'api-3'], postgres: ['postgres-1'], redis: ['redis-1'] };
    await expect.poll(places, SOON).toEqual(planned);
  });

  test('two replicas on a node: they fit beside the databases, on as many nodes as planned', async () => {
    const text = readFileSync(join(ROOT, 'stacks', 'spatialvortex', 'stack.yaml'), 'utf8');
    const stack = join(temporaryFolder(), 'stack.yaml');
    writeFileSync(stack, text.replace(/^ {4}share: 5$/m, '$&\n    podsPerNode: 2'));
    const { folder, plan } = await synth('n2-standard-32', 'kubernetes', '--platform', 'gke', '--stack', stack);
    const [machine] = plan.machines as [MachinePlan];
    expect(machine.nodes.min).toBe(2); // 3 replicas, 2 a node

    await addNode(cluster.api, 'node-1', smaller(machine));
    await applyStack(cluster, folder);
    await settled(5);
    expect(await pending()).toHaveLength(2); // the third replica, and what the missing MiB is for
    await resizeNode(cluster.api, 'node-1', machine);
    const full = { api: ['node-1', 'node-1'], postgres: ['node-1'], redis: ['node-1'] };
    await expect.poll(placed, SOON).toEqual(full);

    await addNode(cluster.api, 'node-2', machine);
    await expect.poll(places, SOON).toEqual({ ...full, api: ['node-1', 'node-1', 'node-2'] });
    await scale(5);
    await expect.poll(refusals, SOON).toEqual([noRoomOn(2)]);
    expect(await placed()).toEqual({ ...full, api: ['node-1', 'node-1', 'node-2', 'node-2'] });
  });

  test('for arm64: no pod goes to amd64', async () => {
    const { folder, plan } = await synth('m7g.2xlarge', 'kubernetes', '--platform', 'eks');
    await addNode(cluster.api, 'node-1', { ...plan.machines[0]!, architecture: 'amd64' });
    await applyStack(cluster, folder);
    const wrong = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";
    await expect.poll(refusals, SOON).toEqual([wrong, wrong, wrong, wrong, wrong]);
  });
});

test('the namespace takes no pod that is not restricted', async () => {
  const root = cluster.kubectl('run', 'root', '-n', NAMESPACE, '--image=root', '--dry-run=server');
  await expect(root).rejects.toThrow('violates PodSecurity "restricted:latest"');
});

/** Each file as it is written, tried and then applied; and the pods that the controllers make of them. */
async function expectTaken({ folder, plan }: Generated): Promise<void> {
  // Nothing in a namespace can be tried before the server has it.
  await apply(cluster, '-f', join(folder, 'namespace.yaml'));
  const files = filesIn(folder).filter((file) => /(?<!\/kustomization)\.yaml$/.test(file));
  const strictly = ['--dry-run=server', '--validate=strict', '--warnings-as-errors'];
  await cluster.kubectl('apply', ...strictly, ...files.flatMap((file) => ['-f', file]));
  await applyStack(cluster, folder);
  const { min } = plan.services.api!.replicas;
  const nowhere = { api: Array.from({ length: min }, () => 'pending'), postgres: ['pending'], redis: ['pending'] };
  await expect.poll(places, SOON).toEqual(nowhere);
  expect(new Set((await pending()).map(({ status }) => status.qosClass))).toEqual(new Set(['Guaranteed']));
}

function smaller(machine: MachinePlan): MachinePlan {
  const { cpuMillis, memoryMiB } = machine.capacity;
  return { ...machine, capacity: { cpuMillis, memoryMiB: memoryMiB - 1 } };
}

/** Nodes `node-from` to `node-to`. */
async function addNodes(machine: MachinePlan, from: number, to: number): Promise<string[]> {
  const names = Array.from({ length: to - from + 1 }, (_, n) => `node-${from + n}`);
  await Promise.all(names.map((name) => addNode(cluster.api, name, machine)));
  return names;
}

function deployment(): Promise<{ spec: { replicas: number } }> {
  return cluster.api.get(`/apis/apps/v1/namespaces/${NAMESPACE}/deployments/api`);
}

async function scale(replicas: number): Promise<void> {
  await cluster.kubectl('scale', '-n', NAMESPACE, 'deployment/api', `--replicas=${replicas}`);
}

async function places(): Promise<Record<string, string[]>> {
  return placesOf(await listPods(cluster.api));
}

async function placed(): Promise<Record<string, string[]>> {
  return placesOf((await listPods(cluster.api)).filter((pod) => pod.spec.nodeName !== undefined));
}

async function pending(): Promise<Pod[]> {
  return (await listPods(cluster.api)).filter((pod) => pod.spec.nodeName === undefined);
}

async function refusals(): Promise<string[]> {
  return (await pending()).map(refusal);
}

/** Why the scheduler has no place for it: its first sentence, before what it says of preemption. */
function refusal(pod: Pod): string {
  return findCondition(pod.status.conditions, 'PodScheduled')?.message?.replace(/\. .*$/, '.') ?? '';
}

/** Until there are so many pods and each has a place, or was refused one for want of room. */
async function settled(count: number): Promise<void> {
  const decided = (pod: Pod) => pod.spec.nodeName !== undefined || refusal(pod).includes('Insufficient');
  await expect.poll(async () => (await listPods(cluster.api)).filter(decided), SOON).toHaveLength(count);
}

function noRoomOn(nodes: number): string {
  return `0/${nodes} nodes are available: ${nodes} Insufficient cpu, ${nodes} Insufficient memory.`;
}

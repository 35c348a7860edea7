/**
 * The real Kubernetes provider against a real control plane: one apply makes every object, a second one changes
 * nothing, the objects are those that kubectl makes of the kubernetes target, and destroy leaves nothing. No kubelet
 * runs; what kubelets say of their pods, these tests say.
 *
 * Terraform takes the provider from where its own configuration says: from its registry, or with TF_CLI_CONFIG_FILE from
 * a mirror. Without one the tests fail.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { List } from '../integration/support/api.ts';
import { addNode, addVolumes, apply, clearCluster, NAMESPACE, SOON } from '../integration/support/cluster.ts';
import { type ControlPlane, startControlPlane } from '../integration/support/control-plane.ts';
import { ROOT, synth, temporaryFolder } from '../integration/support/generated.ts';
import { type Kubelets, startKubelets } from '../integration/support/kubelets.ts';
import { run } from '../integration/support/run.ts';
import { findTerraform } from '../integration/support/tools.ts';

const PROFILE = 'c6i.8xlarge';
const NODES = ['node-1', 'node-2', 'node-3'];

/** Texts that mean something to Terraform, YAML, JSON or a shell. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is meant to look like one
const HOSTILE = '${a} %{ if b } $${c} %%{d} $ % {{ e }} `f` \'g\' "h" \\ # é 漢 <&>';

/** The built-in stack, and one of which typed resources can express every workload. */
const STACKS = {
  'the stack': (text: string) => text,
  'a stack without a pause before stopping': (text: string) =>
    text
      .replace(/ *preStopSeconds: .*\n/, '')
      .replace(/\nlabels: .*\n/, (line) => `${line}annotations: ${JSON.stringify({ 'example.com/note': HOSTILE })}\n`)
      .replace('POSTGRES_USER: spatialvortex', `POSTGRES_USER: ${JSON.stringify(HOSTILE)}`),
};

let cluster: ControlPlane;
let kubelets: Kubelets | undefined;

async function start(): Promise<void> {
  cluster = await startControlPlane();
  await addNodes();
}

async function addNodes(): Promise<void> {
  const { plan } = await synth(PROFILE, 'kubernetes');
  for (const name of NODES) await addNode(cluster.api, name, plan.machines[0]!);
  await addVolumes(cluster.api);
}

async function stop(): Promise<void> {
  await kubelets?.stop();
  kubelets = undefined;
  await cluster?.stop();
}

/** What the kubernetes target's files become, by stack. */
const expected: Record<string, Record<string, Live>> = {};
const files: Record<string, string> = {};

beforeAll(async () => {
  const builtIn = readFileSync(join(ROOT, 'stacks/spatialvortex/stack.yaml'), 'utf8');
  await start();
  for (const [name, change] of Object.entries(STACKS)) {
    files[name] = join(temporaryFolder(), 'stack.yaml');
    writeFileSync(files[name], change(builtIn));
    const { folder } = await synth(PROFILE, 'kubernetes', '--stack', files[name]);
    await apply(cluster, '-f', join(folder, 'namespace.yaml'), '-f', join(folder, 'secret.example.yaml'));
    await apply(cluster, '-k', folder);
    kubelets ??= startKubelets(cluster.api);
    await scaled();
    expected[name] = await liveObjects();
    await clearCluster(cluster.api);
    await addNodes();
  }
  await stop();
  await start();
});

afterAll(stop);

describe.each(Object.keys(STACKS))('%s', (name) => {
  let folder: string;
  let manifests: string;
  const terraform = (...args: string[]) =>
    run(findTerraform(), [...args, '-no-color'], {
      cwd: folder,
      env: { CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1', KUBE_CONFIG_PATH: cluster.kubeconfig },
    });

  beforeAll(async () => {
    ({ folder } = await synth(PROFILE, 'terraform', '--stack', files[name]!));
    ({ folder: manifests } = await synth(PROFILE, 'kubernetes', '--stack', files[name]!));
    await terraform('init');
  });

  test('one apply makes every object as kubectl does', async () => {
    // As the first lines of the file say.
    await terraform('apply', '-auto-approve', '-target=kubernetes_namespace_v1.namespace');
    await apply(cluster, '-f', join(manifests, 'secret.example.yaml'));
    kubelets ??= startKubelets(cluster.api);
    await terraform('apply', '-auto-approve');
    await scaled();
    expect(await liveObjects()).toEqual(expected[name]);
  });

  test('a second apply changes nothing', async () => {
    expect(await terraform('plan', '-detailed-exitcode')).toContain('No changes.');
    expect(await terraform('apply', '-auto-approve')).toContain('0 added, 0 changed, 0 destroyed');
  });

  test('another plan changes what it has to, and not the replicas', async () => {
    const { folder: other } = await synth(PROFILE, 'terraform', '--stack', files[name]!, '--set', 'api.DB_POOL_SIZE=8');
    writeFileSync(join(folder, 'cdk.tf.json'), readFileSync(join(other, 'cdk.tf.json')));
    expect(await terraform('apply', '-auto-approve')).toContain('0 added, 2 changed, 0 destroyed');
    await rolledOut();
    const live = await liveObjects();
    expect(live['configmaps spatialvortex-config']!.data!.DB_POOL_SIZE).toBe('8');
    expect(live['deployments api']!.spec!.replicas).toBe(3);
  });

  test('the state holds no value of a secret', () => {
    const state = readFileSync(join(folder, 'terraform.tfstate'), 'utf8');
    const example = readFileSync(join(manifests, 'secret.example.yaml'), 'utf8');
    expect(example).toContain('change-me');
    expect(state).not.toContain('change-me');
    expect(state).toMatch(/secretKeyRef|secret_key_ref/);
  });

  test('destroy leaves nothing', async () => {
    await expect(terraform('destroy', '-auto-approve')).rejects.toThrow('lifecycle.prevent_destroy');
    const lifted = { resource: { kubernetes_namespace_v1: { namespace: { lifecycle: { prevent_destroy: false } } } } };
    writeFileSync(join(folder, 'lifted_override.tf.json'), JSON.stringify(lifted));
    await terraform('destroy', '-auto-approve');
    const { items } = await cluster.api.get<List<Live>>('/api/v1/namespaces');
    expect(items.map(({ metadata }) => metadata.name)).not.toContain(NAMESPACE);
    for (const volume of ['volume-1', 'volume-2']) await cluster.api.remove(`/api/v1/persistentvolumes/${volume}`);
    await expect.poll(async () => (await cluster.api.get<List<Live>>('/api/v1/persistentvolumes')).items).toEqual([]);
    await addVolumes(cluster.api);
  });
});

/** The autoscaler has brought what the plan says at the least. */
async function scaled(): Promise<void> {
  await vi.waitUntil(async () => (await liveObjects())['deployments api']!.spec!.replicas === 3, SOON);
  await rolledOut();
}

async function rolledOut(): Promise<void> {
  for (const workload of ['deployment/api', 'statefulset/postgres', 'deployment/redis'])
    await cluster.kubectl('rollout', 'status', '-n', NAMESPACE, workload, '--timeout=60s');
}

interface Live {
  metadata: Record<string, unknown> & { name: string; annotations?: Record<string, string> };
  data?: Record<string, string>;
  spec?: Record<string, unknown>;
  status?: unknown;
}

const COLLECTIONS = [
  ['/api/v1', ['serviceaccounts', 'configmaps', 'services']],
  ['/apis/apps/v1', ['deployments', 'statefulsets']],
  ['/apis/autoscaling/v2', ['horizontalpodautoscalers']],
  ['/apis/networking.k8s.io/v1', ['networkpolicies']],
  ['/apis/policy/v1', ['poddisruptionbudgets']],
] as const;

/** By kind and name, without what is another one each time. */
async function liveObjects(): Promise<Record<string, Live>> {
  const found: Record<string, Live> = {};
  const add = (kind: string, { metadata, status: _, ...object }: Live) => {
    const { uid, resourceVersion, creationTimestamp, generation, managedFields, annotations, ...own } = metadata;
    const { 'kubectl.kubernetes.io/last-applied-configuration': __, ...said } = annotations ?? {};
    const { clusterIP, clusterIPs, ...spec } = (object.spec ?? {}) as Record<string, unknown>;
    found[`${kind} ${metadata.name}`] = withoutDefaults({
      ...object,
      metadata: { ...own, annotations: said },
      spec: clusterIP === 'None' ? { ...spec, clusterIP } : spec,
    }) as Live;
  };
  add('namespaces', await cluster.api.get<Live>(`/api/v1/namespaces/${NAMESPACE}`));
  for (const [group, kinds] of COLLECTIONS) {
    for (const kind of kinds) {
      const { items } = await cluster.api.get<List<Live>>(`${group}/namespaces/${NAMESPACE}/${kind}`);
      for (const item of items) add(kind, item);
    }
  }
  return found;
}

/** What typed resources say though nobody asked: what is true without it. A container is not root as its pod is not. */
const DEFAULTS: Record<string, unknown> = {
  immutable: false,
  mountPropagation: 'None',
  optional: false,
  privileged: false,
  shareProcessNamespace: false,
};

function withoutDefaults(value: unknown, member = ''): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => withoutDefaults(item, member));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, inner]) => DEFAULTS[name] !== inner || inner === undefined)
      .filter(([name]) => !(name === 'runAsNonRoot' && 'capabilities' in value))
      .filter(([name]) => !(name === 'namespace' && member === 'metadata' && !('labels' in value)))
      .map(([name, inner]) => [name, withoutDefaults(inner, name)]),
  );
}

/**
 * What was applied is a fixed point: a second apply and every kind of diff find nothing to do. A real API server and its
 * controllers, kubectl, and the engine that Argo CD compares with.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { addVolumes, clearCluster, NAMESPACE, SOON } from './support/cluster.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { ROOT, synth, synthAll, temporaryFolder } from './support/generated.ts';
import { run } from './support/run.ts';
import { buildTool, findKubectl } from './support/tools.ts';

/** Under which Argo CD applies on the server side. */
const SERVER_SIDE = ['--server-side', '--field-manager=argocd-controller'];
const STRANGER = ['--stack', join(ROOT, 'test/fixtures/stranger/my-stack.yaml')];

const folderOf = async (profile: string, ...options: string[]) =>
  (await synth(profile, 'kubernetes', ...options)).folder;

const CASES: { desc: string; make: () => Promise<string> }[] = [
  ...['c6i.8xlarge', '4cpu-8gi', 'm7g.2xlarge', '8cpu-32gi', '2cpu-8gi'].map((profile) => ({
    desc: profile,
    make: () => folderOf(profile, '--platform', 'kubernetes'),
  })),
  {
    desc: 'databases elsewhere',
    make: () => folderOf('2cpu-8gi', '--platform', 'gke', '--external', 'postgres,redis'),
  },
  { desc: 'values computed at start', make: () => folderOf('4cpu-8gi', '--platform', 'kubernetes', '--mode', 'auto') },
  { desc: "a stranger's stack", make: () => folderOf('m7g.xlarge', '--platform', 'eks', ...STRANGER) },
  {
    desc: 'an overlay of several profiles',
    make: async () => {
      const profiles = ['--profile', '4cpu-8gi', '--profile', 'c6i.8xlarge'];
      const folder = await synthAll([...profiles, '--platform', 'kubernetes'], 'kustomize');
      return join(folder, 'overlays', 'c6i.8xlarge');
    },
  },
];

let cluster: ControlPlane;

beforeAll(async () => {
  cluster = await startControlPlane();
});

afterAll(() => cluster?.stop());

describe.each(CASES)('$desc', ({ make }) => {
  let objects: KubernetesObject[];
  let folder: string;

  beforeAll(async () => {
    folder = await make();
    objects = await objectsIn(folder);
    await addVolumes(cluster.api);
  });

  afterEach(() => clearCluster(cluster.api, namespaceOf(objects)));

  test('applied by the client', async () => {
    await cluster.kubectl('apply', '-k', folder);
    await settled(objects);
    await expectQuiet(folder, objects, []);
    expect(await outOfSync(objects, 'client')).toEqual([]);
  });

  test('applied on the server', async () => {
    await cluster.kubectl('apply', ...SERVER_SIDE, '-k', folder);
    await settled(objects);
    await expectQuiet(folder, objects, SERVER_SIDE);
    expect(await outOfSync(objects, 'merge', 'server')).toEqual([]);
  });
});

describe('what is no fixed point is found', () => {
  afterEach(() => clearCluster(cluster.api));

  /** The folder with one text of one of its files changed. */
  const changed = async (file: string, from: string, to: string): Promise<string> => {
    const folder = await folderOf('4cpu-8gi', '--platform', 'kubernetes');
    const text = readFileSync(join(folder, file), 'utf8');
    expect(text).toContain(from);
    writeFileSync(join(folder, file), text.replace(from, to));
    return folder;
  };

  test('an empty list: a difference for ever, and a generation for each apply', async () => {
    const folder = await changed('redis/networkpolicy.yaml', '  policyTypes:', '  egress: []\n  policyTypes:');
    await cluster.kubectl('apply', '-k', folder);
    await expect(cluster.kubectl('diff', '-k', folder)).rejects.toThrow('generation: 2');
  });

  test('a claim without its kind: out of sync for ever', async () => {
    const folder = await changed('postgres/statefulset.yaml', '      kind: "PersistentVolumeClaim"\n', '');
    await cluster.kubectl('apply', ...SERVER_SIDE, '-k', folder);
    expect(await outOfSync(await objectsIn(folder), 'merge')).toMatchObject([{ object: 'StatefulSet/postgres' }]);
  });
});

test('values that an overlay of the user patches reach the pods after a restart, which is no difference', async () => {
  const base = await folderOf('4cpu-8gi', '--platform', 'kubernetes');
  const overlay = join(base, '..', 'mine');
  mkdirSync(overlay);
  const patch = {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { DB_POOL_SIZE: '7' } },
    metadata: { name: 'spatialvortex-config', namespace: NAMESPACE },
  };
  const kustomization = { resources: [`../${basename(base)}`], patches: [{ patch: JSON.stringify(patch) }] };
  writeFileSync(join(overlay, 'kustomization.yaml'), JSON.stringify(kustomization));

  const template = () => cluster.kubectl('get', 'deployment/api', '-n', NAMESPACE, '-o', 'jsonpath={.spec.template}');
  await cluster.kubectl('apply', '-k', base);
  const before = await template();
  await cluster.kubectl('apply', '-k', overlay);
  expect(await template()).toBe(before);

  const [, advice] = /after: kubectl (.*)/.exec(readFileSync(join(base, 'api/configmap.yaml'), 'utf8'))!;
  await cluster.kubectl(...advice!.split(' '));
  expect(await template()).not.toBe(before);
  expect(await cluster.kubectl('diff', '-k', overlay)).toBe('');
  expect(await outOfSync(await objectsIn(overlay), 'client')).toEqual([]);
  await clearCluster(cluster.api);
});

test('a StatefulSet takes claims of another mode when it was deleted without its pods and claims', async () => {
  const text = readFileSync(join(ROOT, 'stacks/spatialvortex/stack.yaml'), 'utf8');
  const stack = join(temporaryFolder(), 'stack.yaml');
  writeFileSync(stack, text.replaceAll(/(volume: \{ path: [^}]*) \}/g, '$1, accessMode: ReadWriteOnce }'));
  const former = await folderOf('4cpu-8gi', '--platform', 'kubernetes', '--stack', stack);
  const folder = await folderOf('4cpu-8gi', '--platform', 'kubernetes');
  const names = (kind: string) =>
    cluster.kubectl('get', kind, '-n', NAMESPACE, '-o', 'jsonpath={.items[*].metadata.uid}');

  await cluster.kubectl('apply', '-k', former);
  await expect.poll(() => names('persistentvolumeclaims'), SOON).not.toBe('');
  await expect(cluster.kubectl('apply', '-k', folder)).rejects.toThrow(
    'updates to statefulset spec for fields other than',
  );
  const claims = await names('persistentvolumeclaims');
  await cluster.kubectl('delete', 'statefulset', 'postgres', '-n', NAMESPACE, '--cascade=orphan');
  await cluster.kubectl('apply', '-k', folder);
  expect(await names('persistentvolumeclaims')).toBe(claims);
  expect(await outOfSync(await objectsIn(folder), 'client')).toEqual([]);
  await clearCluster(cluster.api);
});

describe('turning autoscale on', () => {
  let fixed: string;
  let scaled: string;

  beforeAll(async () => {
    scaled = await folderOf('c6i.8xlarge', '--platform', 'kubernetes');
    const text = readFileSync(join(ROOT, 'stacks/spatialvortex/stack.yaml'), 'utf8');
    const stack = join(temporaryFolder(), 'stack.yaml');
    writeFileSync(stack, text.replace(/replicas: \{ min: 3, max: 10 \}\n +autoscale: .*/, 'replicas: 6'));
    fixed = await folderOf('c6i.8xlarge', '--platform', 'kubernetes', '--stack', stack);
  });

  afterEach(() => clearCluster(cluster.api));

  /** Every number of replicas that the API's Deployment is told to have while `change` applies the other files. */
  const replicasDuring = async (change: () => Promise<unknown>): Promise<number[]> => {
    const told: number[] = [];
    const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/api`;
    let over = false;
    const follow = async () => {
      // The autoscaler looks once a second, so none of its steps is shorter than many looks.
      while (!over) {
        const { replicas } = (await cluster.api.get<{ spec: { replicas: number } }>(path)).spec;
        if (told.at(-1) !== replicas) told.push(replicas);
        await setTimeout(20);
      }
    };
    const followed = follow();
    await expect.poll(() => told, SOON).toEqual([6]);
    await change();
    await cluster.kubectl('wait', 'hpa/api', '-n', NAMESPACE, '--for=condition=AbleToScale', '--timeout=30s');
    await setTimeout(3000); // three rounds of the autoscaler
    over = true;
    await followed;
    return told;
  };
  /** What the comment of the file says, line for line. */
  const advice = () => {
    const lines = readFileSync(join(scaled, 'api/deployment.yaml'), 'utf8').split('\n');
    const [editor, command] = lines.filter((line) => line.startsWith('#   ')).map((line) => line.slice(4));
    const env = { ...cluster.env, KUBE_EDITOR: /="(.*)"$/.exec(editor!)![1]! };
    const [program, ...args] = command!.split(' ');
    expect(program).toBe('kubectl');
    return findKubectl().then((kubectl) => run(kubectl, args, { env }));
  };

  test('by the client stops replicas, unless kubectl was told to forget them as the file says', async () => {
    await cluster.kubectl('apply', '-k', fixed);
    expect(await replicasDuring(() => cluster.kubectl('apply', '-k', scaled))).toEqual([6, 1, 3]);

    await cluster.kubectl('delete', '-n', NAMESPACE, 'hpa/api', 'deployment/api');
    await cluster.kubectl('apply', '-k', fixed);
    const migrated = async () => {
      await advice();
      await cluster.kubectl('apply', '-k', scaled);
    };
    expect(await replicasDuring(migrated)).toEqual([6]);
  });

  test('on the server stops replicas, unless another manager was given them first', async () => {
    await cluster.kubectl('apply', ...SERVER_SIDE, '-k', fixed);
    expect(await replicasDuring(() => cluster.kubectl('apply', ...SERVER_SIDE, '-k', scaled))).toEqual([6, 1, 3]);

    await cluster.kubectl('delete', '-n', NAMESPACE, 'hpa/api', 'deployment/api');
    await cluster.kubectl('apply', ...SERVER_SIDE, '-k', fixed);
    const migrated = async () => {
      const replicas = join(temporaryFolder(), 'replicas.yaml');
      writeFileSync(
        replicas,
        `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: api, namespace: ${NAMESPACE} }\nspec: { replicas: 6 }\n`,
      );
      const handOver = ['--server-side', '--field-manager=autoscaler', '--validate=false'];
      await cluster.kubectl('apply', ...handOver, '-f', replicas);
      await cluster.kubectl('apply', ...SERVER_SIDE, '-k', scaled);
    };
    expect(await replicasDuring(migrated)).toEqual([6]);
  });
});

interface KubernetesObject {
  kind: string;
  metadata: { name: string; namespace?: string };
  spec?: { minReplicas?: number };
}

async function objectsIn(folder: string): Promise<KubernetesObject[]> {
  const stream = await run(await findKubectl(), ['kustomize', folder]);
  return parseAllDocuments(stream).map((document) => document.toJS());
}

function namespaceOf(objects: readonly KubernetesObject[]): string {
  return objects.find(({ kind }) => kind === 'Namespace')!.metadata.name;
}

/** Until each autoscaler has set the replicas of what it scales, which changes its generation. */
async function settled(objects: readonly KubernetesObject[]): Promise<void> {
  for (const { metadata, spec } of objects.filter(({ kind }) => kind === 'HorizontalPodAutoscaler')) {
    const replicas = () =>
      cluster.kubectl('get', 'deployment', metadata.name, '-n', metadata.namespace!, '-o', 'jsonpath={.spec.replicas}');
    await expect.poll(replicas, SOON).toBe(`${spec!.minReplicas}`);
  }
}

/** No difference, a second apply that says so, and the generations that there were. */
async function expectQuiet(folder: string, objects: KubernetesObject[], options: readonly string[]): Promise<void> {
  expect(await cluster.kubectl('diff', ...options, '-k', folder)).toBe('');
  const before = await versions(objects);
  const said = await cluster.kubectl('apply', ...options, '-k', folder);
  // On the server side kubectl says the same of every object, changed or not. Otherwise it sends two things anew each
  // time, which the server finds to be the same: selectors of PodDisruptionBudgets, and claims, to which it adds a status.
  const unchanged = options.length > 0 ? /serverside-applied$/ : /unchanged$|^(statefulset|poddisruptionbudget)\./;
  expect(
    said
      .trim()
      .split('\n')
      .filter((line) => !unchanged.test(line)),
  ).toEqual([]);
  expect(await versions(objects)).toEqual(before);
}

/** The generation of each object, which grows with every change of what was asked for. */
async function versions(objects: readonly KubernetesObject[]): Promise<string[]> {
  const column = 'jsonpath={.metadata.generation}';
  const ask = async ({ kind, metadata: { name, namespace } }: KubernetesObject) => {
    const where = namespace === undefined ? [] : ['-n', namespace];
    return `${kind}/${name} ${await cluster.kubectl('get', kind, name, ...where, '-o', column)}`;
  };
  return Promise.all(objects.map(ask));
}

/** The objects that Argo CD would show as OutOfSync, each with what a sync would change. */
async function outOfSync(objects: readonly KubernetesObject[], ...modes: string[]): Promise<object[]> {
  const input = objects.map((object) => JSON.stringify(object)).join('\n');
  const found = await run(await buildTool('kubernetes'), ['argocd-diff', cluster.kubeconfig, ...modes], { input });
  return found.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
}

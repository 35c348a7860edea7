/** The real Helm on the real control plane: an upgrade with the same values changes nothing, and autoscaling can begin. */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { ROOT, synthAll, temporaryFolder } from './support/generated.ts';
import { run } from './support/run.ts';
import { buildTool } from './support/tools.ts';

interface Live {
  kind: string;
  metadata: { name: string; generation?: number; resourceVersion: string };
  spec?: { replicas?: number };
}

let cluster: ControlPlane;
let helm: (namespace: string, ...args: string[]) => Promise<string>;

beforeAll(async () => {
  const program = await buildTool('helm');
  const home = temporaryFolder();
  const env = { HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  cluster = await startControlPlane();
  helm = (namespace, ...args) => run(program, [...args, '-n', namespace, '--kubeconfig', cluster.kubeconfig], { env });
});

afterAll(() => cluster?.stop());

/** The chart of somebody else's stack. */
async function strangersChart(): Promise<string> {
  const folder = temporaryFolder();
  cpSync(join(ROOT, 'test/fixtures/stranger'), folder, { recursive: true });
  const words = ['--stack', './my-stack.yaml', '--profile', '4cpu-8gi', '--platform', 'kubernetes', '--target', 'helm'];
  await run('node', [join(ROOT, 'dist/bin.js'), 'synth', ...words], { cwd: folder });
  return join(folder, 'out/shop/_all/helm');
}

async function get(namespace: string, what: string): Promise<Live[]> {
  return JSON.parse(await cluster.kubectl('get', what, '-n', namespace, '-o', 'json')).items;
}

/** Every object of a release by kind and name, as it was last written. */
async function written(namespace: string): Promise<Record<string, string>> {
  const kinds = 'deployments,statefulsets,services,configmaps,networkpolicies,pdb,serviceaccounts,hpa';
  const objects = await get(namespace, kinds);
  // Of what controllers write too, `generation` says whether the specification was changed.
  return Object.fromEntries(
    objects.map(({ kind, metadata }) => [
      `${kind}/${metadata.name}`,
      metadata.generation === undefined ? metadata.resourceVersion : `generation ${metadata.generation}`,
    ]),
  );
}

/** Until controllers have written what they write at first. */
async function settled(namespace: string): Promise<Record<string, string>> {
  const now = JSON.stringify(await written(namespace));
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const later = await written(namespace);
  return JSON.stringify(later) === now ? later : settled(namespace);
}

describe('an upgrade with the same values', () => {
  test.each([
    ['4cpu-8gi', () => synthAll(['--profile', '4cpu-8gi'], 'helm')],
    ['c6i.8xlarge', () => synthAll(['--profile', 'c6i.8xlarge'], 'helm')],
    ['m7g.2xlarge', () => synthAll(['--profile', 'm7g.2xlarge'], 'helm')],
    ["a stranger's stack", strangersChart],
  ])('changes no object, and live ones are as the manifest says: %s', async (name, chartOf) => {
    const chart = await chartOf();
    for (const side of ['--server-side=true', '--server-side=false']) {
      const namespace = `same-${name.replace(/[^a-z0-9]/g, '-')}-${side.slice(-4).replace('=', '')}`.replaceAll(
        '--',
        '-',
      );
      await cluster.kubectl('create', 'namespace', namespace);
      await helm(namespace, 'install', 'mine', chart, side);
      const before = await settled(namespace);
      await helm(namespace, 'upgrade', 'mine', chart, side);
      expect(await settled(namespace)).toEqual(before);
      const manifest = join(temporaryFolder(), 'manifest.yaml');
      writeFileSync(manifest, await helm(namespace, 'get', 'manifest', 'mine'));
      // Exits 1, which is an error here, where anything differs.
      expect(await cluster.kubectl('diff', '-f', manifest)).toBe('');
    }
  });
});

describe('autoscaling', () => {
  const NAMESPACE = 'scaled';

  /** The counts of replicas that the Deployment asked for while something was done, and for a while after it. */
  async function countsDuring(step: () => Promise<unknown>): Promise<number[]> {
    const counts: number[] = [];
    let over = false;
    const watch = (async () => {
      while (!over) {
        const [api] = await get(NAMESPACE, 'deployments');
        if (counts.at(-1) !== api!.spec!.replicas) counts.push(api!.spec!.replicas!);
      }
    })();
    await step();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    over = true;
    await watch;
    return counts;
  }

  test.each(['--server-side=true', '--server-side=false'])(
    'turned on in an upgrade stops no pod, then or in a later upgrade: %s',
    async (side) => {
      const chart = await synthAll(['--profile', '4cpu-8gi'], 'helm');
      const set = (enabled: boolean) => [
        '--set',
        `services.api.autoscaling.enabled=${enabled},services.api.replicaCount=6`,
      ];
      await cluster.kubectl('create', 'namespace', NAMESPACE);
      await helm(NAMESPACE, 'install', 'mine', chart, side, ...set(false));
      expect(await countsDuring(() => helm(NAMESPACE, 'upgrade', 'mine', chart, side, ...set(true)))).toEqual([6]);
      expect(await get(NAMESPACE, 'hpa')).toHaveLength(1);
      expect(await countsDuring(() => helm(NAMESPACE, 'upgrade', 'mine', chart, side, ...set(true)))).toEqual([6]);
      // What the autoscaler sets stays.
      await cluster.kubectl('scale', 'deployment/api', '--replicas=8', '-n', NAMESPACE);
      expect(await countsDuring(() => helm(NAMESPACE, 'upgrade', 'mine', chart, side, ...set(true)))).toEqual([8]);
      // With server-side apply the count is another manager's by now.
      const off = [...set(false), ...(side === '--server-side=true' ? ['--force-conflicts'] : [])];
      expect(await countsDuring(() => helm(NAMESPACE, 'upgrade', 'mine', chart, side, ...off))).toEqual([8, 6]);
      await cluster.kubectl('delete', 'namespace', NAMESPACE);
    },
  );
});

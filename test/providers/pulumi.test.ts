/**
 * The real host of Node.js programs: the generated project, copied and installed as a user does it, makes what kubectl
 * makes of the kubernetes target; a second update changes nothing, and destroy leaves nothing. Pulumi waits for pods; no
 * kubelet runs, and what kubelets say of their pods, this test says.
 *
 * `pulumi-language-nodejs` has to be on the PATH; no registry has it. Without it the test fails.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addNode, addVolumes, apply, clearCluster, NAMESPACE } from '../integration/support/cluster.ts';
import { type ControlPlane, startControlPlane } from '../integration/support/control-plane.ts';
import { ROOT, synth, synthAll, temporaryFolder } from '../integration/support/generated.ts';
import { type Kubelets, startKubelets } from '../integration/support/kubelets.ts';
import { liveObjectsOf } from '../integration/support/live-objects.ts';
import { run } from '../integration/support/run.ts';
import { installPulumi, type Pulumi } from './support.ts';

const PROFILE = 'c6i.8xlarge';
const OTHER = 'c6i.4xlarge';
const NODES = ['node-1', 'node-2', 'node-3'];

let cluster: ControlPlane;
let kubelets: Kubelets;
let project: string;
let installed: Pulumi;
let pulumi: (...args: string[]) => Promise<string>;
/** What the kubernetes target's files become, by profile. */
const expected: Record<string, Record<string, unknown>> = {};

beforeAll(async () => {
  cluster = await startControlPlane();
  kubelets = startKubelets(cluster.api);
  for (const profile of [PROFILE, OTHER]) {
    const { folder } = await synth(profile, 'kubernetes');
    await addNodes();
    await apply(cluster, '-k', folder);
    await rolledOut();
    expected[profile] = await liveObjectsOf(cluster, NAMESPACE);
    await clearCluster(cluster.api);
  }
  await cluster.kubectl('delete', 'namespace', NAMESPACE);
  await addNodes();

  project = join(temporaryFolder(), 'project');
  cpSync(await synthAll(['--profile', PROFILE, '--profile', OTHER], 'pulumi'), project, { recursive: true });
  install(project);
  installed = await installPulumi(cluster);
  pulumi = (...args) => run('pulumi', [...args, '--non-interactive'], { cwd: project, env: installed.env });
  for (const profile of [PROFILE, OTHER]) await pulumi('stack', 'init', profile);
});

afterAll(async () => {
  await kubelets?.stop();
  await cluster?.stop();
});

/** What `pulumi install` does, with this package packed instead of published; plugins are on the PATH. */
function install(folder: string): void {
  const packed = execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const path = join(folder, 'package.json');
  const settings = JSON.parse(readFileSync(path, 'utf8'));
  settings.dependencies.sizewright = `file:${packed.trim().split('\n').at(-1)}`;
  writeFileSync(path, JSON.stringify(settings));
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'pipe' });
}

async function addNodes(): Promise<void> {
  const { plan } = await synth(PROFILE, 'kubernetes');
  for (const name of NODES) await addNode(cluster.api, name, plan.machines[0]!);
  await addVolumes(cluster.api);
}

async function rolledOut(): Promise<void> {
  await cluster.kubectl('wait', 'hpa', '--all', '-n', NAMESPACE, '--for=condition=AbleToScale', '--timeout=30s');
  for (const workload of ['deployment/api', 'statefulset/postgres', 'deployment/redis'])
    await cluster.kubectl('rollout', 'status', '-n', NAMESPACE, workload, '--timeout=60s');
}

/** Lines of the summary: `+ 23 created`. */
function summaryOf(output: string): string[] {
  return output.split('Resources:').at(-1)!.split('Duration:')[0]!.trim().split(/\n\s*/);
}

test('one update makes every object as kubectl does', async () => {
  expect(summaryOf(await pulumi('up', '--yes', '--skip-preview', '--stack', PROFILE))).toEqual(['+ 23 created']);
  await rolledOut();
  expect(await liveObjectsOf(cluster, NAMESPACE)).toEqual(expected[PROFILE]);
});

test('a second update changes nothing', async () => {
  expect(summaryOf(await pulumi('up', '--yes', '--skip-preview', '--stack', PROFILE, '--expect-no-changes'))).toEqual([
    '23 unchanged',
  ]);
});

test('another plan changes what it has to, and not the replicas', async () => {
  const config = join(project, `Pulumi.${PROFILE}.yaml`);
  writeFileSync(config, readFileSync(config, 'utf8').replace(/(:plan"?: )"?c6i\.8xlarge"?/, `$1"${OTHER}"`));
  const summary = summaryOf(await pulumi('up', '--yes', '--skip-preview', '--stack', PROFILE)).join();
  // The plugin replaces a ConfigMap whose data changes, unless it is told otherwise.
  expect(summary).toMatch(/~ 3 updated/);
  expect(summary).toMatch(/1 replaced/);
  await rolledOut();
  expect(await liveObjectsOf(cluster, NAMESPACE)).toEqual(expected[OTHER]);
});

test('the state holds references to secrets, and no value', () => {
  const state = installed.storedOf(PROFILE);
  expect(state).toContain('secretKeyRef');
  expect(state).not.toContain('change-me');
});

test('destroy is refused while the namespace is protected, and leaves nothing afterwards', async () => {
  await expect(pulumi('destroy', '--yes', '--stack', PROFILE)).rejects.toThrow('protected');
  await pulumi('state', 'unprotect', '--all', '--yes', '--stack', PROFILE);
  expect(summaryOf(await pulumi('destroy', '--yes', '--skip-preview', '--stack', PROFILE))).toEqual(['- 23 deleted']);
  await expect(cluster.kubectl('get', 'namespace', NAMESPACE)).rejects.toThrow('not found');
});

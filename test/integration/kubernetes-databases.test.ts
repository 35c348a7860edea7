/**
 * The databases really start as the generated workloads say: their entry point and arguments, as their
 * user, without capabilities, on a read-only file system. Docker is in the kubelet's place.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { docker } from './support/containers.ts';
import { plannedSettings, postgresSettings, redisSetting } from './support/databases.ts';
import { synth, temporaryFolder } from './support/generated.ts';
import { type KubernetesObject, kustomize } from './support/kubernetes.ts';

const PROFILE = '4cpu-8gi';
const PASSWORD = 'integration password';
const STARTUP_MS = 60_000;

let plan: Plan;
let objects: KubernetesObject[];

beforeAll(async () => {
  const generated = await synth(PROFILE, 'kubernetes');
  plan = generated.plan;
  objects = await kustomize(generated.folder);
});

afterAll(() => docker('rm', '--force', '--volumes', 'postgres', 'redis'));

test('postgres runs with the parameters of the plan', async () => {
  await start('postgres');
  await expect
    .poll(() => postgresSettings('postgres', '127.0.0.1', PASSWORD), { timeout: STARTUP_MS })
    .toMatchObject(plannedSettings(plan.services.postgres!));
});

test('redis runs with the parameters of the plan, behind its password', async () => {
  await start('redis');
  const { maxmemory, io_threads } = plan.services.redis!.parameters;
  const setting = (name: string) => redisSetting('redis', PASSWORD, name);
  await expect.poll(() => setting('maxmemory'), { timeout: STARTUP_MS }).toBe(String(maxmemory!.value * 1024 * 1024));
  expect(await setting('io-threads')).toBe(String(io_threads!.value));
  expect(await docker('exec', 'redis', 'redis-cli', 'ping')).toMatch('NOAUTH');
});

/** One pod, as a container of the same name. */
async function start(name: 'postgres' | 'redis'): Promise<void> {
  const pod = find(name === 'redis' ? 'Deployment' : 'StatefulSet', name).spec!.template!.spec;
  const [container] = pod.containers;
  // A variable without a value comes from a Secret.
  const env = container!.env!.map((variable) => ({ name: variable.name, value: variable.value ?? PASSWORD }));
  const { runAsUser, runAsGroup } = pod.securityContext;
  await docker(
    ...['run', '--detach', '--name', name, '--user', `${runAsUser}:${runAsGroup}`],
    ...['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    ...['--memory', container!.resources.limits.memory.replace('Mi', 'm')],
    ...env.flatMap((variable) => ['--env', `${variable.name}=${variable.value}`]),
    ...container!.volumeMounts!.flatMap((mounted) => mount(pod.volumes ?? [], mounted)),
    inject('images')[name],
    ...container!.args!.map((text) => expand(text, env)),
  );
}

/** A ConfigMap, or one file of it, to read; any other volume as an empty writable folder. */
function mount(
  volumes: readonly { name: string; configMap?: { name: string } }[],
  { name: volume, mountPath, subPath = '' }: { name: string; mountPath: string; subPath?: string },
): string[] {
  const config = volumes.find(({ name }) => name === volume)?.configMap;
  if (config === undefined) return ['--tmpfs', `${mountPath}:mode=1777`];
  const folder = join(temporaryFolder(), config.name);
  mkdirSync(folder);
  for (const [name, text] of Object.entries(find('ConfigMap', config.name).data!))
    writeFileSync(join(folder, name), text);
  chmodSync(folder, 0o755);
  return ['--volume', `${join(folder, subPath)}:${mountPath}:ro`];
}

/** `$(NAME)` in arguments, which the kubelet puts the variable's value for. */
function expand(text: string, env: readonly { name: string; value: string }[]): string {
  return env.reduce((done, { name, value }) => done.replaceAll(`$(${name})`, value), text);
}

function find(kind: string, name: string): KubernetesObject {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found;
}

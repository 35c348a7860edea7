/** `docker compose up` of the generated file: healthy, inside the generated limits, with the generated settings. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServicePlan } from '../../src/plan/plan.ts';
import { buildApiImage } from './support/api-image.ts';
import { composeProject } from './support/compose.ts';
import { ask, askObject, docker, parseLimits, readLimits } from './support/containers.ts';
import { plannedSettings, postgresSettings, redisSetting, sql } from './support/databases.ts';
import { synth } from './support/generated.ts';
import { API_SECRETS, POSTGRES_PASSWORD, REDIS_PASSWORD } from './support/secrets.ts';

/** Docker refuses more CPUs than the machine has: this one fits on two. */
const PROFILE = '2cpu-6gi';

/** Computed at start or written beforehand: with the same limits the values are the same. */
describe.each(['exact', 'auto'])('--mode %s', async (mode) => {
  const generated = await synth(PROFILE, 'compose', '--mode', mode);
  const { compose, container, prepare, up } = composeProject(generated.folder);

  beforeAll(async () => {
    const images = await prepare();
    await buildApiImage(join((await synth(PROFILE, 'docker', '--mode', mode)).folder, 'api'), images.api!);
    await up();
  });

  afterAll(() => compose('down', '--volumes', '--timeout', '5'));

  test('every service is up and healthy', async () => {
    const states = await Promise.all(
      Object.keys(generated.plan.services).map(async (service) => [
        service,
        (await docker('inspect', '--format', '{{.State.Health.Status}}', await container(service))).trim(),
      ]),
    );
    expect(states).toEqual([
      ['api', 'healthy'],
      ['postgres', 'healthy'],
      ['redis', 'healthy'],
    ]);
  });

  describe.each(['api', 'postgres', 'redis'])('%s', (service) => {
    test('is held to the limits of the plan, without swap', async () => {
      const { cpuMillis, memoryMiB } = planOf(service).limits;
      expect(await readLimits(await container(service))).toEqual({ cpuMillis, memoryMiB, memorySwapMiB: memoryMiB });
    });

    test('runs as an unprivileged user without capabilities, on a read-only file system', async () => {
      const status = await docker('exec', await container(service), 'cat', '/proc/1/status');
      expect(status).not.toMatch(/^Uid:\t0\t/m);
      expect(status).toMatch(/^CapBnd:\t0+$/m);
      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
      const writable = docker('exec', await container(service), 'sh', '-c', 'echo > /etc/written');
      await expect(writable).rejects.toThrow('Read-only file system');
    });
  });

  describe('api', () => {
    test('sees the same limits itself, and the backlog that its policy counts on', async () => {
      const files = await askObject(await container('api'), '/limits');
      const { cpuMillis, memoryMiB } = planOf('api').limits;
      expect(parseLimits(files)).toEqual({ cpuMillis, memoryMiB, memorySwapMiB: memoryMiB });
      expect(files['/proc/sys/net/core/somaxconn']!.trim()).toBe('8192');
    });

    test('has the parameters of the plan in its environment', async () => {
      expect(await askObject(await container('api'), '/env')).toMatchObject(valuesOf('api'));
    });

    test('has its secrets in its environment, character by character', async () => {
      expect(await askObject(await container('api'), '/env')).toMatchObject(API_SECRETS);
    });

    test.each(['postgres:5432', 'redis:6379'])('reaches %s', async (address) => {
      expect(await ask(await container('api'), `/reach/${address}`)).toBe('reachable');
    });
  });

  describe('postgres', () => {
    test('runs with the parameters of the plan', async () => {
      const settings = await postgresSettings(await container('postgres'), 'postgres', POSTGRES_PASSWORD);
      expect(settings).toMatchObject(plannedSettings(planOf('postgres')));
    });

    test('has the shared memory of the plan', async () => {
      const free = await docker('exec', await container('postgres'), 'df', '-B1M', '--output=size', '/dev/shm');
      expect(Number(free.split('\n')[1])).toBe(planOf('postgres').sharedMemoryMiB);
    });

    test('refuses a wrong password over the network', async () => {
      const attempt = sql(await container('postgres'), 'postgres', 'wrong', 'SELECT 1');
      await expect(attempt).rejects.toThrow('password authentication failed');
    });
  });

  describe('redis', () => {
    test('runs with the parameters of the plan', async () => {
      const { maxmemory, io_threads } = planOf('redis').parameters;
      const setting = async (name: string) => redisSetting(await container('redis'), REDIS_PASSWORD, name);
      expect(await setting('maxmemory')).toBe(String(maxmemory!.value * 1024 * 1024));
      expect(await setting('io-threads')).toBe(String(io_threads!.value));
      expect(await setting('maxmemory-policy')).toBe('allkeys-lru');
      expect(await setting('save')).toBe('');
    });

    test('refuses a client without the password', async () => {
      const answer = await docker('exec', await container('redis'), 'redis-cli', '-h', 'redis', 'ping');
      expect(answer).toMatch('NOAUTH');
    });
  });

  // Last: it stops what the others talk to.
  test('every service stops by itself within its grace period', async () => {
    const containers = await Promise.all(['api', 'postgres', 'redis'].map(container));
    await compose('stop');
    expect(await docker('inspect', '--format', '{{.State.ExitCode}} {{.State.OOMKilled}}', ...containers)).toBe(
      '0 false\n'.repeat(3),
    );
  });

  function planOf(service: string): ServicePlan {
    return generated.plan.services[service]!;
  }

  /** The values of a service as texts, as an environment holds them. */
  function valuesOf(service: string): Record<string, string> {
    const decisions = Object.entries(planOf(service).parameters);
    return Object.fromEntries(decisions.map(([name, { value }]) => [name, String(value)]));
  }
});

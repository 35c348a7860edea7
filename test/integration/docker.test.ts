/** The generated Dockerfile builds, and the generated scripts start every service inside the generated limits. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { buildApiImage } from './support/api-image.ts';
import { ask, askObject, docker, readLimits, untilHealthy } from './support/containers.ts';
import { plannedSettings, postgresSettings, redisSetting } from './support/databases.ts';
import { synth } from './support/generated.ts';
import { run } from './support/run.ts';
import { API_SECRETS, POSTGRES_PASSWORD, REDIS_PASSWORD, SECRETS } from './support/secrets.ts';

/** Docker refuses more CPUs than the machine has: this one fits on two. */
const PROFILE = '2cpu-6gi';

const API_IMAGE = 'sizewright-test/api';
const [API, POSTGRES, REDIS] = ['spatialvortex-api', 'spatialvortex-postgres', 'spatialvortex-redis'];

/** Computed at start or written beforehand: with the same limits the values are the same. */
describe.each(['exact', 'auto'])('--mode %s', async (mode) => {
  const generated = await synth(PROFILE, 'docker', '--mode', mode);

  beforeAll(async () => {
    await buildApiImage(join(generated.folder, 'api'), API_IMAGE);
    const { postgres, redis } = inject('images');
    await start('postgres', postgres);
    await start('redis', redis);
    await start('api', API_IMAGE);
  });

  afterAll(() => docker('rm', '--force', '--volumes', API, POSTGRES, REDIS));

  describe('the image', () => {
    test('runs as uid 1001, straight into its program', async () => {
      const [{ Config: config }] = JSON.parse(await docker('image', 'inspect', API_IMAGE));
      const before = mode === 'auto' ? ['/bin/sh', '/etc/sizewright/entrypoint.sh'] : [];
      expect(config).toMatchObject({ User: '1001:1001', Entrypoint: [...before, '/usr/local/bin/api_server'] });
    });

    test('asks for its own health without a script', async () => {
      await docker('run', '--detach', '--name', 'alone', API_IMAGE);
      try {
        await untilHealthy('alone', 60_000);
      } finally {
        await docker('rm', '--force', 'alone');
      }
    });

    test('brings what its program and its health check need, and not the compiler', async () => {
      const installed = await docker('exec', API, 'dpkg-query', '--show');
      const packages = installed.split('\n').map((line) => line.split(/[:\t]/, 1)[0]);
      expect(packages).toEqual(expect.arrayContaining(['ca-certificates', 'curl', 'libpq5', 'libssl3']));
      expect(packages).not.toContain('rustc');
    });

    test('has the program that was built, not the empty one of the dependency layer', async () => {
      expect(await ask(API, '/api/v1/health')).toBe('ok');
    });
  });

  describe.each([
    ['api', API],
    ['postgres', POSTGRES],
    ['redis', REDIS],
  ] as const)('%s', (service, container) => {
    test('is held to the limits of the plan, without swap', async () => {
      const { cpuMillis, memoryMiB } = generated.plan.services[service]!.limits;
      expect(await readLimits(container)).toEqual({ cpuMillis, memoryMiB, memorySwapMiB: memoryMiB });
    });

    test('runs as an unprivileged user without capabilities', async () => {
      const status = await docker('exec', container, 'cat', '/proc/1/status');
      expect(status).not.toMatch(/^Uid:\t0\t/m);
      expect(status).toMatch(/^CapBnd:\t0+$/m);
      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    });
  });

  describe('settings', () => {
    test('the api has the parameters of the plan and its secrets in its environment', async () => {
      const decisions = Object.entries(generated.plan.services.api!.parameters);
      const expected = Object.fromEntries(decisions.map(([name, { value }]) => [name, String(value)]));
      expect(await askObject(API, '/env')).toMatchObject({ ...expected, ...API_SECRETS });
    });

    test('postgres runs with the parameters of the plan', async () => {
      const settings = await postgresSettings(POSTGRES, 'postgres', POSTGRES_PASSWORD);
      expect(settings).toMatchObject(plannedSettings(generated.plan.services.postgres!));
    });

    test('redis runs with the parameters of the plan', async () => {
      const { maxmemory, io_threads } = generated.plan.services.redis!.parameters;
      expect(await redisSetting(REDIS, REDIS_PASSWORD, 'maxmemory')).toBe(String(maxmemory!.value * 1024 * 1024));
      expect(await redisSetting(REDIS, REDIS_PASSWORD, 'io-threads')).toBe(String(io_threads!.value));
    });

    test.each(['postgres:5432', 'redis:6379'])('the api reaches %s by its name', async (address) => {
      expect(await ask(API, `/reach/${address}`)).toBe('reachable');
    });
  });

  // Last: it stops what the others talk to.
  test('every service stops by itself within its grace period', async () => {
    await docker('stop', API, POSTGRES, REDIS);
    expect(await docker('inspect', '--format', '{{.State.ExitCode}}', API, POSTGRES, REDIS)).toBe('0\n'.repeat(3));
  });

  /** Runs a generated script and waits until its container is healthy. */
  async function start(service: string, image: string): Promise<void> {
    const env = { ...inject('docker'), ...SECRETS, IMAGE: image };
    await run(join(generated.folder, service, 'docker-run.sh'), [], { env });
    await untilHealthy(`spatialvortex-${service}`, 60_000);
  }
});

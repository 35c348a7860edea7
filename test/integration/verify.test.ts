/** `verify` against real servers under the generated Compose file, and a real Prometheus that scrapes real exporters. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { composeProject } from './support/compose.ts';
import { docker } from './support/containers.ts';
import { sql } from './support/databases.ts';
import { synth, temporaryFolder } from './support/generated.ts';
import { run } from './support/run.ts';
import { POSTGRES_PASSWORD, REDIS_PASSWORD } from './support/secrets.ts';
import { type Server, startServer } from './support/server.ts';
import { buildTool, findTool } from './support/tools.ts';

/** postgres and redis get 800m and 400m of it, and 2,457 and 1,228 MiB. */
const PROFILE = '2cpu-6gi';
const PROGRAM = join(import.meta.dirname, '..', '..', 'dist', 'bin.js');
const PASSWORDS = { PGPASSWORD: POSTGRES_PASSWORD, REDISCLI_AUTH: REDIS_PASSWORD };

const generated = await synth(PROFILE, 'compose');
const monitoring = await synth(PROFILE, 'monitoring', '--platform', 'host');
const { compose, container, prepare, up } = composeProject(generated.folder);

let postgres: string;
let redis: string;
const servers: Server[] = [];

beforeAll(async () => {
  await prepare();
  await up('postgres', 'redis');
  postgres = `postgresql://postgres@${await addressOf('postgres')}:5432/spatialvortex`;
  redis = `redis://${await addressOf('redis')}:6379`;
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await compose('down', '--volumes', '--timeout', '5');
});

describe('servers', () => {
  test('have every parameter and setting of the plan', async () => {
    const { exit, rows } = await verifyJson(['--postgres', postgres, '--redis', `redis=${redis}`]);
    expect(rows.filter(({ finding }) => finding)).toEqual([]);
    const of = (service: string) => rows.filter((row) => row.service === service).map(({ what }) => what);
    expect(of('postgres')).toEqual([
      ...Object.keys(generated.plan.services.postgres!.parameters),
      ...['autovacuum_max_workers', 'hash_mem_multiplier', 'superuser_reserved_connections', 'huge_pages'],
    ]);
    expect(of('redis')).toEqual([
      ...['maxmemory', 'io-threads', 'save', 'appendonly', 'maxmemory-policy', 'maxmemory-clients'],
      ...['eviction', 'expire', 'server-del', 'user-del'].map((what) => `lazyfree-lazy-${what}`),
    ]);
    expect(exit).toBe(0);
  });

  test.each([
    ['--postgres', () => postgres.replace('@', ':wrong-s3cret@'), 'password authentication failed'],
    ['--postgres', () => postgres.replace(/:5432.*/, ':1/none'), 'ECONNREFUSED'],
    ['--redis', () => redis.replace('redis://', 'redis://:wrong-s3cret@'), 'WRONGPASS'],
    ['--redis', () => redis.replace('6379', '1'), 'ECONNREFUSED'],
    // A server of the other kind.
    ['--redis', () => redis.replace(/@?[^@/]*:6379/, postgres.replace(/.*@(.*)\/.*/, '$1')), 'SOURCE_UNREACHABLE'],
  ])('%s that refuses is an error without the password', async (option, url, says) => {
    const { exit, text } = await verify([option, url()]);
    expect(text).toContain(says);
    expect(text).not.toMatch(/s3cret|integration-/);
    expect(exit).toBe(1);
  });

  test('without a password where one is needed is an error', async () => {
    const { exit, text } = await verify(['--redis', redis], { REDISCLI_AUTH: '' });
    expect(text).toContain('NOAUTH');
    expect(exit).toBe(1);
  });
});

describe('Prometheus', () => {
  let prometheus: Server;
  let exporters: Record<'postgres' | 'redis' | 'cadvisor', Server>;

  beforeAll(async () => {
    const start = async (...args: Parameters<typeof startServer>) => {
      const server = await startServer(...args);
      servers.push(server);
      return server;
    };
    const metrics = { path: '/metrics' };
    exporters = {
      postgres: await start(
        await findTool('prometheus-postgres-exporter'),
        (address) => [`--web.listen-address=${address}`],
        {
          ...metrics,
          env: { DATA_SOURCE_NAME: `${postgres.replace('@', `:${POSTGRES_PASSWORD}@`)}?sslmode=disable` },
        },
      ),
      redis: await start(
        await findTool('prometheus-redis-exporter'),
        (address) => ['-web.listen-address', address, '-redis.addr', redis],
        { ...metrics, env: { REDIS_PASSWORD } },
      ),
      cadvisor: await start(
        await buildTool('cadvisor'),
        (address) => ['-listen', address, '-docker', inject('docker').DOCKER_HOST!],
        metrics,
      ),
    };
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [join(monitoring.folder, 'rules.yaml')],
      scrape_configs: Object.entries(exporters).map(([name, { url }]) => ({
        job_name: name,
        static_configs: [{ targets: [new URL(url).host] }],
      })),
    };
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config)); // JSON is YAML
    prometheus = await start(
      await findTool('prometheus'),
      (address) => [
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=${address}`,
      ],
      { path: '/-/ready' },
    );
  });

  test('says the limits, the use and the settings of the plan', async () => {
    const { rows, text } = await until(
      () => verifyJson(['--prometheus', prometheus.url]),
      ({ rows }) =>
        ['memory limit', 'CPU limit', 'memory used', 'CPU throttled'].every(
          (what) => rows.filter((row) => row.what === what).length === 2,
        ) && rows.some(({ what }) => what === 'work_mem'),
    );
    expect(
      rows.filter(({ finding }) => finding?.level === 'warning'),
      text,
    ).toEqual([]);
    const found = (service: string, what: string) => rows.find((row) => row.service === service && row.what === what);
    expect(found('postgres', 'memory limit')).toMatchObject({ planned: '2,457 MiB', found: '2,457 MiB' });
    expect(found('redis', 'CPU limit')).toMatchObject({ planned: '400m', found: '400m' });
    expect(found('postgres', 'CONNECTIONS')).toMatchObject({ planned: 'up to 16 of max_connections = 20' });
    expect(found('redis', 'maxmemory')).toMatchObject({ planned: '921 MB', found: '921 MB' });
  });

  test('records plan and measurements side by side from the generated rules, and alerts of what is not there', async () => {
    const value = async (series: string) => {
      const [first] = await queryOf(prometheus, series);
      return first && Number(first.value[1]);
    };
    const limit = (series: string) => value(`sizewright:${series}:bytes{service="postgres"}`);
    await until(
      () => limit('memory_limit'),
      (found) => found !== undefined,
    );
    expect(await limit('memory_limit')).toBe(2457 * 1024 ** 2);
    expect(await limit('plan_memory_limit')).toBe(2457 * 1024 ** 2);
    expect(await value('sizewright:setting:value{parameter="io_threads"}')).toBe(
      await value('sizewright:plan_parameter:value{parameter="io_threads"}'),
    );
    // Before the first scrape of each exporter it says so of every service.
    const alerts = await until(
      async () => (await queryOf(prometheus, 'ALERTS')).map(({ metric }) => `${metric.alertname} ${metric.service}`),
      ({ length }) => length === 1,
    );
    expect(alerts).toEqual(['SizewrightNotReported api']);
  });

  test('may be left out: the text of an exporter says the same', async () => {
    for (const [name, { url }] of Object.entries(exporters)) {
      const file = join(temporaryFolder(), `${name}.txt`);
      writeFileSync(file, await (await fetch(`${url}/metrics`)).text());
      const { exit, rows, text } = await verifyJson(['--metrics', file]);
      expect(rows.length, text).toBeGreaterThanOrEqual(2);
      expect(exit, text).toBe(0);
    }
  });

  // Last: what it changes stays.
  test('and servers tell what was changed behind the back of the plan', async () => {
    const server = await container('redis');
    const cli = ['exec', '--env', `REDISCLI_AUTH=${REDIS_PASSWORD}`, server, 'redis-cli'];
    await docker(...cli, 'CONFIG', 'SET', 'maxmemory', '100mb');
    await docker('update', '--memory', '1000m', '--memory-swap', '1000m', server);
    const role = "ALTER ROLE postgres SET work_mem = '1MB'";
    await sql(await container('postgres'), 'postgres', POSTGRES_PASSWORD, role);

    const asked = await verify(['--postgres', postgres, '--redis', redis]);
    expect(asked.text).toContain('SETTING_DIFFERS redis.maxmemory: expected 921mb as planned, got 104857600');
    expect(asked.text).toMatch(/SETTING_DIFFERS postgres\.work_mem: expected \d+kB as planned, got 1MB \(user\)/);
    expect(asked.text).toMatch(/^2 of \d+ compared values differ$/m);
    expect(asked.exit).toBe(2);

    const { rows, exit } = await until(
      () => verifyJson(['--prometheus', prometheus.url]),
      ({ rows }) => rows.filter(({ finding }) => finding?.level === 'warning').length >= 2,
    );
    expect(rows.flatMap(({ finding }) => finding ?? []).map(({ code, path }) => `${code} ${path}`)).toEqual([
      // Not work_mem: the exporter's session began before.
      'LIMIT_DIFFERS redis.memory limit',
      'SETTING_DIFFERS redis.maxmemory',
    ]);
    expect(exit).toBe(2);
  });
});

interface ReadRow {
  service: string;
  what: string;
  planned: string;
  found: string;
  finding?: { level: string; code: string; path: string };
}

/** Exit code, and what was printed on either side. */
async function verify(words: readonly string[], env: Record<string, string> = {}) {
  const plan = join(generated.folder, '..', 'plan.json');
  const script = '"$@" 2>&1; echo "exit $?"';
  const text = await run('sh', ['-c', script, 'sh', 'node', PROGRAM, 'verify', '--plan', plan, ...words], {
    env: { ...PASSWORDS, ...env },
  });
  return { text, exit: Number(/exit (\d+)\n$/.exec(text)![1]) };
}

async function verifyJson(words: readonly string[]): Promise<{ exit: number; text: string; rows: ReadRow[] }> {
  const { text, exit } = await verify([...words, '--format', 'json']);
  const json = /^\{\n[\s\S]*^\}$/m.exec(text)?.[0];
  return { exit, text, rows: json === undefined ? [] : JSON.parse(json).rows };
}

async function queryOf({ url }: Server, promql: string) {
  const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: promql })}`);
  const { data } = (await answer.json()) as {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
  };
  return data.result;
}

/** Asks again until the answer is good, or a minute has passed: then it is the last one that is judged. */
async function until<T>(ask: () => Promise<T>, good: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await ask();
    if (good(answer) || Date.now() > deadline) return answer;
    await sleep(1000);
  }
}

/** Of a container on the stack's own network, which nothing but this machine reaches. */
async function addressOf(service: string): Promise<string> {
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  return (await docker('inspect', '--format', format, await container(service))).trim();
}

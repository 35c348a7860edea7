import { describe, expect, it } from 'vitest';
import { renderedServices } from '../../src/targets/services.ts';
import { compareSamples } from '../../src/verify/compare.ts';
import { expositionSamples } from '../../src/verify/exposition.ts';
import { compareSettings } from '../../src/verify/settings.ts';
import { packageFiles, runCommand } from '../commands.ts';
import { renderInput } from '../support.ts';

const input = renderInput('c6i.8xlarge');
const api = 'name="spatialvortex-api-1",id="/docker/1"';
/** api: 35,993 MiB, 20000m; costs 18,208 and reserve 128. redis: 5,399 MB, 3 threads. */
const WELL = {
  [`container_spec_memory_limit_bytes{${api}}`]: 37_741_395_968,
  [`container_spec_cpu_quota{${api}}`]: 2_000_000,
  [`container_spec_cpu_period{${api}}`]: 100_000,
  [`container_memory_working_set_bytes{${api}}`]: 19_226_689_536,
  [`container_cpu_cfs_periods_total{${api}}`]: 1000,
  [`container_cpu_cfs_throttled_periods_total{${api}}`]: 250,
  [`container_oom_events_total{${api}}`]: 0,
  redis_config_maxmemory: 5_661_261_824,
  redis_config_io_threads: 3,
};
const textOf = (series: Record<string, number>) =>
  Object.entries(series)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');
const compare = async (changes: Record<string, number>) => {
  const { rows, findings } = await compareSamples(
    input,
    expositionSamples([{ file: 'm', text: textOf({ ...WELL, ...changes }) }]),
  );
  return [...rows.flatMap(({ finding }) => finding ?? []), ...findings];
};

describe('series', () => {
  it('that say what was planned are no finding but what is missing', async () => {
    expect((await compare({})).map(({ code, level, path }) => `${level} ${code} ${path}`)).toEqual([
      'advice NOT_REPORTED postgres',
      'advice NOT_REPORTED postgres',
      'advice NOT_REPORTED redis',
    ]);
  });

  it.each([
    [
      `container_spec_memory_limit_bytes{${api}}`,
      0,
      'LIMIT_DIFFERS api.memory limit: expected 35,993 MiB as planned, got none; plan again for the limit that holds',
    ],
    [
      `container_spec_cpu_quota{${api}}`,
      1_999_000,
      'LIMIT_DIFFERS api.CPU limit: expected 20,000m as planned, got 19,990m; plan again for the limit that holds',
    ],
    [
      `container_memory_working_set_bytes{${api}}`,
      23_000_514_561, // a byte above 18,208 costs, 128 reserve and 3,599 headroom
      'MEMORY_ABOVE_PLAN api.memory used: expected at most 21,935 MiB, which are planned for or left free on purpose, got 21,935 MiB; the largest cost is ONNX_POOL_SIZE with 16,000 MiB',
    ],
    [
      `container_memory_working_set_bytes{${api}}`,
      36_000_000_000, // 95.4 % of 37,741,395,968
      'MEMORY_NEAR_LIMIT api.memory used: expected at most 21,935 MiB, which are planned for or left free on purpose, got 34,332 MiB, which is near the limit of 35,993 MiB; the largest cost is ONNX_POOL_SIZE with 16,000 MiB',
    ],
    [
      `container_cpu_cfs_throttled_periods_total{${api}}`,
      260,
      'CPU_THROTTLED api.CPU throttled: expected to be held back in at most 25 % of the CPU periods, got 26 %; look at ACTIX_WORKERS',
    ],
    [
      `container_oom_events_total{${api}}`,
      2,
      'OOM_KILLED api.kills for memory: expected none, got 2; the largest cost is ONNX_POOL_SIZE with 16,000 MiB',
    ],
    [
      'redis_config_maxmemory',
      104_857_600,
      'SETTING_DIFFERS redis.maxmemory: expected 5,399 MB as planned, got 100 MB (redis_config_maxmemory)',
    ],
    [
      'redis_config_maxmemory',
      -1,
      'SETTING_DIFFERS redis.maxmemory: expected 5,399 MB as planned, got -1 of the metric (redis_config_maxmemory)',
    ],
  ])('%s %d', async (series, value, expected) => {
    const found = (await compare({ [series]: value })).filter(({ level }) => level === 'warning');
    expect(found.map(({ code, path, message }) => `${code} ${path}: ${message}`)).toEqual([expected]);
  });

  it('of a database count without the page cache', async () => {
    const labels = 'id="/system.slice/system-postgresql.slice/postgresql@15-main.service"';
    const metrics = {
      [`container_memory_working_set_bytes{${labels}}`]: 15_000_000_000,
      [`container_memory_rss{${labels}}`]: 1_073_741_824,
      [`container_memory_mapped_file{${labels}}`]: 2_147_483_648,
    };
    const { rows } = await compareSamples(input, expositionSamples([{ file: 'm', text: textOf(metrics) }]));
    expect(rows).toEqual([
      { service: 'postgres', what: 'memory used', planned: 'up to 11,281 MiB', found: '3,072 MiB', from: 'm' },
    ]);
  });

  it.each([
    ['queries are slow', { db_query_latency_p95: 5 }],
    ['queries are fast', {}],
  ])('of PromQL are compared with the parameter, and with what the author expects: %s', async (_, more) => {
    const answers: Record<string, number> = { pg_stat_activity_count: 75, cache_hit_rate: 90, ...more };
    const { rows } = await compareSamples(input, {
      name: 'p',
      select: async () => [],
      query: async (promql) =>
        Object.entries(answers)
          .filter(
            ([name]) =>
              promql.includes(name) && promql.includes('scalar(count(') === (name === 'pg_stat_activity_count'),
          )
          .map(([, value]) => ({ labels: {}, value })),
    });
    const findings = rows.flatMap(({ finding }) => finding ?? []);
    expect(findings.map(({ level, code, message }) => `${level} ${code} ${message}`)).toEqual([
      // 90 % of 80
      ...('db_query_latency_p95' in more
        ? [
            "warning PARAMETER_SATURATED expected up to 72 of DB_POOL_SIZE = 80, got 75 connections; requests queue for a connection when all of the pool are at work and queries are slow; the exporter's own is counted too",
          ]
        : []),
      "advice EXPECTATION_MISSED at least 95 % are expected by the policy's author, not measured, got 90 %; look at CACHE_SIZE_MB",
      ...('db_query_latency_p95' in more
        ? [
            "advice EXPECTATION_MISSED less than 5 ms are expected by the policy's author, not measured, got 5 ms; look at DB_POOL_SIZE",
          ]
        : []),
    ]);
  });
});

describe('settings of a server', () => {
  const redis = renderedServices(input).find(({ service }) => service.name === 'redis')!;
  const planned = new Map([
    ['maxmemory', { text: '5661261824' }],
    ['io-threads', { text: '3' }],
    ['save', { text: '' }],
    ['appendonly', { text: 'no' }],
    ['maxmemory-policy', { text: 'allkeys-lru' }],
    ['maxmemory-clients', { text: '20%' }],
    ['lazyfree-lazy-eviction', { text: 'yes' }],
    ['lazyfree-lazy-expire', { text: 'yes' }],
    ['lazyfree-lazy-server-del', { text: 'yes' }],
    ['lazyfree-lazy-user-del', { text: 'yes' }],
  ]);

  it('are each compared, constants too', () => {
    const rows = compareSettings(redis, planned, 'redis://h');
    expect(rows.map(({ what, finding }) => [what, finding])).toEqual(
      [...planned.keys()].map((key) => [key, undefined]),
    );
  });

  it('that differ or are unknown say what was planned, why, and where the other comes from', () => {
    const found = new Map(planned).set('save', { text: '3600 1', origin: 'configuration file /etc/x' } as never);
    found.delete('io-threads');
    const findings = compareSettings(redis, found, 'redis://h').flatMap(({ finding }) => finding ?? []);
    expect(findings).toEqual([
      {
        code: 'SETTING_UNKNOWN',
        level: 'warning',
        path: 'redis.io-threads',
        message: 'expected 3 as planned, but the server knows no io-threads',
      },
      {
        code: 'SETTING_DIFFERS',
        level: 'warning',
        path: 'redis.save',
        message: 'expected "" as planned, got 3600 1 (configuration file /etc/x)',
        why: 'a cache is not persisted, so no fork doubles the memory',
      },
    ]);
  });
});

describe('the command', () => {
  const plan = JSON.stringify(input.plan);
  const command = (words: string[], files: Record<string, string> = {}, env = {}) =>
    runCommand(['verify', ...words], { files: packageFiles({ 'plan.json': plan, ...files }), env });

  it('ends with 0 where all is as planned, 2 where something differs', async () => {
    const well = await command(['--plan', 'plan.json', '--metrics', 'm'], { m: textOf(WELL) });
    expect([well.exit, well.err]).toEqual([0, '0 of 7 compared values differ\n']);
    expect(well.out).toMatch(/^ {2}api +memory limit +35,993 MiB +35,993 MiB$/m);
    const drifted = await command(['--plan', 'plan.json', '--metrics', 'm'], {
      m: textOf({ ...WELL, redis_config_io_threads: 1 }),
    });
    expect([drifted.exit, drifted.err]).toEqual([2, '1 of 7 compared values differ\n']);
    expect(drifted.out).toMatch(/^ {2}redis +io-threads +3 threads +1 threads +differs$/m);
  });

  it('prints the same as JSON', async () => {
    const { out, exit } = await command(['--plan', 'plan.json', '--metrics', 'm', '--format', 'json'], {
      m: 'redis_config_io_threads 1\n',
    });
    const { stack, profile, platform, rows, findings } = JSON.parse(out);
    expect({ stack, profile, platform, exit }).toEqual({
      stack: 'spatialvortex',
      profile: 'c6i.8xlarge',
      platform: 'host',
      exit: 2,
    });
    expect(rows).toMatchObject([{ service: 'redis', what: 'io-threads', finding: { code: 'SETTING_DIFFERS' } }]);
    expect(findings).toHaveLength(5);
  });

  it('adds files up', async () => {
    const { err } = await command(['--plan', 'plan.json', '--metrics', 'a', '--metrics', 'b'], {
      a: 'redis_config_io_threads 3\n',
      b: 'redis_config_maxmemory 5661261824\n',
    });
    expect(err).toBe('0 of 2 compared values differ\n');
  });

  it.each([
    [[], 64, "required option '--plan <file>' not specified"],
    [['--plan', 'plan.json'], 64, 'expected something to compare with, got none'],
    [['--plan', 'none.json', '--metrics', 'm'], 1, '--plan: expected a file, got none at none.json'],
    [['--plan', 'plan.json', '--metrics', 'none'], 1, '--metrics: expected a file, got none at none'],
    [['--plan', 'm', '--metrics', 'm'], 1, 'PLAN_INVALID'],
    [['--plan', 'plan.json', '--metrics', 'm'], 1, 'NOTHING_REPORTED'],
    [
      ['--plan', 'other.json', '--metrics', 'm'],
      1,
      'expected a service of stack spatialvortex with the parameters of its policy',
    ],
    [
      ['--plan', 'plan.json', '--postgres', 'me:s3cret@h'],
      64,
      'expected an address that begins with postgresql:// or postgres://',
    ],
    [
      ['--plan', 'plan.json', '--redis', 'api=redis://h'],
      64,
      'expected a service of the plan that answers to config-get (redis), got "api"',
    ],
    [['--plan', 'plan.json', '--redis', 'redis://me:s3cret@127.0.0.1:1'], 1, 'SOURCE_UNREACHABLE'],
    [['--plan', 'plan.json', '--postgres', 'postgres://me:s3cret@127.0.0.1:1/db'], 1, 'SOURCE_UNREACHABLE'],
    [['--plan', 'plan.json', '--prometheus', 'http://me:s3cret@127.0.0.1:1'], 1, 'SOURCE_UNREACHABLE'],
  ])('%j ends with %d', async (words, exit, says) => {
    const other = plan.replaceAll('"ACTIX_WORKERS"', '"OTHER_WORKERS"');
    const result = await command(words, { m: 'up 1\n', 'other.json': other });
    expect([result.exit, result.out]).toEqual([exit, '']);
    expect(result.err).toContain(says);
    expect(result.err).not.toContain('s3cret');
  });
});

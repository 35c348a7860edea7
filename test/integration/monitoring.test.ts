/** The generated rules in promtool: it accepts them, each alert fires when it should, and none does otherwise. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { synth, temporaryFolder } from './support/generated.ts';
import { run } from './support/run.ts';
import { findTool } from './support/tools.ts';

const promtool = await findTool('promtool');
/** 16 cores, for which the author states a throughput: api 32,768, postgres 13,107, redis 6,553 MiB. */
const host = await synth('16cpu-32gi', 'monitoring', '--platform', 'host');
/** api 34,182, postgres 13,673, redis 6,836 MiB; 10 replicas with a pool of 9. */
const node = await synth('c6i.8xlarge', 'monitoring', '--platform', 'kubernetes');

/** Values by series, a minute apart, in promtool's notation: `5x90` is 5 all the time, `0+60x90` a second a second. */
type Series = Record<string, string>;

interface Scenario {
  desc: string;
  /** In place of, or beside, what a healthy system shows; `_` is nothing. */
  series: Series;
  /** The alerts that fire after an hour, each `name service`, with its parameter where it names one. */
  fires: string[];
}

const always = (value: number) => `${value}x90`;
const GIB = 1024 ** 3;

/** What cAdvisor shows of a container that is well. */
function container(labels: string, limits: { cpuMillis?: number; memoryMiB: number }): Series {
  const entries: Record<string, string> = {
    container_cpu_usage_seconds_total: '0+30x90', // half a core
    container_cpu_cfs_periods_total: '0+600x90',
    container_cpu_cfs_throttled_periods_total: '0+6x90', // 1 %
    container_spec_cpu_quota: always(limits.cpuMillis! * 100),
    container_spec_cpu_period: always(100_000),
    container_memory_working_set_bytes: always(GIB),
    container_memory_rss: always(GIB),
    container_memory_mapped_file: always(GIB),
    container_spec_memory_limit_bytes: always(limits.memoryMiB * 1024 ** 2),
    container_oom_events_total: always(0),
  };
  return Object.fromEntries(Object.entries(entries).map(([name, values]) => [`${name}{${labels}}`, values]));
}

/** What programs and exporters show when all is well. @param labels those of every series, with a comma behind */
function software({ services }: Plan, labels = ''): Series {
  const postgres = services.postgres!.parameters;
  const redis = services.redis!.parameters;
  const bytes: Record<string, number> = { MB: 1024 ** 2, kB: 1024 };
  return {
    ...Object.fromEntries(
      Object.entries(postgres).map(([name, { value, unit }]) => [
        `pg_settings_${name}${bytes[unit] ? '_bytes' : ''}{${labels}server="db"}`,
        always(value * (bytes[unit] ?? 1)),
      ]),
    ),
    [`pg_stat_activity_count{${labels}datname="a",state="active"}`]: always(5),
    [`pg_stat_activity_count{${labels}datname="a",state="idle"}`]: always(20),
    [`redis_config_maxmemory{${labels}}`]: always(redis.maxmemory!.value * 1024 ** 2),
    [`redis_config_io_threads{${labels}}`]: always(redis.io_threads!.value),
    [`redis_memory_used_bytes{${labels}}`]: always(redis.maxmemory!.value * 1024 ** 2), // full, which is no fault
    [`spatialvortex_cache_hit_rate{${labels}}`]: '0.97x90',
    [`spatialvortex_inference_latency_p95_ms{${labels}}`]: '1.4x90',
    [`spatialvortex_db_query_latency_p95_ms{${labels}}`]: '3x90',
    [`spatialvortex_api_throughput{${labels}}`]: always(100), // little is asked of it
    [`spatialvortex_voice_concurrent_streams{${labels}}`]: always(2),
  };
}

const hostLabels = {
  api: 'instance="h",name="spatialvortex-api-1"', // Compose
  postgres: 'instance="h",id="/system.slice/system-postgresql.slice/postgresql@15-main.service"', // systemd
  redis: 'instance="h",name="spatialvortex-redis"', // Docker
};
const nodeLabels = {
  api: 'namespace="spatialvortex",pod="api-1",container="api"',
  postgres: 'namespace="spatialvortex",pod="postgres-0",container="postgres"',
  redis: 'namespace="spatialvortex",pod="redis-0",container="redis"',
};

const healthy = (plan: Plan, labels: typeof hostLabels, common?: string): Series => ({
  ...Object.assign({}, ...Object.entries(labels).map(([name, text]) => container(text, plan.services[name]!.limits))),
  ...software(plan, common),
});

const connections = host.plan.services.postgres!.parameters.max_connections!.value;

const hostScenarios: Scenario[] = [
  { desc: 'all is well', series: {}, fires: [] },
  {
    desc: 'throttled in 30 % of the periods',
    series: { [`container_cpu_cfs_throttled_periods_total{${hostLabels.api}}`]: '0+180x90' },
    fires: ['CpuThrottled api ACTIX_WORKERS'],
  },
  {
    desc: 'throttled in 24 % of the periods',
    series: { [`container_cpu_cfs_throttled_periods_total{${hostLabels.api}}`]: '0+144x90' },
    fires: [],
  },
  {
    // costs 32 x 2 + 32 x 500 + 64 + 2048 = 18,176, reserve 128, headroom 3,276: 21,580 MiB = 22,628,270,080 bytes
    desc: 'just as much memory as the plan leaves to it',
    series: { [`container_memory_working_set_bytes{${hostLabels.api}}`]: always(22_628_270_080) },
    fires: [],
  },
  {
    desc: 'a byte more',
    series: { [`container_memory_working_set_bytes{${hostLabels.api}}`]: always(22_628_270_081) },
    fires: ['MemoryAbovePlan api ONNX_POOL_SIZE'],
  },
  {
    desc: '96 % of the limit', // 0.96 x 34,359,738,368
    series: { [`container_memory_working_set_bytes{${hostLabels.api}}`]: always(32_985_348_833) },
    fires: ['MemoryAbovePlan api ONNX_POOL_SIZE', 'MemoryNearLimit api ONNX_POOL_SIZE'],
  },
  {
    desc: 'page cache that fills the working set of a database',
    series: { [`container_memory_working_set_bytes{${hostLabels.postgres}}`]: always(13_107 * 1024 ** 2) },
    fires: [],
  },
  {
    desc: 'a kill five minutes ago',
    series: { [`container_oom_events_total{${hostLabels.redis}}`]: '0x54 1x36' },
    fires: ['OomKilled redis maxmemory'],
  },
  {
    desc: 'a kill half an hour ago',
    series: { [`container_oom_events_total{${hostLabels.redis}}`]: '0x29 1x61' },
    fires: [],
  },
  {
    desc: 'another memory limit',
    series: { [`container_spec_memory_limit_bytes{${hostLabels.redis}}`]: always(4 * GIB) },
    fires: ['LimitDiffers redis'],
  },
  {
    desc: 'another CPU limit',
    series: { [`container_spec_cpu_quota{${hostLabels.api}}`]: always(800_000) },
    fires: ['LimitDiffers api'],
  },
  {
    desc: 'a container that is not there',
    series: Object.fromEntries(
      Object.keys(container(hostLabels.redis, { cpuMillis: 1, memoryMiB: 1 })).map((name) => [name, '_x90']),
    ),
    fires: ['NotReported redis'],
  },
  {
    desc: 'a setting that nobody planned',
    series: { 'pg_settings_work_mem_bytes{server="db"}': always(4 * 1024 ** 2) },
    fires: ['SettingDiffers postgres work_mem'],
  },
  {
    desc: '59 of 64 connections of the pool at work, and slow queries', // 92 %
    series: {
      'pg_stat_activity_count{datname="a",state="active"}': always(59),
      'pg_stat_activity_count{datname="a",state="idle"}': always(0),
      'spatialvortex_db_query_latency_p95_ms{}': always(6),
    },
    fires: [
      'ParameterSaturated api DB_POOL_SIZE POOL_IN_USE',
      'ExpectationMissed api DB_POOL_SIZE DB_QUERY_LATENCY_P95',
    ],
  },
  {
    desc: 'all connections of the pool at work, and answered in time',
    series: {
      'pg_stat_activity_count{datname="a",state="active"}': always(64),
      'pg_stat_activity_count{datname="a",state="idle"}': always(0),
    },
    fires: [],
  },
  {
    desc: '57 of 64 connections of the pool at work, and slow queries', // 89 %
    series: {
      'pg_stat_activity_count{datname="a",state="active"}': always(57),
      'pg_stat_activity_count{datname="a",state="idle"}': always(0),
      'spatialvortex_db_query_latency_p95_ms{}': always(6),
    },
    fires: ['ExpectationMissed api DB_POOL_SIZE DB_QUERY_LATENCY_P95'],
  },
  {
    desc: 'all connections to the database taken but those of administrators', // 3, and 5 are active
    series: { 'pg_stat_activity_count{datname="a",state="idle"}': always(connections - 3 - 5) },
    fires: ['ParameterSaturated postgres max_connections CONNECTIONS'],
  },
  {
    desc: 'a hit rate of 90 %',
    series: { 'spatialvortex_cache_hit_rate{}': '0.90x90' },
    fires: ['ExpectationMissed api CACHE_SIZE_MB CACHE_HIT_RATE'],
  },
  {
    desc: 'inferences of 2 ms, expected below that',
    series: { 'spatialvortex_inference_latency_p95_ms{}': always(2) },
    fires: ['ExpectationMissed api ONNX_POOL_SIZE INFERENCE_LATENCY_P95'],
  },
  {
    desc: 'queries of 6 ms',
    series: { 'spatialvortex_db_query_latency_p95_ms{}': always(6) },
    fires: ['ExpectationMissed api DB_POOL_SIZE DB_QUERY_LATENCY_P95'],
  },
  {
    desc: 'little throughput and few streams at 15 of 16 cores',
    series: { [`container_cpu_usage_seconds_total{${hostLabels.api}}`]: '0+900x90' },
    fires: ['ExpectationMissed api ACTIX_WORKERS API_THROUGHPUT', 'ExpectationMissed api VOICE_THREADS VOICE_STREAMS'],
  },
  {
    desc: 'the expected throughput and streams at 15 of 16 cores',
    series: {
      [`container_cpu_usage_seconds_total{${hostLabels.api}}`]: '0+900x90',
      'spatialvortex_api_throughput{}': always(1600),
      'spatialvortex_voice_concurrent_streams{}': always(30),
    },
    fires: [],
  },
];

const second = nodeLabels.api.replace('api-1', 'api-2');
const killed = (pod: string, values: string): Series => ({
  [`kube_pod_container_status_restarts_total{${pod}}`]: values,
  [`kube_pod_container_status_last_terminated_reason{${pod},reason="OOMKilled"}`]: always(1),
});

const counted = node.plan.services.api!.ledger;
const pool = node.plan.services.api!.parameters.DB_POOL_SIZE!.value;

const nodeScenarios: Scenario[] = [
  { desc: 'all is well', series: {}, fires: [] },
  {
    desc: 'a restart after a kill',
    series: killed(nodeLabels.api, '0x54 1x36'),
    fires: ['OomKilled api ONNX_POOL_SIZE'],
  },
  { desc: 'a kill of old and no restart since', series: killed(nodeLabels.api, always(3)), fires: [] },
  {
    desc: 'a restart for another reason',
    series: { [`kube_pod_container_status_restarts_total{${nodeLabels.api}}`]: '0x54 1x36' },
    fires: [],
  },
  {
    desc: 'one of two replicas above what the plan leaves to it',
    series: {
      ...container(second, { cpuMillis: 19_720, memoryMiB: 34_182 }),
      [`container_memory_working_set_bytes{${second}}`]: always(
        (counted.usedMiB + counted.reserveMiB + counted.headroomMiB) * 1024 ** 2 + 1,
      ),
    },
    fires: ['MemoryAbovePlan api ONNX_POOL_SIZE'],
  },
  {
    desc: 'the pools of two replicas taken but for one connection, and slow queries',
    series: {
      ...container(second, { cpuMillis: 19_720, memoryMiB: 34_182 }),
      'pg_stat_activity_count{namespace="spatialvortex",datname="a",state="active"}': always(2 * pool - 1),
      'pg_stat_activity_count{namespace="spatialvortex",datname="a",state="idle"}': always(0),
      'spatialvortex_db_query_latency_p95_ms{namespace="spatialvortex",}': '3x40 6x50', // for 20 minutes
    },
    fires: ['ParameterSaturated api DB_POOL_SIZE POOL_IN_USE'], // latency alone is an alert only after a rollout's time
  },
  {
    desc: 'the same of another namespace',
    series: {
      'pg_stat_activity_count{namespace="other",datname="a",state="active"}': always(500),
      'container_memory_working_set_bytes{namespace="other",pod="api-1",container="api"}': always(100 * GIB),
    },
    fires: [],
  },
];

const places = [
  {
    place: 'host',
    folder: host.folder,
    usual: healthy(host.plan, hostLabels),
    scenarios: hostScenarios,
  },
  {
    place: 'kubernetes',
    folder: node.folder,
    usual: healthy(node.plan, nodeLabels, 'namespace="spatialvortex",'),
    scenarios: nodeScenarios,
  },
];

describe.each(places)('$place', ({ folder, usual, scenarios }) => {
  const rules = join(folder, 'rules.yaml');

  test('promtool accepts the rules', async () => {
    expect(await run(promtool, ['check', 'rules', '--lint-fatal', rules])).toMatch(/SUCCESS: \d+ rules found/);
  });

  test.each(scenarios)('$desc', async ({ series, fires }) => {
    await ruleTest(rules, { ...usual, ...series }, { promql_expr_test: [firing(fires)] });
  });
});

test('promtool is really asked: an alert that does not fire is a failure', async () => {
  const { folder, usual } = places[0]!;
  const wrong = ruleTest(join(folder, 'rules.yaml'), usual, {
    promql_expr_test: [firing(['OomKilled redis maxmemory'])],
  });
  await expect(wrong).rejects.toThrow('FAILED');
});

test('every alert fires in a scenario', () => {
  const alerts = [...readFileSync(join(host.folder, 'rules.yaml'), 'utf8').matchAll(/alert: "Sizewright(\w+)"/g)];
  const fired = [...hostScenarios, ...nodeScenarios].flatMap(({ fires }) => fires.map((text) => text.split(' ')[0]));
  expect([...new Set(fired)].sort()).toEqual([...new Set(alerts.map(([, name]) => name))].sort());
});

test('an alert says in words how far it is and what to look at', async () => {
  const { folder, usual } = places[0]!;
  const series = { ...usual, [`container_memory_working_set_bytes{${hostLabels.api}}`]: always(32_985_348_833) };
  await ruleTest(join(folder, 'rules.yaml'), series, {
    alert_rule_test: [
      {
        eval_time: '1h',
        alertname: 'SizewrightMemoryNearLimit',
        exp_alerts: [
          {
            exp_labels: {
              severity: 'critical',
              stack: 'spatialvortex',
              service: 'api',
              instance: 'h',
              parameter: 'ONNX_POOL_SIZE',
            },
            exp_annotations: {
              summary: 'api is about to be killed for its memory',
              description:
                '96% of the limit are used, planned is one of 32,768 MiB; its largest cost is ONNX_POOL_SIZE with 16,000 MiB (documented)',
              parameter:
                'ONNX_POOL_SIZE = 32; 32 sessions, the maximum: safety bounds to prevent OOM; the cap of 32 can be lifted; the formula alone gives 48',
            },
          },
        ],
      },
    ],
  });
});

/** @throws what promtool says when something else fires */
async function ruleTest(rules: string, series: Series, expectation: object): Promise<void> {
  const file = join(temporaryFolder(), 'test.yaml');
  const input_series = Object.entries(series).map(([name, values]) => ({ series: name, values }));
  const tests = [{ interval: '1m', input_series, ...expectation }];
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ rule_files: [rules], evaluation_interval: '1m', tests }));
  await run(promtool, ['test', 'rules', file]);
}

/** Exactly these alerts after an hour. */
function firing(fires: readonly string[]): object {
  const label = (name: string, value: string | undefined) => (value === undefined ? [] : [`${name}="${value}"`]);
  return {
    expr: 'count by (alertname, service, parameter, signal) (ALERTS{alertstate="firing"})',
    eval_time: '1h',
    exp_samples: fires.map((text) => {
      const [alert, service, parameter, signal] = text.split(' ');
      const labels = [
        ...label('alertname', `Sizewright${alert}`),
        ...label('service', service),
        ...label('parameter', parameter),
        ...label('signal', signal),
      ];
      return { labels: `{${labels.join(',')}}`, value: 1 };
    }),
  };
}

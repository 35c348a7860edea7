/**
 * Every alert over health and faults: silent, at any time of three hours, for systems that run at the full plan and are
 * well; and firing for its fault. What the systems show is worked out from the plans, for the built-in stack, for the same
 * with a Redis that keeps its data, and for a stack that this repository does not know.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { policyFromYaml, stackFromYaml } from '../../src/files/parse.ts';
import { readYaml } from '../../src/formats/read-yaml.ts';
import type { ServicePlan } from '../../src/plan/plan.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { findPlatform } from '../../src/platforms/index.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { provideModules } from '../../src/requests/modules.ts';
import { monitoring } from '../../src/targets/monitoring/index.ts';
import type { RenderInput } from '../../src/targets/target.ts';
import { builtInProfile } from '../support.ts';
import { temporaryFolder } from './support/generated.ts';
import { run } from './support/run.ts';
import { findTool } from './support/tools.ts';

provideModules();
const promtool = await findTool('promtool');
const ROOT = join(import.meta.dirname, '..', '..');
const MINUTES = 180;
const MIB = 1024 ** 2;

interface Rule {
  alert?: string;
  expr: string;
  labels: Record<string, string>;
}
/** Values by series, one a minute, in promtool's notation. */
type Series = Record<string, string>;

const always = (value: number) => `${value}x${MINUTES}`;
/** A value until a minute, then another one; `_` is nothing. */
const until = (minute: number, value: number | '_', then: number | '_') =>
  `${value}x${minute - 1} ${then}x${MINUTES - minute}`;
/** A counter that grows by so much a minute, and by another step between two minutes. */
function counter(step: number, peak?: { from: number; to: number; step: number }): string {
  if (!peak) return `0+${step}x${MINUTES}`;
  const [before, during] = [step * peak.from, step * peak.from + peak.step * (peak.to - peak.from)];
  return `0+${step}x${peak.from} ${before + peak.step}+${peak.step}x${peak.to - peak.from - 1} ${during + step}+${step}x${MINUTES - peak.to}`;
}

const stacks = {
  spatialvortex: (text: string) => text,
  'a Redis that keeps its data': (text: string) => text.replace('policy: redis\n', 'policy: redis-persistent\n'),
  stranger: undefined,
} as const;

function inputOf(name: keyof typeof stacks, profile: string, platform: string): RenderInput {
  const change = stacks[name];
  const folder = change ? ROOT : join(ROOT, 'test/fixtures/stranger');
  const file = join(folder, change ? 'stacks/spatialvortex/stack.yaml' : 'my-stack.yaml');
  const written = readFileSync(file, 'utf8');
  const policies: Record<string, Policy> = {};
  const policyOf = (policy: string): Policy => {
    const path = join(folder, `policies/${policy}.yaml`);
    policies[policy] = policyFromYaml(readFileSync(path, 'utf8'), path).value;
    return policies[policy];
  };
  const { value: stack } = stackFromYaml(change ? change(written) : written, file, policyOf);
  const hardware = builtInProfile(profile);
  const { plan } = makePlan({
    stack,
    policies,
    platform: findPlatform(platform),
    label: profile,
    placements: [{ profile: hardware, services: stack.services }],
    external: [],
    overrides: {},
  });
  return { plan, platform: findPlatform(platform), stack, policies, command: 'x' };
}

/** A system that is well, at its full plan: what each series shows in place of the usual with `changes`. */
class System {
  readonly input: RenderInput;
  readonly rules: Rule[];
  readonly node: boolean;

  constructor(input: RenderInput) {
    this.input = input;
    this.node = input.platform.kind === 'node';
    const contents = monitoring.render(input).find(({ path }) => path === 'rules.yaml')!.contents;
    const { groups } = readYaml(contents) as { groups: { rules: Rule[] }[] };
    this.rules = groups.flatMap(({ rules }) => rules);
  }

  services(): [string, ServicePlan][] {
    return Object.entries(this.input.plan.services);
  }

  policy(service: string): Policy {
    return this.input.policies[this.input.plan.services[service]!.policy]!;
  }

  /** Labels that cAdvisor gives the copies of a service. */
  copies(service: string): string[] {
    const { stack, plan } = this.input;
    if (!this.node) return [`instance="h",name="${stack.name}-${service}-1"`];
    const count = plan.services[service]!.replicas.max;
    return Array.from({ length: count }, (_, index) => this.copy(service, `${index}`));
  }

  copy(service: string, suffix: string): string {
    return `namespace="${this.input.stack.namespace}",pod="${service}-${suffix}",container="${service}"`;
  }

  common(): string {
    return this.node ? `namespace="${this.input.stack.namespace}"` : '';
  }

  usual(): Series {
    const containers = this.services().flatMap(([service, plan]) =>
      this.copies(service).map((labels) => this.container(labels, service, plan)),
    );
    return Object.assign({}, ...containers, this.software());
  }

  /** All that the plan counts with, and a third of what it leaves free for peaks. A cache grows by 6 % in fragments. */
  fullMemory(service: string): number {
    const { ledger } = this.input.plan.services[service]!;
    const isCache = this.policy(service).name.startsWith('redis');
    return Math.floor(
      (isCache ? ledger.usedMiB * 1.06 : ledger.usedMiB + ledger.reserveMiB + ledger.headroomMiB / 3) * MIB,
    );
  }

  container(labels: string, service: string, { limits, requests }: ServicePlan): Series {
    const cores = requests.cpuMillis / 1000;
    const full = this.fullMemory(service);
    const cached = this.policy(service).metrics.pageCache;
    const series: Series = {
      container_cpu_usage_seconds_total: counter(cores * 0.6 * 60),
      container_cpu_cfs_periods_total: counter(600),
      container_cpu_cfs_throttled_periods_total: counter(120), // 20 %: ordinary for many threads
      container_spec_cpu_quota: always(requests.cpuMillis * 100),
      container_spec_cpu_period: always(100_000),
      container_memory_working_set_bytes: always(cached ? limits.memoryMiB * MIB : full), // page cache fills the limit
      container_memory_rss: always(cached ? Math.floor(full / 2) : full),
      container_memory_mapped_file: always(Math.floor(full / 2)),
      container_spec_memory_limit_bytes: always(limits.memoryMiB * MIB),
      container_oom_events_total: always(0),
      ...(this.node && { kube_pod_container_status_restarts_total: always(1) }),
    };
    return Object.fromEntries(Object.entries(series).map(([name, values]) => [`${name}{${labels}}`, values]));
  }

  /** Settings as planned, pools and caches full, and what the author expects. */
  software(): Series {
    const common = this.common();
    const settings = this.services().flatMap(([service, plan]) =>
      this.policy(service).metrics.settings.map(({ parameter, metric, per }) => [
        `${metric}{${common}}`,
        always(plan.parameters[parameter]!.value * per),
      ]),
    );
    const { api, postgres, redis } = this.input.plan.services;
    if (!api || !postgres || !redis) return Object.fromEntries(settings);
    const clients = api.parameters.DB_POOL_SIZE!.value * this.copies('api').length;
    const activity = (state: string, type: string) =>
      `pg_stat_activity_count{${[common, `state="${state}"`, `backend_type="${type}"`].filter(Boolean).join(',')}}`;
    return {
      ...Object.fromEntries(settings),
      [activity('active', 'client backend')]: always(clients),
      // exporter, migrations, backup
      [activity('idle', 'client backend')]: always(
        Math.min(5, postgres.parameters.max_connections!.value - 4 - clients),
      ),
      [activity('active', 'parallel worker')]: always(postgres.parameters.max_parallel_workers!.value),
      [`redis_memory_used_bytes{${common}}`]: always(
        redis.parameters.maxmemory!.value * MIB * (redis.policy === 'redis' ? 1 : 0.85),
      ),
      [`spatialvortex_cache_hit_rate{${common}}`]: '0.95x180',
      [`spatialvortex_inference_latency_p95_ms{${common}}`]: '1.9x180',
      [`spatialvortex_db_query_latency_p95_ms{${common}}`]: '4.9x180',
      [`spatialvortex_api_throughput{${common}}`]: always(5000 * this.copies('api').length),
      [`spatialvortex_voice_concurrent_streams{${common}}`]: always(40 * this.copies('api').length),
    };
  }

  alerts(): Rule[] {
    return this.rules.filter(({ alert }) => alert !== undefined);
  }
}

type Change = (system: System) => Series;
const over = (system: System, change: (labels: string, service: string, plan: ServicePlan) => Series): Series =>
  Object.assign(
    {},
    ...system.services().flatMap(([name, plan]) => system.copies(name).map((labels) => change(labels, name, plan))),
  );

const health: Record<string, Change> = {
  'at the full plan': () => ({}),
  'all of the CPU for 15 minutes, throttled in every period': (system) =>
    over(system, (labels, _, { requests }) => ({
      [`container_cpu_usage_seconds_total{${labels}}`]: counter((requests.cpuMillis / 1000) * 36, {
        from: 60,
        to: 75,
        step: (requests.cpuMillis / 1000) * 60,
      }),
      [`container_cpu_cfs_throttled_periods_total{${labels}}`]: counter(120, { from: 60, to: 75, step: 600 }),
    })),
  'idle, throttled in most of its few periods': (system) =>
    over(system, (labels) => ({
      [`container_cpu_usage_seconds_total{${labels}}`]: counter(0.3),
      [`container_cpu_cfs_periods_total{${labels}}`]: counter(20),
      [`container_cpu_cfs_throttled_periods_total{${labels}}`]: counter(15),
    })),
  'a rollout of a smaller plan, one copy after the other': (system) => {
    const changed: Series = {};
    for (const [service, { replicas, startupSeconds, limits, requests }] of system.services()) {
      const grace = system.input.stack.services.find(({ name }) => name === service)!.deploy!.terminationGraceSeconds;
      const step = (grace + startupSeconds) / 60;
      const copies = system.node ? replicas.max : 1;
      for (let index = 0; index < copies; index += 1) {
        const gone = Math.max(2, Math.floor(3 + step * index));
        const come = Math.min(MINUTES - 2, gone + Math.ceil(grace / 60)); // measured from its start on, ready or not
        const old = system.node ? system.copy(service, `old-${index}`) : system.copies(service)[0]!;
        const was = system.container(old, service, {
          ...system.input.plan.services[service]!,
          limits: { ...limits, memoryMiB: limits.memoryMiB * 2 },
          requests: { cpuMillis: requests.cpuMillis * 2, memoryMiB: requests.memoryMiB * 2 },
        });
        for (const [name, values] of Object.entries(was)) {
          const usual = values.replace(`x${MINUTES}`, '');
          const isCounter = values.startsWith('0+');
          const memory = /rss|working_set|mapped/.test(name) ? `${Number(usual) * 2}` : usual;
          if (system.node) {
            changed[name] = `${isCounter ? usual : memory}x${gone} stale`;
            const now = name.replace(`${service}-old-${index}"`, `${service}-${index}"`);
            const planned = system.container(
              system.copy(service, `${index}`),
              service,
              system.input.plan.services[service]!,
            )[now]!;
            changed[now] = `_x${come} ${planned.replace(`x${MINUTES}`, `x${MINUTES - come}`)}`;
          }
        }
      }
      // Servers report their old settings until they are started again.
      for (const { parameter, metric, per } of system.policy(service).metrics.settings) {
        const { value } = system.input.plan.services[service]!.parameters[parameter]!;
        const restarted = Math.max(2, Math.min(MINUTES - 1, Math.floor(3 + step * copies)));
        changed[`${metric}{${system.common()}}`] = until(restarted, (value + 1) * per, value * per);
      }
    }
    if (system.input.plan.services.api) {
      // The newest copy has a cold cache for half an hour.
      const end = Math.min(
        170,
        Math.ceil(10 + 5 * (system.node ? system.input.plan.services.api.replicas.max : 1)) + 28,
      );
      changed[`spatialvortex_cache_hit_rate{${system.common()}}`] = `0.97x9 0.6x${end - 10} 0.97x${MINUTES - end}`;
    }
    return changed;
  },
  'a restart after a crash, with the exporters away meanwhile': (system) => ({
    ...over(system, (labels) => ({
      [`container_cpu_usage_seconds_total{${labels}}`]: `0+30x60 0+30x${MINUTES - 61}`,
      [`container_cpu_cfs_periods_total{${labels}}`]: `0+600x60 0+600x${MINUTES - 61}`,
      [`container_cpu_cfs_throttled_periods_total{${labels}}`]: `0+60x60 0+60x${MINUTES - 61}`,
      ...(system.node && {
        [`kube_pod_container_status_restarts_total{${labels}}`]: `1x60 2x${MINUTES - 61}`,
        [`kube_pod_container_status_last_terminated_reason{${labels},reason="Error"}`]: `_x60 1x${MINUTES - 61}`,
      }),
    })),
    ...Object.fromEntries(
      Object.entries(system.software()).map(([name, values]) => [
        name,
        `${values.replace(/x\d+$/, '')}x60 _x10 ${values.replace(/x\d+$/, '')}x${MINUTES - 72}`,
      ]),
    ),
  }),
  'a rewrite of the append-only file, which copies most of the memory for four minutes': (system) =>
    over(system, (labels, service, { limits }): Series => {
      if (system.policy(service).name !== 'redis-persistent') return {};
      const half = Math.floor(system.fullMemory(service) / 2);
      return {
        [`container_memory_rss{${labels}}`]: `${half}x60 ${Math.floor(limits.memoryMiB * MIB * 0.97 - half)}x3 ${half}x${MINUTES - 65}`,
      };
    }),
};

/** What makes an alert fire. */
function faultOf(system: System, { alert, labels: { service = '', parameter, signal } }: Rule): Series {
  const plan = system.input.plan.services[service]!;
  const first = system.copies(service)[0]!;
  const policy = system.policy(service);
  const memory = (bytes: number): Series => ({
    [`container_memory_working_set_bytes{${first}}`]: always(bytes),
    [`container_memory_rss{${first}}`]: always(bytes),
    [`container_memory_mapped_file{${first}}`]: always(0),
  });
  const { ledger, limits } = plan;
  switch (alert) {
    case 'SizewrightCpuThrottled':
      return { [`container_cpu_cfs_throttled_periods_total{${first}}`]: counter(160) }; // 27 %
    case 'SizewrightMemoryAbovePlan':
      return memory((ledger.usedMiB + ledger.reserveMiB + ledger.headroomMiB + 1) * MIB);
    case 'SizewrightMemoryNearLimit':
      return memory(Math.ceil(limits.memoryMiB * MIB * 0.951));
    case 'SizewrightOomKilled':
      return { [`container_oom_events_total{${first}}`]: until(MINUTES - 5, 0, 1) };
    case 'SizewrightLimitDiffers':
      return { [`container_spec_memory_limit_bytes{${first}}`]: always((limits.memoryMiB - 1) * MIB) };
    case 'SizewrightNotReported':
      return Object.assign(
        {},
        ...system
          .copies(service)
          .map((labels) =>
            Object.fromEntries(
              Object.keys(system.container(labels, service, plan)).map((name) => [name, `_x${MINUTES}`]),
            ),
          ),
      );
    case 'SizewrightSettingDiffers': {
      const { metric, per } = policy.metrics.settings.find((one) => one.parameter === parameter)!;
      return { [`${metric}{${system.common()}}`]: always((plan.parameters[parameter!]!.value + 1) * per) };
    }
    default:
      return signalFault(system, plan, signal!);
  }
}

function signalFault(system: System, plan: ServicePlan, signal: string): Series {
  const common = system.common();
  const activity = (state: string) =>
    `pg_stat_activity_count{${[common, `state="${state}"`, 'backend_type="client backend"'].filter(Boolean).join(',')}}`;
  const { api, postgres } = system.input.plan.services;
  const busy = over(
    system,
    (labels, service, { requests }): Series =>
      service === 'api'
        ? { [`container_cpu_usage_seconds_total{${labels}}`]: counter((requests.cpuMillis / 1000) * 57) }
        : {},
  );
  switch (signal) {
    case 'CONNECTIONS':
      return { [activity('idle')]: always(postgres!.parameters.max_connections!.value - 3) };
    case 'POOL_IN_USE':
      return {
        [activity('active')]: always(api!.parameters.DB_POOL_SIZE!.value * system.copies('api').length),
        [`spatialvortex_db_query_latency_p95_ms{${common}}`]: always(50),
      };
    case 'MEMORY_USED':
      return { [`redis_memory_used_bytes{${common}}`]: always(plan.parameters.maxmemory!.value * MIB * 0.91) };
    case 'CACHE_HIT_RATE':
      return { [`spatialvortex_cache_hit_rate{${common}}`]: '0.90x180' };
    case 'INFERENCE_LATENCY_P95':
      return { [`spatialvortex_inference_latency_p95_ms{${common}}`]: always(2) };
    case 'DB_QUERY_LATENCY_P95':
      return { [`spatialvortex_db_query_latency_p95_ms{${common}}`]: always(5) };
    case 'API_THROUGHPUT':
      return { ...busy, [`spatialvortex_api_throughput{${common}}`]: always(100 * system.copies('api').length) };
    case 'VOICE_STREAMS':
      return { ...busy, [`spatialvortex_voice_concurrent_streams{${common}}`]: always(2) };
    default:
      throw new Error(`no fault for the signal ${signal}`);
  }
}

const places = [
  ...(['spatialvortex', 'a Redis that keeps its data'] as const).flatMap((stack) => [
    { stack, profile: '1cpu-3gi', platform: 'host' },
    { stack, profile: '16cpu-32gi', platform: 'host' },
    { stack, profile: 'c6i.8xlarge', platform: 'kubernetes' },
  ]),
  { stack: 'stranger' as const, profile: 'm7g.xlarge', platform: 'host' },
  { stack: 'stranger' as const, profile: 'm7g.xlarge', platform: 'kubernetes' },
];

describe.concurrent.each(places)('$stack on $profile, $platform', ({ stack, profile, platform }) => {
  let system: System;
  let rules: string;
  beforeAll(() => {
    system = new System(inputOf(stack, profile, platform));
    rules = join(temporaryFolder(), 'rules.yaml');
    writeFileSync(rules, monitoring.render(system.input).find(({ path }) => path === 'rules.yaml')!.contents);
  });

  test('is silent in health', async () => {
    const tests = Object.entries(health).map(([name, change]) =>
      scenario(
        name,
        { ...system.usual(), ...change(system) },
        'count by (alertname, service, signal, parameter) (count_over_time(ALERTS{alertstate="firing"}[3h]))',
        [],
      ),
    );
    await ruleTests(rules, tests);
  });

  test('fires for each fault', async () => {
    const alerts = system.alerts();
    // Those of memory, and of nothing at all, contradict each other; the others come together.
    const apart = ['SizewrightMemoryAbovePlan', 'SizewrightMemoryNearLimit', 'SizewrightNotReported'];
    const groups = [
      ...apart.map((name) => [name]),
      [...new Set(alerts.map(({ alert }) => alert!))].filter((name) => !apart.includes(name)),
    ];
    const tests = groups.map((names) => {
      const rules = alerts.filter(({ alert }) => names.includes(alert!));
      const series = Object.assign(system.usual(), ...rules.map((rule) => faultOf(system, rule)));
      const fired = rules.map(({ alert, labels: { service, parameter, signal } }) => ({
        labels: `{${Object.entries({ alertname: alert, service, parameter, signal })
          .filter(([, value]) => value !== undefined)
          .map(([name, value]) => `${name}="${value}"`)
          .join(',')}}`,
        value: 1,
      }));
      const by = 'alertname, service, parameter, signal';
      const named = names.map((name) => `ALERTS{alertstate="firing",alertname="${name}"}`).join(' or ');
      return scenario(names.join(), series, `count by (${by}) (${named}) > bool 0`, fired);
    });
    expect(alerts.length).toBeGreaterThan(10);
    await ruleTests(rules, tests);
  });
});

function scenario(name: string, series: Series, expr: string, exp_samples: object[]): object {
  return {
    name,
    interval: '1m',
    input_series: Object.entries(series).map(([one, values]) => ({ series: one, values })),
    promql_expr_test: [{ expr, eval_time: '3h', exp_samples }],
  };
}

/** @throws what promtool says of those that fail */
async function ruleTests(rules: string, tests: readonly object[]): Promise<void> {
  const file = join(temporaryFolder(), 'test.yaml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ rule_files: [rules], evaluation_interval: '1m', tests }));
  await run(promtool, ['test', 'rules', file]);
}

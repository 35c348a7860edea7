import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { synthesize } from '../../../src/synth.ts';
import { monitoring } from '../../../src/targets/monitoring/index.ts';
import { checkObserved } from '../../../src/targets/read-back.ts';
import type { Artifact, RenderInput } from '../../../src/targets/target.ts';
import { packageFiles } from '../../commands.ts';
import { cost, parameter, policyOf, service, stackOf } from '../../samples.ts';
import { renderInput } from '../../support.ts';
import { hostInput, policiesWith } from '../docker/support.ts';

interface Rule {
  record?: string;
  alert?: string;
  expr: string;
  for?: string;
  labels: Record<string, string>;
  annotations?: Record<string, string>;
}

/** As a YAML parser that is not the renderer's reads them. */
function rulesOf(input: RenderInput): Rule[] {
  const file = monitoring.render(input).find(({ path }) => path === 'rules.yaml')!;
  return (parse(file.contents) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules);
}

const find = (rules: readonly Rule[], name: string, labels: Record<string, string>) =>
  rules.filter(
    ({ record, alert, labels: has }) =>
      (record ?? alert) === name && Object.entries(labels).every(([label, value]) => has[label] === value),
  );
const only = (rules: readonly Rule[], name: string, labels: Record<string, string>): Rule => {
  const found = find(rules, name, labels);
  expect(found).toHaveLength(1);
  return found[0]!;
};

const host = renderInput('c6i.8xlarge');
const node = renderInput('c6i.8xlarge', { platform: 'kubernetes' });
const hostRules = rulesOf(host);
const nodeRules = rulesOf(node);

describe('what is planned', () => {
  // c6i.8xlarge, host: 35993 MiB x 1048576; costs 18208 + reserve 128 = 18336 MiB; 20000m
  it.each([
    ['sizewright:plan_memory_limit:bytes', {}, 'vector(37741395968)'],
    ['sizewright:plan_memory_used:bytes', {}, 'vector(19226689536)'],
    ['sizewright:plan_cpu_limit:cores', {}, 'vector(20)'],
    ['sizewright:plan_parameter:value', { parameter: 'DB_POOL_SIZE' }, 'vector(80)'],
    ['sizewright:plan_parameter:value', { parameter: 'ONNX_POOL_SIZE' }, 'vector(32)'],
  ])('%s %o', (record, labels, expr) => {
    const rule = only(hostRules, record, { service: 'api', ...labels });
    expect(rule).toMatchObject({ expr, labels: { stack: 'spatialvortex' } });
  });

  it('is a fraction of a core without an exponent', () => {
    expect(only(nodeRules, 'sizewright:plan_cpu_limit:cores', { service: 'api' }).expr).toBe('vector(19.72)');
  });

  it('has the reason above each number', () => {
    const text = monitoring.render(node).find(({ path }) => path === 'rules.yaml')!.contents;
    expect(text).toContain(
      '      # api: DB_POOL_SIZE, 18 = (197 - 8) / 10 replicas; the formula alone gives 76; every replica',
    );
  });
});

describe('what is measured', () => {
  it('on a host is a container of Docker or Compose, or a unit of systemd', () => {
    expect(only(hostRules, 'sizewright:memory_limit:bytes', { service: 'postgres' }).expr).toBe(
      'max by (instance) (container_spec_memory_limit_bytes{name=~"spatialvortex-postgres(-[0-9]+)?"} or container_spec_memory_limit_bytes{id=~"/.+/postgresql@15-main[.]service"})',
    );
  });

  it('on Kubernetes is a container of the namespace', () => {
    expect(only(nodeRules, 'sizewright:memory_used:bytes', { service: 'api' }).expr).toBe(
      'max by (pod) (container_memory_working_set_bytes{namespace="spatialvortex",container="api"})',
    );
  });

  it('leaves the page cache out where the policy says so', () => {
    expect(only(nodeRules, 'sizewright:memory_used:bytes', { service: 'postgres' }).expr).toBe(
      'max by (pod) (container_memory_rss{namespace="spatialvortex",container="postgres"}) + max by (pod) (container_memory_mapped_file{namespace="spatialvortex",container="postgres"})',
    );
  });

  it('of the software comes from the policy, for all series or for those of the namespace', () => {
    const signal = (rules: readonly Rule[]) => only(rules, 'sizewright:signal:value', { signal: 'POOL_IN_USE' }).expr;
    const replicas = 'scalar(sizewright:replicas:count{stack="spatialvortex",service="api"})';
    expect(signal(hostRules)).toBe(
      `sum(pg_stat_activity_count{backend_type!="parallel worker",state!="idle"}) / ${replicas}`,
    );
    expect(signal(nodeRules)).toBe(
      `sum(pg_stat_activity_count{namespace="spatialvortex",backend_type!="parallel worker",state!="idle"}) / ${replicas}`,
    );
    expect(only(nodeRules, 'sizewright:setting:value', { parameter: 'work_mem' }).expr).toBe(
      'max(pg_settings_work_mem_bytes{namespace="spatialvortex"}) / 1024',
    );
  });
});

describe('alerts', () => {
  it('name the parameter to look at, its value and why it is that', () => {
    const saturated = only(nodeRules, 'SizewrightParameterSaturated', { service: 'api' });
    expect(saturated).toMatchObject({
      expr: 'sizewright:signal:value{stack="spatialvortex",service="api",signal="POOL_IN_USE"} / on (stack, service) group_left () sizewright:plan_parameter:value{stack="spatialvortex",service="api",parameter="DB_POOL_SIZE"} > 0.90 and on (stack, service) (sizewright:signal:value{stack="spatialvortex",service="api",signal="DB_QUERY_LATENCY_P95"} >= on (stack, service) group_left () sizewright:expected:value{stack="spatialvortex",service="api",signal="DB_QUERY_LATENCY_P95",bound="below"})',
      for: '10m',
      labels: { severity: 'warning', parameter: 'DB_POOL_SIZE' },
    });
    expect(saturated.annotations!.parameter).toMatch(
      /^DB_POOL_SIZE = 18; 18 = \(197 - 8\) \/ 10 replicas; the formula alone gives 76; every replica's pool can fill up; /,
    );
  });

  it.each([
    ['SizewrightCpuThrottled', 'api', 'ACTIX_WORKERS'],
    ['SizewrightCpuThrottled', 'postgres', 'max_parallel_workers'],
    ['SizewrightCpuThrottled', 'redis', 'io_threads'],
    ['SizewrightMemoryAbovePlan', 'api', 'ONNX_POOL_SIZE'], // 16,000 MiB, the largest cost
    ['SizewrightMemoryNearLimit', 'postgres', 'shared_buffers'], // 3,599 MiB; work_mem's are 3,072
    ['SizewrightOomKilled', 'redis', 'maxmemory'],
  ])('%s of %s: %s', (alert, name, expected) => {
    expect(only(hostRules, alert, { service: name }).labels.parameter).toBe(expected);
  });

  it('call by its real name what formulas write otherwise', () => {
    expect(only(hostRules, 'SizewrightSettingDiffers', { parameter: 'io_threads' }).annotations!.parameter).toMatch(
      /^io-threads = 3; /,
    );
  });

  it('of expectations are labelled as such, for the core counts that the author named', () => {
    const throughput = (cores: string) =>
      find(rulesOf(renderInput(`${cores}cpu-64gi`)), 'SizewrightExpectationMissed', { signal: 'API_THROUGHPUT' });
    const expected = (cores: string) =>
      find(rulesOf(renderInput(`${cores}cpu-64gi`)), 'sizewright:expected:value', { signal: 'API_THROUGHPUT' }).map(
        ({ expr, labels }) => [labels.bound, expr],
      );
    expect(throughput('20')).toEqual([]);
    expect(expected('8')).toEqual([['atLeast', 'vector(1200)']]);
    expect(expected('16')).toEqual([
      ['atLeast', 'vector(1600)'],
      ['upTo', 'vector(2400)'],
    ]);
    expect(throughput('32')).toMatchObject([
      {
        labels: { severity: 'info', basis: 'expected', parameter: 'ACTIX_WORKERS' },
        annotations: {
          description:
            "{{ $value }} req/s, 3200 to 4800 are expected by the policy's author, not measured; at its CPU limit it answers less than its author expects",
        },
      },
    ]);
    expect(throughput('32')[0]!.expr).toContain(' and on (stack, service) (sizewright:cpu_used:cores{');
  });

  it('need no CPU limit where the stack asks for none', () => {
    const { stack, policies } = host;
    const services = stack.services.map((one) => ({ ...one, cpuLimit: 'none' as const }));
    const rules = rulesOf(hostInput({ ...stack, services }, policies, { 'c6i.8xlarge': ['api', 'postgres', 'redis'] }));
    expect(find(rules, 'sizewright:plan_cpu_limit:cores', {})).toEqual([]);
    expect(only(rules, 'SizewrightLimitDiffers', { service: 'api' }).expr).not.toContain('cpu');
  });

  it('keep texts that Prometheus would take for a template', () => {
    const hostile = '{{ $value }} "quoted" \\ {{ end }}';
    const { settings, ...metrics } = policiesWith({}).redis!.metrics;
    const signals = metrics.signals.map((signal) => ({ ...signal, abovePercent: 120, why: hostile }));
    const policies = policiesWith({ redis: { metrics: { ...metrics, settings, signals: signals.slice(0, 1) } } });
    const rules = rulesOf(hostInput(host.stack, policies, { 'c6i.8xlarge': ['redis'] }));
    const { annotations, expr } = only(rules, 'SizewrightParameterSaturated', { service: 'redis' });
    expect(annotations!.description).toBe(
      '{{ $value | humanizePercentage }} of 43,191; {{ "{{" }} $value }} "quoted" \\ {{ "{{" }} end }}',
    );
    expect(expr).toMatch(/ > 1\.20$/);
  });
});

describe('files', () => {
  it('on Kubernetes are the same groups for the Prometheus Operator too', () => {
    const files = Object.fromEntries(monitoring.render(node).map(({ path, contents }) => [path, contents]));
    expect(Object.keys(files)).toEqual(['rules.yaml', 'prometheusrule.yaml', 'dashboard.json']);
    const object = parse(files['prometheusrule.yaml']!);
    expect(object).toMatchObject({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: 'spatialvortex-sizewright', namespace: 'spatialvortex' },
    });
    expect(object.spec).toEqual(parse(files['rules.yaml']!));
  });

  it('have the plan beside what is measured in each panel that has both', () => {
    const { panels, title } = JSON.parse(monitoring.render(host).at(-1)!.contents);
    expect(title).toBe('spatialvortex on c6i.8xlarge, host');
    const memory = panels.find((panel: { title: string }) => panel.title === 'api: memory');
    expect(memory.targets).toMatchObject([
      { legendFormat: 'used {{instance}}' },
      { expr: 'sizewright:plan_memory_used:bytes{stack="spatialvortex",service="api"}', legendFormat: 'planned use' },
      { legendFormat: 'planned limit' },
    ]);
    expect(memory.description).toContain('ONNX_POOL_SIZE 32: 16,000 MiB, documented.');
    const ids = panels.map(({ id }: { id: number }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('lay panels side by side, none over another', () => {
    const { panels } = JSON.parse(monitoring.render(node).at(-1)!.contents);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }: { gridPos: Record<string, number> }) =>
      Array.from({ length: w! * h! }, (_, index) => `${x! + (index % w!)} ${y! + Math.floor(index / w!)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });

  it('of a policy that measures nothing are about its limits alone', () => {
    const policy = policyOf({
      memory: { headroom: cost(0), reserve: cost(0), yields: [] },
      parameters: { A: parameter() },
    });
    const input = hostInput(stackOf({ services: { web: service() } }, [policy]), [policy], { 'c6i.8xlarge': ['web'] });
    const alerts = rulesOf(input).filter(({ alert }) => alert !== undefined);
    expect(alerts.map(({ alert }) => alert)).toEqual(
      ['CpuThrottled', 'MemoryAbovePlan', 'MemoryNearLimit', 'OomKilled', 'LimitDiffers', 'NotReported'].map(
        (name) => `Sizewright${name}`,
      ),
    );
    expect(alerts.filter(({ labels, annotations }) => labels.parameter ?? annotations!.parameter)).toEqual([]);
    expect(monitoring.read(monitoring.render(input), input).findings).toEqual([]);
  });

  it('are made on request, for both kinds of platforms', async () => {
    const targetsOf = async (targets?: string[]) => {
      const { folders } = await synthesize({ profiles: ['c6i.8xlarge'], ...(targets && { targets }) }, packageFiles());
      return folders.filter(({ target }) => target !== 'plan').map(({ path }) => path.split('/').slice(2).join('/'));
    };
    expect((await targetsOf()).filter((path) => path.includes('monitoring'))).toEqual([]);
    expect(await targetsOf(['monitoring'])).toEqual(['host/monitoring', 'kubernetes/monitoring']);
  });
});

describe('reading back', () => {
  const artifacts = monitoring.render(node);
  const edited = (path: string, from: string, to: string): Artifact[] =>
    artifacts.map((artifact) => {
      if (artifact.path !== path) return artifact;
      expect(artifact.contents).toContain(from);
      return { ...artifact, contents: artifact.contents.replaceAll(from, to) };
    });
  const findings = (files: Artifact[]) =>
    checkObserved(node.plan, monitoring.read(files, node), 'monitoring').map(({ code, path }) => `${code} ${path}`);

  it.each(['c6i.8xlarge', '4cpu-8gi', 'm7g.2xlarge'])('finds the plan of %s', (profile) => {
    for (const platform of ['host', 'kubernetes']) {
      const input = renderInput(profile, { platform });
      expect(checkObserved(input.plan, monitoring.read(monitoring.render(input), input), 'monitoring')).toEqual([]);
    }
  });

  it.each([
    ['a parameter', 'rules.yaml', '"vector(38)"', '"vector(39)"', 'services.api.parameters.ACTIX_WORKERS'],
    ['a memory limit', 'rules.yaml', '"vector(35842424832)"', '"vector(1)"', 'services.api.limits.memoryMiB'],
    ['a CPU limit', 'rules.yaml', '"vector(19.72)"', '"vector(19)"', 'services.api.limits.cpuMillis'],
    ['the planned use', 'rules.yaml', '"vector(19157483520)"', '"vector(1)"', 'sizewright:plan_memory_used:bytes'],
    ['a value in an alert', 'rules.yaml', 'DB_POOL_SIZE = 18;', 'DB_POOL_SIZE = 76;', 'SizewrightParameterSaturated'],
    ['other groups', 'prometheusrule.yaml', '"vector(38)"', '"vector(39)"', 'prometheusrule.yaml'],
    ['an unknown series', 'dashboard.json', 'sizewright:cpu_used:cores', 'sizewright:cpu_use:cores', 'api: CPU'],
  ])('notices %s', (_, path, from, to, where) => {
    expect(findings(edited(path, from, to)).join('\n')).toContain(where);
  });
});

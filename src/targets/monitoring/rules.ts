/** What Prometheus records: the plan's values as series, and beside them what is measured. */
import { reasonOf } from '../../plan/decide/decision.ts';
import type { ServicePlan } from '../../plan/plan.ts';
import { formatCores } from '../../units.ts';
import type { RenderedService } from '../rendered.ts';
import type { RenderInput } from '../target.ts';
import {
  containersOf,
  copyLabel,
  fillQuery,
  formatMatchers,
  isHost,
  type Matcher,
  ofService,
  type Place,
  RANGE,
  SERIES,
  softwareOf,
} from './series.ts';

/** A recording rule has `record`, an alerting rule `alert`. */
export interface Rule {
  record?: string;
  alert?: string;
  expr: string;
  for?: string;
  labels: Record<string, string>;
  annotations?: Record<string, string>;
}

/** What an expectation is labelled with, everywhere. */
export const EXPECTED = "expected by the policy's author, not measured";

export const BYTES_PER_MIB = 1_048_576;

/** Ranges that hold for this plan: the author named a core count with some. */
export function expectationsOf({ policy, plan }: RenderedService) {
  return policy.metrics.signals.flatMap((signal) =>
    signal.expected
      .filter(({ cores }) => cores === undefined || cores === plan.cores)
      .map((range) => ({ signal, range })),
  );
}

export interface PlannedRule {
  rule: Rule;
  why: string;
}

/** Costs, reserve and headroom: what the plan leaves to the service, without what is free beside them. */
export function mostMemoryMiB({ usedMiB, reserveMiB, headroomMiB }: ServicePlan['ledger']): number {
  return usedMiB + reserveMiB + headroomMiB;
}

/** What was decided, with the reason of each number. */
export function plannedRules({ stack }: RenderInput, rendered: RenderedService): PlannedRule[] {
  const { service, policy, plan } = rendered;
  const { limits, requests, ledger } = plan;
  const planned = (record: string, value: string, why: string, more: Record<string, string> = {}): PlannedRule => ({
    rule: { record, expr: `vector(${value})`, labels: { stack: stack.name, service: service.name, ...more } },
    why: `${service.name}: ${why}`,
  });
  const bytes = (miB: number) => `${miB * BYTES_PER_MIB}`;
  return [
    planned(SERIES.planCpuRequest, formatCores(requests.cpuMillis), 'CPU request'),
    ...(limits.cpuMillis === undefined
      ? []
      : [planned(SERIES.planCpuLimit, formatCores(limits.cpuMillis), 'CPU limit')]),
    planned(SERIES.planMemoryLimit, bytes(limits.memoryMiB), `memory limit, ${limits.memoryMiB} MiB`),
    planned(
      SERIES.planMemoryUsed,
      bytes(ledger.usedMiB + ledger.reserveMiB),
      `what the plan counts with: costs of ${ledger.usedMiB} MiB and ${ledger.reserveMiB} MiB reserve`,
    ),
    planned(
      SERIES.planMemoryMost,
      bytes(mostMemoryMiB(ledger)),
      `the same with ${ledger.headroomMiB} MiB headroom: no more than that is counted with`,
    ),
    ...policy.parameters.map(({ name, key, unit }) => {
      const decision = plan.parameters[name]!;
      return planned(SERIES.planParameter, `${decision.value}`, `${key}, ${reasonOf(decision)}`, {
        parameter: name,
        unit,
      });
    }),
    ...expectationsOf(rendered).flatMap(({ signal, range }) =>
      (['atLeast', 'upTo', 'below'] as const).flatMap((bound) =>
        range[bound] === undefined
          ? []
          : [
              planned(SERIES.expected, `${range[bound]}`, `${signal.name} in ${signal.unit ?? 'its unit'}`, {
                signal: signal.name,
                bound,
                basis: EXPECTED,
              }),
            ],
      ),
    ),
  ];
}

export function measuredRules(input: RenderInput, { service, policy }: RenderedService): Rule[] {
  const { stack } = input;
  const place: Place = input;
  const by = copyLabel(place);
  const record = (series: string, expr: string, more: Record<string, string> = {}): Rule => ({
    record: series,
    expr,
    labels: { stack: stack.name, service: service.name, ...more },
  });
  const ways = containersOf(place, service);
  /** The same over every way in which the service may run. */
  const any = (expr: (selector: string) => string) => ways.map((way) => expr(formatMatchers(way))).join(' or ');
  const rate = (metric: string) => `sum by (${by}) (${any((selector) => `rate(${metric}{${selector}}[${RANGE}])`)})`;
  const gauge = (metric: string) => `max by (${by}) (${any((selector) => `${metric}{${selector}}`)})`;
  return [
    record(SERIES.cpuUsed, rate('container_cpu_usage_seconds_total')),
    record(
      SERIES.cpuThrottled,
      `${rate('container_cpu_cfs_throttled_periods_total')} / clamp_min(${rate('container_cpu_cfs_periods_total')}, ${BUSY_PERIODS})`,
    ),
    record(SERIES.cpuLimit, `${gauge('container_spec_cpu_quota')} / ${gauge('container_spec_cpu_period')}`),
    record(SERIES.memoryUsed, USED_METRICS[policy.metrics.pageCache ? 'pageCache' : 'plain'].map(gauge).join(' + ')),
    record(SERIES.memoryLimit, gauge('container_spec_memory_limit_bytes')),
    record(SERIES.oomKills, oomKills(place, by, ways)),
    record(SERIES.replicas, `count(${ofService(SERIES.memoryUsed, stack.name, service.name)})`),
    ...policy.metrics.settings.map(({ parameter, metric, per }) =>
      record(SERIES.setting, `max(${metric}{${formatMatchers(softwareOf(place))}})${per === 1 ? '' : ` / ${per}`}`, {
        parameter,
      }),
    ),
    ...policy.metrics.signals.map(({ name, query }) =>
      record(SERIES.signal, fillQuery(query, place, ofService(SERIES.replicas, stack.name, service.name)), {
        signal: name,
      }),
    ),
  ];
}

/**
 * CPU periods a second, of ten, in which a container has to run before the throttled ones tell anything: of one that is
 * idle but for a moment, most of its few periods may be.
 */
const BUSY_PERIODS = 2;

/** Whose sum is the memory that a service uses: page cache that the kernel takes back does not count. */
export const USED_METRICS = {
  plain: ['container_memory_working_set_bytes'],
  pageCache: ['container_memory_rss', 'container_memory_mapped_file'],
} as const;

/**
 * Kills in 15 minutes. On Kubernetes a killed container's own series end with it, so its restarts are counted, where
 * the last one was such a kill.
 */
function oomKills(place: Place, by: string, ways: readonly (readonly Matcher[])[]): string {
  const increases = (metric: string) =>
    ways.map((way) => `increase(${metric}{${formatMatchers(way)}}[15m])`).join(' or ');
  const events = `sum by (${by}) (${increases('container_oom_events_total')})`;
  if (isHost(place)) return events;
  const [pods] = ways;
  const reason = formatMatchers([...pods!, { label: 'reason', op: '=', value: 'OOMKilled' }]);
  const last = `max by (${by}) (kube_pod_container_status_last_terminated_reason{${reason}}) == 1`;
  return `(sum by (${by}) (${increases('kube_pod_container_status_restarts_total')}) and on (${by}) (${last})) or ${events}`;
}

/** Limits and use of a service's containers, as cAdvisor and kube-state-metrics say them. */
import { isNearLimit, NEAR_LIMIT_PERCENT, THROTTLED_PERCENT } from '../targets/monitoring/alerts.ts';
import { BYTES_PER_MIB, mostMemoryMiB, USED_METRICS } from '../targets/monitoring/rules.ts';
import { containersOf, type Matcher } from '../targets/monitoring/series.ts';
import type { RenderedService } from '../targets/rendered.ts';
import type { RenderInput } from '../targets/target.ts';
import { formatCount, formatMiB } from '../units.ts';
import { type Row, row } from './row.ts';
import { distinct, divided, highest, type Reading, type Samples, summed } from './samples.ts';

export async function compareContainers(
  input: RenderInput,
  { service, policy, plan }: RenderedService,
  samples: Samples,
): Promise<Row[]> {
  const ways = containersOf(input, service);
  const read = async (metric: string, reading: Reading = 'now', more: readonly Matcher[] = []) =>
    (await Promise.all(ways.map((way) => samples.select(metric, [...way, ...more], reading)))).flat();
  const killed = [{ label: 'reason', op: '=', value: 'OOMKilled' } as const];
  const [limits, quotas, periods, throttled, all, kills, ends, ...uses] = await Promise.all([
    read('container_spec_memory_limit_bytes'),
    read('container_spec_cpu_quota'),
    read('container_spec_cpu_period'),
    read('container_cpu_cfs_throttled_periods_total', 'increase'),
    read('container_cpu_cfs_periods_total', 'increase'),
    read('container_oom_events_total', 'increase'),
    read('kube_pod_container_status_last_terminated_reason', 'now', killed),
    ...USED_METRICS[policy.metrics.pageCache ? 'pageCache' : 'plain'].map((metric) => read(metric, 'peak')),
  ]);
  const rows: Row[] = [];
  const add = (what: string, planned: string, found: string, difference?: Parameters<typeof row>[1]) =>
    rows.push(row({ service: service.name, what, planned, found, from: samples.name }, difference));
  const { ledger } = plan;
  const plannedBytes = plan.limits.memoryMiB * BYTES_PER_MIB;
  const costliest = ledger.items.toSorted((a, b) => b.miB - a.miB)[0];
  const costs = costliest ? `; the largest cost is ${costliest.parameter} with ${formatMiB(costliest.miB)}` : '';

  for (const value of distinct(limits)) {
    const found = value === 0 ? 'none' : bytesText(value);
    add(
      'memory limit',
      formatMiB(plan.limits.memoryMiB),
      found,
      limitDiffers(value !== plannedBytes, formatMiB(plan.limits.memoryMiB), found),
    );
  }
  if (plan.limits.cpuMillis !== undefined) {
    const planned = `${formatCount(plan.limits.cpuMillis)}m`;
    for (const value of distinct(divided(quotas, periods, 1000))) {
      const found = `${formatCount(Math.round(value))}m`;
      add('CPU limit', planned, found, limitDiffers(Math.round(value) !== plan.limits.cpuMillis, planned, found));
    }
  }
  const used = highest(summed(uses));
  if (used !== undefined) {
    const most = mostMemoryMiB(ledger);
    const found = bytesText(used);
    const near = used * 100 > plannedBytes * NEAR_LIMIT_PERCENT;
    const above = used > most * BYTES_PER_MIB && !isNearLimit(most, plan.limits.memoryMiB);
    add(
      'memory used',
      `up to ${formatMiB(most)}`,
      found,
      near || above
        ? {
            code: near ? 'MEMORY_NEAR_LIMIT' : 'MEMORY_ABOVE_PLAN',
            message: `expected at most ${formatMiB(most)}, which are planned for or left free on purpose, got ${found}${near ? `, which is near the limit of ${formatMiB(plan.limits.memoryMiB)}` : ''}${costs}`,
          }
        : undefined,
    );
  }
  const ratio = highest(divided(throttled, all, 100));
  if (ratio !== undefined) {
    const found = `${Math.round(ratio)} %`;
    add(
      'CPU throttled',
      `up to ${THROTTLED_PERCENT} %`,
      found,
      ratio > THROTTLED_PERCENT
        ? {
            code: 'CPU_THROTTLED',
            message: `expected to be held back in at most ${THROTTLED_PERCENT} % of the CPU periods, got ${found}${policy.metrics.cpu === undefined ? '' : `; look at ${policy.metrics.cpu}`}`,
          }
        : undefined,
    );
  }
  if (kills.length + ends.length > 0) {
    const count = Math.ceil([...kills, ...ends].reduce((sum, { value }) => sum + value, 0));
    add(
      'kills for memory',
      '0',
      `${count}`,
      count > 0 ? { code: 'OOM_KILLED', message: `expected none, got ${count}${costs}` } : undefined,
    );
  }
  return rows;
}

function limitDiffers(differs: boolean, planned: string, found: string): Parameters<typeof row>[1] {
  if (!differs) return undefined;
  const message = `expected ${planned} as planned, got ${found}; plan again for the limit that holds`;
  return { code: 'LIMIT_DIFFERS', message };
}

function bytesText(bytes: number): string {
  return formatMiB(Math.floor(bytes / BYTES_PER_MIB));
}

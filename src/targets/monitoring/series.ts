/** Names of the series that the rules record, and what selects the series that they are made of. */

import type { Platform } from '../../platforms/platform.ts';
import type { Stack } from '../../stack/stack.ts';
import type { FlatService } from '../rendered.ts';

/** Planned, in front, and measured. Rates and increases are over `RANGE`. */
export const SERIES = {
  planCpuRequest: 'sizewright:plan_cpu_request:cores',
  planCpuLimit: 'sizewright:plan_cpu_limit:cores',
  planMemoryLimit: 'sizewright:plan_memory_limit:bytes',
  /** What the ledger counts with: costs and reserve, without the headroom. */
  planMemoryUsed: 'sizewright:plan_memory_used:bytes',
  /** The same with the headroom, which is there to be used at times. */
  planMemoryMost: 'sizewright:plan_memory_most:bytes',
  planParameter: 'sizewright:plan_parameter:value',
  expected: 'sizewright:expected:value',
  cpuUsed: 'sizewright:cpu_used:cores',
  cpuLimit: 'sizewright:cpu_limit:cores',
  cpuThrottled: 'sizewright:cpu_throttled:ratio',
  memoryUsed: 'sizewright:memory_used:bytes',
  memoryLimit: 'sizewright:memory_limit:bytes',
  oomKills: 'sizewright:oom_kills:increase15m',
  replicas: 'sizewright:replicas:count',
  setting: 'sizewright:setting:value',
  signal: 'sizewright:signal:value',
} as const;

export const RANGE = '5m';

/** One condition on a label. `=~` is a regular expression over the whole value. */
export interface Matcher {
  label: string;
  op: '=' | '=~';
  value: string;
}

/** Where the containers of a stack run, which decides how cAdvisor labels them. */
export interface Place {
  stack: Pick<Stack, 'name' | 'namespace'>;
  platform: Pick<Platform, 'kind'>;
}

export function isHost({ platform }: Pick<Place, 'platform'>): boolean {
  return platform.kind === 'host';
}

/**
 * What selects a service's containers among cAdvisor's series: each list is a way in which it may run. On a host as the
 * Docker or the Compose target names them, or as a unit of systemd.
 */
export function containersOf(place: Place, service: Pick<FlatService, 'name' | 'systemd'>): Matcher[][] {
  const { stack } = place;
  if (!isHost(place))
    return [
      [
        { label: 'namespace', op: '=', value: stack.namespace },
        { label: 'container', op: '=', value: service.name },
      ],
    ];
  const container: Matcher = { label: 'name', op: '=~', value: `${stack.name}-${service.name}(-[0-9]+)?` };
  const unit = service.systemd?.unit.replaceAll('.', '[.]');
  return [[container], ...(unit === undefined ? [] : [[{ label: 'id', op: '=~', value: `/.+/${unit}` } as const]])];
}

/** The label that tells one running copy of a service from another. */
export function copyLabel(place: Pick<Place, 'platform'>): string {
  return isHost(place) ? 'instance' : 'pod';
}

/** What selects the series of programs and exporters: all that a host's Prometheus has, or those of the namespace. */
export function softwareOf(place: Place): Matcher[] {
  return isHost(place) ? [] : [{ label: 'namespace', op: '=', value: place.stack.namespace }];
}

export function formatMatchers(matchers: readonly Matcher[]): string {
  return matchers.map(({ label, op, value }) => `${label}${op}${JSON.stringify(value)}`).join(',');
}

/** One of our own series, of one service. */
export function ofService(series: string, stack: string, service: string, more: Record<string, string> = {}): string {
  const labels = Object.entries({ stack, service, ...more }).map(
    ([label, value]) => `${label}=${JSON.stringify(value)}`,
  );
  return `${series}{${labels.join(',')}}`;
}

/** A query of a policy with its placeholders replaced. @param replicas what counts the running copies of the service */
export function fillQuery(query: string, place: Place, replicas: string): string {
  const matchers = formatMatchers(softwareOf(place));
  return query
    .replaceAll(/\$selector(\s*,\s*)?/g, (_, comma = '') => (matchers === '' ? '' : matchers + comma))
    .replaceAll('$replicas', () => `scalar(${replicas})`);
}

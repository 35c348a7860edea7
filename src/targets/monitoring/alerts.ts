/** When what is measured departs from the plan. Each alert names the parameter to look at. */

import { evaluate } from '../../formula/evaluate.ts';
import { reasonOf } from '../../plan/decide/decision.ts';
import { inputScope } from '../../policy/compile-inputs.ts';
import type { ExpectedRange, Signal } from '../../policy/policy.ts';
import { formatCount, formatMiB } from '../../units.ts';
import { rolloutSeconds } from '../kubernetes/workload.ts';
import type { RenderedService } from '../rendered.ts';
import type { RenderInput } from '../target.ts';
import { EXPECTED, expectationsOf, mostMemoryMiB, type Rule } from './rules.ts';
import { ofService, SERIES } from './series.ts';

/** Part of the CPU periods in which a container was held back; below it latency is hardly touched. */
export const THROTTLED_PERCENT = 25;
/** Part of the memory limit; above it a peak is a kill. */
export const NEAR_LIMIT_PERCENT = 95;
/** How long a service may take all of its CPU: the 15 minutes of a peak, and the range of the rates that see it. */
const BURST_MINUTES = 20;
/** From when the rules of a new plan are loaded until its rollout begins. */
const ROLLOUT_BEGINS_MINUTES = 5;
/** Part of the CPU limit from which on throughput is what the service can do, and not what is asked of it. */
const LOADED_PERCENT = 80;

interface Alert {
  name: string;
  expr: string;
  minutes: number;
  severity: 'critical' | 'warning' | 'info';
  /** The parameter to look at. */
  parameter?: string | undefined;
  summary: string;
  description: string;
  more?: Record<string, string>;
}

export function alertsOf({ stack }: RenderInput, rendered: RenderedService): Rule[] {
  const { service, policy, plan } = rendered;
  const series = (name: string, more?: Record<string, string>) => ofService(name, stack.name, service.name, more);
  const costliest = plan.ledger.items.toSorted((a, b) => b.miB - a.miB)[0];
  const costs = costliest
    ? `; its largest cost is ${costliest.parameter} with ${formatMiB(costliest.miB)} (${costliest.basis})`
    : '';
  const { limits, ledger } = plan;
  const mostMiB = mostMemoryMiB(ledger);
  // While a new plan is rolled out, the copies that have not been replaced yet run by the old one.
  const rolloutMinutes = Math.ceil(rolloutSeconds(rendered) / 60) + ROLLOUT_BEGINS_MINUTES;
  const alerts: Alert[] = [
    {
      name: 'CpuThrottled',
      expr: `${series(SERIES.cpuThrottled)} > ${ratio(THROTTLED_PERCENT)}`,
      minutes: BURST_MINUTES,
      severity: 'warning',
      parameter: policy.metrics.cpu,
      summary: `${service.name} is held back by its CPU limit`,
      description: `in {{ $value | humanizePercentage }} of the periods it wanted more than its limit; where latency rises with it, give it more CPU or fewer threads`,
    },
    // Where costs and headroom come near the limit, MemoryNearLimit says it first: of a cache that fills up, say.
    ...(isNearLimit(mostMiB, limits.memoryMiB)
      ? []
      : [
          {
            name: 'MemoryAbovePlan',
            expr: `${series(SERIES.memoryUsed)} > ${JOIN} ${series(SERIES.planMemoryMost)}`,
            minutes: Math.max(15, rolloutMinutes),
            severity: 'warning' as const,
            parameter: costliest?.parameter,
            summary: `${service.name} uses more memory than the plan leaves to it`,
            description: `{{ $value | humanize1024 }}B; ${formatMiB(ledger.usedMiB + ledger.reserveMiB)} are planned for and ${formatMiB(ledger.headroomMiB)} left free on purpose, so a cost of the policy is too low${text(costs)}: measure it and correct the policy, or bound the value`,
          },
        ]),
    {
      name: 'MemoryNearLimit',
      // Of the limit that it has, which may be another one while a rollout is under way; LimitDiffers tells of that.
      expr: `${series(SERIES.memoryUsed)} / (${series(SERIES.memoryLimit)} > 0) > ${ratio(NEAR_LIMIT_PERCENT)}`,
      minutes: 5,
      severity: 'critical',
      parameter: costliest?.parameter,
      summary: `${service.name} is about to be killed for its memory`,
      description: `{{ $value | humanizePercentage }} of the limit are used, planned is one of ${formatMiB(limits.memoryMiB)}${text(costs)}`,
    },
    {
      name: 'OomKilled',
      expr: `${series(SERIES.oomKills)} > 0`,
      minutes: 0,
      severity: 'critical',
      parameter: costliest?.parameter,
      summary: `${service.name} was killed for its memory`,
      description: `the limit is ${formatMiB(limits.memoryMiB)}, the plan counts with ${formatMiB(ledger.usedMiB + ledger.reserveMiB)}${text(costs)}`,
    },
    {
      name: 'LimitDiffers',
      expr: [
        `(${series(SERIES.memoryLimit)} != ${JOIN} ${series(SERIES.planMemoryLimit)})`,
        ...(limits.cpuMillis === undefined
          ? []
          : [`(${series(SERIES.cpuLimit)} != ${JOIN} ${series(SERIES.planCpuLimit)})`]),
      ].join(' or '),
      minutes: Math.max(15, rolloutMinutes),
      severity: 'warning',
      summary: `${service.name} runs with other limits than planned`,
      description: `a limit is {{ $value }}; values that were derived from the planned one may not fit: plan again for the limits that hold`,
    },
    {
      name: 'NotReported',
      expr: `absent(${series(SERIES.memoryUsed)})`,
      minutes: 15,
      severity: 'warning',
      summary: `nothing is measured of ${service.name}`,
      description: 'it does not run, or cAdvisor is not scraped: no other alert can fire',
    },
    ...policy.metrics.settings.map(
      ({ parameter }): Alert => ({
        name: 'SettingDiffers',
        expr: `${series(SERIES.setting, { parameter })} != ${JOIN} ${series(SERIES.planParameter, { parameter })}`,
        minutes: Math.max(15, rolloutMinutes),
        severity: 'warning',
        parameter,
        summary: `${service.name} runs with another ${parameter} than planned`,
        description: `it reports {{ $value }} ${text(plan.parameters[parameter]!.unit)}; sizewright verify says where the value comes from`,
      }),
    ),
    ...policy.metrics.signals.flatMap((signal) => saturated(signal) ?? []),
    ...expectationsOf(rendered).map(({ signal, range }) => missed(signal, range)),
  ];

  function saturated(signal: Signal): Alert | undefined {
    const { name, parameter, minutes, does, why, alongside } = signal;
    const threshold = thresholdOf(signal, rendered);
    if (threshold === undefined) return undefined;
    const measured = series(SERIES.signal, { signal: name });
    const [full, of] =
      signal.abovePercent === undefined
        ? [`${measured} > ${threshold}`, '{{ $value }}']
        : [
            `${measured} / ${JOIN} ${series(SERIES.planParameter, { parameter })} > ${ratio(signal.abovePercent)}`,
            '{{ $value | humanizePercentage }}',
          ];
    const symptom = expectationsOf(rendered).find((one) => one.signal.name === alongside);
    return {
      name: 'ParameterSaturated',
      expr: symptom ? `${full} and ${TOGETHER} (${missing(symptom.signal, symptom.range)})` : full,
      minutes,
      severity: 'warning',
      parameter,
      summary: `${service.name} has taken most of ${parameter}: ${text(does)}`,
      description: `${of} of ${formatCount(plan.parameters[parameter]!.value)}; ${text(why)}`,
      more: { signal: name },
    };
  }

  function missing({ name }: Signal, range: ExpectedRange): string {
    const [bound, is] = range.atLeast === undefined ? (['below', '>='] as const) : (['atLeast', '<'] as const);
    return `${series(SERIES.signal, { signal: name })} ${is} ${JOIN} ${series(SERIES.expected, { signal: name, bound })}`;
  }

  function missed(signal: Signal, range: ExpectedRange): Alert {
    const { name, parameter, minutes, does, why, underLoad, unit } = signal;
    const busy = `${series(SERIES.cpuUsed)} / ${JOIN} ${series(SERIES.planCpuRequest)} > ${ratio(LOADED_PERCENT)}`;
    return {
      name: 'ExpectationMissed',
      expr: `${missing(signal, range)}${underLoad ? ` and ${TOGETHER} (${busy})` : ''}`,
      // A copy that has just started is slower: its caches are cold.
      minutes: Math.max(minutes, underLoad ? BURST_MINUTES : 0) + rolloutMinutes,
      severity: 'info',
      parameter,
      summary: `${service.name} misses what is expected: ${text(does)}`,
      description: `{{ $value }} ${text(unit ?? '')}, ${rangeText(range)} are ${EXPECTED}; ${text(why)}`,
      more: { signal: name, basis: 'expected' },
    };
  }

  return alerts.map(({ name, expr, minutes, severity, parameter, summary, description, more }) => ({
    alert: `Sizewright${name}`,
    expr,
    ...(minutes > 0 && { for: `${minutes}m` }),
    labels: {
      severity,
      stack: stack.name,
      service: service.name,
      ...(parameter !== undefined && { parameter }),
      ...more,
    },
    annotations: { summary, description, ...(parameter !== undefined && { parameter: lookAt(rendered, parameter) }) },
  }));
}

/** Of the planned side there is one series a service, or one of each of its parameters and signals. */
const JOIN = 'on (stack, service) group_left ()';
const TOGETHER = 'on (stack, service)';

/** Whether so much of a limit is near it. */
export function isNearLimit(miB: number, limitMiB: number): boolean {
  return miB * 100 >= limitMiB * NEAR_LIMIT_PERCENT;
}

/** What a signal may come up to; undefined where it alerts of nothing. */
export function thresholdOf(
  { above, abovePercent, parameter }: Signal,
  { plan, policy, service }: RenderedService,
): number | undefined {
  const { cores, requests, ledger, parameters } = plan;
  if (abovePercent !== undefined) return (parameters[parameter]!.value * abovePercent) / 100;
  if (above === undefined) return undefined;
  const values = Object.entries(parameters).map(([name, { value }]) => [name, value] as const);
  return evaluate(above.expr, {
    ...inputScope(policy, service.inputs),
    cores,
    ...requests,
    availableMiB: ledger.availableMiB,
    ...Object.fromEntries(values),
  });
}

/** `DB_POOL_SIZE = 9; 76 connections from cores * 4; constraint 76 -> 9: …` */
function lookAt({ policy, plan }: RenderedService, name: string): string {
  const { key } = policy.parameters.find((parameter) => parameter.name === name)!;
  const decision = plan.parameters[name]!;
  return text(`${key} = ${decision.value}; ${reasonOf(decision)}`);
}

/** `1600 to 2400`, `less than 5` */
export function rangeText({ atLeast, upTo, below }: ExpectedRange): string {
  if (below !== undefined) return `less than ${below}`;
  return upTo === undefined ? `at least ${atLeast}` : `${atLeast} to ${upTo}`;
}

/** Text in which Prometheus replaces nothing. */
function text(plain: string): string {
  return plain.replaceAll('{{', '{{ "{{" }}');
}

/** A percentage as PromQL takes it. */
function ratio(percent: number): string {
  return `${Math.floor(percent / 100)}.${`${percent % 100}`.padStart(2, '0')}`;
}

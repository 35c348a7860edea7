/** When what is measured departs from the plan. Each alert names the parameter to look at. */
import type { ExpectedRange, Signal } from '../../policy/policy.ts';
import { formatMiB } from '../../units.ts';
import type { RenderInput } from '../target.ts';
import { type RenderedService, reasonOf } from '../values.ts';
import { EXPECTED, expectationsOf, type Rule } from './rules.ts';
import { ofService, SERIES } from './series.ts';

/** Part of the CPU periods in which a container was held back; below it latency is hardly touched. */
export const THROTTLED_PERCENT = 25;
/** Part of the memory limit; above it a peak is a kill. */
export const NEAR_LIMIT_PERCENT = 95;
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
  const alerts: Alert[] = [
    {
      name: 'CpuThrottled',
      expr: `${series(SERIES.cpuThrottled)} > ${ratio(THROTTLED_PERCENT)}`,
      minutes: 15,
      severity: 'warning',
      parameter: policy.metrics.cpu,
      summary: `${service.name} is held back by its CPU limit`,
      description: `in {{ $value | humanizePercentage }} of the periods it wanted more than its limit; where latency rises with it, give it more CPU or fewer threads`,
    },
    {
      name: 'MemoryAbovePlan',
      expr: `${series(SERIES.memoryUsed)} > ${JOIN} ${series(SERIES.planMemoryUsed)}`,
      minutes: 15,
      severity: 'warning',
      parameter: costliest?.parameter,
      summary: `${service.name} uses more memory than the plan counts with`,
      description: `{{ $value | humanize1024 }}B of the planned ${formatMiB(ledger.usedMiB + ledger.reserveMiB)}; a cost of the policy is too low${text(costs)}: measure it and correct the policy, or bound the value`,
    },
    {
      name: 'MemoryNearLimit',
      expr: `${series(SERIES.memoryUsed)} / ${JOIN} ${series(SERIES.planMemoryLimit)} > ${ratio(NEAR_LIMIT_PERCENT)}`,
      minutes: 5,
      severity: 'critical',
      parameter: costliest?.parameter,
      summary: `${service.name} is about to be killed for its memory`,
      description: `{{ $value | humanizePercentage }} of the limit of ${formatMiB(limits.memoryMiB)} are used${text(costs)}`,
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
      minutes: 15,
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
        minutes: 15,
        severity: 'warning',
        parameter,
        summary: `${service.name} runs with another ${parameter} than planned`,
        description: `it reports {{ $value }} ${text(plan.parameters[parameter]!.unit)}; sizewright verify says where the value comes from`,
      }),
    ),
    ...policy.metrics.signals.filter(({ abovePercent }) => abovePercent !== undefined).map(aboveParameter),
    ...expectationsOf(rendered).map(({ signal, range }) => missed(signal, range)),
  ];

  function aboveParameter(signal: Signal): Alert {
    const { name, parameter, abovePercent, minutes, does, why } = signal;
    return {
      name: 'ParameterSaturated',
      expr: `${series(SERIES.signal, { signal: name })} / ${JOIN} ${series(SERIES.planParameter, { parameter })} > ${ratio(abovePercent!)}`,
      minutes,
      severity: 'warning',
      parameter,
      summary: `${service.name} has taken most of ${parameter}: ${text(does)}`,
      description: `{{ $value | humanizePercentage }} of it; ${text(why)}`,
      more: { signal: name },
    };
  }

  function missed(signal: Signal, range: ExpectedRange): Alert {
    const { name, parameter, minutes, does, why, underLoad, unit } = signal;
    const [bound, is] = range.atLeast === undefined ? (['below', '>='] as const) : (['atLeast', '<'] as const);
    const measured = series(SERIES.signal, { signal: name });
    const busy = `${series(SERIES.cpuUsed)} / ${JOIN} ${series(SERIES.planCpuRequest)} > ${ratio(LOADED_PERCENT)}`;
    return {
      name: 'ExpectationMissed',
      expr: `${measured} ${is} ${JOIN} ${series(SERIES.expected, { signal: name, bound })}${underLoad ? ` and on (stack, service) (${busy})` : ''}`,
      minutes,
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

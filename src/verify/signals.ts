/** What the software and its exporters measure: settings they report, and the signals of a policy. */
import { reasonOf } from '../plan/decide/decision.ts';
import type { ExpectedRange } from '../policy/policy.ts';
import { rangeText, thresholdOf } from '../targets/monitoring/alerts.ts';
import { EXPECTED, expectationsOf } from '../targets/monitoring/rules.ts';
import { containersOf, copyLabel, fillQuery, formatMatchers, softwareOf } from '../targets/monitoring/series.ts';
import type { RenderedService } from '../targets/rendered.ts';
import type { RenderInput } from '../targets/target.ts';
import { formatCount } from '../units.ts';
import { type Row, row } from './row.ts';
import { distinct, highest, type Samples } from './samples.ts';

/** Effective settings, as exporters report them. */
export async function compareReported(
  input: RenderInput,
  { service, policy, plan }: RenderedService,
  samples: Samples,
): Promise<Row[]> {
  const rows = await Promise.all(
    policy.metrics.settings.map(async ({ parameter, metric, per }) => {
      const found = await samples.select(metric, softwareOf(input), 'now');
      const { key } = policy.parameters.find(({ name }) => name === parameter)!;
      const decision = plan.parameters[parameter]!;
      return distinct(found).map((value) => {
        const compared = {
          service: service.name,
          what: key,
          planned: `${formatCount(decision.value)} ${decision.unit}`,
          found: value % per === 0 ? `${formatCount(value / per)} ${decision.unit}` : `${value} of the metric`,
          from: samples.name,
        };
        const differs = value !== decision.value * per;
        const message = `expected ${compared.planned} as planned, got ${compared.found} (${metric})`;
        return row(compared, differs ? { code: 'SETTING_DIFFERS', message, why: reasonOf(decision) } : undefined);
      });
    }),
  );
  return rows.flat();
}

/** Signals against the parameter, or against what the author expects. @param samples that answer PromQL */
export async function compareSignals(input: RenderInput, rendered: RenderedService, samples: Samples): Promise<Row[]> {
  const { service, policy, plan } = rendered;
  const running = containersOf(input, service).map(
    (way) => `container_memory_working_set_bytes{${formatMatchers(way)}}`,
  );
  const replicas = `count(max by (${copyLabel(input)}) (${running.join(' or ')}))`;
  const measured = await Promise.all(
    policy.metrics.signals.map(async (signal) => ({
      signal,
      value: highest(await samples.query!(fillQuery(signal.query, input, replicas))),
    })),
  );
  const isMissedAnywhere = (name: string): boolean =>
    expectationsOf(rendered).some(({ signal, range }) => {
      const { value } = measured.find((one) => one.signal === signal)!;
      return signal.name === name && value !== undefined && isMissed(range, value);
    });
  return measured.flatMap(({ signal, value }) => {
    if (value === undefined) return [];
    const { name, parameter, unit, why, alongside } = signal;
    const decision = plan.parameters[parameter]!;
    const found = `${Math.round(value * 100) / 100} ${unit ?? decision.unit}`;
    const compared = { service: service.name, what: name, found, from: samples.name };
    const threshold = thresholdOf(signal, rendered);
    const planned = `up to ${threshold} of ${parameter} = ${formatCount(decision.value)}`;
    const symptom = alongside === undefined || isMissedAnywhere(alongside);
    const rows =
      threshold === undefined
        ? []
        : [
            row(
              { ...compared, planned },
              value > threshold && symptom
                ? { code: 'PARAMETER_SATURATED', message: `expected ${planned}, got ${found}; ${why}` }
                : undefined,
            ),
          ];
    // Whether it is under load right now is not known.
    const expectations = signal.underLoad ? [] : expectationsOf(rendered).filter((one) => one.signal === signal);
    return [
      ...rows,
      ...expectations.map(({ range }) =>
        row(
          { ...compared, planned: `${rangeText(range)} (expected)` },
          isMissed(range, value)
            ? {
                code: 'EXPECTATION_MISSED',
                message: `${rangeText(range)} ${unit ?? ''} are ${EXPECTED}, got ${found}; look at ${parameter}`,
              }
            : undefined,
        ),
      ),
    ];
  });
}

function isMissed({ below, atLeast = 0 }: ExpectedRange, value: number): boolean {
  return below === undefined ? value < atLeast : value >= below;
}

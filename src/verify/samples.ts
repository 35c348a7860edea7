/** Measured series, wherever they come from. */
import type { Matcher } from '../targets/monitoring/series.ts';

export interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** The value now, the highest of the last hour, or what a counter grew in it. */
export type Reading = 'now' | 'peak' | 'increase';

export interface Samples {
  /** Where they come from, for people. */
  name: string;
  /** Where there is no history, a peak is the value now, and an increase the whole counter. */
  select(metric: string, matchers: readonly Matcher[], reading: Reading): Promise<Sample[]>;
  /** PromQL; absent where only single series can be looked up. */
  query?(promql: string): Promise<Sample[]>;
}

/** Values, each once; what is no number says nothing. */
export function distinct(samples: readonly Sample[]): number[] {
  return [...new Set(samples.map(({ value }) => value))].filter((value) => !Number.isNaN(value));
}

export function highest(samples: readonly Sample[]): number | undefined {
  const values = distinct(samples);
  return values.length === 0 ? undefined : values.reduce((most, value) => Math.max(most, value));
}

const seriesOf = ({ labels }: Sample) =>
  JSON.stringify(
    Object.entries(labels)
      .filter(([label]) => label !== '__name__')
      .sort(),
  );

/** One series over the other, label by label. */
export function divided(dividends: readonly Sample[], divisors: readonly Sample[], times: number): Sample[] {
  const byLabels = new Map(divisors.map((sample) => [seriesOf(sample), sample.value]));
  return dividends.flatMap((sample) => {
    const divisor = byLabels.get(seriesOf(sample));
    return divisor ? [{ labels: sample.labels, value: (sample.value * times) / divisor }] : [];
  });
}

/** Series of several metrics added up, label by label; of peaks that is an upper bound. */
export function summed(metrics: readonly (readonly Sample[])[]): Sample[] {
  const [first = [], ...others] = metrics;
  const byLabels = others.map((more) => new Map(more.map((sample) => [seriesOf(sample), sample.value])));
  return first.map((sample) => ({
    labels: sample.labels,
    value: byLabels.reduce((sum, more) => sum + (more.get(seriesOf(sample)) ?? Number.NaN), sample.value),
  }));
}

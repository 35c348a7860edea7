/** A running Prometheus, asked over its HTTP API. */
import { formatMatchers } from '../render/monitoring/series.ts';
import { type Address, PATIENCE_SECONDS, reasonOf, unreachable } from './address.ts';
import type { Reading, Sample, Samples } from './samples.ts';

const OPTION = '--prometheus';

/** @see https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries */
interface Answer {
  status?: string;
  error?: string;
  data?: { resultType: string; result: { metric: Record<string, string>; value: [number, string] }[] };
}

const READINGS: Record<Reading, (selector: string) => string> = {
  now: (selector) => selector,
  peak: (selector) => `max_over_time(${selector}[1h])`,
  increase: (selector) => `increase(${selector}[1h])`,
};

export function prometheusSamples(address: Address): Samples {
  const query = (promql: string) => ask(address, promql);
  return {
    name: address.shown,
    query,
    select: (metric, matchers, reading) => query(READINGS[reading](`${metric}{${formatMatchers(matchers)}}`)),
  };
}

async function ask(address: Address, promql: string): Promise<Sample[]> {
  const { url, user, password } = address;
  const endpoint = `${url.origin}${url.pathname.replace(/\/$/, '')}/api/v1/query`;
  const credentials = Buffer.from(`${user}:${password}`).toString('base64');
  let status: number;
  let answer: Answer | undefined;
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      body: new URLSearchParams({ query: promql }),
      headers: user === '' ? {} : { authorization: `Basic ${credentials}` },
      signal: AbortSignal.timeout(PATIENCE_SECONDS * 1000),
    });
    status = response.status;
    answer = tryJson(await response.text());
  } catch (error) {
    return unreachable(OPTION, address, reasonOf(error), error);
  }
  if (answer?.status !== 'success' || answer.data?.resultType !== 'vector')
    return unreachable(OPTION, address, answer?.error ?? `status ${status} and no answer of a Prometheus`);
  return answer.data.result.map(({ metric, value }) => ({
    labels: metric,
    value: Number(value[1].replace('Inf', 'Infinity')),
  }));
}

function tryJson(text: string): Answer | undefined {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return undefined;
  }
}

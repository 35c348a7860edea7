/** A running Prometheus, asked over its HTTP API. */
import { formatMatchers } from '../targets/monitoring/series.ts';
import { type Address, MOST_BYTES, PATIENCE_SECONDS, reasonOf, unreachable } from './address.ts';
import type { Reading, Sample, Samples } from './samples.ts';

const OPTION = '--prometheus';

/** More series of one metric than a service has containers, by far. */
const MOST_SERIES = 10_000;
const MOST_AT_ONCE = 4;
const MOST_BYTES_IN_ALL = 4 * MOST_BYTES;
const PATIENCE_IN_ALL_SECONDS = 3 * PATIENCE_SECONDS;

const READINGS: Record<Reading, (selector: string) => string> = {
  now: (selector) => selector,
  peak: (selector) => `max_over_time(${selector}[1h])`,
  increase: (selector) => `increase(${selector}[1h])`,
};

export function prometheusSamples(address: Address): Samples {
  const exchange = new Exchange(address);
  const query = (promql: string) => exchange.ask(promql);
  return {
    name: address.shown,
    query,
    select: (metric, matchers, reading) => query(READINGS[reading](`${metric}{${formatMatchers(matchers)}}`)),
  };
}

/** Everything that is asked of one Prometheus: a few questions at a time, and all of them within a time and a size. */
class Exchange {
  private readonly address: Address;
  private readonly stop = new AbortController();
  private readonly limits: Limits = { signal: this.stop.signal, bytesLeft: MOST_BYTES_IN_ALL };
  private readonly waiting: (() => void)[] = [];
  private asking = 0;

  constructor(address: Address) {
    this.address = address;
    this.stopAfter(PATIENCE_IN_ALL_SECONDS, 'not all answers');
  }

  /** A listener keeps the deadline; what AbortSignal.any makes of it may be collected before its time. */
  private stopAfter(seconds: number, why: string): { cancel(): void } {
    const deadline = AbortSignal.timeout(seconds * 1000);
    const stop = () => this.stop.abort(new Error(`${why} within ${seconds} s`));
    deadline.addEventListener('abort', stop);
    return { cancel: () => deadline.removeEventListener('abort', stop) };
  }

  async ask(promql: string): Promise<Sample[]> {
    if (this.asking >= MOST_AT_ONCE) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.asking += 1;
    const patience = this.stopAfter(PATIENCE_SECONDS, 'no answer');
    try {
      return await ask(this.address, promql, this.limits);
    } catch (error) {
      this.stop.abort(error);
      throw error;
    } finally {
      patience.cancel();
      this.asking -= 1;
      this.waiting.shift()?.();
    }
  }
}

interface Limits {
  signal: AbortSignal;
  /** What answers may still have. */
  bytesLeft: number;
}

async function ask(address: Address, promql: string, limits: Limits): Promise<Sample[]> {
  const { url, user, password } = address;
  const endpoint = `${url.origin}${url.pathname.replace(/\/$/, '')}/api/v1/query`;
  const credentials = Buffer.from(`${user}:${password}`).toString('base64');
  const refuse = (why: string, cause?: unknown): never => unreachable(OPTION, address, why, cause);
  let status: number;
  let body: string;
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      body: new URLSearchParams({ query: promql }),
      headers: user === '' && password === '' ? {} : { authorization: `Basic ${credentials}` },
      redirect: 'manual', // what is asked and the password are for this address alone
      signal: limits.signal,
    });
    status = response.status;
    body = await textOf(response, limits);
  } catch (error) {
    return refuse(reasonOf(error), error);
  }
  if (status >= 300 && status < 400) return refuse(`status ${status}: it leads elsewhere; name the address itself`);
  const answer = objectOf(tryJson(body));
  const { resultType, result } = objectOf(answer.data);
  if (answer.status !== 'success' || resultType !== 'vector' || !Array.isArray(result)) {
    const { error } = answer;
    return refuse(typeof error === 'string' ? error : `status ${status} and no answer of a Prometheus`);
  }
  if (result.length > MOST_SERIES) return refuse(`more than ${MOST_SERIES} series for ${promql}`);
  return result.map(
    (one, index) => sampleOf(one) ?? refuse(`something that is no sample of a Prometheus (data.result.${index})`),
  );
}

/** The body as it is when unpacked. @throws Error for one that is too large */
async function textOf(response: Response, limits: Limits): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = response.body?.getReader();
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    bytes += read.value.length;
    limits.bytesLeft -= read.value.length;
    chunks.push(read.value);
    if (bytes > MOST_BYTES) throw new Error(`more than ${MOST_BYTES / 1024 / 1024} MiB`);
    if (limits.bytesLeft < 0) throw new Error(`more than ${MOST_BYTES_IN_ALL / 1024 / 1024} MiB in all`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** @see https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries */
function sampleOf(one: unknown): Sample | undefined {
  const { metric, value } = objectOf(one);
  const text: unknown = Array.isArray(value) ? value[1] : undefined;
  if (typeof metric !== 'object' || metric === null || typeof text !== 'string') return undefined;
  const labels = metric as Readonly<Record<string, string>>;
  if (Object.values(labels).some((label) => typeof label !== 'string')) return undefined;
  const number = text === 'NaN' ? Number.NaN : Number(text.replace('Inf', 'Infinity'));
  return text !== 'NaN' && Number.isNaN(number) ? undefined : { labels, value: number };
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What an exporter's `/metrics` says, as text. */
import { fail } from '../errors/errors.ts';
import type { Matcher } from '../targets/monitoring/series.ts';
import { formatCount } from '../units.ts';
import type { Sample, Samples } from './samples.ts';

interface NamedSample extends Sample {
  name: string;
}

/** @throws METRICS_INVALID with the line */
export function expositionSamples(texts: readonly { file: string; text: string }[]): Samples {
  const all = texts.flatMap(({ file, text }) => parseExposition(text, file));
  return {
    name: texts.map(({ file }) => file).join(', '),
    select: async (metric, matchers) => all.filter(({ name, labels }) => name === metric && matches(labels, matchers)),
  };
}

function matches(labels: Sample['labels'], matchers: readonly Matcher[]): boolean {
  return matchers.every(({ label, op, value }) => {
    const has = (Object.hasOwn(labels, label) ? labels[label] : undefined) ?? '';
    if (op === '=') return has === value;
    return has.length <= MOST_MATCHED && new RegExp(`^(?:${value})$`).test(has);
  });
}

/** No name of a container or a unit is longer; what is may take long to match. */
const MOST_MATCHED = 1024;
const MOST_LINE = 65_536;
const MOST_SAMPLES = 1_000_000;

const LABEL = /\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,|(?=\}))/y;

/**
 * Prometheus' text format, and what OpenMetrics adds to it.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 * @throws METRICS_INVALID
 */
export function parseExposition(text: string, file: string): NamedSample[] {
  const samples: NamedSample[] = [];
  let index = 0;
  for (const line of linesOf(text)) {
    index += 1;
    if (/^\s*(#|$)/.test(line)) continue;
    const sample = line.length > MOST_LINE ? undefined : parseLine(line.trim());
    if (sample === undefined)
      fail(
        'METRICS_INVALID',
        `${file}:${index}`,
        `expected a sample of a metric, got ${JSON.stringify(line.slice(0, 80))}`,
      );
    samples.push(sample);
    if (samples.length > MOST_SAMPLES)
      fail('METRICS_INVALID', file, `expected at most ${formatCount(MOST_SAMPLES)} samples, got more`);
  }
  return samples;
}

/** One after the other: all at once they would take more memory than the text. */
function* linesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    yield text.slice(at, end < 0 ? text.length : end);
    at = end < 0 ? text.length : end + 1;
  }
}

function parseLine(line: string): NamedSample | undefined {
  const name = /^[A-Za-z_:][A-Za-z0-9_:]*/.exec(line)?.[0];
  if (name === undefined) return undefined;
  let at = name.length;
  const labels: Record<string, string> = Object.create(null);
  if (line[at] === '{') {
    at += 1;
    while (!/^\s*\}/.test(line.slice(at))) {
      LABEL.lastIndex = at;
      const match = LABEL.exec(line);
      if (!match) return undefined;
      labels[match[1]!] = match[2]!.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
      at = LABEL.lastIndex;
    }
    at = line.indexOf('}', at) + 1;
  }
  const text = /^\s*(\S+)(\s|$)/.exec(line.slice(at))?.[1];
  const value = text === undefined ? undefined : parseValue(text);
  return value === undefined ? undefined : { name, labels, value };
}

function parseValue(text: string): number | undefined {
  const special: Record<string, number> = { '+Inf': Infinity, Inf: Infinity, '-Inf': -Infinity, NaN: Number.NaN };
  if (Object.hasOwn(special, text)) return special[text];
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

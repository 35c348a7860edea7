/** What an exporter's `/metrics` says, as text. */
import { fail } from '../errors.ts';
import type { Matcher } from '../render/monitoring/series.ts';
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
    const has = labels[label] ?? '';
    return op === '=' ? has === value : new RegExp(`^(?:${value})$`).test(has);
  });
}

const LABEL = /\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,|(?=\}))/y;

/**
 * Prometheus' text format, and what OpenMetrics adds to it.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 * @throws METRICS_INVALID
 */
export function parseExposition(text: string, file: string): NamedSample[] {
  return text.split('\n').flatMap((line, index) => {
    if (/^\s*(#|$)/.test(line)) return [];
    return (
      parseLine(line.trim()) ??
      fail(
        'METRICS_INVALID',
        `${file}:${index + 1}`,
        `expected a sample of a metric, got ${JSON.stringify(line.slice(0, 80))}`,
      )
    );
  });
}

function parseLine(line: string): NamedSample | undefined {
  const name = /^[A-Za-z_:][A-Za-z0-9_:]*/.exec(line)?.[0];
  if (name === undefined) return undefined;
  let at = name.length;
  const labels: Record<string, string> = {};
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

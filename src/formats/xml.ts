/** Elements in elements, as ClickHouse reads them. */
import type { Entry, XmlFormat } from './kinds.ts';
import { indentOf, nestedLines } from './nested.ts';
import { oneLine } from './one-line.ts';

export function writeXml({ root }: XmlFormat, entries: readonly Entry[], header: readonly string[]): string {
  const lines = nestedLines(entries, {
    pathOf: (key) => key.split('.'),
    open: (block, depth) => `${indentOf(depth + 1)}<${block}>`,
    close: (block, depth) => `${indentOf(depth + 1)}</${block}>`,
    entry: (name, { text, reason }, depth) => [
      `${indentOf(depth + 1)}<!-- ${commentOf(reason)} -->`,
      `${indentOf(depth + 1)}<${name}>${escaped(text)}</${name}>`,
    ],
  });
  return `${[...header.map((line) => `<!-- ${commentOf(line)} -->`), `<${root}>`, ...lines, `</${root}>`].join('\n')}\n`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A comment ends at the first two hyphens. */
function commentOf(text: string): string {
  return oneLine(text).replace(/-(?=-|$)/g, '- ');
}

/** Elements in elements, as ClickHouse reads them. */
import type { Entry, XmlFormat } from './kinds.ts';
import { oneLine } from './one-line.ts';

export function writeXml({ root }: XmlFormat, entries: readonly Entry[], header: readonly string[]): string {
  const lines = [...header.map((line) => `<!-- ${commentOf(line)} -->`), `<${root}>`];
  let within: string[] = [];
  const leave = (depth: number): void => {
    for (; within.length > depth; within = within.slice(0, -1))
      lines.push(`${'    '.repeat(within.length)}</${within.at(-1)}>`);
  };
  for (const { key, text, reason } of entries) {
    const path = key.split('.');
    const blocks = path.slice(0, -1);
    const common = blocks.findIndex((block, index) => within[index] !== block);
    leave(common < 0 ? blocks.length : common);
    for (const block of blocks.slice(within.length)) {
      within = [...within, block];
      lines.push(`${'    '.repeat(within.length)}<${block}>`);
    }
    const indent = '    '.repeat(within.length + 1);
    lines.push(`${indent}<!-- ${commentOf(reason)} -->`, `${indent}<${path.at(-1)}>${escaped(text)}</${path.at(-1)}>`);
  }
  leave(0);
  return `${[...lines, `</${root}>`].join('\n')}\n`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A comment ends at the first two hyphens. */
function commentOf(text: string): string {
  return oneLine(text).replace(/-(?=-|$)/g, '- ');
}

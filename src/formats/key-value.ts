/** Files of one value a line, with or without sections. */
import type { Entry, Found, KeyValueFormat } from './kinds.ts';
import { oneLine } from './one-line.ts';
import { fill } from './template.ts';

export function writeKeyValues(
  { line, comment, section, begin }: KeyValueFormat,
  entries: readonly Entry[],
  header: readonly string[],
): string {
  const lines = [
    ...header.map((text) => `${comment} ${oneLine(text)}`.trimEnd()),
    '',
    ...(section === undefined ? [] : [`[${section}]`]),
    ...begin,
    ...entries.flatMap((entry) => [
      `${comment} ${oneLine(entry.reason)}`,
      fill(line, { key: entry.key, value: entry.text }),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Keys in the section that the format names; without one, all of them. */
export function readKeyValues({ line, section, dashes }: KeyValueFormat, text: string): Map<string, Found> {
  const between = /[=:]/.test(line) ? '(?:\\s*[=:]\\s*|\\s+)' : '\\s+';
  const row = new RegExp(`^\\s*([A-Za-z_][A-Za-z0-9_.-]*)(?:${between}(.*))?$`);
  const found = new Map<string, Found>();
  let current: string | undefined;
  for (const [index, written] of text.split(/\r\n|\n|\r/).entries()) {
    const heading = /^\s*\[([^\]]*)\]/.exec(written);
    if (heading) current = heading[1];
    const [, key, rest = ''] = row.exec(written) ?? [];
    if (key === undefined || (section !== undefined && current !== section)) continue;
    found.set(dashes === 'alike' ? key.replaceAll('-', '_') : key, { text: writtenValue(rest), line: index + 1 });
  }
  return found;
}

/** Without quotes around it, and without a comment behind it. */
function writtenValue(rest: string): string {
  const quoted = /^(["'])(.*?)\1\s*(?:[#;].*)?$/.exec(rest);
  return quoted ? quoted[2]! : rest.replace(/\s+[#;].*$/, '').trim();
}

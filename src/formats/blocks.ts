/** Files of directives in blocks: nginx, whose blocks have braces, and HAProxy, whose sections are indented. */
import type { BlocksFormat, Entry, Found } from './kinds.ts';
import { indentOf, nestedLines } from './nested.ts';
import { oneLine } from './one-line.ts';

export function writeBlocks({ style }: BlocksFormat, entries: readonly Entry[], header: readonly string[]): string {
  const braces = style === 'nginx';
  const lines = nestedLines(entries, {
    pathOf: (key) => pathOf(style, key),
    open: (block, depth) => `${indentOf(depth)}${block}${braces ? ' {' : ''}`,
    ...(braces && { close: (_, depth) => `${indentOf(depth)}}` }),
    entry: (name, { text, reason }, depth) => [
      `${indentOf(depth)}# ${oneLine(reason)}`,
      `${indentOf(depth)}${name} ${text}${braces ? ';' : ''}`,
    ],
  });
  return `${[...header.map((line) => `# ${oneLine(line)}`.trimEnd()), '', ...lines].join('\n')}\n`;
}

export function readBlocks({ style }: BlocksFormat, text: string): Map<string, Found> {
  return style === 'nginx' ? readBraces(text) : readSections(text);
}

/** In HAProxy only the section is a block: `global.tune.bufsize` is the keyword `tune.bufsize`. */
function pathOf(style: BlocksFormat['style'], key: string): string[] {
  if (style === 'nginx') return key.split('.');
  const dot = key.indexOf('.');
  return dot < 0 ? [key] : [key.slice(0, dot), key.slice(dot + 1)];
}

const TOKEN =
  /#[^\n]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[{};]|\n|(?:[^\s{};"'\\#]|\\.|(?<=[^\s{};])#|\$\{[^}]*\})+/gs;

function readBraces(text: string): Map<string, Found> {
  const found = new Map<string, Found>();
  const blocks: string[] = [];
  let words: string[] = [];
  let line = 1;
  let begun = 1;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '\n') line += 1;
    else if (token === '{') blocks.push(words[0] ?? '');
    else if (token === '}') blocks.pop();
    else if (token === ';') {
      if (words.length > 0) found.set([...blocks, words[0]].join('.'), { text: words.slice(1).join(' '), line: begun });
    } else if (!token.startsWith('#')) {
      if (words.length === 0) begun = line;
      words.push(/^["']/.test(token) ? token.slice(1, -1) : token);
      line += token.split('\n').length - 1;
      continue;
    }
    if (token !== '\n' && !token.startsWith('#')) words = [];
  }
  return found;
}

/** @see https://docs.haproxy.org/2.8/configuration.html#2 */
const SECTIONS =
  /^(global|defaults|frontend|backend|listen|userlist|peers|resolvers|mailers|program|cache|ring|http-errors|fcgi-app)\b/;

function readSections(text: string): Map<string, Found> {
  const found = new Map<string, Found>();
  let section = '';
  for (const [index, row] of text.split(/\r\n|\n/).entries()) {
    const [word, ...rest] = row
      .replace(/(^|\s)#.*$/, '')
      .trim()
      .split(/\s+/);
    if (word === undefined || word === '') continue;
    if (SECTIONS.test(word)) section = word;
    else found.set(section === '' ? word : `${section}.${word}`, { text: rest.join(' '), line: index + 1 });
  }
  return found;
}

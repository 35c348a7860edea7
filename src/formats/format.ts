/** Configuration files of programs: a closed list of formats, each of which writes a file and reads anyone's. */
import { readBlocks, writeBlocks } from './blocks.ts';
import { readKeyValues, writeKeyValues } from './key-value.ts';
import type { Entry, FileFormat, Found } from './kinds.ts';
import { readYaml } from './read-yaml.ts';
import { writeXml } from './xml.ts';
import { emitYaml, withComments } from './yaml.ts';

/**
 * The whole file.
 * @param header lines of a comment
 */
export function writeFormat(format: FileFormat, entries: readonly Entry[], header: readonly string[]): string {
  if (format.as === 'keyvalue') return writeKeyValues(format, entries, header);
  if (format.as === 'blocks') return writeBlocks(format, entries, header);
  if (format.as === 'xml') return writeXml(format, entries, header);
  return `${header.map((line) => `# ${line}`.trimEnd()).join('\n')}\n${emitYaml(treeOf(entries))}`;
}

/**
 * What a file says, by key; the last place of a key counts. A file that is broken somewhere is read as far as it can be.
 * @throws SyntaxError for YAML that `emitYaml` would not write: anyone's has its own reader
 */
export function readFormat(format: FileFormat, text: string): Map<string, Found> {
  if (format.as === 'keyvalue') return readKeyValues(format, text);
  if (format.as === 'blocks') return readBlocks(format, text);
  const found = new Map<string, Found>();
  if (format.as === 'yaml') collectLeaves(readYaml(text), '', found);
  return found;
}

/** Members and items by their paths. */
function collectLeaves(value: unknown, path: string, found: Map<string, Found>): void {
  if (typeof value !== 'object' || value === null) {
    found.set(path, { text: String(value), line: 0 });
    return;
  }
  for (const [name, member] of Object.entries(value))
    collectLeaves(member, path === '' ? name : `${path}.${name}`, found);
}

type Tree = Map<string, Tree | Entry>;

/** Entries by the parts of their keys; a comment stands above each. */
function treeOf(entries: readonly Entry[]): unknown {
  const root: Tree = new Map();
  for (const entry of entries) {
    const path = entry.key.split('.');
    let node = root;
    for (const part of path.slice(0, -1)) {
      const next = node.get(part);
      const child: Tree = next instanceof Map ? next : new Map();
      node.set(part, child);
      node = child;
    }
    node.set(path.at(-1)!, entry);
  }
  return dataOf(root);
}

function dataOf(node: Tree): unknown {
  const names = [...node.keys()];
  const isList = names.every((name, index) => name === `${index}`);
  const comments: Record<string, string> = Object.create(null);
  const members = names.map((name) => {
    const child = node.get(name)!;
    if (child instanceof Map) return dataOf(child);
    comments[name] = child.reason;
    return scalarOf(child.text);
  });
  if (isList) return withComments(members, comments);
  return withComments(Object.fromEntries(names.map((name, index) => [name, members[index]])), comments);
}

/** A whole number or a truth value where the text is one. */
function scalarOf(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  const number = /^(?:0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : text;
}

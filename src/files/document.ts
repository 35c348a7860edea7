/** YAML text to checked data, with every problem at its line. The only place that loads yaml and zod for users' files. */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  parseAllDocuments,
  parseDocument,
  type Scalar,
  stringify,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { z } from 'zod';
import { type Problem, SizewrightError } from '../errors/errors.ts';
import type { Tree } from '../manifests/tree.ts';
import { below, describeIssue, show } from './schema-problems.ts';
import { YAML_HINTS } from './yaml-hints.ts';

export interface SourceDocument<T> {
  value: T;
  /** The line of every key path: `parameters.ONNX_POOL_SIZE.cost`, `constraints.0`. */
  lines: Record<string, number>;
}

/** The line of a key path, or of the nearest parent that is written. */
export function lineAt(lines: Readonly<Record<string, number>>, path: string): number | undefined {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
    if (Object.hasOwn(lines, at)) return lines[at];
  }
  return undefined;
}

/** What moved has the lines that it has in the file. */
function copyLines(lines: Record<string, number>, { to, from }: Moved['places'][number]): void {
  for (const [path, line] of Object.entries(lines))
    if (path === from || path.startsWith(`${from}.`)) lines[`${to}${path.slice(from.length)}`] = line;
}

function linesOf(root: unknown, counter: LineCounter): Record<string, number> {
  const lines: Record<string, number> = Object.create(null);
  const visit = (node: unknown, path: string): void => {
    const child = (key: string, at: unknown, value: unknown): void => {
      const childPath = below(path, key);
      if (isNode(at) && at.range) lines[childPath] = counter.linePos(at.range[0]).line;
      visit(value, childPath);
    };
    if (isMap(node))
      for (const { key, value } of node.items) child(isScalar(key) ? String(key.value) : '?', key, value);
    if (isSeq(node)) for (const [index, item] of node.items.entries()) child(`${index}`, item, item);
  };
  visit(root, '');
  return lines;
}

/** A file in today's form, and how it got there. */
export interface Moved {
  raw: unknown;
  /** Key paths: where each value is now, and where the file has it. */
  places: { to: string; from: string }[];
  /** Values that the file has in both places. */
  twice: { path: string; message: string }[];
}

export interface Reading {
  /** Whether whole numbers must be in plain digits. A file of another program may say `1.0` for one. @default 'plain' */
  numbers?: 'plain' | 'any';
  /** Which document is meant where a file may have several. @default a file has one */
  pick?: (root: unknown) => boolean;
  /** Brings a file of an older version into today's form. */
  moved?: (root: unknown) => Moved;
}

/** Whether one of a file's documents is meant. */
export function hasDocument(text: string, pick: (root: unknown) => boolean): boolean {
  return !isNestedDeeply(text) && parsed(text).some((document) => isPicked(document, pick));
}

/** What is no YAML, or unfolds without end, is not picked; reading it tells why. */
function isPicked(document: Document.Parsed, pick: (root: unknown) => boolean): boolean {
  try {
    return document.errors.length === 0 && pick(document.toJS());
  } catch {
    return false;
  }
}

/** The parser compares every key with every other, which takes long in a large file; `unlikely` finds the same then. */
const MOST_COMPARED = 65_536;

const parsingOf = (text: string) =>
  ({ uniqueKeys: text.length <= MOST_COMPARED, prettyErrors: false, logLevel: 'error' }) as const;

function parsed(text: string, lineCounter?: LineCounter): Document.Parsed[] {
  return [
    ...(parseAllDocuments(text, { ...parsingOf(text), ...(lineCounter && { lineCounter }) }) as Document.Parsed[]),
  ];
}

function parseOne(text: string, lineCounter: LineCounter, pick: Reading['pick']): Document.Parsed {
  if (pick === undefined) return parseDocument(text, { ...parsingOf(text), lineCounter });
  const documents = parsed(text, lineCounter);
  return documents.find((document) => isPicked(document, pick)) ?? documents[0]!;
}

/**
 * The data of a file, of whatever shape.
 * @throws YAML_SYNTAX
 */
export function readData(text: string, file: string): unknown {
  return readDocument(text, file, z.unknown(), 'YAML_SYNTAX').value;
}

/**
 * Reads one YAML file and checks its shape.
 * @param file its name, for messages; @param reading what the file is allowed
 * @throws YAML_SYNTAX for what is no YAML, duplicate keys included
 * @throws `code` for unknown keys, missing keys and values of the wrong kind, each with line and suggestion
 */
export function readDocument<T>(
  text: string,
  file: string,
  schema: z.ZodType<T>,
  code: Problem['code'],
  { numbers = 'plain', pick, moved }: Reading = {},
): SourceDocument<T> {
  const counter = new LineCounter();
  const nested = isNestedDeeply(text);
  const document = parseOne(nested ? '' : text, counter, pick);
  const notYaml = refusalOf(file, counter);
  if (nested) throw notYaml([TOO_DEEP]);
  // A warning is a tag that nobody resolves.
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) {
    throw notYaml(broken.map(brokenAt));
  }
  const lines = linesOf(document.contents, counter);
  const written = toData(() => document.toJS(), notYaml);
  const odd = unlikely(document.contents, '', document, [], numbers);
  if (odd.length > 0) {
    throw new SizewrightError(
      odd.map(({ code: own, path, message, at }) => ({
        code: own ?? code,
        path,
        message,
        file: `${file}:${counter.linePos(at).line}`,
      })),
    );
  }
  const { raw, places, twice } = moved?.(written) ?? { raw: written, places: [], twice: [] };
  if (twice.length > 0)
    throw new SizewrightError(twice.map((one) => ({ code, ...one, file: `${file}:${lineAt(lines, one.path) ?? 1}` })));
  for (const place of places) copyLines(lines, place);
  const checked = schema.safeParse(raw);
  if (checked.success) return { value: checked.data, lines };
  const problems = checked.error.issues.flatMap((issue) => describeIssue(issue, raw, schema));
  throw new SizewrightError(
    problems.map(({ path, message }) => ({ code, path, message, file: `${file}:${lineAt(lines, path) ?? 1}` })),
  );
}

interface Broken {
  at: number;
  text: string;
}

function refusalOf(file: string, counter: LineCounter): (found: readonly Broken[]) => SizewrightError {
  return (found) =>
    new SizewrightError(
      found.map(({ at, text }) => ({
        code: 'YAML_SYNTAX',
        path: '',
        file: `${file}:${counter.linePos(at).line || 1}`,
        message: `expected YAML, got: ${text.charAt(0).toLowerCase()}${text.slice(1)}`,
      })),
    );
}

/**
 * The documents of a file of another program, as they are written. Of a key that stands twice the last one counts.
 * @throws YAML_SYNTAX for the first thing that is no YAML
 */
export function readTrees(text: string, file: string): Tree[] {
  const counter = new LineCounter();
  const notYaml = refusalOf(file, counter);
  if (isNestedDeeply(text)) throw notYaml([TOO_DEEP]);
  const options = { uniqueKeys: false, prettyErrors: false, logLevel: 'error', lineCounter: counter } as const;
  const documents = [...(parseAllDocuments(text.replace(/\r$/, ''), options) as Document.Parsed[])];
  const error = documents.flatMap(({ errors }) => errors).at(0);
  if (error) throw notYaml([brokenAt(error)]);
  return documents.flatMap(({ contents }) => (contents === null ? [] : treeOf(contents, counter)));
}

/** How many keys merges bring, before a file that multiplies them is taken for no document. */
const MOST_MERGED = 100_000;

function treeOf(root: unknown, counter: LineCounter): Tree {
  // An alias is the tree of what it names: nothing is copied, so nothing unfolds without end.
  const anchors = new Map<string, Tree>();
  let merged = 0;
  const visit = (node: unknown, near: unknown = node): Tree => {
    const place = isNode(node) && node.range && node.range[1] > node.range[0] ? node : near;
    const { line } = counter.linePos((isNode(place) && place.range?.[0]) || 0);
    if (isAlias(node)) return anchors.get(node.source) ?? { kind: 'text', line, text: null };
    const tree: Tree = isMap(node)
      ? { kind: 'map', line, members: membersOf(node) }
      : isSeq(node)
        ? { kind: 'list', line, items: node.items.map((item) => visit(item)) }
        : { kind: 'text', line, text: isScalar(node) ? textOf(node) : null };
    if (isNode(node) && 'anchor' in node && node.anchor) anchors.set(node.anchor, tree);
    return tree;
  };
  const membersOf = (map: YAMLMap): Map<string, Tree> => {
    const members = new Map(
      map.items.map(({ key, value }) => [isScalar(key) ? `${key.value}` : '?', visit(value, key)]),
    );
    const base = members.get('<<');
    members.delete('<<');
    for (const one of base?.kind === 'list' ? base.items : base ? [base] : [])
      for (const [name, tree] of one.kind === 'map' ? one.members : []) {
        merged += 1;
        if (merged <= MOST_MERGED && !members.has(name)) members.set(name, tree);
      }
    return members;
  };
  return visit(root);
}

/** As it is written, but for quotes. */
function textOf({ value, source }: Scalar): string | null {
  return value === null ? null : typeof value === 'string' ? value : `${source ?? value}`;
}

/** No file is nearly as deep. Some hundred times as deep, the parser takes all memory, which ends the process. */
const MOST_LEVELS = 100;

const TOO_DEEP: Broken = { at: 0, text: `more than ${MOST_LEVELS} levels within one another` };

/** Before anything is parsed: lists and maps in brackets, by indentation, and of dashes on one line. */
function isNestedDeeply(text: string): boolean {
  if (/^ {400}|(?:[-?:][ \t]+){100}/m.test(text)) return true;
  const brackets = /[[{]/g;
  let count = 0;
  while (count <= MOST_LEVELS && brackets.test(text)) count += 1;
  if (count <= MOST_LEVELS) return false;
  let depth = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') depth += 1;
    if (token === ']' || token === '}') depth -= 1;
    if (depth > MOST_LEVELS) return true;
  }
  return false;
}

const brokenAt = ({ pos, message, code }: YAMLError): Broken => ({
  at: pos[0],
  text: `${message}${YAML_HINTS[code] ?? ''}`,
});

/** Aliases of nothing, or of one another without end, show only now. */
function toData(step: () => unknown, notYaml: (found: Broken[]) => SizewrightError): unknown {
  try {
    return step();
  } catch (error) {
    throw notYaml([{ at: 0, text: (error as Error).message }]);
  }
}

interface Oddity {
  /** The document's own code where there is none. */
  code: Problem['code'] | undefined;
  path: string;
  message: string;
  at: number;
}

/** Half of a pair of UTF-16: an escape alone can write it, no file can hold it, and no two readers take it alike. */
const LONE_SURROGATE = /[\ud800-\udfff]/u;

/**
 * What YAML allows, and readers take differently or drop: numbers not in plain digits, keys that become one, halves of
 * characters, and what holds itself.
 */
function unlikely(
  node: unknown,
  path: string,
  document: Document,
  around: readonly unknown[],
  numbers: Reading['numbers'],
): Oddity[] {
  const inside = (inner: unknown, key: string) =>
    unlikely(inner, below(path, key), document, [...around, node], numbers);
  if (isAlias(node) && around.includes(node.resolve(document)))
    return [
      {
        code: 'YAML_SYNTAX',
        path,
        message: `expected an alias of something else, got *${node.source}, which is around it`,
        at: node.range?.[0] ?? 0,
      },
    ];
  if (isScalar(node) && typeof node.value === 'string') return unlikelyText(node, path);
  if (
    numbers === 'plain' &&
    isScalar(node) &&
    typeof node.value === 'number' &&
    Number.isInteger(node.value) &&
    node.source !== `${node.value}`
  ) {
    const message = `expected a whole number in plain digits, got ${node.source}; write ${node.value}, or "${node.source}" for a text`;
    return [{ code: undefined, path, message, at: node.range?.[0] ?? 0 }];
  }
  const torn = tornAtCommas(node, path);
  if (torn) return [torn];
  if (isSeq(node)) return node.items.flatMap((item, index) => inside(item, `${index}`));
  if (!isMap(node)) return [];
  const seen = new Set<string>();
  return node.items.flatMap(({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : '?';
    const twice = seen.has(name);
    seen.add(name);
    const odd = isScalar(key) ? unlikelyText(key, path) : [];
    if (odd.length > 0) return odd;
    if (!twice && name !== '__proto__') return inside(value, name);
    const message = twice ? `expected every key once, got ${name} again` : 'expected another key, got __proto__';
    return [
      { code: 'YAML_SYNTAX' as const, path: below(path, name), message, at: isScalar(key) ? (key.range?.[0] ?? 0) : 0 },
    ];
  });
}

function unlikelyText({ value, range }: Scalar, path: string): Oddity[] {
  if (typeof value !== 'string' || !LONE_SURROGATE.test(value)) return [];
  const message = `expected text of whole characters, got ${show(value)}; write both halves of the pair`;
  return [{ code: undefined, path, message, at: range?.[0] ?? 0 }];
}

/** A formula such as `ceilDiv(a, 4)` in `{ }` or `[ ]`, where a comma ends a text that is not in quotes. */
function tornAtCommas(node: unknown, path: string): Oddity | undefined {
  if (!(isMap(node) || isSeq(node)) || !node.flow) return undefined;
  const parts = node.items.map((item) =>
    isPair(item) ? [plainText(item.key), plainText(item.value)] : [plainText(item)],
  );
  for (const [index, part] of parts.entries()) {
    let whole = part.at(-1) ?? '';
    if (openParentheses(whole) <= 0) continue;
    for (const [next] of parts.slice(index + 1)) {
      whole += `, ${next ?? ''}`;
      if (openParentheses(whole) !== 0) continue;
      const [key] = part.length > 1 ? part : [];
      const message = `expected quotes around a text with a comma in ${isMap(node) ? '{ }' : '[ ]'}, got ${part.at(-1)} and more values; write ${key === undefined ? '' : `${key}: `}"${whole}"`;
      return { code: undefined, path: key === undefined ? path : below(path, key), message, at: node.range?.[0] ?? 0 };
    }
  }
  return undefined;
}

function plainText(node: unknown): string | undefined {
  return isScalar(node) && node.type === 'PLAIN' ? node.source : undefined;
}

function openParentheses(text: string): number {
  return text.split('(').length - text.split(')').length;
}

/** A key with its value as YAML: on one line, unless a text in it has several. */
export function yamlLine(key: string, value: unknown): string {
  const text = stringify({ [key]: value }, { collectionStyle: 'flow', lineWidth: 0 }).trim();
  return text.replace(/^\{ (.*) \}$/s, '$1');
}

/** Puts file and line to problems that later stages found in this document. */
export function locateProblems<T>(file: string, document: SourceDocument<unknown>, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof SizewrightError)) throw error;
    throw new SizewrightError(
      error.problems.map((problem) => ({
        ...problem,
        file: problem.file ?? `${file}:${lineAt(document.lines, problem.path) ?? 1}`,
      })),
      { cause: error },
    );
  }
}

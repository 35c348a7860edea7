/**
 * Plain data to YAML. Our own, because a synth should feel instant, and `yaml` emits many times slower
 * (`bench/yaml.bench.ts`); that it reads the same under 1.1 and 1.2 is a property test.
 */

import { isPrintable, oneLine } from './one-line.ts';

/** Data of an object's member names → the comment that goes above each. */
const COMMENTS = Symbol('comments');

/** Attaches one-line comments to members of an object, or by index to items of a list; not every one needs one. */
export function withComments<T extends object>(members: T, comments: Readonly<Record<string, string>>): T {
  return Object.defineProperty(members, COMMENTS, { value: comments });
}

/** Writes a member itself, its name included; gets the indentation. */
type Lines = (indent: string) => readonly string[];
const LINES = Symbol('lines');

/** A member, not the first one of an item, that is not YAML before something else has filled it in. */
export function verbatim(lines: Lines): object {
  return { [LINES]: lines };
}

function linesOf(member: unknown): Lines | undefined {
  return typeof member === 'object' && member !== null ? (member as { [LINES]?: Lines })[LINES] : undefined;
}

/** The same data with every member changed, from the outside in, with the comments of those that stay; itself where none is. */
export function mapMembers(value: unknown, change: (name: string, member: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null || linesOf(value)) return value;
  let same = true;
  const entries = Object.entries(value).map(([name, member]) => {
    const changed = mapMembers(change(name, member), change);
    same &&= changed === member;
    return [name, changed] as const;
  });
  if (same) return value;
  const changed = Array.isArray(value) ? entries.map(([, member]) => member) : Object.fromEntries(entries);
  const comments = commentsOf(value);
  return comments ? withComments(changed, comments) : changed;
}

/** The same data and comments with every text changed, those that are written verbatim apart. */
export function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (typeof value !== 'object' || value === null || linesOf(value)) return value;
  const comments = commentsOf(value);
  const changed = Array.isArray(value)
    ? value.map((item) => mapTexts(item, change))
    : Object.fromEntries(Object.entries(value).map(([name, member]) => [change(name), mapTexts(member, change)]));
  return comments ? withComments(changed, mapTexts(comments, change) as Record<string, string>) : changed;
}

/**
 * YAML that means the same to 1.1 and 1.2 readers: every string in double quotes, or as a block where it has several
 * plain lines; keys in the order given. Takes null, booleans, safe integers, strings, arrays and plain objects; members
 * that are undefined are left out.
 */
export function emitYaml(value: unknown): string {
  if (!isCollection(value)) return `${scalar(value, '')}\n`;
  const out: string[] = [];
  write(value, '', '', out);
  return out.join('\n').concat('\n');
}

/** Several documents in one file. */
export function emitYamlDocuments(values: readonly unknown[]): string {
  return values.map((value) => `---\n${emitYaml(value)}`).join('');
}

type Collection = unknown[] | Record<string, unknown>;

function isCollection(value: unknown): value is Collection {
  return typeof value === 'object' && value !== null && Object.values(value).some((child) => child !== undefined);
}

/** Writes the lines of a value; the first one continues `lead`. */
function write(value: Collection, indent: string, lead: string, out: string[]): void {
  const comments = commentsOf(value);
  const inner = `${indent}  `;
  let start = lead;
  for (const name of Object.keys(value)) {
    const member = (value as Record<string, unknown>)[name];
    if (member === undefined && !Array.isArray(value)) continue;
    const comment = comments && Object.hasOwn(comments, name) ? comments[name] : undefined;
    if (comment !== undefined) {
      if (start !== indent) out.push(start.trimEnd());
      out.push(`${indent}# ${oneLine(comment)}`);
      start = indent;
    }
    const lines = linesOf(member);
    if (lines) {
      out.push(...lines(indent));
      start = indent;
      continue;
    }
    const label = Array.isArray(value) ? '-' : `${keyText(name)}:`;
    if (!isCollection(member)) out.push(`${start}${label} ${scalar(member, inner)}`);
    else if (Array.isArray(value)) write(member, inner, `${start}- `, out);
    else {
      out.push(`${start}${label}`);
      write(member, inner, inner, out);
    }
    start = indent;
  }
}

/** The comments of a value's members. */
export function commentsOf(value: object): Record<string, string> | undefined {
  return (value as { [COMMENTS]?: Record<string, string> })[COMMENTS];
}

/** A member's name as it is written. */
export function keyText(name: string): string {
  const plain =
    /^[A-Za-z_][A-Za-z0-9_./-]*$/.test(name) && !/^(y|n|yes|no|on|off|true|false|null|e-?\d.*)$/i.test(name);
  return plain ? name : quoted(name);
}

function scalar(value: unknown, indent: string): string {
  if (Array.isArray(value)) return '[]';
  switch (typeof value) {
    case 'string':
      return isBlock(value) ? `|\n${value.slice(0, -1).replace(/^(?=.)/gm, indent)}` : quoted(value);
    case 'number':
      if (!Number.isSafeInteger(value)) throw new TypeError(`not a safe integer: ${value}`);
      return `${value}`;
    case 'boolean':
      return `${value}`;
    case 'object':
      return value === null ? 'null' : '{}';
    default:
      throw new TypeError(`no YAML for ${typeof value}`);
  }
}

/** Several lines that mean the same as a block: printable, the first not indented, none with blanks at its end. */
function isBlock(text: string): boolean {
  return text.endsWith('\n') && !/^[ \n]| \n|\n\n$/.test(text) && isPrintable(text);
}

/** JSON's escapes, and those for what YAML 1.1 takes for a line break or refuses. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

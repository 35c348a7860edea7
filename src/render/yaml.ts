/** Plain data to YAML and back. What is behind these two functions was chosen by measurement (`bench/`). */
import { load } from 'js-yaml';

/** Data of an object's member names → the comment that goes above each. */
const COMMENTS = Symbol('comments');

/** Attaches one-line comments to members of an object; keys without a comment need none. */
export function withComments<T extends object>(members: T, comments: Readonly<Record<string, string>>): T {
  return Object.defineProperty(members, COMMENTS, { value: comments });
}

/**
 * YAML that means the same to 1.1 and 1.2 readers: every string in double quotes, or as a block where it has several
 * plain lines; keys in the order given. Takes null, booleans, safe integers, strings, arrays and plain objects; members
 * that are undefined are left out.
 */
export function emitYaml(value: unknown): string {
  return isCollection(value) ? lines(value, '').join('\n').concat('\n') : `${scalar(value, '')}\n`;
}

/** Several documents in one file. */
export function emitYamlDocuments(values: readonly unknown[]): string {
  return values.map((value) => `---\n${emitYaml(value)}`).join('');
}

/** Data of one YAML document. */
export function readYaml(text: string): unknown {
  return load(text);
}

type Collection = unknown[] | Record<string, unknown>;

function isCollection(value: unknown): value is Collection {
  return typeof value === 'object' && value !== null && Object.values(value).some((child) => child !== undefined);
}

function lines(value: Collection, indent: string): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item) => {
      if (!isCollection(item)) return `${indent}- ${scalar(item, `${indent}  `)}`;
      const [first, ...rest] = lines(item, `${indent}  `);
      if (!first!.trimStart().startsWith('#')) return [`${indent}- ${first!.slice(indent.length + 2)}`, ...rest];
      return [`${indent}-`, first!, ...rest];
    });
  }
  const comments = (value as { [COMMENTS]?: Record<string, string> })[COMMENTS];
  return Object.entries(value).flatMap(([name, member]) => {
    if (member === undefined) return [];
    const comment =
      comments?.[name] === undefined ? [] : [`${indent}# ${comments[name].replace(/[\r\n\u0085\u2028\u2029]+/g, ' ')}`];
    if (!isCollection(member)) return [...comment, `${indent}${key(name)}: ${scalar(member, `${indent}  `)}`];
    return [...comment, `${indent}${key(name)}:`, ...lines(member, `${indent}  `)];
  });
}

function key(name: string): string {
  const plain =
    /^[A-Za-z_][A-Za-z0-9_./-]*$/.test(name) && !/^(y|n|yes|no|on|off|true|false|null|e-?\d.*)$/i.test(name);
  return plain ? name : quoted(name);
}

function scalar(value: unknown, indent: string): string {
  if (Array.isArray(value)) return '[]';
  switch (typeof value) {
    case 'string':
      return /^[!-~][ -~]*\n(?:(?:[ -~]*[!-~])?\n)*$/.test(value) && !/ \n|\n\n$/.test(value)
        ? `|\n${value
            .slice(0, -1)
            .split('\n')
            .map((line) => (line === '' ? '' : indent + line))
            .join('\n')}`
        : quoted(value);
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

/** JSON's escapes, and those for what YAML 1.1 takes for a line break or refuses. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

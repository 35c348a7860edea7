/**
 * Reads back the YAML that `emitYaml` writes, and nothing else: strings in double quotes, whole numbers, `true`,
 * `false`, `null`, `[]`, `{}`, blocks after `|`, comments on lines of their own. Our own, because a synth
 * should feel instant, and `yaml` reads many times slower (`bench/yaml.bench.ts`); that it reads the same under 1.1 and
 * 1.2 is a property test.
 */

const SPACE = 32;
const HASH = 35;
const KEY = /^(?:([A-Za-z_][A-Za-z0-9_./-]*)|("(?:[^"\\]|\\.)*")):(?: |$)/;

/**
 * Data of one document.
 * @throws SyntaxError with the line for what `emitYaml` would not write
 */
export function readYaml(text: string): unknown {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new SyntaxError('expected a line break at the end');
  let at = 0;

  /** Moves to the next line that is not a comment; its indentation, or -1 at the end. */
  const indentation = (): number => {
    for (; at < lines.length; at += 1) {
      const line = lines[at]!;
      let column = 0;
      while (line.charCodeAt(column) === SPACE) column += 1;
      if (column < line.length && line.charCodeAt(column) !== HASH) return column;
    }
    return -1;
  };
  const refuse = (): never => {
    throw new SyntaxError(`line ${at + 1}: expected YAML as it is emitted, got ${lines[at]}`);
  };

  /** The block that begins at column `indent` of the current line. */
  const block = (indent: number): unknown => {
    const rest = lines[at]!.slice(indent);
    if (rest === '-' || rest.startsWith('- ')) return sequence(indent);
    return KEY.test(rest) ? mapping(indent) : inline(rest, indent - 1);
  };
  const sequence = (indent: number): unknown[] => {
    const items: unknown[] = [];
    do {
      const line = lines[at]!;
      if (line.slice(indent) === '-') {
        at += 1;
        items.push(nested(indent));
      } else {
        if (!line.startsWith('- ', indent)) refuse();
        // The item's first line, as if it stood on a line of its own.
        lines[at] = `${' '.repeat(indent + 2)}${line.slice(indent + 2)}`;
        items.push(block(indent + 2));
      }
    } while (indentation() === indent && lines[at]!.startsWith('-', indent));
    return items;
  };
  const mapping = (indent: number): Record<string, unknown> => {
    const members: Record<string, unknown> = Object.create(null);
    do {
      const match = KEY.exec(lines[at]!.slice(indent)) ?? refuse();
      const key = match[1] ?? (JSON.parse(match[2]!) as string);
      const rest = lines[at]!.slice(indent + match[0].length);
      let value: unknown;
      if (rest === '') {
        at += 1;
        value = nested(indent);
      } else value = inline(rest, indent);
      if (key in members) refuse(); // it has no prototype
      members[key] = value;
    } while (indentation() === indent);
    return members;
  };
  /** What stands below a key or a lone dash. */
  const nested = (indent: number): unknown => {
    const deeper = indentation();
    return deeper > indent ? block(deeper) : refuse();
  };
  const inline = (rest: string, parent: number): unknown => {
    at += 1;
    if (rest === '|') return literal(parent);
    if (rest === '[]') return [];
    at -= 1;
    const value = /^(?:"|-?(?:0|[1-9]\d*)$|(?:true|false|null|\{\})$)/.test(rest) ? tryJson(rest) : undefined;
    if (value === undefined) refuse();
    at += 1;
    return value;
  };
  const literal = (parent: number): string => {
    const found: string[] = [];
    for (; at < lines.length && (lines[at] === '' || lines[at]!.search(/[^ ]/) > parent); at += 1)
      found.push(lines[at]!);
    const margin = found[0]?.search(/[^ ]/) ?? 0;
    return `${found.map((line) => line.slice(margin)).join('\n')}\n`;
  };

  const start = indentation();
  if (start === -1) return undefined;
  const value = block(start);
  return indentation() === -1 ? value : refuse();
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

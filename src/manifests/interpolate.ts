/** `${X:-default}` in Compose files, by compose-go's grammar; no value is ever taken of this process's environment. */

export interface Filled {
  /** With `${X}` where nobody says the value of `X`. */
  text: string;
  /** Those variables. */
  open: readonly string[];
}

const PLACE = /\$(?:(\$)|([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(:?[-?+])?)/y;

/**
 * A text with its variables replaced.
 * @param variables those of the `.env` beside the file
 */
export function interpolate(text: string, variables: ReadonlyMap<string, string>): Filled {
  return fillUpTo(text, 0, variables, 0).filled;
}

/** Defaults within one another; what is deeper stays as it is. */
const MOST_DEEP = 20;

/** @param depth in how many braces it stands: the next closing one ends it */
function fillUpTo(
  text: string,
  start: number,
  variables: ReadonlyMap<string, string>,
  depth: number,
): { filled: Filled; end: number } {
  let filled = '';
  const open: string[] = [];
  let at = start;
  const add = (part: Filled) => {
    filled += part.text;
    open.push(...part.open);
  };
  while (at < text.length && !(depth > 0 && text[at] === '}')) {
    PLACE.lastIndex = at;
    const place = PLACE.exec(text);
    if (place === null || depth > MOST_DEEP) {
      filled += text[at];
      at += 1;
      continue;
    }
    const [whole, dollar, bare, braced, operator] = place;
    at += whole.length;
    if (dollar !== undefined) filled += '$';
    else if (bare !== undefined) add(said(bare, variables));
    else {
      const rest = fillUpTo(text, at, variables, depth + 1);
      at = rest.end + 1;
      add(chosen(braced!, operator, rest.filled, variables));
    }
  }
  return { filled: { text: filled, open }, end: at };
}

function said(name: string, variables: ReadonlyMap<string, string>): Filled {
  const text = variables.get(name);
  return text === undefined ? { text: `\${${name}}`, open: [name] } : { text, open: [] };
}

function chosen(name: string, operator = '', other: Filled, variables: ReadonlyMap<string, string>): Filled {
  const value = variables.get(name);
  const isSet = value !== undefined && (value !== '' || !operator.startsWith(':'));
  if (operator.endsWith('+')) return isSet ? other : { text: '', open: [] };
  if (operator.endsWith('-') && !isSet) return other;
  return said(name, variables);
}

/** The variables of an `.env` file. One whose value names another that nobody says is left out. */
export function readDotEnv(text: string): Map<string, string> {
  const variables = new Map<string, string>();
  for (const line of text.split(/\r\n|\n|\r/)) {
    const [, name, rest = ''] = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=\s*(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const [, single, double] = /^(?:'([^']*)'|"((?:[^"\\]|\\.)*)")/.exec(rest) ?? [];
    const { text: value, open } =
      single === undefined
        ? interpolate(double ?? rest.replace(/(^|\s+)#.*$/, '').trim(), variables)
        : { text: single, open: [] };
    if (open.length === 0) variables.set(name, value);
  }
  return variables;
}

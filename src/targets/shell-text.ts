/** Text that ends up in shells, comments and containers: escaped there, or refused. */
import { fail } from '../errors/errors.ts';
import { oneLine } from '../formats/one-line.ts';

/** Lines of a comment that `#` begins. */
export function commentLines(lines: readonly string[]): string[] {
  return lines.map((line) => `# ${oneLine(line)}`.trimEnd());
}

/** A word as a POSIX shell reads it back. */
export function shWord(text: string): string {
  return /^[A-Za-z0-9_./:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export function shWords(words: readonly string[]): string {
  return words.map(shWord).join(' ');
}

/**
 * A text that a process can get as argument or variable.
 * @throws OUTPUT_INVALID
 */
export function processText(text: string, path: string): string {
  if (/[\0\p{Cs}]/u.test(text))
    fail('OUTPUT_INVALID', path, `expected valid Unicode without NUL, got ${JSON.stringify(text)}; change it`);
  return text;
}

/**
 * A variable's name that a shell passes on: dash drops every other from the environment.
 * @throws OUTPUT_INVALID
 */
export function variableName(name: string, path: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    fail(
      'OUTPUT_INVALID',
      path,
      `expected an environment variable of letters, digits and _, got ${JSON.stringify(name)}; rename it, or deliver the policy's values as settings`,
    );
  return name;
}

/** Values in formats that several programs read, each in its own way: what they all read alike, or nothing. */
import { fail } from '../../errors/errors.ts';

/**
 * A plain value, or one in double quotes. systemd and a shell take the quotes off and read what is between them alike;
 * `docker --env-file` keeps them, so a value without need has none.
 */
export const ENV_LINE =
  /^([A-Za-z_][A-Za-z0-9_]*)=(?:([A-Za-z0-9_./:@%+,=-]*)|"(?=[^"]*[^"A-Za-z0-9_./:@%+,=-])([^"$`\\\p{Cc}\p{Cs}]*)")$/u;

const PLAIN = /^[A-Za-z0-9_./:@%+,=-]*$/;
const QUOTABLE = /^[^"$`\\\p{Cc}\p{Cs}]*$/u;

/**
 * A line that systemd's EnvironmentFile and a POSIX shell read alike, and `docker --env-file` too where it is not quoted.
 * @throws OUTPUT_INVALID for a value that they read differently
 */
export function envLine(key: string, text: string, path: string): string {
  if (PLAIN.test(text)) return `${key}=${text}`;
  if (QUOTABLE.test(text)) return `${key}="${text}"`;
  return fail(
    'OUTPUT_INVALID',
    path,
    `expected no $, backquote, double quote, backslash or control character, which systemd and sh read differently, got ${JSON.stringify(`${key}=${text}`)}; change the value, or put it into a file of the program's own`,
  );
}

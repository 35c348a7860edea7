/** Everything a command reaches of the outside. */
import { dirname } from 'node:path';
import { fail } from '../errors.ts';
import type { Files } from '../sources/library.ts';

export interface Io {
  /** Data. */
  out(text: string): void;
  /** Everything else. */
  err(text: string): void;
  env: Readonly<Record<string, string | undefined>>;
  files: Files;
  /** Absolute path of a folder that the user names. */
  resolve(path: string): string;
  /** The program's own. */
  version?(): string;
  /** The whole of standard input. */
  input?(): string;
  /** Whether `err` is a terminal. @default false */
  isTerminal?: boolean;
}

/**
 * Prints data, or writes it to the file that the user names; every moment that file is the old or the new one.
 * @param output a path; `-` or nothing is stdout
 * @throws WRITE_FAILED
 */
export async function printTo(io: Io, output: string | undefined, text: string): Promise<void> {
  if (output === undefined || output === '-') {
    io.out(text);
    return;
  }
  const { makeFolder, replaceFile } = await import('../write.ts');
  const path = io.resolve(output);
  try {
    makeFolder(dirname(path));
    replaceFile(path, text);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    fail('WRITE_FAILED', output, `expected a file that can be written, got ${code}; check the path`, { cause });
  }
}

const BAR = 24;

/** Draws a progress bar on a terminal, and takes it away at the end; draws nothing in a pipe. */
export function progressBar(io: Io): (done: number, total: number, name: string) => void {
  return (done, total, name) => {
    if (io.isTerminal !== true || total < 2) return;
    const filled = Math.floor((BAR * done) / total);
    const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR - filled)}] ${done}/${total} ${name.slice(0, 32)}`;
    io.err(done < total ? `\r\x1b[K${bar}` : '\r\x1b[K');
  };
}

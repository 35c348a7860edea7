/** Everything a command reaches of the outside. */
import { dirname } from 'node:path';
import { fail } from '../errors/errors.ts';
import { printable } from '../errors/printable.ts';
import type { Files } from '../files/library.ts';
import { Unreadable } from '../files/regular-file.ts';

/** What the program is given to reach the outside. */
export interface Outside {
  out(text: string): void;
  err(text: string): void;
  env: Readonly<Record<string, string | undefined>>;
  files: Files;
  /** Absolute path of a folder that the user names. */
  resolve(path: string): string;
  /** The program's own. */
  version?(): string;
  /**
   * The whole of standard input.
   * @throws Unreadable for more than `mostMiB`
   */
  input?(mostMiB: number): string;
  /** Whether `err` is a terminal. @default false */
  isTerminal?: boolean;
}

/** What a command prints with. */
export interface Io extends Outside {
  /** To stdout, for people or as JSON: whatever it was made of, it prints as it stands. */
  out(text: string): void;
  /** To stderr, likewise. */
  err(text: string): void;
  /** To stdout as it is: what another program takes in. */
  data(text: string): void;
  /** To a terminal as it is. */
  draw(text: string): void;
}

/** The one place where texts leave the program. */
export function ioOf(outside: Outside): Io {
  return {
    ...outside,
    out: (text) => outside.out(printable(text)),
    err: (text) => outside.err(printable(text)),
    data: (text) => outside.out(text),
    draw: (text) => outside.err(text),
  };
}

/** What programs print can be large: all machine types of a cloud, or everything that an exporter measures. */
const MOST_MIB_PRINTED = 256;

/**
 * A file that a program printed, or standard input for `-`.
 * @throws FILE_UNREADABLE
 */
export function readPrinted(io: Io, file: string, option: string): string {
  if (file !== '-')
    return (
      io.files.readText(file, MOST_MIB_PRINTED) ??
      fail('FILE_UNREADABLE', option, `expected a file, got none at ${file}; - is standard input`)
    );
  try {
    return io.input?.(MOST_MIB_PRINTED) ?? '';
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return fail('FILE_UNREADABLE', option, `cannot read standard input: got ${error.got}`, { cause: error });
  }
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
  const { makeFolder, replaceFile } = await import('../files/write-file.ts');
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
    const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR - filled)}] ${done}/${total} ${printable(name.slice(0, 32))}`;
    io.draw(done < total ? `\r\x1b[K${bar}` : '\r\x1b[K');
  };
}

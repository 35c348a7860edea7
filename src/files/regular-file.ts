/** Reads what is a file and ends: no pipe that nobody writes to, no device, nothing without end. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';

/** There is something that cannot be read as a file. */
export class Unreadable extends Error {
  /** What is there, in words for a message: `EACCES`, `a folder`, `more than 16 MiB`. */
  readonly got: string;

  constructor(got: string, cause?: unknown) {
    super(got, { cause });
    this.got = got;
  }
}

/**
 * The text of a regular file; undefined where there is nothing of this name.
 * @throws Unreadable
 */
export function readRegularFile(path: string, mostMiB: number): string | undefined {
  try {
    // Many files are not there yet, and an error for each would take long.
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return undefined;
    refuseOther(found);
    // Nothing that took the file's place since makes this wait.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      const opened = fstatSync(file);
      refuseOther(opened);
      return readAll(file, mostMiB, opened.size);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new Unreadable(code, error);
  }
}

/**
 * Everything that comes over standard input, which may be one that does not wait by itself.
 * @throws Unreadable
 */
export function readStandardInput(mostMiB: number): string {
  try {
    return readAll(0, mostMiB, 0, true);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === undefined ? error : new Unreadable(code, error);
  }
}

/**
 * Everything that an open file holds, as text.
 * @param expected how many bytes that may be; the kernel's own files say 0
 * @param waits whether to wait where nothing has come yet
 * @throws Unreadable for more than `mostMiB`
 */
function readAll(file: number, mostMiB: number, expected: number, waits = false): string {
  const most = mostMiB * 1024 * 1024;
  const tooMuch = () => new Unreadable(`more than ${mostMiB} MiB`);
  if (expected > most) throw tooMuch();
  let buffer = Buffer.allocUnsafe((expected || 64 * 1024) + 1);
  let length = 0;
  for (;;) {
    const read = readSome(file, buffer, length, waits);
    if (read === 0) return buffer.toString('utf8', 0, length);
    length += read;
    if (length > most) throw tooMuch();
    if (length === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
  }
}

/** @returns how many bytes; 0 at the end */
function readSome(file: number, buffer: Buffer, at: number, waits: boolean): number {
  for (;;) {
    try {
      return readSync(file, buffer, at, buffer.length - at, null);
    } catch (error) {
      if (!waits || (error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

function refuseOther(found: Stats): void {
  if (!found.isFile()) throw new Unreadable(kindOf(found));
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a pipe';
  return found.isSocket() ? 'a socket' : 'a device';
}

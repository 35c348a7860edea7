/** Single files and folders: read only what is a regular file, replace so that every moment is the old or the new one. */
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { randomHex } from './hashes.ts';

const TEMPORARY = '.sizewright-tmp-';

/** Whether a name is that of a file which `replaceFile` renames in the end; one that stays was left by a killed run. */
export function isTemporary(name: string): boolean {
  return name.startsWith(TEMPORARY);
}

/** Step by step: Node's own recursion never ends where a folder cannot be made, as under /proc. */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    const madeByAnother = (error as NodeJS.ErrnoException).code === 'EEXIST' && existsSync(path);
    if (!madeByAnother || !statSync(path).isDirectory()) throw error;
  }
}

/**
 * Every moment the file is the old or the new one; where it cannot be written, nothing stays beside it.
 * The temporary file has a name that nobody can guess, and is refused where something has that name, a link too.
 */
export function replaceFile(path: string, contents: string, executable = false): void {
  const temporary = join(dirname(path), `${TEMPORARY}${randomHex(8)}`);
  const file = openExclusively(temporary);
  try {
    try {
      writeFileSync(file, contents);
      if (executable) fchmodSync(file, 0o755);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    try {
      rmSync(temporary, { force: true });
    } catch {} // the first error is the one to tell
    throw error;
  }
}

/** A file that was not there before. */
export function openExclusively(path: string): number {
  return openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o666);
}

/** Removes a file, and the folders that it leaves empty, up to the target's own. */
export function removeFile(path: string, folder: string): void {
  rmSync(path, { force: true });
  for (let parent = dirname(path); parent !== folder; parent = dirname(parent)) {
    try {
      rmdirSync(parent);
    } catch {
      return;
    }
  }
}

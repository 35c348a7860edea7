/** Where what takes minutes to make is kept from one run to the next. Removing the folder is always safe. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A folder of the cache, made when it is not there: `$SIZEWRIGHT_CACHE`, or `~/.cache/sizewright`. */
export function cacheFolder(name: string): string {
  const folder = join(process.env.SIZEWRIGHT_CACHE || join(homedir(), '.cache', 'sizewright'), name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

const making = new Map<string, Promise<string>>();

/** The path of what `make` makes, in one making for all who ask for it at the same time. */
export function madeOnce(path: string, make: () => Promise<string>): Promise<string> {
  const made = making.get(path) ?? make();
  making.set(path, made);
  return made;
}

/** Changes when one of the texts does. */
export function hashOf(...texts: readonly string[]): string {
  return createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 16);
}

/** Changes when a file in the folder, at any depth, changes its name or contents. */
export function folderHash(folder: string): string {
  const hash = createHash('sha256');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) {
    hash.update(path.slice(folder.length)).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

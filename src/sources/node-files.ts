/** `Files` over the real file system: the user's working directory, and the data beside the built program. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fail } from '../errors.ts';
import { type BuiltInData, type Files, MOST_MIB_WRITTEN } from './library.ts';
import { readRegularFile, Unreadable } from './regular-file.ts';

/** The package's own data is no larger. */
const MOST_MIB_OWN = 64;

/**
 * @param cwd the user's working directory
 * @param dataFolder where the build put the package's data
 */
export function nodeFiles(cwd: string, dataFolder: string): Files {
  return {
    readText: (path, mostMiB = MOST_MIB_WRITTEN) => read(resolve(cwd, path), path, mostMiB),
    list: (folder) => listFolder(resolve(cwd, folder)),
    readSystem: (path) => {
      try {
        return readFileSync(path, 'utf8');
      } catch {
        return undefined;
      }
    },
    readData: (path) => {
      const text = read(join(dataFolder, `${path}.json`), path, MOST_MIB_OWN);
      return text === undefined ? undefined : (JSON.parse(text) as BuiltInData);
    },
    listData: (folder) => listFolder(join(dataFolder, folder)),
  };
}

function read(file: string, shown: string, mostMiB: number): string | undefined {
  try {
    return readRegularFile(file, mostMiB);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return fail(
      'FILE_UNREADABLE',
      shown,
      `expected a file that can be read, got ${error.got}; check the path and its permissions`,
      { cause: error.cause ?? error },
    );
  }
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

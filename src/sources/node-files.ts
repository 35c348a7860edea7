/** `Files` over the real file system: the user's working directory, and the data beside the built program. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fail } from '../errors.ts';
import type { BuiltInData, Files } from './library.ts';

/**
 * @param cwd the user's working directory
 * @param dataFolder where the build put the package's data
 */
export function nodeFiles(cwd: string, dataFolder: string): Files {
  return {
    readText: (path) => read(resolve(cwd, path), path),
    list: (folder) => listFolder(resolve(cwd, folder)),
    readSystem: (path) => {
      try {
        return readFileSync(path, 'utf8');
      } catch {
        return undefined;
      }
    },
    readData: (path) => {
      const text = read(join(dataFolder, `${path}.json`), path);
      return text === undefined ? undefined : (JSON.parse(text) as BuiltInData);
    },
    listData: (folder) => listFolder(join(dataFolder, folder)),
  };
}

function read(file: string, shown: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    return fail(
      'FILE_UNREADABLE',
      shown,
      `expected a file that can be read, got ${code}; check the path and its permissions`,
      { cause: error },
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

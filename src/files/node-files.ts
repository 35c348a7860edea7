/** `Files` over the real file system: the user's working directory, and the data beside the built program. */
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fail } from '../errors/errors.ts';
import { type BuiltInData, type Files, MOST_MIB_WRITTEN } from './library.ts';
import { readRegularFile, Unreadable } from './regular-file.ts';

/** The package's own data is no larger. */
const MOST_MIB_OWN = 64;

/** The package's own data by file: it stays the same while a program runs. Nothing changes what it gets of it. */
const parsed = new Map<string, BuiltInData | undefined>();

/**
 * @param cwd the user's working directory
 * @param dataFolder where the build put the package's data
 */
export function nodeFiles(cwd: string, dataFolder: string): Files {
  return {
    readText: (path, mostMiB = MOST_MIB_WRITTEN) => read(resolve(cwd, path), path, mostMiB),
    readChunks: (path) => readChunks(resolve(cwd, path), path),
    list: (folder) => listFolder(resolve(cwd, folder)),
    readSystem: (path) => {
      try {
        return readFileSync(path, 'utf8');
      } catch {
        return undefined;
      }
    },
    readData: (path) => {
      const file = join(dataFolder, `${path}.json`);
      if (!parsed.has(file)) {
        const text = read(file, path, MOST_MIB_OWN);
        parsed.set(file, text === undefined ? undefined : (JSON.parse(text) as BuiltInData));
      }
      return parsed.get(file);
    },
    listData: (folder) => listFolder(join(dataFolder, folder)),
  };
}

const CHUNK = 1 << 20;

function readChunks(file: string, shown: string): Iterable<string> | undefined {
  const refuse = (got: string, cause?: unknown): never =>
    fail('FILE_UNREADABLE', shown, `expected a file that can be read, got ${got}; check the path and its permissions`, {
      cause,
    });
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : refuse(`${code}`, error);
  }
  if (fstatSync(descriptor).isFile()) return chunksOf(descriptor);
  closeSync(descriptor);
  return refuse('a folder, a pipe or a device');
}

function* chunksOf(descriptor: number): Generator<string> {
  const [buffer, decoder] = [Buffer.alloc(CHUNK), new TextDecoder()];
  try {
    for (let size = readSync(descriptor, buffer); size > 0; size = readSync(descriptor, buffer))
      yield decoder.decode(buffer.subarray(0, size), { stream: true });
    yield decoder.decode();
  } finally {
    closeSync(descriptor);
  }
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

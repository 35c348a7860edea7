/** Writes folders of files so that every file is the old or the new one at any moment, and nobody's work is lost. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fail, SizewrightError } from './errors.ts';
import type { Artifact } from './render/target.ts';
import { sha256 } from './sources/library.ts';

const MANIFEST = 'manifest.json';
/** What a run is about to write; left behind only when it was killed. Its files count as ours. */
const PENDING = 'manifest.json.next';
const TEMPORARY = '.sizewright-tmp';

export interface FolderToWrite {
  /** Below the root. */
  path: string;
  artifacts: readonly Artifact[];
}

export interface FileChange {
  /** Below the root. */
  path: string;
  state: 'new' | 'changed' | 'unchanged' | 'removed' | 'conflict';
  /** Present for what is there now. */
  before?: string;
  /** Present for what would be there. */
  after?: string;
}

interface Manifest {
  files: { path: string; sha256: string }[];
}

/**
 * What writing would do. Reads only.
 * A file that is there, differs, and is not what the last run wrote is a `conflict`: somebody changed it by hand.
 */
export function compareFolders(root: string, folders: readonly FolderToWrite[]): FileChange[] {
  return folders.flatMap((folder) => compareFolder(root, folder));
}

function compareFolder(root: string, { path, artifacts }: FolderToWrite): FileChange[] {
  const base = join(root, path);
  const listed = listedIn(base);
  const ours = new Set(listed.map((file) => `${file.path}\0${file.sha256}`));
  const stateOf = (name: string, before: string, ifOurs: 'changed' | 'removed') =>
    ours.has(`${name}\0${sha256(before)}`) ? ifOurs : 'conflict';
  const changes: FileChange[] = artifacts.map(({ path: name, contents: after, executable = false, once }) => {
    const file = join(base, name);
    const before = readIfThere(file);
    if (before === undefined) return { path: `${path}/${name}`, state: 'new', after };
    if (once) return { path: `${path}/${name}`, state: 'unchanged', before, after: before };
    if (before !== after) return { path: `${path}/${name}`, state: stateOf(name, before, 'changed'), before, after };
    const marked = !executable || (statSync(file).mode & 0o111) !== 0;
    return { path: `${path}/${name}`, state: marked ? 'unchanged' : 'changed', before, after };
  });
  const rendered = new Set(artifacts.map((artifact) => artifact.path));
  for (const name of new Set(listed.map((file) => file.path))) {
    if (rendered.has(name) || !isFile(join(base, name))) continue;
    const before = readIfThere(join(base, name))!;
    changes.push({ path: `${path}/${name}`, state: stateOf(name, before, 'removed'), before });
  }
  return changes;
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

/** What the last run wrote, and what runs that were killed since may have written. */
function listedIn(base: string): Manifest['files'] {
  return [MANIFEST, PENDING].flatMap((name) => readManifest(join(base, name)));
}

/**
 * Writes file by file (temporary name, then rename), each folder's manifest last; removes what the manifest lists and
 * is no longer rendered. Other files and folders are left alone.
 * @param force overwrite files that were changed by hand
 * @param shown how the user names the root, for messages
 * @throws WRITE_CONFLICT before anything is written, WRITE_FAILED
 */
export function writeFolders(
  root: string,
  folders: readonly FolderToWrite[],
  force: boolean,
  shown: string = root,
): FileChange[] {
  const work = folders.map((folder) => ({ folder, changes: compareFolder(root, folder) }));
  const all = work.flatMap(({ changes }) => changes);
  const conflicts = all.filter((change) => change.state === 'conflict');
  if (conflicts.length > 0 && !force) {
    throw new SizewrightError(
      conflicts.map(({ path }) => ({
        code: 'WRITE_CONFLICT',
        path: '',
        file: join(shown, path),
        message:
          'expected the file as it was generated, got one changed by hand; move your change to the stack, a policy or an override, or overwrite it with --force',
      })),
    );
  }
  for (const { folder, changes } of work) {
    const base = join(root, folder.path);
    const clean =
      changes.every((change) => change.state === 'unchanged') &&
      readIfThere(join(base, MANIFEST)) === manifestOf(folder.artifacts) &&
      !wasKilled(base);
    if (!clean) attempt(base, () => writeFolder(root, folder, changes));
  }
  return all;
}

/** Whether a run left this folder half-way. */
function wasKilled(base: string): boolean {
  return [PENDING, `${PENDING}${TEMPORARY}`, `${MANIFEST}${TEMPORARY}`].some((name) => existsSync(join(base, name)));
}

function writeFolder(root: string, { path, artifacts }: FolderToWrite, changes: readonly FileChange[]): void {
  const base = join(root, path);
  const executable = new Set(artifacts.flatMap((artifact) => (artifact.executable ? `${path}/${artifact.path}` : [])));
  const killed = wasKilled(base) ? readManifest(join(base, PENDING)) : undefined;
  for (const folder of new Set([base, ...changes.map((change) => dirname(join(root, change.path)))])) {
    makeFolder(folder);
  }
  // Until this run is through, files of the killed ones are ours too.
  replaceFile(join(base, PENDING), manifestOf(artifacts, killed));
  if (killed) {
    const names = new Set([MANIFEST, ...[...listedIn(base), ...artifacts].map((file) => file.path)]);
    for (const name of names) rmSync(join(base, `${name}${TEMPORARY}`), { force: true });
  }
  for (const change of changes) {
    const file = join(root, change.path);
    if (change.after === undefined) removeFile(file, base);
    else if (change.state !== 'unchanged') replaceFile(file, change.after, executable.has(change.path));
  }
  replaceFile(join(base, MANIFEST), manifestOf(artifacts));
  rmSync(join(base, PENDING));
}

/** Written once into a new output folder, so that nobody commits it by accident. */
export function ignoreInGit(root: string): void {
  const file = join(root, '.gitignore');
  if (!existsSync(file)) attempt(root, () => replaceFile(file, '*\n'));
}

function manifestOf(artifacts: readonly Artifact[], further: Manifest['files'] = []): string {
  const ours = artifacts.filter(({ once }) => !once);
  const files = [...ours.map(({ path, contents }) => ({ path, sha256: sha256(contents) })), ...further];
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return `${JSON.stringify({ files } satisfies Manifest, null, 2)}\n`;
}

/** Nothing where there is no readable manifest: then no file counts as ours. Only plain paths below it count. */
function readManifest(path: string): Manifest['files'] {
  const text = readIfThere(path);
  if (text === undefined) return [];
  try {
    const { files } = JSON.parse(text) as Partial<Manifest>;
    return (Array.isArray(files) ? files : []).filter((file) => typeof file?.path === 'string' && isPlain(file.path));
  } catch {
    return [];
  }
}

/** Whether a path leads below its folder, and is written in the one way that artifacts are. */
export function isPlain(path: string): boolean {
  return !/[\\\0]/.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function readIfThere(path: string): string | undefined {
  try {
    // Many files are not there yet, and an error for each would take long. What cannot be looked at is one.
    return statSync(path, { throwIfNoEntry: false }) && readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    return fail(
      'WRITE_FAILED',
      path,
      `expected a file that can be read, got ${code}; check what is at this path and its permissions`,
      { cause: error },
    );
  }
}

/** Step by step: Node's own recursion never ends where a folder cannot be made, as under /proc. */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}

/** Every moment the file is the old or the new one; where it cannot be written, nothing stays beside it. */
export function replaceFile(path: string, contents: string, executable = false): void {
  const temporary = `${path}${TEMPORARY}`;
  try {
    writeFileSync(temporary, contents);
    if (executable) chmodSync(temporary, 0o755);
    renameSync(temporary, path);
  } catch (error) {
    try {
      rmSync(temporary, { force: true });
    } catch {} // the first error is the one to tell
    throw error;
  }
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

function attempt(path: string, step: () => void): void {
  try {
    step();
  } catch (error) {
    const { code, path: at } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    fail(
      'WRITE_FAILED',
      at ?? path,
      `expected a folder that can be written to, got ${code}; check what is at this path, its permissions, the free space and that no other run writes there, then run again`,
      { cause: error },
    );
  }
}

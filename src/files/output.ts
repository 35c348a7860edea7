/** Writes folders of files so that every file is the old or the new one at any moment, and nobody's work is lost. */
import { existsSync, lstatSync, readdirSync, rmSync, type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail, SizewrightError } from '../errors/errors.ts';
import type { Artifact } from '../targets/target.ts';
import { sha256 } from './hashes.ts';
import { forgetDead, isHeld, waitUntilFree, withLock } from './lock.ts';
import { readRegularFile, Unreadable } from './regular-file.ts';
import { isTemporary, makeFolder, removeFile, replaceFile } from './write-file.ts';

const MANIFEST = 'manifest.json';
/** What a run is about to write; left behind only when it was killed. Its files count as ours. */
const PENDING = 'manifest.json.next';
/** No file that is written here is nearly as large. */
const MOST_MIB = 64;

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

/** Which files a run wrote. */
interface Manifest {
  files: { path: string; sha256: string }[];
}

/**
 * What writing would do. Reads only.
 * A file that is there, differs, and is not what the last run wrote is a `conflict`: somebody changed it by hand.
 * @param shown how the user names the root, for messages
 * @throws MANIFEST_INVALID, WRITE_FAILED
 */
export function compareFolders(root: string, folders: readonly FolderToWrite[], shown: string = root): FileChange[] {
  const compare = () =>
    attempt(root, () => compareAll({ root, shown, force: false }, folders).flatMap(({ changes }) => changes));
  const changes = compare();
  // A run that writes at this moment is between two manifests: when it has ended, its files are no longer a conflict.
  if (changes.every(({ state }) => state !== 'conflict') || !isHeld(root)) return changes;
  waitUntilFree(root);
  return compare();
}

/** Where is written, and how. */
interface Place {
  root: string;
  /** How the user names the root. */
  shown: string;
  /** Whether files that were changed by hand are overwritten. */
  force: boolean;
}

/** A folder with what writing it would do. */
interface Work {
  folder: FolderToWrite;
  changes: FileChange[];
  /** Whether there is nothing to do. */
  clean: boolean;
}

function compareAll(place: Place, folders: readonly FolderToWrite[]): Work[] {
  refuseLinks(place, folders);
  return folders.map((folder) => ({ folder, ...compareFolder(place, folder) }));
}

function compareFolder(place: Place, { path, artifacts }: FolderToWrite): Omit<Work, 'folder'> {
  const base = join(place.root, path);
  const listed = listedIn(place, path);
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
    if (rendered.has(name) || !isOwnFile(base, name)) continue;
    const before = readIfThere(join(base, name))!;
    changes.push({ path: `${path}/${name}`, state: stateOf(name, before, 'removed'), before });
  }
  const clean =
    changes.every((change) => change.state === 'unchanged') &&
    readIfThere(join(base, MANIFEST)) === manifestOf(artifacts) &&
    !wasKilled(base);
  return { changes, clean };
}

/** Whether a file lies in the folder itself, not behind a link. */
function isOwnFile(base: string, name: string): boolean {
  const parts = name.split('/');
  const folders = parts.slice(1).map((_, index) => join(base, ...parts.slice(0, index + 1)));
  return folders.every((folder) => linkStats(folder)?.isDirectory()) && isFile(join(base, name));
}

function isFile(path: string): boolean {
  return linkStats(path) !== undefined && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** Of a link itself; nothing where there is no such path, or cannot be one. */
function linkStats(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (['ENOTDIR', 'ENAMETOOLONG'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/**
 * A folder that is a link can lead anywhere. Only the root itself, which the user names, may be one.
 * @throws WRITE_FAILED
 */
function refuseLinks({ root, shown }: Place, folders: readonly FolderToWrite[]): void {
  const seen = new Set<string>(['.', '']);
  const check = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    check(dirname(path));
    if (!linkStats(join(root, path))?.isSymbolicLink()) return;
    const named = join(shown, path);
    fail(
      'WRITE_FAILED',
      named,
      'expected a folder, got a link, which can lead out of the output folder; put a folder in its place, or name the one behind it with --output',
    );
  };
  for (const { path, artifacts } of folders) {
    check(path);
    for (const artifact of artifacts) check(dirname(`${path}/${artifact.path}`));
  }
}

/** What the last run wrote, and what runs that were killed since may have written. */
function listedIn(place: Place, path: string): Manifest['files'] {
  return [MANIFEST, PENDING].flatMap((name) => readManifest(place, `${path}/${name}`));
}

/**
 * Writes file by file (temporary name, then rename), each folder's manifest last; removes what the manifest lists and
 * is no longer rendered. Other files and folders are left alone. Nobody else writes below the root meanwhile.
 * @param force overwrite files that were changed by hand
 * @param shown how the user names the root, for messages
 * @throws WRITE_CONFLICT and MANIFEST_INVALID before anything is written, WRITE_FAILED
 */
export function writeFolders(
  root: string,
  folders: readonly FolderToWrite[],
  force: boolean,
  shown: string = root,
): FileChange[] {
  const place = { root, shown, force };
  const changesOf = (work: readonly Work[]) => work.flatMap(({ changes }) => changes);
  return attempt(root, () => {
    // Where nothing is to be written, nothing is touched: the folder may be one that cannot be written to.
    const seen = existsSync(root) || folders.length === 0 ? compareAll(place, folders) : undefined;
    if (seen?.every(({ clean }) => clean)) {
      forgetDead(root);
      return changesOf(seen);
    }
    makeFolder(root);
    return withLock(root, shown, () => {
      // What was seen before is what another run may have changed since.
      const work = compareAll(place, folders);
      if (!force) refuseConflicts(changesOf(work), shown);
      for (const { folder, changes, clean } of work) if (!clean) writeFolder(place, folder, changes);
      return changesOf(work);
    });
  });
}

function refuseConflicts(changes: readonly FileChange[], shown: string): void {
  const conflicts = changes.filter((change) => change.state === 'conflict');
  if (conflicts.length === 0) return;
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

/** Whether a run left this folder half-way. */
function wasKilled(base: string): boolean {
  return namesIn(base).some((name) => name === PENDING || isTemporary(name));
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function writeFolder(place: Place, { path, artifacts }: FolderToWrite, changes: readonly FileChange[]): void {
  const { root } = place;
  const base = join(root, path);
  const executable = new Set(artifacts.flatMap((artifact) => (artifact.executable ? `${path}/${artifact.path}` : [])));
  const killed = wasKilled(base) ? readManifest(place, `${path}/${PENDING}`) : undefined;
  const folders = new Set([base, ...changes.map((change) => dirname(join(root, change.path)))]);
  for (const folder of folders) makeFolder(folder);
  // Until this run is through, files of the killed ones are ours too.
  replaceFile(join(base, PENDING), manifestOf(artifacts, killed));
  if (killed) {
    const listed = listedIn(place, path).map((file) => dirname(file.path));
    for (const folder of new Set(['.', ...listed])) removeTemporaries(base, folder);
  }
  for (const change of changes) {
    const file = join(root, change.path);
    if (change.after === undefined) removeFile(file, base);
    else if (change.state !== 'unchanged') replaceFile(file, change.after, executable.has(change.path));
  }
  replaceFile(join(base, MANIFEST), manifestOf(artifacts));
  rmSync(join(base, PENDING));
}

/** What killed runs had begun to write. */
function removeTemporaries(base: string, folder: string): void {
  for (const name of namesIn(join(base, folder)).filter(isTemporary))
    if (isOwnFile(base, join(folder, name))) rmSync(join(base, folder, name), { force: true });
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

/**
 * Nothing where there is no manifest: then no file counts as ours. Only plain paths below it count.
 * @throws MANIFEST_INVALID for one that cannot be read, unless everything is overwritten anyway
 */
function readManifest({ root, shown, force }: Place, path: string): Manifest['files'] {
  const text = readIfThere(join(root, path));
  if (text === undefined) return [];
  const manifest = parseManifest(text);
  if (typeof manifest !== 'string') return manifest.files.filter((file) => isPlain(file.path));
  if (force) return [];
  return fail(
    'MANIFEST_INVALID',
    '',
    `cannot be read: ${manifest}; it lists which files of this folder were generated. Restore it, or run again with --force, which overwrites the generated files of this folder and writes it anew`,
    { file: join(shown, path) },
  );
}

/** The manifest, or what is wrong with it. */
function parseManifest(text: string): Manifest | string {
  const marker = text.split('\n').findIndex((line) => /^(<{7}|={7}|>{7}|\|{7})/.test(line));
  if (marker >= 0) return `line ${marker + 1} is a marker of a merge conflict`;
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  const files = (data as Partial<Manifest> | null)?.files;
  const isEntry = (file: unknown) => {
    const { path, sha256: sum } = (file ?? {}) as Partial<Manifest['files'][number]>;
    return typeof path === 'string' && typeof sum === 'string' && /^[0-9a-f]{64}$/.test(sum);
  };
  if (Array.isArray(files) && files.every(isEntry)) return { files };
  return 'it is not a list of files with their checksums';
}

/** Whether a path leads below its folder, and is written in the one way that artifacts are. */
export function isPlain(path: string): boolean {
  return !/[\\\0]/.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function readIfThere(path: string): string | undefined {
  try {
    return readRegularFile(path, MOST_MIB);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return fail(
      'WRITE_FAILED',
      path,
      `expected a file that can be read, got ${error.got}; check what is at this path and its permissions`,
      { cause: error.cause ?? error },
    );
  }
}

function attempt<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    const { code, path: at } = error as NodeJS.ErrnoException;
    if (code === undefined || error instanceof SizewrightError) throw error;
    return fail(
      'WRITE_FAILED',
      at ?? path,
      `expected a folder that can be written to, got ${code}; check what is at this path, its permissions and the free space, then run again`,
      { cause: error },
    );
  }
}

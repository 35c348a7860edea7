/** A folder of files that were looked at and are expected to stay as they are. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import { isPlain } from '../files/output.ts';
import { makeFolder, removeFile, replaceFile } from '../files/write-file.ts';
import type { Artifact } from '../targets/target.ts';

export interface GoldenDifference {
  /** Below the folder. */
  path: string;
  state: 'changed' | 'missing' | 'extra';
  /** What lies in the folder. Absent for `missing`. */
  golden?: string;
  /** Absent for `extra`. */
  artifact?: Artifact;
}

/** What differs, sorted by path; every file of the folder counts. */
export function compareGolden(folder: string, artifacts: readonly Artifact[]): GoldenDifference[] {
  const made = new Map(artifacts.map((artifact) => [artifact.path, artifact]));
  for (const path of made.keys()) {
    if (!isPlain(path))
      throw new TypeError(`expected artifacts with paths below a folder, got ${JSON.stringify(path)}`);
  }
  const there = filesIn(folder);
  const differences: GoldenDifference[] = [];
  for (const path of [...new Set([...made.keys(), ...there])].sort()) {
    const artifact = made.get(path);
    if (!there.has(path)) differences.push({ path, state: 'missing', artifact: artifact! });
    else {
      const golden = readFileSync(join(folder, path), 'utf8');
      if (artifact === undefined) differences.push({ path, state: 'extra', golden });
      else if (artifact.contents !== golden || lacksMode(folder, artifact))
        differences.push({ path, state: 'changed', golden, artifact });
    }
  }
  return differences;
}

/** @throws Error for a file in its place, and for a link, because what is behind it may lie elsewhere */
function filesIn(folder: string): Set<string> {
  if (!existsSync(folder)) return new Set();
  if (!statSync(folder).isDirectory()) throw new Error(`expected a folder of golden files, got a file: ${folder}`);
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Set(
    entries.flatMap((entry) => {
      const path = relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/');
      if (!entry.isFile() && !entry.isDirectory())
        throw new Error(`expected files and folders in ${folder}, got something else: ${path}`);
      return entry.isFile() ? [path] : [];
    }),
  );
}

function lacksMode(folder: string, { path, executable = false }: Artifact): boolean {
  return executable && (statSync(join(folder, path)).mode & 0o111) === 0;
}

/** Makes the folder what it is compared with; every moment each file is the old or the new one. */
export function writeGolden(folder: string, differences: readonly GoldenDifference[]): void {
  for (const { path, artifact } of differences) {
    const file = join(folder, path);
    if (artifact === undefined) removeFile(file, folder);
    else {
      makeFolder(dirname(file));
      replaceFile(file, artifact.contents, artifact.executable);
    }
  }
}

/** The differences for a reader: what was expected with `-`, what is made now with `+`. */
export function describeDifferences(shown: string, differences: readonly GoldenDifference[]): string {
  const count = (state: GoldenDifference['state']) => differences.filter((one) => one.state === state).length;
  const counts = (['changed', 'missing', 'extra'] as const).filter((state) => count(state) > 0);
  const names = (state: GoldenDifference['state'], what: string) =>
    differences.filter((one) => one.state === state).map(({ path }) => `${what}: ${path}`);
  const patches = differences.flatMap(({ path, state, golden, artifact }) =>
    state === 'changed' ? [patchOf(path, golden!, artifact!)] : [],
  );
  return [
    `expected the files of ${shown}, got others: ${counts.map((state) => `${count(state)} ${state}`).join(', ')}`,
    ...names('missing', 'missing in the folder'),
    ...names('extra', 'no longer made'),
    ...patches,
  ].join('\n');
}

function patchOf(path: string, golden: string, { contents }: Artifact): string {
  if (golden === contents) return `not executable in the folder: ${path}`;
  return createTwoFilesPatch(`golden/${path}`, `made/${path}`, golden, contents).replace(/^=+\n/, '').trimEnd();
}

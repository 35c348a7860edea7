/** The built program, several at a time in one output folder, and killed at any moment. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const bin = fileURLToPath(new URL('../../dist/bin.js', import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), 'sizewright-concurrent-'));
afterAll(() => rmSync(temporary, { recursive: true }));

/** What is there before: files that the pairs change, and some that they remove. */
const EARLIER = [
  'synth',
  '--stack',
  'spatialvortex',
  '--profile',
  'c6i.8xlarge',
  '--target',
  'env,kustomize',
  '--max',
  'api.ONNX_POOL_SIZE=5',
];
/** Two runs that write the same files with other contents. */
const PAIRS: Record<string, readonly [string[], string[]]> = {
  'other values for one profile': [
    ['synth', '--stack', 'spatialvortex', '--profile', 'c6i.8xlarge', '--target', 'env,kustomize'],
    [
      'synth',
      '--stack',
      'spatialvortex',
      '--profile',
      'c6i.8xlarge',
      '--target',
      'env,kustomize',
      '--set',
      'api.ONNX_POOL_SIZE=9',
    ],
  ],
  'two profiles, which share what spans all': [
    ['synth', '--stack', 'spatialvortex', '--profile', 'c6i.8xlarge', '--target', 'env,kustomize'],
    ['synth', '--stack', 'spatialvortex', '--profile', 'm7g.2xlarge', '--target', 'env,kustomize'],
  ],
  'exact and auto mode': [
    ['synth', '--stack', 'spatialvortex', '--profile', 'c6i.8xlarge', '--target', 'env'],
    ['synth', '--stack', 'spatialvortex', '--profile', 'c6i.8xlarge', '--target', 'env', '--mode', 'auto'],
  ],
};
const ROUNDS = 22;

interface Ended {
  code: number | null;
  errors: string;
}
function ended(child: ChildProcess): Promise<Ended> {
  let errors = '';
  child.stderr!.on('data', (text) => {
    errors += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, errors })));
}
const start = (folder: string, words: readonly string[]) =>
  spawn(process.execPath, [bin, ...words, '-o', folder], { cwd: temporary, stdio: ['ignore', 'ignore', 'pipe'] });
const run = (folder: string, words: readonly string[]) =>
  spawnSync(process.execPath, [bin, ...words, '-o', folder], { cwd: temporary, encoding: 'utf8' });

/** Every file, with what is in it. */
function tree(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(folder.length + 1), readFileSync(path, 'utf8')];
    }),
  );
}

const pristine = join(temporary, 'pristine');
/** A copy of what is there before. */
function begin(name: string): string {
  const folder = join(temporary, name);
  rmSync(folder, { recursive: true, force: true });
  cpSync(pristine, folder, { recursive: true });
  return folder;
}
beforeAll(() => {
  expect(run(pristine, EARLIER)).toMatchObject({ status: 0 });
});

describe.each(Object.entries(PAIRS))('two runs at once: %s', (_, [one, other]) => {
  /** What they leave when one comes after the other. */
  const inTurn = [
    [one, other],
    [other, one],
  ].map((order, index) => () => {
    const folder = begin(`in-turn-${index}`);
    for (const words of order) expect(run(folder, words)).toMatchObject({ status: 0 });
    return tree(folder);
  });

  it(`leave what they leave in turn, ${ROUNDS} times`, async () => {
    const possible = inTurn.map((make) => make());
    expect(possible[0]).not.toEqual(possible[1]);
    const seen = new Set<number>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const folder = begin('at-once');
      const both = round % 2 === 0 ? [one, other] : [other, one];
      const results = await Promise.all(both.map((words) => ended(start(folder, words))));
      expect(results.filter(({ code }) => code !== 0)).toEqual([]);
      const left = tree(folder);
      const which = possible.findIndex((files) => JSON.stringify(files) === JSON.stringify(left));
      expect(which, `round ${round}: a mixture of ${Object.keys(left).join(', ')}`).toBeGreaterThanOrEqual(0);
      seen.add(which);
      // Nobody changed anything by hand.
      const next = run(folder, ['diff', ...EARLIER.slice(1)]);
      expect(next.stderr).not.toContain('changed by hand');
    }
  });
});

it('killed at any moment, every file is an old or a new one, and the next run repairs', async () => {
  const [, other] = PAIRS['other values for one profile']!;
  const before = tree(begin('before'));
  const folder = begin('after');
  expect(run(folder, other)).toMatchObject({ status: 0 });
  const after = tree(folder);
  let interrupted = 0;
  for (let round = 0; round < 40; round += 1) {
    const place = begin('killed');
    const child = start(place, other);
    const end = ended(child);
    // The first file that appears says that it writes; from then on a little later each time.
    await firstChange(place, end);
    await new Promise((resolve) => setTimeout(resolve, (round % 20) / 4));
    child.kill('SIGKILL');
    if ((await end).code === null) interrupted += 1;
    for (const [path, contents] of Object.entries(tree(place))) {
      if (/(^|\/)(\.sizewright-|manifest\.json\.next$)/.test(path)) continue;
      expect([before[path], after[path]], `${path} in round ${round}`).toContain(contents);
    }
    expect(run(place, other)).toMatchObject({ status: 0 });
    expect(tree(place)).toEqual(after);
  }
  expect(interrupted).toBeGreaterThan(20);
});

/** Waits until something is written into the folder, or until the program has ended. */
async function firstChange(folder: string, end: Promise<Ended>): Promise<void> {
  const watcher = watch(folder, { recursive: true });
  await Promise.race([new Promise((resolve) => watcher.once('change', resolve)), end]);
  watcher.close();
}

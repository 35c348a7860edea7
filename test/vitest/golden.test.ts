/** The matcher as a user has it: a run of Vitest in a folder of their own, on the built package. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { replaceOnce } from '../samples.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const folders: string[] = [];
afterAll(() => {
  for (const made of folders) rmSync(made, { recursive: true });
});

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sizewright-golden-'));
  folders.push(folder);
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(repository, join(folder, 'node_modules/sizewright'));
  symlinkSync(join(repository, 'node_modules/vitest'), join(folder, 'node_modules/vitest'));
  put('package.json', '{ "type": "module" }');
});

function put(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}
const read = (path: string) => readFileSync(join(folder, path), 'utf8');
const tree = (path: string) =>
  readdirSync(join(folder, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, path).length + 1))
    .sort();

/** Runs a test of these lines; `CI` is unset unless told. */
function vitest(lines: string, ...words: string[]): { passed: boolean; output: string } {
  put(
    'test/deploy.test.js',
    `import { expect, it } from 'vitest';
import 'sizewright/vitest';
it('deploys', async () => {
  ${lines}
});
`,
  );
  return run(...words);
}

function run(...words: string[]): { passed: boolean; output: string } {
  const environment = { ...process.env, CI: words.includes('CI') ? 'true' : '', NO_COLOR: '1', FORCE_COLOR: '0' };
  const { VITEST: _, VITEST_POOL_ID: __, VITEST_WORKER_ID: ___, ...env } = environment as NodeJS.ProcessEnv;
  const argv = ['node_modules/vitest/vitest.mjs', 'run', ...words.filter((word) => word !== 'CI')];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { cwd: folder, env, encoding: 'utf8' });
  return { passed: status === 0, output: stdout + stderr };
}

const TWO = `[
  { path: 'shop/compose.yaml', contents: 'services:\\n  web:\\n    mem_limit: 1g\\n' },
  { path: 'shop/run.sh', contents: '#!/bin/sh\\n', executable: true },
]`;
const golden = (artifacts: string, path = 'golden') => `expect(${artifacts}).toMatchGolden('${path}');`;

describe('a folder that is not there', () => {
  it('is written, and is the same the next time', () => {
    expect(vitest(golden(TWO))).toMatchObject({ passed: true });
    expect(tree('test/golden')).toEqual(['shop/compose.yaml', 'shop/run.sh']);
    expect(read('test/golden/shop/compose.yaml')).toBe('services:\n  web:\n    mem_limit: 1g\n');
    expect(statSync(join(folder, 'test/golden/shop/run.sh')).mode & 0o777).toBe(0o755);
    expect(vitest(golden(TWO), 'CI')).toMatchObject({ passed: true });
  });

  it('is not written in CI', () => {
    const { passed, output } = vitest(golden(TWO), 'CI');
    expect(passed).toBe(false);
    expect(output).toContain('expected the files of test/golden, got others: 2 missing');
    expect(output).toContain('missing in the folder: shop/compose.yaml');
    expect(existsSync(join(folder, 'test/golden'))).toBe(false);
  });
});

describe('other files', () => {
  const CHANGED = TWO.replace('1g', '2g').replace('shop/run.sh', 'shop/start.sh');
  beforeEach(() => {
    put('test/golden/shop/compose.yaml', 'services:\n  web:\n    mem_limit: 1g\n');
    put('test/golden/shop/run.sh', '#!/bin/sh\n');
    chmodSync(join(folder, 'test/golden/shop/run.sh'), 0o755);
    put('test/golden.md', 'mine');
  });

  it('fail, with a patch, and stay', () => {
    const { passed, output } = vitest(golden(CHANGED));
    expect(passed).toBe(false);
    const shown = output.slice(output.indexOf('expected the files of')).split('\n').slice(0, 12);
    expect(shown.map((line) => line.trimEnd())).toEqual([
      'expected the files of test/golden, got others: 1 changed, 1 missing, 1 extra',
      'missing in the folder: shop/start.sh',
      'no longer made: shop/run.sh',
      '--- golden/shop/compose.yaml',
      '+++ made/shop/compose.yaml',
      '@@ -1,3 +1,3 @@',
      ' services:',
      '   web:',
      '-    mem_limit: 1g',
      '+    mem_limit: 2g',
      '',
      'vitest --update accepts what is made now',
    ]);
    expect(tree('test/golden')).toEqual(['shop/compose.yaml', 'shop/run.sh']);
  });

  it.each([[['--update']], [['-u', 'CI']]])('become the folder with %s', (words) => {
    expect(vitest(golden(CHANGED), ...words)).toMatchObject({ passed: true });
    expect(tree('test/golden')).toEqual(['shop/compose.yaml', 'shop/start.sh']);
    expect(read('test/golden/shop/compose.yaml')).toContain('2g');
    expect(read('test/golden.md')).toBe('mine');
    expect(vitest(golden(CHANGED), 'CI')).toMatchObject({ passed: true });
  });

  it('include one that lost its executable bit', () => {
    chmodSync(join(folder, 'test/golden/shop/run.sh'), 0o644);
    const { passed, output } = vitest(golden(TWO));
    expect(passed).toBe(false);
    expect(output).toContain('not executable in the folder: shop/run.sh');
    expect(vitest(golden(TWO), '-u').passed).toBe(true);
    expect(statSync(join(folder, 'test/golden/shop/run.sh')).mode & 0o777).toBe(0o755);
  });
});

describe('is refused', () => {
  beforeEach(() => put('test/notes/mine.md', 'mine'));
  const refused = (assertion: string, says: string) =>
    `expect(() => { ${assertion} }).toThrow(${JSON.stringify(says)});`;

  it('what would touch files that are not golden', () => {
    const checks = [
      refused(golden(TWO, 'notes'), 'got notes with others alone (mine.md)'),
      refused(golden('[]', 'notes'), 'expected at least one artifact, got none'),
      refused(golden(TWO, '.'), 'expected a folder of golden files alone, got ., which holds'),
      refused(golden(TWO, '../..'), 'expected a folder of golden files alone, got ../.., which holds'),
      refused(golden("[{ path: '../x', contents: '' }]"), 'expected artifacts with paths below a folder, got "../x"'),
      refused(golden(`Promise.resolve(${TWO})`), 'expected the artifacts that synth() resolves to'),
      refused(`expect(${TWO}).not.toMatchGolden('golden');`, 'it has no opposite'),
    ];
    expect(vitest(checks.join('\n  '), '-u')).toMatchObject({ passed: true });
    expect(tree('test')).toEqual(['deploy.test.js', 'notes/mine.md']);
    expect(existsSync(join(folder, 'x'))).toBe(false);
  });

  it('a link, which may lead out', () => {
    mkdirSync(join(folder, 'test/golden'));
    symlinkSync(join(folder, 'test/notes'), join(folder, 'test/golden/shop'));
    expect(vitest(refused(golden(TWO), 'got something else: shop'), '-u')).toMatchObject({ passed: true });
    expect(tree('test/notes')).toEqual(['mine.md']);
  });

  it('a file in the place of the folder', () => {
    const check = refused(golden(TWO, 'notes/mine.md'), 'expected a folder of golden files, got a file: ');
    expect(vitest(check, '-u')).toMatchObject({ passed: true });
  });
});

it('does what the guide shows', () => {
  const readme = readFileSync(join(repository, 'docs/guide.md'), 'utf8');
  const [, example] = /^## 9. As a library\n[\s\S]*?^```ts\n([\s\S]*?)^```$/m.exec(readme)!;
  put('test/deploy.test.ts', example!);
  expect(run()).toMatchObject({ passed: true });
  expect(tree('test/golden/compose')).toEqual([
    'spatialvortex/c6i.8xlarge/host/compose/compose.yaml',
    'spatialvortex/c6i.8xlarge/host/compose/postgres/10-roles.sh',
    'spatialvortex/c6i.8xlarge/host/compose/secrets/.gitignore',
    'spatialvortex/c6i.8xlarge/host/plan.json',
  ]);
  expect(run('CI')).toMatchObject({ passed: true });
  put('test/deploy.test.ts', replaceOnce(example!, 'c6i.8xlarge', 'c6i.4xlarge'));
  const { passed, output } = run();
  expect(passed).toBe(false);
  expect(output).toContain('got others: 4 missing, 4 extra');
});

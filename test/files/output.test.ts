import { execFileSync } from 'node:child_process';
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
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { compareFolders, type FolderToWrite, ignoreInGit, writeFolders } from '../../src/files/output.ts';
import { replaceFile } from '../../src/files/write-file.ts';
import { errorOf } from '../samples.ts';

/** Every call that changes something on disk; the one at `at` is the last that a killed process gets to, half done. */
const kill = vi.hoisted(() => ({
  at: Number.POSITIVE_INFINITY,
  calls: 0,
  opened: (_path: string): unknown => undefined,
}));

vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs')>();
  const dies =
    <A extends unknown[], R>(step: (...args: A) => R, half: (...args: A) => void = () => undefined) =>
    (...args: A): R => {
      kill.calls += 1;
      if (kill.calls === kill.at) half(...args);
      if (kill.calls >= kill.at) throw new Error('killed');
      return step(...args);
    };
  return {
    ...real,
    fchmodSync: dies(real.fchmodSync),
    openSync: ((path, flags, mode) => {
      if ((Number(flags) & real.constants.O_CREAT) === 0) return real.openSync(path, flags, mode);
      kill.opened(`${path}`);
      return dies(real.openSync)(path, flags, mode);
    }) as typeof real.openSync,
    mkdirSync: dies(real.mkdirSync),
    renameSync: dies(real.renameSync),
    rmdirSync: dies(real.rmdirSync),
    rmSync: dies(real.rmSync),
    writeFileSync: dies(real.writeFileSync, (path, contents) =>
      real.writeFileSync(path, `${contents}`.slice(0, `${contents}`.length / 2)),
    ),
  };
});

const temporary = mkdtempSync(join(tmpdir(), 'sizewright-write-'));
let root = '';
let count = 0;

beforeEach(() => {
  kill.at = Number.POSITIVE_INFINITY;
  kill.calls = 0;
  count += 1;
  root = join(temporary, `${count}`);
});
afterAll(() => rmSync(temporary, { recursive: true }));

/** One folder `out/web` with these files. */
const folder = (files: Record<string, string>, path = 'out/web'): FolderToWrite => ({
  path,
  artifacts: Object.entries(files).map(([name, contents]) => ({ path: name, contents })),
});
const write = (files: Record<string, string>, force = false) => writeFolders(root, [folder(files)], force);
const states = (files: Record<string, string>) =>
  Object.fromEntries(compareFolders(root, [folder(files)]).map(({ path, state }) => [path, state]));

/** Every file below a folder, with what is in it. */
function tree(path = root): Record<string, string> {
  const files: Record<string, string> = {};
  if (!existsSync(path)) return files;
  for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' }).sort()) {
    const file = join(path, name);
    if (statSync(file).isFile()) files[name] = readFileSync(file, 'utf8');
    else files[`${name}/`] = '';
  }
  return files;
}
const put = (name: string, contents: string) => {
  mkdirSync(join(root, name, '..'), { recursive: true });
  writeFileSync(join(root, name), contents);
};
/** A file without contents that is this large. */
const enlarge = (file: string, miB: number) => {
  writeFileSync(file, '');
  truncateSync(file, miB * 1024 * 1024);
};
const read = (name: string) => readFileSync(join(root, name), 'utf8');

// sha256 of "one\n" and "two\n", by sha256sum
const ONE = '2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806';
const TWO = '27dd8ed44a83ff94d557f9fd0412ed5a8cbca69ea04922d88c01184a07300a5a';

describe('a file that is made once', () => {
  const shared = (contents: string): FolderToWrite => ({
    path: 'out/web',
    artifacts: [{ path: 'theirs.yaml', contents, once: true }],
  });

  it('is written where it is missing, and then left to others', () => {
    expect(writeFolders(root, [shared('a: 1\n')], false)).toMatchObject([{ state: 'new' }]);
    const file = join(root, 'out/web/theirs.yaml');
    writeFileSync(file, 'a: 1\nsalt: v1\n');
    expect(writeFolders(root, [shared('a: 2\n')], true)).toMatchObject([{ state: 'unchanged' }]);
    expect(readFileSync(file, 'utf8')).toBe('a: 1\nsalt: v1\n');
    write({ 'other.yaml': 'b: 1\n' });
    expect(readFileSync(file, 'utf8')).toBe('a: 1\nsalt: v1\n');
  });
});

describe('what would be done', () => {
  it('nothing is there: new', () => {
    expect(states({ a: 'one\n' })).toEqual({ 'out/web/a': 'new' });
    expect(existsSync(root)).toBe(false);
  });

  it('new, changed, unchanged, removed, conflict', () => {
    write({ same: 'one\n', other: 'one\n', gone: 'one\n', edited: 'one\n' });
    put('out/web/edited', 'by hand\n');
    const next = { same: 'one\n', other: 'two\n', edited: 'two\n', more: 'two\n' };
    expect(states(next)).toEqual({
      'out/web/same': 'unchanged',
      'out/web/other': 'changed',
      'out/web/edited': 'conflict',
      'out/web/more': 'new',
      'out/web/gone': 'removed',
    });
    expect(compareFolders(root, [folder({ other: 'two\n' })])[0]).toEqual({
      path: 'out/web/other',
      state: 'changed',
      before: 'one\n',
      after: 'two\n',
    });
  });

  it('a file edited into what would be written is unchanged', () => {
    write({ a: 'one\n' });
    put('out/web/a', 'two\n');
    expect(states({ a: 'two\n' })).toEqual({ 'out/web/a': 'unchanged' });
  });

  it('a file that was deleted is new', () => {
    write({ a: 'one\n', b: 'one\n' });
    rmSync(join(root, 'out/web/a'));
    expect(states({ a: 'one\n', b: 'one\n' })).toEqual({ 'out/web/a': 'new', 'out/web/b': 'unchanged' });
    expect(states({ b: 'one\n' })).toEqual({ 'out/web/b': 'unchanged' });
  });

  it('a file that was there before the first run is a conflict', () => {
    put('out/web/a', 'mine\n');
    expect(states({ a: 'one\n' })).toEqual({ 'out/web/a': 'conflict' });
  });
});

it('tells why a file cannot be written, and leaves nothing beside it', () => {
  mkdirSync(join(root, 'a'), { recursive: true });
  expect(() => replaceFile(join(root, 'a'), 'one\n')).toThrow(/^EISDIR: .*, rename /);
  expect(readdirSync(root)).toEqual(['a']);
});

describe('what cannot be looked at', () => {
  it.each([
    { desc: 'a link to itself', make: (file: string) => symlinkSync('a', file), got: 'ELOOP' },
    { desc: 'a pipe', make: (file: string) => execFileSync('mkfifo', [file]), got: 'a pipe' },
    { desc: 'a link to a device', make: (file: string) => symlinkSync('/dev/zero', file), got: 'a device' },
    { desc: 'more than any file of ours', make: (file: string) => enlarge(file, 65), got: 'more than 64 MiB' },
  ])('$desc: is not new', async ({ make, got }) => {
    mkdirSync(join(root, 'out/web'), { recursive: true });
    make(join(root, 'out/web/a'));
    const expected = {
      code: 'WRITE_FAILED',
      message: `${join(root, 'out/web/a')}: expected a file that can be read, got ${got}; check what is at this path and its permissions`,
    };
    expect(await errorOf(() => states({ a: 'one\n' }))).toMatchObject(expected);
    expect(await errorOf(() => write({ a: 'one\n' }, true))).toMatchObject(expected);
  });
});

describe('a link in the place of a folder', () => {
  const refused =
    'expected a folder, got a link, which can lead out of the output folder; put a folder in its place, or name the one behind it with --output';
  const linked = (path: string) => {
    write({ a: 'one\n', 'x/b': 'one\n' });
    put('elsewhere/b', 'one\n');
    put('elsewhere/web/x/b', 'one\n');
    rmSync(join(root, path), { recursive: true });
    symlinkSync(join(root, 'elsewhere'), join(root, path));
  };

  it.each(['out', 'out/web', 'out/web/x'])('%s: nothing is written behind it', async (path) => {
    linked(path);
    const before = tree(join(root, 'elsewhere'));
    const expected = { code: 'WRITE_FAILED', message: `${join(root, path)}: ${refused}` };
    for (const force of [false, true])
      expect(await errorOf(() => write({ a: 'two\n', 'x/b': 'two\n' }, force))).toMatchObject(expected);
    expect(await errorOf(() => states({ a: 'two\n', 'x/b': 'two\n' }))).toMatchObject(expected);
    expect(tree(join(root, 'elsewhere'))).toEqual(before);
  });

  it('that the manifest lists a file behind: it is not removed', () => {
    linked('out/web/x');
    write({ a: 'two\n' });
    expect([read('out/web/a'), read('elsewhere/b')]).toEqual(['two\n', 'one\n']);
  });

  it('above the root is the user’s', () => {
    mkdirSync(join(root, 'real'), { recursive: true });
    symlinkSync('real', join(root, 'named'));
    writeFolders(join(root, 'named'), [folder({ a: 'one\n' })], false);
    expect(read('real/out/web/a')).toBe('one\n');
  });
});

it('a temporary file has no name that somebody could have made a link of', () => {
  const names = new Set<string>();
  kill.opened = (path) => names.add(basename(path));
  for (let round = 0; round < 8; round += 1) replaceFile(join(temporary, 'file'), `${round}\n`);
  kill.opened = () => undefined;
  expect(names.size).toBe(8);
  for (const name of names) expect(name).toMatch(/^\.sizewright-tmp-[0-9a-f]{16}$/);
});

describe('writing', () => {
  it('files, and the manifest: sorted, with sha256', () => {
    const changes = write({ 'deep/er/b': 'two\n', a: 'one\n' });
    expect(changes.map(({ path, state }) => [path, state])).toEqual([
      ['out/web/deep/er/b', 'new'],
      ['out/web/a', 'new'],
    ]);
    expect(tree(join(root, 'out/web'))).toEqual({
      a: 'one\n',
      'deep/': '',
      'deep/er/': '',
      'deep/er/b': 'two\n',
      'manifest.json': `{
  "files": [
    {
      "path": "a",
      "sha256": "${ONE}"
    },
    {
      "path": "deep/er/b",
      "sha256": "${TWO}"
    }
  ]
}
`,
    });
  });

  it('the same again touches nothing', () => {
    write({ a: 'one\n', b: 'two\n' });
    kill.calls = 0;
    expect(write({ a: 'one\n', b: 'two\n' }).map(({ state }) => state)).toEqual(['unchanged', 'unchanged']);
    expect(kill.calls).toBe(0);
  });

  it('changes, adds and removes, with the folders that are left empty', () => {
    write({ a: 'one\n', 'x/y/b': 'one\n', 'x/c': 'one\n', 'z/d': 'one\n' });
    write({ a: 'two\n', 'x/c': 'one\n', e: 'two\n' });
    const { 'out/web/manifest.json': manifest, ...files } = tree();
    expect(files).toEqual({
      'out/': '',
      'out/web/': '',
      'out/web/a': 'two\n',
      'out/web/e': 'two\n',
      'out/web/x/': '',
      'out/web/x/c': 'one\n',
    });
    expect(JSON.parse(manifest!).files.map(({ path }: { path: string }) => path)).toEqual(['a', 'e', 'x/c']);
  });

  it('leaves what is not ours alone', () => {
    write({ a: 'one\n', 'x/b': 'one\n' });
    put('out/web/notes.txt', 'mine\n');
    put('out/web/x/notes.txt', 'mine\n');
    put('out/other/a', 'mine\n');
    write({ a: 'two\n' });
    expect(tree()).toMatchObject({
      'out/web/a': 'two\n',
      'out/web/notes.txt': 'mine\n',
      'out/web/x/notes.txt': 'mine\n',
      'out/other/a': 'mine\n',
    });
    expect(tree()['out/web/x/b']).toBeUndefined();
  });

  it('leaves folders alone that this run does not name', () => {
    writeFolders(root, [folder({ a: 'one\n' }, 'out/web'), folder({ b: 'one\n' }, 'out/db')], false);
    writeFolders(root, [folder({ a: 'two\n' }, 'out/web')], false);
    expect(tree()).toMatchObject({ 'out/web/a': 'two\n', 'out/db/b': 'one\n' });
  });

  it('a folder within a folder has files of its own', () => {
    const both = (a: string, b: string) => [folder({ 'plan.json': a }, 'out'), folder({ x: b }, 'out/web')];
    writeFolders(root, both('one\n', 'one\n'), false);
    writeFolders(root, both('two\n', 'two\n'), false);
    expect(tree()).toMatchObject({ 'out/plan.json': 'two\n', 'out/web/x': 'two\n' });
  });

  it('executables', () => {
    const script = (contents: string): FolderToWrite => ({
      path: 'out',
      artifacts: [
        { path: 'run.sh', contents, executable: true },
        { path: 'a', contents },
      ],
    });
    const modes = () => ['run.sh', 'a'].map((name) => statSync(join(root, 'out', name)).mode & 0o111);
    writeFolders(root, [script('one\n')], false);
    expect(modes()).toEqual([0o111, 0]);
    writeFolders(root, [script('two\n')], false);
    expect(modes()).toEqual([0o111, 0]);
  });

  it('an executable that lost its mark gets it again', () => {
    const script: FolderToWrite = { path: 'out', artifacts: [{ path: 'run.sh', contents: 'x\n', executable: true }] };
    writeFolders(root, [script], false);
    chmodSync(join(root, 'out/run.sh'), 0o644);
    writeFolders(root, [script], false);
    expect(statSync(join(root, 'out/run.sh')).mode & 0o111).toBe(0o111);
  });

  it('a folder of ours that somebody replaced by a file stops nothing', () => {
    write({ a: 'one\n', 'x/b': 'one\n' });
    rmSync(join(root, 'out/web/x'), { recursive: true });
    put('out/web/x', 'mine\n');
    write({ a: 'two\n' });
    expect([read('out/web/a'), read('out/web/x')]).toEqual(['two\n', 'mine\n']);
  });

  it('does not write through a link', () => {
    write({ a: 'one\n' });
    put('elsewhere', 'one\n');
    rmSync(join(root, 'out/web/a'));
    symlinkSync(join(root, 'elsewhere'), join(root, 'out/web/a'));
    write({ a: 'two\n' });
    expect([read('elsewhere'), read('out/web/a')]).toEqual(['one\n', 'two\n']);
  });

  it('.gitignore once', () => {
    mkdirSync(root);
    ignoreInGit(root);
    expect(read('.gitignore')).toBe('*\n');
    put('.gitignore', 'mine\n');
    ignoreInGit(root);
    expect(read('.gitignore')).toBe('mine\n');
  });
});

describe('a file changed by hand', () => {
  const refused =
    'expected the file as it was generated, got one changed by hand; move your change to the stack, a policy or an override, or overwrite it with --force';

  it('stops the run before anything is written', async () => {
    write({ a: 'one\n', b: 'one\n', c: 'one\n' });
    put('out/web/b', 'by hand\n');
    put('out/web/c', 'by hand\n');
    const before = tree();
    const error = await errorOf(() => write({ a: 'two\n', b: 'two\n' }));
    expect(error.problems).toEqual([
      { code: 'WRITE_CONFLICT', path: '', file: join(root, 'out/web/b'), message: refused },
      { code: 'WRITE_CONFLICT', path: '', file: join(root, 'out/web/c'), message: refused },
    ]);
    expect(tree()).toEqual(before);
  });

  it('in one folder stops the others too', async () => {
    const folders = (text: string) => [folder({ a: text }, 'out/web'), folder({ b: text }, 'out/db')];
    writeFolders(root, folders('one\n'), false);
    put('out/db/b', 'by hand\n');
    await errorOf(() => writeFolders(root, folders('two\n'), false));
    expect(read('out/web/a')).toBe('one\n');
  });

  it('is overwritten by force', () => {
    write({ a: 'one\n', b: 'one\n' });
    put('out/web/a', 'by hand\n');
    put('out/web/b', 'by hand\n');
    write({ a: 'two\n' }, true);
    expect(read('out/web/a')).toBe('two\n');
    expect(existsSync(join(root, 'out/web/b'))).toBe(false);
    expect(states({ a: 'two\n' })).toEqual({ 'out/web/a': 'unchanged' });
  });

  it('only in its line ends is changed too', () => {
    write({ a: 'one\ntwo\n' });
    put('out/web/a', 'one\r\ntwo\r\n');
    expect(states({ a: 'one\nthree\n' })).toEqual({ 'out/web/a': 'conflict' });
  });
});

describe('a manifest changed by hand', () => {
  const manifest = (files: unknown) => put('out/web/manifest.json', JSON.stringify({ files }));
  const listed = (path: unknown, sha256: unknown = ONE) => manifest([{ path, sha256 }]);

  it.each([
    { desc: 'deleted', change: () => rmSync(join(root, 'out/web/manifest.json')) },
    { desc: 'another checksum', change: () => listed('a', TWO) },
  ])('$desc: no file counts as ours', ({ change }) => {
    write({ a: 'one\n' });
    change();
    expect(states({ a: 'two\n' })).toEqual({ 'out/web/a': 'conflict' });
    expect(states({ a: 'one\n' })).toEqual({ 'out/web/a': 'unchanged' });
    write({ a: 'one\n' });
    expect(states({ a: 'two\n' })).toEqual({ 'out/web/a': 'changed' });
  });

  const conflicted = (marker: string) =>
    put('out/web/manifest.json', `{\n  "files": [\n${marker} main\n    {}\n  ]\n}\n`);
  it.each([
    { desc: 'empty', change: () => put('out/web/manifest.json', ''), what: 'it is not JSON' },
    { desc: 'cut off', change: () => put('out/web/manifest.json', '{\n  "files": [\n'), what: 'it is not JSON' },
    { desc: 'null', change: () => put('out/web/manifest.json', 'null') },
    { desc: 'a number', change: () => put('out/web/manifest.json', '5') },
    { desc: 'no list', change: () => manifest({}) },
    { desc: 'a list of nothing', change: () => manifest([null, 5, 'a', [], {}]) },
    { desc: 'paths that are no text', change: () => listed(5) },
    { desc: 'a checksum that is none', change: () => listed('a', 'x') },
    { desc: 'no checksum', change: () => listed('a', null) },
    ...['<<<<<<<', '=======', '>>>>>>>', '|||||||'].map((marker) => ({
      desc: `${marker} of a merge`,
      change: () => conflicted(marker),
      what: 'line 3 is a marker of a merge conflict',
    })),
  ])(
    '$desc: it is said, and --force puts it right',
    async ({
      change,
      what = 'it is not a list of files with their checksums',
    }: {
      change: () => void;
      what?: string;
    }) => {
      write({ a: 'one\n', b: 'one\n' });
      change();
      const expected = {
        problems: [
          {
            code: 'MANIFEST_INVALID',
            path: '',
            file: join(root, 'out/web/manifest.json'),
            message: `cannot be read: ${what}; it lists which files of this folder were generated. Restore it, or run again with --force, which overwrites the generated files of this folder and writes it anew`,
          },
        ],
      };
      for (const files of [
        { a: 'one\n', b: 'one\n' },
        { a: 'two\n', b: 'one\n' },
      ]) {
        expect(await errorOf(() => states(files))).toMatchObject(expected);
        expect(await errorOf(() => write(files))).toMatchObject(expected);
      }
      write({ a: 'two\n', b: 'one\n' }, true);
      expect(states({ a: 'three\n', b: 'one\n' })).toEqual({ 'out/web/a': 'changed', 'out/web/b': 'unchanged' });
    },
  );

  it.each(['../victim', '../../victim', 'x/../../victim', '..', 'x/..', '..\\victim', '/victim', './../victim'])(
    '%s leads outside and is left out',
    (path) => {
      put('out/victim', 'one\n');
      put('victim', 'one\n');
      write({ a: 'one\n' });
      manifest([
        { path, sha256: ONE },
        { path: join(root, 'victim'), sha256: ONE },
        { path: 'a', sha256: ONE },
      ]);
      write({ a: 'two\n' });
      expect([read('victim'), read('out/victim'), read('out/web/a')]).toEqual(['one\n', 'one\n', 'two\n']);
    },
  );

  it.each(['', '.', './', 'x', 'x/', 'manifest.json', 'a\0b', 'a/b', 'a'.repeat(300)])(
    'a path %j stops nothing',
    (path) => {
      write({ a: 'one\n', 'x/b': 'one\n' });
      manifest([
        { path, sha256: ONE },
        { path: 'a', sha256: ONE },
        { path: 'x/b', sha256: ONE },
      ]);
      write({ a: 'two\n', 'x/b': 'two\n' }, true);
      expect(tree(join(root, 'out/web'))).toMatchObject({ a: 'two\n', 'x/b': 'two\n' });
      expect(states({ a: 'two\n', 'x/b': 'two\n' })).toEqual({ 'out/web/a': 'unchanged', 'out/web/x/b': 'unchanged' });
    },
  );

  it.each(['./a', 'x//../a', 'x/./b', './/a', 'x//b'])('%s, another way to write a path, removes nothing', (path) => {
    const files = { a: 'one\n', 'x/b': 'one\n' };
    write(files);
    manifest([
      { path: 'a', sha256: ONE },
      { path: 'x/b', sha256: ONE },
      { path, sha256: ONE },
    ]);
    write(files);
    expect(tree(join(root, 'out/web'))).toMatchObject(files);
  });
});

describe('what cannot be written', () => {
  it('below a file', async () => {
    put('out', 'a file\n');
    const error = await errorOf(() => write({ a: 'one\n' }));
    expect(error.code).toBe('WRITE_FAILED');
    expect(error.message).toMatch(
      /: expected a folder that can be written to, got E\w+; check what is at this path, its permissions and the free space, then run again$/,
    );
    expect(error.path.startsWith(join(root, 'out'))).toBe(true);
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('over a folder', async () => {
    put('out/web/a/b', 'mine\n');
    expect(await errorOf(() => write({ a: 'one\n' }))).toMatchObject({
      code: 'WRITE_FAILED',
      path: join(root, 'out/web/a'),
      message: `${join(root, 'out/web/a')}: expected a file that can be read, got a folder; check what is at this path and its permissions`,
    });
    expect(read('out/web/a/b')).toBe('mine\n');
  });

  it('under a name that is too long', async () => {
    expect((await errorOf(() => write({ ['a'.repeat(300)]: 'one\n' }))).code).toBe('WRITE_FAILED');
  });

  it('into a device', async () => {
    expect((await errorOf(() => writeFolders('/dev/null', [folder({ a: 'one\n' })], false))).code).toBe('WRITE_FAILED');
    expect((await errorOf(() => ignoreInGit('/dev/null/x'))).code).toBe('WRITE_FAILED');
  });

  it('a bug is no such error', () => {
    kill.at = 1;
    expect(() => write({ a: 'one\n' })).toThrow(new Error('killed'));
  });
});

describe('killed at any moment', () => {
  const versions: Record<string, string>[] = [
    {},
    { a: 'a1\n', b: 'b1\n', 'dir/c': 'c1\n' },
    { a: 'a2\n', b: 'b1\n', 'new/d': 'd2\n', e: 'e2\n' },
    { a: 'a3\n', 'new/f': 'f3\n', g: 'g3\n' },
    // Fewer files, for every pair of moments.
    { a: 'a4\n', b: 'b4\n' },
    { a: 'a5\n', d: 'd5\n' },
    { a: 'a6\n' },
  ];
  /** What is in the folder, without what a killed process may leave behind: empty folders and temporary files. */
  const repaired = () =>
    Object.fromEntries(
      Object.entries(tree(join(root, 'out'))).filter(([name]) => !/\/$|\.sizewright-tmp-[^/]*$/.test(name)),
    );
  const clean = (version: number) => {
    begin(0);
    write(versions[version]!);
    return repaired();
  };
  /** Runs until the last call that is let through; true when the run was killed. */
  const runUntil = (version: number, at: number): boolean => {
    kill.calls = 0;
    kill.at = at;
    try {
      write(versions[version]!);
      return false;
    } catch (error) {
      if ((error as Error).message !== 'killed') throw error;
      return true;
    } finally {
      kill.at = Number.POSITIVE_INFINITY;
    }
  };
  /** Each file is one of the versions', whole. */
  const allWhole = (...seen: number[]) => {
    for (const [name, contents] of Object.entries(tree(join(root, 'out/web')))) {
      if (name.endsWith('/') || name.startsWith('manifest') || name.includes('.sizewright-tmp-')) continue;
      expect(
        seen.map((version) => versions[version]![name]),
        name,
      ).toContain(contents);
    }
  };
  const begin = (version: number) => {
    rmSync(join(root, 'out'), { recursive: true, force: true });
    if (version > 0) write(versions[version]!);
  };

  it.each([
    { from: 0, to: 1, next: 1, desc: 'the first run, then again' },
    { from: 0, to: 1, next: 2, desc: 'the first run, then another' },
    { from: 1, to: 2, next: 2, desc: 'a later run, then again' },
    { from: 1, to: 2, next: 3, desc: 'a later run, then another' },
    { from: 1, to: 2, next: 1, desc: 'a later run, then the earlier' },
  ])('$desc', ({ from, to, next }) => {
    const wanted = clean(next);
    let kills = 0;
    for (let at = 1; ; at += 1) {
      begin(from);
      if (!runUntil(to, at)) break;
      kills += 1;
      allWhole(from, to);
      write(versions[next]!);
      expect(repaired(), `killed at ${at}`).toEqual(wanted);
    }
    expect(kills).toBeGreaterThan(8);
  });

  it('twice: the run, and the one that was to repair it', () => {
    const wanted = clean(6);
    const failed: string[] = [];
    let kills = 0;
    for (let first = 1; ; first += 1) {
      begin(4);
      if (!runUntil(5, first)) break;
      for (let second = 1; ; second += 1) {
        begin(4);
        runUntil(5, first);
        if (!runUntil(6, second)) break;
        kills += 1;
        allWhole(4, 5, 6);
        try {
          write(versions[6]!);
          expect(repaired()).toEqual(wanted);
        } catch (error) {
          failed.push(`${first}, ${second}: ${(error as Error).message.split('\n')[0]!.slice(-120)}`);
        }
      }
    }
    expect(kills).toBeGreaterThan(60);
    expect(failed.slice(0, 5)).toEqual([]);
  });

  it('no temporary file stays behind for good', () => {
    const left = new Set<string>();
    for (const [from, to, next] of [
      [0, 1, 1],
      [1, 2, 1],
      [1, 2, 2],
      [1, 2, 3],
    ] as const) {
      for (let at = 1; ; at += 1) {
        begin(from);
        if (!runUntil(to, at)) break;
        write(versions[next]!);
        for (const name of Object.keys(tree())) if (name.includes('.sizewright-')) left.add(name);
      }
    }
    expect([...left]).toEqual([]);
  });
});

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/files/hashes.ts';
import type { BuiltInData } from '../../src/files/library.ts';
import { nodeFiles } from '../../src/files/node-files.ts';
import { familyFromYaml, policyFromYaml, stackFromYaml } from '../../src/files/parse.ts';
import { loadOverrides, loadProfile, loadStack } from '../gathered.ts';
import { DEMO_POLICY, DEMO_STACK, errorOf, memoryFiles, replaceOnce } from '../samples.ts';

const policy = policyFromYaml(DEMO_POLICY, 'policies/demo.yaml');
const family = readFileSync(new URL('../../profiles/aws/c6i.yaml', import.meta.url), 'utf8');
/** What a package of our own would hold. */
const data: Record<string, BuiltInData> = {
  'policies/demo': { source: sha256(DEMO_POLICY), ...policy },
  'policies/database': {
    source: 'x',
    ...policyFromYaml(replaceOnce(DEMO_POLICY, 'policy: demo', 'policy: database'), ''),
  },
  'stacks/shop/stack': {
    source: sha256(DEMO_STACK),
    ...stackFromYaml(DEMO_STACK, 'stacks/shop/stack.yaml', () => policy.value),
    text: DEMO_STACK,
  },
  'profiles/aws/c6i': { source: sha256(family), value: familyFromYaml(family, 'c6i').value, lines: {} },
};
const larger = replaceOnce(DEMO_POLICY, 'max: 64', 'max: 128');
const maxOf = (loaded: Awaited<ReturnType<typeof loadStack>>) => loaded.policies.demo!.parameters[0]!.range.hi;

describe('a stack by name', () => {
  it("is the package's where the user has none", async () => {
    const loaded = loadStack(memoryFiles({}, data), 'shop');
    expect(loaded.stack).toBe(data['stacks/shop/stack']!.value);
    expect(loaded.policies).toEqual({ demo: policy.value });
    expect(loaded.policies.demo).toBe(data['policies/demo']!.value);
  });

  it("is the user's first", async () => {
    const text = replaceOnce(DEMO_STACK, 'share: 3', 'share: 4');
    const loaded = loadStack(memoryFiles({ 'stacks/shop/stack.yaml': text }, data), 'shop');
    expect(loaded.stack.services[0]!.share).toBe(4);
  });

  it('is the built one where the user has an unchanged copy', async () => {
    const copies = { 'stacks/shop/stack.yaml': DEMO_STACK, 'policies/demo.yaml': DEMO_POLICY };
    const loaded = loadStack(memoryFiles(copies, data), 'shop');
    expect(loaded.stack).toBe(data['stacks/shop/stack']!.value);
    expect(loaded.policies.demo).toBe(data['policies/demo']!.value);
  });

  it("is the user's alone where the package has none", async () => {
    const text = replaceOnce(DEMO_STACK, 'stack: shop', 'stack: mine');
    const loaded = loadStack(memoryFiles({ 'stacks/mine/stack.yaml': text }, data), 'mine');
    expect(loaded.stack.name).toBe('mine');
  });

  it.each(['', 'Shop', '../shop', 'shop/..', 'a b', 'constructor', '__proto__', 'x'.repeat(300)])(
    'there is none at "%s"',
    async (name) => {
      const error = await errorOf(() => loadStack(memoryFiles({}, data), name));
      expect(['STACK_UNKNOWN', 'FILE_UNREADABLE']).toContain(error.code);
    },
  );

  it('suggests the nearest, the user’s own too', async () => {
    const files = memoryFiles({ 'stacks/shopping/stack.yaml': DEMO_STACK }, data);
    expect((await errorOf(() => loadStack(files, 'shpo'))).message).toBe(
      '--stack: expected a stack in stacks/, one of the package (shop) or a path to a .yaml file, got "shpo"',
    );
    expect((await errorOf(() => loadStack(files, 'zzz'))).message).toBe(
      '--stack: expected a stack in stacks/, one of the package (shop, shopping) or a path to a .yaml file, got "zzz"',
    );
  });
});

describe('a stack that nobody names', () => {
  it.each([
    { desc: 'stack.yaml', path: 'stack.yaml', named: './stack.yaml' },
    { desc: 'sizewright.yaml', path: 'sizewright.yaml', named: './sizewright.yaml' },
    { desc: 'the only one in stacks/', path: 'stacks/mine/stack.yaml', named: 'mine' },
  ])('is $desc', ({ path, named }) => {
    const loaded = loadStack(memoryFiles({ [path]: DEMO_STACK }, data), undefined);
    expect(loaded).toMatchObject({ named, stack: { name: 'shop' } });
  });

  const remedy = 'name it: --stack ./my-stack.yaml, or one of the package (--stack shop)';
  it.each<{ desc: string; user: Record<string, string>; got: string }>([
    {
      desc: 'there is none',
      user: {},
      got: 'none: there is no ./stack.yaml, no ./sizewright.yaml and none in stacks/',
    },
    {
      desc: 'there are several',
      user: { 'stack.yaml': DEMO_STACK, 'stacks/a/stack.yaml': DEMO_STACK, 'stacks/b/stack.yaml': DEMO_STACK },
      got: './stack.yaml, a, b',
    },
    {
      desc: 'two lie here',
      user: { 'sizewright.yaml': DEMO_STACK, 'stack.yaml': DEMO_STACK },
      got: './stack.yaml, ./sizewright.yaml',
    },
  ])('has to be named where $desc', async ({ user, got }) => {
    expect(await errorOf(() => loadStack(memoryFiles(user, data), undefined))).toMatchObject({
      code: 'STACK_UNKNOWN',
      message: `--stack: expected one stack, got ${got}; ${remedy}`,
    });
  });
});

describe('policies of a stack', () => {
  it("the user's comes before the package's, for a stack of the package too", async () => {
    const loaded = loadStack(memoryFiles({ 'policies/demo.yaml': larger }, data), 'shop');
    expect(maxOf(loaded)).toBe(128);
  });

  it('a stack of the package is checked again with what the user changed', async () => {
    // web.POOL_SIZE of the stack's constraint is gone
    const text = replaceOnce(DEMO_POLICY, 'POOL_SIZE:', 'POOL:');
    const error = await errorOf(() => loadStack(memoryFiles({ 'policies/demo.yaml': text }, data), 'shop'));
    expect(error.problems.map(({ code }) => code)).toContain('FORMULA_SYNTAX');
  });

  it('beside a stack that is given by its path, before those of the working directory', async () => {
    const files = {
      'mine/stack.yaml': DEMO_STACK,
      'mine/policies/demo.yaml': larger,
      'policies/demo.yaml': replaceOnce(DEMO_POLICY, 'max: 64', 'max: 256'),
    };
    expect(maxOf(loadStack(memoryFiles(files, data), './mine/stack.yaml'))).toBe(128);
    const { 'mine/policies/demo.yaml': _, ...without } = files;
    expect(maxOf(loadStack(memoryFiles(without, data), './mine/stack.yaml'))).toBe(256);
    expect(maxOf(loadStack(memoryFiles({ 'mine/stack.yaml': DEMO_STACK }, data), './mine/stack.yaml'))).toBe(64);
    expect(maxOf(loadStack(memoryFiles({ 'stack.yml': DEMO_STACK }, data), 'stack.yml'))).toBe(64);
  });

  it('one that is not there', async () => {
    const text = DEMO_STACK.replace('policy: demo', 'policy: databse');
    const files = memoryFiles({ 'my/stack.yaml': text, 'my/policies/other.yaml': '' }, data);
    expect(await errorOf(() => loadStack(files, 'my/stack.yaml'))).toMatchObject({
      code: 'POLICY_UNKNOWN',
      message:
        'my/stack.yaml:5: services.web.policy: expected a policy in my/policies/ or policies/ or of the package (database), got "databse"',
    });
  });

  it('beside a stack in the working directory there is one folder, named once', async () => {
    const text = DEMO_STACK.replace('policy: demo', 'policy: databse');
    expect((await errorOf(() => loadStack(memoryFiles({ 'stack.yaml': text }, data), 'stack.yaml'))).message).toBe(
      'stack.yaml:5: services.web.policy: expected a policy in policies/ or of the package (database), got "databse"',
    );
  });

  it.each(['../demo', 'Demo', '/etc/passwd', 'constructor', ''])('no path and no other name: "%s"', async (name) => {
    const text = DEMO_STACK.replaceAll('policy: demo', `policy: ${JSON.stringify(name)}`);
    const error = await errorOf(() => loadStack(memoryFiles({ 'my/stack.yaml': text }, data), 'my/stack.yaml'));
    expect(error.code).toBe('POLICY_UNKNOWN');
  });

  it('one with another name than its file', async () => {
    const files = memoryFiles(
      { 'policies/demo.yaml': replaceOnce(DEMO_POLICY, 'policy: demo', 'policy: other') },
      data,
    );
    expect(await errorOf(() => loadStack(files, 'shop'))).toMatchObject({
      code: 'POLICY_INVALID',
      message: 'policies/demo.yaml: policy: expected the name of its file, "demo", got "other"',
    });
  });

  it('what is wrong in one is told with its file and line', async () => {
    const files = memoryFiles({ 'policies/demo.yaml': replaceOnce(DEMO_POLICY, 'cores * 2', 'core * 2') }, data);
    expect((await errorOf(() => loadStack(files, 'shop'))).message).toBe(
      'policies/demo.yaml:11: parameters.WORKERS.formula: expected a known name (cores), got "core"\n    core * 2\n    ^',
    );
  });
});

describe('a stack by path', () => {
  it.each(['./mine.yaml', 'mine.yaml', 'deep/mine.yml', '/etc/mine'])('none at %s', async (path) => {
    expect(await errorOf(() => loadStack(memoryFiles({}, data), path))).toMatchObject({
      code: 'FILE_UNREADABLE',
      message: `--stack: expected a file, got none at ${path}`,
    });
  });
});

describe('where a number comes from', () => {
  it('file and line of a trace', async () => {
    const { locate } = loadStack(memoryFiles({ 'my/stack.yaml': DEMO_STACK }, data), 'my/stack.yaml');
    expect(locate('demo parameters.WORKERS.formula')).toBe('policies/demo.yaml:11');
    expect(locate('demo memory.yields')).toBe('policies/demo.yaml:6');
    expect(locate('shop constraints.0')).toBe('my/stack.yaml:19');
    expect(locate('--set')).toBeUndefined();
    expect(locate('overrides.yaml:3')).toBeUndefined();
    expect(locate('demo parameters.WORKERS.nothing')).toBeUndefined();
    expect(locate('nobody parameters.WORKERS')).toBeUndefined();
    expect(locate('constructor name')).toBeUndefined();
  });
});

describe('a profile', () => {
  const box = 'container: { cpu: 8, memory: 16Gi, available: 4Gi }\n';
  const files = memoryFiles({ 'my-box.yaml': box, 'profiles/office.yaml': box, 'deep/box.yml': box }, data);

  it.each(['4cpu-8gi', '4CPU-8Gi', '4000m-8192mi'])('container limits: %s', async (name) => {
    expect(loadProfile(files, name)).toEqual({
      profile: { kind: 'container', name: '4cpu-8gi', cpuMillis: 4000, memoryMiB: 8192 },
    });
  });

  it.each(['c6i.8xlarge', 'aws:c6i.8xlarge'])('a machine of the package: %s', async (name) => {
    expect(loadProfile(files, name).profile).toMatchObject({
      name: 'c6i.8xlarge',
      cpuMillis: 32_000,
      memoryMiB: 65_536,
    });
  });

  it("a machine of the user's own family file, which comes first", async () => {
    const text = `provider: aws
family: c6i
source: my own
memoryMiBPerVcpu: 1000
machines: [{ name: "c6i.{size}", sizes: { large: 2 } }]
`;
    const mine = memoryFiles({ 'profiles/aws/c6i.yaml': text }, data);
    expect(loadProfile(mine, 'c6i.large').profile).toMatchObject({ memoryMiB: 2000 });
    expect((await errorOf(() => loadProfile(mine, 'c6i.8xlarge'))).code).toBe('PROFILE_UNKNOWN');
  });

  it.each(['./my-box.yaml', 'my-box.yaml', 'deep/box.yml', 'office'])("the user's own: %s", async (name) => {
    expect(loadProfile(files, name)).toEqual({
      profile: { kind: 'container', name: '8cpu-16gi', cpuMillis: 8000, memoryMiB: 16_384 },
      availableMiB: 4096,
    });
  });

  it("the user's own by name comes before container limits and machines", async () => {
    const own = memoryFiles({ 'profiles/c6i.large.yaml': box, 'profiles/4cpu-8gi.yaml': box }, data);
    expect(loadProfile(own, 'c6i.large').profile.name).toBe('8cpu-16gi');
    expect(loadProfile(own, '4cpu-8gi').profile.name).toBe('8cpu-16gi');
  });

  const form =
    '--profile: expected a machine (c6i.8xlarge), container limits (4cpu-8gi), host or a path to a .yaml file, got';
  it.each([
    { name: 'c6i.9xlarge', says: `${form} "c6i.9xlarge"; did you mean c6i.8xlarge, c6i.12xlarge, c6i.16xlarge?` },
    { name: 'C6I.8XLARGE', says: `${form} "C6I.8XLARGE"; did you mean c6i.8xlarge, c6i.12xlarge, c6i.4xlarge?` },
    {
      name: 'gcp:c6i.8xlarge',
      says: `${form} "gcp:c6i.8xlarge"; did you mean c6i.8xlarge, c6i.12xlarge, c6i.4xlarge?`,
    },
    { name: '', says: `${form} ""` },
    { name: 'constructor', says: `${form} "constructor"` },
    { name: '__proto__', says: `${form} "__proto__"` },
  ])('no such: "$name"', async ({ name, says }) => {
    expect(await errorOf(() => loadProfile(files, name))).toMatchObject({ code: 'PROFILE_UNKNOWN', message: says });
  });

  it('no such file', async () => {
    expect(await errorOf(() => loadProfile(files, './other.yaml'))).toMatchObject({
      code: 'FILE_UNREADABLE',
      message: '--profile: expected a file, got none at ./other.yaml',
    });
  });

  it('what is wrong in a file is told with its line', async () => {
    const bad = memoryFiles({ 'bad.yaml': 'container:\n  cpu: 4\n  memory: 8GB\n' });
    expect(await errorOf(() => loadProfile(bad, 'bad.yaml'))).toMatchObject({
      code: 'QUANTITY_SYNTAX',
      message: 'bad.yaml:3: container.memory: expected memory in Mi, Gi or Ti (1024-based), got "8GB"; write 8Gi',
    });
  });
});

describe('overrides', () => {
  it('of a file, each with the line that says it', async () => {
    const text = 'api:\n  WORKERS: 24\n  POOL:\n    min: 2\n    max: 8\n"true":\n  constructor: 0\n';
    const overrides = loadOverrides(memoryFiles({ 'o.yaml': text }), 'o.yaml', () => {});
    expect(JSON.parse(JSON.stringify(overrides))).toEqual({
      api: {
        WORKERS: { set: { value: 24, by: 'o.yaml:2', inFile: true } },
        POOL: { min: { value: 2, by: 'o.yaml:4', inFile: true }, max: { value: 8, by: 'o.yaml:5', inFile: true } },
      },
      true: { constructor: { set: { value: 0, by: 'o.yaml:7', inFile: true } } },
    });
  });

  it.each([
    { text: 'api: { A: -1 }', says: 'o.yaml:1: api.A: expected at least 0, got -1' },
    { text: 'api: { A: "5" }', says: 'o.yaml:1: api.A: expected a whole number or a map, got "5"' },
    { text: 'api: 5', says: 'o.yaml:1: api: expected a map, got 5' },
    {
      text: 'api: { A: 9007199254740992 }',
      says: 'o.yaml:1: api.A: expected at most 9007199254740991, got 9007199254740992',
    },
  ])('$text', async ({ text, says }) => {
    const error = await errorOf(() => loadOverrides(memoryFiles({ 'o.yaml': text }), 'o.yaml', () => {}));
    expect(error).toMatchObject({ code: 'OVERRIDE_INVALID', message: says });
  });

  it('no such file', async () => {
    expect(await errorOf(() => loadOverrides(memoryFiles({}), 'o.yaml', () => {}))).toMatchObject({
      code: 'FILE_UNREADABLE',
      message: '--overrides: expected a file, got none at o.yaml',
    });
  });
});

describe('the real file system', () => {
  let root = '';
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'sizewright-library-'));
    mkdirSync(join(root, 'data/policies'), { recursive: true });
    mkdirSync(join(root, 'user/folder.yaml'), { recursive: true });
    writeFileSync(join(root, 'data/policies/demo.json'), JSON.stringify(data['policies/demo']));
    writeFileSync(join(root, 'user/a.yaml'), 'a: 1\n');
  });
  afterAll(() => rmSync(root, { recursive: true }));
  const files = () => nodeFiles(join(root, 'user'), join(root, 'data'));

  it('reads and lists', () => {
    expect(files().readText('a.yaml')).toBe('a: 1\n');
    expect(files().readText(join(root, 'user/a.yaml'))).toBe('a: 1\n');
    expect(files().readText('b.yaml')).toBeUndefined();
    expect(files().readText('a.yaml/b.yaml')).toBeUndefined();
    expect(files().list('.').sort()).toEqual(['a.yaml', 'folder.yaml']);
    expect(files().list('nowhere')).toEqual([]);
    expect(files().readData('policies/demo')).toEqual(JSON.parse(JSON.stringify(data['policies/demo'])));
    expect(files().readData('policies/other')).toBeUndefined();
    expect(files().listData('policies')).toEqual(['demo.json']);
  });

  it("reads the kernel's files where they can be read", () => {
    expect(files().readSystem(join(root, 'user/a.yaml'))).toBe('a: 1\n');
    expect(files().readSystem(join(root, 'user/b.yaml'))).toBeUndefined();
    expect(files().readSystem(join(root, 'user'))).toBeUndefined();
  });

  it.each([
    { name: 'folder.yaml', got: 'a folder' },
    { name: 'pipe.yaml', make: (path: string) => execFileSync('mkfifo', [path]), got: 'a pipe' },
    { name: '/dev/zero', got: 'a device' },
    { name: 'link.yaml', make: (path: string) => symlinkSync('/dev/random', path), got: 'a device' },
    { name: 'loop.yaml', make: (path: string) => symlinkSync(path, path), got: 'ELOOP' },
    {
      name: 'large.yaml',
      make: (path: string) => {
        writeFileSync(path, '');
        truncateSync(path, 4 * 1024 * 1024 + 1);
      },
      got: 'more than 4 MiB',
    },
  ])('says why $name cannot be read: $got', async ({ name, make, got }) => {
    make?.(join(root, 'user', name));
    expect(await errorOf(() => files().readText(name))).toMatchObject({
      code: 'FILE_UNREADABLE',
      message: `${name}: expected a file that can be read, got ${got}; check the path and its permissions`,
    });
  });

  it('reads files that say nothing of their size, and large ones where they are expected', () => {
    expect(files().readText('/proc/self/stat')).toMatch(/^\d+ \(/);
    writeFileSync(join(root, 'user/printed'), 'x'.repeat(5 * 1024 * 1024));
    expect(files().readText('printed', 5)).toHaveLength(5 * 1024 * 1024);
  });

  it.each([
    { desc: 'a profile', step: (name: string) => loadProfile(files(), name), code: 'PROFILE_UNKNOWN' },
    { desc: 'a stack', step: (name: string) => loadStack(files(), name), code: 'STACK_UNKNOWN' },
  ])('a name of 300 characters is $desc that nobody knows', async ({ step, code }) => {
    expect((await errorOf(() => step('x'.repeat(300)))).code).toBe(code);
  });
});

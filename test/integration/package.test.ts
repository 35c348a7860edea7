/** The packed program, installed by a stranger into an empty folder, on a stack that this repository does not know. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT, temporaryFolder } from './support/generated.ts';
import { nodeOf } from './support/nodes.ts';
import { makeProject, pack } from './support/package.ts';
import { run } from './support/run.ts';

const { exports: exported, peerDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  exports: Record<string, unknown>;
  peerDependencies: Record<string, string>;
};
/** Every module that can be imported: `sizewright`, `sizewright/vitest`. */
const MODULES = Object.keys(exported)
  .filter((path) => !/\*|\.json$/.test(path))
  .map((path) => path.replace('.', 'sizewright'));
/** The oldest of each line that `engines` names. */
const NODES = ['20.19.0', '22.12.0', '24.0.0'];

const temporary = temporaryFolder();

/** A project in which nothing is installed but this package and what it needs. */
const bare = join(temporary, 'bare');
const inBare = (command: string, ...args: string[]) => run(command, args, { cwd: bare });
let packed = '';

beforeAll(async () => {
  packed = await pack(temporary);
  await makeProject(bare, packed);
  cpSync(join(ROOT, 'test/fixtures/stranger'), bare, { recursive: true });
});

/** What importing a module prints; an error where it fails. */
async function importing(folder: string, node: string, name: string): Promise<string> {
  const code = `console.log(Object.keys(await import(${JSON.stringify(name)})).join())`;
  return run(await nodeOf(node), ['--input-type=module', '-e', code], { cwd: folder });
}

describe('the program', () => {
  const SYNTH = ['sizewright', 'synth', '--profile', 'm7g.xlarge', '--stack', './my-stack.yaml'];

  it('synthesizes every target', async () => {
    await inBare('npx', ...SYNTH);
    expect(readdirSync(join(bare, 'out/shop/m7g.xlarge/host')).sort()).toEqual([
      'compose',
      'docker',
      'env',
      'manifest.json',
      'plan.json',
    ]);
    expect(readFileSync(join(bare, 'out/shop/m7g.xlarge/host/env/.env'), 'utf8')).toContain('\nGOMAXPROCS=3\n');
    expect(readdirSync(join(bare, 'out/shop/m7g.xlarge/kubernetes/kubernetes'))).toContain('kustomization.yaml');
    expect(readFileSync(join(bare, 'out/.gitignore'), 'utf8')).toBe('*\n');
  });

  it('changes nothing the second time', async () => {
    await inBare('npx', 'sizewright', 'diff', ...SYNTH.slice(2));
  });

  it.each(NODES)('is the same under Node.js %s', async (version) => {
    const argv = ['node_modules/sizewright/dist/bin.js', 'diff', ...SYNTH.slice(2)];
    await inBare(await nodeOf(version), ...argv);
  });
});

it('is a library with types', async () => {
  writeFileSync(
    join(bare, 'use.js'),
    "import { plan } from 'sizewright';\nconst [made] = await plan({ stack: 'spatialvortex', profiles: ['c6i.8xlarge'] });\nconsole.log(made.services.api.parameters.ACTIX_WORKERS.value);\n",
  );
  expect(await inBare('node', 'use.js')).toBe('40\n');
  expect(readFileSync(join(bare, 'node_modules/sizewright/dist/index.d.ts'), 'utf8')).toContain(
    'declare function synth(',
  );
  expect(readdirSync(join(bare, 'node_modules/sizewright/schemas'))).toContain('policy.schema.json');
});

describe.each(NODES)('under Node.js %s', (version) => {
  it('imports without any of the optional peers', async () => {
    expect(await importing(bare, version, 'sizewright')).toBe('SizewrightError,plan,synth\n');
  });

  it.each(MODULES.filter((name) => name !== 'sizewright'))('%s says which peers it lacks', async (name) => {
    const error = await importing(bare, version, name).then(
      () => expect.unreachable(),
      (reason: Error) => reason.message,
    );
    const said = new RegExp(`^Error: ${name} needs the packages? ([^:]+): npm install (?:--save-dev )?(.+)$`, 'm').exec(
      error,
    );
    expect(said, error).not.toBeNull();
    expect(said![1]!.split(' and ')).toEqual(said![2]!.split(' '));
    for (const peer of said![1]!.split(' and ')) expect(Object.keys(peerDependencies)).toContain(peer);
  });
});

describe('with the optional peers', () => {
  const full = join(temporary, 'full');

  beforeAll(async () => {
    await makeProject(full, packed, ...Object.entries(peerDependencies).map(([name, range]) => `${name}@${range}`));
  });

  describe.each(NODES)('Node.js %s', (version) => {
    it.each(MODULES)('imports %s', async (name) => {
      await importing(full, version, name);
    });

    // Vitest itself is for import alone.
    it.each(MODULES.filter((name) => name !== 'sizewright/vitest'))('requires %s', async (name) => {
      const code = `if (require(${JSON.stringify(name)}) === undefined) throw new Error('nothing')`;
      await run(await nodeOf(version), ['--input-type=commonjs', '-e', code], { cwd: full });
    });
  });
});

describe.each(['3.0.0', peerDependencies.vitest!])('the matcher with Vitest %s', (range) => {
  const folder = join(temporary, `vitest-${range.replace(/\W/g, '')}`);
  const test = (profile: string, golden = "'golden'") => `import { synth } from 'sizewright';
import 'sizewright/vitest';
import { expect, it } from 'vitest';

it('stays', async () => {
  const { artifacts } = await synth({ stack: 'spatialvortex', profiles: ['${profile}'], targets: ['compose'] });
  expect(artifacts).toMatchGolden(${golden});
});
`;
  const vitest = (ci: boolean, ...words: string[]) =>
    run('npx', ['vitest', 'run', ...words], { cwd: folder, env: { CI: ci ? 'true' : '' } });
  const plans = () => readdirSync(join(folder, 'golden/spatialvortex'));

  beforeAll(() => makeProject(folder, packed, `vitest@${range}`));

  it('writes, compares and updates', async () => {
    const file = join(folder, 'deploy.test.ts');
    writeFileSync(file, test('4cpu-8gi'));
    await expect(vitest(true)).rejects.toThrow('expected the files of golden, got others: 4 missing');
    await vitest(false);
    expect(plans()).toEqual(['4cpu-8gi']);
    writeFileSync(file, test('4cpu-16gi'));
    await expect(vitest(false)).rejects.toThrow('expected the files of golden, got others: 4 missing, 4 extra');
    expect(plans()).toEqual(['4cpu-8gi']);
    writeFileSync(file, test('4cpu-8gi').replace("'compose'", "'env'"));
    await vitest(true, '--update');
    await vitest(true);
  });

  it.each(['nodenext', 'bundler'])('has a type, %s', async (resolution) => {
    const module = resolution === 'bundler' ? 'preserve' : resolution;
    const options = ['--noEmit', '--strict', '--module', module, '--moduleResolution', resolution, '--skipLibCheck'];
    const compile = (file: string) =>
      run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...options, '--target', 'es2023', file], {
        cwd: folder,
      });
    writeFileSync(join(folder, 'right.ts'), test('4cpu-8gi'));
    await compile('right.ts');
    writeFileSync(join(folder, 'wrong.ts'), test('4cpu-8gi', '5'));
    await expect(compile('wrong.ts')).rejects.toThrow("'number' is not assignable to parameter of type 'string'");
  });
});

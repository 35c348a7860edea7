/** The packed program, installed by a stranger into an empty folder, on a stack that this repository does not know. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sizewright-stranger-'));
const inFolder = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: folder, encoding: 'utf8' });

beforeAll(() => {
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
  });
  writeFileSync(join(folder, 'package.json'), '{ "name": "stranger", "private": true, "type": "module" }\n');
  inFolder('npm', 'install', `./${packed.trim().split('\n').at(-1)}`);
  cpSync(join(root, 'test/fixtures/stranger'), folder, { recursive: true });
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('synthesizes every target', () => {
  inFolder('npx', 'sizewright', 'synth', '--profile', 'm7g.xlarge', '--stack', './my-stack.yaml');
  expect(readdirSync(join(folder, 'out/shop/m7g.xlarge/host')).sort()).toEqual([
    'compose',
    'docker',
    'env',
    'manifest.json',
    'plan.json',
  ]);
  expect(readFileSync(join(folder, 'out/shop/m7g.xlarge/host/env/.env'), 'utf8')).toContain('\nGOMAXPROCS=3\n');
  expect(readdirSync(join(folder, 'out/shop/m7g.xlarge/kubernetes/kubernetes'))).toContain('kustomization.yaml');
  expect(readFileSync(join(folder, 'out/.gitignore'), 'utf8')).toBe('*\n');
});

it('changes nothing the second time', () => {
  expect(() =>
    inFolder('npx', 'sizewright', 'synth', '--check', '--profile', 'm7g.xlarge', '--stack', './my-stack.yaml'),
  ).not.toThrow();
});

it('is a library with types', () => {
  writeFileSync(
    join(folder, 'use.js'),
    "import { plan } from 'sizewright';\nconst [made] = await plan({ profiles: ['c6i.8xlarge'] });\nconsole.log(made.services.api.parameters.ACTIX_WORKERS.value);\n",
  );
  expect(inFolder('node', 'use.js')).toBe('40\n');
  expect(readFileSync(join(folder, 'node_modules/sizewright/dist/index.d.ts'), 'utf8')).toContain(
    'declare function synth(',
  );
  expect(readdirSync(join(folder, 'node_modules/sizewright/schemas'))).toContain('policy.schema.json');
});

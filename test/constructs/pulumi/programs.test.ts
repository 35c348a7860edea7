import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as pulumi from '@pulumi/pulumi';
import { afterAll, expect, it } from 'vitest';
import { nodeFiles } from '../../../src/files/node-files.ts';
import { synthesize } from '../../../src/synth.ts';
import { plain, run } from './support.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'sizewright-program-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes the generated project, with the packages of this one. @returns its program */
async function writeProject(): Promise<string> {
  const options = { profiles: ['4cpu-8gi'], targets: ['pulumi'] };
  const { folders } = await synthesize(options, nodeFiles(root, join(root, 'dist/data')));
  const { artifacts } = folders.find(({ target }) => target === 'pulumi')!;
  for (const { path, contents } of artifacts) writeFileSync(join(folder, path), contents);
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(join(root, 'node_modules/@pulumi'), join(folder, 'node_modules/@pulumi'));
  symlinkSync(root, join(folder, 'node_modules/sizewright'));
  return join(folder, 'index.ts');
}

it('the program of the built-in stack is a few lines over its configuration', async () => {
  pulumi.runtime.setAllConfig({ 'project:profile': 'c6i.8xlarge', 'project:platform': 'eks' });
  let program: typeof import('../../../stacks/spatialvortex/pulumi.ts') | undefined;
  const { find, outputs } = await run(async () => {
    program = await import('../../../stacks/spatialvortex/pulumi.ts');
    return undefined;
  });
  expect(outputs.spatialvortex).toMatchObject({ profile: 'c6i.8xlarge', platform: 'eks' });
  const { containers } = find('spatialvortex-api-deployment').inputs.spec.template.spec;
  expect(containers[0].env[0].valueFrom.secretKeyRef.name).toBe('spatialvortex-api-secrets');
  expect(await new Promise((resolve) => program?.namespace.apply(resolve))).toBe('spatialvortex');
});

it('the generated program makes the Secrets whose values are configured, and no others', async () => {
  const program = await writeProject();
  const values = { DATABASE_URL: 'postgres://me:hunter2@db/app' };
  pulumi.runtime.setAllConfig(
    { 'project:plan': '4cpu-8gi', 'project:spatialvortex-api-secrets': JSON.stringify(values) },
    ['project:spatialvortex-api-secrets'],
  );
  const { resources, find } = await run(async () => {
    await import(program);
    return undefined;
  });
  expect(resources.filter(({ type }) => type.endsWith(':Secret')).map(({ name }) => name)).toEqual([
    'spatialvortex-api-secrets',
  ]);
  const { inputs, dependencies } = find('spatialvortex-api-secrets');
  expect(inputs.metadata).toEqual({ name: 'spatialvortex-api-secrets', namespace: 'spatialvortex' });
  expect(plain(inputs.stringData)).toEqual({ secret: values });
  expect(dependencies).toEqual(['spatialvortex-namespace']);
});

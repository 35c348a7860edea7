/** Images with one program and no shell, as distroless ones are: started by the generated files, with their secrets. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { composeProject } from './support/compose.ts';
import { docker } from './support/containers.ts';
import { ROOT, synth, temporaryFolder } from './support/generated.ts';
import { run } from './support/run.ts';
import { unpackPackage } from './support/tools.ts';

const IMAGE = 'sizewright-test/no-shell:1';
/** Compose hands it over as it stands, a shell would not. */
const TOKEN = `integration $(id) "quoted" 'twice' \\n * $HOME # =`;

const service = (readiness: string, more = '') => `
    policy: go-web${more}
    deploy:
      image: ${IMAGE}
      shell: false
      ports: { http: 8080 }
      entrypoint: [/busybox, sleep, infinity]
      user: { uid: 65532, gid: 65532 }
      probes: { readiness: { ${readiness} } }
      secrets: { TOKEN: { does: a token, example: change-me } }`;
/** Of the two that it calls, one can be asked whether it works. */
const STACK = `stack: mute
main: front
services:
  front:${service('http: /ready', '\n    connectsTo: [asked, unasked]')}
  asked:${service('exec: [/busybox, "true"]')}
  unasked:${service('http: /ready')}
`;

const stacks = temporaryFolder();
cpSync(join(ROOT, 'test/fixtures/stranger/policies'), join(stacks, 'policies'), { recursive: true });
writeFileSync(join(stacks, 'stack.yaml'), STACK);
const words = ['--stack', join(stacks, 'stack.yaml')];

beforeAll(async () => {
  const root = temporaryFolder();
  cpSync(join(await unpackPackage('busybox-static'), 'bin/busybox'), join(root, 'busybox'));
  mkdirSync(join(root, 'tmp'));
  const pack = 'tar -C "$1" -c . | docker import - "$2"';
  await run('bash', ['-o', 'pipefail', '-c', pack, 'pack', root, IMAGE], { env: inject('docker') });
});

test('Compose starts them, waits for the one that can be asked, and gives each its secret', async () => {
  const { folder } = await synth('1cpu-1gi', 'compose', ...words);
  const { compose, container, up } = composeProject(folder);
  afterAll(() => compose('down', '--timeout', '1'));
  mkdirSync(join(folder, 'secrets'), { recursive: true });
  for (const name of ['front', 'asked', 'unasked'])
    writeFileSync(join(folder, `secrets/${name}.env`), `TOKEN=${TOKEN}\n`);
  await up();
  const health = async (name: string) =>
    (
      await docker('inspect', '--format', '{{if .State.Health}}{{.State.Health.Status}}{{end}}', await container(name))
    ).trim();
  expect([await health('front'), await health('asked'), await health('unasked')]).toEqual(['', 'healthy', '']);
  for (const name of ['front', 'asked', 'unasked'])
    expect((await docker('exec', await container(name), '/busybox', 'env')).split('\n')).toContain(`TOKEN=${TOKEN}`);
});

test('the run script starts one, and a shell is not asked for', async () => {
  const { folder } = await synth('1cpu-1gi', 'docker', ...words);
  afterAll(() => docker('rm', '--force', 'mute-asked'));
  await run(join(folder, 'asked/docker-run.sh'), [], { env: { ...inject('docker'), TOKEN } });
  expect((await docker('exec', 'mute-asked', '/busybox', 'env')).split('\n')).toContain(`TOKEN=${TOKEN}`);
  expect((await docker('inspect', '--format', '{{.State.Running}} {{.State.Health}}', 'mute-asked')).trim()).toBe(
    'true <nil>',
  );
});

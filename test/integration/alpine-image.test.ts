/**
 * The Dockerfile for Alpine, on images made here: its runtime is BusyBox, whose commands Alpine's are, with stand-ins
 * for apk, getent, addgroup and adduser, which Debian's BusyBox lacks. What apk would install is not looked at.
 */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, inject, test } from 'vitest';
import { docker } from './support/containers.ts';
import { synth, temporaryFolder } from './support/generated.ts';
import { buildImage } from './support/images.ts';
import { run } from './support/run.ts';
import { unpackPackage } from './support/tools.ts';

const RUNTIME = 'sizewright-test/busybox';
const BUILDER = 'sizewright-test/rust-with-apk';
const IMAGE = 'sizewright-test/api-on-alpine';
const STAND_IN = '#!/bin/sh\nexit 0\n';

beforeAll(async () => {
  const env = inject('docker');
  await makeRuntime();
  const builder = temporaryFolder();
  writeFileSync(join(builder, 'apk'), STAND_IN, { mode: 0o755 });
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Dockerfile
  writeFileSync(join(builder, 'Dockerfile'), 'ARG BASE\nFROM ${BASE}\nCOPY apk /sbin/apk\n');
  await buildImage({ tag: BUILDER, folder: builder, args: { BASE: inject('images').rust } }, env);

  const stacks = temporaryFolder();
  const stack = readFileSync(join(import.meta.dirname, '../../stacks/spatialvortex/stack.yaml'), 'utf8')
    .replace('buildImage: rust:1-bookworm', 'buildImage: rust:1-alpine')
    .replace('runtimeImage: debian:bookworm-slim', 'runtimeImage: alpine:3.22');
  writeFileSync(join(stacks, 'stack.yaml'), stack);
  const generated = await synth('2cpu-6gi', 'docker', '--stack', join(stacks, 'stack.yaml'));
  const context = temporaryFolder();
  cpSync(join(import.meta.dirname, 'fixtures/api_server'), context, { recursive: true });
  cpSync(join(generated.folder, 'api'), context, { recursive: true });
  await buildImage({ tag: IMAGE, folder: context, args: { BUILD_IMAGE: BUILDER, RUNTIME_IMAGE: RUNTIME } }, env);
});

test('has the user of the stack, and the program', async () => {
  const inside = (...command: string[]) => docker('run', '--rm', '--entrypoint', '/bin/busybox', IMAGE, ...command);
  expect(await inside('id')).toBe('uid=1001(app) gid=1001(app) groups=1001(app)\n');
  expect(await inside('grep', '^app:', '/etc/passwd')).toBe('app:x:1001:1001:Linux User,,,:/home/app:/sbin/nologin\n');
  expect(await inside('stat', '-c', '%a', '/usr/local/bin/api_server')).toBe('755\n');
});

/** A root file system of BusyBox alone. */
async function makeRuntime(): Promise<void> {
  const root = temporaryFolder();
  for (const folder of ['bin', 'sbin', 'etc', 'usr/local/bin', 'tmp'])
    mkdirSync(join(root, folder), { recursive: true });
  cpSync(join(await unpackPackage('busybox-static'), 'bin/busybox'), join(root, 'bin/busybox'));
  for (const applet of ['sh', 'cut', 'grep', 'install']) symlinkSync('/bin/busybox', join(root, 'bin', applet));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\n');
  writeFileSync(join(root, 'sbin/apk'), STAND_IN, { mode: 0o755 });
  const getent = '#!/bin/sh\nexec grep -E "^([^:]*:[^:]*:$2:|$2:)" "/etc/$1"\n';
  writeFileSync(join(root, 'bin/getent'), getent, { mode: 0o755 });
  // As the generated Dockerfile calls them: addgroup -g GID NAME; adduser -D -H -s SHELL -u UID -G GROUP NAME.
  const addgroup = '#!/bin/sh\necho "$3:x:$2:" >> /etc/group\n';
  const gid = '$(getent group "$8" | cut -d: -f3)';
  const adduser = `#!/bin/sh\necho "$9:x:$6:${gid}:Linux User,,,:/home/$9:$4" >> /etc/passwd\n`;
  for (const [name, text] of Object.entries({ addgroup, adduser }))
    writeFileSync(join(root, 'bin', name), text, { mode: 0o755 });
  const pack = 'tar -C "$1" -c . | docker import - "$2"';
  await run('bash', ['-o', 'pipefail', '-c', pack, 'pack', root, RUNTIME], { env: inject('docker') });
}

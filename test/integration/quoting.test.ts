/** Files and folders whose names mean something to Docker: its own readers take them as they are. */
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { copyPaths } from '../../src/targets/docker/index.ts';
import { docker } from './support/containers.ts';
import { synth, temporaryFolder } from './support/generated.ts';
import { run } from './support/run.ts';

test('a Dockerfile copies a program to where the stack says', async () => {
  const folder = temporaryFolder();
  const places = [
    '/opt/plain',
    '/opt/a b',
    '/opt/$HOME',
    "/opt/it's",
    '/opt/"q"',
    '/opt/back\\slash',
    '/opt/$\u007bPATH}',
    '/opt/é,[x]#',
  ];
  writeFileSync(join(folder, 'program'), 'here\n');
  const copies = places.map((place) => `COPY ${copyPaths(['program', place])}\n`).join('');
  writeFileSync(join(folder, 'Dockerfile'), `FROM ${inject('images').runtime}\n${copies}`);
  await docker('build', '--quiet', '--tag', 'sizewright-test/places', folder);
  expect(await docker('run', '--rm', 'sizewright-test/places', 'cat', ...places)).toBe('here\n'.repeat(places.length));
  await docker('rmi', 'sizewright-test/places');
});

test('docker-run.sh mounts its entry point from a folder of any name', async () => {
  const { folder } = await synth('2cpu-6gi', 'docker', '--mode', 'auto');
  const strange = join(temporaryFolder(), "a b,c=d 'e' $f");
  mkdirSync(strange);
  cpSync(join(folder, 'redis'), strange, { recursive: true });
  writeFileSync(join(strange, 'docker'), `#!/bin/sh\n[ "$1" != run ] || printf '%s\\0' "$@"\n`);
  chmodSync(join(strange, 'docker'), 0o755);
  const env = { REDIS_PASSWORD: 'x', PATH: `${strange}:${process.env.PATH}` };
  const words = (await run('sh', [join(strange, 'docker-run.sh')], { env })).split('\0');
  const mount = words.find((word) => word.startsWith('type=bind,'))!;
  const script = ['/etc/sizewright/entrypoint.sh'];
  const printed = await docker('run', '--rm', '--mount', mount, inject('images').runtime, 'cat', ...script);
  expect(printed).toBe(readFileSync(join(folder, 'redis/entrypoint.sh'), 'utf8'));
});

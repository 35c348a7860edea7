/** Bare metal: shells read the generated .env alike, systemd accepts the units, shellcheck every script. */
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { filesIn, type Generated, synth, temporaryFolder } from './support/generated.ts';
import { run } from './support/run.ts';
import { findTool } from './support/tools.ts';

const PROFILE = '4cpu-8gi';

let generated: Generated;
beforeAll(async () => {
  generated = await synth(PROFILE, 'env');
});

describe('.env', () => {
  test.each([
    ['dash', []],
    ['bash', ['--norc', '--posix']],
    ['busybox', ['sh']],
  ] as const)('%s reads exactly the values of the plan', async (shell, mode) => {
    const read = 'set -aeu; . "$1"; exec env -0';
    const command = [await findTool(shell), ...mode, '-c', read, shell, join(generated.folder, '.env')];
    // From an empty environment: a value can only come from the file.
    const printed = await run('env', ['-i', `PATH=${process.env.PATH}`, ...command]);
    const variables = Object.fromEntries(printed.split('\0').map((line) => line.split(/=(.*)/s, 2)));
    const decisions = Object.entries(generated.plan.services.api!.parameters);
    expect(variables).toMatchObject(Object.fromEntries(decisions.map(([name, { value }]) => [name, String(value)])));
  });
});

describe('systemd', () => {
  test('accepts the units without a word', async () => {
    expect(await verifyUnits((text) => text)).toBe('');
  });

  test('accepts those that compute the values at start too', async () => {
    const { folder } = await synth(PROFILE, 'env', '--mode', 'auto');
    expect(await verifyUnits((text) => text, folder)).toBe('');
  });

  test('is really asked: a limit that it does not understand is reported', async () => {
    expect(await verifyUnits((text) => text.replace(/^MemoryMax=.*$/m, 'MemoryMax=much'))).toMatch(
      "Invalid memory limit 'much'",
    );
  });
});

/** As small as it can be: a file with a section, which has to come before everything that is in it. */
const MARIADB = `policy: mariadb
title: MariaDB
memory:
  headroom: { formula: memoryMiB / 10, basis: assumed, why: the page cache }
  reserve: { formula: 128, basis: assumed, why: the server }
  yields: [innodb_buffer_pool_size]
parameters:
  innodb_buffer_pool_size:
    does: pages that the server caches
    unit: MB
    suffix: M
    formula: memoryMiB / 2
    why: half of the memory
    min: 5
    max: 16777216
    bounds: { why: the largest machine }
    cost: { formula: innodb_buffer_pool_size, basis: documented, why: one allocation }
settings:
  skip_name_resolve: { value: "1", why: no look-up of clients }
deliver:
  as: settings
  program: [mariadbd]
  flags: ["--{key}={value}"]
  file: { name: server.cnf, line: "{key} = {value}", extra: ["[mysqld]"] }
startupSeconds: { formula: 60, why: recovery }
stop: { signal: SIGTERM, graceSeconds: 60, why: the buffer pool is written }
`;
const MARIADB_STACK = `stack: shop
main: db
services:
  db:
    policy: mariadb
    deploy:
      image: mariadb:11
      ports: { mysql: 3306 }
      entrypoint: [docker-entrypoint.sh]
      user: { uid: 999, gid: 999 }
      volume: { path: /var/lib/mysql, size: 10Gi }
      backup: mariadb-dump, each night
      systemd: { unit: mariadb.service }
`;

describe('a file of settings with a section', () => {
  test('is read by MariaDB as it is planned', async () => {
    const stacks = temporaryFolder();
    mkdirSync(join(stacks, 'policies'));
    writeFileSync(join(stacks, 'policies/mariadb.yaml'), MARIADB);
    writeFileSync(join(stacks, 'stack.yaml'), MARIADB_STACK);
    const { folder } = await synth(PROFILE, 'env', '--stack', join(stacks, 'stack.yaml'));
    const file = filesIn(folder).find((path) => path.endsWith('server.cnf'))!;
    const mariadbd = await findTool('mariadbd');
    const help = (path: string) => run(mariadbd, [`--defaults-file=${path}`, '--help', '--verbose']);
    const said = await help(file);
    expect(said).toMatch(/^innodb-buffer-pool-size +4294967296$/m); // 8192 MiB / 2
    expect(said).toMatch(/^skip-name-resolve +TRUE$/m);
    // Without its section first, it is no file of MariaDB's.
    const late = join(stacks, 'late.cnf');
    writeFileSync(late, `${readFileSync(file, 'utf8').replace('[mysqld]\n', '')}[mysqld]\n`);
    await expect(help(late)).rejects.toThrow('Found option without preceding group');
  });
});

test('shellcheck finds nothing in any script of any target', async () => {
  const targets = await Promise.all(
    (['env', 'docker', 'compose', 'kubernetes'] as const).flatMap((name) => [
      synth(PROFILE, name),
      synth(PROFILE, name, '--mode', 'auto'),
    ]),
  );
  const scripts = targets
    .flatMap(({ folder }) => filesIn(folder))
    .filter((file) => readFileSync(file, 'utf8').startsWith('#!'));
  expect(scripts).not.toEqual([]);
  await run(await findTool('shellcheck'), scripts);
});

/** What systemd has to say about the generated units, after a change of their text, on a machine made for them. */
async function verifyUnits(change: (text: string) => string, folder = generated.folder): Promise<string> {
  const root = temporaryFolder();
  cpSync('/lib/systemd/system', join(root, 'lib/systemd/system'), { recursive: true, verbatimSymlinks: true });
  const units = filesIn(folder).filter((file) => /\.service(\.d\/.*\.conf)?$/.test(file));
  const names = units.map((file) => {
    const text = change(readFileSync(file, 'utf8'));
    for (const [, program] of text.matchAll(/^Exec\w+=[-@:+!]*(\S+)/gm)) writeProgram(join(root, program!));
    return installUnit(root, relative(join(folder, 'systemd'), file), text);
  });
  expect(names).not.toEqual([]);
  const analyze = await findTool('systemd-analyze');
  // Status 0 in spite of warnings: what counts is what it says, on stderr.
  const verify = '"$@" 2>&1 || echo "exit status $?"';
  return run('sh', ['-c', verify, 'sh', analyze, 'verify', '--man=no', `--root=${root}`, ...new Set(names)]);
}

/** Puts a unit, or a drop-in with a unit under it, where systemd looks; returns the unit's name. */
function installUnit(root: string, path: string, text: string): string {
  const file = join(root, 'etc/systemd/system', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  if (!path.endsWith('.conf')) return path;
  const unit = dirname(path).replace(/\.d$/, '');
  writeProgram(join(root, 'bin/true'));
  writeFileSync(join(root, 'etc/systemd/system', unit), '[Service]\nExecStart=/bin/true\n');
  return unit;
}

function writeProgram(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, 0o755);
}

/** `detect`, and what the other commands make of `--profile host`, on the trees of test/fixtures/cgroup. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Files } from '../../src/files/library.ts';
import { packageFiles, runCommand } from '../commands.ts';

const fixtures = join(import.meta.dirname, '../fixtures/cgroup');
const output = mkdtempSync(join(tmpdir(), 'sizewright-detect-'));
afterAll(() => rmSync(output, { recursive: true }));

/** The kernel's files of a fixture; `changes` by path. */
function on(fixture: string, changes: Readonly<Record<string, string>> = {}): Files {
  const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
  return { ...packageFiles(), readSystem: (path) => changes[path] ?? read(join(fixtures, fixture, path)) };
}
const api = ['--profile', 'host', '--external', 'postgres,redis'];

describe('detect', () => {
  it('a container: each figure with its file', async () => {
    expect(await runCommand(['detect'], { files: on('nested-tighter-child') })).toEqual({
      exit: 0,
      out: [
        'CPU       1.5 cores  /sys/fs/cgroup/pod/app/cpu.max     150000 100000\n',
        'memory    4,096 MiB  /sys/fs/cgroup/pod/app/memory.max  4294967296\n',
        'free now  1,024 MiB  /sys/fs/cgroup/pod/memory.current  8589934592 - (7516192768 - 0)\n',
        'a cgroup grants less memory than the machine has, so these are container limits\n',
      ].join(''),
      err: '',
    });
  });

  it('a machine, and what could not be read', async () => {
    expect(await runCommand(['detect'], { files: on('zero-period') })).toEqual({
      exit: 0,
      out: [
        'CPU          4 cores  /proc/self/status  Cpus_allowed_list 0-3\n',
        'memory    16,000 MiB  /proc/meminfo      MemTotal 16384000 kB\n',
        'free now  12,000 MiB  /proc/meminfo      MemAvailable 12288000 kB\n',
        'no cgroup grants less memory than the machine has, so this is the machine\n',
      ].join(''),
      err: 'note: /sys/fs/cgroup/cpu.max: expected a quota and a period in microseconds, got "100000 0"; left out\n',
    });
  });

  it('as JSON', async () => {
    const { exit, out } = await runCommand(['detect', '--format', 'json'], { files: on('zero-period') });
    expect(exit).toBe(0);
    expect(JSON.parse(out)).toEqual({
      cpuMillis: { value: 4000, file: '/proc/self/status', says: 'Cpus_allowed_list 0-3' },
      memoryMiB: { value: 16_000, file: '/proc/meminfo', says: 'MemTotal 16384000 kB' },
      freeMiB: { value: 12_000, file: '/proc/meminfo', says: 'MemAvailable 12288000 kB' },
      limited: false,
      architecture: 'amd64',
      threadsPerCore: 1,
      notes: ['/sys/fs/cgroup/cpu.max: expected a quota and a period in microseconds, got "100000 0"; left out'],
    });
  });

  it('nothing, away from Linux', async () => {
    const { exit, out, err } = await runCommand(['detect']);
    expect([exit, out]).toEqual([1, '']);
    expect(err).toMatch(/^sizewright: HOST_UNKNOWN\nhost: .*name the hardware: --cpu and --memory, or --profile/);
  });
});

describe('--profile host', () => {
  // memory-high-below-max: 2 cores, 3,072 MiB of which 2,304 are free. 8 MiB for 4 workers, 8 for 8 connections, 2,000
  // for 4 sessions.
  const container = 'memory-high-below-max';
  const host =
    'host: 2 cores (/sys/fs/cgroup/cpu.max), 3,072 MiB (/sys/fs/cgroup/memory.high), 2,304 MiB free (/sys/fs/cgroup/memory.current); ';

  it.each([
    {
      desc: 'what is free counts',
      argv: [],
      // 2304 - 128 = 2176, less 2016: the cache of 544 yields
      is: { CACHE_SIZE_MB: 160, available: '2,176 MiB available (2,304 MiB free now - 128 MiB reserve)' },
      says: 'what is held now is left to its holders\n',
    },
    {
      desc: 'unless it is not to',
      argv: ['--no-free'],
      // 3072 - 307 - 128 = 2637, less 2016: the cache of 659 yields
      is: {
        CACHE_SIZE_MB: 621,
        available: '2,637 MiB available (3,072 MiB limit - 307 MiB headroom - 128 MiB reserve)',
      },
      says: '--free leaves to its holders what is held now\n',
    },
    {
      desc: 'or the operator knows better',
      argv: ['--available', '2500Mi'],
      // 2500 less 2016
      is: { CACHE_SIZE_MB: 484, available: '2,500 MiB available (stated)' },
      says: 'what is held now is left to its holders\n',
    },
  ])('in plan: $desc', async ({ argv, is, says }) => {
    const { exit, out, err } = await runCommand(['plan', ...api, ...argv], { files: on(container) });
    expect([exit, err]).toEqual([0, `${host}${says}`]);
    expect(out).toMatch(new RegExp(`^  CACHE_SIZE_MB +${is.CACHE_SIZE_MB} `, 'm'));
    expect(out).toContain(` of ${is.available}`);
  });

  it('in explain and compare: as in plan', async () => {
    const explained = await runCommand(['explain', ...api, 'api.CACHE_SIZE_MB'], { files: on(container) });
    expect(explained.out).toContain('api.CACHE_SIZE_MB = 160 MB   on host, host ');
    expect(explained.out).toContain('available 2,176 MiB (2,304 MiB free now - 128 MiB reserve)');
    const compared = await runCommand(['compare', ...api, '--format', 'json'], { files: on(container) });
    const { rows } = JSON.parse(compared.out).services.api;
    expect(rows.find(({ parameter }: { parameter: string }) => parameter === 'CACHE_SIZE_MB').computed).toBe(160);
    expect([explained.err, compared.err]).toEqual([0, 1].map(() => `${host}what is held now is left to its holders\n`));
  });

  it('says what it would take, where too little is free', async () => {
    const files = on(container, { '/sys/fs/cgroup/memory.current': '2147483648\n' });
    const { exit, err } = await runCommand(['plan', ...api], { files });
    expect(exit).toBe(1);
    // 3072 - (2048 - 256) = 1280; 1280 - 128
    expect(err).toContain(
      'expected costs of at most 1,152 MiB available = 1,280 MiB free now - 128 MiB reserve, got 2,144 MiB at the lowest values; it takes 2,144 MiB available\n',
    );
  });

  /** Every file that a synth writes into a folder of its own, by path. */
  const synth = async (name: string, files: Files, argv: readonly string[] = []) => {
    const root = join(output, name);
    const { exit, err } = await runCommand(['synth', ...api, '--platform', 'host', ...argv], { files, root });
    const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) =>
      statSync(join(root, path)).isFile(),
    );
    return {
      exit,
      err,
      files: Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')])),
    };
  };
  const busier = { '/sys/fs/cgroup/memory.current': '1090519040\n' };

  it('in synth: not what is free, so that two runs write the same bytes', async () => {
    const before = await synth('before', on(container));
    const after = await synth('after', on(container, busier));
    expect(before.exit).toBe(0);
    expect(after.files).toEqual(before.files);
    expect(before.err).toContain(`${host}--free leaves to its holders what is held now\n`);
    const env = before.files['out/spatialvortex/host/host/env/.env']!;
    expect(env).toContain('sizewright synth --profile host --external postgres,redis\n');
    expect(env).toContain('\nCACHE_SIZE_MB=621\n');
  });

  it('in synth with --free: what is free', async () => {
    const { exit, files } = await synth('free', on(container), ['--free']);
    expect(exit).toBe(0);
    const env = files['out/spatialvortex/host/host/env/.env']!;
    expect(env).toContain('sizewright synth --profile host --external postgres,redis --free\n');
    expect(env).toContain('\nCACHE_SIZE_MB=160\n');
  });

  it('in diff: as in synth', async () => {
    const root = join(output, 'diffed');
    const run = (argv: readonly string[]) =>
      runCommand([...argv, ...api, '--platform', 'host'], { files: on(container, busier), root });
    await run(['synth']);
    const same = await run(['diff']);
    expect([same.exit, same.out]).toEqual([0, '']);
    expect(same.err).toContain('--free leaves to its holders');
    expect((await run(['diff', '--free'])).exit).toBe(2);
  });

  it('as a machine is shared, and named where it is shown', async () => {
    const planned = await runCommand(['plan', ...api], { files: on('unlimited') });
    // 16,000 - 800 for the operating system - 3,200 that others hold
    expect(planned.out).toContain('host: 4 cores, 16,000 MiB; 4 cores, 12,000 MiB of it for the stack\n');
    const shown = await runCommand(['profiles', 'show', 'host'], { files: on('unlimited') });
    expect(shown.out).toMatch(/^ {2}memory +16,000 MiB measured$/m);
    expect(shown.out).toMatch(/^ {2}host +4 cores +12,000 MiB {2}less .*operating system 800 MiB, in use 3,200 MiB$/m);
  });

  it('says what could not be read', async () => {
    const { err } = await runCommand(['plan', ...api], { files: on('container-without-sys-fs-cgroup') });
    expect(err).toContain(
      'note: memory: /proc/self/mountinfo names no cgroup file system for it, so a limit that may be set cannot be seen\n',
    );
  });

  it('is completed', async () => {
    expect((await runCommand(['__complete', '--', 'plan', '--profile', 'hos'])).out).toBe('host\n');
  });
});

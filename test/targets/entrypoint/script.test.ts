import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Policy } from '../../../src/policy/policy.ts';
import { memory, parameter, policyOf, problemsOf } from '../../samples.ts';
import { builtInPolicy } from '../../support.ts';
import { HOSTILE } from '../docker/support.ts';
import { scriptOf } from './cases.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'entrypoint-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A machine with that many CPUs and MiB, all of it free, and a cgroup without limits. */
function machine(cpus: number, memoryMiB: number): string {
  const root = join(folder, `${cpus}-${memoryMiB}`);
  mkdirSync(join(root, 'proc/self'), { recursive: true });
  mkdirSync(join(root, 'sys/fs/cgroup'), { recursive: true });
  writeFileSync(join(root, 'proc/self/cgroup'), '0::/\n');
  writeFileSync(join(root, 'proc/self/mountinfo'), '30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n');
  writeFileSync(join(root, 'sys/fs/cgroup/cgroup.controllers'), 'cpu memory\n');
  writeFileSync(join(root, 'proc/self/status'), `Name:\tsh\nCpus_allowed_list:\t0-${cpus - 1}\n`);
  const kB = memoryMiB * 1024;
  writeFileSync(join(root, 'proc/meminfo'), `MemTotal:       ${kB} kB\nMemFree: 1 kB\nMemAvailable:   ${kB} kB\n`);
  return root;
}

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs an entry point on a machine of 4 CPUs and 8 GiB; its files of records and secrets are in the test's folder. */
function run(policy: Policy, args: string[], env: Record<string, string> = {}, root = machine(4, 8192)): Ended {
  const script = scriptOf(policy, root)
    .replaceAll('/tmp/sizewright-', `${folder}/record-`)
    .replaceAll('/run/secrets', `${folder}/secrets`);
  const file = join(folder, 'entrypoint.sh');
  writeFileSync(file, script);
  const { status, stdout, stderr } = spawnSync('/bin/sh', [file, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH!, ...env },
  });
  return { status, stdout, stderr };
}

const api = builtInPolicy('spatialvortex-api');
const redis = builtInPolicy('redis');
const PRINT_ENVIRONMENT = ['/usr/bin/env'];
const environmentOf = ({ stdout }: Ended) =>
  Object.fromEntries(stdout.split('\n').flatMap((line) => (/^[A-Z_]+=/.test(line) ? [line.split(/=(.*)/s, 2)] : [])));

describe('a start', () => {
  it('gives the program its values', () => {
    // 4 cores, 8192 - 819 - 128 = 7245 MiB: worked out in the plan of 4cpu-8gi
    expect(environmentOf(run(api, PRINT_ENVIRONMENT))).toMatchObject({
      ACTIX_WORKERS: '8',
      AUDIO_BUFFER_SIZE: '2048',
      ONNX_POOL_SIZE: '10',
      DB_POOL_SIZE: '16',
      CACHE_SIZE_MB: '1811',
      CACHE_TTL: '1800',
      BATCH_SIZE: '500',
      BATCH_TIMEOUT_MS: '50',
      VOICE_THREADS: '4',
      ORT_INTRA_OP_NUM_THREADS: '1',
    });
  });

  it('is not misled by variables of the shell', () => {
    const env = { IFS: '0=8 ', PS1: '$(id)', OPTIND: '7', _sw_root: '/nowhere', _sw_problems: '1', CDPATH: '/' };
    expect(environmentOf(run(api, PRINT_ENVIRONMENT, env))).toMatchObject({ ACTIX_WORKERS: '8', ONNX_POOL_SIZE: '10' });
  });

  it('takes bounds, pins and hardware from the environment', () => {
    const env = {
      ACTIX_WORKERS_MAX: '6',
      DB_POOL_SIZE: '33',
      SIZEWRIGHT_CPU_MILLIS: '16000',
      SIZEWRIGHT_AVAILABLE_MIB: '3000',
    };
    // 3000 - 12 - 33 = 2955: five sessions leave 455 for the cache, six would leave none
    expect(environmentOf(run(api, PRINT_ENVIRONMENT, env))).toMatchObject({
      ACTIX_WORKERS: '6',
      DB_POOL_SIZE: '33',
      ONNX_POOL_SIZE: '4',
      CACHE_SIZE_MB: '750',
      VOICE_THREADS: '8',
      ORT_INTRA_OP_NUM_THREADS: '4', // 16 cores, 4 sessions
    });
  });

  it('becomes the program: its arguments, its exit code, its signals', () => {
    const { status, stdout } = run(api, ['/bin/sh', '-c', 'echo "$0 $#"; exit 7', 'a b', '*', '']);
    expect([status, stdout]).toEqual([7, 'a b 2\n']);
    const script = 'read -r stat </proc/$$/stat; kill -TERM $$; echo survived';
    expect(run(api, ['/bin/sh', '-c', script])).toMatchObject({ status: null, stdout: '' });
  });

  it('adds what a program takes as flags', () => {
    const { stdout } = run(redis, ['/usr/bin/printf', '[%s]'], { REDIS_PASSWORD: 'a "b" $c' });
    expect(stdout).toBe(
      '[--maxmemory][6144mb][--io-threads][3][--save][][--appendonly][no][--maxmemory-policy][allkeys-lru]' +
        '[--maxmemory-clients][20%][--lazyfree-lazy-eviction][yes][--lazyfree-lazy-expire][yes]' +
        '[--lazyfree-lazy-server-del][yes][--lazyfree-lazy-user-del][yes][--requirepass][a "b" $c]',
    );
  });

  it('makes variables of the files of secrets, and leaves those that are set', () => {
    mkdirSync(join(folder, 'secrets'), { recursive: true });
    writeFileSync(join(folder, 'secrets/DATABASE_URL'), " two\n  lines $HOME\\n 'x'\n\n");
    writeFileSync(join(folder, 'secrets/REDIS_URL'), 'from the file');
    const { stdout, stderr } = run(
      api,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's
      ['/bin/sh', '-c', 'printf "%s|%s|%s" "$DATABASE_URL" "$REDIS_URL" "${GROK_API_KEY-none}"'],
      {
        REDIS_URL: 'from the environment',
        SIZEWRIGHT_LOG: 'debug',
      },
    );
    rmSync(join(folder, 'secrets'), { recursive: true });
    expect(stdout).toBe(" two\n  lines $HOME\\n 'x'|from the environment|none");
    expect(stderr).not.toContain('lines');
  });

  it('says nothing but errors with quiet', () => {
    expect(run(api, ['/bin/true'], { SIZEWRIGHT_LOG: 'quiet' })).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(run(api, ['/bin/true'], { SIZEWRIGHT_LOG: 'quiet', ACTIX_WORKERS: 'x' }).stderr).toContain(
      'QUANTITY_SYNTAX',
    );
  });

  it('wants a program', () => {
    expect(run(api, [])).toMatchObject({ status: 64, stdout: '' });
  });
});

describe('the summary', () => {
  it('says what was found, what follows from it, and what it costs', () => {
    const { stderr } = run(api, ['/bin/true'], { ACTIX_WORKERS: '12', CACHE_SIZE_MB_MAX: '1000' });
    expect(stderr.split('\n').map((line) => line.trimEnd())).toEqual([
      'sizewright: web of spatialvortex, values computed at start',
      '  cores      4 of 4000m from /proc/self/status Cpus_allowed_list 0-3',
      '  memory     8192 MiB from /proc/meminfo MemTotal',
      '  available  7245 MiB = 8192 limit - 819 headroom - 128 reserve',
      '  ACTIX_WORKERS                            12 workers      cores * 2 = 8; set by ACTIX_WORKERS',
      '  AUDIO_BUFFER_SIZE                      2048 samples      cores >= 8 ? 4096 : 2048 = 2048',
      // 7245 - 24 - 16 - 1000 = 6205
      '  ONNX_POOL_SIZE                           12 sessions     min(cores * 3, availableMiB / 500) = 12',
      '  DB_POOL_SIZE                             16 connections  cores * 4 = 16',
      '  CACHE_SIZE_MB                          1000 MB           availableMiB / 4 = 1811; maximum 1000 of CACHE_SIZE_MB_MAX',
      '  CACHE_TTL                              1800 s            availableMiB * 2 > memoryMiB ? 1800 : availableMiB * 4 > memoryMiB ? 600 : 300 = 1800',
      '  BATCH_SIZE                              500 items        cores >= 16 ? 2000 : cores >= 8 ? 1000 : 500 = 500',
      '  BATCH_TIMEOUT_MS                         50 ms           cores >= 16 ? 25 : 50 = 50',
      '  VOICE_THREADS                             4 threads      min(cores, 8) = 4',
      '  ORT_INTRA_OP_NUM_THREADS                  1 threads      max(1, cores / ONNX_POOL_SIZE) = 1',
      '  ledger     7040 of 7245 MiB = ACTIX_WORKERS 24 + ONNX_POOL_SIZE 6000 + DB_POOL_SIZE 16 + CACHE_SIZE_MB 1000',
      '  record     SIZEWRIGHT_STARTED="stack=spatialvortex service=web cpuMillis=4000 memoryMiB=8192 availableMiB=7245 statedMiB=none usedMiB=0 kernelCpuMillis=4000 kernelMemoryMiB=8192 ACTIX_WORKERS=12 CACHE_SIZE_MB_MAX=1000"',
      '',
    ]);
  });

  it('is lines of JSON on request, errors too', () => {
    const lines = ({ stderr }: Ended) =>
      stderr
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    const [started, first, , third, ...rest] = lines(run(api, ['/bin/true'], { SIZEWRIGHT_LOG: 'json' }));
    expect(started).toMatchObject({
      sizewright: 'started',
      cpuMillis: 4000,
      cores: 4,
      memoryMiB: 8192,
      availableMiB: 7245,
    });
    expect(first).toEqual({
      sizewright: 'parameter',
      name: 'ACTIX_WORKERS',
      value: 8,
      unit: 'workers',
      by: 'formula',
      formula: 'cores * 2',
      proposal: 8,
      min: 4,
      max: 64,
    });
    expect(third).toMatchObject({ name: 'ONNX_POOL_SIZE', value: 10, proposal: 12, by: 'budget' });
    expect(rest.slice(-2).map(({ sizewright }) => sizewright)).toEqual(['ledger', 'record']);
    const [error] = lines(run(api, ['/bin/true'], { SIZEWRIGHT_LOG: 'json', ACTIX_WORKERS: 'lots' }));
    expect(error).toMatchObject({ sizewright: 'error', code: 'QUANTITY_SYNTAX', path: 'ACTIX_WORKERS' });
    expect(error.message).toContain('got "lots"');
  });

  it('tells what could not be seen, and what to set instead', () => {
    const root = machine(4, 8192);
    const mount = join(root, 'proc/self/mountinfo');
    writeFileSync(mount, '30 23 0:26 /../.. /sys/fs/cgroup ro - cgroup2 cgroup2 rw\n');
    const unseen = (what: string, variable: string) =>
      `${what}: /sys/fs/cgroup is mounted from outside of the namespace (/../..), so a limit that may be set cannot be seen; set ${variable} to what is granted`;
    const [cpu, memory] = [unseen('cpu', 'SIZEWRIGHT_CPU_MILLIS'), unseen('memory', 'SIZEWRIGHT_MEMORY_MIB')];
    const notes = (env: Record<string, string>) =>
      run(api, ['/bin/true'], env, root)
        .stderr.split('\n')
        .filter((line) => line.includes('namespace'));
    expect(notes({})).toEqual([`  note       ${cpu}`, `  note       ${memory}`]);
    expect(notes({ SIZEWRIGHT_CPU_MILLIS: '2000' })).toEqual([`  note       ${memory}`]);
    expect(notes({ SIZEWRIGHT_CPU_MILLIS: '2000', SIZEWRIGHT_MEMORY_MIB: '4096' })).toEqual([]);
    expect(notes({ SIZEWRIGHT_LOG: 'quiet' })).toEqual([]);
    const json = notes({ SIZEWRIGHT_LOG: 'json' }).map((line) => JSON.parse(line));
    expect(json).toEqual([
      { sizewright: 'note', message: cpu },
      { sizewright: 'note', message: memory },
    ]);
    machine(4, 8192);
  });

  it('shows each step of the detection with debug', () => {
    expect(run(api, ['/bin/true'], { SIZEWRIGHT_LOG: 'debug' }).stderr).toContain(
      'sizewright: debug: /proc/self/status: Cpus_allowed_list: 0-3\n',
    );
  });
});

describe('what stops a start', () => {
  it.each(['lots', '010', '-1', '1e3', '4 ', '', '9'.repeat(400), ...HOSTILE.filter((text) => text !== '')])(
    'ACTIX_WORKERS=%j',
    (value) => {
      const { status, stdout, stderr } = run(api, ['/bin/echo', 'started'], { ACTIX_WORKERS: value });
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(
        /^sizewright: QUANTITY_SYNTAX\nACTIX_WORKERS: expected a whole number of at most 15 digits without a leading zero in the environment, got .{1,40}; correct or unset it\n$/,
      );
    },
  );

  it('runs nothing of a value', () => {
    const mark = join(folder, 'mark');
    for (const value of [
      `$(touch ${mark})`,
      `\`touch ${mark}\``,
      `x[$(touch ${mark})]`,
      `1; touch ${mark}`,
      `1\ntouch ${mark}`,
    ]) {
      for (const name of [
        'ACTIX_WORKERS',
        'ACTIX_WORKERS_MAX',
        'SIZEWRIGHT_CPU_MILLIS',
        'SIZEWRIGHT_AVAILABLE_MIB',
        'SIZEWRIGHT_LOG',
        '_sw_v_cores',
        'IFS',
        'ENV',
        'PS4',
      ])
        run(api, ['/bin/true'], { [name]: value });
    }
    expect(existsSync(mark)).toBe(false);
  });

  it('says every problem at once', () => {
    const { status, stderr } = run(api, ['/bin/true'], { ACTIX_WORKERS: '65', DB_POOL_SIZE_MIN: '7', BATCH_SIZE: 'x' });
    expect(status).toBe(1);
    expect(stderr).toBe(
      [
        'sizewright: PIN_INVALID',
        'web.ACTIX_WORKERS: expected 4 to 64 workers, got 65 (ACTIX_WORKERS); pin a value within the bounds',
        'sizewright: BOUND_CONFLICT',
        "web.DB_POOL_SIZE: expected a minimum of at least 8 connections, got 7 (DB_POOL_SIZE_MIN); the policy's bound is hard",
        'sizewright: QUANTITY_SYNTAX',
        'BATCH_SIZE: expected a whole number of at most 15 digits without a leading zero in the environment, got "x"; correct or unset it',
        '',
      ].join('\n'),
    );
  });

  it('a budget that cannot hold, with the ledger', () => {
    const { status, stderr } = run(api, ['/bin/true'], {}, machine(1, 1024));
    expect(status).toBe(1);
    // 1024 - 102 - 128 = 794; 4 x 2 + 4 x 500 + 8 + 128 = 2144; 2524 - 252 - 128 = 2144, 2523 - 252 - 128 = 2143
    expect(stderr).toBe(
      [
        'sizewright: BUDGET_EXCEEDED',
        'web: expected costs of at most 794 MiB available (1024 limit - 102 headroom - 128 reserve), got 2144 MiB at the lowest values; a limit of 2524 MiB would do:',
        '    8 MiB  ACTIX_WORKERS = 4 (ACTIX_WORKERS * 2, assumed)',
        '    2000 MiB  ONNX_POOL_SIZE = 4 (ONNX_POOL_SIZE * 500, documented)',
        '    8 MiB  DB_POOL_SIZE = 8 (DB_POOL_SIZE, assumed)',
        '    128 MiB  CACHE_SIZE_MB = 128 (CACHE_SIZE_MB, documented)',
        '',
      ].join('\n'),
    );
  });

  it('a budget that cannot hold, and the limit that it names does', () => {
    const limitOf = (text: string) => Number(/; a limit of (\d+) MiB would do/.exec(text)![1]);
    // 4 cores: 8 x 2 + 4 x 500 + 16 + 128 = 2160 of a stated 600; 2542 - 254 - 128 = 2160
    const stated = run(api, ['/bin/true'], { SIZEWRIGHT_AVAILABLE_MIB: '600' }, machine(4, 1024));
    expect(stated.stderr).toContain('; a limit of 2542 MiB would do, without SIZEWRIGHT_AVAILABLE_MIB:');
    expect(run(api, ['/bin/true'], {}, machine(4, 2542)).status).toBe(0);
    expect(run(api, ['/bin/true'], {}, machine(4, 2541)).status).toBe(1);
    const postgres = builtInPolicy('postgres');
    const small = run(postgres, ['/bin/true'], {}, machine(2, 128));
    const limit = limitOf(small.stderr);
    expect([limit - 1, limit].map((size) => run(postgres, ['/bin/true'], {}, machine(2, size)).status)).toEqual([1, 0]);
    const pinned = run(api, ['/bin/true'], { ONNX_POOL_SIZE_MAX: '4096', ONNX_POOL_SIZE: '4096' }, machine(4, 8192));
    expect(
      run(
        api,
        ['/bin/true'],
        { ONNX_POOL_SIZE_MAX: '4096', ONNX_POOL_SIZE: '4096' },
        machine(4, limitOf(pinned.stderr)),
      ).status,
    ).toBe(0);
  });

  it('a budget that the limit would suffice for, were it available', () => {
    const { stderr } = run(api, ['/bin/true'], { SIZEWRIGHT_AVAILABLE_MIB: '600' }, machine(4, 8192));
    expect(stderr).toContain(', got 2160 MiB at the lowest values; these would have to be available:');
  });

  it('a host that says nothing of itself', () => {
    const { status, stderr } = run(api, ['/bin/true'], {}, '/nowhere');
    expect(status).toBe(1);
    expect(stderr).toContain('cpuMillis: expected 1 to 1024000, got nothing\n');
    expect(stderr).toContain('memoryMiB: expected 1 to 33554432, got nothing\n');
  });
});

describe('--write', () => {
  it('writes variables, which systemd and a shell read alike', () => {
    const file = join(folder, 'written.env');
    expect(run(api, ['--write', file]).status).toBe(0);
    const lines = readFileSync(file, 'utf8').split('\n');
    expect(lines.slice(0, 3)).toEqual(['ACTIX_WORKERS=8', 'AUDIO_BUFFER_SIZE=2048', 'ONNX_POOL_SIZE=10']);
    expect(lines.at(-2)).toMatch(/^SIZEWRIGHT_STARTED="stack=spatialvortex service=web cpuMillis=4000 [^"]*"$/);
  });

  it("writes a program's own configuration", () => {
    const file = join(folder, 'redis.conf');
    expect(run(redis, ['--write', file]).status).toBe(0);
    const [record, ...lines] = readFileSync(file, 'utf8').split('\n');
    expect(record).toMatch(/^# SIZEWRIGHT_STARTED="/);
    expect(lines).toEqual([
      'maxmemory "6144mb"',
      'io-threads "3"',
      'save ""',
      'appendonly "no"',
      'maxmemory-policy "allkeys-lru"',
      'maxmemory-clients "20%"',
      'lazyfree-lazy-eviction "yes"',
      'lazyfree-lazy-expire "yes"',
      'lazyfree-lazy-server-del "yes"',
      'lazyfree-lazy-user-del "yes"',
      '',
    ]);
  });
});

describe('/dev/shm, which stays as the files made it', () => {
  /** Values that a large machine gives, where /dev/shm is mounted with these options. */
  const started = (options: string, env: Record<string, string> = {}) => {
    const root = machine(16, 65_536);
    const cgroup = '30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n';
    writeFileSync(
      join(root, 'proc/self/mountinfo'),
      `${cgroup}31 23 0:27 / /dev/shm rw,nosuid - tmpfs shm ${options}\n`,
    );
    const { status, stdout, stderr } = run(builtInPolicy('postgres'), ['/bin/echo'], env, root);
    expect(status).toBe(0);
    const value = (name: string) => Number(new RegExp(`${name}=(\\d+)`).exec(stdout)![1]);
    const [workers, helpers] = [value('max_parallel_workers'), value('max_parallel_workers_per_gather')];
    // kB of hashes in every worker and leader, and one index build: what the policy says of /dev/shm
    const queries = 2 * value(' work_mem') * (workers + Math.floor(workers / Math.max(helpers, 1)) + 1);
    const needed = Math.min(value('maintenance_work_mem'), 1024) + Math.ceil(queries / 1024);
    return {
      needed,
      stderr,
      maintenance: value('maintenance_work_mem'),
      record: /SIZEWRIGHT_STARTED="(.*)"/.exec(stderr)![1]!,
    };
  };

  it.each([256, 300, 1000])('of %d MiB holds what may be taken at once', (sizeMiB) => {
    const { needed, stderr, maintenance } = started(`rw,size=${sizeMiB * 1024}k,inode64`);
    expect(needed).toBeLessThanOrEqual(sizeMiB);
    expect(needed).toBeGreaterThan(sizeMiB * 0.75);
    expect(maintenance).toBeLessThan(2048);
    expect(stderr).toMatch(
      new RegExp(`  note       /dev/shm holds ${sizeMiB} MiB of the \\d+ that the values may need: `),
    );
  });

  it.each(['rw', 'rw,inode64', `rw,size=${64 * 1024 * 1024}k`])('is no bound where it is large: %s', (options) => {
    const { maintenance, stderr } = started(options);
    expect(maintenance).toBe(2048);
    expect(stderr).not.toContain('/dev/shm');
  });

  it('is part of the record, so that a check and an explanation find the same values', () => {
    const { record } = started('rw,size=262144k');
    expect(record).toMatch(/ maintenance_work_mem_MAX=\d+ .* work_mem_MAX=\d+/);
  });

  it('does not lower a pin, and says when it is too small for it', () => {
    const { stderr, maintenance } = started('rw,size=262144k', { maintenance_work_mem: '2000' });
    expect(maintenance).toBe(2000);
    expect(stderr).toContain('note       /dev/shm is too small for the lowest values too: ');
  });
});

describe('--check', () => {
  const started = (env: Record<string, string> = {}) => run(api, ['/bin/true'], env);
  const checked = (root: string, env: Record<string, string> = {}) => run(api, ['--check'], env, root).status;

  it('is 0 while the limits are those of the start', () => {
    started();
    expect(checked(machine(4, 8192))).toBe(0);
  });

  it.each(['nested-tighter-parent', 'v1-hierarchy', 'hybrid', 'unlimited'])('is 0 in the same cgroup: %s', (name) => {
    const root = fileURLToPath(new URL(`../../fixtures/cgroup/${name}`, import.meta.url));
    expect(run(redis, ['/bin/true'], { REDIS_PASSWORD: 'x' }, root).status).toBe(0);
    expect(run(redis, ['--check'], {}, root).status).toBe(0);
    expect(run(redis, ['--check'], {}, machine(1, 300)).status).toBe(2);
  });

  it('is 2 where a limit gives another value', () => {
    started();
    expect(checked(machine(4, 9000))).toBe(2);
    expect(checked(machine(8, 8192))).toBe(2);
    expect(checked(machine(1, 1024))).toBe(2); // a start would stop
  });

  it('is 0 where another limit gives the same values', () => {
    started({ SIZEWRIGHT_AVAILABLE_MIB: '7245', ONNX_POOL_SIZE: '8' });
    expect(checked(machine(4, 8200))).toBe(0);
  });

  it('counts with the bounds of the start, whatever the environment says now', () => {
    started({ ACTIX_WORKERS_MAX: '6' });
    expect(checked(machine(4, 8192), { ACTIX_WORKERS_MAX: '5' })).toBe(0);
  });

  it('and only that, is 2: a file that cannot be written is 1, none 64', () => {
    const nowhere = run(redis, ['--write', join(folder, 'nowhere/redis.conf')], { REDIS_PASSWORD: 'x' });
    expect(nowhere).toMatchObject({ status: 1, stdout: '' });
    expect(nowhere.stderr).toContain('OUTPUT_INVALID\n');
    expect(run(redis, ['--write'])).toMatchObject({
      status: 64,
      stderr: 'sizewright: USAGE\nentrypoint.sh: expected --write FILE, got no file\n',
    });
  });

  describe('is 1, and says so, for a damaged record:', () => {
    const [whole] = [() => readFileSync(join(folder, 'record-spatialvortex-web'), 'utf8')];
    const none = 'got none';
    it.each<[string, (text: string) => string, string]>([
      ['empty', () => '', none],
      ['other text', () => 'hello\n', none],
      ['cut off', (text) => text.slice(0, 90), 'got one that is cut off'],
      ['cut off before the quote', (text) => text.slice(0, -2), 'got one that is cut off'],
      ['nothing in it', () => 'SIZEWRIGHT_STARTED=""\n', 'got one without stack'],
      ['no CPU', (text) => text.replace(/ cpuMillis=\d+/, ''), 'got one without cpuMillis'],
      ['no memory in use', (text) => text.replace(/ usedMiB=\d+/, ''), 'got one without usedMiB'],
      ['no CPU of the kernel', (text) => text.replace(/ kernelCpuMillis=\d+/, ''), 'got one without kernelCpuMillis'],
      ['letters', (text) => text.replace(/cpuMillis=\d+/, 'cpuMillis=lots'), 'got one with a value that is no number'],
      ['a leading zero', (text) => text.replace(/memoryMiB=/, 'memoryMiB=0'), 'got one with a value that is no number'],
      ['a command', (text) => text.replace(/cpuMillis=\d+/, 'cpuMillis=$(reboot)'), 'that is no number'],
      ['CPU of none', (text) => text.replace(/cpuMillis=\d+/, 'cpuMillis=none'), 'that is no number'],
      ['half a word', (text) => text.replace(/usedMiB=\d+/, 'used'), 'got one with a part that has no value'],
      [
        'a strange name',
        (text) => text.replace('usedMiB', 'PATH'),
        'got one with a name that the entry point does not write',
      ],
      ['a field twice', (text) => text.replace('usedMiB', 'memoryMiB'), 'got one that says memoryMiB twice'],
      ['another service', (text) => text.replace('service=web', 'service=db'), 'got that of service=db'],
      ['no memory at all', (text) => text.replace(/memoryMiB=\d+/, 'memoryMiB=0'), 'got one of which no values follow'],
    ])('%s', (_, damage, says) => {
      started();
      const file = join(folder, 'damaged');
      writeFileSync(file, damage(whole()));
      const { status, stdout, stderr } = run(api, ['--check', file]);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toContain(`FILE_UNREADABLE\n${file}: expected the record of a start, `);
      expect(stderr).toContain(`${says}`);
      expect(stderr).not.toContain('parameter not set');
    });
  });

  it('is 1 without a record', () => {
    expect(run(api, ['--check', '/nowhere'])).toMatchObject({ status: 1, stdout: '' });
  });
});

describe('a parameter that means something else to a shell', () => {
  it.each(['PATH', 'IFS', 'UID', 'LD_PRELOAD', 'SIZEWRIGHT_LOG'])('%s is refused', (name) => {
    const policy = policyOf({ memory: memory(), parameters: { [name]: parameter() } });
    expect(problemsOf(() => scriptOf(policy))).toEqual([
      `OUTPUT_INVALID demo parameters.${name}: expected a variable of letters, digits and _ that means nothing else to a shell, got "${name}"; rename it, or leave out --mode auto`,
    ]);
  });
});

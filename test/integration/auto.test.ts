/** The entry point: the planner's values in every shell, and in real containers with limits of all kinds. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { linesOf, shellCases } from '../formula/shells.ts';
import { decisionCases, inOrder, POLICIES, scriptOf } from '../targets/entrypoint/cases.ts';
import { docker } from './support/containers.ts';
import { synth } from './support/generated.ts';
import { run } from './support/run.ts';
import { findTool } from './support/tools.ts';

const MINUTES = 60_000;

/** bash is slow, so it gets fewer cases. */
const SHELLS = [
  { shell: 'dash', mode: [], formulas: 6000, decisions: 20_000 },
  { shell: 'busybox', mode: ['sh'], formulas: 6000, decisions: 20_000 },
  { shell: 'bash', mode: ['--norc', '--posix'], formulas: 2000, decisions: 1000 },
] as const;

describe.each(SHELLS)('$shell', ({ shell, mode, formulas, decisions }) => {
  test('computes formulas as the planner does', async () => {
    const { script, expected, said } = shellCases(20_261_123, formulas);
    const lines = linesOf([await findTool(shell), ...mode], script);
    expect(lines.length).toBe(formulas);
    expect(lines.flatMap((line, index) => (line === expected[index] ? [] : [`${said[index]}: ${line}`]))).toEqual([]);
  });

  test('decides as the planner does', { timeout: 10 * MINUTES }, async () => {
    const { script, expected, said } = decisionCases(20_261_123, decisions);
    const lines = linesOf([await findTool(shell), ...mode], script).map(inOrder);
    expect(lines.length).toBe(decisions);
    expect(lines.flatMap((line, index) => (line === expected[index] ? [] : [`${said[index]}: ${line}`]))).toEqual([]);
  });
});

test('shellcheck finds nothing in the entry point of any policy', async () => {
  const shellcheck = await findTool('shellcheck');
  for (const policy of POLICIES) await run(shellcheck, ['--shell', 'sh', '-'], { input: scriptOf(policy) });
});

describe('in a container', () => {
  const EXTERNAL = ['--external', 'postgres,redis'];
  let script = '';
  beforeAll(async () => {
    const { folder } = await synth('2cpu-6gi', 'docker', '--mode', 'auto', '--external', 'postgres,redis');
    script = join(folder, 'api', 'entrypoint.sh');
  });
  const mounted = () => ['--volume', `${script}:/etc/sizewright/entrypoint.sh:ro`];
  const ENTRYPOINT = ['/bin/sh', '/etc/sizewright/entrypoint.sh'];

  // Docker refuses more CPUs than the machine has.
  const LIMITS = ['100m', '500m', '1', '1500m', '1990m', '2'].flatMap((cpu) =>
    ['2600Mi', '3Gi', '5001Mi', '8Gi'].map((memory) => ({ cpu, memory })),
  );
  test.each(LIMITS)('of $cpu and $memory the values are those of the plan', async ({ cpu, memory }) => {
    const plan: Plan = JSON.parse(
      await run('node', ['dist/bin.js', 'plan', '--cpu', cpu, '--memory', memory, ...EXTERNAL, '--format', 'json']),
    );
    const { limits, parameters } = plan.services.api!;
    const planned = Object.entries(parameters).map(([name, { value }]) => [name, String(value)]);
    const printed = await docker(
      ...['run', '--rm', '--cpus', String(limits.cpuMillis! / 1000), '--memory', `${limits.memoryMiB}m`],
      ...['--env', 'SIZEWRIGHT_LOG=quiet', ...mounted(), inject('images').runtime, ...ENTRYPOINT, 'env'],
    );
    const variables = Object.fromEntries(printed.split('\n').map((line) => line.split(/=(.*)/s, 2)));
    expect(variables).toMatchObject(Object.fromEntries(planned));
  });

  test('too small for the floors the start stops, with the ledger', async () => {
    const start = docker('run', '--rm', '--memory', '1g', ...mounted(), inject('images').runtime, ...ENTRYPOINT, 'env');
    await expect(start).rejects.toThrow(/exit status 1[\s\S]*BUDGET_EXCEEDED[\s\S]*2000 MiB {2}ONNX_POOL_SIZE = 4/);
  });

  describe('whose limit changes', () => {
    const NAME = 'resized';
    const check = () => docker('exec', NAME, ...ENTRYPOINT, '--check');
    beforeAll(async () => {
      const limits = ['--cpus', '1', '--memory', '4g', '--memory-swap', '4g'];
      const image = inject('images').runtime;
      await docker('run', '--detach', '--name', NAME, ...limits, ...mounted(), image, ...ENTRYPOINT, 'sleep', '600');
    });
    afterAll(() => docker('rm', '--force', NAME));

    test('the check says so, and only where a value would differ', async () => {
      await check();
      await docker('update', '--cpus', '1.5', NAME); // one core still
      await check();
      await docker('update', '--memory', '5g', '--memory-swap', '5g', NAME);
      await expect(check()).rejects.toThrow('exit status 2');
    });
  });
});

describe('PostgreSQL in a container whose limits grew, with the /dev/shm that was made for smaller ones', () => {
  const NAME = 'grown';
  /** A hash join and an index build by several processes, as large as work_mem and maintenance_work_mem let them be. */
  const STATEMENTS = [
    'SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;',
    'SET enable_mergejoin = off; SET enable_nestloop = off;',
    'CREATE TABLE t AS SELECT g, md5(g::text) AS m FROM generate_series(1, 3000000) g; ANALYZE t;',
    'SELECT count(*) FROM t a JOIN t b USING (g, m);',
    'CREATE INDEX ON t (m);',
  ].join(' ');
  const answered = async (...env: string[]) => {
    const { folder } = await synth('1cpu-3gi', 'docker', '--mode', 'auto');
    const script = join(folder, 'postgres', 'entrypoint.sh');
    const settings = ['POSTGRES_PASSWORD=x', 'SIZEWRIGHT_CPU_MILLIS=8000', 'SIZEWRIGHT_LOG=info', ...env];
    await docker(
      ...['run', '--detach', '--name', NAME, '--memory', '12g', '--shm-size', '256m', '--network', 'none'],
      ...['--volume', `${script}:/etc/sizewright/entrypoint.sh:ro`, ...settings.flatMap((one) => ['--env', one])],
      ...['--entrypoint', '/bin/sh', inject('images').postgres, '/etc/sizewright/entrypoint.sh'],
      ...['docker-entrypoint.sh', 'postgres'],
    );
    try {
      const ready = 'until pg_isready -h 127.0.0.1 -q; do sleep 0.2; done';
      await docker('exec', NAME, 'timeout', '60', 'sh', '-c', ready);
      return await docker('exec', '--user', 'postgres', NAME, 'psql', '-At', '-v', 'ON_ERROR_STOP=1', '-c', STATEMENTS);
    } finally {
      await docker('rm', '--force', '--volumes', NAME);
    }
  };

  test('parallel queries and index builds find the memory that they share', { timeout: 3 * MINUTES }, async () => {
    expect(await answered()).toContain('3000000');
  });

  test('which values for the limits alone would not', { timeout: 3 * MINUTES }, async () => {
    const pinned = ['work_mem=65536', 'maintenance_work_mem=768', 'max_connections=20'];
    await expect(answered(...pinned)).rejects.toThrow('could not resize shared memory segment');
  });
});

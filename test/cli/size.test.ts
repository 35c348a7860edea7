import { describe, expect, it } from 'vitest';
import { packageFiles, runCommand } from '../commands.ts';
import { memoryFiles } from '../samples.ts';

const size = (...words: string[]) => runCommand(['size', ...words]);

describe('size', () => {
  // 4,096 / 4 = 1,024 MB of shared_buffers; the default of the server is 128.
  it('has value, default, reason and what all cost, without a file of the user', async () => {
    const { exit, out } = await runCommand(['size', 'postgres', '--limits', '2cpu-4gi'], { files: packageFiles() });
    expect(exit).toBe(0);
    expect(out).toContain('postgres in limits 2cpu-4gi, platform host');
    expect(out).toMatch(/^ {2}shared_buffers +1,024 +MB +default 128 +memoryMiB \/ 4: a quarter of the memory/m);
    expect(out).toMatch(/memory [\d,]+ MiB of 3,687 MiB available, .*: shared_buffers 1,024 \+ /);
  });

  // 1,024 + 16; + 256 for one maintenance_work_mem; the rest is at worst, up to the limit.
  it('has what the program takes by itself, and when memory is taken', async () => {
    const { out } = await size('postgres', '--limits', '2cpu-4gi');
    expect(out).toMatch(/^ {2}autovacuum_work_mem +64 +MB +by itself 64 +/m);
    expect(out).toMatch(/\n {2}1,040 MiB at start, 1,296 MiB in full use, 4,0\d\d MiB at worst with headroom\n/);
    expect((await size('redis', '--limits', '1cpu-2gi')).out).toMatch(
      /^ {2}maxmemory +1,536 +MB +by itself unlimited /m,
    );
  });

  it('prints flags, as a shell reads them', async () => {
    const { out } = await size('redis', '--limits', '1cpu-2gi', '--format', 'flags');
    expect(out.split('\n').slice(0, 3)).toEqual(['--maxmemory 1536mb', '--io-threads 1', "--save ''"]);
  });

  it('prints a configuration file', async () => {
    const { out } = await size('postgres', '--limits', '2cpu-4gi', '--format', 'conf');
    expect(out).toContain("\nshared_buffers = '1024MB'\n");
  });

  it('prints variables', async () => {
    const { out } = await size('spatialvortex-api', '--limits', '4cpu-8gi', '--format', 'env');
    expect(out).toContain('\nDB_POOL_SIZE=16\n');
  });

  it('shares a machine among several, each under its name', async () => {
    const { out } = await size('db=postgres', 'cache=redis', '--machine', '8cpu-32gi', '--format', 'json');
    const { services } = JSON.parse(out);
    expect(Object.keys(services)).toEqual(['db', 'cache']);
    expect(services.db.policy).toBe('postgres');
  });

  it('takes pins and bounds', async () => {
    const { out } = await size(
      'postgres',
      '--limits',
      '2cpu-4gi',
      '--set',
      'postgres.max_connections=40',
      '--format',
      'flags',
    );
    expect(out).toContain('-c max_connections=40\n');
  });

  it.each([
    { words: ['postgress', '--limits', '2cpu-4gi'], exit: 1, says: 'got "postgress"' },
    { words: ['postgres'], exit: 64, says: 'expected hardware, got none' },
    {
      words: ['postgres', 'postgres', '--limits', '2cpu-4gi'],
      exit: 64,
      says: 'expected each name once, got postgres twice; give one a name: other=postgres',
    },
    { words: ['postgres', '--limits', '2cpu-4gi', '--format', 'env'], exit: 64, says: 'which has no such way' },
    { words: ['postgres', '--limits', '2cpu-4gi', '--stack', 'shop'], exit: 64, says: 'sizewright plan sizes a stack' },
    { words: ['../postgres', '--limits', '2cpu-4gi'], exit: 1, says: 'got "../postgres"' },
    { words: ['postgres', '--limits', '1cpu-16mi'], exit: 1, says: 'BUDGET_EXCEEDED' },
  ])('$words: $says', async ({ words, exit, says }) => {
    const said = await size(...words);
    expect([said.exit, said.err]).toEqual([exit, expect.stringContaining(says)]);
  });

  it('has a policy of the user, and none of the package', async () => {
    const said = await runCommand(['size', 'mine', '--limits', '2cpu-4gi'], { files: memoryFiles({}) });
    expect(said.err).toContain('POLICY_UNKNOWN');
  });
});

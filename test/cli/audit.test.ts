// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of Compose
/** `sizewright audit`: what it says of files of anyone. Sums are worked out by hand from the policies' costs. */
import { describe, expect, it } from 'vitest';
import { packageFiles, runCommand } from '../commands.ts';

const service = (name: string, lines: string[]) =>
  `services:\n  ${name}:\n${lines.map((line) => `    ${line}\n`).join('')}`;
const audit = async (text: string, ...more: string[]) => {
  const files = packageFiles({ 'compose.yaml': text, '.env': 'LIMIT=256m\n' });
  return runCommand(['audit', 'compose.yaml', '--machine', '8cpu-32gi', ...more], { files });
};

describe('audit', () => {
  it('a database that nobody set: 128 + 4; + 64; + 3 * 64 + 100 * 11 + 864, and a tenth of 1,024 as headroom', async () => {
    const { exit, out } = await audit(
      service('db', ['image: docker.io/library/postgres:17@sha256:ab', 'mem_limit: 1g']),
    );
    expect(exit).toBe(0);
    expect(out).toContain(
      'compose.yaml:4: db can exceed 1g (docker.io/library/postgres:17@sha256:ab, policy postgres)\n',
    );
    expect(out).toContain(
      '    132 MiB at start, 196 MiB in full use, 2,454 MiB at worst: shared_buffers 128MB by itself, ',
    );
  });

  it('the same with what the remedy says fits, and so it does in the limit that it names', async () => {
    const stock = await audit(service('db', ['image: postgres', 'mem_limit: 1g']));
    const [, set, limit] = /set (.*), or give it (.*)\n/.exec(stock.out)!;
    const flags = set!.split(', ').map((one) => `-c ${one.replace(' ', '=')}`);
    for (const lines of [['mem_limit: 1g', `command: postgres ${flags.join(' ')}`], [`mem_limit: ${limit}`]]) {
      const { out } = await audit(service('db', ['image: postgres', ...lines]));
      expect(out).toContain(': db fits ');
    }
  });

  it('more than its limit, where no values of ours fit: both, tried', async () => {
    const { out } = await audit(
      service('db', ['image: postgres', 'mem_limit: 512m', 'command: -c shared_buffers=4GB']),
    );
    expect(out).toContain(': db exceeds 512m ');
    const [, set, within] = /set (.*) and give it (.*), or give it .*\n/.exec(out)!;
    const flags = set!.split(', ').map((one) => `-c ${one.replace(' ', '=')}`);
    const then = await audit(service('db', ['image: postgres', `mem_limit: ${within}`, `command: ${flags.join(' ')}`]));
    expect(then.out).toContain(': db fits ');
  });

  it('a cache as large as its limit, with an append-only file: half is needed besides', async () => {
    const { out } = await audit(
      service('cache', ['image: redis:7', 'mem_limit: 1g', 'command: redis-server --maxmemory 1gb --appendonly yes']),
    );
    expect(out).toContain('compose.yaml:4: cache can exceed 1g (redis:7, policy redis-persistent)\n');
    expect(out).toContain('0 MiB at start, 1,024 MiB in full use, 1,536 MiB at worst: maxmemory 1gb (line 5)\n');
    expect(out).toContain('    set maxmemory 512mb, or give it 2047m\n');
  });

  it.each([
    { desc: 'more than the limit', command: '--maxmemory 600mb', verdict: 'exceeds' },
    { desc: 'three quarters', command: '--maxmemory 384mb', verdict: 'fits' },
    { desc: 'nothing', command: '--save ""', verdict: 'can exceed' },
    { desc: 'no limit, said', command: '--maxmemory 0', verdict: 'can exceed' },
    { desc: 'a variable without a value', command: 'redis-server --maxmemory ${MAX}', verdict: 'unknown' },
    { desc: 'a file', command: 'redis-server /etc/redis/redis.conf', verdict: 'unknown' },
    { desc: 'a shell', command: `sh -c 'exec redis-server --maxmemory 384mb'`, verdict: 'fits' },
  ])('a cache of 512 MiB whose command says $desc: $verdict', async ({ command, verdict }) => {
    const { out } = await audit(service('cache', ['image: redis', 'mem_limit: 512m', `command: ${command}`]));
    expect(out).toContain(`compose.yaml:4: cache ${verdict} 512m`);
  });

  it.each([
    {
      desc: 'web',
      values: 'shared_buffers=1GB maintenance_work_mem=256MB wal_buffers=16MB work_mem=2621kB max_connections=200',
    },
    {
      desc: 'a data warehouse',
      values: 'shared_buffers=1GB maintenance_work_mem=512MB wal_buffers=16MB work_mem=8738kB max_connections=40',
    },
    { desc: 'nothing', values: '' },
  ])('pgtune for 4 GB, $desc: never exceeds', async ({ values }) => {
    const flags = values.split(' ').map((value) => (value === '' ? '' : ` -c ${value}`));
    const { out } = await audit(
      service('db', ['image: postgres', 'mem_limit: 4g', `command: postgres${flags.join('')}`]),
    );
    expect(out).toMatch(/: db (fits|can exceed) 4g /);
  });

  it('takes values of the .env beside the file', async () => {
    const { out } = await audit(
      service('cache', ['image: redis', 'mem_limit: ${LIMIT}', 'command: --maxmemory 192mb']),
    );
    expect(out).toContain('cache fits 256m');
  });

  it('accounts for every service: one line for those without a limit, and why others are not judged', async () => {
    const text = `services:
  db: { image: postgres }
  cache: { image: redis }
  api: { build: . }
  exporter: { image: prometheuscommunity/postgres-exporter }
  init: { image: postgres, command: bash -c initialize-database }
  tagged: { image: "\${IMAGE}" }
  overlay: { mem_limit: 1g }
`;
    const { exit, out } = await audit(text);
    expect([exit, out]).toEqual([
      0,
      `compose.yaml: 7 services, 2 of a known program
  without a memory limit, at worst: db (postgres) 2,352 MiB; cache (redis) whatever comes, because nothing bounds maxmemory
  not judged, built here: api
  not judged, no policy for prometheuscommunity/postgres-exporter: exporter
  not judged, postgres starts something else: init
  not judged, no value for \${IMAGE}: tagged
  not judged, no image: overlay
`,
    ]);
  });

  it('as JSON', async () => {
    const { out } = await audit(service('cache', ['image: redis', 'mem_limit: 512m']), '--format', 'json');
    expect(JSON.parse(out)).toEqual({
      schema: 'sizewright/audit/v1',
      files: [
        {
          file: 'compose.yaml',
          services: [
            {
              name: 'cache',
              line: 3,
              image: 'redis',
              policy: 'redis',
              verdict: 'can exceed',
              limit: { text: '512m', memoryMiB: 512, line: 4 },
              values: { maxmemory: { value: 'unlimited', text: 'unlimited' } },
              sums: {
                start: { miB: 0, unlimited: [], unknown: [] },
                use: { miB: 0, unlimited: [], unknown: [] },
                worst: { miB: 128, unlimited: ['maxmemory'], unknown: [] },
              },
              unknown: [],
              remedy: { set: { maxmemory: '384mb' } },
            },
          ],
          unread: [],
        },
      ],
    });
  });

  it('one file that cannot be read does not stop the others', async () => {
    const files = packageFiles({ 'bad.yaml': 'services: [\n', 'good.yaml': 'services: { db: { image: postgres } }\n' });
    const { exit, out, err } = await runCommand(['audit', 'bad.yaml', 'none.yaml', 'good.yaml'], { files });
    expect(exit).toBe(1);
    expect(out).toMatch(/^good.yaml: 1 service, 1 of a known program\n/);
    expect(err).toMatch(/^sizewright: YAML_SYNTAX\nbad.yaml:2: expected YAML, got: /);
    expect(err).toContain('expected a file, got none at none.yaml');
  });
});

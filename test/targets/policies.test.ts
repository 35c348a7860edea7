/**
 * Policies of programs that take their values in every way there is: each is written by every target, with values and
 * with an entry point that computes them, and read back from the files.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { programOf } from '../../src/deliveries/delivery.ts';
import { readDelivered } from '../../src/deliveries/read.ts';
import { entrypointScript } from '../../src/targets/entrypoint/script.ts';
import { targets } from '../../src/targets/index.ts';
import { checkHeld, checkObserved } from '../../src/targets/read-back.ts';
import { renderedServices } from '../../src/targets/services.ts';
import { environmentOf } from '../../src/targets/values.ts';
import { DRAFTS, draft, draftInput, toldOf } from './drafts.ts';

describe('what the program is told in 2 cores and 1,024 MiB', () => {
  // 1,024 MiB - 102 headroom - 40 reserve = 882; 5 workers x 60 + 5 x 2 threads = 310.
  it('gunicorn: flags before the application, which count more than the variable', () => {
    expect(toldOf('gunicorn')).toEqual({
      environment: { GUNICORN_CMD_ARGS: '--workers=5 --threads=2' },
      start: ['--workers=5', '--threads=2'],
      end: [],
      files: {},
    });
  });

  // 1,024 - 102 - 80 = 842; less 128 of metaspace: 714. Below 1,792 MiB: Serial.
  it('jvm: options inside one variable, the heap twice, a word by condition', () => {
    expect(toldOf('jvm').environment).toEqual({
      JAVA_TOOL_OPTIONS:
        '-Xms714m -Xmx714m -XX:MaxMetaspaceSize=128m -XX:ActiveProcessorCount=2 -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError',
    });
  });

  it('nginx: a path into a block', () => {
    expect(toldOf('nginx').files).toEqual({
      '/etc/nginx/nginx.conf': [
        'worker_processes 2;',
        'events {',
        '    worker_connections 4096;',
        '}',
        'pid /tmp/nginx.pid;',
      ],
    });
  });

  it('my.cnf: a section', () => {
    expect(toldOf('my-cnf').files).toEqual({
      '/etc/mysql/conf.d/60-sizewright.cnf': [
        '[mysqld]',
        'max_connections = 151',
        'innodb_buffer_pool_size = 512M',
        'skip-name-resolve = 1',
      ],
    });
  });

  // 1,024 / 3 = 341.
  it('kafka: a variable and a file at once', () => {
    expect(toldOf('kafka')).toMatchObject({
      environment: { KAFKA_HEAP_OPTS: '-Xms341m -Xmx341m' },
      files: { '/opt/kafka/config/server.properties': ['num.network.threads=3', 'num.io.threads=8'] },
    });
  });

  // 1,024 - 102 - 30 = 892; / 50 = 17.
  it('php-fpm: a section and other comments', () => {
    expect(toldOf('php-fpm').files).toEqual({
      '/usr/local/etc/php-fpm.d/zz-sizewright.conf': [
        '[www]',
        'pm.max_children = 17',
        'pm.max_requests = 1000',
        'pm = static',
      ],
    });
  });

  it('pgbouncer: a section', () => {
    expect(toldOf('pgbouncer').files).toEqual({
      '/etc/pgbouncer/pgbouncer.ini': ['[pgbouncer]', 'max_client_conn = 2000', 'default_pool_size = 8'],
    });
  });

  // 1,024 - 102 - 62 = 860 MiB = 901,775,360 bytes.
  it('envoy: bytes, thousandths, places in lists, and a flag', () => {
    expect(toldOf('envoy')).toMatchObject({
      end: ['--concurrency', '2'],
      files: {
        '/etc/envoy/envoy.yaml': [
          'overload_manager:',
          '  resource_monitors:',
          '    - typed_config:',
          '        max_heap_size_bytes: 901775360',
          '      name: "envoy.resource_monitors.fixed_heap"',
          '  actions:',
          '    - triggers:',
          '        - threshold:',
          '            value: "0.980"',
        ],
      },
    });
  });

  // 768 MiB = 805,306,368 bytes = 0x30000000.
  it('dotnet: hexadecimal', () => {
    expect(toldOf('dotnet').environment).toEqual({ DOTNET_GCHeapHardLimit: '30000000', DOTNET_GCHeapCount: '2' });
  });
});

it('options are put behind those that the stack has in the variable', () => {
  const [rendered] = renderedServices(draftInput('kafka', 'host', false, { env: { KAFKA_HEAP_OPTS: '-Dx=1' } }));
  expect(environmentOf(rendered!).map(({ text }) => text)).toEqual(['-Dx=1 -Xms341m -Xmx341m']);
});

const PLATFORMS: Record<string, string> = { node: 'kubernetes' };
const loaded = await Promise.all(targets.map((target) => target.load()));
const cases = loaded.flatMap((target) =>
  DRAFTS.flatMap((name) =>
    target.platforms.flatMap((kind) =>
      [false, ...(target.computesAtStart ? [true] : [])].map((auto) => ({
        target,
        made: target.name,
        name,
        platform: PLATFORMS[kind] ?? kind,
        auto,
      })),
    ),
  ),
);

it.each(cases)('$made writes $name on $platform, computed at start: $auto', ({ target, name, platform, auto }) => {
  const input = draftInput(name, platform, auto);
  const render = () => (target.scope === 'plan' ? target.render(input) : target.render([input]));
  // Nothing names their files to the program, so nothing can point it at one that is written where it starts.
  if (auto && ['my-cnf', 'php-fpm'].includes(name) && made(target.name)) {
    expect(render).toThrow('expected arguments that name the file');
    return;
  }
  const artifacts = render();
  const observed = target.scope === 'plan' ? target.read(artifacts, input) : target.read(artifacts, [input])[0]!;
  const check = auto ? checkHeld(input, observed, target.name) : checkObserved(input.plan, observed, target.name);
  expect(check.filter(({ level }) => level === 'error')).toEqual([]);
});

function made(target: string): boolean {
  return target !== 'terraform-module';
}

it.each(DRAFTS.filter((name) => !['my-cnf', 'php-fpm'].includes(name)))(
  '%s: an entry point computes the same texts as a plan',
  (name) => {
    const input = draftInput(name, 'host', true);
    const [rendered] = renderedServices(input);
    const folder = mkdtempSync(join(tmpdir(), 'sizewright-'));
    const [script, entry] = ['entrypoint.sh', 'entry'].map((file) => join(folder, file)) as [string, string];
    writeFileSync(script, entrypointScript(input, rendered!));
    const show = 'env; for word; do echo "word $word"; case $word in /tmp/*) cat "$word" ;; esac; done';
    writeFileSync(entry, `#!/bin/sh\n${show}\n`, { mode: 0o755 });
    const limits = { SIZEWRIGHT_CPU_MILLIS: '2000', SIZEWRIGHT_MEMORY_MIB: '1024', SIZEWRIGHT_LOG: 'quiet' };
    const said = execFileSync('/bin/sh', [script, entry, ...programOf(draft(name).deliveries)], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin', ...limits },
    });
    const lines = said.split('\n');
    const { environment, start, end, files } = toldOf(name);
    for (const [key, text] of Object.entries(environment)) expect(lines).toContain(`${key}=${text}`);
    for (const word of [...start, ...end]) expect(lines).toContain(`word ${word}`);
    for (const line of Object.values(files).flat()) expect(lines).toContain(line);
  },
);

describe("a stranger's files", () => {
  const STRANGERS: {
    name: string;
    file?: string;
    environment?: Record<string, string>;
    words?: string[];
    says: object;
  }[] = [
    { name: 'gunicorn', words: ['shop:app', '-b', '0.0.0.0:80', '--workers=3'], says: { workers: 3 } },
    {
      name: 'jvm',
      environment: { JAVA_TOOL_OPTIONS: '-Dfile.encoding=UTF-8 -Xmx2g -XX:MaxMetaspaceSize=262144k -XX:+UseG1GC' },
      says: { heap: 2048, metaspace: 256, collector: 1 },
    },
    {
      name: 'nginx',
      file: "user nginx;\nworker_processes  auto; # all\nerror_log '/var/log/nginx/error.log' notice;\nevents {\n  use epoll;\n  worker_connections  1024;\n}\nhttp { server { listen 80; } }\n",
      says: { worker_processes: undefined, worker_connections: 1024 },
    },
    {
      name: 'my-cnf',
      file: '[client]\nmax_connections=1\n[mysqld]\n# innodb_buffer_pool_size=1M\ninnodb-buffer-pool-size = 2G\nskip_name_resolve\nmax_connections=500 # many\n',
      says: { max_connections: 500, innodb_buffer_pool_size: 2048 },
    },
    {
      name: 'kafka',
      environment: { KAFKA_HEAP_OPTS: '-Xmx1G -Xms1G' },
      file: '############\nbroker.id=0\nnum.network.threads = 5\nnum.io.threads: 16\r\n',
      says: { heap: 1024, network_threads: 5, io_threads: 16 },
    },
    {
      name: 'php-fpm',
      file: '[global]\npid = run/php-fpm.pid\n[www]\n;pm.max_children = 9\npm.max_children = 50 ; guessed\n[admin]\npm.max_children = 2\n',
      says: { children: 50 },
    },
    { name: 'pgbouncer', file: '[pgbouncer]\nmax_client_conn=500\n', says: { max_client_conn: 500 } },
    { name: 'envoy', words: ['-c', '/etc/envoy.yaml', '--concurrency', '4'], says: { concurrency: 4 } },
    { name: 'dotnet', environment: { DOTNET_GCHeapHardLimit: '0x20000000' }, says: { heap: 512 } },
  ];

  it.each(STRANGERS)('$name', ({ name, file, environment = {}, words = [], says }) => {
    const readings = readDelivered(draft(name), {
      environment: new Map(Object.entries(environment)),
      words,
      fileText: () => file,
    });
    const read = [...readings].map(([parameter, found]) => [parameter, found.at(-1)!.value]);
    expect(Object.fromEntries(read)).toEqual(says);
  });
});

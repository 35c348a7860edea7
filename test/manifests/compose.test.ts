// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of Compose
/** Anyone's Compose files: every value with its line, and nothing thrown but what is no YAML. */
import { describe, expect, it } from 'vitest';
import { treesFromYaml } from '../../src/files/parse.ts';
import { readCompose } from '../../src/manifests/compose.ts';
import { problemsOf } from '../samples.ts';

const read = (text: string, variables: Record<string, string> = {}) =>
  readCompose(treesFromYaml(text, 'compose.yaml'), new Map(Object.entries(variables)));

const FILE = `x-common: &common
  mem_limit: 1g
  cpus: 0.50
services:
  db:
    <<: *common
    image: "postgres:\${TAG:-17}"
    environment:
      POSTGRES_USER: app
      POSTGRES_PASSWORD:
    command: >
      postgres
      -c shared_buffers=\${BUFFERS}
    volumes: ['./pg.conf:/etc/pg.conf:ro', data:/data, /only]
  cache:
    image: redis
    environment: [A=1, B]
    command: [redis-server, --maxmemory, 1gb]
    deploy: { resources: { limits: { memory: 512M, cpus: '2' } } }
  web:
    build: .
`;

describe('a Compose file', () => {
  const { workloads, unread } = read(FILE, { BUFFERS: '1GB' });
  const [db, cache, web] = workloads;

  it('has services with their limits, from merges too', () => {
    expect(unread).toEqual([]);
    expect(workloads.map(({ name, built }) => [name, built])).toEqual([
      ['db', false],
      ['cache', false],
      ['web', true],
    ]);
    expect(db!.image).toEqual({ text: 'postgres:17', open: [], line: 7 });
    expect(db!.limits).toEqual({
      memory: { text: '1g', open: [], line: 2 },
      cpus: { text: '0.50', open: [], line: 3 },
    });
    expect(cache!.limits).toEqual({
      memory: { text: '512M', open: [], line: 19 },
      cpus: { text: '2', open: [], line: 19 },
    });
    expect(web!.limits).toEqual({});
  });

  it('has words of commands, as text and as list', () => {
    expect(db!.command!.map(({ text }) => text)).toEqual(['postgres', '-c', 'shared_buffers=1GB']);
    expect(cache!.command).toEqual([
      { text: 'redis-server', open: [], line: 18 },
      { text: '--maxmemory', open: [], line: 18 },
      { text: '1gb', open: [], line: 18 },
    ]);
  });

  it('has variables, as map and as list, and what is mounted', () => {
    expect([...db!.environment]).toEqual([
      ['POSTGRES_USER', { text: 'app', open: [], line: 9 }],
      ['POSTGRES_PASSWORD', { text: '${POSTGRES_PASSWORD}', open: ['POSTGRES_PASSWORD'], line: 10 }],
    ]);
    expect([...cache!.environment].map(([name, { text }]) => [name, text])).toEqual([
      ['A', '1'],
      ['B', '${B}'],
    ]);
    expect(db!.mounts.map(({ text }) => text)).toEqual(['/etc/pg.conf', '/data']);
  });
});

describe('what is not understood', () => {
  it.each<{ desc: string; text: string; unread: string[] }>([
    { desc: 'an empty file', text: '', unread: ['1 expected services by name, got an empty file'] },
    { desc: 'another file', text: 'a: 1\n', unread: ['1 expected services by name, got none'] },
    { desc: 'a list of services', text: 'services: [db]\n', unread: ['1 expected services by name, got none'] },
    { desc: 'a service that is a text', text: 'services:\n  db: x\n', unread: ['2 db: expected a map, got a text'] },
    {
      desc: 'an image that is a list',
      text: 'services:\n  db:\n    image: [x]\n',
      unread: ['3 db.image: expected a text, got a list'],
    },
    {
      desc: 'an open quote',
      text: 'services:\n  db:\n    command: it"s\n',
      unread: ['3 db.command: expected closed quotes, got it"s'],
    },
    {
      desc: 'extends',
      text: 'services:\n  db:\n    extends: { service: x }\n',
      unread: ['3 db.extends: what it extends is not followed'],
    },
  ])('$desc', ({ text, unread }) => {
    expect(read(text).unread.map(({ line, what }) => `${line} ${what}`)).toEqual(unread);
  });

  it('is what YAML has and few write: keys twice, tags, an alias of itself, merges without end', () => {
    expect(read('services:\n  db:\n    image: a\n    image: b\n').workloads[0]!.image!.text).toBe('b');
    expect(read('services:\n  db:\n    image: !reset null\n    command: !override [x]\n').workloads).toHaveLength(1);
    expect(read('services: &a\n  db: *a\n').workloads).toHaveLength(1);
    const levels = Array.from({ length: 60 }, (_, n) => `  l${n + 1}: &l${n + 1} [*l${n}, *l${n}, *l${n}]`);
    expect(
      read(`x:\n  l0: &l0 { a: 1 }\n${levels.join('\n')}\nservices: { db: { <<: *l60 } }\n`).workloads,
    ).toHaveLength(1);
  });

  it('is no YAML: one error, at its line', () => {
    expect(problemsOf(() => read('services:\n  db: [\n  cache: }\n'))).toEqual([
      expect.stringMatching(/^compose.yaml:3: YAML_SYNTAX : expected YAML, got: |YAML_SYNTAX/),
    ]);
  });
});

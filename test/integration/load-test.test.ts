/** The generated load test against a real HTTP server, with the real ab and wrk. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts } from './support/daemon.ts';
import { synth } from './support/generated.ts';
import { run } from './support/run.ts';
import { findTool } from './support/tools.ts';

/** 16 cores, of which at least 1600 requests a second are expected. */
const { folder } = await synth('16cpu-32gi', 'env');
const script = join(folder, 'load-test.sh');

const servers: Server[] = [];
let fast: string;
let slow: string;
let failing: string;

beforeAll(async () => {
  await findTool('ab');
  await findTool('wrk');
  fast = await serve((_, response) => response.end(`${Math.random()}`.slice(0, 3 + Math.random() * 9)));
  // 10 at a time, each 200 ms: 50 a second at most.
  slow = await serve((_, response) => setTimeout(() => response.end('late'), 200));
  failing = await serve((_, response) => response.writeHead(500).end('no'));
});

afterAll(() => {
  for (const server of servers) server.close().closeAllConnections();
});

const LIGHT = { REQUESTS: '100', CONCURRENCY: '10', DURATION_SECONDS: '1' };

describe.each([
  ['dash', []],
  ['bash', []],
  ['busybox', ['sh']],
] as const)('%s', (shell, words) => {
  test('passes when the server is fast enough', async () => {
    const { text, exit } = await loadTest([await findTool(shell), ...words, script, fast], {
      MIN_REQUESTS_PER_SECOND: '20',
    });
    expect(text).toMatch(/^ab: 100 requests, 10 at a time, http:\/\/127\.0\.0\.1:\d+\/api\/infer$/m);
    expect(text.match(/^requests a second: \d+, at least 20: ok$/gm)).toHaveLength(2);
    expect(text).toMatch(/^failed requests: 0, at most 0: ok$/m);
    expect(text).not.toContain('FAILED');
    expect(exit).toBe(0);
  });
});

test('fails below the threshold of the plan', async () => {
  const { text, exit } = await loadTest([script, slow]);
  const seen = [...text.matchAll(/^requests a second: (\d+), at least 1600: FAILED$/gm)].map(([, found]) =>
    Number(found),
  );
  expect(seen).toHaveLength(2);
  // 100 requests, 10 at a time, take 2 s or somewhat longer.
  for (const found of seen) expect(found).toSatisfy((value: number) => value >= 5 && value <= 50);
  expect(text).toContain('load-test: below what was asked for');
  expect(exit).toBe(2);
});

test('judges the 95th percentile where it is asked to', async () => {
  const env = { MIN_REQUESTS_PER_SECOND: '', MAX_P95_MS: '150' };
  const { text, exit } = await loadTest([script, slow], env);
  expect(text).toMatch(/^requests a second: \d+: not judged$/m);
  expect(Number(/^answer in ms, 95th percentile: (\d+), at most 150: FAILED$/m.exec(text)![1])).toBeGreaterThanOrEqual(
    200,
  );
  expect(exit).toBe(2);
});

test('fails on answers that are errors, however fast', async () => {
  const { text, exit } = await loadTest([script, failing], { MIN_REQUESTS_PER_SECOND: '1' });
  expect(text).toMatch(/^answers other than 2xx: 100, at most 0: FAILED$/m);
  expect(text).toMatch(/^answers other than 2xx or 3xx: [1-9]\d*, at most 0: FAILED$/m);
  expect(exit).toBe(2);
});

test.each([
  [
    'nobody listens',
    async () => [script, `http://127.0.0.1:${(await freePorts(1))[0]}/`],
    {},
    1,
    'ab could not finish',
  ],
  ['two addresses are given', async () => [script, fast, slow], {}, 64, 'expected at most one address, got 2'],
  ['a number is none', async () => [script, fast], { REQUESTS: '1e3' }, 64, 'a whole number for REQUESTS, got 1e3'],
  [
    'a number is octal',
    async () => [script, fast],
    { CONCURRENCY: '010' },
    64,
    'a whole number for CONCURRENCY, got 010',
  ],
  [
    'a program is missing',
    async () => [await findTool('dash'), script, fast],
    { PATH: '/none' },
    1,
    'expected ab on the PATH',
  ],
])('ends with a message when %s', async (_, command, env, code, says) => {
  const { text, exit } = await loadTest(await command(), env);
  expect(text).toContain(says);
  expect(exit).toBe(code);
});

async function loadTest(command: readonly string[], env: Record<string, string> = {}) {
  const set = Object.entries({ ...LIGHT, ...env }).map(([name, value]) => `${name}=${value}`);
  const outer = 'out=$("$@" 2>&1); code=$?; printf "%s\\nexit %s\\n" "$out" "$code"';
  const text = await run('sh', ['-c', outer, 'sh', '/usr/bin/env', ...set, ...command]);
  return { text, exit: Number(/exit (\d+)\n$/.exec(text)![1]) };
}

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/infer`;
}

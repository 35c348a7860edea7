/** Servers that are silent, slow, endless, malformed or huge: `verify` ends in time, with one line, and without a secret. */
import { createServer as createHttp, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageFiles, runCommand } from '../commands.ts';

const { out: plan } = await runCommand(['plan', '--profile', 'c6i.8xlarge', '--format', 'json']);
const files = packageFiles({ 'plan.json': plan });
const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  return (server.address() as AddressInfo).port;
}
const tcp = (answer: (socket: Socket, first: Buffer) => void) =>
  listening(
    createTcp((socket) => {
      socket.on('error', () => undefined);
      let begun = false;
      socket.on('data', (chunk) => {
        if (begun) return;
        begun = true;
        answer(socket, chunk);
      });
    }),
  );
const http = (listener: RequestListener) => listening(createHttp(listener));

/** Sends the same again and again, as fast as it is taken. */
function endlessly(socket: NodeJS.WritableStream, chunk: Buffer): void {
  const send = (): void => {
    while (socket.writable && socket.write(chunk)) {}
  };
  socket.on('drain', send);
  socket.on('error', () => undefined);
  send();
}
/** A byte every tenth of a second. */
function drip(socket: NodeJS.WritableStream, text: string): void {
  const timer = setInterval(() => socket.write(text), 100);
  socket.on('close', () => clearInterval(timer));
}

async function verify(option: string, address: string): Promise<{ err: string; milliseconds: number }> {
  const begin = performance.now();
  const result = await runCommand(['verify', '--plan', 'plan.json', option, address], { files });
  expect([result.exit, result.out]).toEqual([1, '']);
  expect(result.err).not.toContain('s3cret');
  return { err: result.err, milliseconds: performance.now() - begin };
}
const said = (option: string, shown: string, got: string) =>
  `sizewright: SOURCE_UNREACHABLE\n${option}: expected an answer from ${shown}, got ${got}; check address, user and password\n`;

describe('a Redis that', () => {
  it.each([
    { desc: 'answers a length that is none', answer: (socket: Socket) => endlessly(socket, Buffer.from('$x\r\n')) },
    { desc: 'nests lists', answer: (socket: Socket) => socket.write('*1\r\n'.repeat(200_000)) },
    {
      desc: 'goes on for ever',
      answer: (socket: Socket) => endlessly(socket, Buffer.alloc(65_536, '+')),
      got: 'more than 1 MiB',
    },
    { desc: 'is none', answer: (socket: Socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n') },
    { desc: 'hangs up', answer: (socket: Socket) => socket.end(), got: 'the end of the connection' },
    {
      desc: 'says the password and paints',
      answer: (socket: Socket) => socket.write('-ERR s3cret \x1b[2J::error::\r\n'),
      got: 'ERR *** \\u001b[2J::error::',
    },
  ])('$desc', async ({ answer, got = 'something that is no answer of a Redis' }) => {
    const port = await tcp(answer);
    const { err, milliseconds } = await verify('--redis', `redis://:s3cret@127.0.0.1:${port}`);
    expect(err).toBe(said('--redis', `redis://127.0.0.1:${port}`, got));
    expect(milliseconds).toBeLessThan(15_000);
  });
});

/** A message of PostgreSQL's protocol. */
const message = (type: string, body: Buffer | string) => {
  const bytes = Buffer.from(body as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length + 4);
  return Buffer.concat([Buffer.from(type), length, bytes]);
};
const LET_IN = Buffer.concat([message('R', '\0\0\0\0'), message('Z', 'I')]);
const SASL = message('R', '\0\0\0\x0aSCRAM-SHA-256\0\0');

describe('a PostgreSQL that', () => {
  it.each([
    {
      desc: 'has rows without end',
      answer: (socket: Socket) => {
        const name = Buffer.concat([Buffer.from('name\0'), Buffer.alloc(18)]);
        socket.write(Buffer.concat([LET_IN, message('T', Buffer.concat([Buffer.from([0, 1]), name]))]));
        endlessly(socket, message('D', Buffer.concat([Buffer.from([0, 1, 0, 0, 4, 0]), Buffer.alloc(1024, 'x')])));
      },
      got: 'more than 16 MiB',
    },
    {
      desc: 'has one message of gigabytes',
      answer: (socket: Socket) => {
        socket.write(Buffer.from([0x44, 0x7f, 0xff, 0xff, 0xff]));
        endlessly(socket, Buffer.alloc(65_536));
      },
      got: 'something that is no answer of a PostgreSQL',
    },
    {
      desc: 'is none',
      answer: (socket: Socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
      got: 'something that is no answer of a PostgreSQL',
    },
    {
      desc: 'asks for hours of hashing',
      answer: (socket: Socket, first: Buffer) => {
        expect(first.length).toBeGreaterThan(8);
        socket.write(SASL);
        socket.on('data', (chunk) => {
          const nonce = /r=([^,]+)/.exec(`${chunk}`)?.[1];
          if (nonce) socket.write(message('R', `\0\0\0\x0br=${nonce}x,s=c2FsdA==,i=2000000000`));
        });
      },
      got: 'a request for more than 1000000 rounds of hashing',
    },
  ])('$desc', async ({ answer, got }) => {
    const port = await tcp(answer);
    const { err, milliseconds } = await verify('--postgres', `postgres://me:s3cret@127.0.0.1:${port}/db`);
    expect(err).toBe(said('--postgres', `postgres://127.0.0.1:${port}/db`, got));
    expect(milliseconds).toBeLessThan(15_000);
  });

  it('takes no TLS where TLS is asked for', async () => {
    const port = await tcp((socket) => socket.write('N'));
    const { err } = await verify('--postgres', `postgres://me:s3cret@127.0.0.1:${port}/db?sslmode=require`);
    expect(err).toBe(said('--postgres', `postgres://127.0.0.1:${port}/db`, 'no TLS'));
  });
});

/** 64 MiB of blanks in 64 kB. */
const BOMB = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '));

describe('a Prometheus that', () => {
  const json = (data: unknown): RequestListener => {
    return (_, response) => response.end(JSON.stringify(data));
  };
  const vector = (result: unknown) => json({ status: 'success', data: { resultType: 'vector', result } });
  const noSample = (index: number) => `something that is no sample of a Prometheus (data.result.${index})`;
  const none = 'status 200 and no answer of a Prometheus';
  const good = { metric: {}, value: [1, '1'] };
  it.each([
    {
      desc: 'goes on for ever',
      listener: ((_, response) => endlessly(response, Buffer.alloc(65_536, ' '))) as RequestListener,
      got: 'more than 16 MiB',
    },
    {
      desc: 'packs a gigabyte',
      listener: ((_, response) => {
        response.setHeader('content-encoding', 'gzip');
        response.end(BOMB);
      }) as RequestListener,
      got: 'more than 16 MiB',
    },
    {
      desc: 'sends one elsewhere',
      listener: ((_, response) =>
        response.writeHead(307, { location: 'http://169.254.169.254/' }).end()) as RequestListener,
      got: 'status 307: it leads elsewhere; name the address itself',
    },
    { desc: 'says null', listener: json(null), got: none },
    { desc: 'has no data', listener: json({ status: 'success', data: null }), got: none },
    { desc: 'has a null result', listener: vector(null), got: none },
    { desc: 'has an object as result', listener: vector({ length: 1 }), got: none },
    { desc: 'says a number as its error', listener: json({ status: 'error', error: 5 }), got: none },
    { desc: 'has null as a sample', listener: vector([null]), got: noSample(0) },
    { desc: 'has a number as a sample', listener: vector([good, 5]), got: noSample(1) },
    { desc: 'has no metric', listener: vector([{ value: [1, '1'] }]), got: noSample(0) },
    { desc: 'has no value', listener: vector([{ metric: {} }]), got: noSample(0) },
    { desc: 'has a number as value', listener: vector([{ metric: {}, value: [1, 1] }]), got: noSample(0) },
    { desc: 'has no number as value', listener: vector([{ metric: {}, value: [1, 'x'] }]), got: noSample(0) },
    { desc: 'has numbers as labels', listener: vector([{ metric: { name: 5 }, value: [1, '1'] }]), got: noSample(0) },
    {
      desc: 'paints and forges',
      listener: json({ status: 'error', error: 'x\n::error::s3cret\u001b[2J' }),
      got: 'x ::error::***\\u001b[2J',
    },
  ])('$desc', async ({ listener, got }) => {
    const port = await http(listener);
    const { err, milliseconds } = await verify('--prometheus', `http://me:s3cret@127.0.0.1:${port}`);
    expect(err).toBe(said('--prometheus', `http://127.0.0.1:${port}`, got));
    expect(milliseconds).toBeLessThan(15_000);
  });

  it('has 200,000 series', async () => {
    const port = await http(vector(Array.from({ length: 200_000 }, () => good)));
    const { err } = await verify('--prometheus', `http://me:s3cret@127.0.0.1:${port}`);
    expect(err).toMatch(/got more than 10000 series for [a-z_]+\{/);
  });
});

describe.concurrent('one that takes its time is given up after 10 seconds:', () => {
  // A deadline that nothing holds is collected while it runs, and never comes.
  let collecting: NodeJS.Timeout;
  beforeAll(() => {
    setFlagsFromString('--expose-gc');
    collecting = setInterval(runInNewContext('gc'), 1_000);
  });
  afterAll(() => clearInterval(collecting));

  it.each([
    { desc: 'a silent Redis', option: '--redis', answer: () => undefined },
    { desc: 'a dripping Redis', option: '--redis', answer: (socket: Socket) => drip(socket, '+') },
    { desc: 'a silent PostgreSQL', option: '--postgres', answer: () => undefined },
    {
      desc: 'a PostgreSQL that lets one in and is silent then, as a paused pooler',
      option: '--postgres',
      answer: (socket: Socket) => socket.write(LET_IN),
    },
    {
      desc: 'a PostgreSQL that drips notices',
      option: '--postgres',
      answer: (socket: Socket) => {
        socket.write(LET_IN);
        drip(socket, `${message('N', 'SNOTICE\0Mx\0\0')}`);
      },
    },
    {
      desc: 'a PostgreSQL that never begins TLS',
      option: '--postgres',
      query: '?sslmode=require',
      answer: (socket: Socket) => socket.write('S'),
    },
    { desc: 'a silent Prometheus', option: '--prometheus', answer: () => undefined },
    {
      desc: 'a dripping Prometheus',
      option: '--prometheus',
      answer: (socket: Socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        drip(socket, ' ');
      },
    },
  ])('$desc', async ({ option, answer, query = '' }) => {
    const port = await tcp(answer);
    const scheme = { '--redis': 'redis', '--postgres': 'postgres', '--prometheus': 'http' }[option];
    const { err, milliseconds } = await verify(option, `${scheme}://me:s3cret@127.0.0.1:${port}/x${query}`);
    expect(err).toBe(said(option, `${scheme}://127.0.0.1:${port}/x`, 'no answer within 10 s'));
    expect(milliseconds).toBeLessThan(20_000);
  });
});

/** A connection to a PostgreSQL that ends: after its time, and after as many bytes as an answer can have. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { MOST_BYTES } from './address.ts';

/** Rounds of hashing that a server may ask for before it lets one in: they keep the whole program busy. */
const MOST_ITERATIONS = 1_000_000;
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/**
 * @param deadline ends connecting and everything after it
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
 */
export async function openPgSocket(host: string, port: number, mode: SslMode, deadline: AbortSignal): Promise<Duplex> {
  const socket = connectTcp({ host, port, signal: deadline });
  await happened(socket, 'connect');
  if (mode === 'disable' || mode === 'allow') return new BoundedConnection(socket);
  socket.write(SSL_REQUEST);
  const [answer] = (await happened(socket, 'data')) as [Buffer];
  // Anything behind the one letter could be from somebody who sits between.
  if (answer.length !== 1) throw ended(socket, 'more than an answer to the request for TLS');
  if (answer.toString() !== 'S') {
    if (mode === 'prefer') return new BoundedConnection(socket);
    throw ended(socket, 'no TLS');
  }
  const secure = connectTls({
    socket,
    ...(isIP(host) === 0 && { servername: host }),
    rejectUnauthorized: mode.startsWith('verify'),
  });
  await happened(secure, 'secureConnect');
  return new BoundedConnection(secure);
}

function ended(socket: Socket, why: string): Error {
  socket.destroy();
  return new Error(why);
}

function happened(socket: Socket, event: 'connect' | 'secureConnect' | 'data'): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the end of the connection')));
    socket.once(event, (...args: unknown[]) => {
      socket.removeAllListeners();
      socket.pause();
      resolve(args);
    });
  });
}

/** Hands on whole messages only, so that what a server asks for is seen before it is done. */
class BoundedConnection extends Duplex {
  private readonly socket: Socket;
  private pending = Buffer.alloc(0);
  private bytes = 0;

  constructor(socket: Socket) {
    super();
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', (error) => this.destroy(error));
    socket.on('end', () => this.push(null));
    socket.on('close', () => this.destroy());
  }

  private receive(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.bytes > MOST_BYTES) {
      this.destroy(new Error(`more than ${MOST_BYTES / 1024 / 1024} MiB`));
      return;
    }
    this.pending = Buffer.concat([this.pending, chunk]);
    let at = 0;
    while (this.pending.length >= at + 5) {
      const length = this.pending.readUInt32BE(at + 1);
      const end = at + 1 + length;
      if (length < 4 || length > MOST_BYTES) {
        this.destroy(new Error('something that is no answer of a PostgreSQL'));
        return;
      }
      if (end > this.pending.length) break;
      if (asksTooMuch(this.pending.subarray(at, end))) {
        this.destroy(new Error(`a request for more than ${MOST_ITERATIONS} rounds of hashing`));
        return;
      }
      at = end;
    }
    const whole = this.pending.subarray(0, at);
    this.pending = this.pending.subarray(at);
    if (whole.length > 0 && !this.push(whole)) this.socket.pause();
  }

  override _read(): void {
    this.socket.resume();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.socket.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.socket.destroy();
    done(error);
  }
}

/** AuthenticationSASLContinue (`R`, 11) with a number of iterations that would take minutes. */
function asksTooMuch(message: Buffer): boolean {
  if (message[0] !== 0x52 || message.length < 9 || message.readUInt32BE(5) !== 11) return false;
  const iterations = /(?:^|,)i=(\d+)/.exec(message.toString('latin1', 9))?.[1];
  return iterations !== undefined && Number(iterations) > MOST_ITERATIONS;
}

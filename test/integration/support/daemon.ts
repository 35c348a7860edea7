/** Programs that serve HTTP for the time of a test. */
import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';

export interface Daemon {
  /** `http://127.0.0.1:port` */
  url: string;
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;

/**
 * Starts it and waits until it answers.
 * @param argumentsFor its arguments, for the address that it is to listen on
 * @param path what answers with 200 when it is ready
 */
export async function startDaemon(
  program: string,
  argumentsFor: (address: string) => string[],
  { path, env = {} }: { path: string; env?: Record<string, string> },
): Promise<Daemon> {
  const address = `127.0.0.1:${await freePort()}`;
  const log = join(mkdtempSync(join(inject('scratch'), 'daemon-')), 'log');
  const output = openSync(log, 'w');
  // However this process ends, the daemon ends with it.
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', program, ...argumentsFor(address)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const answer = await fetch(`http://${address}${path}`).catch(() => undefined);
    if (answer?.ok) return { url: `http://${address}`, stop };
    if (child.exitCode !== null || Date.now() > deadline) {
      if (child.exitCode === null) await stop();
      throw new Error(`${program} does not answer at ${address}${path}:\n${readFileSync(log, 'utf8').slice(-4000)}`);
    }
    await sleep(200);
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

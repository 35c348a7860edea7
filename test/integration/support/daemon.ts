/** Programs that run beside the tests. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Daemon {
  /**
   * Asks until the question is answered.
   * @throws When it is not in time, or when the program ends before: the last thing that it printed.
   */
  answers(question: () => Promise<unknown>, timeoutMs: number): Promise<void>;
  /** @throws When the program had ended by itself. */
  stop(): Promise<void>;
}

/**
 * Starts a program that ends with this process, however that ends.
 *
 * @param log File for all that it prints; it works in the folder of this file.
 * @param signal What it is ended with.
 * @param env Variables beside those of this process.
 */
export function startDaemon(
  command: readonly string[],
  log: string,
  { signal = 'KILL', env = {} }: { signal?: 'KILL' | 'TERM'; env?: Record<string, string> } = {},
): Daemon {
  const output = openSync(log, 'w');
  const child = spawn('setpriv', ['--pdeathsig', signal, ...command], {
    cwd: dirname(log),
    env: { ...process.env, ...env },
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  const ended = once(child, 'close');
  const failure = (what: string, cause?: unknown) =>
    new Error(`${command.join(' ')} ${what}:\n${readFileSync(log, 'utf8').slice(-4000)}`, { cause });

  return {
    async answers(question, timeoutMs) {
      const deadline = Date.now() + timeoutMs;
      for (;;) {
        try {
          await question();
          return;
        } catch (error) {
          if (hasEnded(child)) throw failure('ended');
          if (Date.now() > deadline) throw failure(`did not answer within ${timeoutMs / 1000} s`, error);
        }
        await sleep(100);
      }
    },
    async stop() {
      const early = hasEnded(child);
      child.kill(`SIG${signal}`);
      await ended;
      if (early) throw failure('had ended');
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Ports of 127.0.0.1 that are free now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

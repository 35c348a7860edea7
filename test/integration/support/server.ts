/** Programs that serve HTTP for the time of a test. */
import { join } from 'node:path';
import { freePorts, startDaemon } from './daemon.ts';
import { temporaryFolder } from './generated.ts';

export interface Server {
  /** `http://127.0.0.1:port` */
  url: string;
  stop(): Promise<void>;
}

/**
 * Starts it and waits until it answers.
 * @param argumentsFor its arguments, for the address that it is to listen on
 * @param path what answers with 200 when it is ready
 */
export async function startServer(
  program: string,
  argumentsFor: (address: string) => string[],
  { path, env }: { path: string; env?: Record<string, string> },
): Promise<Server> {
  const [port] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const url = `http://${address}`;
  const options = { signal: 'TERM', ...(env && { env }) } as const;
  const daemon = startDaemon([program, ...argumentsFor(address)], join(temporaryFolder(), 'log'), options);
  const ready = async () => {
    const { ok, status } = await fetch(`${url}${path}`);
    if (!ok) throw new Error(`${path} answers ${status}`);
  };
  await daemon.answers(ready, 60_000);
  return { url, stop: () => daemon.stop() };
}

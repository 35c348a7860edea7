/** AWS without an account: moto's server, and the AWS CLI. */
import { spawn } from 'node:child_process';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { cacheFolder } from './cache.ts';
import { run } from './run.ts';
import { progress } from './tools.ts';

/** moto brings boto3 and cfn-lint with it. */
const PACKAGES = ['moto[server]==5.2.5', 'awscli==1.46.3'];

export interface Moto {
  /** What a program needs to call it: the tools on the PATH, its address, a region and credentials of no account. */
  env: Readonly<Record<string, string>>;
  /** A program of the Python environment. */
  tool(name: 'python' | 'aws' | 'cfn-lint'): string;
  stop(): void;
}

/** A server of its own, with nothing in it. */
export async function startMoto(): Promise<Moto> {
  const bin = join(await pythonEnvironment(), 'bin');
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const server = spawn(join(bin, 'moto_server'), ['-p', `${port}`], { stdio: 'ignore' });
  try {
    await waitFor(endpoint);
  } catch (error) {
    server.kill();
    throw error;
  }
  const env = {
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
  };
  return { env, tool: (name) => join(bin, name), stop: () => server.kill() };
}

/** Made once. */
async function pythonEnvironment(): Promise<string> {
  const folder = join(cacheFolder('python'), PACKAGES.join('-').replace(/[^a-z0-9.]+/g, '-'));
  const ready = join(folder, 'ready');
  if (existsSync(ready)) return folder;
  progress(`installing ${PACKAGES.join(' and ')}, once`);
  await run('python3', ['-m', 'venv', '--clear', folder]);
  await run(join(folder, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', ...PACKAGES]);
  writeFileSync(`${ready}.next`, '');
  renameSync(`${ready}.next`, ready);
  return folder;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Until the server answers, 60 seconds at most. */
async function waitFor(url: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const answered = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`nothing answers at ${url}`);
}

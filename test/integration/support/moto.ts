/** AWS without an account: moto's server, and the AWS CLI. */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheFolder } from './cache.ts';
import { run } from './run.ts';
import { startServer } from './server.ts';
import { progress } from './tools.ts';

/** moto brings boto3 and cfn-lint with it. */
const PACKAGES = ['moto[server]==5.2.5', 'awscli==1.46.3'];

export interface Moto {
  /** What a program needs to call it: the tools on the PATH, its address, a region and credentials of no account. */
  env: Readonly<Record<string, string>>;
  /** A program of the Python environment. */
  tool(name: 'python' | 'aws' | 'cfn-lint'): string;
  stop(): Promise<void>;
}

/** A server of its own, with nothing in it. */
export async function startMoto(): Promise<Moto> {
  const bin = join(await pythonEnvironment(), 'bin');
  const server = await startServer(join(bin, 'moto_server'), (address) => ['-p', address.split(':')[1]!], {
    path: '/',
  });
  const env = {
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    AWS_ENDPOINT_URL: server.url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
  };
  return { env, tool: (name) => join(bin, name), stop: server.stop };
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

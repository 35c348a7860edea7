/** AWS without an account: moto's server, and the AWS CLI. */
import { delimiter, join } from 'node:path';
import { pythonEnvironment } from './python.ts';
import { startServer } from './server.ts';

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
  const bin = join(await pythonEnvironment(PACKAGES), 'bin');
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

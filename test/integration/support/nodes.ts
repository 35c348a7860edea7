/** Other versions of Node.js than the one that runs the tests, as packages of npm. */
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache.ts';
import { run } from './run.ts';
import { progress } from './tools.ts';

/** The path of `node` in just this version. */
export async function nodeOf(version: string): Promise<string> {
  const unpacked = join(cacheFolder('node'), `${version}-${process.arch}`);
  const binary = join(unpacked, 'package/bin/node');
  if (existsSync(binary)) return binary;

  progress(`downloading Node.js ${version}, once`);
  const folder = mkdtempSync(`${unpacked}.`);
  await run('npm', ['pack', `node-linux-${process.arch}@${version}`, '--pack-destination', folder]);
  const [file] = readdirSync(folder);
  await run('tar', ['-xzf', file!], { cwd: folder });
  rmSync(join(folder, file!));
  renameSync(folder, unpacked);
  return binary;
}

/** Programs of PyPI, each set of packages in an environment of its own. */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache.ts';
import { run } from './run.ts';
import { progress } from './tools.ts';

/** The folder of an environment with these packages, made once. */
export async function pythonEnvironment(packages: readonly string[]): Promise<string> {
  const folder = join(cacheFolder('python'), packages.join('-').replace(/[^a-z0-9.]+/g, '-'));
  const ready = join(folder, 'ready');
  if (existsSync(ready)) return folder;
  progress(`installing ${packages.join(' and ')}, once`);
  await run('python3', ['-m', 'venv', '--clear', folder]);
  await run(join(folder, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', ...packages]);
  writeFileSync(`${ready}.next`, '');
  renameSync(`${ready}.next`, ready);
  return folder;
}

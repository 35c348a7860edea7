/** The packed program, as strangers install it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './generated.ts';
import { run } from './run.ts';

/** Packs the built program into a folder. @returns the path of the file */
export async function pack(folder: string): Promise<string> {
  const printed = await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT });
  return join(folder, printed.trim().split('\n').at(-1)!);
}

/** A new project that has these packages, and no other. */
export async function makeProject(folder: string, ...packages: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "name": "stranger", "private": true, "type": "module" }\n');
  await run('npm', ['install', '--save-dev', ...packages], { cwd: folder });
}

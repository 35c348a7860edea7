/** Modules of plain HCL in real Terraform and OpenTofu, without providers and without state. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Artifact } from '../../../src/render/target.ts';
import { temporaryFolder } from './generated.ts';
import { run } from './run.ts';

/** What a user's own configuration may say does not count. */
const ENVIRONMENT = { TF_CLI_CONFIG_FILE: '/dev/null', CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' };

/** Runs one command in a configuration. @throws with all that it printed */
export function terraform(program: string, folder: string, args: readonly string[], input?: string): Promise<string> {
  return run(program, args, { cwd: folder, env: ENVIRONMENT, ...(input !== undefined && { input }) });
}

/** A configuration of these files in a folder of its own, initialised. */
export async function configuration(program: string, files: readonly Artifact[]): Promise<string> {
  const folder = temporaryFolder();
  for (const { path, contents } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), contents);
  }
  await terraform(program, folder, ['init', '-no-color']);
  return folder;
}

/** The value of an expression in a configuration. */
export async function expressionValue<T>(program: string, folder: string, expression: string): Promise<T> {
  const printed = await terraform(program, folder, ['console'], `jsonencode(${expression})\n`);
  return JSON.parse(JSON.parse(printed.trim())) as T;
}

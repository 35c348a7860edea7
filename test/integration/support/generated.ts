/** Real output of the built program. */
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { Plan } from '../../../src/plan/plan.ts';
import { run } from './run.ts';

/** The repository. */
export const ROOT = join(import.meta.dirname, '..', '..', '..');

export interface Generated {
  /** The target's own folder. */
  folder: string;
  plan: Plan;
}

/** What `sizewright synth` writes for one target and one place, in a temporary folder. */
export async function synth(
  profile: string,
  target: 'env' | 'docker' | 'compose' | 'kubernetes' | 'ecs' | 'cloud-run' | 'terraform' | 'monitoring',
  ...options: string[]
): Promise<Generated> {
  const platformFolder = enter(enter(await runSynth(['--profile', profile, '--target', target, ...options])));
  const plan: Plan = JSON.parse(readFileSync(join(platformFolder, 'plan.json'), 'utf8'));
  return { folder: join(platformFolder, target), plan };
}

/** The folder of a target that spans profiles, in a temporary folder. */
export async function synthAll(words: readonly string[], target: 'kustomize' | 'helm' | 'pulumi'): Promise<string> {
  return join(await runSynth([...words, '--target', target]), '_all', target);
}

/** The folder of the stack below a new output folder. */
async function runSynth(words: readonly string[]): Promise<string> {
  const program = join(ROOT, 'dist', 'bin.js');
  if (!existsSync(program)) throw new Error(`${program} is not there: run npm run build first`);
  const out = temporaryFolder();
  await run('node', [program, 'synth', ...words, '-o', out], { cwd: ROOT });
  return enter(out);
}

/** The only folder in a folder. */
function enter(folder: string): string {
  const names = readdirSync(folder);
  if (names.length !== 1) throw new Error(`${folder}: expected one folder, got ${names.join(', ')}`);
  return join(folder, names[0]!);
}

/** Paths of all files in a folder, at any depth, sorted. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** A new empty folder; it goes when the run ends. */
export function temporaryFolder(): string {
  return mkdtempSync(join(inject('scratch'), 'test-'));
}

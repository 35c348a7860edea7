/** Real output of the built program. */
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { Plan } from '../../../src/plan.ts';
import { run } from './run.ts';

/** The repository. */
export const ROOT = join(import.meta.dirname, '..', '..', '..');

export interface Generated {
  /** The target's own folder. */
  folder: string;
  plan: Plan;
}

type TargetName = 'env' | 'docker' | 'compose' | 'kubernetes' | 'ecs' | 'cloud-run' | 'monitoring';

/** What `sizewright synth` writes for one target, in a temporary folder. */
export async function synth(
  profile: string,
  target: TargetName,
  { platform = target === 'kubernetes' ? 'kubernetes' : 'host', external = [] as string[], mode = 'exact' } = {},
): Promise<Generated> {
  const program = join(ROOT, 'dist', 'bin.js');
  if (!existsSync(program)) throw new Error(`${program} is not there: run npm run build first`);
  const out = temporaryFolder();
  const argv = ['synth', '--profile', profile, '--target', target, '--platform', platform, '-o', out];
  argv.push('--mode', mode);
  if (external.length > 0) argv.push('--external', external.join(','));
  await run('node', [program, ...argv], { cwd: ROOT });
  const platformFolder = join(out, 'spatialvortex', profile, platform);
  const plan: Plan = JSON.parse(readFileSync(join(platformFolder, 'plan.json'), 'utf8'));
  return { folder: join(platformFolder, target), plan };
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

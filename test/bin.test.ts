/** The built program as a process. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const bin = fileURLToPath(new URL('../dist/bin.js', import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), 'sizewright-bin-'));
afterAll(() => rmSync(temporary, { recursive: true }));

/** Runs it with a reader that goes before anything is written. @returns the exit code */
function runUnread(stream: 'stdout' | 'stderr', ...argv: string[]): Promise<number | null> {
  const child = spawn(process.execPath, [bin, ...argv], { cwd: temporary });
  child[stream].destroy();
  child[stream === 'stdout' ? 'stderr' : 'stdout'].resume();
  return new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
}

describe('a reader that has seen enough', () => {
  const env = ['--profile', '4cpu-8gi', '--target', 'env'];

  it('of findings keeps no file from being written', async () => {
    expect(await runUnread('stderr', 'synth', ...env)).toBe(0);
    expect(existsSync(join(temporary, 'out/spatialvortex/4cpu-8gi/host/env/.env'))).toBe(true);
  });

  it.each(['text', 'json', 'github', 'sarif'])('of changes as %s leaves the exit code', async (format) => {
    expect(await runUnread('stdout', 'diff', ...env, '-o', 'nowhere', '--format', format)).toBe(2);
  });
});

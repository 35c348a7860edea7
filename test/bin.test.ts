/** The built program as a process. */
import { spawn, spawnSync } from 'node:child_process';
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

/** What it prints and its exit code, started by a shell that sets the scene. */
function runIn(script: string): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], {
    cwd: temporary,
    encoding: 'utf8',
    env: { ...process.env, SW: `${process.execPath} ${bin}` },
    timeout: 60_000,
  });
  return { code: status, out: stdout, err: stderr };
}

describe('a place that cannot be worked in', () => {
  it.each([
    {
      desc: 'standard output is full',
      script: '$SW plan --stack spatialvortex --profile 4cpu-8gi > /dev/full',
      err: 'sizewright: WRITE_FAILED\ncannot write to standard output: ENOSPC; check the free space of what it leads to\n',
    },
    {
      desc: 'the working directory was deleted',
      script: 'mkdir gone && cd gone && rmdir ../gone && $SW plan --profile 4cpu-8gi',
      err: 'sizewright: FILE_UNREADABLE\ncannot read the working directory: it was deleted; change to another\n',
    },
    {
      desc: 'standard input is a folder',
      script: '$SW explain --environ - < .',
      err: 'sizewright: FILE_UNREADABLE\n--environ: cannot read standard input: got EISDIR\n',
    },
    {
      desc: 'standard input does not end',
      script: '$SW profiles import --provider aws < /dev/zero',
      err: 'sizewright: FILE_UNREADABLE\nimport: cannot read standard input: got more than 256 MiB\n',
    },
    {
      desc: 'a pipe in the place of a file',
      script: 'mkfifo pipe.yaml && $SW plan --stack ./pipe.yaml --profile 4cpu-8gi',
      err: 'sizewright: FILE_UNREADABLE\n./pipe.yaml: expected a file that can be read, got a pipe; check the path and its permissions\n',
    },
  ])('$desc', ({ script, err }) => {
    expect(runIn(script)).toEqual({ code: 1, out: '', err });
  });

  it('standard error is full: the exit code says it', () => {
    expect(runIn('$SW detect --format json 2> /dev/full; $SW plan --profile none 2> /dev/full').code).toBe(1);
  });

  it('a slow standard input that is not blocking is waited for', () => {
    const { err } = runIn('(sleep 0.5; echo "[]") | $SW profiles import --provider aws');
    expect(err).toContain('of at least one machine, got an empty list');
  });
});

describe('a reader that has seen enough', () => {
  const env = ['--stack', 'spatialvortex', '--profile', '4cpu-8gi', '--target', 'env'];

  it('of findings keeps no file from being written', async () => {
    expect(await runUnread('stderr', 'synth', ...env)).toBe(0);
    expect(existsSync(join(temporary, 'out/spatialvortex/4cpu-8gi/host/env/.env'))).toBe(true);
  });

  it.each(['text', 'json', 'github', 'sarif'])('of changes as %s leaves the exit code', async (format) => {
    expect(await runUnread('stdout', 'diff', ...env, '-o', 'nowhere', '--format', format)).toBe(2);
  });
});

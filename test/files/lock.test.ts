import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forgetDead, isHeld, waitUntilFree, withLock } from '../../src/files/lock.ts';
import { errorOf } from '../samples.ts';

let root = '';
const running: ChildProcess[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sizewright-lock-'));
});
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
  rmSync(root, { recursive: true });
});
afterAll(() => expect(running).toEqual([]));

const claims = () => readdirSync(root).filter((name) => name.startsWith('.sizewright-lock-'));
/** This thread's own claim: place, process, start, thread. */
const ownParts = (): string[] => withLock(root, 'out', () => claims()[0]!.slice('.sizewright-lock-'.length).split('.'));
const claimOf = (...parts: readonly (string | number)[]): string => {
  const name = `.sizewright-lock-${parts.join('.')}`;
  writeFileSync(join(root, name), '');
  return name;
};
/** Field 22 of /proc/PID/stat. */
const startOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[19]!;
const sleeper = (): number => {
  const child = spawn('sleep', ['60']);
  running.push(child);
  return child.pid!;
};
const deadProcess = () => spawnSync('true').pid;

describe('a folder that nobody holds', () => {
  it('is held while the work runs, also when it fails', () => {
    expect(withLock(root, 'out', () => [claims().length, isHeld(root)])).toEqual([1, true]);
    expect(claims()).toEqual([]);
    expect(() =>
      withLock(root, 'out', () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    expect([claims(), isHeld(root), isHeld(join(root, 'nowhere'))]).toEqual([[], false, false]);
  });
});

describe('the claim of another run', () => {
  it.each(['1.1', '9'])('that lives (named %s behind) is waited for, then refused', async (thread) => {
    const [place] = ownParts() as [string];
    const pid = sleeper();
    const name = claimOf(place, pid, startOf(pid), thread);
    expect(isHeld(root)).toBe(true);
    expect(await errorOf(() => withLock(root, 'out', () => 'no', 100))).toMatchObject({
      code: 'WRITE_FAILED',
      message: `out: another run (process ${pid}) has been writing to this folder for 0.1 s; run again when it has ended, or delete out/${name} if you know that it was killed`,
    });
    expect(claims()).toEqual([name]);
    // The remedy.
    rmSync(join(root, name));
    expect(withLock(root, 'out', () => 'done', 100)).toBe('done');
  });

  it('that ends meanwhile lets the next one in', () => {
    const [place] = ownParts() as [string];
    const child = spawn('sh', ['-c', `sleep 0.3; rm ${root}/.sizewright-lock-*; sleep 60`]);
    running.push(child);
    claimOf(place, child.pid!, startOf(child.pid!), 0);
    expect(withLock(root, 'out', () => claims().length)).toBe(1);
    claimOf(place, child.pid!, startOf(child.pid!), 0);
    spawn('sh', ['-c', `sleep 0.3; rm ${root}/.sizewright-lock-*`]);
    waitUntilFree(root);
    expect(isHeld(root)).toBe(false);
  });

  it.each([
    { desc: 'of a process that is gone', parts: (place: string) => [place, deadProcess(), 5, 0] },
    { desc: 'of a number that another process has now', parts: (place: string) => [place, process.ppid, 1, 0] },
    { desc: 'of no process', parts: (place: string) => [place, 'x', 1, 0] },
    { desc: 'of every process', parts: (place: string) => [place, -1, 1, 0] },
  ])('$desc counts as none, and is removed', ({ parts }) => {
    const [place] = ownParts() as [string];
    claimOf(...parts(place));
    expect(isHeld(root)).toBe(false);
    expect(withLock(root, 'out', () => claims().length, 100)).toBe(1);
    claimOf(...parts(place));
    forgetDead(root);
    expect(claims()).toEqual([]);
  });

  it('of a process that was killed and that nobody has waited for counts as none', async () => {
    const [place] = ownParts() as [string];
    // The shell never waits for its child, which stays a zombie.
    const shell = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 61']);
    running.push(shell);
    const pid = await new Promise<number>((resolve) => shell.stdout.once('data', (text) => resolve(Number(`${text}`))));
    claimOf(place, pid, startOf(pid), 0);
    expect(isHeld(root)).toBe(true);
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z ');
    expect(isHeld(root)).toBe(false);
  });

  it('of this thread was left by an earlier run', () => {
    const parts = ownParts();
    claimOf(...parts);
    expect(withLock(root, 'out', () => claims().length, 100)).toBe(1);
    claimOf(...parts);
    forgetDead(root);
    expect(claims()).toEqual([]);
  });

  it('of another machine or container counts for ten minutes', async () => {
    const name = claimOf('0123456789ab', 7, 1, 0);
    expect(await errorOf(() => withLock(root, 'out', () => 'no', 50))).toMatchObject({
      message: expect.stringContaining('another run (process 7 of another machine or container)'),
    });
    const now = Date.now() / 1000;
    utimesSync(join(root, name), now, now - 590);
    expect((await errorOf(() => withLock(root, 'out', () => 'no', 50))).code).toBe('WRITE_FAILED');
    utimesSync(join(root, name), now, now - 610);
    expect(withLock(root, 'out', () => claims().length, 50)).toBe(1);
    expect(existsSync(join(root, name))).toBe(false);
  });
});

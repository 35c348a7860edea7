/**
 * One run at a time writes below an output folder.
 *
 * A run claims the folder with an empty file that carries its name: machine, process, start of the process. It
 * holds the folder once it has claimed it and then sees no other claim of a living run. Of two runs at least the later
 * one sees the other, so never both hold it; the one with the lesser name stays, the others step back and come again.
 * The name of a dead run is never used again, so whoever finds its claim can remove it, however many do that at once.
 */
import { closeSync, existsSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fail } from '../errors/errors.ts';
import { randomHex, sha256 } from './hashes.ts';
import { openExclusively } from './write-file.ts';

const PREFIX = '.sizewright-lock-';
const PATIENCE_MS = 30_000;
const ROUND_MS = 25;
/** How long the claim of a run on another machine or in another container counts: whether it lives cannot be seen. */
const FOREIGN_CLAIM_MS = 600_000;

/**
 * @param shown how the user names the root, for messages
 * @throws WRITE_FAILED when another run still holds the folder after 30 seconds
 */
export function withLock<T>(root: string, shown: string, work: () => T, patienceMs: number = PATIENCE_MS): T {
  const own = claimName();
  const file = join(root, own);
  take(root, own, shown, patienceMs);
  try {
    return work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(root: string, own: string, shown: string, patienceMs: number): void {
  const file = join(root, own);
  for (let waited = 0; ; waited += ROUND_MS) {
    claim(file);
    const others = livingClaims(root, own, statSync(file).mtimeMs);
    if (others.length === 0) return;
    const refused = waited >= patienceMs;
    if (refused || others.some((other) => other < own)) rmSync(file, { force: true });
    if (refused) {
      const holder = others[0]!;
      fail(
        'WRITE_FAILED',
        shown,
        `another run (${whose(holder)}) has been writing to this folder for ${patienceMs / 1000} s; run again when it has ended, or delete ${join(shown, holder)} if you know that it was killed`,
      );
    }
    pause();
  }
}

/** Waits, for as long as a run waits, until no other run holds the folder. Changes nothing. */
export function waitUntilFree(root: string): void {
  for (let waited = 0; waited < PATIENCE_MS && isHeld(root); waited += ROUND_MS) pause();
}

/** Whether a run may be writing below the root at this moment. */
export function isHeld(root: string): boolean {
  return existsSync(root) && claimsIn(root).some((name) => lives(name, join(root, name)));
}

/** Removes what killed runs left behind. */
export function forgetDead(root: string): void {
  if (!existsSync(root)) return;
  for (const name of claimsIn(root)) {
    const file = join(root, name);
    if (name === claimName() || !lives(name, file)) attempt(() => rmSync(file, { force: true }));
  }
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ROUND_MS);
}

function claimsIn(root: string): string[] {
  return readdirSync(root).filter((name) => name.startsWith(PREFIX));
}

/** A claim of one's own that is there already was left by a run of this thread: it runs one after the other. */
function claim(file: string): void {
  try {
    closeSync(openExclusively(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Claims of other runs that live or may live; those of dead ones are removed. @param now of the file system's clock */
function livingClaims(root: string, own: string, now: number): string[] {
  return claimsIn(root).filter((name) => {
    const file = join(root, name);
    if (name === own || lives(name, file, now)) return name !== own;
    attempt(() => rmSync(file, { force: true }));
    return false;
  });
}

/** @param now without it, a run that cannot be seen counts as living */
function lives(name: string, file: string, now?: number): boolean {
  const [place, id, start] = name.slice(PREFIX.length).split('.') as [string, string?, string?];
  if (place !== thisPlace()) {
    const claimed = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
    return claimed !== undefined && (now === undefined || now - claimed < FOREIGN_CLAIM_MS);
  }
  const number = Number(id);
  if (!Number.isSafeInteger(number) || number <= 0) return false;
  const running = tryStat(number);
  if (running) return running.state !== 'Z' && running.start === start;
  try {
    return process.kill(number, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it lives, as another user's
  }
}

/** For people. */
function whose(name: string): string {
  const [place, id] = name.slice(PREFIX.length).split('.');
  return place === thisPlace() ? `process ${id}` : `process ${id} of another machine or container`;
}

/** Threads of one process have names of their own: each has this module for itself. */
function claimName(): string {
  own ??= `${PREFIX}${thisPlace()}.${process.pid}.${tryStat(process.pid)?.start ?? 0}.${randomHex(4)}`;
  return own;
}

let own: string | undefined;

/** Where process numbers mean the same: this machine since it was booted, and this container. */
function thisPlace(): string {
  const boot = attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
  place ??= sha256([hostname(), boot, pidNamespace()].join()).slice(0, 12);
  return place;
}
let place: string | undefined;

function pidNamespace(): string {
  return attempt(() => readlinkSync('/proc/self/ns/pid')) ?? '';
}

/**
 * What Linux says of a process; undefined elsewhere. A number that is used again started at another tick.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html fields 3 and 22; the name before them can hold anything
 */
function tryStat(process: number): { state: string; start: string } | undefined {
  const stat = attempt(() => readFileSync(`/proc/${process}/stat`, 'utf8'));
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields && { state: fields[0]!, start: fields[19]! };
}

function attempt<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch {
    return undefined;
  }
}

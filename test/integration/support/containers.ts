/** Running containers of the test's engine: what they were given, what the kernel holds them to. */
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';
import { run } from './run.ts';

interface Limits {
  cpuMillis: number;
  memoryMiB: number;
  /** Memory and swap together. */
  memorySwapMiB: number;
}

const CGROUP = '/sys/fs/cgroup';

const LIMIT_FILES = [
  ...['cpu.max', 'memory.max', 'memory.swap.max'], // version 2
  ...['cpu/cpu.cfs_period_us', 'cpu/cpu.cfs_quota_us'], // version 1
  ...['memory/memory.limit_in_bytes', 'memory/memory.memsw.limit_in_bytes'],
].map((file) => `${CGROUP}/${file}`);

/** `docker …` against the test's engine. */
export function docker(...args: string[]): Promise<string> {
  return run('docker', args, { env: inject('docker') });
}

/** What the API of a container answers; asked from inside, so that no port has to be published. */
export function ask(container: string, path: string): Promise<string> {
  return docker('exec', container, 'curl', '--silent', '--show-error', '--fail', `http://127.0.0.1:7000${path}`);
}

/** A JSON object of texts that the API of a container answers. */
export async function askObject(container: string, path: string): Promise<Record<string, string>> {
  return JSON.parse(await ask(container, path));
}

/** The cgroup's own files, of whichever version this machine has, as the container sees them. */
export async function readLimits(container: string): Promise<Limits> {
  const show = 'for file; do if [ -r "$file" ]; then echo "$file:$(cat "$file")"; fi; done';
  const lines = (await docker('exec', container, 'sh', '-c', show, 'show', ...LIMIT_FILES)).trim().split('\n');
  return parseLimits(Object.fromEntries(lines.map((line) => line.split(':'))));
}

/** Limits from the contents of cgroup files by their path. */
export function parseLimits(files: Readonly<Record<string, string>>): Limits {
  const mebibytes = (file: string) => Number(files[`${CGROUP}/${file}`]) / 1024 / 1024;
  const cpuMax = files[`${CGROUP}/cpu.max`];
  if (cpuMax !== undefined) {
    const [quota, period] = cpuMax.split(' ').map(Number);
    const memoryMiB = mebibytes('memory.max');
    return { cpuMillis: (quota! * 1000) / period!, memoryMiB, memorySwapMiB: memoryMiB + mebibytes('memory.swap.max') };
  }
  const quota = Number(files[`${CGROUP}/cpu/cpu.cfs_quota_us`]);
  return {
    cpuMillis: (quota * 1000) / Number(files[`${CGROUP}/cpu/cpu.cfs_period_us`]),
    memoryMiB: mebibytes('memory/memory.limit_in_bytes'),
    memorySwapMiB: mebibytes('memory/memory.memsw.limit_in_bytes'),
  };
}

/** Ends when the container's own health check passes; fails when it is unhealthy, gone, or not healthy in time. */
export async function untilHealthy(container: string, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const state = await docker('inspect', '--format', '{{.State.Status}} {{.State.Health.Status}}', container);
    if (state.trim() === 'running healthy') return;
    if (!state.startsWith('running starting') || Date.now() > deadline) {
      throw new Error(`${container} is ${state.trim()}:\n${await docker('logs', container)}`);
    }
    await sleep(500);
  }
}

/** Detection on what a real kernel with cgroup v2 shows to a process in its cgroup. */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { detectHost } from '../../src/hardware/host/index.ts';
import { boot, GUEST, type Ran } from './support/kernel.ts';

const FUNCTIONS = join(import.meta.dirname, 'guest', 'functions');

/** A case itself holds less than this in its cgroup. */
const WITHIN_MIB = 16;
const MACHINE = { file: '/proc/meminfo' };

interface Case {
  script: string;
  cpu: { millis: number; file: string };
  /** Absent where the machine's is granted. */
  memory?: { miB: number; file: string };
  /** Of the memory; all of it where it is absent. */
  freeMiB?: number;
}

const STATUS = '/proc/self/status';
const ALL_CPUS = { millis: GUEST.cpus * 1000, file: STATUS };
const at = (path: string) => `/sys/fs/cgroup/${path}`;

const CASES: Readonly<Record<string, Case>> = {
  root: { script: 'show', cpu: ALL_CPUS },
  unlimited: { script: 'cgroup unlimited; enter unlimited; show', cpu: ALL_CPUS },
  quota: {
    script: 'cgroup quota cpu.max="150000 100000" memory.max=512M; enter quota; show',
    cpu: { millis: 1500, file: at('quota/cpu.max') },
    memory: { miB: 512, file: at('quota/memory.max') },
  },
  'quota-below-one-core': {
    script: 'cgroup small cpu.max="33333 100000"; enter small; show',
    cpu: { millis: 333, file: at('small/cpu.max') },
  },
  'nested-tighter-parent': {
    script: `cgroup pod cpu.max="120000 100000" memory.max=300M
      cgroup pod/app cpu.max="300000 100000" memory.max=600M; enter pod/app; show`,
    cpu: { millis: 1200, file: at('pod/cpu.max') },
    memory: { miB: 300, file: at('pod/memory.max') },
  },
  'memory-high-below-max': {
    script: 'cgroup high memory.max=600M memory.high=400M; enter high; show',
    cpu: ALL_CPUS,
    memory: { miB: 400, file: at('high/memory.high') },
  },
  'cpuset-narrower-than-quota': {
    script: 'cgroup set cpuset.cpus=1-2 cpu.max="300000 100000"; enter set; show',
    cpu: { millis: 2000, file: STATUS },
  },
  affinity: { script: 'taskset -p 4 $$ > /dev/null; show', cpu: { millis: 1000, file: STATUS } },
  held: {
    script: 'cgroup held memory.max=512M; hold 100 held; enter held; show',
    cpu: ALL_CPUS,
    memory: { miB: 512, file: at('held/memory.max') },
    freeMiB: 412,
  },
  'held-by-a-sibling': {
    script: `cgroup shared memory.max=600M; cgroup shared/other; cgroup shared/own memory.max=550M
      hold 100 shared/other; enter shared/own; show`,
    cpu: ALL_CPUS,
    memory: { miB: 550, file: at('shared/own/memory.max') },
    freeMiB: 500,
  },
  'container-path-not-visible': {
    script: `cgroup box/inner cpu.max="80000 100000" memory.max=200M; enter box/inner
      unshare -m sh -c '. /functions; mount --bind $top/box/inner $top; show'`,
    cpu: { millis: 800, file: at('cpu.max') },
    memory: { miB: 200, file: at('memory.max') },
  },
};

let ran: Record<string, Ran>;
beforeAll(async () => {
  const scripts = Object.entries(CASES).map(([name, { script }]) => [name, `. /functions\n${script}\n`]);
  ran = await boot(Object.fromEntries(scripts), { functions: FUNCTIONS });
});

/** The files that a case showed, by path. */
function filesOf({ status, stdout, stderr }: Ran): Map<string, string> {
  expect([status, stderr]).toEqual([0, '']);
  const files = new Map<string, string>();
  for (const [, path, line] of stdout.matchAll(/^(\/[^:]*):(.*\n)/gm))
    files.set(path!, (files.get(path!) ?? '') + line);
  return files;
}

describe('a kernel with cgroup v2', () => {
  test.each(Object.entries(CASES))('%s', (name, { cpu, memory, freeMiB }) => {
    const files = filesOf(ran[name]!);
    const host = detectHost((path) => files.get(path));
    expect(host.cpuMillis).toMatchObject({ value: cpu.millis, file: cpu.file });
    expect(host).toMatchObject({ architecture: 'amd64', limited: memory !== undefined, notes: [] });
    if (memory) expect(host.memoryMiB).toMatchObject({ value: memory.miB, file: memory.file });
    else {
      expect(host.memoryMiB).toMatchObject(MACHINE);
      // The kernel itself takes a part.
      expect(host.memoryMiB.value).toBeGreaterThan(GUEST.memoryMiB - 128);
      expect(host.memoryMiB.value).toBeLessThan(GUEST.memoryMiB);
      expect(host.freeMiB).toMatchObject(MACHINE);
      return;
    }
    const free = freeMiB ?? memory.miB;
    expect(host.freeMiB.value).toBeLessThanOrEqual(free);
    expect(host.freeMiB.value).toBeGreaterThan(free - WITHIN_MIB);
  });

  test('without /sys/fs/cgroup: the machine, and a note', () => {
    const files = filesOf(ran.quota!);
    const host = detectHost((path) => (path.startsWith('/sys/fs/cgroup/') ? undefined : files.get(path)));
    expect(host.limited).toBe(false);
    expect(host.notes).toEqual(
      ['cpu', 'memory'].map(
        (name) => `${name}: /sys/fs/cgroup cannot be read, so a limit that may be set cannot be seen`,
      ),
    );
  });
});

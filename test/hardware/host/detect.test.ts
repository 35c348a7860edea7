import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { detectHost } from '../../../src/hardware/host/detect.ts';
import type { Figure, Read } from '../../../src/hardware/host/host.ts';
import { problemsOf } from '../../samples.ts';

const fixtures = new URL('../../fixtures/cgroup/', import.meta.url);
const read = (url: URL): string | undefined => (existsSync(url) ? readFileSync(url, 'utf8') : undefined);

interface Expected extends Record<'cpuMillis' | 'memoryMiB' | 'freeMiB', Pick<Figure, 'value' | 'file'>> {
  /** How the three figures come about. */
  steps: string;
  limited: boolean;
  notes: string[];
}

/** A machine with four CPUs and 16,000 MiB of which 12,000 are available, and no cgroup; with other files, or without. */
function hostWith(files: Readonly<Record<string, string | undefined>>): Read {
  const all: Record<string, string | undefined> = {
    '/proc/meminfo': 'MemTotal:       16384000 kB\nMemAvailable:   12288000 kB\n',
    '/proc/self/status': 'Name:\tsh\nCpus_allowed_list:\t0-3\n',
    '/sys/devices/system/cpu/online': '0-3\n',
    '/proc/sys/kernel/arch': 'x86_64\n',
    ...files,
  };
  return (path) => all[path];
}

describe('the trees of test/fixtures/cgroup', () => {
  it.each(readdirSync(fixtures))('%s', (name) => {
    const { steps: _, ...expected }: Expected = JSON.parse(read(new URL(`${name}/expected.json`, fixtures))!);
    const host = detectHost((path) => read(new URL(`${name}${path}`, fixtures)));
    const figure = ({ value, file }: Figure) => ({ value, file });
    const { cpuMillis, memoryMiB, freeMiB, limited, notes } = host;
    expect({
      cpuMillis: figure(cpuMillis),
      memoryMiB: figure(memoryMiB),
      freeMiB: figure(freeMiB),
      limited,
      notes,
    }).toEqual(expected);
  });
});

describe('every figure', () => {
  it('says what stands in its file', () => {
    const { cpuMillis, memoryMiB, freeMiB } = detectHost(
      hostWith({
        '/proc/self/cgroup': '0::/\n',
        '/proc/self/mountinfo': '30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n',
        '/sys/fs/cgroup/cgroup.procs': '1\n',
        '/sys/fs/cgroup/cpu.max': '150000 100000\n',
        '/sys/fs/cgroup/memory.max': '1073741824\n',
        '/sys/fs/cgroup/memory.current': '314572800\n',
        '/sys/fs/cgroup/memory.stat': 'anon 4096\ninactive_file 104857600\n',
      }),
    );
    expect([cpuMillis.says, memoryMiB.says, freeMiB.says]).toEqual([
      '150000 100000',
      '1073741824',
      '1073741824 - (314572800 - 104857600)',
    ]);
  });

  it('of the machine says its line', () => {
    const { cpuMillis, memoryMiB, freeMiB } = detectHost(hostWith({ '/sys/devices/system/cpu/online': '0-1\n' }));
    expect([cpuMillis.says, memoryMiB.says, freeMiB.says]).toEqual([
      '0-1, of Cpus_allowed_list 0-3',
      'MemTotal 16384000 kB',
      'MemAvailable 12288000 kB',
    ]);
  });
});

describe('hardware', () => {
  const CPUINFO = '/proc/cpuinfo';
  const ARCH = '/proc/sys/kernel/arch';
  it.each([
    { desc: 'x86_64', files: { [ARCH]: 'x86_64\n' }, is: 'amd64' },
    { desc: 'aarch64', files: { [ARCH]: 'aarch64\n' }, is: 'arm64' },
    {
      desc: 'amd64 on an older kernel',
      files: { [ARCH]: undefined, [CPUINFO]: 'processor\t: 0\nvendor_id\t: AuthenticAMD\n' },
      is: 'amd64',
    },
    {
      desc: 'arm64 on an older kernel',
      files: { [ARCH]: undefined, [CPUINFO]: 'processor\t: 0\nCPU implementer\t: 0x41\n' },
      is: 'arm64',
    },
  ])('$desc', ({ files, is }) => {
    const { architecture, notes } = detectHost(hostWith(files));
    expect(architecture).toBe(is);
    expect(notes.filter((note) => note.includes('architecture'))).toEqual([]);
  });

  it('of an unknown architecture is taken for amd64, and says so', () => {
    const { architecture, notes } = detectHost(hostWith({ [ARCH]: 'riscv64\n' }));
    expect(architecture).toBe('amd64');
    expect(notes).toContain('the architecture is not known: amd64 is assumed');
  });

  it.each([
    { siblings: '0-1\n', is: 2 },
    { siblings: '0,32\n', is: 2 },
    { siblings: '0\n', is: 1 },
    { siblings: '', is: 1 },
    { siblings: undefined, is: 1 },
  ])('threads of a core: $siblings', ({ siblings, is }) => {
    const file = '/sys/devices/system/cpu/cpu0/topology/thread_siblings_list';
    expect(detectHost(hostWith({ [file]: siblings })).threadsPerCore).toBe(is);
  });
});

describe('where nothing is found', () => {
  const none = {
    '/proc/meminfo': undefined,
    '/proc/self/status': undefined,
    '/sys/devices/system/cpu/online': undefined,
  };
  const said = (what: string) =>
    `HOST_UNKNOWN host: expected a Linux host that says how much ${what} there is, got nothing from /proc, /sys and cgroups; name the hardware: --cpu and --memory, or --profile c6i.8xlarge`;

  it.each([
    { what: 'CPU and memory', files: none },
    { what: 'CPU', files: { ...none, '/proc/meminfo': 'MemTotal: 16384000 kB\n' } },
    { what: 'memory', files: { ...none, '/sys/devices/system/cpu/online': '0-3\n' } },
    { what: 'memory', files: { '/proc/meminfo': 'MemTotal: 0 kB\n' } },
    { what: 'memory', files: { '/proc/meminfo': 'MemTotal: 16384000 MB\n' } },
  ])('$what of $files', ({ what, files }) => {
    expect(problemsOf(() => detectHost(hostWith(files)))).toEqual([said(what)]);
  });
});

/** The memory that the cgroups and the machine grant, and what of it is free. */
import { tryInteger } from '../../units.ts';
import type { Levels } from './cgroup.ts';
import { type Figure, type Host, least, type Note, type Read, shown } from './host.ts';

const MEMINFO = '/proc/meminfo';
const KIB = 1024;
const MIB = 1024 * KIB;

/** What the two versions call the same things. */
const NAMES = {
  1: { limits: ['memory.limit_in_bytes'], usage: 'memory.usage_in_bytes', inactiveFile: 'total_inactive_file' },
  2: { limits: ['memory.max', 'memory.high'], usage: 'memory.current', inactiveFile: 'inactive_file' },
} as const;

/** Undefined where neither the machine nor a cgroup says how much there is. */
export function detectMemory(
  read: Read,
  levels: Levels,
  note: Note,
): Pick<Host, 'memoryMiB' | 'freeMiB' | 'limited'> | undefined {
  const ofContainer = isMountedOver(read);
  const total = ofMachine(read, 'MemTotal', MIB, note);
  const machine = ofContainer ? total : total.map((figure) => withoutHugePages(read, figure, note));
  const cgroups = limitedFolders(read, levels, note);
  const limit = least(cgroups.map((cgroup) => cgroup.limit));
  const memory = least([...machine, ...(limit ? [limit] : [])]);
  if (memory === undefined) return undefined;
  const free = [...cgroups.flatMap((cgroup) => cgroup.free), ...ofMachine(read, 'MemAvailable', 0, note)];
  return {
    memoryMiB: inMiB(memory),
    freeMiB: inMiB(least([...free, memory])!),
    limited:
      memory !== machine[0] || ((ofContainer || memory.value === limit?.value) && !startsAnOperatingSystem(read)),
  };
}

/** lxcfs puts a file over /proc/meminfo that shows a container's limit as MemTotal, beside other lines of the machine. */
function isMountedOver(read: Read): boolean {
  return (read('/proc/self/mountinfo') ?? '').split('\n').some((line) => line.split(' ')[4] === MEMINFO);
}

/** The first process of a system container is an init, and what such a container has is shared like a machine's. */
function startsAnOperatingSystem(read: Read): boolean {
  return ['systemd', 'init', 'openrc-init', 'runit'].includes(read('/proc/1/comm')?.trim() ?? '');
}

/**
 * Reserved huge pages serve only programs that ask for them, used or not: no limit or allocation of others gets at them.
 * `Hugetlb` has those of every size; kernels before 4.16 tell the pages of the default size alone.
 * @see https://docs.kernel.org/admin-guide/mm/hugetlbpage.html
 */
function withoutHugePages(read: Read, total: Figure, note: Note): Figure {
  const meminfo = read(MEMINFO);
  const numberOf = (name: string, pattern: RegExp) =>
    tryInteger(pattern.exec(lineOf(meminfo, `${name}:`) ?? '')?.[1] ?? '');
  const pages = (numberOf('HugePages_Total', /^(\d+)$/) ?? 0) * (numberOf('Hugepagesize', /^(\d+) kB$/) ?? 0);
  const reserved = numberOf('Hugetlb', /^(\d+) kB$/) ?? pages;
  const value = total.value - reserved * KIB;
  if (reserved === 0) return total;
  if (value >= MIB) return { ...total, value, says: `${total.says} - ${reserved} kB of huge pages` };
  note(`${MEMINFO}: expected less huge pages than MemTotal ${total.value / KIB} kB, got ${reserved} kB; left out`);
  return total;
}

function inMiB(bytes: Figure): Figure {
  return { ...bytes, value: Math.floor(bytes.value / MIB) };
}

/** A line of /proc/meminfo in bytes; its kB are KiB. At most one figure. */
function ofMachine(read: Read, name: string, atLeast: number, note: Note): Figure[] {
  const text = lineOf(read(MEMINFO), `${name}:`);
  const bytes = (tryInteger(/^(\d+) kB$/.exec(text ?? '')?.[1] ?? '') ?? -1) * KIB;
  if (bytes >= atLeast) return [{ value: bytes, file: MEMINFO, says: `${name} ${text}` }];
  note(`${MEMINFO}: expected ${name} in kB, got ${shown(text)}`);
  return [];
}

/** Folders with a limit: the least one in bytes, and what of it is free; at most one figure. */
function limitedFolders(read: Read, levels: Levels, note: Note): { limit: Figure; free: Figure[] }[] {
  const { limits, usage, inactiveFile } = NAMES[levels.version];
  const stat = (folder: string, name: string) => lineOf(read(`${folder}/memory.stat`), name);
  return chargedFolders(read, levels).flatMap((folder, index) => {
    const found = limits.map((name) => ({ file: `${folder}/${name}`, text: read(`${folder}/${name}`)?.trim() }));
    if (levels.version === 1 && index === 0)
      found.push({ file: `${folder}/memory.stat`, text: stat(folder, 'hierarchical_memory_limit') });
    const limit = least(found.flatMap(({ file, text }) => limitIn(file, text, note)));
    if (limit === undefined) return [];
    const used = numberIn(`${folder}/${usage}`, read(`${folder}/${usage}`)?.trim(), note);
    const inactive = numberIn(`${folder}/memory.stat ${inactiveFile}`, stat(folder, inactiveFile), note) ?? 0;
    if (used === undefined) return [{ limit, free: [] }];
    const value = Math.max(0, limit.value - Math.max(0, used - inactive));
    return [{ limit, free: [{ value, file: `${folder}/${usage}`, says: `${limit.value} - (${used} - ${inactive})` }] }];
  });
}

/** The folders that count what this process uses: in version 1, none above one that does not count its children. */
function chargedFolders(read: Read, { version, folders }: Levels): string[] {
  const apart = (folder: string) => read(`${folder}/memory.use_hierarchy`)?.trim() === '0';
  const end = version === 1 ? folders.findIndex((folder, index) => index > 0 && apart(folder)) : -1;
  return end < 0 ? folders : folders.slice(0, end);
}

/** At most one figure. `max`, and what no machine has, are no limit. */
function limitIn(file: string, text: string | undefined, note: Note): Figure[] {
  if (text === undefined || text === 'max' || /^[1-9]\d{15,}$/.test(text)) return [];
  const value = tryInteger(text);
  if (value !== undefined && value >= MIB) return [{ value, file, says: text }];
  note(`${file}: expected a limit of at least 1 MiB in bytes, got ${shown(text)}; left out`);
  return [];
}

function numberIn(file: string, text: string | undefined, note: Note): number | undefined {
  const value = tryInteger(text ?? '');
  if (value === undefined) note(`${file}: expected bytes, got ${shown(text)}; left out`);
  return value;
}

/** What follows a name at the beginning of a line. */
function lineOf(text: string | undefined, name: string): string | undefined {
  const line = text?.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return line?.slice(name.length).trim();
}

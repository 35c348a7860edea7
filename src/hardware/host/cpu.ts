/** CPUs that this process may run on, and the quotas of its cgroups. */
import { tryInteger } from '../../units.ts';
import type { Levels } from './cgroup.ts';
import { type Figure, type Note, type Read, shown } from './host.ts';

const ONLINE = '/sys/devices/system/cpu/online';
const STATUS = '/proc/self/status';

/**
 * Millicores of the CPUs that this process may run on, and of those that are online: the lesser count, as at most one
 * figure. Their numbers are not compared: lxcfs counts the CPUs of a container from 0.
 */
export function countCpus(read: Read, note: Note): Figure[] {
  const allowedText = /^Cpus_allowed_list:\s*(.*)$/m.exec(read(STATUS) ?? '')?.[1];
  const onlineText = read(ONLINE)?.trim();
  const allowed = tryCpuList(allowedText);
  const online = tryCpuList(onlineText);
  if (!allowed) note(`${STATUS}: expected Cpus_allowed_list such as 0-3, got ${shown(allowedText)}`);
  if (!online) note(`${ONLINE}: expected a list such as 0-3, got ${shown(onlineText)}`);
  if (allowed) {
    const figure = { file: STATUS, says: `Cpus_allowed_list ${allowedText}` };
    if (online && countOf(online) < countOf(allowed))
      return [{ value: countOf(online) * 1000, file: ONLINE, says: `${onlineText}, of ${figure.says}` }];
    return [{ value: countOf(allowed) * 1000, ...figure }];
  }
  return online ? [{ value: countOf(online) * 1000, file: ONLINE, says: onlineText! }] : [];
}

/** The number of CPUs in a list such as `0-3,8`; undefined when it is no such list. */
export function tryCountCpus(text: string): number | undefined {
  const list = tryCpuList(text.trim());
  return list && countOf(list);
}

/** Quotas of all levels in millicores, rounded down, at least 1. */
export function cpuQuotas(read: Read, { version, folders }: Levels, note: Note): Figure[] {
  return folders.flatMap((folder) => {
    const file = `${folder}/${version === 2 ? 'cpu.max' : 'cpu.cfs_quota_us'}`;
    const quota = read(file)?.trim();
    if (quota === undefined) return [];
    const says = version === 2 ? quota : `${quota} ${read(`${folder}/cpu.cfs_period_us`)?.trim() ?? ''}`;
    const words = says.split(' ');
    if (words.length === 2 && words[0] === (version === 2 ? 'max' : '-1')) return [];
    const [microseconds, of] = words.map(tryInteger);
    if (words.length === 2 && microseconds && of)
      return [{ value: Math.max(1, Number((BigInt(microseconds) * 1000n) / BigInt(of))), file, says }];
    note(`${file}: expected a quota and a period in microseconds, got ${shown(says)}; left out`);
    return [];
  });
}

interface Range {
  first: number;
  last: number;
}

function tryCpuList(text: string | undefined): Range[] | undefined {
  if (text === undefined) return undefined;
  const ranges = text.split(',').map((part) => {
    const [first, last = first, ...more] = part.split('-').map(tryInteger);
    return more.length === 0 && first !== undefined && last !== undefined && first <= last
      ? { first, last }
      : undefined;
  });
  const ascending = ranges.every((range, index) => range && (index === 0 || range.first > ranges[index - 1]!.last));
  return ascending ? (ranges as Range[]) : undefined;
}

function countOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

/**
 * What the kernel grants this process: CPU, memory, and how much of that memory is free.
 *
 * The rules, complete, so that another program can follow them and get the same three numbers from the same files.
 * A *number* is `0` or at most 15 digits without a leading zero, with no white space but at the end of the file. Lists,
 * quotas and sizes that are anything else are left out with a note, as is a file that is missing where one is due.
 *
 * **CPUs.** `Cpus_allowed_list` of /proc/self/status (the affinity, which the kernel keeps inside the cpuset) and
 * /sys/devices/system/cpu/online: the lesser of how many CPUs they name, or what the one that can be read names. The
 * numbers themselves are not compared, because lxcfs counts a container's CPUs from 0. A list is `a` or `a-b` with
 * commas, ascending. CPU = that × 1000 millicores.
 *
 * **Where the cgroup is**, for `cpu` and for `memory` apart (hybrid hosts have them in different versions):
 * 1. /proc/self/cgroup, `id:controllers:path`: the line that names the controller is version 1; without such a line,
 *    `0::path` is version 2.
 * 2. /proc/self/mountinfo, `… … … root point … - type … options`: of the mounts of type `cgroup2` (version 2), or
 *    `cgroup` with the controller among the options (version 1), the first whose root is `/`, the path itself or above
 *    it; if there is none, the first. (`\134` and the like stand for their characters.)
 * 3. The levels: point + the path below the root, its parent, and so on to the point itself. Where the path is not below
 *    the root, or has `..` in it, the point alone. A container sees its own cgroup at the point, so a level that is not
 *    there is passed over without a note. Where path or root has `..` in it, the point may be another's or one further
 *    up (a cgroup namespace of its own in the mounts of another): a note says that a limit may not be seen.
 *
 * **CPU quota**, at each level: version 2 `cpu.max`, `QUOTA PERIOD`, where `max` is none; version 1 `cpu.cfs_quota_us`,
 * where `-1` is none, and `cpu.cfs_period_us`. Both are numbers from 1. CPU = quota × 1000 / period rounded down, at least
 * 1 millicore.
 *
 * **CPU granted** is the least of the CPUs and all quotas.
 *
 * **Memory limits**, bytes, at each level: version 2 `memory.max` and `memory.high` (above it the kernel takes pages back
 * and slows the process down, so nobody plans with more); version 1 `memory.limit_in_bytes`, and at the first level
 * `hierarchical_memory_limit` of `memory.stat`, which knows of levels that cannot be seen. `max` and 16 or more digits
 * (9223372036854771712) are none; less than 1 MiB is no size. Version 1: the levels end below one, other than the first,
 * with 0 in `memory.use_hierarchy`, because it does not count what is used below it.
 *
 * **Memory granted** is the least of the machine's and all limits, in MiB rounded down. The machine's is `MemTotal` of
 * /proc/meminfo (kB are KiB) less `Hugetlb` (without that line `HugePages_Total` × `Hugepagesize`) where 1 MiB or more
 * is left. Where a file is mounted over /proc/meminfo (lxcfs), `MemTotal` is a limit and huge pages are not taken off:
 * that file tells those of the whole machine.
 *
 * **Limited** is a process whose least limit is no more than the machine's memory, or for which a file is mounted over
 * /proc/meminfo, unless PID 1 (/proc/1/comm) is the init of an operating system: then only a limit below that memory
 * counts.
 *
 * **Free**, at each level that has a limit: its least limit − (usage − inactive file), where what is taken off is not less
 * than 0, nor the result; usage is `memory.current` or `memory.usage_in_bytes`, inactive file is `inactive_file` or
 * `total_inactive_file` of `memory.stat`, 0 where it cannot be read. Free is the least of these, of `MemAvailable`, and
 * of the memory granted, in MiB rounded down. Swap is never counted.
 */
import { fail } from '../../errors/errors.ts';
import { findLevels } from './cgroup.ts';
import { countCpus, cpuQuotas, tryCountCpus } from './cpu.ts';
import { type Host, least, type Note, type Read } from './host.ts';
import { detectMemory } from './memory.ts';

/**
 * @throws HOST_UNKNOWN where neither /proc nor a cgroup says how much CPU or memory there is: not on Linux
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html
 * @see https://docs.kernel.org/admin-guide/cgroup-v1/memory.html
 */
export function detectHost(read: Read): Host {
  const notes: string[] = [];
  const note: Note = (text) => void notes.push(text);
  const cpuMillis = least([...countCpus(read, note), ...cpuQuotas(read, findLevels(read, 'cpu', note), note)]);
  const memory = detectMemory(read, findLevels(read, 'memory', note), note);
  if (!cpuMillis || !memory) {
    const missing = [!cpuMillis && 'CPU', !memory && 'memory'].filter(Boolean).join(' and ');
    const said = `expected a Linux host that says how much ${missing} there is, got nothing from /proc, /sys and cgroups`;
    return fail('HOST_UNKNOWN', 'host', `${said}; name the hardware: --cpu and --memory, or --profile c6i.8xlarge`);
  }
  return {
    cpuMillis,
    ...memory,
    architecture: architectureOf(read, note),
    threadsPerCore: tryCountCpus(read('/sys/devices/system/cpu/cpu0/topology/thread_siblings_list') ?? '') ?? 1,
    notes,
  };
}

/** What /proc/sys/kernel/arch says (Linux 6.1), or else the words of /proc/cpuinfo that only arm64 has. */
function architectureOf(read: Read, note: Note): Host['architecture'] {
  const arch = read('/proc/sys/kernel/arch')?.trim();
  if (arch === 'x86_64' || arch === 'i686') return 'amd64';
  if (arch === 'aarch64') return 'arm64';
  const cpuinfo = read('/proc/cpuinfo') ?? '';
  if (/^CPU implementer\s*:/m.test(cpuinfo)) return 'arm64';
  if (!/^vendor_id\s*:/m.test(cpuinfo)) note('the architecture is not known: amd64 is assumed');
  return 'amd64';
}

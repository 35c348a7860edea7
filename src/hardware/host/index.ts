/** Detects the hardware that this process runs on. */
import { fail } from '../../errors/errors.ts';
import { formatCpu, formatMiB, MAX_CPU_MILLIS, MAX_MEMORY_MIB } from '../../units.ts';
import type { Profile } from '../profile.ts';
import type { Host } from './host.ts';

export { detectHost } from './detect.ts';

/**
 * Inside a cgroup that limits the memory: container limits, which are the main service's.
 * Otherwise the machine, of whose memory the operating system and what runs beside the stack need their part; a CPU quota
 * alone makes it a machine of fewer cores.
 * @throws PROFILE_INVALID for more than is planned for
 */
export function hostProfile(host: Host, name: string): Profile {
  const [cpuMillis, memoryMiB] = [host.cpuMillis.value, host.memoryMiB.value];
  if (cpuMillis > MAX_CPU_MILLIS || memoryMiB > MAX_MEMORY_MIB)
    fail(
      'PROFILE_INVALID',
      name,
      `expected at most ${formatCpu(MAX_CPU_MILLIS)} and ${formatMiB(MAX_MEMORY_MIB)}, got ${formatCpu(cpuMillis)} and ${formatMiB(memoryMiB)}; give the part of it to plan for: --cpu and --memory`,
    );
  const size = { name, cpuMillis, memoryMiB, freeMiB: host.freeMiB.value };
  if (host.limited) return { kind: 'container', ...size };
  const { architecture, threadsPerCore } = host;
  return { kind: 'machine', provider: 'other', ...size, measured: true, threadsPerCore, architecture, gpus: 0 };
}

import { fail } from '../errors/errors.ts';
import { formatCpu, parseCpuMillis, parseMemoryMiB } from '../units.ts';
import type { ContainerLimits, Machine } from './profile.ts';

const EXPECTED =
  'expected container limits as CPU and memory, with CPU in cores (4cpu, 0.5cpu) or millicores (500m) ' +
  'and memory in mi or gi (512mi, 8gi; 1024-based)';

/**
 * Container limits by name: `4cpu-8gi`, `500m-512mi`, `0.5cpu-1gi`, upper or lower case. A name that begins with a
 * digit is meant as such limits, as no provider's machine does.
 * @param path what the name was given for, named in errors
 * @returns the limits under their canonical name, or undefined when the name begins with no digit
 * @throws QUANTITY_SYNTAX for other units (`4cpu-8gb`), missing units (`4-8gi`), 0, and more than 1024 cores or 32 TiB
 */
export function tryContainerName(name: string, path = '--profile'): ContainerLimits | undefined {
  if (!/^\.?\d/.test(name)) return undefined;
  const match = /^([\d.]+)([a-z]*)-([\d.]+)([a-z]*)$/i.exec(name);
  if (!match) fail('QUANTITY_SYNTAX', path, `${EXPECTED}, got "${name}"`);
  const [cores, cpuUnit, amount, memoryUnit] = match.slice(1) as [string, string, string, string];
  const cpu = /^m/i.test(cpuUnit) ? `${cores}m` : cores;
  const memory = `${amount}${/^[mt]/i.exec(memoryUnit)?.[0]?.toUpperCase() ?? 'G'}i`;
  const meant = `${cpu}${cpu === cores ? 'cpu' : ''}-${memory.toLowerCase()}`;
  if (meant !== name.toLowerCase()) {
    fail('QUANTITY_SYNTAX', path, `${EXPECTED}, got "${name}"${/^[bk]/i.test(memoryUnit) ? '' : `; write ${meant}`}`);
  }
  const cpuMillis = parseCpuMillis(cpu, path);
  const memoryMiB = parseMemoryMiB(memory, path);
  return { kind: 'container', name: containerName(cpuMillis, memoryMiB), cpuMillis, memoryMiB };
}

const MACHINE = 'machine:';

/**
 * A machine by its size alone: `machine:8cpu-32gi`, in the words of container limits.
 * @returns undefined for another form
 * @throws QUANTITY_SYNTAX
 */
export function tryMachineOfSize(text: string, path: string): Machine | undefined {
  const size = text.startsWith(MACHINE) ? tryContainerName(text.slice(MACHINE.length), path) : undefined;
  if (size === undefined) return undefined;
  const { name, cpuMillis, memoryMiB } = size;
  const rest = { provider: 'other', threadsPerCore: 1, architecture: 'amd64', gpus: 0 } as const;
  return { kind: 'machine', name: `${name}-machine`, cpuMillis, memoryMiB, ...rest };
}

/** As `--machine` takes a size: `8cpu-32gi`. */
export function machineOfSize(text: string): string {
  return `${MACHINE}${text}`;
}

/** The one name of given limits: whole cores as `4cpu`, else `1500m`; whole GiB as `8gi`, else `512mi`. */
export function containerName(cpuMillis: number, memoryMiB: number): string {
  const cpu = cpuMillis % 1000 === 0 ? `${cpuMillis / 1000}cpu` : formatCpu(cpuMillis);
  const memory = memoryMiB % 1024 === 0 ? `${memoryMiB / 1024}gi` : `${memoryMiB}mi`;
  return `${cpu}-${memory}`;
}

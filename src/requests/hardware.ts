/** From the hardware that a user names to profiles. */
import { fail } from '../errors/errors.ts';
import { type Files, type LoadedProfile, loadProfile } from '../files/library.ts';
import { type Gathering, late, need } from '../gather.ts';
import { containerName, machineOfSize } from '../hardware/container.ts';
import { HOST } from '../hardware/profile.ts';
import { MIN_CPU_MILLIS, parseCpuMillis, parseMemoryMiB } from '../units.ts';
import type { PlanOptions } from './options.ts';

/** Only patterns need all families. */
export const catalogue = late(() => import('../files/machines.ts'));

/** One that is named, with its text for `--profile`. */
interface Hardware extends LoadedProfile {
  text: string;
  pattern?: string;
}

/** Whether machines are asked for by a pattern: `c7g.*`, `aws:m7i.*`, `Standard_D?s_v5`. A path is none. */
function isPattern(text: string): boolean {
  return /[*?]/.test(text) && !/[/\\]|\.ya?ml$/.test(text);
}

/**
 * What is asked for, as hardware: `hardware` for whatever has none of its own, a plan each.
 * @param known the service of a name, or an error
 * @throws USAGE, PROFILE_UNKNOWN, QUANTITY_SYNTAX, and what is wrong inside the files
 */
export function* resolveHardware(
  options: PlanOptions,
  files: Files,
  known: (name: string) => string,
): Gathering<{ hardware: Hardware[]; own: (Hardware & { names: string[] })[] }> {
  const hardware: Hardware[] = [];
  const own: (Hardware & { names: string[] })[] = [];
  if (options.cpu !== undefined || options.memory !== undefined) {
    const [cpu, memory] = [options.cpu, options.memory];
    if (cpu === undefined || memory === undefined)
      return fail(
        'USAGE',
        cpu === undefined ? '--cpu' : '--memory',
        'expected --cpu and --memory together, got one of them',
      );
    const [cpuMillis, memoryMiB] = [parseCpuMillis(cpu, '--cpu'), parseMemoryMiB(memory, '--memory')];
    hardware.push({
      text: '',
      profile: { kind: 'container', name: containerName(cpuMillis, memoryMiB), cpuMillis, memoryMiB },
    });
  }
  for (const [text, path] of namedHardware(options)) {
    const match = PLACED.exec(text);
    if (isPattern(text)) {
      if (match || options.cpu !== undefined)
        fail(
          'USAGE',
          path,
          `expected a pattern alone, got ${match ? `"${text}", which places ${match[1]}` : '--cpu too'}`,
        );
      const { matchPattern } = yield* need(catalogue);
      for (const { name, ...found } of yield* matchPattern(files, text))
        hardware.push({ text: name, pattern: text, ...found });
      continue;
    }
    const found = whatCounts(yield* loadProfile(files, match?.[2] ?? text, path), options);
    if (path === '--machine' && found.profile.kind === 'container' && found.host === undefined)
      fail('USAGE', path, `expected a machine, got container limits, which ${text} has; give --profile ${text}`);
    if (match) own.push({ text, ...found, names: match[1]!.split(',').map(known) });
    else if (options.cpu !== undefined)
      fail('USAGE', path, `expected either ${path} or --cpu and --memory, got both (${text})`);
    else hardware.push({ text, ...found });
  }
  for (const profile of options.machines ?? []) hardware.push({ text: profile.name, profile });
  const placed = own.flatMap((placement) => placement.names);
  const hosts = [...hardware, ...own].filter(({ host }) => host);
  if (hosts.length > 1)
    fail(
      'USAGE',
      '--profile',
      `expected this host once, got it ${hosts.length} times; place services on it together: --profile a,b=host`,
    );
  const twice = placed.find((name, index) => placed.indexOf(name) !== index);
  if (twice) fail('USAGE', '--profile', `expected hardware for ${twice} once, got it twice`);
  for (const { profile, text } of [...hardware, ...own]) {
    if (profile.kind === 'container' && profile.cpuMillis < MIN_CPU_MILLIS) {
      fail(
        'QUANTITY_SYNTAX',
        text === '' ? '--cpu' : '--profile',
        `expected at least ${MIN_CPU_MILLIS}m CPU, the finest that a container can be given, got ${profile.cpuMillis}m`,
      );
    }
  }
  return { hardware, own };
}

/** `postgres,redis=r6i.2xlarge` */
const PLACED = /^([a-z][a-z0-9,-]*)=(.+)$/;

/**
 * Each hardware that is named, as `--profile` takes it, with the option that names it.
 * @throws USAGE
 */
function namedHardware({ profiles = [], limits, machine = [] }: PlanOptions): Map<string, string> {
  const machines = machine.map((text) => {
    const [, names, own] = PLACED.exec(text) ?? [];
    const wanted = own ?? text;
    const meant = wanted === 'here' ? HOST : /^\.?\d/.test(wanted) ? machineOfSize(wanted) : wanted;
    return names === undefined ? meant : `${names}=${meant}`;
  });
  if (limits !== undefined) {
    const refuse = (message: string): never => fail('USAGE', '--limits', message);
    if (!/^\.?\d/.test(limits))
      refuse(
        `expected the limits of one container such as 2cpu-4gi, got "${limits}"; give a machine by --machine ${limits}`,
      );
    const shared = machine.find((text) => !PLACED.test(text));
    if (shared !== undefined)
      refuse(
        `expected either the limits of one container or a machine that all share, got ${limits} and --machine ${shared}`,
      );
  }
  const other = limits !== undefined ? '--limits' : machine.length > 0 ? '--machine' : undefined;
  // What is placed by its service goes with either.
  if (other !== undefined && profiles.some((text) => !PLACED.test(text)))
    fail(
      'USAGE',
      '--profile',
      `expected either --profile or ${other}, got both; --profile names machines and limits alike`,
    );
  return new Map([
    ...profiles.map((text) => [text, '--profile'] as const),
    ...(limits === undefined ? [] : [[limits, '--limits'] as const]),
    ...machines.map((text) => [text, '--machine'] as const),
  ]);
}

/** Without what is free, unless that is to count. */
function whatCounts(found: LoadedProfile, { free }: PlanOptions): LoadedProfile {
  if (free) return found;
  const { freeMiB: _, ...profile } = found.profile;
  return { ...found, profile };
}

/** From machines to the family file that yields them: the rule that most follow, and the exceptions row by row. */

import { type CloudProvider, type Family, listMachines, type MachineFacts, type MachineGroup } from '../family.ts';
import { type Machine, vcpusOf } from '../profile.ts';
import { enisText } from './stated.ts';

/** A machine's name, cut where its size is. */
interface Cut {
  machine: Machine;
  /** `c6i.{size}` */
  pattern: string;
  size: string;
}

const CUTS: Readonly<Record<CloudProvider, (name: string) => [before: string, size: string, after: string]>> = {
  /** c6i.|8xlarge */
  aws(name) {
    const at = name.indexOf('.') + 1;
    return [name.slice(0, at), name.slice(at), ''];
  },
  /** n2-standard-|8, c4a-highmem-|8|-lssd, e2-|micro: the last part that begins with a digit, else the last. */
  gcp(name) {
    const parts = name.split('-');
    const numbered = parts.findLastIndex((part, index) => index > 0 && /^\d/.test(part));
    const at = numbered > 0 ? numbered : parts.length - 1;
    const before = parts.slice(0, at).map((part) => `${part}-`);
    const after = parts.slice(at + 1).map((part) => `-${part}`);
    return [before.join(''), parts[at]!, after.join('')];
  },
  /** Standard_D|8|s_v5, Standard_E|4-2|ads_v5 */
  azure(name) {
    const match = /^(standard_[a-z]+)(\d+(?:-\d+)?)(.*)$/is.exec(name);
    return match ? [match[1]!, match[2]!, match[3]!] : [name, '', ''];
  },
};

/**
 * The family of the given machines: `listMachines` of it yields them again.
 * @param machines of one family, each name once
 * @throws Error for machines that a family file cannot express
 */
export function familyOf(
  machines: readonly Machine[],
  { provider, family: name, source }: Pick<Family, 'provider' | 'family' | 'source'>,
): Family {
  const groups = groupsOf(machines, provider);
  const common = commonFacts(machines);
  const family: Family = {
    provider,
    family: name,
    source,
    architecture: common.architecture,
    threadsPerCore: common.threadsPerCore,
    ...(common.gpus > 0 && { gpus: common.gpus }),
    ...sharedRule(groups, memoryRule),
    ...sharedRule(groups, burstRule),
    ...eniRule(machines),
    machines: groups.map((group) => groupOf(group, groups, common)),
  };
  return withExceptions(family, groups.flatMap(machinesOf));
}

/** What several groups have in common, if they all do: it is said once, of the family. */
function sharedRule(groups: readonly Cut[][], ruleOf: (machines: readonly Machine[]) => MachineFacts): MachineFacts {
  const rules = groups.map((group) => ruleOf(machinesOf(group)));
  const [first] = rules;
  // The whole machine's memory, as the size's vCPUs, is no rule of a family.
  const shared = groups.length === 1 || first!.memoryMiB === undefined;
  return shared && rules.every((rule) => JSON.stringify(rule) === JSON.stringify(first)) ? first! : {};
}

function groupOf(cuts: readonly Cut[], groups: readonly Cut[][], common: CommonFacts): MachineGroup {
  const machines = machinesOf(cuts);
  const own = commonFacts(machines);
  const unlessShared = (ruleOf: (machines: readonly Machine[]) => MachineFacts): MachineFacts =>
    Object.keys(sharedRule(groups, ruleOf)).length > 0 ? {} : ruleOf(machines);
  return {
    name: cuts[0]!.pattern,
    ...(own.architecture !== common.architecture && { architecture: own.architecture }),
    ...(own.threadsPerCore !== common.threadsPerCore && { threadsPerCore: own.threadsPerCore }),
    ...unlessShared(memoryRule),
    ...(own.gpus !== common.gpus && { gpus: own.gpus }),
    ...unlessShared(burstRule),
    sizes: sizesOf(cuts),
  };
}

function machinesOf(cuts: readonly Cut[]): Machine[] {
  return cuts.map(({ machine }) => machine);
}

/** As many as it takes for a group of their own to be shorter than exceptions. */
const OWN_GROUP = 3;

/**
 * Groups by pattern, shortest pattern first; within one, sizes that are cut from others last. Where many sizes of a
 * pattern follow another ratio of memory, they are a group of their own.
 */
function groupsOf(machines: readonly Machine[], provider: CloudProvider): Cut[][] {
  const isCut = ({ machine }: Cut) => Number(machine.listedVcpus !== undefined);
  const cuts = machines
    .map((machine): Cut => {
      const [before, size, after] = CUTS[provider](machine.name);
      return { machine, pattern: `${before}{size}${after}`, size };
    })
    .sort(
      (a, b) =>
        a.pattern.length - b.pattern.length ||
        compare(a.pattern, b.pattern) ||
        isCut(a) - isCut(b) ||
        vcpusOf(a.machine) - vcpusOf(b.machine) ||
        a.machine.memoryMiB - b.machine.memoryMiB ||
        a.machine.cpuMillis - b.machine.cpuMillis ||
        compare(a.machine.name, b.machine.name),
    );
  return [...groupBy(cuts, (cut) => cut.pattern).values()].flatMap((group) => {
    const usual = mostCommon(group.map(({ machine }) => memoryPerVcpu(machine)));
    const byRatio = groupBy(group, ({ machine }) => memoryPerVcpu(machine));
    const apart = [...byRatio].filter(
      ([ratio, same]) =>
        ratio !== undefined && ratio !== usual && same.filter((cut) => isCut(cut) === 0).length >= OWN_GROUP,
    );
    const ratios = apart.map(([ratio]) => ratio);
    return [group.filter(({ machine }) => !ratios.includes(memoryPerVcpu(machine))), ...apart.map(([, same]) => same)];
  });
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** A list where the sizes are their vCPUs, else a map. */
function sizesOf(cuts: readonly Cut[]): MachineGroup['sizes'] {
  const isCount = cuts.every(
    ({ machine, size }) => /^\d+(-\d+)?$/.test(size) && Number.parseInt(size, 10) === vcpusOf(machine),
  );
  return isCount
    ? cuts.map(({ size }) => (/^\d+$/.test(size) ? Number(size) : size))
    : Object.fromEntries(cuts.map(({ machine, size }) => [size, vcpusOf(machine)]));
}

interface CommonFacts {
  architecture: Machine['architecture'];
  threadsPerCore: number;
  gpus: number;
}

function commonFacts(machines: readonly Machine[]): CommonFacts {
  return {
    architecture: mostCommon(machines.map((machine) => machine.architecture))!,
    threadsPerCore: mostCommon(machines.map((machine) => machine.threadsPerCore))!,
    gpus: mostCommon(machines.map((machine) => machine.gpus))!,
  };
}

/** Memory as whole MiB for each vCPU, or the same for all; nothing where neither says more than the exceptions would. */
function memoryRule(machines: readonly Machine[]): MachineFacts {
  const ratio = mostCommon(machines.map(memoryPerVcpu));
  const constant = mostCommon(machines.map((machine) => machine.memoryMiB));
  const byRatio = machines.filter((machine) => memoryPerVcpu(machine) === ratio).length;
  const byConstant = machines.filter((machine) => machine.memoryMiB === constant).length;
  if (ratio !== undefined && byRatio >= byConstant) return { memoryMiBPerVcpu: ratio };
  return byConstant > 1 || machines.length === 1 ? { memoryMiB: constant } : {};
}

function memoryPerVcpu(machine: Machine): number | undefined {
  const ratio = machine.memoryMiB / vcpusOf(machine);
  return Number.isInteger(ratio) ? ratio : undefined;
}

/** Only where every machine is burstable: an exception cannot take it back. */
function burstRule(machines: readonly Machine[]): MachineFacts {
  if (!machines.every((machine) => machine.burstable)) return {};
  const baselines = machines.map((machine) => machine.burstable?.baselineMillis);
  if (baselines.includes(undefined)) return { burstable: true };
  const perVcpu = mostCommon(
    machines.map((machine, index) => {
      const ratio = baselines[index]! / vcpusOf(machine);
      return Number.isInteger(ratio) ? ratio : undefined;
    }),
  );
  return perVcpu === undefined ? {} : { baselineMillisPerVcpu: perVcpu };
}

/** The most common ENIs of each vCPU count, from that many on; only where every machine has some. */
function eniRule(machines: readonly Machine[]): MachineFacts {
  if (!machines.every((machine) => machine.enis)) return {};
  const steps: [vcpus: number, enis: string][] = [];
  const byVcpus = [...groupBy(machines, vcpusOf)].sort(([a], [b]) => a - b);
  for (const [vcpus, group] of byVcpus) {
    const enis = mostCommon(group.map((machine) => enisText(machine.enis!)))!;
    if (steps.at(-1)?.[1] !== enis) steps.push([vcpus, enis]);
  }
  return { enis: steps.length === 1 ? steps[0]![1] : Object.fromEntries(steps) };
}

function groupBy<K, T>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** Of equally common values the last: larger sizes are more regular. Undefined is none. */
function mostCommon<T extends string | number>(values: readonly (T | undefined)[]): T | undefined {
  const counts = new Map<T, number>();
  for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return [...counts].findLast(([, count]) => count === most)?.[0];
}

/** Adds what the rule gets wrong, size by size; sizes cut from others come second, as they inherit. */
function withExceptions(family: Family, machines: readonly Machine[]): Family {
  let result = family;
  for (const constrained of [false, true]) {
    const ruled = new Map(listMachines(result).map((machine) => [machine.name, machine]));
    const wrong = machines
      .filter((machine) => (machine.listedVcpus !== undefined) === constrained)
      .map((machine) => [machine.name, exceptionFor(machine, ruled.get(machine.name)!)] as const)
      .filter(([, facts]) => Object.keys(facts).length > 0);
    if (wrong.length > 0) result = { ...result, except: { ...result.except, ...Object.fromEntries(wrong) } };
  }
  const yielded = new Map(listMachines(result).map((machine) => [machine.name, machine]));
  for (const machine of machines) {
    const rest = Object.keys(exceptionFor(machine, yielded.get(machine.name)!));
    if (rest.length > 0 || yielded.size !== machines.length)
      throw new Error(`a family file cannot express ${machine.name}: ${rest.join(', ')}`);
  }
  return result;
}

function exceptionFor(machine: Machine, ruled: Machine): MachineFacts {
  const baseline = machine.burstable?.baselineMillis;
  const sameBurst =
    (machine.burstable === undefined) === (ruled.burstable === undefined) &&
    baseline === ruled.burstable?.baselineMillis;
  const enis = machine.enis && enisText(machine.enis);
  return {
    ...(machine.architecture !== ruled.architecture && { architecture: machine.architecture }),
    ...(machine.threadsPerCore !== ruled.threadsPerCore && { threadsPerCore: machine.threadsPerCore }),
    ...(machine.memoryMiB !== ruled.memoryMiB && { memoryMiB: machine.memoryMiB }),
    ...(machine.gpus !== ruled.gpus && { gpus: machine.gpus }),
    ...(!sameBurst &&
      (baseline === undefined ? { burstable: machine.burstable !== undefined } : { baselineMillis: baseline })),
    ...(enis !== (ruled.enis && enisText(ruled.enis)) && { enis: enis ?? '' }),
  };
}

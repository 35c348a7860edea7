/**
 * The catalogue: one file per machine family, `profiles/<provider>/<family>.yaml`. A family states its rule once
 * (memory per vCPU, threads per core, …), lists its sizes, and names only the machines that differ from the rule.
 */
import type { Machine } from './profile.ts';

export type CloudProvider = 'aws' | 'gcp' | 'azure';

/** What can be said of a family, of a group of its sizes, or of one machine. The nearest statement wins. */
export interface MachineFacts {
  /** @default amd64 */
  architecture?: 'amd64' | 'arm64';
  /** @default 1 */
  threadsPerCore?: number;
  memoryMiBPerVcpu?: number;
  /** The whole machine's memory; goes before `memoryMiBPerVcpu`. */
  memoryMiB?: number;
  /** @default 0 */
  gpus?: number;
  /** Burstable, with a baseline that is not known. */
  burstable?: boolean;
  /** Burstable: the CPU that each vCPU sustains. */
  baselineMillisPerVcpu?: number;
  /** Burstable: the CPU that the whole machine sustains; goes before `baselineMillisPerVcpu`. */
  baselineMillis?: number;
  /**
   * AWS: network interfaces on the default card x IPv4 addresses each, as `8x30`; or by vCPU count, from that many
   * vCPUs on: `{ 2: 3x10, 4: 4x15 }`.
   */
  enis?: string | Record<string, string>;
}

/** Machines whose names differ only in their size. */
export interface MachineGroup extends MachineFacts {
  /** The provider's name with `{size}` in it: `c6i.{size}`, `Standard_D{size}s_v5`. */
  name: string;
  /**
   * Sizes and their vCPUs: `{ large: 2, xlarge: 4 }`, or a list where the size is the number of vCPUs: `[2, 4, 8]`.
   * A size `8-2` is size `8` with only 2 of its vCPUs active (Azure's constrained-core sizes).
   */
  sizes: (number | string)[] | Record<string, number>;
}

/** The content of `profiles/<provider>/<family>.yaml`. */
export interface Family extends MachineFacts {
  provider: CloudProvider;
  /** The file's name. */
  family: string;
  /** Where the numbers come from, and their date. */
  source: string;
  machines: MachineGroup[];
  /** By machine name: what the rule does not give. A constrained-core size inherits from the size that it is cut from. */
  except?: Record<string, MachineFacts>;
}

/** Splits `aws:c6i.large` into provider and name; a name without a known prefix has no provider. */
export function splitProvider(name: string): { provider?: CloudProvider; name: string } {
  const match = /^(aws|gcp|azure):(.*)$/s.exec(name);
  return match ? { provider: match[1] as CloudProvider, name: match[2]! } : { name };
}

/** A machine name's shape, in lower case, as its provider's family names it; undefined where it is not of that shape. */
const FAMILY_OF: Record<CloudProvider, (name: string) => string | undefined> = {
  /** c6i.8xlarge -> c6i, u-6tb1.112xlarge -> u-6tb1 */
  aws: (name) => /^([a-z][a-z-]*\d[a-z0-9-]*)\.[a-z0-9-]+$/.exec(name)?.[1],
  /** n2-standard-8 -> n2, ct5lp-hightpu-4t -> ct5lp */
  gcp: (name) => /^([a-z]{1,3}\d[a-z]{0,2})-[a-z0-9-]+$/.exec(name)?.[1],
  /**
   * The series: Standard_D8s_v5 and Standard_D8ls_v5 -> dsv5, Standard_E4-2ads_v5 -> eadsv5. What marks a variant within
   * a series is left out: size, active vCPUs, more or less or tiny memory, isolated (m, l, t, i), memory step, _Promo.
   */
  azure: (name) => {
    const match = /^standard_([a-z]+)\d+(?:-\d+)?([a-z]*)((?:_[a-z0-9]+)*)$/.exec(name);
    if (!match) return undefined;
    const tags = match[3]!.split('_').filter((tag) => !/^(\d*|promo)$/.test(tag));
    return match[1]! + match[2]!.replace(/[ilmt]/g, '') + tags.join('');
  },
};

/**
 * The one family file that can hold a machine: `aws/c6i`, `gcp/n2`, `azure/dsv5`. Told from the name alone, in any
 * case; whether there is such a family is not known here. A prefix (`aws:`) narrows.
 * @returns a path of lower-case letters, digits and `-`, or undefined when no provider's names look like this
 */
export function familyKey(name: string): string | undefined {
  const { provider, name: bare } = splitProvider(name);
  for (const candidate of provider ? [provider] : (['aws', 'gcp', 'azure'] as const)) {
    const family = FAMILY_OF[candidate](bare.toLowerCase());
    if (family !== undefined) return `${candidate}/${family}`;
  }
  return undefined;
}

/** The machine of that exact name (`c6i.8xlarge`, `aws:c6i.8xlarge`); undefined when the family has none. */
export function findMachine(family: Family, name: string): Machine | undefined {
  const { provider = family.provider, name: bare } = splitProvider(name);
  return provider === family.provider ? machinesOf(family).find((machine) => machine.name === bare) : undefined;
}

/** All machines of a family by CPU, then memory, then name. */
export function listMachines(family: Family): Machine[] {
  return machinesOf(family).sort(
    (a, b) => a.cpuMillis - b.cpuMillis || a.memoryMiB - b.memoryMiB || (a.name < b.name ? -1 : 1),
  );
}

function machinesOf(family: Family): Machine[] {
  return family.machines.flatMap((group) =>
    sizesOf(group).map(([size, vcpus]) => {
      const nameOf = (text: string) => group.name.replace('{size}', text);
      const constrained = /^(\d+)-(\d+)$/.exec(size);
      const facts: MachineFacts = {
        ...family,
        ...group,
        ...(constrained && family.except?.[nameOf(constrained[1]!)]),
        ...family.except?.[nameOf(size)],
      };
      const active = constrained ? Number(constrained[2]) : vcpus;
      return toMachine(family.provider, nameOf(size), vcpus, active, facts);
    }),
  );
}

function sizesOf({ sizes }: MachineGroup): [size: string, vcpus: number][] {
  return Array.isArray(sizes)
    ? sizes.map((size) => [`${size}`, Number.parseInt(`${size}`, 10)])
    : Object.entries(sizes);
}

function toMachine(
  provider: CloudProvider,
  name: string,
  vcpus: number,
  activeVcpus: number,
  facts: MachineFacts,
): Machine {
  const perVcpu = facts.baselineMillisPerVcpu;
  const baselineMillis = facts.baselineMillis ?? (perVcpu === undefined ? undefined : perVcpu * vcpus);
  const enis = enisAt(facts.enis, vcpus);
  return {
    kind: 'machine',
    name,
    provider,
    cpuMillis: activeVcpus * 1000,
    ...(activeVcpus !== vcpus && { listedVcpus: vcpus }),
    memoryMiB: facts.memoryMiB ?? (facts.memoryMiBPerVcpu ?? 0) * vcpus,
    threadsPerCore: facts.threadsPerCore ?? 1,
    architecture: facts.architecture ?? 'amd64',
    gpus: facts.gpus ?? 0,
    ...(baselineMillis !== undefined ? { burstable: { baselineMillis } } : facts.burstable && { burstable: {} }),
    ...(enis && { enis }),
  };
}

function enisAt(enis: MachineFacts['enis'], vcpus: number): Machine['enis'] {
  const text =
    typeof enis === 'object'
      ? Object.entries(enis)
          .filter(([from]) => Number(from) <= vcpus)
          .sort(([a], [b]) => Number(b) - Number(a))[0]?.[1]
      : enis;
  const [count, ipv4PerEni] = (text ?? '').split('x').map(Number);
  return count && ipv4PerEni ? { count, ipv4PerEni } : undefined;
}

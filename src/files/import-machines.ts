/** From what a cloud says of its machines to a family file. */
import { fail } from '../errors/errors.ts';
import { nearestNames } from '../errors/nearest.ts';
import { familyOf } from '../hardware/catalogue/family-rule.ts';
import { familyYaml } from '../hardware/catalogue/family-yaml.ts';
import type { StatedMachine } from '../hardware/catalogue/stated.ts';
import { type CloudProvider, type Family, familyKey, listMachines } from '../hardware/family.ts';
import type { Machine } from '../hardware/profile.ts';
import { formatCount } from '../units.ts';

export interface ImportOptions {
  provider: CloudProvider;
  /** Name of the family's file. */
  family: string;
  /** What the file says of where its numbers come from. */
  source: string;
  /** What the catalogue has of the provider: it fills in what the source is silent on. */
  known: readonly Machine[];
}

export interface ImportedFamily {
  family: Family;
  /** `profiles/<provider>/<family>.yaml` */
  yaml: string;
  /** What is assumed, and what was left out. */
  notes: string[];
}

/** Facts that not every cloud states. */
type SilentFact = 'architecture' | 'threadsPerCore' | 'gpus';

/**
 * The machines of one family, by its name or because there is no other.
 * @returns the family's name, and the names that have no provider's shape
 * @throws USAGE when there are several and none is named, PROFILE_UNKNOWN when there is none of that name
 */
export function selectFamily(
  machines: readonly StatedMachine[],
  provider: CloudProvider,
  wanted: string | undefined,
): { family: string; machines: StatedMachine[]; shapeless: string[] } {
  const families = new Map<string, StatedMachine[]>();
  const shapeless: string[] = [];
  for (const machine of machines) {
    const family = familyKey(`${provider}:${machine.name}`)?.slice(provider.length + 1);
    if (family === undefined) shapeless.push(machine.name);
    else families.set(family, [...(families.get(family) ?? []), machine]);
  }
  const names = [...families.keys()].sort();
  const family = wanted?.toLowerCase().replaceAll('_', '') ?? (names.length === 1 ? names[0]! : undefined);
  if (family === undefined) {
    const shown = names.slice(0, 8).join(', ');
    return fail(
      'USAGE',
      '--family',
      names.length === 0
        ? `expected names of ${provider}'s machines, got ${shapeless.slice(0, 5).join(', ')}`
        : `expected one family, got machines of ${names.length}: ${shown}${names.length > 8 ? ', ...' : ''}; name one with --family`,
    );
  }
  const found = families.get(family);
  if (found === undefined) {
    const near = nearestNames(family, names);
    const known = near.length > 0 ? near : names.slice(0, 5);
    return fail('PROFILE_UNKNOWN', '--family', `expected a family in the input (${known.join(', ')}), got "${wanted}"`);
  }
  return { family, machines: found, shapeless };
}

/**
 * @param stated machines of one family
 * @throws PROFILE_INVALID for machines that no family file can hold
 */
export async function importFamily(stated: readonly StatedMachine[], options: ImportOptions): Promise<ImportedFamily> {
  const { provider, family: name, source, known } = options;
  const mates = known.filter((machine) => familyKey(`${provider}:${machine.name}`) === `${provider}/${name}`);
  const assumed = new Map<SilentFact, string[]>();
  const machines = stated.map((one) =>
    completed(
      one,
      known.find((machine) => machine.name === one.name),
      mates,
      (fact) => assumed.set(fact, [...(assumed.get(fact) ?? []), one.name]),
    ),
  );
  const family = familyOf(machines, { provider, family: name, source });
  const yaml = familyYaml(family, new Set(assumed.keys()));
  const { familyFromYaml } = await import('./parse.ts');
  const { value: written } = familyFromYaml(yaml, `${provider}/${name}.yaml`);
  const byName = (a: Machine, b: Machine) => (a.name < b.name ? -1 : 1);
  if (JSON.stringify(listMachines(written).sort(byName)) !== JSON.stringify(listMachines(family).sort(byName)))
    throw new Error(`the text of ${provider}/${name} does not read back as it was written`);
  const notes = [...assumed].map(
    ([fact, names]) =>
      `${fact} is not in the source: assumed for ${formatCount(names.length)} machines (${names.slice(0, 3).join(', ')}${names.length > 3 ? ', ...' : ''})`,
  );
  const baselines = machines.filter(({ burstable }) => burstable && burstable.baselineMillis === undefined);
  if (baselines.length > 0)
    notes.push(
      `the baseline of burstable machines is not in the source: add baselineMillis for ${baselines.map((machine) => machine.name).join(', ')}`,
    );
  return { family, yaml, notes };
}

/** What is stated, else what the catalogue knows of this machine or of its family, else what is usual. */
function completed(
  stated: StatedMachine,
  known: Machine | undefined,
  mates: readonly Machine[],
  assume: (fact: SilentFact) => void,
): Machine {
  const { provider, name, vcpus, memoryMiB } = stated;
  const assumedAs = <T>(fact: SilentFact, value: T): T => {
    assume(fact);
    return value;
  };
  const like = known ?? mates.at(-1);
  const architecture =
    stated.architecture ?? like?.architecture ?? assumedAs('architecture', usualArchitecture(provider, name));
  const threadsPerCore =
    stated.threadsPerCore ??
    (like?.architecture === architecture ? like.threadsPerCore : undefined) ??
    assumedAs('threadsPerCore', architecture === 'arm64' ? 1 : 2);
  const gpus = stated.gpus ?? known?.gpus ?? assumedAs('gpus', 0);
  const burstable = stated.burstable ?? (known ? known.burstable !== undefined : /^standard_b\d/i.test(name));
  const active = activeVcpus(provider, name) ?? vcpus;
  return {
    kind: 'machine',
    name,
    provider,
    cpuMillis: active * 1000,
    ...(active !== vcpus && { listedVcpus: vcpus }),
    memoryMiB,
    threadsPerCore,
    architecture,
    gpus,
    ...(burstable && { burstable: known?.burstable ?? {} }),
    ...(stated.enis && { enis: stated.enis }),
  };
}

/** Azure's names say it: a `p` behind the size is Arm. */
function usualArchitecture(provider: CloudProvider, name: string): Machine['architecture'] {
  return provider === 'azure' && /^standard_[a-z]+\d+(-\d+)?[a-oq-z]*p/i.test(name) ? 'arm64' : 'amd64';
}

/** Standard_E4-2s_v5 runs on 2 of its 4. */
function activeVcpus(provider: CloudProvider, name: string): number | undefined {
  const match = provider === 'azure' ? /^standard_[a-z]+\d+-(\d+)/i.exec(name) : null;
  return match ? Number(match[1]) : undefined;
}

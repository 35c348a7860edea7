/** A family file made of a cloud's rows: literals, and the round trip over every family of ours. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importFamily, selectFamily } from '../../src/files/import-machines.ts';
import { familyKeys } from '../../src/files/library.ts';
import { familyFromYaml } from '../../src/files/parse.ts';
import { readCloudOutput } from '../../src/hardware/catalogue/cloud.ts';
import { familyOf } from '../../src/hardware/catalogue/family-rule.ts';
import { familyYaml } from '../../src/hardware/catalogue/family-yaml.ts';
import { differencesOf, type StatedMachine } from '../../src/hardware/catalogue/stated.ts';
import { type CloudProvider, listMachines } from '../../src/hardware/family.ts';
import type { Machine } from '../../src/hardware/profile.ts';
import { listCatalogue, loadFamily } from '../gathered.ts';
import { cloudOutput, filesWith, root } from '../hardware/catalogue/support.ts';
import { errorOf } from '../samples.ts';

const files = filesWith();
const keys = familyKeys(files);
const known: Record<string, Machine[]> = {};
for (const provider of ['aws', 'gcp', 'azure'] as const) known[provider] = listCatalogue(files, { provider });

const linesOf = (yaml: string) => yaml.split('\n').filter((line) => !line.startsWith('#'));
const stated = (
  name: string,
  vcpus: number,
  memoryMiB: number,
  further: Partial<StatedMachine> = {},
): StatedMachine => ({
  provider: 'aws',
  name,
  vcpus,
  memoryMiB,
  threadsPerCore: 2,
  architecture: 'amd64',
  gpus: 0,
  burstable: false,
  enis: { count: 4, ipv4PerEni: 15 },
  ...further,
});
const options = { provider: 'aws', family: 'c9x', source: 'made up, 2026', known: [] } as const;
const yamlOf = async (machines: readonly StatedMachine[], further = {}) =>
  linesOf((await importFamily(machines, { ...options, ...further })).yaml).slice(3, -1);

describe('the rule', () => {
  it.each<{ desc: string; machines: StatedMachine[]; yaml: string[] }>([
    {
      desc: 'one rule for all, in order of size',
      machines: [stated('c9x.xlarge', 4, 8192), stated('c9x.large', 2, 4096)],
      yaml: [
        'architecture: amd64',
        'threadsPerCore: 2',
        'memoryMiBPerVcpu: 2048',
        'enis: 4x15',
        'machines:',
        '  - name: c9x.{size}',
        '    sizes: { large: 2, xlarge: 4 }',
      ],
    },
    {
      desc: 'ENIs from a number of vCPUs on',
      machines: [
        stated('c9x.large', 2, 4096, { enis: { count: 3, ipv4PerEni: 10 } }),
        stated('c9x.xlarge', 4, 8192),
        stated('c9x.2xlarge', 8, 16384),
        stated('c9x.4xlarge', 16, 32768, { enis: { count: 8, ipv4PerEni: 30 } }),
      ],
      yaml: [
        'architecture: amd64',
        'threadsPerCore: 2',
        'memoryMiBPerVcpu: 2048',
        'enis: { 2: 3x10, 4: 4x15, 16: 8x30 }',
        'machines:',
        '  - name: c9x.{size}',
        '    sizes: { large: 2, xlarge: 4, 2xlarge: 8, 4xlarge: 16 }',
      ],
    },
    {
      desc: 'what differs, row by row',
      machines: [
        stated('c9x.large', 2, 4096),
        stated('c9x.xlarge', 4, 8000, { gpus: 1 }),
        stated('c9x.2xlarge', 8, 16384),
        stated('c9x.metal', 8, 16384, { threadsPerCore: 1, enis: { count: 2, ipv4PerEni: 2 } }),
      ],
      yaml: [
        'architecture: amd64',
        'threadsPerCore: 2',
        'memoryMiBPerVcpu: 2048',
        'enis: { 2: 4x15, 8: 2x2 }',
        'machines:',
        '  - name: c9x.{size}',
        '    sizes: { large: 2, xlarge: 4, 2xlarge: 8, metal: 8 }',
        'except:',
        '  c9x.xlarge: { memoryMiB: 8000, gpus: 1 }',
        '  c9x.2xlarge: { enis: 4x15 }',
        '  c9x.metal: { threadsPerCore: 1 }',
      ],
    },
    {
      desc: 'the same memory for all',
      machines: [stated('c9x.large', 2, 4096), stated('c9x.xlarge', 4, 4096)],
      yaml: [
        'architecture: amd64',
        'threadsPerCore: 2',
        'memoryMiB: 4096',
        'enis: 4x15',
        'machines:',
        '  - name: c9x.{size}',
        '    sizes: { large: 2, xlarge: 4 }',
      ],
    },
    {
      desc: 'no ENIs, Arm, GPUs everywhere',
      machines: [
        stated('c9x.large', 2, 4096, { enis: undefined, architecture: 'arm64', threadsPerCore: 1, gpus: 1 }),
        stated('c9x.xlarge', 4, 8192, { enis: undefined, architecture: 'arm64', threadsPerCore: 1, gpus: 1 }),
      ],
      yaml: [
        'architecture: arm64',
        'threadsPerCore: 1',
        'memoryMiBPerVcpu: 2048',
        'gpus: 1',
        'machines:',
        '  - name: c9x.{size}',
        '    sizes: { large: 2, xlarge: 4 }',
      ],
    },
  ])('$desc', async ({ machines, yaml }) => {
    expect(await yamlOf(machines)).toEqual(yaml);
  });

  it('groups of another shape have a rule of their own; sizes that are vCPUs are a list; the name tells active ones', async () => {
    const azure = (name: string, vcpus: number, memoryMiB: number): StatedMachine => ({
      provider: 'azure',
      name,
      vcpus,
      memoryMiB,
    });
    const machines = [
      azure('Standard_Y4-2s_v9', 4, 32768),
      azure('Standard_Y4ps_v9', 4, 16384),
      azure('Standard_Y2s_v9', 2, 16384),
      azure('Standard_Y4s_v9', 4, 32768),
    ];
    const { yaml, notes } = await importFamily(machines.slice(0, 1).concat(machines.slice(2)), {
      provider: 'azure',
      family: 'ysv9',
      source: 'made up',
      known: [],
    });
    expect(linesOf(yaml)).toEqual([
      'provider: azure',
      'family: ysv9',
      'source: made up',
      'architecture: amd64 # assumed: not in the source',
      'threadsPerCore: 2 # assumed: not in the source',
      'memoryMiBPerVcpu: 8192',
      'machines:',
      '  - name: Standard_Y{size}s_v9',
      '    sizes: [2, 4, 4-2]',
      '',
    ]);
    expect(notes).toEqual([
      'architecture is not in the source: assumed for 3 machines (Standard_Y4-2s_v9, Standard_Y2s_v9, Standard_Y4s_v9)',
      'threadsPerCore is not in the source: assumed for 3 machines (Standard_Y4-2s_v9, Standard_Y2s_v9, Standard_Y4s_v9)',
      'gpus is not in the source: assumed for 3 machines (Standard_Y4-2s_v9, Standard_Y2s_v9, Standard_Y4s_v9)',
    ]);
    const arm = await importFamily([machines[1]!], { provider: 'azure', family: 'ypsv9', source: 'x', known: [] });
    expect(arm.family).toMatchObject({ architecture: 'arm64', threadsPerCore: 1 });
  });

  it('asks for the baseline of what is burstable', async () => {
    const { notes, yaml } = await importFamily([stated('c9x.large', 2, 4096, { burstable: true })], options);
    expect(yaml).toContain('\nburstable: true\n');
    expect(notes).toEqual([
      'the baseline of burstable machines is not in the source: add baselineMillis for c9x.large',
    ]);
  });

  it('a source with a colon is quoted', async () => {
    const { yaml } = await importFamily([stated('c9x.large', 2, 4096)], { ...options, source: 'EC2: "all"' });
    expect(yaml).toContain('\nsource: "EC2: \\"all\\""\n');
  });
});

describe('which family', () => {
  const rows = [stated('c9x.large', 2, 4096), stated('m9x.large', 2, 8192)];

  it('the only one', () => {
    expect(selectFamily(rows.slice(0, 1), 'aws', undefined)).toEqual({
      family: 'c9x',
      machines: [rows[0]],
      shapeless: [],
    });
  });

  it('the named one, in any case; names of no shape are told', () => {
    const shapeless = stated('nonsense', 1, 1024);
    expect(selectFamily([...rows, shapeless], 'aws', 'M9X')).toEqual({
      family: 'm9x',
      machines: [rows[1]],
      shapeless: ['nonsense'],
    });
  });

  it.each([
    {
      wanted: undefined,
      code: 'USAGE',
      message: '--family: expected one family, got machines of 2: c9x, m9x; name one with --family',
    },
    { wanted: 'c9y', code: 'PROFILE_UNKNOWN', message: '--family: expected a family in the input (c9x), got "c9y"' },
    {
      wanted: 'zzz',
      code: 'PROFILE_UNKNOWN',
      message: '--family: expected a family in the input (c9x, m9x), got "zzz"',
    },
  ])('$message', async ({ wanted, code, message }) => {
    const error = await errorOf(() => selectFamily(rows, 'aws', wanted));
    expect(error.code).toBe(code);
    expect(error.message).toBe(message);
  });

  it('none at all', async () => {
    const error = await errorOf(() => selectFamily([stated('nonsense', 1, 1024)], 'aws', undefined));
    expect(error.message).toBe("--family: expected names of aws's machines, got nonsense");
  });
});

describe('every family of ours', () => {
  it('c6i comes out as it is written', () => {
    const text = readFileSync(`${root}/profiles/aws/c6i.yaml`, 'utf8');
    const { value } = familyFromYaml(text, 'c6i.yaml');
    expect(familyYaml(familyOf(listMachines(value), value))).toBe(text);
  });

  it.each(keys)('%s: rows of it, read from what the cloud prints, give it again', async (key) => {
    const original = loadFamily(files, key)!;
    const { provider, family } = original;
    const machines = listMachines(original);
    const output = readCloudOutput(provider, cloudOutput(provider, machines.toReversed()), 'in.json');
    expect(
      output.machines.flatMap((row) =>
        differencesOf(
          row,
          machines.find(({ name }) => name === row.name),
        ),
      ),
    ).toEqual([]);
    const selected = selectFamily(output.machines, provider, undefined);
    expect(selected.family).toBe(family);

    // What a cloud is silent on is taken from the catalogue.
    const imported = await importFamily(selected.machines, { provider, family, source: 'x', known: known[provider]! });
    const { value } = familyFromYaml(imported.yaml, key);
    expect(listMachines(value)).toEqual(machines);
    expect(imported.notes).toEqual([]);
    expect(imported.yaml.split('\n').every((line) => line.length <= 120)).toBe(true);

    // And without one, everything that it does say.
    const fresh = await importFamily(selected.machines, { provider, family, source: 'x', known: [] });
    const found = listMachines(familyFromYaml(fresh.yaml, key).value);
    const spoken = saidBy(provider);
    expect(found.map(spoken)).toEqual(machines.map(spoken));
  });

  it('the files are hardly longer than those written by hand', async () => {
    let [ours, made] = [0, 0];
    for (const key of keys) {
      const original = loadFamily(files, key)!;
      ours += linesOf(readFileSync(`${root}/profiles/${key}.yaml`, 'utf8')).length;
      made += linesOf(familyYaml(familyOf(listMachines(original), original))).length;
    }
    expect(made).toBeLessThan(ours * 1.02);
  });
});

/** The facts that a provider's own tool states. */
function saidBy(provider: CloudProvider): (machine: Machine) => object {
  return ({ name, cpuMillis, listedVcpus, memoryMiB, threadsPerCore, architecture, gpus, burstable, enis }) => ({
    name,
    cpuMillis,
    listedVcpus,
    memoryMiB,
    ...(provider !== 'azure' && { architecture, gpus, burstable: burstable !== undefined }),
    ...(provider === 'aws' && { threadsPerCore, enis }),
  });
}

import { describe, expect, it } from 'vitest';
import {
  findFamilyKey,
  type MachineFilter,
  matchesPattern,
  nearestMachines,
  parseFilter,
  rowOf,
  searchMachines,
} from '../../src/files/machines.ts';
import { listCatalogue, matchPattern } from '../gathered.ts';
import { filesWith } from '../hardware/catalogue/support.ts';
import { errorOf } from '../samples.ts';

const files = filesWith();
const all = listCatalogue(files);
const namesOf = (machines: readonly { name: string }[]) => machines.map(({ name }) => name);

const BOX = 'machine: { name: rack, cpu: 12, memory: 64Gi, gpus: 2 }\n';
const C9X = `provider: aws
family: c9x
source: made up
memoryMiBPerVcpu: 1024
machines: [{ name: 'c9x.{size}', sizes: { large: 2 } }]
`;

describe('the list', () => {
  it('has every machine once, by provider, then family, CPU, memory, name', () => {
    expect(all.length).toBe(3303);
    expect(new Set(namesOf(all)).size).toBe(3303);
    expect([...new Set(all.map(({ provider }) => provider))]).toEqual(['aws', 'azure', 'gcp']);
    expect(namesOf(all.filter(({ name }) => name.startsWith('c6i.')))).toEqual([
      'c6i.large',
      'c6i.xlarge',
      'c6i.2xlarge',
      'c6i.4xlarge',
      'c6i.8xlarge',
      'c6i.12xlarge',
      'c6i.16xlarge',
      'c6i.24xlarge',
      'c6i.32xlarge',
      'c6i.metal',
    ]);
  });

  it("has the user's own boxes by file name, and families in place of the package's", async () => {
    const own = filesWith({
      'profiles/my-rack.yaml': BOX,
      'profiles/aws/c9x.yaml': C9X,
      'profiles/4x.yaml': 'container: { cpu: 4, memory: 8Gi }\n',
    });
    const listed = listCatalogue(own);
    expect(listed.length).toBe(3305);
    expect(rowOf(listed.at(-1)!)).toEqual({
      provider: 'other',
      name: 'my-rack',
      vcpu: 12,
      memoryMiB: 65536,
      threadsPerCore: 1,
      architecture: 'amd64',
      gpus: 2,
    });
    expect(namesOf(listCatalogue(own, { provider: 'other' }))).toEqual(['my-rack']);
    expect(namesOf(listCatalogue(own, { family: 'c9x' }))).toEqual(['c9x.large']);
    const smaller = C9X.replaceAll('c9x', 'c6i');
    expect(namesOf(listCatalogue(filesWith({ 'profiles/aws/c6i.yaml': smaller }), { family: 'c6i' }))).toEqual([
      'c6i.large',
    ]);
  });

  it("says what is wrong with a user's family, and that a file is named unlike what is inside", async () => {
    const broken = filesWith({ 'profiles/aws/c9x.yaml': C9X.replace('source: made up\n', '') });
    expect((await errorOf(() => listCatalogue(broken))).message).toBe(
      'profiles/aws/c9x.yaml:1: source: expected string, got nothing; add source',
    );
    const misnamed = filesWith({ 'profiles/aws/c9y.yaml': C9X });
    expect((await errorOf(() => listCatalogue(misnamed))).message).toBe(
      'profiles/aws/c9y.yaml: family: expected aws/c9y, as the file is named, got aws/c9x',
    );
  });
});

describe('filters', () => {
  it.each<{ desc: string; filter: MachineFilter; names: string[] }>([
    {
      desc: 'family',
      filter: { family: 'a1', vcpu: { min: 8, max: 16 } },
      names: ['a1.2xlarge', 'a1.4xlarge', 'a1.metal'],
    },
    { desc: 'below the bound', filter: { family: 'a1', vcpu: { min: 9, max: 15 } }, names: [] },
    { desc: 'memory', filter: { family: 'a1', memoryMiB: { min: 0, max: 4096 } }, names: ['a1.medium', 'a1.large'] },
    { desc: 'architecture', filter: { family: 'a1', architecture: 'amd64' }, names: [] },
    { desc: 'no GPU', filter: { family: 'a1', gpu: true }, names: [] },
    {
      desc: 'a GPU',
      filter: { family: 'a2', gpu: true, vcpu: { min: 12, max: 12 } },
      names: ['a2-highgpu-1g', 'a2-ultragpu-1g'],
    },
    {
      desc: 'another provider',
      filter: { family: 'gcp:a2', provider: 'gcp', vcpu: { min: 24, max: 24 } },
      names: ['a2-highgpu-2g', 'a2-ultragpu-2g'],
    },
    // Listed with 4, of which 1 or 2 are active.
    {
      desc: 'listed vCPUs',
      filter: { family: 'dsv2', vcpu: { min: 4, max: 4 }, memoryMiB: { min: 28672, max: 28672 } },
      names: ['Standard_DS12-1_v2', 'Standard_DS12-2_v2', 'Standard_DS12_v2', 'Standard_DS12_v2_Promo'],
    },
  ])('$desc', async ({ filter, names }) => {
    expect(namesOf(listCatalogue(files, filter))).toEqual(names);
  });

  it.each([
    { texts: { vcpu: '16' }, filter: { vcpu: { min: 16, max: 16 } } },
    { texts: { vcpu: '16..64' }, filter: { vcpu: { min: 16, max: 64 } } },
    { texts: { vcpu: '16..' }, filter: { vcpu: { min: 16, max: Number.MAX_SAFE_INTEGER } } },
    { texts: { vcpu: '..64' }, filter: { vcpu: { min: 0, max: 64 } } },
    { texts: { memory: '32Gi..' }, filter: { memoryMiB: { min: 32768, max: Number.MAX_SAFE_INTEGER } } },
    { texts: { memory: '512Mi..1.5Gi' }, filter: { memoryMiB: { min: 512, max: 1536 } } },
    {
      texts: { arch: 'arm64', gpu: true, provider: 'aws' },
      filter: { architecture: 'arm64', gpu: true, provider: 'aws' },
    },
    { texts: {}, filter: {} },
  ] as const)('$texts', ({ texts, filter }) => {
    expect(parseFilter(texts)).toEqual(filter);
  });

  it.each([
    {
      texts: { vcpu: '64..16' },
      message: '--vcpu: expected a value or a range from low to high such as 16..64, got "64..16"',
    },
    { texts: { vcpu: '..' }, message: '--vcpu: expected a value or a range from low to high such as 16..64, got ".."' },
    {
      texts: { vcpu: '1..2..3' },
      message: '--vcpu: expected a value or a range from low to high such as 16..64, got "1..2..3"',
    },
    {
      texts: { vcpu: '1.5' },
      message: '--vcpu: expected a whole number of at most 15 digits without a leading zero, got "1.5"',
    },
    { texts: { vcpu: '' }, message: '--vcpu: expected a value or a range from low to high such as 16..64, got ""' },
    {
      texts: { memory: '32' },
      message: '--memory: expected memory in Mi, Gi or Ti (1024-based), got "32"; write 32Mi or 32Gi',
    },
  ])('refuses $texts', async ({ texts, message }) => {
    const error = await errorOf(() => parseFilter(texts));
    expect(error.code).toBe('QUANTITY_SYNTAX');
    expect(error.message).toBe(message);
  });
});

describe('a family by name', () => {
  it.each([
    ['c6i', 'aws/c6i'],
    ['C6I', 'aws/c6i'],
    ['aws:c6i', 'aws/c6i'],
    ['aws/c6i', 'aws/c6i'],
    ['n2', 'gcp/n2'],
    ['Dsv5', 'azure/dsv5'],
    ['Ds_v5', 'azure/dsv5'],
    ['u-6tb1', 'aws/u-6tb1'],
    ['m1', 'aws/m1'],
    ['gcp:m1', 'gcp/m1'],
  ])('%s is %s', (wanted, key) => {
    expect(findFamilyKey(files, wanted)).toBe(key);
  });

  it.each([
    {
      wanted: 'c6z',
      message: '--family: expected a machine family (c6i, n2, dsv5), got "c6z"; did you mean c6a, c6g, c6i?',
    },
    {
      wanted: 'gcp:c6i',
      message: '--family: expected a machine family of gcp (c6i, n2, dsv5), got "gcp:c6i"',
    },
    {
      wanted: '../../etc/passwd',
      message: '--family: expected a machine family (c6i, n2, dsv5), got "../../etc/passwd"',
    },
  ])('there is no $wanted', async ({ wanted, message }) => {
    const error = await errorOf(() => findFamilyKey(files, wanted));
    expect(error.code).toBe('PROFILE_UNKNOWN');
    expect(error.message).toBe(message);
  });
});

describe('search', () => {
  it.each([
    { text: 'c6i.8', names: ['c6i.8xlarge'] },
    { text: 'C6I.8X', names: ['c6i.8xlarge'] },
    { text: 'd8s_v5', names: ['Standard_D8s_v5'] },
    { text: 'gcp:t2d-standard-4', names: ['t2d-standard-4', 't2d-standard-48'] },
    { text: 'aws:t2d-standard-4', names: [] },
    { text: '*', names: [] },
  ])('$text', ({ text, names }) => {
    expect(namesOf(searchMachines(all, text))).toEqual(names);
  });

  it('has the nearest', () => {
    expect(namesOf(nearestMachines(all, 'c6i.9xlarge', 3))).toEqual(['c6i.8xlarge', 'c6i.12xlarge', 'c6i.16xlarge']);
    expect(nearestMachines(all, 'zzzzzz')).toEqual([]);
  });
});

describe('a pattern', () => {
  it.each([
    ['', '', true],
    ['*', '', true],
    ['?', '', false],
    ['c7g.*', 'c7g.large', true],
    ['c7g.*', 'c7gx.large', false],
    ['*.large', 'c7g.large.large', true],
    ['*a*b', 'xaxbxb', true],
    ['*a*b', 'xaxbxc', false],
    ['a?c*', 'abc', true],
    ['**a**', 'bab', true],
    ['a.c', 'abc', false],
    ['[a-c]', 'b', false],
  ])('%j of %j: %s', (pattern, name, matches) => {
    expect(matchesPattern(pattern, name)).toBe(matches);
  });

  it('of many stars takes no longer for it', () => {
    const begin = performance.now();
    expect(matchesPattern(`${'*a'.repeat(2000)}b`, 'a'.repeat(5000))).toBe(false);
    expect(performance.now() - begin).toBeLessThan(2000);
  });
});

describe('patterns', () => {
  it.each([
    { pattern: 'a1.*', names: ['a1.medium', 'a1.large', 'a1.xlarge', 'a1.2xlarge', 'a1.4xlarge', 'a1.metal'] },
    { pattern: 'aws:a1.?xlarge', names: ['a1.2xlarge', 'a1.4xlarge'] },
    {
      pattern: 'Standard_D8*s_v5',
      names: [
        'Standard_D8ads_v5',
        'Standard_D8as_v5',
        'Standard_D8ds_v5',
        'Standard_D8lds_v5',
        'Standard_D8pds_v5',
        'Standard_D8plds_v5',
        'Standard_D8pls_v5',
        'Standard_D8ps_v5',
        'Standard_D8ls_v5',
        'Standard_D8s_v5',
      ],
    },
    { pattern: 'e2-micr?', names: ['e2-micro'] },
    { pattern: 'my-*', names: ['my-limits', 'my-rack'] },
    { pattern: '*rack', names: ['my-rack'] },
  ])('$pattern', async ({ pattern, names }) => {
    const own = filesWith({
      'profiles/my-rack.yaml': BOX,
      'profiles/my-limits.yaml': 'container: { cpu: 4, memory: 8Gi }\n',
    });
    const found = namesOf(matchPattern(own, pattern));
    expect(found.toSorted()).toEqual(names.toSorted());
    expect(found.length).toBe(names.length);
  });

  it('in catalogue order', async () => {
    const found = namesOf(matchPattern(files, '*'));
    expect(found).toEqual(namesOf(all));
  });

  it.each([
    { pattern: 'c7k.*', near: 'c7i.*, c7g.*, c7a.*' },
    { pattern: 'Standard_D*s_v9', near: 'Standard_D*s_v6, Standard_D*s_v5, Standard_D*s_v4' },
    // A dot is a dot, and letters count with their case.
    { pattern: 'C6I.*', near: 'c6i.*, c7i.*, c8i.*' },
  ])('$pattern matches nothing', async ({ pattern, near }) => {
    const error = await errorOf(() => matchPattern(files, pattern));
    expect(error.code).toBe('PROFILE_UNKNOWN');
    expect(error.message).toBe(
      `--profile: expected a pattern that some machine's name matches, such as 'c7g.*', got "${pattern}"; did you mean ${near}?`,
    );
  });
});

import { describe, expect, it } from 'vitest';
import { type Family, familyKey, findMachine, listMachines, splitProvider } from '../../src/hardware/family.ts';

describe('familyKey', () => {
  it.each([
    { name: 'c6i.8xlarge', key: 'aws/c6i', desc: 'AWS' },
    { name: 'm7i-flex.large', key: 'aws/m7i-flex', desc: 'AWS, a dash in the family' },
    { name: 'u-6tb1.112xlarge', key: 'aws/u-6tb1', desc: 'AWS, high memory' },
    { name: 'mac-m4.metal', key: 'aws/mac-m4', desc: 'AWS, a digit late in the family' },
    { name: 'm7i.metal-24xl', key: 'aws/m7i', desc: 'AWS, a dash in the size' },
    { name: 'C6I.8XLARGE', key: 'aws/c6i', desc: 'any case: the file can then name the right spelling' },
    { name: 'n2-standard-8', key: 'gcp/n2', desc: 'GCP' },
    { name: 'c3-standard-192-metal', key: 'gcp/c3', desc: 'GCP, a suffix' },
    { name: 'ct5lp-hightpu-4t', key: 'gcp/ct5lp', desc: 'GCP, TPU' },
    { name: 'f1-micro', key: 'gcp/f1', desc: 'GCP, shared core' },
    { name: 'Standard_D8s_v5', key: 'azure/dsv5', desc: 'Azure' },
    { name: 'Standard_D8ls_v5', key: 'azure/dsv5', desc: 'Azure, less memory: same series' },
    { name: 'Standard_B2pts_v2', key: 'azure/bpsv2', desc: 'Azure, tiny memory' },
    { name: 'Standard_E4-2ads_v5', key: 'azure/eadsv5', desc: 'Azure, constrained cores' },
    { name: 'Standard_E104is_v5', key: 'azure/esv5', desc: 'Azure, isolated' },
    { name: 'Standard_M416s_10_v2', key: 'azure/msv2', desc: 'Azure, a memory step' },
    { name: 'Standard_D11_v2_Promo', key: 'azure/dv2', desc: 'Azure, promotion' },
    { name: 'Standard_NC24ads_A100_v4', key: 'azure/ncadsa100v4', desc: 'Azure, an accelerator' },
    { name: 'Standard_DC4ads_cc_v5', key: 'azure/dcadsccv5', desc: 'Azure, a tag that is not dropped' },
    { name: 'Standard_GS5-16', key: 'azure/gs', desc: 'Azure, no version' },
    { name: 'standard_d8s_v5', key: 'azure/dsv5', desc: 'Azure, lower case' },
    { name: 'aws:c6i.8xlarge', key: 'aws/c6i', desc: 'a prefix' },
    { name: 'gcp:c6i.8xlarge', key: undefined, desc: "another provider's prefix" },
    { name: 'ibm:c6i.8xlarge', key: undefined, desc: 'an unknown prefix' },
    { name: '4cpu-8gi', key: undefined, desc: 'container limits' },
    { name: 'my-box', key: undefined, desc: 'no family with a digit' },
    { name: 'c6i', key: undefined, desc: 'no size' },
    { name: 'c6i.*', key: undefined, desc: 'a glob' },
    { name: '../../etc/passwd1.x', key: undefined, desc: 'a path' },
    { name: 'c6i.8xlarge\n', key: undefined, desc: 'a line break' },
    { name: '', key: undefined, desc: 'nothing' },
  ])('$desc: $name -> $key', ({ name, key }) => {
    expect(familyKey(name)).toBe(key);
  });

  it('splits a provider off', () => {
    expect(splitProvider('azure:Standard_B1s')).toEqual({ provider: 'azure', name: 'Standard_B1s' });
    expect(splitProvider('Standard_B1s')).toEqual({ name: 'Standard_B1s' });
  });
});

const m1: Family = {
  provider: 'aws',
  family: 'm1',
  source: 'made up',
  architecture: 'amd64',
  threadsPerCore: 2,
  memoryMiBPerVcpu: 4096,
  gpus: 1,
  enis: { 4: '4x15', 16: '8x30' },
  machines: [
    { name: 'm1.{size}', sizes: { medium: 1, xlarge: 4, '4xlarge': 16, '8xlarge': 32, metal: 32 } },
    { name: 'm1.{size}x', memoryMiB: 1024, gpus: 0, architecture: 'arm64', threadsPerCore: 1, sizes: [2] },
  ],
  except: {
    'm1.metal': { memoryMiB: 65536, gpus: 8, enis: '15x50' },
    'm1.medium': { baselineMillisPerVcpu: 200 },
    'm1.xlarge': { baselineMillisPerVcpu: 200, baselineMillis: 900 },
    'm1.8xlarge': { burstable: true },
  },
};

describe('findMachine', () => {
  it('derives a machine from the rule', () => {
    expect(findMachine(m1, 'm1.4xlarge')).toEqual({
      kind: 'machine',
      name: 'm1.4xlarge',
      provider: 'aws',
      cpuMillis: 16000,
      memoryMiB: 65536,
      threadsPerCore: 2,
      architecture: 'amd64',
      gpus: 1,
      enis: { count: 8, ipv4PerEni: 30 },
    });
  });

  it.each([
    { desc: 'the group before the family', name: 'm1.2x', fact: { memoryMiB: 1024, gpus: 0, threadsPerCore: 1 } },
    { desc: 'the exception before both', name: 'm1.metal', fact: { memoryMiB: 65536, gpus: 8 } },
    { desc: 'one ENI figure for all', name: 'm1.metal', fact: { enis: { count: 15, ipv4PerEni: 50 } } },
    { desc: 'ENIs at a threshold', name: 'm1.xlarge', fact: { enis: { count: 4, ipv4PerEni: 15 } } },
    { desc: 'ENIs above the last threshold', name: 'm1.8xlarge', fact: { enis: { count: 8, ipv4PerEni: 30 } } },
    { desc: 'baseline by vCPU', name: 'm1.medium', fact: { burstable: { baselineMillis: 200 } } },
    { desc: 'whole baseline before that', name: 'm1.xlarge', fact: { burstable: { baselineMillis: 900 } } },
    { desc: 'burstable, baseline unknown', name: 'm1.8xlarge', fact: { burstable: {} } },
  ])('$desc', ({ name, fact }) => {
    expect(findMachine(m1, name)).toMatchObject(fact);
  });

  it('leaves out what there is not', () => {
    const machine = findMachine(m1, 'm1.medium');
    expect(machine).not.toHaveProperty('enis');
    expect(findMachine(m1, 'm1.4xlarge')).not.toHaveProperty('burstable');
    expect(machine).not.toHaveProperty('listedVcpus');
  });

  it.each([
    { desc: 'a prefix', name: 'aws:m1.xlarge', found: true },
    { desc: 'a wrong prefix', name: 'gcp:m1.xlarge', found: false },
    { desc: 'a wrong size', name: 'm1.2xlarge', found: false },
    { desc: 'another case', name: 'M1.xlarge', found: false },
  ])('$desc: $name', ({ name, found }) => {
    expect(findMachine(m1, name)?.name).toBe(found ? 'm1.xlarge' : undefined);
  });

  it('lists by CPU, memory, name', () => {
    expect(listMachines(m1).map(({ name }) => name)).toEqual([
      'm1.medium',
      'm1.2x',
      'm1.xlarge',
      'm1.4xlarge',
      'm1.metal',
      'm1.8xlarge',
    ]);
  });
});

describe('constrained-core sizes', () => {
  const es: Family = {
    provider: 'azure',
    family: 'esv4',
    source: 'made up',
    memoryMiBPerVcpu: 8192,
    machines: [
      { name: 'Standard_E{size}s_v4', sizes: [4, 64, '4-2', '64-16'] },
      { name: 'Standard_E{size}_v4', sizes: { 11: 2, '11-1': 2 } },
    ],
    except: { Standard_E64s_v4: { memoryMiB: 516096 } },
  };

  it.each([
    { desc: 'plain', name: 'Standard_E4s_v4', cpuMillis: 4000, listedVcpus: undefined, memoryMiB: 32768 },
    { desc: 'fewer active vCPUs', name: 'Standard_E4-2s_v4', cpuMillis: 2000, listedVcpus: 4, memoryMiB: 32768 },
    { desc: 'inherits', name: 'Standard_E64-16s_v4', cpuMillis: 16000, listedVcpus: 64, memoryMiB: 516096 },
    { desc: 'of a named size', name: 'Standard_E11-1_v4', cpuMillis: 1000, listedVcpus: 2, memoryMiB: 16384 },
  ])('$desc: $name', ({ name, cpuMillis, listedVcpus, memoryMiB }) => {
    expect(findMachine(es, name)).toMatchObject({ cpuMillis, memoryMiB });
    expect(findMachine(es, name)?.listedVcpus).toBe(listedVcpus);
  });
});

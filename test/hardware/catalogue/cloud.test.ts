import { describe, expect, it } from 'vitest';
import { readCloudOutput } from '../../../src/hardware/catalogue/cloud.ts';
import type { CloudProvider } from '../../../src/hardware/family.ts';
import { errorOf } from '../../samples.ts';

// Shortened from what EC2's DescribeInstanceTypes answers (as moto 5.2.5 has it, 2026).
const G5 = {
  InstanceType: 'g5.12xlarge',
  CurrentGeneration: true,
  ProcessorInfo: { SupportedArchitectures: ['x86_64'], SustainedClockSpeedInGhz: 3.3 },
  VCpuInfo: { DefaultVCpus: 48, DefaultCores: 24, DefaultThreadsPerCore: 2, ValidCores: [2, 4] },
  MemoryInfo: { SizeInMiB: 196608 },
  GpuInfo: { Gpus: [{ Name: 'A10G', Manufacturer: 'NVIDIA', Count: 4, MemoryInfo: { SizeInMiB: 24576 } }] },
  NetworkInfo: {
    MaximumNetworkInterfaces: 15,
    DefaultNetworkCardIndex: 0,
    NetworkCards: [
      { NetworkCardIndex: 0, MaximumNetworkInterfaces: 8 },
      { NetworkCardIndex: 1, MaximumNetworkInterfaces: 7 },
    ],
    Ipv4AddressesPerInterface: 50,
  },
  BurstablePerformanceSupported: false,
};
const g5 = {
  provider: 'aws',
  name: 'g5.12xlarge',
  vcpus: 48,
  memoryMiB: 196608,
  threadsPerCore: 2,
  architecture: 'amd64',
  gpus: 4,
  burstable: false,
  enis: { count: 8, ipv4PerEni: 50 },
};
const E2 = {
  kind: 'compute#machineType',
  id: '334002',
  creationTimestamp: '1969-12-31T16:00:00.000-08:00',
  name: 'e2-micro',
  guestCpus: 2,
  memoryMb: 1024,
  isSharedCpu: true,
  architecture: 'X86_64',
  zone: 'europe-west1-b',
};
const e2 = {
  provider: 'gcp',
  name: 'e2-micro',
  vcpus: 2,
  memoryMiB: 1024,
  architecture: 'amd64',
  gpus: 0,
  burstable: true,
};
const A2 = {
  ...E2,
  name: 'a2-highgpu-2g',
  guestCpus: 24,
  memoryMb: 174080,
  isSharedCpu: false,
  accelerators: [{ guestAcceleratorCount: 2, guestAcceleratorType: 'nvidia-tesla-a100' }],
};
const D8 = {
  maxDataDiskCount: 16,
  memoryInMB: 32768,
  name: 'Standard_D8s_v5',
  numberOfCores: 8,
  osDiskSizeInMB: 1047552,
  resourceDiskSizeInMB: 0,
};
const SKU = {
  resourceType: 'virtualMachines',
  name: 'Standard_E4-2ads_v5',
  family: 'standardEADSv5Family',
  capabilities: [
    { name: 'vCPUs', value: '4' },
    { name: 'vCPUsAvailable', value: '2' },
    { name: 'MemoryGB', value: '32' },
    { name: 'CpuArchitectureType', value: 'x64' },
    { name: 'vCPUsPerCore', value: '2' },
    { name: 'HyperVGenerations', value: 'V1,V2' },
  ],
};
const half = SKU.capabilities.map((one) => (one.name === 'MemoryGB' ? { ...one, value: '3.5' } : one));

const read = (provider: CloudProvider, value: unknown) => readCloudOutput(provider, JSON.stringify(value), 'in.json');

describe('what the tools print', () => {
  it.each([
    { desc: 'describe-instance-types', provider: 'aws', value: { InstanceTypes: [G5] }, machines: [g5] },
    { desc: "with --query 'InstanceTypes[]'", provider: 'aws', value: [G5], machines: [g5] },
    {
      desc: 'oldest types: i386 first, no cards',
      provider: 'aws',
      value: [
        {
          ...G5,
          ProcessorInfo: { SupportedArchitectures: ['i386', 'x86_64'] },
          NetworkInfo: { MaximumNetworkInterfaces: 2, Ipv4AddressesPerInterface: 6 },
        },
      ],
      machines: [{ ...g5, enis: { count: 2, ipv4PerEni: 6 } }],
    },
    {
      desc: 'a default card that is not the first',
      provider: 'aws',
      value: [{ ...G5, NetworkInfo: { ...G5.NetworkInfo, DefaultNetworkCardIndex: 1 } }],
      machines: [{ ...g5, enis: { count: 7, ipv4PerEni: 50 } }],
    },
    {
      desc: 'nothing of GPUs',
      provider: 'aws',
      value: [{ ...G5, GpuInfo: undefined }],
      machines: [{ ...g5, gpus: 0 }],
    },
    {
      desc: 'machine-types list, a row a zone',
      provider: 'gcp',
      value: [E2, { ...E2, zone: 'us-east1-c' }],
      machines: [e2],
    },
    {
      desc: 'accelerators',
      provider: 'gcp',
      value: [A2],
      machines: [{ ...e2, name: 'a2-highgpu-2g', vcpus: 24, memoryMiB: 174080, gpus: 2, burstable: false }],
    },
    {
      desc: 'list-sizes',
      provider: 'azure',
      value: [D8],
      machines: [{ provider: 'azure', name: 'Standard_D8s_v5', vcpus: 8, memoryMiB: 32768 }],
    },
    {
      desc: 'list-skus, other resources left out',
      provider: 'azure',
      value: [{ resourceType: 'disks', name: 'Premium_LRS', capabilities: [] }, SKU],
      machines: [
        {
          provider: 'azure',
          name: 'Standard_E4-2ads_v5',
          vcpus: 4,
          memoryMiB: 32768,
          threadsPerCore: 2,
          architecture: 'amd64',
          gpus: 0,
        },
      ],
    },
    {
      desc: 'list-skus, half a GiB',
      provider: 'azure',
      value: [{ ...SKU, capabilities: [...half, { name: 'GPUs', value: '1' }] }],
      machines: [{ name: 'Standard_E4-2ads_v5', memoryMiB: 3584, gpus: 1 }],
    },
  ] as const)('$provider: $desc', ({ provider, value, machines }) => {
    const found = read(provider, value);
    expect(found.machines).toMatchObject(machines);
    expect(found.machines.length).toBe(machines.length);
    expect(found.notes).toEqual([]);
  });

  it('says that there are more pages', () => {
    expect(read('aws', { InstanceTypes: [G5], NextToken: 'eyJ' }).notes).toEqual([
      'the input is one page of several (it has a NextToken): machines can be missing',
    ]);
  });
});

describe('wrong input', () => {
  const aws = 'expected the JSON that `aws ec2 describe-instance-types --output json` prints';
  it.each([
    { desc: 'nothing', provider: 'aws', text: '', message: `in.json: ${aws}, got nothing` },
    {
      desc: 'YAML',
      provider: 'aws',
      text: 'InstanceTypes:\n- a\n',
      message: `in.json: ${aws}, got text that begins with "InstanceTypes:"`,
    },
    {
      desc: 'cut off',
      provider: 'aws',
      text: '{"InstanceTypes": [',
      message: `in.json: ${aws}, got text that begins with "{"InstanceTypes": ["`,
    },
    { desc: 'a number', provider: 'aws', text: '7', message: `in.json: ${aws}, got 7` },
    {
      desc: 'another object',
      provider: 'aws',
      text: '{"Regions": []}',
      message: `in.json: ${aws}, got an object with Regions`,
    },
    {
      desc: 'an empty list',
      provider: 'aws',
      text: '[]',
      message: `in.json: ${aws} of at least one machine, got an empty list`,
    },
    {
      desc: "gcloud's output",
      provider: 'aws',
      text: JSON.stringify([E2]),
      message: `in.json: ${aws}, got what gcp prints; change --provider to gcp`,
    },
    {
      desc: "az's output",
      provider: 'gcp',
      text: JSON.stringify([D8]),
      message:
        'in.json: expected the JSON that `gcloud compute machine-types list --format=json` prints, got what azure prints; change --provider to azure',
    },
    {
      desc: 'an object',
      provider: 'azure',
      text: '{}',
      message:
        'in.json: expected the JSON that `az vm list-sizes --location LOCATION -o json` prints, got an empty object',
    },
    {
      desc: 'only disks',
      provider: 'azure',
      text: JSON.stringify([{ resourceType: 'disks', name: 'x', capabilities: [] }]),
      message:
        'in.json: expected the JSON that `az vm list-sizes --location LOCATION -o json` prints, got a list without machines',
    },
    {
      desc: 'rows that are none',
      provider: 'gcp',
      text: '[1]',
      message: [
        'in.json: 0.name: expected a text, got nothing',
        'in.json: 0.guestCpus: expected a whole number of at least 1, got nothing',
        'in.json: 0.memoryMb: expected a whole number of at least 1, got nothing',
      ].join('\n'),
    },
  ] as const)('$desc', async ({ provider, text, message }) => {
    const error = await errorOf(() => readCloudOutput(provider, text, 'in.json'));
    expect(error.code).toBe('PROFILE_INVALID');
    expect(error.message).toBe(message);
  });

  it.each([
    { change: { InstanceType: '' }, message: 'InstanceTypes.0.InstanceType: expected a text, got ""' },
    {
      change: { VCpuInfo: { DefaultVCpus: '4 or so' } },
      message: 'InstanceTypes.0.VCpuInfo.DefaultVCpus: expected a whole number, got "4 or so"',
    },
    {
      change: { VCpuInfo: {} },
      message: 'InstanceTypes.0.VCpuInfo.DefaultVCpus: expected a whole number of at least 1, got nothing',
    },
    {
      change: { MemoryInfo: { SizeInMiB: 0 } },
      message: 'InstanceTypes.0.MemoryInfo.SizeInMiB: expected a whole number of at least 1, got 0',
    },
    {
      change: { MemoryInfo: { SizeInMiB: -1 } },
      message: 'InstanceTypes.0.MemoryInfo.SizeInMiB: expected a whole number, got -1',
    },
    {
      change: { MemoryInfo: null },
      message: 'InstanceTypes.0.MemoryInfo.SizeInMiB: expected a whole number of at least 1, got nothing',
    },
    {
      change: { ProcessorInfo: { SupportedArchitectures: ['sparc'] } },
      message: 'InstanceTypes.0.ProcessorInfo.SupportedArchitectures: expected x86_64 or arm64, got ["sparc"]',
    },
    { change: { GpuInfo: { Gpus: {} } }, message: 'InstanceTypes.0.GpuInfo.Gpus: expected a list, got {}' },
    {
      change: { BurstablePerformanceSupported: 'no' },
      message: 'InstanceTypes.0.BurstablePerformanceSupported: expected true or false, got "no"',
    },
  ])('$message', async ({ change, message }) => {
    const error = await errorOf(() => read('aws', { InstanceTypes: [{ ...G5, ...change }] }));
    expect(error.message.split('\n')[0]).toBe(`in.json: ${message}`);
  });

  it('a machine that is said twice, differently', async () => {
    const error = await errorOf(() => read('gcp', [E2, { ...E2, memoryMb: 2048 }]));
    expect(error.message).toMatch(
      /^in.json: 1: expected e2-micro with the same facts each time, got .*2048.* after .*1024/,
    );
  });

  it('many problems are shown in part', async () => {
    const error = await errorOf(() =>
      read(
        'azure',
        Array.from({ length: 20 }, () => ({ numberOfCores: 1, name: 'x' })),
      ),
    );
    expect(error.problems.length).toBe(11);
    expect(error.problems.at(-1)?.message).toBe('and 10 more like these');
  });
});

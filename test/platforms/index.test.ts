import { describe, expect, it } from 'vitest';
import type { Machine } from '../../src/hardware/profile.ts';
import { findPlatform, platformNames } from '../../src/platforms/index.ts';
import { problemsOf } from '../samples.ts';
import { builtInProfile } from '../support.ts';

const box = (memoryMiB: number, cpuMillis = 4000): Machine => ({
  kind: 'machine',
  name: 'box',
  provider: 'other',
  cpuMillis,
  memoryMiB,
  threadsPerCore: 1,
  architecture: 'amd64',
  gpus: 0,
});
function allocatable(name: string, machine: Machine) {
  const platform = findPlatform(name);
  if (!('allocatable' in platform)) throw new Error(`${name} takes no machines`);
  return platform.allocatable(machine);
}
const takenOf = (platform: string, machine: Machine) =>
  allocatable(platform, machine).reservations.map(({ name, cpuMillis, memoryMiB }) => [name, cpuMillis, memoryMiB]);
const leftOf = (platform: string, machine: Machine) => {
  const { cpuMillis, memoryMiB } = allocatable(platform, machine);
  return [cpuMillis, memoryMiB];
};

describe('host', () => {
  it.each([
    { memoryMiB: 10_239, left: 9727, desc: '5 % is 511.95: 512 either way' },
    { memoryMiB: 10_240, left: 9728, desc: '5 % is 512' },
    { memoryMiB: 10_241, left: 9728, desc: '5 % is 512.05, up' },
    { memoryMiB: 65_536, left: 62_259, desc: '5 % is 3276.8, up' },
    { memoryMiB: 512, left: 0 },
    { memoryMiB: 64, left: 0, desc: 'no more than there is' },
  ])('keeps the larger of 512 MiB and 5 %: $memoryMiB MiB', ({ memoryMiB, left }) => {
    expect(leftOf('host', box(memoryMiB))).toEqual([4000, left]);
  });

  it('takes no guest overhead off memory that was measured, and says so', () => {
    const { reservations, memoryMiB } = allocatable('host', { ...box(16_000), measured: true });
    expect(reservations.map(({ name, memoryMiB, why }) => [name, memoryMiB, why])).toEqual([
      ['guest overhead', 0, 'none: the memory is measured, so it is what the guest sees'],
      ['operating system', 800, 'the larger of 512 MiB and 5 %; CPU is compressible'],
    ]);
    expect(memoryMiB).toBe(15_200);
  });

  it.each([
    { freeMiB: 16_000, inUse: 0, left: 15_200, desc: 'nothing is held' },
    { freeMiB: 15_200, inUse: 0, left: 15_200, desc: "800 are held: the operating system's part" },
    { freeMiB: 15_199, inUse: 1, left: 15_199 },
    { freeMiB: 4000, inUse: 11_200, left: 4000, desc: '12000 are held, 800 of them by the operating system' },
    { freeMiB: 0, inUse: 15_200, left: 0 },
  ])('leaves what runs there what it holds: $freeMiB MiB of 16000 free', ({ freeMiB, inUse, left }) => {
    const machine = { ...box(16_000), freeMiB };
    expect(takenOf('host', machine)).toEqual([
      ['operating system', 0, 800],
      ['in use', 0, inUse],
    ]);
    expect(leftOf('host', machine)).toEqual([4000, left]);
  });

  it('c6i.8xlarge and t3.large as worked out by hand (FACTS 2)', () => {
    expect(takenOf('host', builtInProfile('c6i.8xlarge') as Machine)).toEqual([
      ['guest overhead', 0, 4916],
      ['operating system', 0, 3031],
    ]);
    expect(leftOf('host', builtInProfile('c6i.8xlarge') as Machine)).toEqual([32_000, 57_589]);
    expect(leftOf('host', builtInProfile('t3.large') as Machine)).toEqual([2000, 7065]);
  });
});

describe('kubernetes', () => {
  it('asks nobody what is free now: the scheduler does not', () => {
    expect(takenOf('kubernetes', { ...box(16_000), freeMiB: 1 })).toEqual(takenOf('kubernetes', box(16_000)));
  });

  it('c6i.8xlarge as worked out by hand (FACTS 2)', () => {
    expect(takenOf('kubernetes', builtInProfile('c6i.8xlarge') as Machine)).toEqual([
      ['guest overhead', 0, 4916],
      ['kube-reserved', 150, 5317],
      ['eviction threshold', 0, 100],
      ['every node', 300, 512],
    ]);
    expect(leftOf('kubernetes', builtInProfile('c6i.8xlarge') as Machine)).toEqual([31_550, 54_691]);
  });

  it('the documented GKE node of 16 GiB: 13,178 MiB by this rule, and what runs on every node (FACTS 3)', () => {
    // 16384 - 492 = 15892; 1024 + 819.2 + 770 = 2613.2 -> 2614; 100; 512
    const machine: Machine = { ...box(16_384), provider: 'gcp' };
    expect(takenOf('kubernetes', machine)).toEqual([
      ['guest overhead', 0, 492],
      ['kube-reserved', 80, 2614],
      ['eviction threshold', 0, 100],
      ['every node', 300, 512],
    ]);
    // 13178 - 512
    expect(leftOf('kubernetes', machine)).toEqual([3620, 12_666]);
  });

  it.each([
    // 1023 - 255 - 100 - 512; 1000 - 60 - 300
    { memoryMiB: 1023, left: [640, 156] },
    // 1024 - 256 - 100 - 512
    { memoryMiB: 1024, left: [640, 156] },
    { memoryMiB: 200, left: [640, 0] },
  ])('a small node of $memoryMiB MiB', ({ memoryMiB, left }) => {
    expect(leftOf('kubernetes', box(memoryMiB, 1000))).toEqual(left);
  });
});

describe('findPlatform', () => {
  it('knows them by name', () => {
    expect(platformNames).toContain('host');
    expect(platformNames).toContain('kubernetes');
    for (const name of platformNames) expect(findPlatform(name).name).toBe(name);
  });

  it.each([
    { name: 'kubernets', near: '; did you mean kubernetes?' },
    { name: 'k8s', near: '' },
    { name: 'constructor', near: '' },
    { name: '', near: '' },
  ])('does not know $name', ({ name, near }) => {
    expect(problemsOf(() => findPlatform(name))).toEqual([
      `PLATFORM_UNKNOWN --platform: expected one of ${platformNames.join(', ')}, or a path to a .yaml file, got "${name}"${near}`,
    ]);
  });
});

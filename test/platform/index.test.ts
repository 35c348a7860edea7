import { describe, expect, it } from 'vitest';
import { findPlatform, platformNames } from '../../src/platform/index.ts';
import type { Machine } from '../../src/profile/profile.ts';
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

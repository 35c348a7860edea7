import { describe, expect, it } from 'vitest';
import type { Machine } from '../../src/hardware/profile.ts';
import { percentUp, Takings, takeGuestOverhead, tieredCpuMillis, tieredMemoryMiB } from '../../src/platforms/node.ts';

const machine = (changes: Partial<Machine> = {}): Machine => ({
  kind: 'machine',
  name: 'box',
  provider: 'other',
  cpuMillis: 4000,
  memoryMiB: 16_384,
  threadsPerCore: 1,
  architecture: 'amd64',
  gpus: 0,
  ...changes,
});

describe('percentUp: thousandths, rounded up', () => {
  it.each([
    { value: 0, perMille: 75, is: 0 },
    { value: 1, perMille: 75, is: 1 },
    { value: 40, perMille: 75, is: 3, desc: '3.0 exactly' },
    { value: 41, perMille: 75, is: 4, desc: '3.075' },
    { value: 65_536, perMille: 75, is: 4916, desc: '4915.2' },
    { value: 33_554_432, perMille: 75, is: 2_516_583, desc: '2516582.4' },
    { value: 1000, perMille: 50, is: 50 },
    { value: 1001, perMille: 50, is: 51 },
  ])('$value x $perMille', ({ value, perMille, is }) => {
    expect(percentUp(value, perMille)).toBe(is);
  });
});

describe('memory of the kubelet: 25 % to 4 GiB, 20 % to 8, 10 % to 16, 6 % to 128, 2 % above', () => {
  it.each([
    { memoryMiB: 1, is: 255, desc: 'below 1 GiB a constant' },
    { memoryMiB: 1023, is: 255 },
    { memoryMiB: 1024, is: 256, desc: '25 %' },
    { memoryMiB: 1025, is: 257, desc: '256.25' },
    { memoryMiB: 4095, is: 1024, desc: '1023.75' },
    { memoryMiB: 4096, is: 1024, desc: '1.0 GiB of 4' },
    { memoryMiB: 4097, is: 1025, desc: '1024.2' },
    { memoryMiB: 8191, is: 1843, desc: '1024 + 4095 x 0.2 = 1843' },
    { memoryMiB: 8192, is: 1844, desc: '1843.2: 1.8 GiB of 8' },
    { memoryMiB: 8193, is: 1844, desc: '1843.3' },
    { memoryMiB: 16_383, is: 2663, desc: '1843.2 + 8191 x 0.1 = 2662.3' },
    { memoryMiB: 16_384, is: 2663, desc: '2662.4: 2.6 GiB of 16' },
    { memoryMiB: 16_385, is: 2663, desc: '2662.46' },
    { memoryMiB: 32_768, is: 3646, desc: '2662.4 + 983.04 = 3645.44: 3.56 GiB of 32' },
    { memoryMiB: 60_620, is: 5317, desc: '2662.4 + 44236 x 0.06 = 5316.56' },
    { memoryMiB: 65_536, is: 5612, desc: '2662.4 + 2949.12 = 5611.52: 5.48 GiB of 64' },
    { memoryMiB: 131_071, is: 9544, desc: '2662.4 + 114687 x 0.06 = 9543.62' },
    { memoryMiB: 131_072, is: 9544, desc: '9543.68: 9.32 GiB of 128' },
    { memoryMiB: 131_073, is: 9544, desc: '9543.7' },
    { memoryMiB: 131_088, is: 9544, desc: '9543.68 + 16 x 0.02 = 9544 exactly' },
    { memoryMiB: 131_089, is: 9545, desc: '9544.02' },
    { memoryMiB: 33_554_432, is: 678_011, desc: '9543.68 + 33423360 x 0.02 = 678010.88' },
  ])('$memoryMiB MiB keeps $is', ({ memoryMiB, is }) => {
    expect(tieredMemoryMiB(memoryMiB)).toBe(is);
  });
});

describe('CPU of the kubelet: 6 % of the first core, 1 % of the second, 0.5 % of two more, 0.25 % above', () => {
  it.each([
    { cores: 1, is: 60 },
    { cores: 2, is: 70 },
    { cores: 3, is: 75 },
    { cores: 4, is: 80 },
    { cores: 8, is: 90 },
    { cores: 16, is: 110 },
    { cores: 32, is: 150 },
    { cores: 96, is: 310 },
  ])('$cores cores keep $is m', ({ cores, is }) => {
    expect(tieredCpuMillis(cores * 1000)).toBe(is);
  });

  it.each([
    { millis: 0, is: 0 },
    { millis: 1, is: 1, desc: '0.06, up' },
    { millis: 500, is: 30 },
    { millis: 999, is: 60, desc: '59.94' },
    { millis: 1001, is: 61, desc: '60.01' },
    { millis: 1999, is: 70, desc: '69.99' },
    { millis: 2001, is: 71, desc: '70.005' },
    { millis: 3999, is: 80, desc: '79.995' },
    { millis: 4001, is: 81, desc: '80.0025' },
    { millis: 4400, is: 81, desc: '81 exactly' },
    { millis: 1_024_000, is: 2630, desc: '80 + 1020 x 2.5' },
  ])('$millis millicores keep $is m', ({ millis, is }) => {
    expect(tieredCpuMillis(millis)).toBe(is);
  });
});

describe('guest memory', () => {
  it.each([
    { desc: 'AWS: 7.5 %, up', changes: { provider: 'aws', memoryMiB: 65_536 }, is: 4916, why: '4915.2' },
    // 64 + (4096 - 64) x 0.075 = 64 + 302.4
    {
      desc: 'AWS on arm64: 64 MiB first',
      changes: { provider: 'aws', memoryMiB: 4096, architecture: 'arm64' },
      is: 367,
    },
    { desc: 'GCP: 3 %, up', changes: { provider: 'gcp', memoryMiB: 16_384 }, is: 492, why: '491.52' },
    {
      desc: 'GCP on arm64: no 64 MiB',
      changes: { provider: 'gcp', memoryMiB: 16_384, architecture: 'arm64' },
      is: 492,
    },
    { desc: 'Azure: 3 %', changes: { provider: 'azure', memoryMiB: 8192 }, is: 246, why: '245.76' },
    // 112 + 4096 / 64; AKS nodes of 4 GiB see 4,016,988 to 4,025,836 KiB, 165 to 174 MiB less; GKE's 4,025,932
    { desc: 'Azure: 4 GiB', changes: { provider: 'azure', memoryMiB: 4096 }, is: 176 },
    { desc: 'GCP: 4 GiB', changes: { provider: 'gcp', memoryMiB: 4096 }, is: 176 },
    // 112 + 7168 / 64; DS2_v2 sees 7,113,660 KiB, 222 MiB less
    { desc: 'Azure: 7 GiB', changes: { provider: 'azure', memoryMiB: 7168 }, is: 224 },
    // 112 + 1024 / 64; B1s sees 929,852 KiB, 116 MiB less
    { desc: 'Azure: 1 GiB', changes: { provider: 'azure', memoryMiB: 1024 }, is: 128 },
  ] as { desc: string; changes: Partial<Machine>; is: number }[])('$desc', ({ changes, is }) => {
    const takings = new Takings(machine(changes));
    takeGuestOverhead(takings, machine(changes));
    expect(takings.reservations).toMatchObject([{ name: 'guest overhead', cpuMillis: 0, memoryMiB: is }]);
    expect(takings.memoryMiB).toBe(machine(changes).memoryMiB - is);
  });

  it("a machine of the user's own is as stated", () => {
    const takings = new Takings(machine());
    takeGuestOverhead(takings, machine());
    expect(takings.allocatable()).toEqual({ cpuMillis: 4000, memoryMiB: 16_384, reservations: [] });
  });
});

describe('Takings', () => {
  it('takes no more than there is', () => {
    const takings = new Takings(machine({ cpuMillis: 250, memoryMiB: 500 }));
    takings.take('a', { memoryMiB: 400 }, 'w');
    takings.take('every node', { cpuMillis: 300, memoryMiB: 512 }, 'w');
    takings.take('b', { cpuMillis: 1, memoryMiB: 1 }, 'w');
    expect(takings.allocatable()).toEqual({
      cpuMillis: 0,
      memoryMiB: 0,
      reservations: [
        { name: 'a', cpuMillis: 0, memoryMiB: 400, why: 'w' },
        { name: 'every node', cpuMillis: 250, memoryMiB: 100, why: 'w' },
        { name: 'b', cpuMillis: 0, memoryMiB: 0, why: 'w' },
      ],
    });
  });
});

import { describe, expect, it } from 'vitest';
import type { Machine } from '../../../src/hardware/profile.ts';
import { allocatePlacement } from '../../../src/plan/allocate/stack.ts';
import { findPlatform } from '../../../src/platforms/index.ts';
import { problemsOf, service, stackOf } from '../../samples.ts';

type Changes = Parameters<typeof service>[0];
const host = findPlatform('host');
/** A machine of the user's own: of 10,752 MiB the host takes 538 (5 % is 537.6), which leaves 10,214. */
const machine: Machine = {
  kind: 'machine',
  name: 'box',
  provider: 'other',
  cpuMillis: 8000,
  memoryMiB: 10_752,
  threadsPerCore: 1,
  architecture: 'amd64',
  gpus: 0,
};
const limits = { kind: 'container' as const, name: '4cpu-8gi', cpuMillis: 4000, memoryMiB: 8192 };
const servicesOf = (changes: Record<string, Changes>) =>
  stackOf({
    main: Object.keys(changes)[0]!,
    services: Object.fromEntries(Object.entries(changes).map(([name, change]) => [name, service(change)])),
  }).services;
const amounts = (profile: Machine | typeof limits, changes: Record<string, Changes>) =>
  Object.entries(allocatePlacement({ profile, services: servicesOf(changes) }, host).limits).map(
    ([name, { cpuMillis, memoryMiB }]) => `${name} ${cpuMillis} ${memoryMiB}`,
  );

describe('a machine', () => {
  it.each([
    { desc: 'evenly', changes: { a: {}, b: {} }, is: ['a 4000 5107', 'b 4000 5107'] },
    { desc: 'by share', changes: { a: { share: 3 }, b: {} }, is: ['a 6000 7661', 'b 2000 2553'] }, // 7660.5, 2553.5
    {
      desc: 'CPU by a share of its own',
      changes: { a: { share: 3, cpuShare: 1 }, b: {} },
      is: ['a 4000 7661', 'b 4000 2553'],
    },
    {
      desc: 'fixed limits first',
      // 8000 - 1500, 10214 - 1024 = 9190
      changes: { a: {}, b: { limits: { cpu: '1.5', memory: '1Gi' } }, c: {} },
      is: ['a 3250 4595', 'b 1500 1024', 'c 3250 4595'],
    },
    {
      desc: 'fixed limits of all',
      changes: { a: { limits: { cpu: 8, memory: '10214Mi' } } },
      is: ['a 8000 10214'],
    },
    {
      desc: 'at least, at most',
      changes: { a: { atMost: { cpu: 1, memory: '1Gi' } }, b: { atLeast: { memory: '9190Mi' } } },
      is: ['a 1000 1024', 'b 7000 9190'],
    },
    {
      desc: 'copies on one node',
      // 10214 / 4 = 2553.5: of the two that are left b takes one, and one is not enough for three
      changes: { a: { podsPerNode: 3 }, b: {} },
      is: ['a 2000 2553', 'b 2000 2554'],
    },
    {
      desc: 'fixed limits of copies',
      // 8000 - 3 x 1000, 10214 - 3 x 1024
      changes: { a: { podsPerNode: 3, limits: { cpu: 1, memory: '1Gi' } }, b: {} },
      is: ['a 1000 1024', 'b 5000 7142'],
    },
  ] as { desc: string; changes: Record<string, Changes>; is: string[] }[])('$desc', ({ changes, is }) => {
    expect(amounts(machine, changes)).toEqual(is);
  });

  it('says what was taken of it, and by whom', () => {
    const { machine: shared } = allocatePlacement({ profile: machine, services: servicesOf({ a: {}, b: {} }) }, host);
    expect(shared).toMatchObject({
      machine: { name: 'box' },
      allocatable: { cpuMillis: 8000, memoryMiB: 10_214 },
      reservations: [{ name: 'operating system', cpuMillis: 0, memoryMiB: 538 }],
      services: ['a', 'b'],
    });
  });

  const ledger = ['    box: 8000m, 10,752 MiB', '    - operating system: 0m, 538 MiB'];
  const refused = (names: string, ...asks: string[]) =>
    [
      `ALLOCATION_EXCEEDED box: expected room for the least that ${names} ask for, got 8000m and 10,214 MiB allocatable on host; take a larger machine or leave services out with --external`,
      ...ledger,
      ...asks.map((ask) => `    ${ask}`),
    ].join('\n');
  it.each([
    {
      desc: 'fixed limits are 1 MiB too much',
      changes: { a: { limits: { cpu: 8, memory: '10215Mi' } } },
      says: refused('a', 'a asks for at least 8000m and 10,215 MiB'),
    },
    {
      desc: 'fixed limits leave too little',
      changes: { a: { limits: { cpu: 1, memory: '10214Mi' } }, b: {} },
      says: refused('a, b', 'a asks for at least 1000m and 10,214 MiB', 'b asks for at least 10m and 1 MiB'),
    },
    {
      desc: 'too much CPU is asked for',
      changes: { a: { atLeast: { cpu: '8001m' } } },
      says: refused('a', 'a asks for at least 8001m and 1 MiB'),
    },
    {
      desc: 'copies are counted',
      changes: { a: { podsPerNode: 2, atLeast: { memory: '5108Mi' } } },
      says: refused('a', 'a asks for at least 10m and 5,108 MiB x 2'),
    },
  ] as { desc: string; changes: Record<string, Changes>; says: string }[])('$desc', ({ changes, says }) => {
    expect(problemsOf(() => amounts(machine, changes))).toEqual([says]);
  });
});

describe('container limits', () => {
  it.each([
    { desc: 'the main one gets them as they are', changes: { a: {} }, is: ['a 4000 8192'] },
    {
      desc: 'the others by share',
      changes: { a: { share: 5 }, b: { share: 2 }, c: {} },
      is: ['a 4000 8192', 'b 1600 3276', 'c 800 1638'],
    },
    {
      desc: 'down to 10 millicores and 1 MiB',
      changes: { a: { share: 3 }, b: {} },
      is: ['a 4000 8192', 'b 1330 2730'],
    },
    { desc: 'more than the main one', changes: { a: {}, b: { share: 2 } }, is: ['a 4000 8192', 'b 8000 16384'] },
    {
      desc: 'CPU by a share of its own',
      changes: { a: {}, b: { share: 2, cpuShare: 1 } },
      is: ['a 4000 8192', 'b 4000 16384'],
    },
    { desc: 'at least', changes: { a: { share: 1_000_000 }, b: {} }, is: ['a 4000 8192', 'b 10 1'] },
    {
      desc: 'at least as stated',
      changes: { a: { share: 8 }, b: { atLeast: { cpu: 1, memory: '2Gi' } } },
      is: ['a 4000 8192', 'b 1000 2048'],
    },
    {
      desc: 'at most as stated',
      changes: { a: {}, b: { atMost: { cpu: 1, memory: '2Gi' } } },
      is: ['a 4000 8192', 'b 1000 2048'],
    },
    {
      desc: 'fixed limits',
      changes: { a: {}, b: { limits: { cpu: 1, memory: '2Gi' } } },
      is: ['a 4000 8192', 'b 1000 2048'],
    },
    {
      desc: 'at most what is planned for at all',
      changes: { a: {}, b: { share: 1_000_000 } },
      is: ['a 4000 8192', 'b 1024000 33554432'],
    },
  ] as { desc: string; changes: Record<string, Changes>; is: string[] }[])('$desc', ({ changes, is }) => {
    expect(amounts(limits, changes)).toEqual(is);
  });

  it('share no machine', () => {
    expect(allocatePlacement({ profile: limits, services: servicesOf({ a: {} }) }, host)).not.toHaveProperty('machine');
  });
});

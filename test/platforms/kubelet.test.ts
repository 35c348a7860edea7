import { describe, expect, it } from 'vitest';
import type { Machine } from '../../src/hardware/profile.ts';
import { findPlatform, machinePlatform } from '../../src/platforms/index.ts';
import { parseEvictionHard, parseReserved } from '../../src/platforms/kubelet.ts';
import { builtInProfile } from '../support.ts';

const box = (cpuMillis: number, memoryMiB: number): Machine => ({
  kind: 'machine',
  name: 'box',
  provider: 'other',
  cpuMillis,
  memoryMiB,
  threadsPerCore: 1,
  architecture: 'amd64',
  gpus: 0,
});
const kubeReserved = (platform: string, machine: Machine, tweaks = {}) =>
  machinePlatform(findPlatform(platform))
    .allocatable(machine, tweaks)
    .reservations.find(({ name }) => name === 'kube-reserved')!;
const named = (name: string) => builtInProfile(name) as Machine;

it("the Kubernetes documentation's example: 32 GiB and 16 CPU leave 14.5 CPU and 29196Mi", () => {
  const { reservations, maxPods, ...allocatable } = machinePlatform(findPlatform('kubernetes')).allocatable(
    box(16_000, 32_768),
    {
      kubeReserved: parseReserved('cpu=1,memory=2Gi', ''),
      systemReserved: parseReserved('cpu=500m,memory=1Gi', ''),
      evictionHard: { memoryMiB: 500 },
      everyNode: parseReserved('cpu=0,memory=0', ''),
    },
  );
  // 32768 - 2048 - 1024 - 500
  expect(allocatable).toEqual({ cpuMillis: 14_500, memoryMiB: 29_196 });
});

describe('EKS (FACTS 3)', () => {
  it.each([
    [1, 60],
    [2, 70],
    [4, 80],
    [8, 90],
    [16, 110],
    [96, 310],
  ])('%i vCPU reserve %i m', (vcpus, millis) => {
    expect(kubeReserved('eks', box(vcpus * 1000, 65_536)).cpuMillis).toBe(millis);
  });

  it.each([
    // 3 x (10 - 1) + 2 = 29 pods: 255 + 11 x 29
    { name: 'm5.large', pods: 29, memoryMiB: 574 },
    // 4 x (15 - 1) + 2 = 58 pods: 255 + 11 x 58
    { name: 'm5.xlarge', pods: 58, memoryMiB: 893 },
  ])('$name reserves for the $pods pods of its interfaces, whatever maxPods says', ({ name, memoryMiB }) => {
    const machine = named(name);
    expect(kubeReserved('eks', machine).memoryMiB).toBe(memoryMiB);
    for (const maxPods of [30, 110]) {
      expect(kubeReserved('eks', machine, { maxPods }).memoryMiB).toBe(memoryMiB);
      expect(machinePlatform(findPlatform('eks')).allocatable(machine, { maxPods }).maxPods).toBe(maxPods);
    }
  });

  // ENIs on the default card x (IPv4 each - 1) + 2; the pods that a managed node group takes are capped
  it.each([
    { name: 'c6in.32xlarge', pods: 394, taken: 250 },
    { name: 'p4d.24xlarge', pods: 737, taken: 250 },
    { name: 'p5.48xlarge', pods: 100, taken: 100 },
    // 4 x 14 + 2
    { name: 'c6i.2xlarge', pods: 58, taken: 58 },
    // 8 x 29 + 2; 16 vCPU are below 30
    { name: 'c6i.4xlarge', pods: 234, taken: 110 },
  ])('$name: $pods pods in the reservation, $taken on the node', ({ name, pods, taken }) => {
    expect(kubeReserved('eks', named(name)).memoryMiB).toBe(255 + 11 * pods);
    expect(machinePlatform(findPlatform('eks')).allocatable(named(name)).maxPods).toBe(taken);
  });
});

describe('GKE (FACTS 3)', () => {
  it.each([
    // 255 MiB below 1 GiB
    [1023, 255],
    [1024, 256],
    // 25 % of 4 GiB = 1.0 GiB; + 20 % of 4 = 1.8; + 10 % of 8 = 2.6; + 6 % = 3.56, 5.48, 9.32; each rounded up
    [4096, 1024],
    [8192, 1844],
    [16_384, 2663],
    [32_768, 3646],
    [65_536, 5612],
    [131_072, 9544],
  ])('%i MiB reserve %i MiB', (memoryMiB, reserved) => {
    expect(kubeReserved('gke', box(4000, memoryMiB)).memoryMiB).toBe(reserved);
  });

  it('a documented 16 GiB node: 13,178 MiB before what runs on every node', () => {
    const { memoryMiB } = machinePlatform(findPlatform('gke')).allocatable(named('n2-standard-4'), {
      everyNode: { cpuMillis: 0, memoryMiB: 0 },
    });
    expect(memoryMiB).toBe(13_178);
  });

  it('machines that share a core reserve 1060 m', () => {
    expect(kubeReserved('gke', named('e2-medium')).cpuMillis).toBe(1060);
  });
});

describe('what runs on every node', () => {
  it.each([
    { platform: 'kubernetes', name: 'm5.large', cpuMillis: 300, memoryMiB: 512 },
    { platform: 'eks', name: 'm5.large', cpuMillis: 300, memoryMiB: 512 },
    // n2-standard-4, 1.27: 105 + 100 + 21 + 10 + 100 + 8 + 30 + 10 m of logging, metadata, metrics, masquerading, proxy,
    // netd, DNS cache, disks; 384 m and 626Mi, up to 454 m with network policies
    { platform: 'gke', name: 'n2-standard-4', cpuMillis: 460, memoryMiB: 640 },
    // Azure/AKS#3525; 100 + 50 + 30 + 30 + 20 + 100 m measured on 1.25
    { platform: 'aks', name: 'Standard_D4s_v5', cpuMillis: 350, memoryMiB: 750 },
  ])('$platform', ({ platform, name, cpuMillis, memoryMiB }) => {
    const { reservations } = machinePlatform(findPlatform(platform)).allocatable(named(name));
    expect(reservations.find((taken) => taken.name === 'every node')).toMatchObject({ cpuMillis, memoryMiB });
  });
});

describe('AKS (FACTS 3)', () => {
  it.each([
    [1, 60],
    [2, 100],
    [4, 140],
    [8, 180],
    [16, 260],
    [32, 420],
    [64, 740],
  ])('%i cores reserve %i m', (cores, millis) => {
    expect(kubeReserved('aks', box(cores * 1000, 65_536)).cpuMillis).toBe(millis);
  });

  it('memory by pods, at most a quarter', () => {
    expect(kubeReserved('aks', box(2000, 8192), { maxPods: 30 }).memoryMiB).toBe(650);
    expect(kubeReserved('aks', box(2000, 4096), { maxPods: 70 }).memoryMiB).toBe(1024);
  });
});

describe('what a kubelet is told', () => {
  it.each([
    ['cpu=1,memory=2Gi', { cpuMillis: 1000, memoryMiB: 2048 }],
    ['memory=512Mi', { cpuMillis: 0, memoryMiB: 512 }],
    ['cpu=250m', { cpuMillis: 250, memoryMiB: 0 }],
    ['cpu=0,memory=0', { cpuMillis: 0, memoryMiB: 0 }],
    ['cpu=0m,memory=0Mi', { cpuMillis: 0, memoryMiB: 0 }],
    // 512,000,000 / 1,048,576 = 488.28, up
    ['cpu=1.0,memory=512M,ephemeral-storage=1Gi,pid=1000', { cpuMillis: 1000, memoryMiB: 489 }],
    ['memory=1073741824', { cpuMillis: 0, memoryMiB: 1024 }],
    ['cpu=5e-1, memory=1e9', { cpuMillis: 500, memoryMiB: 954 }],
  ])('%s', (text, amount) => {
    expect(parseReserved(text, '--kube-reserved')).toEqual(amount);
  });

  it.each(['', 'cpu', '1Gi', 'cpu=1,'])('refuses "%s"', (text) => {
    expect(() => parseReserved(text, '--kube-reserved')).toThrowError(
      `--kube-reserved: expected cpu=500m,memory=1Gi, got "${text}"`,
    );
  });

  it.each([
    ['disk=1Gi', 'expected a resource that a kubelet reserves (cpu, memory, ephemeral-storage, pid), got disk=1Gi'],
    ['memory=1GB', 'expected memory as a Kubernetes quantity, got "1GB"; write 512Mi or 1G'],
    ['cpu=2cores', 'expected cpu as a Kubernetes quantity, got "2cores"; write 250m or 0.5'],
    ['cpu=1025', 'expected cpu up to 1024, got "1025"'],
    ['memory=33Ti', 'expected memory up to 32Ti, got "33Ti"'],
  ])('refuses %s', (text, message) => {
    expect(() => parseReserved(text, '--kube-reserved')).toThrowError(`--kube-reserved: ${message}`);
  });

  it.each([
    ['500Mi', { memoryMiB: 500 }],
    ['memory.available<500Mi', { memoryMiB: 500 }],
    ['nodefs.available<10%,memory.available<512M,pid.available<5%', { memoryMiB: 489 }],
    ['nodefs.available<10%', { memoryMiB: 0 }],
    ['5%', { perMillion: 50_000 }],
    ['1.25%', { perMillion: 12_500 }],
    ['memory.available<0.5%', { perMillion: 5000 }],
    ['0.00001%', { perMillion: 1 }],
    ['0%', { perMillion: 0 }],
    ['100%', { memoryMiB: 0 }],
    ['0', { memoryMiB: 0 }],
  ])('evicts at %s', (text, eviction) => {
    expect(parseEvictionHard(text, '--eviction-hard')).toEqual(eviction);
  });

  it.each([
    ['memory.avail<500Mi', 'expected memory.available<500Mi, got "memory.avail<500Mi"; did you mean memory.available?'],
    ['101%', 'expected a percentage from 0% to 100%, got "101%"'],
    ['5 %', 'expected a percentage from 0% to 100%, got "5 %"; write 5% or 500Mi'],
    ['500MB', 'expected memory as a Kubernetes quantity, got "500MB"; write 512Mi or 1G'],
  ])('refuses %s', (text, message) => {
    expect(() => parseEvictionHard(text, '--eviction-hard')).toThrowError(`--eviction-hard: ${message}`);
  });
});

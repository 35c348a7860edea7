import { describe, expect, it } from 'vitest';
import { findPlatform, machinePlatform } from '../../src/platform/index.ts';
import { parseReserved } from '../../src/platform/kubelet.ts';
import type { Machine } from '../../src/profile/profile.ts';
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
      eviction: { memoryMiB: 500 },
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

  it('memory by pods: 29 take 574Mi, 58 take 893Mi', () => {
    expect(kubeReserved('eks', box(2000, 8192), { maxPods: 29 }).memoryMiB).toBe(574);
    expect(kubeReserved('eks', box(4000, 16_384), { maxPods: 58 }).memoryMiB).toBe(893);
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
  ])('%s', (text, amount) => {
    expect(parseReserved(text, '--kube-reserved')).toEqual(amount);
  });

  it.each(['', 'cpu', 'disk=1Gi', '1Gi', 'cpu=1,'])('refuses "%s"', (text) => {
    expect(() => parseReserved(text, '--kube-reserved')).toThrowError(
      `--kube-reserved: expected cpu=500m,memory=1Gi, got "${text}"`,
    );
  });
});

import { describe, expect, it } from 'vitest';
import { containerName, tryContainerName } from '../../src/hardware/container.ts';

describe('tryContainerName', () => {
  it.each([
    { name: '4cpu-8gi', is: '4cpu-8gi', cpuMillis: 4000, memoryMiB: 8192 },
    { name: '500m-512mi', is: '500m-512mi', cpuMillis: 500, memoryMiB: 512 },
    { name: '0.5cpu-1gi', is: '500m-1gi', cpuMillis: 500, memoryMiB: 1024 },
    { name: '500m-1024mi', is: '500m-1gi', cpuMillis: 500, memoryMiB: 1024 },
    { name: '1000m-1.5gi', is: '1cpu-1536mi', cpuMillis: 1000, memoryMiB: 1536 },
    { name: '4CPU-8Gi', is: '4cpu-8gi', cpuMillis: 4000, memoryMiB: 8192 },
    { name: '1m-1mi', is: '1m-1mi', cpuMillis: 1, memoryMiB: 1 },
    { name: '1024cpu-32ti', is: '1024cpu-32768gi', cpuMillis: 1_024_000, memoryMiB: 33_554_432 },
  ])('$name is $is', ({ name, is, cpuMillis, memoryMiB }) => {
    expect(tryContainerName(name)).toEqual({ kind: 'container', name: is, cpuMillis, memoryMiB });
    expect(containerName(cpuMillis, memoryMiB)).toBe(is);
    expect(tryContainerName(is)?.name).toBe(is);
  });

  it.each(['c6i.8xlarge', 'n2-standard-8', 'Standard_D8s_v5', './4cpu.yaml', 'cpu-8gi', '-1cpu-8gi', ''])(
    '%j is none',
    (name) => {
      expect(tryContainerName(name)).toBeUndefined();
    },
  );

  const form =
    '--profile: expected container limits as CPU and memory, with CPU in cores (4cpu, 0.5cpu) or millicores (500m) ' +
    'and memory in mi or gi (512mi, 8gi; 1024-based)';
  it.each([
    { name: '4cpu-8gb', says: `${form}, got "4cpu-8gb"; write 4cpu-8gi` },
    { name: '4cpu-8g', says: `${form}, got "4cpu-8g"; write 4cpu-8gi` },
    { name: '4cpu-512m', says: `${form}, got "4cpu-512m"; write 4cpu-512mi` },
    { name: '4-8gi', says: `${form}, got "4-8gi"; write 4cpu-8gi` },
    { name: '4vcpu-8', says: `${form}, got "4vcpu-8"; write 4cpu-8gi` },
    { name: '500mcpu-1gi', says: `${form}, got "500mcpu-1gi"; write 500m-1gi` },
    { name: '4cpu-8192ki', says: `${form}, got "4cpu-8192ki"` },
    { name: '4cpu', says: `${form}, got "4cpu"` },
    { name: '4cpu-8gi-2', says: `${form}, got "4cpu-8gi-2"` },
    { name: '.5cpu-1gi', says: '--profile: expected CPU in cores (4, 0.5) or millicores (500m), got ".5"' },
    {
      name: '0cpu-1gi',
      says: '--profile: expected CPU in cores (4, 0.5) or millicores (500m) from 1m to 1024, got "0"',
    },
    {
      name: '1025cpu-1gi',
      says: '--profile: expected CPU in cores (4, 0.5) or millicores (500m) from 1m to 1024, got "1025"',
    },
    { name: '1cpu-0mi', says: '--profile: expected memory from 1Mi to 32Ti, got "0Mi"' },
    { name: '1cpu-33ti', says: '--profile: expected memory from 1Mi to 32Ti, got "33Ti"' },
    {
      name: '1cpu-08gi',
      says: '--profile: expected memory in Mi, Gi or Ti (1024-based), got "08Gi"; write 512Mi or 32Gi',
    },
  ])('refuses $name', ({ name, says }) => {
    expect(() => tryContainerName(name)).toThrow(expect.objectContaining({ code: 'QUANTITY_SYNTAX', message: says }));
  });
});

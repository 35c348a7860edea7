/** The catalogue's own files: each loads, and machines of every kind come out as their providers document them. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { familyKey, findMachine, listMachines } from '../../src/hardware/family.ts';
import type { Machine } from '../../src/hardware/profile.ts';
import { familySchema } from '../../src/hardware/schema.ts';

const root = new URL('../../profiles/', import.meta.url);
const keys = ['aws', 'azure', 'gcp'].flatMap((provider) =>
  readdirSync(new URL(provider, root)).map((file) => `${provider}/${file.replace(/\.yaml$/, '')}`),
);
const read = (key: string) => readFileSync(new URL(`${key}.yaml`, root), 'utf8');
const families = new Map(keys.map((key) => [key, familySchema.parse(parse(read(key)))]));
const find = (name: string) => {
  const family = families.get(familyKey(name) ?? '');
  return family && findMachine(family, name);
};

describe('the files', () => {
  it.each(keys)('%s is found by its name, short, and names its schema', (key) => {
    const family = families.get(key)!;
    expect(`${family.provider}/${family.family}`).toBe(key);
    const lines = read(key).split('\n');
    expect(lines[0]).toBe('# yaml-language-server: $schema=../../schemas/family.schema.json');
    expect(lines.length).toBeLessThan(80);
  });

  it.each([
    { provider: 'aws', machines: 1373 },
    { provider: 'gcp', machines: 560 },
    { provider: 'azure', machines: 1370 },
  ])('$provider: $machines machines', ({ provider, machines }) => {
    const all = [...families.values()].filter((family) => family.provider === provider).flatMap(listMachines);
    expect(all.length).toBe(machines);
    expect(new Set(all.map(({ name }) => name)).size).toBe(machines);
  });
});

describe('machines', () => {
  it.each<{ desc: string; name: string; is: Partial<Machine> }>([
    { desc: 'the usual rule', name: 'c6i.8xlarge', is: { cpuMillis: 32000, memoryMiB: 65536, threadsPerCore: 2 } },
    { desc: 'Graviton', name: 'm7g.medium', is: { cpuMillis: 1000, architecture: 'arm64', threadsPerCore: 1 } },
    { desc: 'AMD without SMT', name: 'm7a.48xlarge', is: { cpuMillis: 192000, threadsPerCore: 1 } },
    { desc: 'metal by size', name: 'm7i.metal-24xl', is: { cpuMillis: 96000, memoryMiB: 393216 } },
    { desc: 'GPUs', name: 'g5.48xlarge', is: { cpuMillis: 192000, gpus: 8 } },
    { desc: 'a 32-bit veteran', name: 'c1.medium', is: { memoryMiB: 1740, architecture: 'amd64' } },
    // ENIs: FACTS.md section 3, 8 x 49 + 2 = 394 pods, 15 x 49 + 2 = 737, 2 x 49 + 2 = 100
    { desc: 'default card only', name: 'c6in.32xlarge', is: { enis: { count: 8, ipv4PerEni: 50 } } },
    { desc: 'default card only', name: 'p4d.24xlarge', is: { enis: { count: 15, ipv4PerEni: 50 } } },
    { desc: 'default card only', name: 'p5.48xlarge', is: { enis: { count: 2, ipv4PerEni: 50 } } },
    // EC2 user guide: 30 % of 2 vCPUs, 17 % of 8
    { desc: 'burstable', name: 't3.large', is: { memoryMiB: 8192, burstable: { baselineMillis: 600 } } },
    { desc: 'burstable', name: 't2.2xlarge', is: { burstable: { baselineMillis: 1360 } } },
    { desc: 'GCP', name: 'n2-standard-8', is: { cpuMillis: 8000, memoryMiB: 32768, threadsPerCore: 2 } },
    { desc: 'a part of a MiB is dropped', name: 'n1-highcpu-8', is: { memoryMiB: 7372 } },
    { desc: 'shared core', name: 'e2-micro', is: { cpuMillis: 2000, burstable: { baselineMillis: 250 } } },
    { desc: 'GCP Arm', name: 'c4a-highmem-8-lssd', is: { memoryMiB: 65536, architecture: 'arm64', threadsPerCore: 1 } },
    { desc: 'GCP GPUs', name: 'a2-megagpu-16g', is: { cpuMillis: 96000, gpus: 16 } },
    { desc: 'Azure', name: 'Standard_D8s_v5', is: { cpuMillis: 8000, memoryMiB: 32768 } },
    { desc: 'Azure Arm', name: 'Standard_D2pls_v5', is: { memoryMiB: 4096, architecture: 'arm64', threadsPerCore: 1 } },
    { desc: 'constrained', name: 'Standard_E64-16s_v4', is: { cpuMillis: 16000, listedVcpus: 64, memoryMiB: 516096 } },
    { desc: 'listed with 80', name: 'Standard_F64-16ams_v7', is: { cpuMillis: 16000, listedVcpus: 80 } },
    // Azure B series: base CPU performance 5 %, 135 % of one vCPU, 30 % of 4
    { desc: 'half a GiB', name: 'Standard_B1ls', is: { memoryMiB: 512, burstable: { baselineMillis: 50 } } },
    { desc: 'Azure burstable', name: 'Standard_B8ms', is: { burstable: { baselineMillis: 1350 } } },
    { desc: 'Azure burstable', name: 'Standard_B4pls_v2', is: { burstable: { baselineMillis: 1200 } } },
  ])('$desc: $name', ({ name, is }) => {
    expect(find(name)).toMatchObject(is);
  });
});

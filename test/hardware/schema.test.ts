import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { boxProfile, boxSchema, familySchema } from '../../src/hardware/schema.ts';

const family = {
  provider: 'aws',
  family: 'c6i',
  source: 'made up',
  memoryMiBPerVcpu: 2048,
  machines: [{ name: 'c6i.{size}', sizes: { large: 2, xlarge: 4 } }],
};

/** `path: message` of each issue. */
function issuesOf(schema: z.ZodType, value: unknown): string[] {
  return (schema.safeParse(value).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('familySchema', () => {
  it('takes a family', () => {
    expect(issuesOf(familySchema, family)).toEqual([]);
  });

  it.each([
    { desc: 'an unknown key', change: { memory: 1 }, says: ': Unrecognized key: "memory"' },
    {
      desc: 'no memory',
      change: { memoryMiBPerVcpu: undefined, except: { 'c6i.xlarge': { memoryMiB: 8192 } } },
      says: 'machines: expected memoryMiBPerVcpu or memoryMiB for "c6i.large", got neither',
    },
    {
      desc: 'a part of a MiB',
      change: { memoryMiBPerVcpu: 1.5 },
      says: 'memoryMiBPerVcpu: Invalid input: expected int, received number',
    },
    {
      desc: 'a machine of another family',
      change: { machines: [{ name: 'c6a.{size}', sizes: { large: 2 } }] },
      says: 'machines: expected machines of aws/c6i, got "c6a.large", which belongs in aws/c6a',
    },
    {
      desc: 'a machine of no provider',
      change: { machines: [{ name: 'box_{size}', sizes: [2] }] },
      says: 'machines: expected machines of aws/c6i, got "box_2", which has no provider\'s shape',
    },
    {
      desc: 'a machine twice',
      change: { machines: [...family.machines, { name: 'c6i.{size}', sizes: { large: 2 } }] },
      says: 'machines: expected every machine once, got "c6i.large" twice',
    },
    {
      desc: 'an exception for no machine',
      change: { except: { 'c6i.metal': { gpus: 1 } } },
      says: 'except.c6i.metal: expected a machine of this family, got "c6i.metal"',
    },
    {
      desc: 'a name without a size',
      change: { machines: [{ name: 'c6i.large', sizes: [2] }] },
      says: 'machines.0.name: expected a machine name with one {size} in it',
    },
    {
      desc: 'ENIs out of form',
      change: { except: { 'c6i.large': { enis: '0x10' } } },
      says: 'except.c6i.large.enis: expected interfaces x IPv4 addresses each, such as 8x30',
    },
    {
      desc: 'ENIs by something else than vCPUs',
      change: { enis: { large: '3x10' } },
      says: 'enis: expected ENIs such as 8x30, or a map of number of vCPUs to them',
    },
    {
      desc: 'a listed size that is no vCPU count',
      change: { machines: [{ name: 'c6i.{size}', sizes: ['large'] }] },
      says: 'machines.0.sizes.0: expected a vCPU count, or such as 8-2 for 8 with 2 active',
    },
    {
      desc: 'sizes of another kind',
      change: { machines: [{ name: 'c6i.{size}', sizes: 'large' }] },
      says: 'machines.0.sizes: expected a list of vCPU counts, or a map of size to vCPUs',
    },
    {
      desc: 'a size without vCPUs',
      change: { machines: [{ name: 'c6i.{size}', sizes: { large: 0 } }] },
      says: 'machines.0.sizes.large: Too small: expected number to be >=1',
    },
  ])('refuses $desc', ({ change, says }) => {
    expect(issuesOf(familySchema, { ...family, ...change })).toEqual([says]);
  });
});

describe('boxSchema', () => {
  const limits = { cpu: '4', memory: '8Gi' };
  it.each([
    { desc: 'neither', box: {}, says: ': expected container or machine' },
    {
      desc: 'both',
      box: { container: limits, machine: { name: 'box', ...limits } },
      says: ': expected container or machine',
    },
    {
      desc: 'memory without a unit',
      box: { container: { cpu: 4, memory: 8 } },
      says: 'container.memory: expected memory with its unit: Mi or Gi (512Mi, 8Gi)',
    },
    {
      desc: 'CPU of another kind',
      box: { container: { cpu: true, memory: '8Gi' } },
      says: 'container.cpu: expected CPU in cores (4, 0.5) or millicores (500m)',
    },
    {
      desc: 'a name that is a path',
      box: { machine: { name: '../box', ...limits } },
      says: 'machine.name: expected at most 63 letters, digits and . _ -',
    },
    { desc: 'an unknown key', box: { container: { ...limits, cpus: 1 } }, says: 'container: Unrecognized key: "cpus"' },
  ])('refuses $desc', ({ box, says }) => {
    expect(issuesOf(boxSchema, box)).toEqual([says]);
  });
});

describe('boxProfile', () => {
  const profileOf = (box: unknown) => boxProfile(boxSchema.parse(box));

  it('takes container limits', () => {
    const limits = { kind: 'container', name: '4cpu-8gi', cpuMillis: 4000, memoryMiB: 8192 };
    expect(profileOf({ container: { cpu: 4, memory: '8Gi' } })).toEqual({ profile: limits });
    expect(profileOf({ container: { cpu: '4000m', memory: '8192Mi', available: '8Gi' } })).toEqual({
      profile: limits,
      availableMiB: 8192,
    });
  });

  it('takes a machine', () => {
    expect(profileOf({ machine: { name: 'rack-7', cpu: 16, memory: '64Gi' } })).toEqual({
      profile: {
        kind: 'machine',
        name: 'rack-7',
        provider: 'other',
        cpuMillis: 16000,
        memoryMiB: 65536,
        threadsPerCore: 1,
        architecture: 'amd64',
        gpus: 0,
      },
    });
    const facts = { threadsPerCore: 2, architecture: 'arm64', gpus: 1 };
    expect(profileOf({ machine: { name: 'b', cpu: 2, memory: '4Gi', ...facts, baseline: '600m' } }).profile).toEqual({
      kind: 'machine',
      name: 'b',
      provider: 'other',
      cpuMillis: 2000,
      memoryMiB: 4096,
      ...facts,
      burstable: { baselineMillis: 600 },
    });
  });

  it.each([
    {
      desc: 'bad quantities, both at once',
      box: { container: { cpu: '4cpu', memory: '8GB' } },
      code: 'QUANTITY_SYNTAX',
      says:
        'container.cpu: expected CPU in cores (4, 0.5) or millicores (500m), got "4cpu"\n' +
        'container.memory: expected memory in Mi, Gi or Ti (1024-based), got "8GB"; write 8Gi',
    },
    {
      desc: 'a bad baseline',
      box: { machine: { name: 'b', cpu: 2, memory: '4Gi', baseline: 0 } },
      code: 'QUANTITY_SYNTAX',
      says: 'machine.baseline: expected CPU in cores (4, 0.5) or millicores (500m) from 1m to 1024, got "0"',
    },
    {
      desc: 'more available than there is',
      box: { container: { cpu: 4, memory: '8Gi', available: '8193Mi' } },
      code: 'PROFILE_INVALID',
      says: 'container.available: expected at most the 8,192 MiB of container.memory, got 8,193 MiB',
    },
  ])('refuses $desc', ({ box, code, says }) => {
    expect(() => profileOf(box)).toThrow(expect.objectContaining({ code, message: says }));
  });

  it('refuses a box that nobody checked', () => {
    expect(() => boxProfile({})).toThrow('expected container or machine, got neither');
  });
});

it('every field of the JSON Schemas is described', () => {
  const undescribed: string[] = [];
  const visit = (node: unknown, path: string): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [key, child] of Object.entries((node as { properties?: object }).properties ?? {})) {
      if (!child.description) undescribed.push(`${path}.${key}`);
    }
    for (const [key, child] of Object.entries(node)) visit(child, `${path}.${key}`);
  };
  visit(z.toJSONSchema(familySchema), 'family');
  visit(z.toJSONSchema(boxSchema, { io: 'input' }), 'box');
  expect(undescribed).toEqual([]);
});

/** The shapes of `profiles/<provider>/<family>.yaml` and of a user's own box. Only their files and the build load this. */
import { z } from 'zod';
import { collectProblems, fail } from '../errors/errors.ts';
import { formatMiB, parseCpuMillis, parseMemoryMiB } from '../units.ts';
import { containerName } from './container.ts';
import { type Family, familyKey, listMachines } from './family.ts';
import type { Profile } from './profile.ts';

const count = z.int().min(1);
const eniText = z
  .string()
  .regex(/^[1-9]\d*x[1-9]\d*$/, 'expected interfaces x IPv4 addresses each, such as 8x30')
  .describe('network interfaces on the default card x IPv4 addresses each: 8x30');
const constrained = z
  .string()
  .regex(/^[1-9]\d*-[1-9]\d*$/, 'expected a vCPU count, or such as 8-2 for 8 with 2 active');
const vcpuKey = z.string().regex(/^[1-9]\d*$/, 'expected a number of vCPUs');

const facts = {
  architecture: z.enum(['amd64', 'arm64']).optional().describe('instruction set'),
  threadsPerCore: z.int().min(1).max(8).optional().describe('hardware threads (vCPUs) that share a core'),
  memoryMiBPerVcpu: count.optional().describe('nominal memory for each vCPU, in MiB'),
  memoryMiB: count.optional().describe("the whole machine's nominal memory, in MiB; goes before memoryMiBPerVcpu"),
  gpus: z.int().min(0).optional().describe('number of GPUs; a share of one counts as the source counts it'),
  burstable: z.boolean().optional().describe('true for a burstable machine whose baseline is not known'),
  baselineMillisPerVcpu: count.optional().describe('burstable: millicores that each vCPU sustains'),
  baselineMillis: count
    .optional()
    .describe('burstable: millicores that the whole machine sustains; goes before baselineMillisPerVcpu'),
  enis: z
    .union([eniText, z.record(vcpuKey, eniText)], 'expected ENIs such as 8x30, or a map of number of vCPUs to them')
    .optional()
    .describe('AWS: interfaces x IPv4 each, as 8x30, or from a number of vCPUs on: { 2: 3x10, 4: 4x15 }'),
};

const group = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9._-]*\{size\}[A-Za-z0-9._-]*$/, 'expected a machine name with one {size} in it')
    .describe("the provider's name of the machine with {size} in it: c6i.{size}"),
  sizes: z
    .union(
      [z.array(z.union([count, constrained])).min(1), z.record(z.string().regex(/^[A-Za-z0-9-]+$/), count)],
      'expected a list of vCPU counts, or a map of size to vCPUs',
    )
    .describe('size: vCPUs, or a list of sizes that are their vCPU counts; 8-2 is size 8 with 2 vCPUs active'),
  ...facts,
});

/** A machine family. Beyond the shape: the file's name fits every machine, none is twice, each has memory. */
export const familySchema = z
  .strictObject({
    provider: z.enum(['aws', 'gcp', 'azure']).describe('the cloud; also the folder'),
    family: z
      .string()
      .regex(/^[a-z0-9-]+$/)
      .describe("the file's name"),
    source: z.string().min(1).describe('where the numbers come from, and their date'),
    ...facts,
    machines: z.array(group).min(1).describe('groups of sizes; what a group states goes before the family'),
    except: z
      .record(z.string(), z.strictObject(facts))
      .optional()
      .describe('by machine name: what the rule does not give'),
  })
  .describe('sizewright machine family: its rule once, its sizes, and the machines that differ')
  .superRefine((family, context) => {
    if (context.issues.length > 0) return;
    const problem = (path: PropertyKey[], message: string) => context.addIssue({ code: 'custom', path, message });
    const key = `${family.provider}/${family.family}`;
    const names = new Set<string>();
    for (const { name, memoryMiB } of listMachines(family)) {
      if (names.has(name)) problem(['machines'], `expected every machine once, got "${name}" twice`);
      names.add(name);
      const found = familyKey(name);
      if (found !== key) {
        const where = found ? `belongs in ${found}` : "has no provider's shape";
        problem(['machines'], `expected machines of ${key}, got "${name}", which ${where}`);
      }
      if (memoryMiB === 0) problem(['machines'], `expected memoryMiBPerVcpu or memoryMiB for "${name}", got neither`);
    }
    for (const name of Object.keys(family.except ?? {})) {
      if (!names.has(name)) problem(['except', name], `expected a machine of this family, got "${name}"`);
    }
  }) satisfies z.ZodType<Family>;

const cpu = z
  .union([z.string(), z.number()], 'expected CPU in cores (4, 0.5) or millicores (500m)')
  .describe('cores (4, 0.5) or millicores (500m)');
const memory = z
  .string('expected memory with its unit: Mi or Gi (512Mi, 8Gi)')
  .describe('memory with its unit, 1024-based: 512Mi, 8Gi');

/** A box of the user's own: container limits, or a machine. */
export const boxSchema = z
  .strictObject({
    container: z
      .strictObject({
        cpu,
        memory,
        available: memory.optional().describe('the part of the memory that the main service may plan with'),
      })
      .optional()
      .describe("the limits of the stack's main service"),
    machine: z
      .strictObject({
        name: z
          .string()
          .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'expected at most 63 letters, digits and . _ -')
          .describe('names the output folder'),
        cpu: cpu.describe('vCPUs: what the operating system shows'),
        memory,
        threadsPerCore: z.int().min(1).max(8).default(1).describe('vCPUs that share a core'),
        architecture: z.enum(['amd64', 'arm64']).default('amd64').describe('instruction set'),
        gpus: z.int().min(0).default(0).describe('number of GPUs'),
        baseline: cpu.optional().describe('CPU that a burstable machine sustains'),
      })
      .optional()
      .describe('a whole machine, shared by the services'),
  })
  .describe("sizewright box: hardware of the user's own, as container limits or as a machine")
  .refine((box) => (box.container === undefined) !== (box.machine === undefined), 'expected container or machine')
  .meta({ oneOf: [{ required: ['container'] }, { required: ['machine'] }] });

/** A checked `--profile ./my-box.yaml`. */
export type Box = z.infer<typeof boxSchema>;

/**
 * The profile that a user's box describes, and the available memory (MiB) that it states.
 * @throws QUANTITY_SYNTAX for quantities out of form or range, PROFILE_INVALID for more available than there is
 */
export function boxProfile({ container, machine }: Box): { profile: Profile; availableMiB?: number } {
  if (machine) {
    const { name, threadsPerCore, architecture, gpus, baseline } = machine;
    const size = sizeOf(machine, 'machine');
    const burstable = baseline !== undefined && {
      burstable: { baselineMillis: parseCpuMillis(`${baseline}`, 'machine.baseline') },
    };
    return {
      profile: { kind: 'machine', name, provider: 'other', ...size, threadsPerCore, architecture, gpus, ...burstable },
    };
  }
  if (!container) fail('PROFILE_INVALID', '', 'expected container or machine, got neither');
  const size = sizeOf(container, 'container');
  const profile: Profile = { kind: 'container', name: containerName(size.cpuMillis, size.memoryMiB), ...size };
  if (container.available === undefined) return { profile };
  const availableMiB = parseMemoryMiB(container.available, 'container.available');
  if (availableMiB > size.memoryMiB) {
    const most = `expected at most the ${formatMiB(size.memoryMiB)} of container.memory`;
    fail('PROFILE_INVALID', 'container.available', `${most}, got ${formatMiB(availableMiB)}`);
  }
  return { profile, availableMiB };
}

function sizeOf(stated: { cpu: string | number; memory: string }, path: string) {
  const [cpuMillis, memoryMiB] = collectProblems([
    () => parseCpuMillis(`${stated.cpu}`, `${path}.cpu`),
    () => parseMemoryMiB(stated.memory, `${path}.memory`),
  ]);
  return { cpuMillis: cpuMillis!, memoryMiB: memoryMiB! };
}

/** The public shape of `plan.json`, as zod: for the JSON Schema, and for whoever reads a plan back. */
import { z } from 'zod';
import type { Plan } from './plan.ts';

const count = z.int().min(0);
const amounts = z.strictObject({ cpuMillis: count, memoryMiB: count });

const decision = z.strictObject({
  value: z.int(),
  unit: z.string(),
  min: z.int().describe('effective lower bound'),
  max: z.int().describe('effective upper bound'),
  trace: z
    .array(
      z.strictObject({
        step: z.enum(['formula', 'demand', 'override', 'bound', 'rounding', 'constraint', 'budget', 'target']),
        from: z.int().optional(),
        to: z.int(),
        by: z.string().describe('policy and key path, or what the operator said'),
        how: z
          .string()
          .optional()
          .describe('with numbers in place of names, where it was computed from other services'),
        reason: z.string(),
      }),
    )
    .min(1)
    .describe("from the formula's proposal to the value"),
});

const ledger = z.strictObject({
  memoryMiB: count,
  headroomMiB: count,
  reserveMiB: count,
  detectedFreeMiB: count.optional().describe('memory that was free when it was detected, where that counts'),
  availableMiB: count,
  stated: z.boolean().describe('availableMiB was stated by the operator'),
  items: z.array(
    z.strictObject({
      parameter: z.string(),
      value: z.int(),
      formula: z.string(),
      miB: count,
      basis: z.enum(['measured', 'documented', 'assumed']),
      yields: z.boolean(),
    }),
  ),
  usedMiB: count,
  freeMiB: count,
  assumedMiB: count.describe('the part of usedMiB that nobody measured or documented'),
});

const service = z.strictObject({
  policy: z.string(),
  inputs: z
    .record(z.string(), z.strictObject({ value: z.string(), unit: z.string(), by: z.string() }))
    .optional()
    .describe("the policy's inputs, and who says them"),
  limits: z.strictObject({ cpuMillis: count.optional(), memoryMiB: count }),
  pairWithin: amounts
    .optional()
    .describe('where only pairs are sold: the limits that the pair is the greatest one within'),
  requests: amounts,
  replicas: z.strictObject({ min: count, max: count, surge: count }),
  cores: count,
  parameters: z.record(z.string(), decision),
  ledger,
  sharedMemoryMiB: count.optional(),
  startupSeconds: count,
  autoscale: z.strictObject({ cpuPercent: count, memoryPercent: count.optional() }).optional(),
});

export const planSchema: z.ZodType<Plan> = z
  .strictObject({
    schema: z.literal('sizewright/plan/v1'),
    stack: z.string(),
    profile: z.string(),
    platform: z.string(),
    services: z.record(z.string(), service),
    external: z.array(z.string()),
    requirements: z
      .array(
        z.strictObject({
          service: z.string(),
          parameter: z.string(),
          atLeast: z.int().optional(),
          atMost: z.int().optional(),
          rule: z.string().describe('of the stack, from which it follows'),
          source: z.string().optional(),
        }),
      )
      .optional()
      .describe('what services that run elsewhere must offer, where nothing was said of it'),
    machines: z.array(
      z.strictObject({
        name: z.string(),
        profile: z.string(),
        provider: z.enum(['aws', 'gcp', 'azure', 'other']),
        architecture: z.enum(['amd64', 'arm64']),
        capacity: amounts,
        allocatable: amounts,
        reservations: z.array(amounts.extend({ name: z.string(), why: z.string() })),
        maxPods: count.optional().describe('pods, or tasks on ECS, that the node takes'),
        nodes: z
          .strictObject({ min: count, max: count })
          .describe('machines of this kind that the smallest and the largest replica counts need'),
        services: z.array(z.string()),
      }),
    ),
    findings: z.array(
      z.strictObject({
        code: z.string(),
        level: z.enum(['error', 'warning', 'advice']),
        path: z.string(),
        message: z.string(),
        why: z.string().optional(),
        source: z.string().optional(),
      }),
    ),
  })
  .describe('sizewright plan: limits and parameters of a stack, each with its trace');

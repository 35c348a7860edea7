/** The shape of `stacks/<name>/stack.yaml`. Only a user's own files and the build load this. */
import { z } from 'zod';
import { adviceSchema } from '../policy/schema.ts';
import { deploySchema, stackDeploySchema } from './deploy-schema.ts';
import { cpu, dnsLabel, forKind, memory } from './words.ts';

const service = z.strictObject({
  policy: z.string().describe('name of a tuning policy'),
  share: z
    .int(forKind('expected a whole number (shares are relative: 1 and 2 for 0.5 and 1)'))
    .min(1)
    .max(1_000_000)
    .default(1)
    .describe("part of the machine, relative to the other services'"),
  cpuShare: z.int().min(1).max(1_000_000).optional().describe('part of the CPU, where it differs from share'),
  limits: z.strictObject({ cpu, memory }).optional().describe('fixed limits instead of a share'),
  atLeast: z.strictObject({ cpu: cpu.optional(), memory: memory.optional() }).default({}),
  atMost: z.strictObject({ cpu: cpu.optional(), memory: memory.optional() }).default({}),
  cpuLimit: z.enum(['limit', 'none']).default('limit').describe('none: only a CPU request is written'),
  replicas: z
    .union([
      z
        .int()
        .min(1)
        .max(10_000)
        .transform((count) => ({ min: count, max: count, surge: 0 })),
      z
        .strictObject({
          min: z.int().min(1).max(10_000),
          max: z.int().min(1).max(10_000),
          surge: z.int().min(0).max(10_000).default(0).describe('pods above max during a rollout'),
        })
        .refine((value) => value.min <= value.max, 'expected min ≤ max'),
    ])
    .default({ min: 1, max: 1, surge: 0 }),
  podsPerNode: z.int().min(1).max(1000).default(1).describe('replicas that share one node'),
  autoscale: z
    .strictObject({
      cpuPercent: z.int().min(1).max(1000).describe('percentage of the CPU request; at most 90 with a CPU limit'),
      memoryPercent: z.int().min(1).max(1000).optional().describe('percentage of the memory request; at most 90'),
    })
    .optional(),
  connectsTo: z.array(z.string()).default([]).describe('services of this stack that it calls'),
  with: z
    .record(z.string(), z.union([z.string(), z.int()]).transform(String))
    .default({})
    .describe('inputs of its policy: { workerMiB: 180, workload: oltp }'),
  deploy: deploySchema.optional().describe('what deploy files say of it; a plan needs none of it'),
});

export const stackSchema = z
  .strictObject({
    stack: dnsLabel.describe('its name; also the folder name'),
    main: z
      .string()
      .optional()
      .describe('the service that container limits and --available are meant for; the only one unless given'),
    deploy: stackDeploySchema.optional().describe('what deploy files say of all services'),
    services: z
      .record(dnsLabel, service)
      .refine((services) => Object.keys(services).length > 0, 'expected at least one service')
      .meta({ minProperties: 1 }),
    demands: z
      .array(
        z.strictObject({
          parameter: z.string().describe('service.PARAM that is asked: db.CONNECTIONS'),
          formula: z
            .string()
            .min(1)
            .max(2000)
            .describe("CEL over the other services' service.PARAM, service.cores, service.replicas.*"),
          why: z.string().min(1),
          source: z.string().optional(),
        }),
      )
      .default([])
      .describe('what services ask of each other; takes the place of what the parameter would be alone'),
    constraints: z
      .array(
        z.strictObject({
          rule: z
            .string()
            .min(1)
            .max(2000)
            .describe('CEL: a <= b over service.PARAM, service.cores, service.replicas.*'),
          yields: z
            .union([z.string(), z.array(z.string()).min(1)])
            .describe('service.PARAM that gives way; several give way in proportion'),
          why: z.string().min(1),
          source: z.string().optional(),
        }),
      )
      .default([]),
    advice: z.array(adviceSchema).default([]),
  })
  .describe('sizewright stack: services that are deployed together');

/** A stack as written, after the shape was checked. */
export type StackFile = z.output<typeof stackSchema>;

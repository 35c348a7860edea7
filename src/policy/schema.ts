/** The shape of `policies/<name>.yaml`. Only a user's own files and the build load this. */
import { z } from 'zod';
import { SYNTAX_NAMES } from '../deliveries/syntax.ts';
import { deliverySchema } from './delivery-schema.ts';
import { line, oneLineText as oneLine } from './texts.ts';

/** What an input can count at most. */
const MAX_INPUT = 1_000_000_000;

/** A CEL formula; a bare whole number is one too. */
const formula = z
  .union([z.string().min(1).max(2000), z.int()])
  .transform(String)
  .describe('CEL formula over whole numbers, or a whole number');
const why = z.string().min(1).describe('why this number, for the operator who asks');
const source = z.string().min(1).optional().describe('a key of `sources`');
const basis = z.enum(['measured', 'documented', 'assumed']).describe('how well the memory figure is known');
const name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'expected letters, digits and _, first a letter')
  .max(100)
  .describe('letters, digits and _, first a letter');
const settingKey = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, 'expected letters, digits and _.-, first a letter or _')
  .max(200);
const reasonedFormula = z.strictObject({ formula, basis, why, source }).describe('a number with its reason');

const parameter = z.strictObject({
  key: settingKey.optional().describe('its real name where that differs from the name in formulas: io-threads'),
  does: z.string().min(1).describe('what it does'),
  unit: line.describe('what the number counts: sessions, MB, ms'),
  suffix: z
    .string()
    .regex(/^[A-Za-z]*$/, 'expected letters only')
    .optional()
    .describe('written behind the number in files: MB'),
  syntax: z
    .enum(SYNTAX_NAMES)
    .optional()
    .describe(
      'how the program writes a size of this unit, and what else it reads: postgres, jvm; or bytes, hexadecimal, thousandths (920 for 0.920)',
    ),
  words: z
    .array(line)
    .min(2)
    .max(20)
    .optional()
    .describe(
      'a setting by condition: the number is the place of a word in this list, from 0, and the word is what is written',
    ),
  formula: formula.describe('CEL over cores, cpuMillis, memoryMiB, availableMiB and the parameters above'),
  why,
  source,
  min: formula.describe('lower bound, over the inputs only'),
  max: formula.describe('upper bound, over the inputs only'),
  hardMin: formula.optional().describe('makes min soft: an override may go down to here'),
  hardMax: formula.optional().describe('makes max soft: an override may go up to here'),
  bounds: z.strictObject({ why, source }).describe('why these bounds'),
  multipleOf: z.int().min(1).max(1_000_000).optional().describe('values are multiples of this'),
  cost: reasonedFormula
    .extend({
      when: z.enum(['start', 'use', 'worst']).default('use').describe('at start, in full use, or only at worst'),
    })
    .optional()
    .describe('memory in MiB; use ceilDiv, never /'),
  byItself: formula
    .optional()
    .describe(
      'what the program takes where nobody sets it: CEL over nodeCores, nodeMemoryMiB and what formula reads; or unlimited',
    ),
  unlimited: z.int().min(0).optional().describe('the value that the program takes for no limit: 0'),
  static: z
    .strictObject({
      value: z.int(),
      arbitrary: z.string().min(1).describe('why the constant was arbitrary'),
      effect: z.string().min(1).describe('what it costs'),
      source,
    })
    .optional()
    .describe('the guessed constant that it replaces'),
});

export const adviceSchema = z.strictObject({
  code: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/, 'expected UPPER_SNAKE')
    .describe('UPPER_SNAKE'),
  when: z.string().min(1).describe('CEL condition'),
  say: z.string().min(1).describe('the finding; {NAME} is replaced by its value, {remedy} by the remedy'),
  remedy: z
    .strictObject({
      parameter: z.string().min(1).describe('the parameter to change; service.PARAM in a stack'),
      formula: formula.describe('the value that ends it; it is tried first, and without success nothing is said'),
    })
    .optional(),
  why,
  source,
});

const setting = z.strictObject({
  value: z.union([oneLine.max(2000), z.int()]).transform(String),
  counted: z
    .literal(true)
    .optional()
    .describe('costs, headroom or a constraint count on this value: it cannot be changed in a Helm chart'),
  bareMetal: z
    .strictObject({ value: z.union([oneLine.max(2000), z.int()]).transform(String), why })
    .optional()
    .describe('the value for a program that runs on the machine itself, without a container'),
  why,
  source,
});

/** A PromQL expression; `$selector` and `$replicas` are replaced. */
const query = line.describe(
  "PromQL; $selector stands for what selects this stack's series, $replicas for the service's running replicas",
);
const metricName = z.string().regex(/^[A-Za-z_:][A-Za-z0-9_:]*$/, 'expected the name of a Prometheus metric');
const signalName = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'expected UPPER_SNAKE');
const amount = z.int().min(0).max(1_000_000_000_000);

const expected = z
  .strictObject({
    cores: z.int().min(1).optional().describe('holds for this core count only'),
    atLeast: amount.optional(),
    upTo: amount.optional().describe('upper end of the range that atLeast begins; more is no fault'),
    below: amount.optional(),
  })
  .refine(({ atLeast, below }) => (atLeast === undefined) !== (below === undefined), 'expected either atLeast or below')
  .refine(({ atLeast, upTo }) => upTo === undefined || (atLeast !== undefined && atLeast <= upTo), {
    path: ['upTo'],
    message: 'expected it beside atLeast, and not below it',
  })
  .meta({
    oneOf: [{ required: ['atLeast'] }, { required: ['below'] }],
    dependentRequired: { upTo: ['atLeast'] },
  });

const signal = z
  .strictObject({
    does: line.describe('what it measures'),
    query,
    parameter: name.describe('the parameter to look at'),
    unit: line
      .optional()
      .describe("absent: measured in the parameter's unit, so its planned value is a line beside it"),
    abovePercent: z.int().min(1).max(1000).optional().describe("alert above this percentage of the parameter's value"),
    above: formula
      .optional()
      .describe('alert above this: CEL over cores, cpuMillis, memoryMiB, availableMiB and parameters'),
    alongside: signalName
      .optional()
      .describe(
        'the alert waits until this signal misses what is expected of it too: being full is no fault by itself',
      ),
    expected: z.array(expected).default([]).describe('what the author expects and nobody measured'),
    underLoad: z.boolean().default(false).describe('an expectation counts only near the CPU limit'),
    minutes: z.int().min(1).max(1440).default(10).describe('how long it must last before it is an alert'),
    why,
    source,
  })
  .refine(({ unit, abovePercent }) => unit === undefined || abovePercent === undefined, {
    path: ['abovePercent'],
    message: "expected no unit beside it: it is a part of the parameter's value",
  })
  .refine(({ above, abovePercent }) => above === undefined || abovePercent === undefined, {
    path: ['above'],
    message: 'expected one of above and abovePercent',
  })
  .refine((written) => !written.alongside || (written.above ?? written.abovePercent) !== undefined, {
    path: ['alongside'],
    message: 'expected above or abovePercent beside it: it holds back their alert',
  })
  .meta({
    allOf: [{ not: { required: ['unit', 'abovePercent'] } }, { not: { required: ['above', 'abovePercent'] } }],
    if: { required: ['alongside'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { anyOf: [{ required: ['above'] }, { required: ['abovePercent'] }] },
  });

const metrics = z.strictObject({
  cpu: name.optional().describe('the parameter to look at when the CPU limit is felt'),
  pageCache: z
    .boolean()
    .default(false)
    .describe('its working set also holds page cache that the kernel takes back, so that is left out'),
  asks: z
    .enum(['pg_settings', 'config-get'])
    .optional()
    .describe('how a running server is asked for its settings: the view pg_settings, or the command CONFIG GET'),
  settings: z
    .record(
      name,
      z.strictObject({
        metric: metricName,
        per: z.int().min(1).default(1).describe("what one unit of the parameter is in the metric's unit"),
      }),
    )
    .default({})
    .describe('effective values as an exporter reports them, by parameter'),
  signals: z.record(signalName, signal).default({}).describe('what tells whether the values do'),
  loadTest: z
    .strictObject({
      path: z.string().regex(/^\/[A-Za-z0-9._~/?=&-]*$/, 'expected a path such as /infer'),
      requests: z.int().min(1).max(100_000_000),
      concurrency: z.int().min(1).max(100_000),
      throughput: signalName.describe('the signal whose expectation is the threshold, in requests a second'),
      source,
    })
    .refine(({ requests, concurrency }) => concurrency <= requests, {
      path: ['concurrency'],
      message: 'expected at most the requests',
    })
    .optional()
    .describe('how the main port is tried under load'),
});

const inputs = z
  .record(
    name,
    z.union([
      z.strictObject({
        does: line.describe('what it is'),
        unit: line.describe('what the number counts: MiB'),
        default: z.int().min(0).describe('where nobody says it'),
        min: z.int().min(0),
        max: z.int().min(0).max(MAX_INPUT),
        basis,
        measure: line.optional().describe('how to measure your own'),
        why,
        source,
      }),
      z.strictObject({
        does: line.describe('what it is'),
        choices: z
          .array(z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected lower-case letters, digits and -, first a letter'))
          .min(2)
          .max(20)
          .describe('formulas compare it with one of them: workload == "web"'),
        default: z.string().describe('where nobody says it'),
        why,
        source,
      }),
    ]),
  )
  .default({})
  .describe('what a formula needs beside the hardware, given by --with, in the stack, or by default');

export const policySchema = z
  .strictObject({
    policy: z
      .string()
      .regex(/^[a-z]([a-z0-9-]*[a-z0-9])?$/, 'expected lower-case letters, digits and -, first a letter, last no -')
      .max(63)
      .describe('its name, as a stack writes it; also the file name'),
    extends: z
      .string()
      .optional()
      .describe('a policy that this one changes: maps are merged with its maps, anything else takes its place'),
    title: line.describe('what kind of software this is'),
    recognise: z
      .strictObject({
        images: z
          .array(z.string().regex(/^[a-z0-9]+([._-]+[a-z0-9]+)*$/, 'expected the last part of a name, without a tag'))
          .min(1)
          .describe("last parts of images' names: nginx for docker.io/library/nginx:1.29"),
      })
      .optional()
      .describe('what tells that a container runs it'),
    cores: z
      .enum(['floor', 'ceil'])
      .default('floor')
      .describe('how its runtime turns a CPU limit into threads: floor (at least 1) for Rust, ceil for Go, JVM, .NET'),
    sources: z.record(name, line).default({}).describe('where the numbers come from, by key'),
    memory: z.strictObject({
      headroom: reasonedFormula.describe('left free on purpose, MiB'),
      reserve: reasonedFormula.describe('taken before any parameter, MiB'),
      yields: z
        .array(z.union([name, z.record(name, z.int().min(0)).describe('a floor of its own for this turn')]))
        .default([])
        .describe('parameters that give way when memory is short, first one first; { BUFFERS: 64 } stops there'),
      fixed: z.array(name).default([]).describe('parameters with a cost that never give way'),
    }),
    inputs,
    parameters: z.record(name, parameter).describe('in the order of their formulas'),
    settings: z
      .record(
        settingKey,
        setting.extend({
          sysctl: line
            .optional()
            .describe(
              "the entry of sysctls that limits it: where a container cannot set that, the kernel's own value is written",
            ),
        }),
      )
      .default({})
      .describe('constants that are passed on'),
    secrets: z
      .record(
        z
          .string()
          .regex(/^[A-Z_][A-Z0-9_]*$/, 'expected UPPER_SNAKE')
          .max(200),
        z.strictObject({
          does: z.string().min(1),
          example: line.describe('a placeholder, never a real value'),
          flag: line.optional().describe('the program takes it as this flag, not from the environment'),
        }),
      )
      .default({})
      .describe('values that are never written, by environment variable'),
    deliver: deliverySchema,
    sharedMemory: reasonedFormula.optional().describe('size of /dev/shm in MiB'),
    withoutSharedMemory: z
      .strictObject({
        parameters: z.record(name, z.int().min(0)).default({}).describe('values that hold there'),
        settings: z.record(settingKey, setting).default({}).describe('constants that are passed on there'),
        why,
        source,
      })
      .optional()
      .describe('what holds where the size of /dev/shm cannot be set'),
    disk: reasonedFormula
      .optional()
      .describe(
        'what it keeps on disk at most, MiB: its data outlive the container. Absent for software that keeps none',
      ),
    startupSeconds: z.strictObject({ formula, why, source }).describe('how long a start may take'),
    sysctls: z
      .record(
        z.string().regex(/^[a-z0-9_.-]+$/, 'expected a kernel parameter such as net.core.somaxconn'),
        z.strictObject({
          value: z.int().transform(String),
          otherwise: z.int().transform(String).describe("the kernel's own value"),
          optional: z.literal(true).optional().describe('nothing fails without it: no finding where it cannot be set'),
          why,
          source,
        }),
      )
      .default({}),
    stop: z.strictObject({
      signal: z.string().regex(/^SIG[A-Z0-9]+$/, 'expected a signal such as SIGTERM'),
      graceSeconds: z.int().min(1).max(3600),
      why,
    }),
    advice: z.array(adviceSchema).default([]),
    expectations: z
      .strictObject({
        source,
        note: z.string().min(1),
        byCores: z.array(
          z.strictObject({
            cores: z.int().min(1),
            rows: z.array(z.strictObject({ what: line, static: line, computed: line, gain: line })),
          }),
        ),
        stacking: z.array(line).default([]),
      })
      .optional()
      .describe('what the author expects and nobody measured'),
    metrics: metrics.prefault({}).describe('what tells whether the plan holds while it runs'),
  })
  .describe('sizewright tuning policy: how one kind of software is sized');

/** A policy as written, after the shape was checked. */
export type PolicyFile = z.output<typeof policySchema>;

/** Fields of a policy that are compiled; the others are as they are written. */
const COMPILED = [
  'policy',
  'extends',
  'memory',
  'inputs',
  'parameters',
  'settings',
  'secrets',
  'deliver',
  'sharedMemory',
  'withoutSharedMemory',
  'disk',
  'startupSeconds',
  'sysctls',
  'advice',
  'metrics',
] as const;

export type AsWritten = Omit<PolicyFile, (typeof COMPILED)[number]>;

/** A policy's file without what is compiled: no field of the schema can be left behind. */
export function asWritten(file: PolicyFile): AsWritten {
  const rest: Record<string, unknown> = { ...file };
  for (const name of COMPILED) delete rest[name];
  return rest as unknown as AsWritten;
}

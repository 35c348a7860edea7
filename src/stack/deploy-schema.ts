/** The shape of `deploy` in a stack: what generated deploy files say of a service beside what it is given. */
import { z } from 'zod';
import { emptyOrLine as line, UNPRINTABLE } from '../policy/texts.ts';
import { DISTRIBUTIONS } from './distribution.ts';
import { dnsLabel, forKind, memory } from './words.ts';

/** @see https://www.rfc-editor.org/rfc/rfc6335#section-5.1 */
const PORT_NAME = /^[a-z](-?[a-z0-9])*$/;

const path = z
  .string()
  .regex(
    /^(\/([A-Za-z0-9_-][A-Za-z0-9._-]*|\.[A-Za-z0-9_-][A-Za-z0-9._-]*|\.\.[A-Za-z0-9._-]+)?)+$/,
    'expected an absolute path of letters, digits and ._-/, without .. in it',
  );
const port = z.int().min(1).max(65535);

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
const labelKey = z
  .string()
  .regex(
    /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
    'expected a label key such as app or example.com/app',
  );
const labelValue = z
  .string()
  .regex(
    /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/,
    'expected at most 63 letters, digits and ._-, first and last a letter or digit',
  );
const labels = z.record(labelKey, labelValue).default({});
/** kubectl cannot print again what begins with a tab and has several lines. */
const paragraph = z
  .string()
  .max(10_000)
  .regex(
    new RegExp(`^(?:(?:\n|[^${UNPRINTABLE}])(?:[\t\n]|[^${UNPRINTABLE}])*)?$`, 'u'),
    'expected text without control characters, first no tab',
  );
const annotations = z.record(labelKey, paragraph).default({});

const probe = z
  .strictObject({
    http: z
      .string()
      .regex(/^\/[A-Za-z0-9._~/?=&-]*$/, 'expected a path such as /health')
      .optional()
      .describe('path on the main port'),
    exec: z.array(line.min(1)).min(1).optional().describe('command in the container'),
    periodSeconds: z.int().min(1).max(3600).default(10),
    timeoutSeconds: z.int().min(1).max(3600).default(5).describe('for a command at least 5'),
    failureThreshold: z.int().min(1).max(1000).default(3),
  })
  .refine((value) => (value.http === undefined) !== (value.exec === undefined), 'expected either http or exec')
  .refine((value) => value.exec === undefined || value.timeoutSeconds >= 5, {
    path: ['timeoutSeconds'],
    message: 'expected at least 5 s for a command',
  })
  .meta({
    oneOf: [{ required: ['http'] }, { required: ['exec'] }],
    if: { required: ['exec'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { properties: { timeoutSeconds: { minimum: 5 } } },
  });

const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._/:@-]*$/;
const DISTRIBUTION_IMAGES = 'an image of Debian or Ubuntu (apt-get), or of Alpine (apk)';
const packages = z.array(z.string().regex(/^[a-z0-9][a-z0-9+._-]*$/, 'expected a package such as libpq5')).default([]);

export const deploySchema = z.strictObject({
  image: z.string().regex(IMAGE, 'expected an image reference').max(500),
  shell: z
    .boolean()
    .default(true)
    .describe(
      'whether the image has /bin/sh; false for a distroless one, in which nothing that is written runs a shell',
    ),
  ports: z
    .record(
      z
        .string()
        .regex(PORT_NAME, 'expected at most 15 lower-case letters, digits and single -, first a letter')
        .max(15, 'expected at most 15 lower-case letters, digits and single -, first a letter'),
      port,
      forKind('expected ports by name, such as { http: 8080 }'),
    )
    .refine((ports) => Object.keys(ports).length > 0, 'expected at least one port, such as { http: 8080 }')
    .meta({ minProperties: 1 })
    .optional()
    .describe('by name; the first is the main one; absent where nothing connects to it'),
  entrypoint: z
    .array(line.min(1))
    .optional()
    .describe(
      "what the container runs: the image's ENTRYPOINT, and its CMD unless the policy names a program; every target writes it. [] for an image without one; absent: the image's own, which only some targets can keep",
    ),
  env: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected letters, digits and _, first a letter or _'),
      z
        .union([line, z.int()], 'expected a text or a whole number (put true, false and 0.5 in quotes)')
        .transform(String),
    )
    .default({}),
  secrets: z
    .record(
      z
        .string()
        .regex(/^[A-Z_][A-Z0-9_]*$/, 'expected UPPER_SNAKE')
        .max(200),
      z.strictObject({ does: line.min(1), example: line.min(1).describe('a placeholder, never a real value') }),
    )
    .default({})
    .describe('values that are never written, by environment variable, beside those of the policy'),
  secretName: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'expected the name of a Secret, such as shop-database')
    .max(253)
    .optional()
    .describe(
      'on Kubernetes: a Secret that is there, with a key for each secret; one to be made is described otherwise',
    ),
  files: z
    .array(
      z.strictObject({
        path,
        text: z
          .string()
          .min(1)
          .max(10_000)
          .regex(new RegExp(`^(?:[\t\n]|[^${UNPRINTABLE}\ufeff])*$`, 'u'), 'expected text without control characters'),
        why: line.min(1),
      }),
    )
    .default([])
    .describe('small files that the container finds, read-only, beside those of its image'),
  labels,
  annotations,
  nodeSelector: z.record(labelKey, labelValue).default({}),
  user: z
    .strictObject(
      {
        uid: z.int().min(1).max(2_147_483_647),
        gid: z.int().min(1).max(2_147_483_647),
        fsGroup: z.int().min(1).max(2_147_483_647).optional(),
      },
      forKind('expected numbers, such as { uid: 1000, gid: 1000 }'),
    )
    .optional()
    .describe('never root; needed wherever a file says whom the program runs as'),
  volume: z
    .strictObject({
      path,
      size: memory,
      storageClass: dnsLabel.optional(),
      accessMode: z
        .enum(['ReadWriteOncePod', 'ReadWriteOnce'])
        .optional()
        .describe('on Kubernetes; ReadWriteOncePod unless a storage driver cannot keep a second pod out'),
      unfenced: z
        .literal('may-corrupt')
        .optional()
        .describe(
          'on ECS, whose file systems keep no second task out: accepts that two tasks at once may corrupt the data',
        ),
      dataVariable: z
        .string()
        .regex(/^[A-Z_][A-Z0-9_]*$/, 'expected UPPER_SNAKE')
        .optional()
        .describe('environment variable of the data folder, put one level down'),
    })
    .optional(),
  backup: line
    .min(1)
    .optional()
    .describe('how the data of its volume are backed up, and where to: no generated file does it'),
  writable: z.array(path).default([]).describe('folders the program writes besides its volume'),
  writableSize: memory.default('1Gi').describe('of each of them on Kubernetes, where a pod that fills more is evicted'),
  probes: z
    .strictObject({ startup: probe.optional(), readiness: probe.optional(), liveness: probe.optional() })
    .default({}),
  preStopSeconds: z.int().min(0).max(600).default(0),
  terminationGraceSeconds: z.int().min(1).max(3600).optional(),
  egress: z
    .array(
      z.strictObject({
        port,
        cidr: z
          .union([z.cidrv4(), z.cidrv6()], 'expected an address range such as 10.0.0.0/8')
          .optional()
          .describe('absent, or all addresses (0.0.0.0/0, ::/0): the internet, without private addresses'),
        protocol: z.enum(['TCP', 'UDP']).default('TCP'),
      }),
    )
    .default([]),
  build: z
    .strictObject({
      template: z.enum(['rust']),
      binary: z.string().regex(/^[A-Za-z0-9_-]+$/, 'expected letters, digits, _ and -'),
      packages: packages.describe('what the running program needs, by the names of its distribution'),
      buildPackages: packages.describe('what the build needs, by the names of its distribution'),
      buildImage: z.string().regex(IMAGE, 'expected an image reference').describe(`${DISTRIBUTION_IMAGES}, with cargo`),
      runtimeImage: z.string().regex(IMAGE, 'expected an image reference').describe(DISTRIBUTION_IMAGES),
      distribution: z
        .enum(DISTRIBUTIONS)
        .optional()
        .describe('of both images, which share its C library and its package manager; told by their names otherwise'),
    })
    .optional(),
  systemd: z
    .strictObject({
      unit: z.string().regex(/^[A-Za-z0-9@_.-]+\.service$/, 'expected a unit such as web.service'),
      exec: line.min(1).optional().describe('absent: only a drop-in for a unit that the distribution ships'),
      user: z
        .string()
        .regex(/^[a-z_][a-z0-9_-]*$/, 'expected a user name')
        .optional(),
    })
    .optional(),
});

export const stackDeploySchema = z.strictObject({
  namespace: z
    .union([
      dnsLabel,
      z.strictObject({
        existing: z
          .string()
          .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'expected the name of a namespace, such as shop')
          .max(63)
          .describe('of one that is there: it is not made, and what else is in it is not cut off'),
      }),
    ])
    .optional()
    .describe("Kubernetes namespace; the stack's name unless given"),
  labels,
  annotations,
});

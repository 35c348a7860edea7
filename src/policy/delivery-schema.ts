/** The shape of `deliver` in a policy. */
import { z } from 'zod';
import { line } from './texts.ts';

const has = (words: readonly string[], ...fields: readonly string[]): boolean =>
  fields.every((field) => words.some((word) => word.includes(`{${field}}`)));

/** As the JSON Schema says it. */
const [HAS_KEY, HAS_VALUE] = [{ pattern: '\\{key\\}' }, { pattern: '\\{value\\}' }];

const SOME = {
  only: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('names of the parameters and settings that it carries; absent: all'),
  keys: z
    .record(z.string(), line)
    .default({})
    .describe('what it calls them where that is not their key: a path in a file'),
};
const program = z.array(line).describe('first words of the command');
const eachFlag = z
  .array(line)
  .refine((flags) => has(flags, 'key', 'value'), 'expected {key} and {value} in it')
  .meta({ allOf: [{ contains: HAS_KEY }, { contains: HAS_VALUE }] })
  .describe('arguments of one setting; {key} and {value} are replaced');
const fileName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, 'expected a file name of letters, digits and ._-')
  .describe('name of the configuration file');
const fileLine = line
  .refine((text) => has([text], 'key', 'value'), 'expected {key} and {value} in it')
  .meta({ allOf: [HAS_KEY, HAS_VALUE] })
  .describe('one line of it; {key} and {value} are replaced');
const fileArguments = z
  .array(line)
  .refine((words) => words.length === 0 || has(words, 'path'), 'expected {path} in it')
  .meta({ anyOf: [{ maxItems: 0 }, { contains: { pattern: '\\{path\\}' } }] })
  .default([])
  .describe('arguments that name the file, for a program without another one; {path} is replaced');

const format = z
  .discriminatedUnion('as', [
    z.strictObject({
      as: z.literal('keyvalue').describe('a value a line'),
      line: fileLine.default('{key} = {value}'),
      comment: z.enum(['#', ';']).default('#').describe('what begins a comment'),
      section: line.optional().describe('mysqld for values below [mysqld]'),
      dashes: z
        .enum(['alike', 'differ'])
        .default('differ')
        .describe('alike: a reader takes - and _ in a key for the same'),
    }),
    z.strictObject({
      as: z
        .literal('blocks')
        .describe('nginx: blocks in braces; haproxy: sections. A key is a path: events.worker_connections'),
      style: z.enum(['nginx', 'haproxy']),
    }),
    z.strictObject({ as: z.literal('yaml').describe('a key is a path, numbers in it are places in a list') }),
    z.strictObject({
      as: z.literal('xml').describe('a key is a path below the root; written, never read'),
      root: z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'expected an element such as clickhouse'),
    }),
  ])
  .describe('how the file is written and read');

const way = z.discriminatedUnion('as', [
  z.strictObject({ as: z.literal('variables').describe('each value in an environment variable of its key'), ...SOME }),
  z.strictObject({
    as: z.literal('options').describe('options inside one environment variable'),
    variable: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected letters, digits and _, first a letter or _'),
    options: z.array(line).min(1).describe('in their order; {NAME} is replaced by a value: -Xmx{heap}m'),
  }),
  z.strictObject({
    as: z.literal('flags').describe('arguments of the command'),
    program: program.default([]),
    each: eachFlag,
    at: z.enum(['end', 'start']).default('end').describe("behind the program's own arguments, or before them"),
    ...SOME,
  }),
  z.strictObject({
    as: z.literal('file').describe('a configuration file'),
    name: fileName,
    path: z
      .string()
      .regex(/^(\/[A-Za-z0-9_.-]+)+$/, 'expected an absolute path of letters, digits and ._-')
      .optional()
      .describe('where a container finds it; absent: it is for units that a distribution ships'),
    format,
    program: program.default([]),
    arguments: fileArguments,
    ...SOME,
  }),
]);

export const deliverySchema = z
  .union([
    z.array(way).min(1).describe('ways that values reach the program; the last one that carries a value counts'),
    z.discriminatedUnion('as', [
      z.strictObject({ as: z.literal('env').describe('environment variables: short for one way, variables') }),
      z.strictObject({
        as: z
          .literal('settings')
          .describe('flags; a configuration file for a unit that the distribution ships: short for two ways'),
        program: program.min(1),
        flags: eachFlag,
        file: z
          .strictObject({
            name: fileName,
            line: fileLine,
            extra: z
              .array(line)
              .default([])
              .describe('lines that it begins with everywhere: a section such as [mysqld]'),
            arguments: fileArguments,
          })
          .optional()
          .describe("lines for the file of a distribution's unit; absent for a program that reads none"),
      }),
    ]),
  ])
  .describe('how the values reach the program');

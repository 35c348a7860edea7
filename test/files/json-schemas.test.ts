import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { z } from 'zod';
import { jsonSchemas } from '../../src/files/json-schemas.ts';
import { boxSchema } from '../../src/hardware/schema.ts';
import { nodeSchema } from '../../src/platforms/schema.ts';
import { policySchema } from '../../src/policy/schema.ts';
import { stackSchema } from '../../src/stack/schema.ts';
import { DEMO_POLICY, DEMO_STACK } from '../samples.ts';

interface Schema {
  $schema?: string;
  description?: string;
  type?: string;
  additionalProperties?: unknown;
  properties?: Record<string, unknown>;
  required?: string[];
}
const schemas = jsonSchemas();
const read = (name: string) => JSON.parse(schemas[`${name}.schema.json`]!) as Schema;

describe('JSON Schemas', () => {
  it('of every file that a user writes or reads', () => {
    expect(Object.keys(schemas).sort()).toEqual(
      ['family', 'overrides', 'plan', 'platform', 'policy', 'profile', 'stack'].map((name) => `${name}.schema.json`),
    );
  });

  it.each(['family', 'plan', 'platform', 'policy', 'profile', 'stack'])(
    '%s: unknown keys are errors in an editor too',
    (name) => {
      expect(read(name)).toMatchObject({ type: 'object', additionalProperties: false });
      expect(read(name).$schema).toMatch(/^https?:\/\/json-schema\.org\//);
      expect(read(name).description).toMatch(/^sizewright /);
    },
  );

  it('ask of a user only what has no default', () => {
    expect(read('stack').required).toEqual(['stack', 'services']);
    expect(read('policy').required).toEqual(['policy']);
    // What a policy that extends another one does not say, that one does.
    const whole = ['policy', 'title', 'memory', 'parameters', 'deliver', 'startupSeconds', 'stop'];
    expect(read('policy')).toHaveProperty('anyOf', [{ required: ['extends'] }, { required: whole }]);
  });

  it('end with a line break, and are the same each time', () => {
    for (const text of Object.values(schemas)) expect(text.endsWith('}\n')).toBe(true);
    expect(jsonSchemas()).toEqual(schemas);
  });
});

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Every path of a document, the root's apart. */
function pathsOf(value: Json, path: readonly string[] = []): string[][] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...pathsOf(inner, [...path, key])]);
}

/** The document with what stands at a path put aside: replaced, left out (undefined), or beside a key nobody knows. */
function changed(document: Json, path: readonly string[], put: Json | undefined, key?: string): Json {
  const copy = structuredClone(document);
  let parent = copy as Record<string, Json>;
  for (const step of path.slice(0, -1)) parent = parent[step] as Record<string, Json>;
  const last = path.at(-1)!;
  if (key !== undefined) parent[key] = put ?? null;
  else if (put !== undefined) parent[last] = put;
  else if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return copy;
}

const yaml = (path: string): Json => parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
const PROBES = `
stack: a
main: b
services:
  b:
    policy: demo
    deploy:
      image: x:1
      ports: { http: 80 }
      user: { uid: 1, gid: 1 }
      probes: { startup: { http: /up }, liveness: { exec: [a, b], timeoutSeconds: 5 } }
      egress: [{ port: 443, cidr: 10.0.0.0/8 }, { port: 53, cidr: "2001:db8::/32" }]
      writable: [/tmp, /var/lib/x.d/..y]
      annotations: { example.com/a: "several\\nlines" }
`;
const DOCUMENTS: [name: string, schema: z.ZodType, documents: Json[]][] = [
  ['stack', stackSchema, [parse(DEMO_STACK), parse(PROBES), yaml('stacks/spatialvortex/stack.yaml')]],
  [
    'policy',
    policySchema,
    [parse(DEMO_POLICY), ...['postgres', 'redis', 'spatialvortex-api'].map((name) => yaml(`policies/${name}.yaml`))],
  ],
  [
    'profile',
    boxSchema,
    [{ container: { cpu: 4, memory: '8Gi' } }, { machine: { name: 'box', cpu: '4', memory: '8Gi' } }],
  ],
  [
    'platform',
    nodeSchema,
    [
      {
        platform: 'onprem',
        kubeReserved: { cpu: 1, memory: '1Gi' },
        evictionHard: { 'memory.available': '5%' },
        maxPods: 9,
      },
    ],
  ],
];

/** Two numbers compared with one another are nothing that a JSON Schema can say. */
const COMPARED = /^expected (min ≤ max|it beside atLeast, and not below it|at most the requests)$/;

describe.each(DOCUMENTS)('the schema of a %s', (name, program, documents) => {
  const validate = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false }).compile(read(name));
  const verdict = (document: Json) => {
    const { success, error } = program.safeParse(document);
    const refusals = error?.issues.filter(({ message }) => !COMPARED.test(message)) ?? [];
    return success || refusals.length === 0;
  };

  it('takes what the program takes', () => {
    for (const document of documents) expect([verdict(document), validate(document)]).toEqual([true, true]);
  });

  it('refuses what the program refuses, and nothing else', () => {
    const put = fc.oneof(
      fc.constantFrom<(Json | undefined)[]>(
        undefined,
        null,
        true,
        0,
        -1,
        1,
        1.5,
        1e16,
        '',
        'x',
        [],
        ['x'],
        {},
        { x: 1 },
      ),
      fc.constantFrom<Json[]>(
        '\t',
        'a\nb',
        'a\u0085b',
        '\ufffe',
        '../x',
        '/a/../b',
        '/a/..b',
        'a--b',
        'UPPER',
        'x'.repeat(3000),
      ),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...documents),
        fc.nat(),
        put,
        fc.constantFrom(undefined, undefined, 'x', 'http', 'A'),
        (document, at, value, key) => {
          const paths = pathsOf(document);
          const near = changed(document, paths[at % paths.length]!, value, key);
          expect({ near, taken: validate(near) }).toEqual({ near, taken: verdict(near) });
        },
      ),
      { numRuns: 3000, seed: 7 },
    );
  });

  it('uses patterns that the engines of JavaScript, Python and Go read alike', () => {
    const patterns: string[] = [];
    JSON.stringify(read(name), (key, value) => {
      if (key === 'pattern') patterns.push(value);
      return value;
    });
    // what RE2 or Python's re lack or spell otherwise: looking around, references, \p{Cc}, \u0000, flags in groups
    expect(patterns.filter((pattern) => /\(\?(?!:)|\\[pPuxk1-9]/.test(pattern))).toEqual([]);
  });
});

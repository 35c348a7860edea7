import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { fail } from '../../src/errors/errors.ts';
import { lineAt, locateProblems, readDocument } from '../../src/files/document.ts';
import { boxSchema } from '../../src/hardware/schema.ts';
import { overridesSchema } from '../../src/plan/decide/overrides-schema.ts';
import { policySchema } from '../../src/policy/schema.ts';
import { stackSchema } from '../../src/stack/schema.ts';
import { DEMO_POLICY, DEMO_STACK, errorOf, replaceOnce } from '../samples.ts';

/** Every message that reading a text gives, and nothing when it reads. */
async function messages(text: string, schema: z.ZodType, code: 'POLICY_INVALID' | 'STACK_INVALID' = 'POLICY_INVALID') {
  let read = false;
  try {
    const error = await errorOf(() => {
      readDocument(text, 'my.yaml', schema, code);
      read = true;
    });
    return error.message.split('\n');
  } catch (error) {
    if (read) return [];
    throw error;
  }
}
const policyMessages = (from: string, to: string) => messages(replaceOnce(DEMO_POLICY, from, to), policySchema);
const stackMessages = (from: string, to: string) =>
  messages(replaceOnce(DEMO_STACK, from, to), stackSchema, 'STACK_INVALID');

const hex = (character: string) => character.charCodeAt(0).toString(16).padStart(4, '0');

describe('what reads', () => {
  it.each([
    { desc: 'as it is', text: DEMO_POLICY },
    { desc: 'with a byte order mark', text: `\ufeff${DEMO_POLICY}` },
    { desc: 'with CRLF', text: DEMO_POLICY.replaceAll('\n', '\r\n') },
    { desc: 'without a last line break', text: DEMO_POLICY.trimEnd() },
    { desc: 'with comments and a document start', text: `# mine\n---\n${DEMO_POLICY}...\n` },
  ])('$desc', ({ text }) => {
    expect(readDocument(text, 'my.yaml', policySchema, 'POLICY_INVALID').value).toMatchObject({
      policy: 'demo',
      parameters: { WORKERS: { formula: 'cores * 2', min: '2', max: '64' } },
    });
  });

  it('anchors and aliases', () => {
    const text = `${DEMO_POLICY}settings:\n  A: &a { value: x, why: w }\n  B: *a\n`;
    const { value } = readDocument(text, 'my.yaml', policySchema, 'POLICY_INVALID');
    expect(value.settings).toEqual({ A: { value: 'x', why: 'w' }, B: { value: 'x', why: 'w' } });
  });

  it('words that are booleans to YAML 1.1 only, as text', () => {
    const text = `${DEMO_POLICY}settings: { A: { value: yes, why: off }, B: { value: 1_000, why: w }, C: { value: 22:22, why: n } }\n`;
    const { value } = readDocument(text, 'my.yaml', policySchema, 'POLICY_INVALID');
    expect(value.settings).toEqual({
      A: { value: 'yes', why: 'off' },
      B: { value: '1_000', why: 'w' },
      C: { value: '22:22', why: 'n' },
    });
  });
});

describe('what is no YAML', () => {
  it.each([
    {
      desc: 'a tab',
      text: 'a:\n\tb: 1\n',
      says: ['my.yaml:2: expected YAML, got: tabs are not allowed as indentation; indent with spaces'],
    },
    {
      desc: 'a key twice',
      text: 'a: 1\nb: 2\na: 3\n',
      says: ['my.yaml:3: expected YAML, got: map keys must be unique; keep one of them'],
    },
    {
      desc: 'a key twice, once in quotes',
      text: 'a: 1\n"a": 3\n',
      says: ['my.yaml:2: expected YAML, got: map keys must be unique; keep one of them'],
    },
    {
      desc: 'several documents',
      text: 'a: 1\n---\na: 2\n',
      says: ['my.yaml:2: expected YAML, got: source contains multiple documents; please use YAML.parseAllDocuments()'],
    },
    {
      desc: 'an open quote',
      text: 'a: "b\n',
      says: ['my.yaml:2: expected YAML, got: missing closing "quote; close the quotes or the bracket'],
    },
  ])('$desc', async ({ text, says }) => {
    const error = await errorOf(() => readDocument(text, 'my.yaml', overridesSchema, 'OVERRIDE_INVALID'));
    expect(error.code).toBe('YAML_SYNTAX');
    expect(error.message.split('\n')).toEqual(says);
  });

  it('an alias of nothing', async () => {
    const error = await errorOf(() => readDocument('api: { A: *x }\n', 'my.yaml', overridesSchema, 'OVERRIDE_INVALID'));
    expect(error.code).toBe('YAML_SYNTAX');
    expect(error.message).toContain('my.yaml:1');
  });

  it('an alias of what is around it', async () => {
    const text = 'api: &all\n  A: { min: *all }\n';
    const error = await errorOf(() => readDocument(text, 'my.yaml', overridesSchema, 'OVERRIDE_INVALID'));
    expect(error.code).toBe('YAML_SYNTAX');
    expect(error.message).toBe(
      'my.yaml:2: api.A.min: expected an alias of something else, got *all, which is around it',
    );
  });

  it.each([
    [
      'a value',
      'api: { A: { set: "x\\ud800y" } }\n',
      'my.yaml:1: api.A.set: expected text of whole characters, got "x\\ud800y"; write both halves of the pair',
    ],
    [
      'a key',
      'api:\n  "\\udfff": 1\n',
      'my.yaml:2: api: expected text of whole characters, got "\\udfff"; write both halves of the pair',
    ],
  ])('half of a character in %s', async (_, text, says) => {
    const error = await errorOf(() => readDocument(text, 'my.yaml', overridesSchema, 'OVERRIDE_INVALID'));
    expect(error.code).toBe('OVERRIDE_INVALID');
    expect(error.message).toBe(says);
  });

  it('aliases of aliases without end', async () => {
    const lists = ['b', 'c', 'd', 'e'].map((name, index) => {
      const before = 'abcde'[index]!;
      return `${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(', ')}]\n`;
    });
    const text = `a: &a { A: 5 }\n${lists.join('')}`;
    const error = await errorOf(() => readDocument(text, 'my.yaml', overridesSchema, 'OVERRIDE_INVALID'));
    expect(error.code).toBe('YAML_SYNTAX');
  });

  it('a tag that nobody resolves is not dropped silently', async () => {
    expect(await policyMessages('title: Demo', 'title: !secret Demo')).toHaveLength(1);
  });

  it('keys that are one and the same once they are text', async () => {
    const text = 'api: { true: 1, "true": 2 }\n';
    const error = await errorOf(() => readDocument(text, 'my.yaml', overridesSchema, 'OVERRIDE_INVALID'));
    expect(error.code).toBe('YAML_SYNTAX');
  });
});

describe('what would take all time or memory', () => {
  const deep = 'my.yaml:1: expected YAML, got: more than 100 levels within one another';
  it.each([
    { desc: 'lists in brackets', text: `a: ${'['.repeat(101)}${']'.repeat(101)}` },
    { desc: 'half a million of them', text: '['.repeat(500_000) },
    { desc: 'maps in braces', text: '{a: '.repeat(5000) },
    { desc: 'lists of dashes', text: `${'- '.repeat(20_000)}x` },
    { desc: 'keys of keys', text: `${'? '.repeat(5000)}x` },
    {
      desc: 'maps by indentation',
      text: Array.from({ length: 500 }, (_, level) => `${' '.repeat(level)}a:`).join('\n'),
    },
  ])('$desc', async ({ text }) => {
    expect((await errorOf(() => readDocument(text, 'my.yaml', boxSchema, 'PROFILE_INVALID'))).message).toBe(deep);
  });

  it('brackets in texts and one after the other are no levels', async () => {
    const text = `container: { name: "${'['.repeat(200)}", cpu: 4, memory: 8Gi }\n# ${'{'.repeat(200)}\nx: [${'[],'.repeat(200)}]\n`;
    expect((await errorOf(() => readDocument(text, 'my.yaml', boxSchema, 'PROFILE_INVALID'))).message).not.toContain(
      'levels',
    );
  });

  it('100,000 keys, one of them twice', async () => {
    const text = `${Array.from({ length: 100_000 }, (_, index) => `k${index}: 1`).join('\n')}\nk7: 1\n`;
    const error = await errorOf(() => readDocument(text, 'my.yaml', boxSchema, 'PROFILE_INVALID'));
    expect(error.message).toBe('my.yaml:100001: k7: expected every key once, got k7 again');
  });
});

describe('keys that are not known', () => {
  it.each([
    {
      desc: 'near a real one',
      from: 'title: Demo',
      to: 'titel: Demo',
      says: [
        'my.yaml:1: title: expected string, got nothing; add title',
        'my.yaml:2: titel: expected a known key, got "titel"; did you mean title?',
      ],
    },
    {
      desc: 'deep inside',
      from: '    why: made up\n    min: 2',
      to: '    why: made up\n    mni: 2\n    min: 2',
      says: ['my.yaml:13: parameters.WORKERS.mni: expected a known key, got "mni"; did you mean min?'],
    },
    {
      desc: 'near nothing: all of them',
      from: 'stop: { signal',
      to: 'stop: { howeverLong: 1, signal',
      says: [
        'my.yaml:27: stop.howeverLong: expected a known key, got "howeverLong"; known are signal, graceSeconds, why',
      ],
    },
    {
      desc: 'what every object has',
      from: 'stop: { signal',
      to: 'stop: { constructor: 1, toString: 2, signal',
      says: [
        'my.yaml:27: stop.constructor: expected a known key, got "constructor"; known are signal, graceSeconds, why',
        'my.yaml:27: stop.toString: expected a known key, got "toString"; known are signal, graceSeconds, why',
      ],
    },
    {
      desc: 'a merge key, which YAML 1.2 does not know',
      from: 'stop: { signal',
      to: 'stop: { <<: { why: x }, signal',
      says: ['my.yaml:27: stop.<<: expected a known key, got "<<"; known are signal, graceSeconds, why'],
    },
    {
      desc: 'inside a choice',
      from: 'deliver: { as: env }',
      to: 'deliver: { as: env, flag: x }',
      says: ['my.yaml:25: deliver.flag: expected a known key, got "flag"; known are as'],
    },
  ])('$desc', async ({ from, to, says }) => {
    expect(await policyMessages(from, to)).toEqual(says);
  });

  it('inside a choice of a stack', async () => {
    expect(await stackMessages('replicas: 2', 'replicas: { mni: 2, max: 3 }')).toEqual([
      'my.yaml:7: services.web.replicas.min: expected a whole number, got nothing; add min',
      'my.yaml:7: services.web.replicas.mni: expected a known key, got "mni"; did you mean min?',
    ]);
  });

  it.each([
    { desc: 'at the top', text: '__proto__: { A: 5 }\n' },
    { desc: 'below', text: 'api: { __proto__: 5 }\n' },
    { desc: 'two below', text: 'api: { A: { __proto__: 5 } }\n' },
  ])('__proto__ $desc is not dropped silently', async ({ text }) => {
    expect(await messages(text, overridesSchema)).toHaveLength(1);
  });

  it('__proto__ as a parameter is not dropped silently', async () => {
    expect(await policyMessages('  POOL_SIZE:', '  __proto__:')).toHaveLength(1);
  });
});

describe('values of the wrong kind', () => {
  it.each([
    { desc: 'nothing', from: 'title: Demo', to: 'title:', says: ['my.yaml:2: title: expected string, got null'] },
    { desc: 'a number', from: 'title: Demo', to: 'title: 5', says: ['my.yaml:2: title: expected string, got 5'] },
    {
      desc: 'a fraction',
      from: 'formula: cores * 2',
      to: 'formula: 1.5',
      says: ['my.yaml:11: parameters.WORKERS.formula: expected string or a whole number, got 1.5'],
    },
    {
      desc: 'not a number',
      from: 'min: 2',
      to: 'min: .nan',
      says: ['my.yaml:13: parameters.WORKERS.min: expected string or a whole number, got NaN'],
    },
    {
      desc: 'a list',
      from: 'yields: [WORKERS]',
      to: 'yields: WORKERS',
      says: ['my.yaml:6: memory.yields: expected a list, got "WORKERS"'],
    },
    {
      desc: 'an item of a list',
      from: 'yields: [WORKERS]',
      to: 'yields: [WORKERS, 5]',
      says: ['my.yaml:6: memory.yields.1: expected string or a map, got 5'],
    },
    {
      desc: 'a map',
      from: 'deliver: { as: env }',
      to: 'deliver: env',
      says: ['my.yaml:25: deliver: expected a list or a map, got "env"'],
    },
    {
      desc: 'no such choice',
      from: 'deliver: { as: env }',
      to: 'deliver: { as: environment }',
      says: ['my.yaml:25: deliver.as: expected one of env, settings, got "environment"'],
    },
    {
      desc: 'no such word',
      from: 'headroom: { formula: memoryMiB / 10, basis: assumed',
      to: 'headroom: { formula: memoryMiB / 10, basis: guessed',
      says: ['my.yaml:4: memory.headroom.basis: expected one of measured, documented, assumed, got "guessed"'],
    },
    {
      desc: 'too large',
      from: 'graceSeconds: 10',
      to: 'graceSeconds: 3601',
      says: ['my.yaml:27: stop.graceSeconds: expected at most 3600, got 3601'],
    },
    {
      desc: 'too small',
      from: 'graceSeconds: 10',
      to: 'graceSeconds: 0',
      says: ['my.yaml:27: stop.graceSeconds: expected at least 1, got 0'],
    },
    {
      desc: 'a name of the wrong letters',
      from: '  POOL_SIZE:',
      to: '  POOL-SIZE:',
      says: [
        'my.yaml:17: parameters.POOL-SIZE: expected letters, digits and _, first a letter, got the key "POOL-SIZE"',
      ],
    },
    {
      desc: 'a name that is too long',
      from: 'policy: demo',
      to: `policy: ${'d'.repeat(300)}`,
      says: [`my.yaml:1: policy: expected at most 63 characters, got "${'d'.repeat(76)}...`],
    },
    {
      desc: 'several lines',
      from: 'title: Demo',
      to: 'title: "De\\nmo"',
      says: ['my.yaml:2: title: expected a single line without control characters, got "De\\nmo"'],
    },
    {
      desc: 'an empty map',
      from: 'stop: { signal: SIGTERM, graceSeconds: 10, why: made up }',
      to: 'stop: {}',
      says: [
        'my.yaml:27: stop.signal: expected string, got nothing; add signal',
        'my.yaml:27: stop.graceSeconds: expected a whole number, got nothing; add graceSeconds',
        'my.yaml:27: stop.why: expected string, got nothing; add why',
      ],
    },
  ])('$desc', async ({ from, to, says }) => {
    expect(await policyMessages(from, to)).toEqual(says);
  });

  it.each([
    { desc: 'an empty file', text: '' },
    { desc: 'comments alone', text: '# later\n' },
    { desc: 'null', text: 'null\n' },
  ])('$desc', async ({ text }) => {
    expect(await messages(text, policySchema)).toEqual(['my.yaml:1: expected a map, got null']);
  });

  it('a list at the top', async () => {
    expect(await messages('- a\n', policySchema)).toEqual(['my.yaml:1: expected a map, got ["a"]']);
  });

  it.each([
    { desc: 'a label', from: 'share: 3', to: 'labels: { "a b": c }' },
    { desc: "a label's value", from: 'share: 3', to: 'labels: { a: "b c" }' },
    { desc: 'a path of a probe', from: 'share: 3', to: 'probes: { startup: { http: health } }' },
    { desc: 'an address range', from: 'share: 3', to: 'egress: [{ port: 443, cidr: everywhere }]' },
    { desc: 'a variable', from: 'share: 3', to: 'env: { A-B: c }' },
    { desc: 'a unit', from: 'share: 3', to: 'systemd: { unit: web }' },
  ])('$desc: the rule in words, not its pattern', async ({ from, to }) => {
    const [first] = await stackMessages(from, to);
    expect(first).toMatch(/: expected /);
    expect(first).not.toContain('must match pattern');
  });

  it('an image, a service, a port, a share', async () => {
    expect(await stackMessages('image: shop/web:1', 'image: "shop/web 1"')).toEqual([
      'my.yaml:9: services.web.deploy.image: expected an image reference, got "shop/web 1"',
    ]);
    expect(await stackMessages('  worker:', '  Worker:')).toEqual([
      'my.yaml:12: services.Worker: expected lower-case letters, digits and -, first a letter, last no -, got the key "Worker"',
    ]);
    expect(await stackMessages('{ http: 8080 }', '{ http: 65536 }')).toEqual([
      'my.yaml:10: services.web.deploy.ports.http: expected at most 65535, got 65536',
    ]);
    expect(await stackMessages('share: 3', 'share: 0')).toEqual([
      'my.yaml:6: services.web.share: expected at least 1, got 0',
    ]);
    expect(await stackMessages('replicas: 2', 'replicas: { min: 3, max: 2 }')).toEqual([
      'my.yaml:7: services.web.replicas: expected min ≤ max, got {"min":3,"max":2}',
    ]);
  });

  it.each(['\u0000', '\u001b', '\u007f', '\u0085', '\u009f', '\r', '\ufffe', '\uffff'])(
    'a control character or what is none: %j',
    async (character) => {
      const text = JSON.stringify(`a${character}b`).replaceAll(character, () => `\\u${hex(character)}`);
      const [variable] = await stackMessages('ports: { http: 8080 }', `env: { A: ${text} }`);
      expect(variable).toMatch(
        /^my\.yaml:10: services\.web\.deploy\.env\.A: expected a single line without control characters, /,
      );
      const [annotation] = await stackMessages('ports: { http: 8080 }', `annotations: { a: ${text} }`);
      expect(annotation).toMatch(
        /: services\.web\.deploy\.annotations\.a: expected text without control characters, first no tab/,
      );
    },
  );

  it('tabs and lines where they can be', async () => {
    expect(await stackMessages('ports: { http: 8080 }', 'env: { A: "\\ta\\tb" }')).toEqual([]);
    expect(await stackMessages('ports: { http: 8080 }', 'annotations: { a: "a\\n\\tb\\n" }')).toEqual([]);
    expect(await stackMessages('ports: { http: 8080 }', 'annotations: { a: "\\ta\\nb" }')).toHaveLength(1);
  });

  it('numbers that another reader takes for others', async () => {
    // 010 is 8 to a shell and to YAML 1.1, 10 to YAML 1.2; DESIGN Numbers 1 takes neither
    expect(await messages('api: { A: 010 }\n', overridesSchema)).toHaveLength(1);
    expect(await policyMessages('min: 2', 'min: 010')).toHaveLength(1);
    expect(await policyMessages('min: 2', 'min: 0x10')).toHaveLength(1);
    expect(await policyMessages('min: 2', 'min: 1e1')).toHaveLength(1);
  });

  it('constants keep the text that was written, or are refused', async () => {
    const value = (text: string) => {
      const written = `${DEMO_POLICY}settings: { A: { value: ${text}, why: w } }\n`;
      return messages(written, policySchema).then((problems) =>
        problems.length > 0
          ? 'refused'
          : readDocument(written, 'my.yaml', policySchema, 'POLICY_INVALID').value.settings.A!.value,
      );
    };
    for (const text of ['007', '1e3', '0x1F', '0o17', '+5', '1.0'])
      expect([text, 'refused'], text).toContain(await value(text));
  });
});

describe('a box', () => {
  it.each([
    {
      text: 'container: { cpu: 4, memory: 8 }\n',
      says: 'my.yaml:1: container.memory: expected memory with its unit: Mi or Gi (512Mi, 8Gi), got 8',
    },
    {
      text: 'container: { cpu: [4], memory: 8Gi }\n',
      says: 'my.yaml:1: container.cpu: expected CPU in cores (4, 0.5) or millicores (500m), got [4]',
    },
    { text: '{}\n', says: 'my.yaml:1: expected container or machine, got {}' },
    {
      text: 'machine: { name: ../x, cpu: 4, memory: 8Gi }\n',
      says: 'my.yaml:1: machine.name: expected at most 63 letters, digits and . _ -, got "../x"',
    },
  ])('$text', async ({ text, says }) => {
    expect(await messages(text, boxSchema)).toEqual([says]);
  });
});

describe('lines', () => {
  it('of every key path, maps and lists', () => {
    const { lines } = readDocument(DEMO_STACK, 'my.yaml', stackSchema, 'STACK_INVALID');
    expect(lines).toMatchObject({
      stack: 1,
      services: 3,
      'services.web': 4,
      'services.web.deploy.ports.http': 10,
      'services.worker': 12,
      constraints: 18,
      'constraints.0': 19,
      'constraints.0.yields': 20,
    });
  });

  it('in the middle of CRLF and a byte order mark too', () => {
    const text = `\ufeff${DEMO_STACK.replaceAll('\n', '\r\n')}`;
    const { lines } = readDocument(text, 'my.yaml', stackSchema, 'STACK_INVALID');
    expect(lines['services.worker']).toBe(12);
  });

  it('of the nearest parent where the path itself is not written', () => {
    const lines = { a: 1, 'a.b': 2 };
    expect(lineAt(lines, 'a.b.c.d')).toBe(2);
    expect(lineAt(lines, 'a.x')).toBe(1);
    expect(lineAt(lines, 'x')).toBeUndefined();
    expect(lineAt(lines, '')).toBeUndefined();
    expect(lineAt(lines, 'constructor')).toBeUndefined();
  });

  it('are put to the problems of later stages', async () => {
    const document = readDocument(DEMO_STACK, 'my.yaml', stackSchema, 'STACK_INVALID');
    const error = await errorOf(() =>
      locateProblems('my.yaml', document, () =>
        fail('STACK_INVALID', 'services.web.deploy.ports.x', 'expected y, got z'),
      ),
    );
    expect(error.message).toBe('my.yaml:10: services.web.deploy.ports.x: expected y, got z');
    expect(error.cause).toMatchObject({ code: 'STACK_INVALID' });
    const bug = new RangeError('a bug');
    expect(() =>
      locateProblems('my.yaml', document, () => {
        throw bug;
      }),
    ).toThrow(bug);
    expect(locateProblems('my.yaml', document, () => 5)).toBe(5);
  });
});

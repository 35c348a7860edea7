import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readYaml } from '../../src/formats/read-yaml.ts';
import { emitYaml, emitYamlDocuments, withComments } from '../../src/formats/yaml.ts';

const hostile = [
  'yes',
  'N',
  '1e3',
  '007',
  '1_000',
  '22:22',
  '*',
  '#',
  "'",
  '"',
  '$(reboot)',
  '🚀',
  '\u2028',
  'a\u0085b',
  '<<',
  'x'.repeat(300),
];
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(...hostile),
  fc.constantFrom(
    'a\nb\n',
    'a\n\nb\n',
    ' x\n',
    'a \nb\n',
    '#\nx\n',
    'x\n  y\n',
    '\n',
    'a\n\n',
    'é → 🚀\n#\n- x: |\n',
    '\u00a0x\n',
    'a\u0301\nb\n',
    'a\tb\n',
  ),
);
const leaf = fc.oneof(text, fc.maxSafeInteger(), fc.boolean(), fc.constant(null));
const data = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string({ minLength: 1, maxLength: 10 }), fc.constantFrom(...hostile)), tie('value'), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
})).value;

describe('emitYaml', () => {
  it('means the same to readers of YAML 1.1, of 1.2, and to readYaml', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(data, (value) => {
        const emitted = emitYaml(value);
        for (const version of ['1.1', '1.2'] as const)
          expect(parse(emitted, { version, uniqueKeys: false })).toEqual(value);
        expect(readYaml(emitted)).toEqual(value);
      }),
      { numRuns: 3000, seed: 1 },
    );
  });

  it('quotes strings, keeps order, writes several lines as a block and comments above', () => {
    const value = [
      withComments(
        { b: 'x', a: [1, { c: 'y' }], file: 'one\n  two\n', none: undefined },
        { b: 'first\nline', a: 'second' },
      ),
    ];
    expect(emitYaml(value)).toBe(
      '-\n  # first line\n  b: "x"\n  # second\n  a:\n    - 1\n    - c: "y"\n  file: |\n    one\n      two\n',
    );
  });

  it('refuses what has no exact form', () => {
    expect(() => emitYaml({ a: 0.5 })).toThrowError('not a safe integer: 0.5');
    expect(() => emitYaml({ a: 2 ** 53 })).toThrowError('not a safe integer: 9007199254740992');
    expect(() => emitYaml({ a: () => 1 })).toThrowError('no YAML for function');
  });

  it('separates documents', () => {
    expect(emitYamlDocuments([{ a: 1 }, {}])).toBe('---\na: 1\n---\n{}\n');
  });
});

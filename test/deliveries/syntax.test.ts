import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  namedSyntax,
  plainSyntax,
  readValue,
  SYNTAX_NAMES,
  wordSyntax,
  writeValue,
} from '../../src/deliveries/syntax.ts';

describe('written', () => {
  it.each([
    { name: 'postgres', unit: 'MB', value: 4096, text: '4096MB' },
    { name: 'postgres', unit: 'kB', value: 64, text: '64kB' },
    { name: 'redis', unit: 'MB', value: 1024, text: '1024mb' },
    { name: 'jvm', unit: 'MiB', value: 2048, text: '2048m' },
    { name: 'go', unit: 'MiB', value: 921, text: '921MiB' },
    { name: 'mysql', unit: 'MiB', value: 512, text: '512M' },
    { name: 'bytes', unit: 'MiB', value: 860, text: '901775360' },
    { name: 'hexadecimal-bytes', unit: 'MiB', value: 768, text: '30000000' },
    { name: 'hexadecimal', unit: 'heaps', value: 31, text: '1f' },
    { name: 'thousandths', unit: 'thousandths', value: 920, text: '0.920' },
    { name: 'thousandths', unit: 'thousandths', value: 1005, text: '1.005' },
  ] as const)('$value $unit for $name is $text', ({ name, unit, value, text }) => {
    expect(writeValue(value, namedSyntax(name, unit)!)).toBe(text);
  });
});

describe('read, whoever wrote it', () => {
  it.each([
    { name: 'postgres', unit: 'MB', text: '4GB', value: 4096 },
    { name: 'postgres', unit: 'MB', text: '1.5 GB', value: 1536 },
    { name: 'postgres', unit: 'kB', text: '4096', value: 4096 }, // kB where no unit is said
    { name: 'postgres-pages', unit: 'MB', text: '16384', value: 128 }, // pages of 8 kB
    { name: 'postgres', unit: 'MB', text: '-1', value: undefined },
    { name: 'redis', unit: 'MB', text: '1gb', value: 1024 },
    { name: 'redis', unit: 'MB', text: '1g', value: 953 }, // 10^9 bytes
    { name: 'redis', unit: 'MB', text: '104857600', value: 100 },
    { name: 'jvm', unit: 'MiB', text: '2G', value: 2048 },
    { name: 'jvm', unit: 'MiB', text: '262144k', value: 256 },
    { name: 'go', unit: 'MiB', text: '1GiB', value: 1024 },
    { name: 'go', unit: 'MiB', text: '1GB', value: undefined },
    { name: 'bytes', unit: 'MiB', text: '1048575', value: 0 },
    { name: 'bytes', unit: 'MiB', text: '1m', value: undefined },
    { name: 'hexadecimal-bytes', unit: 'MiB', text: '0x20000000', value: 512 },
    { name: 'thousandths', unit: 'thousandths', text: '0.92', value: 920 },
    { name: 'thousandths', unit: 'thousandths', text: '1', value: 1000 },
    { name: 'jvm', unit: 'MiB', text: '', value: undefined },
    { name: 'jvm', unit: 'MiB', text: '99999999999999999t', value: undefined },
  ] as const)('$text is $value $unit for $name', ({ name, unit, text, value }) => {
    expect(readValue(text, namedSyntax(name, unit)!)).toBe(value);
  });

  it('a suffix of a policy is there or the text is no value', () => {
    expect(readValue('3x', plainSyntax('x'))).toBe(3);
    expect(readValue('3', plainSyntax('x'))).toBeUndefined();
  });

  it('a word is its place', () => {
    expect(readValue('on', wordSyntax(['off', 'on']))).toBe(1);
    expect(readValue('constructor', wordSyntax(['off', 'on']))).toBeUndefined();
  });

  it('what was written', () => {
    const syntaxes = SYNTAX_NAMES.flatMap((name) => namedSyntax(name, 'MiB') ?? []);
    fc.assert(
      fc.property(fc.constantFrom(...syntaxes), fc.integer({ min: 0, max: 33_554_432 }), (syntax, value) => {
        expect(readValue(writeValue(value, syntax), syntax)).toBe(value);
      }),
    );
  });
});

it('a size needs a unit of memory beside it', () => {
  expect(namedSyntax('jvm', 'threads')).toBeUndefined();
});

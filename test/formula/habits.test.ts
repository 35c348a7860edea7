// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what newcomers write
/** What newcomers write, what they are told to write instead, and that this is then taken. */
import { describe, expect, it } from 'vitest';
import { parseFormula } from '../../src/formula/parse.ts';
import { problemsOf } from '../samples.ts';

const names = new Set(['cores', 'memoryMiB', 'a', 'b']);
const parse = (text: string, type: 'int' | 'bool') =>
  parseFormula(text, names, 'formula', { type, below: new Set(['LATER']) });

interface Mistake {
  text: string;
  told: string;
  instead: string;
  type?: 'bool';
}

const MISTAKES: Mistake[] = [
  { text: 'memoryMiB * 75%', told: 'for 75% of a value write * 75 / 100', instead: 'memoryMiB * 75 / 100' },
  { text: '75% * memoryMiB', told: 'for 75% of a value write * 75 / 100', instead: 'memoryMiB * 75 / 100' },
  { text: '2.5%', told: 'for 2.5% of a value write * 1 / 40', instead: 'memoryMiB * 1 / 40' },
  { text: 'memoryMiB * 0.75', told: 'instead of * 0.75 write * 3 / 4', instead: 'memoryMiB * 3 / 4' },
  { text: 'memoryMiB / 1.5', told: 'instead of / 1.5 write * 2 / 3', instead: 'memoryMiB * 2 / 3' },
  { text: 'min(memoryMiB, 4Gi)', told: 'for 4Gi write 4096', instead: 'min(memoryMiB, 4096)' },
  { text: 'memoryMiB - 512MB', told: 'for 512MB write 512', instead: 'memoryMiB - 512' },
  { text: 'cores ** 2', told: 'write cores * cores', instead: 'cores * cores' },
  { text: 'cores ^ 2', told: 'write cores * cores', instead: 'cores * cores' },
  { text: 'a > 1 and b > 1', told: 'instead of and write &&', instead: 'a > 1 && b > 1', type: 'bool' },
  { text: 'a > 1 or b > 1', told: 'instead of or write ||', instead: 'a > 1 || b > 1', type: 'bool' },
  { text: 'not a > 1', told: 'instead of not write !( ... )', instead: '!( a > 1 )', type: 'bool' },
  { text: 'a = 4 ? 1 : 2', told: 'instead of = write ==', instead: 'a == 4 ? 1 : 2' },
  { text: 'a === 4 ? 1 : 2', told: 'instead of === write ==', instead: 'a == 4 ? 1 : 2' },
  { text: 'a !== 4 ? 1 : 2', told: 'instead of !== write !=', instead: 'a != 4 ? 1 : 2' },
  { text: 'a <> 4 ? 1 : 2', told: 'instead of <> write !=', instead: 'a != 4 ? 1 : 2' },
  { text: 'if a > 4 then 1 else 2', told: 'write condition ? value : otherwise', instead: 'a > 4 ? 1 : 2' },
  { text: 'a > 4 ? 1', told: 'write condition ? value : otherwise', instead: 'a > 4 ? 1 : 2' },
  { text: 'Math.max(a, b)', told: 'write max alone', instead: 'max(a, b)' },
  { text: 'floor(a / 2)', told: 'division rounds down already: write a / b', instead: 'a / 2' },
  { text: 'ceil(a / 2)', told: 'write ceilDiv(a, b) for a / b rounded up', instead: 'ceilDiv(a, 2)' },
  { text: 'a // 2', told: 'division is whole already: write / once', instead: 'a / 2' },
  { text: 'abs(a)', told: 'write max(x, 0 - x)', instead: 'max(a, 0 - a)' },
  {
    text: 'sqrt(cores)',
    told: 'write steps: x < 8 ? 2 : x < 64 ? 4 : 8',
    instead: 'cores < 8 ? 2 : cores < 64 ? 4 : 8',
  },
  { text: 'max(a, b, 4)', told: 'write max(a, max(b, 4))', instead: 'max(a, max(b, 4))' },
  { text: '1_000 * cores', told: 'write 1000', instead: '1000 * cores' },
  { text: '1,000', told: 'write 1000', instead: '1000' },
  { text: '1e3', told: 'write 1000', instead: '1000' },
  { text: '0x10', told: 'write 16', instead: '16' },
  { text: '10u', told: 'write 10', instead: '10' },
  { text: '010', told: 'write 10', instead: '10' },
  { text: '${cores} * 2', told: 'write the name alone: cores', instead: 'cores * 2' },
  { text: '{cores} * 2', told: 'write the name alone: cores', instead: 'cores * 2' },
  { text: '$cores', told: 'write the name alone: cores', instead: 'cores' },
  { text: '"4"', told: 'write 4 without quotes', instead: '4' },
  { text: '8 > a > 2', told: 'write 8 > a && a > 2', instead: '8 > a && a > 2', type: 'bool' },
  { text: '2cores', told: 'write 2 * cores', instead: '2 * cores' },
  { text: '64 workers', told: 'write the number without a unit: 64', instead: '64' },
  { text: 'cores > 4', told: 'write it as condition ? 1 : 0', instead: 'cores > 4 ? 1 : 0' },
  { text: 'cores', told: 'write one, such as cores > 0', instead: 'cores > 0', type: 'bool' },
  { text: 'cores * 2;', told: 'leave ; out', instead: 'cores * 2' },
  { text: 'cores *', told: 'something is missing at the end', instead: 'cores * 2' },
  { text: 'ceilDiv(a', told: 'close the parenthesis, and put the formula in quotes', instead: 'ceilDiv(a, 4)' },
  { text: 'memory', told: 'expected a known name (memoryMiB)', instead: 'memoryMiB' },
  { text: 'LATER * 2', told: 'got "LATER", which is declared below; move it up', instead: 'a * 2' },
  { text: 'threads', told: 'known are cores, memoryMiB, a, b', instead: 'cores' },
];

describe('a formula that says what to write instead', () => {
  it.each(MISTAKES)('$text', ({ text, told, instead, type = 'int' as const }) => {
    const [problem, ...others] = problemsOf(() => parse(text, type));
    expect(problem).toContain(told);
    expect(others).toEqual([]);
    expect(() => parse(instead, type)).not.toThrow();
  });
});

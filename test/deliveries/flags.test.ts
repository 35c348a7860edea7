import { describe, expect, it } from 'vitest';
import { readFlags } from '../../src/deliveries/flags.ts';

const flags = (...each: string[]) => ({ as: 'flags' as const, program: [], each, at: 'end' as const, keys: {} });

describe('flags that somebody wrote', () => {
  it.each([
    {
      each: ['-c', '{key}={value}'],
      words: ['-c', 'a=1', '-cb=2', '-c c=3', '-d', 'e=4'],
      found: { a: '1', b: '2', c: '3' },
    },
    { each: ['--{key}', '{value}'], words: ['--a', '1', '--b 2', '--c', '--d'], found: { a: '1', b: '2', c: '--d' } },
    { each: ['--{key}={value}'], words: ['--a=1', '--a=2', '--b', '3'], found: { a: '2' } },
  ])('$each', ({ each, words, found }) => {
    expect(Object.fromEntries(readFlags(flags(...each), words))).toEqual(found);
  });
});

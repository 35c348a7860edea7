// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of Compose
import { describe, expect, it } from 'vitest';
import { interpolate, readDotEnv } from '../../src/manifests/interpolate.ts';

const variables = new Map([
  ['A', 'a'],
  ['EMPTY', ''],
]);

describe('a text with variables', () => {
  it.each([
    { text: 'plain $ 5', filled: 'plain $ 5', open: [] },
    { text: '$A-${A}', filled: 'a-a', open: [] },
    { text: '$$A', filled: '$A', open: [] },
    { text: '${B:-1g}', filled: '1g', open: [] },
    { text: '${EMPTY:-1g}', filled: '1g', open: [] },
    { text: '${EMPTY-1g}', filled: '', open: [] },
    { text: '${B:-${C:-x}y}', filled: 'xy', open: [] },
    { text: '${B:-${C}}', filled: '${C}', open: ['C'] },
    { text: 'redis:${TAG}', filled: 'redis:${TAG}', open: ['TAG'] },
    { text: '${TAG:?set it}', filled: '${TAG}', open: ['TAG'] },
    { text: '${A:+yes}${B:+no}', filled: 'yes', open: [] },
    { text: '${A', filled: 'a', open: [] },
  ])('$text', ({ text, filled, open }) => {
    expect(interpolate(text, variables)).toEqual({ text: filled, open });
  });

  it('ends, however deep its defaults are', () => {
    expect(interpolate('${A:-'.repeat(100_000), new Map()).text.length).toBeGreaterThan(0);
  });
});

it('an .env file', () => {
  const text = '# no\nexport A=1 # one\nB="x y"\nC=\'$A\'\r\nD=${A}2\nE=${NOBODY}\nF=\nno line';
  expect([...readDotEnv(text)]).toEqual([
    ['A', '1'],
    ['B', 'x y'],
    ['C', '$A'],
    ['D', '12'],
    ['F', ''],
  ]);
});

import { describe, expect, it } from 'vitest';
import { fill, match } from '../../src/formats/template.ts';

describe('templates of a policy', () => {
  it.each([
    { templates: ['--{key}={value}'], words: ['--a=1'], fields: { key: 'a', value: '1' } },
    { templates: ['{key}', '{value}'], words: ['a', '1'], fields: { key: 'a', value: '1' } },
    { templates: ['{key}={value}', '# {key}'], words: ['a=1', '# a'], fields: { key: 'a', value: '1' } },
    { templates: ['{key}={value} # {key} {value}'], words: ['a=1 # a 1'], fields: { key: 'a', value: '1' } },
    { templates: ['{key}={value} # {key}'], words: ['a=1 # b'], fields: undefined },
  ])('$templates', ({ templates, words, fields }) => {
    expect(match(templates, words)).toEqual(fields);
    if (fields) expect(templates.map((template) => fill(template, fields))).toEqual(words);
  });

  it('have no other fields than they are given', () => {
    expect(fill('{key} {constructor} {valueof}', { key: 'a' })).toBe('a {constructor} {valueof}');
  });
});

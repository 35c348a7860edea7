import { describe, expect, it } from 'vitest';
import { parseFormula } from '../../../src/formula/parse.ts';
import { adviceOf } from '../../../src/plan/decide/advice.ts';
import type { AdviceRule } from '../../../src/policy/policy.ts';

const rule = (when: string, say: string): AdviceRule => ({
  code: 'TOO_MANY',
  when: parseFormula(when, new Set(['A', 'B', 'web.A', 'constructor']), '', { type: 'bool' }),
  say,
  why: 'made up',
  source: 'book',
});
const none = () => undefined;
const say = (when: string, text: string, scope: Record<string, number>) =>
  adviceOf([rule(when, text)], scope, 'web', () => 'The Book', none).map(({ message }) => message);

describe('adviceOf', () => {
  it('a rule that holds is a finding', () => {
    expect(
      adviceOf([rule('A > 3', '{A} is much')], { A: 4 }, 'web', ({ source }) => `see ${source}`, none),
    ).toMatchObject([{ code: 'TOO_MANY', level: 'advice', path: 'web', source: 'see book' }]);
    expect(say('A > 3', '{A} is much', { A: 4 })[0]).toMatch(/^4 is much/);
    expect(say('A > 3', '{A} is much', { A: 3 })).toEqual([]);
  });

  it.each([
    { text: '{A} of {B}', says: '12,288 of 2' },
    { text: '{web.A} and {A}', says: '{web.A} and 12,288', desc: 'no value: as it is' },
    { text: '{A', says: '{A' },
    { text: '{}', says: '{}' },
    { text: '{constructor} {__proto__}', says: '{constructor} {__proto__}' },
    { text: '{A}{A}', says: '12,28812,288' },
  ])('$text', ({ text, says }) => {
    expect(say('A > 3', text, { A: 12_288, B: 2 })[0]!.startsWith(says)).toBe(true);
  });

  it('a rule over what is not there says nothing', () => {
    expect(say('A > web.A', 'x', { A: 4 })).toEqual([]);
    expect(say('A > constructor', 'x', { A: 4 })).toEqual([]);
  });

  it('has no source where the rule has none', () => {
    expect(adviceOf([rule('A > 3', 'x')], { A: 4 }, 'web', none, none)[0]).not.toHaveProperty('source');
  });

  it('names its remedy, and says nothing where that does not work', () => {
    const formula = parseFormula('2', new Set(), '');
    const remedied = { ...rule('A > 3', '{A} is much: {remedy}'), remedy: { parameter: 'A', value: formula } };
    const messages = (flag: string | undefined) =>
      adviceOf([remedied], { A: 4 }, 'web', none, () => flag).map(({ message }) => message);
    expect(messages('--max web.A=2')).toEqual(['4 is much: --max web.A=2']);
    expect(messages(undefined)).toEqual([]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable } from '../../src/errors/printable.ts';

describe('text for a terminal and a log', () => {
  it.each([
    { desc: 'plain text, line ends and tabs stay', text: 'a: b\n\t“ü” 你好 🚀\n', shown: 'a: b\n\t“ü” 你好 🚀\n' },
    { desc: 'an escape sequence', text: '\x1b[31mred\x1b[0m', shown: '\\u001b[31mred\\u001b[0m' },
    { desc: 'the same in one character', text: '\x9b2J', shown: '\\u009b2J' },
    {
      desc: 'a carriage return, which hides what it follows',
      text: 'differs\rok     ',
      shown: 'differs\\u000dok     ',
    },
    { desc: 'DEL and backspace', text: 'a\x7f\b', shown: 'a\\u007f\\u0008' },
    { desc: 'the marks of direction', text: 'a\u202eb\u2066c\u200f', shown: 'a\\u202eb\\u2066c\\u200f' },
    { desc: 'line ends of other readers', text: 'a\u2028b\u0085c\v\f', shown: 'a\\u2028b\\u0085c\\u000b\\u000c' },
    { desc: 'half a character', text: 'a\ud800b', shown: 'a\\ud800b' },
    { desc: 'a command of GitHub Actions', text: 'a\n::error::b\n', shown: 'a\n:\\u003aerror::b\n' },
    { desc: 'one behind blanks', text: ' \t::set-output name=a::b', shown: ' \t:\\u003aset-output name=a::b' },
    { desc: 'its old form, anywhere', text: 'a ##[error]b', shown: 'a \\u0023#[error]b' },
    { desc: 'a command of Azure Pipelines', text: '##vso[task.complete]', shown: '\\u0023#vso[task.complete]' },
    {
      desc: 'one of TeamCity',
      text: "##teamcity[buildStop comment='a']",
      shown: "\\u0023#teamcity[buildStop comment='a']",
    },
    { desc: 'more signs than two', text: '####[x]', shown: '##\\u0023#[x]' },
    { desc: 'an address and a heading are none', text: 'a::b ::1 ## c [d]', shown: 'a::b ::1 ## c [d]' },
  ])('$desc', ({ text, shown }) => {
    expect(printable(text)).toBe(shown);
  });

  it('of any text: no character that is not printable, no command, and JSON stays what it was', () => {
    const parts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('::', '##', '#', '[', '\n', ' ', '\x1b', '\u202e', 'error', '\ud800', '\r', '\x9b', '\u2028'),
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), (words) => {
        const text = words.join('');
        const shown = printable(text);
        expect(shown).not.toMatch(/[^\n\t\P{Cc}]|[\u202a-\u202e\u2066-\u2069\u2028\u2029]|\p{Cs}/u);
        for (const line of shown.split('\n')) {
          expect(line.trimStart().startsWith('::')).toBe(false);
          expect(line).not.toMatch(/##\w*\[/);
        }
        expect(JSON.parse(printable(JSON.stringify({ [text]: text })))).toEqual({ [text]: text });
      }),
      { numRuns: 2000, seed: 7 },
    );
  });
});

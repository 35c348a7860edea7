import { describe, expect, it } from 'vitest';
import { splitWords, startedBy } from '../../src/manifests/words.ts';

describe('a text as words', () => {
  it.each<{ text: string; words: string[] | undefined }>([
    { text: '  postgres -c a=1\n  -c b=2 \n', words: ['postgres', '-c', 'a=1', '-c', 'b=2'] },
    { text: `--save "" 'a b'c "x\\"y" \\ z`, words: ['--save', '', 'a bc', 'x"y', ' z'] },
    { text: 'a \\\n b', words: ['a', 'b'] },
    { text: '', words: [] },
    { text: 'echo "open', words: undefined },
    { text: "it's", words: undefined },
  ])('$text', ({ text, words }) => {
    expect(splitWords(text)).toEqual(words);
  });
});

describe('what is started', () => {
  it.each<{ desc: string; words: string[]; started: string[] | undefined }>([
    { desc: 'a program', words: ['redis-server', '--save', ''], started: ['redis-server', '--save', ''] },
    { desc: 'one in a shell', words: ['sh', '-c', 'exec db --x "$PASS"'], started: ['db', '--x', '$PASS'] },
    { desc: 'by its path', words: ['/bin/bash', '-ec', 'db --x'], started: ['db', '--x'] },
    { desc: 'two commands', words: ['sh', '-c', 'a && db'], started: undefined },
    { desc: 'two lines', words: ['sh', '-c', 'a\ndb'], started: undefined },
    { desc: 'a script', words: ['sh', './start.sh'], started: undefined },
    { desc: 'signs in quotes', words: ['sh', '-c', `db --x 'a;b'`], started: ['db', '--x', 'a;b'] },
  ])('$desc', ({ words, started }) => {
    expect(startedBy(words)).toEqual(started);
  });
});

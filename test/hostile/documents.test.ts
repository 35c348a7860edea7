/**
 * Every file that a command reads, with one place that is something else: a coded problem, or a result in which only
 * that text is another; never a stack trace, in time, and fit for a terminal.
 */
import { describe, expect, test } from 'vitest';
import { DOCUMENTS, type Kind, PLAIN } from './documents.ts';
import { mutations, someOf, textSites, wordsReplaced } from './mutations.ts';
import { withText } from './places.ts';
import { expectPrintable, FORGED, type Printed, ran } from './printed.ts';
import { HARMLESS } from './same-place.ts';
import { TEXTS } from './texts.ts';

/** Nothing takes as long; what does would go on for ever with a larger file. */
const MOST_MILLISECONDS = 5_000;

async function read({ argv, files }: Kind, text: string): Promise<Printed> {
  const begin = performance.now();
  const printed = await ran(argv, files(text));
  expect(performance.now() - begin).toBeLessThan(MOST_MILLISECONDS);
  expectPrintable(printed, argv.includes('github'));
  if (printed.exit === 1) expect(printed.err).toMatch(/^sizewright: [A-Z_]+\n|^ {2}error [A-Z_]+ /m);
  return printed;
}

const OTHERS: readonly unknown[] = [null, -1, 0.5, 1e300, '', FORGED, [], {}, [null], { constructor: null }, true];
const KEYS = [FORGED, 'constructor', '__proto__', ''];
test.each([...DOCUMENTS, ...PLAIN])('$desc is taken as it is', async (kind) => {
  const { exit, err } = await read(
    kind,
    typeof kind.document === 'string' ? kind.document : JSON.stringify(kind.document),
  );
  expect(err).not.toMatch(/^sizewright: /);
  expect([0, 2]).toContain(exit);
});

describe('another value or key', () => {
  test.each(DOCUMENTS)('in $desc', async (kind) => {
    const all = [...mutations(kind.document, OTHERS, KEYS)];
    for (const changed of someOf(all, 300)) await read(kind, JSON.stringify(changed));
  });
});

describe('another text', () => {
  test.each(DOCUMENTS)('in $desc', async (kind) => {
    const all = textSites(kind.document).flatMap((site) => TEXTS.map((text) => ({ site, text })));
    for (const { site, text } of someOf(all, 250)) {
      const withIt = (other: string) => JSON.stringify(withText(kind.document, site, other));
      const [harmless, hostile] = [await read(kind, withIt(HARMLESS)), await read(kind, withIt(text))];
      if (harmless.exit === 1 || hostile.exit === 1 || !kind.argv.includes('json')) continue;
      const inJson = JSON.stringify(text).slice(1, -1);
      expect({ site, text, says: JSON.parse(hostile.out) }).toEqual({
        site,
        text,
        says: JSON.parse(harmless.out.replaceAll(HARMLESS, () => inJson)),
      });
    }
  });

  test.each(PLAIN)('in $desc', async (kind) => {
    const all = [...wordsReplaced(kind.document, [...TEXTS, FORGED, '9'.repeat(400), 'constructor', '__proto__'])];
    for (const changed of someOf(all, 300)) await read(kind, changed);
  });
});

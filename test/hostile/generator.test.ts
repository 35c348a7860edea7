/**
 * Text that means something to some reader, in every field of the input files that takes text: it stands in every file
 * of every target in its own place, or is refused by a coded problem. The fields come from the schemas.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DELIVERIES } from './base.ts';
import { placesIn } from './places.ts';
import { CASES, documentsOf, filesWith, RUNS, rendered, SITES } from './renders.ts';
import { misplaced } from './same-place.ts';
import { TEXTS } from './texts.ts';

/** One schema has two kinds of documents. */
function schemaIsShared(file: string): boolean {
  return file === 'container' || file === 'machine';
}

test.each(CASES.map(({ file, place }) => [file, place.join('.'), place] as const))(
  'the base documents have %s %s',
  (file, _, place) => {
    const inFile = schemaIsShared(file) ? ['container', 'machine'] : [file];
    const found = Object.keys(DELIVERIES).flatMap((delivery) =>
      inFile.flatMap((one) => placesIn(documentsOf(delivery)[one], place)),
    );
    expect(found.length).toBeGreaterThan(0);
  },
);

describe.each(Object.keys(DELIVERIES))('with values as %s', (delivery) => {
  test.each(RUNS)('the base documents are taken by $target in mode $mode', async (run) => {
    expect((await filesWith(documentsOf(delivery), run)).length).toBeGreaterThan(0);
  });
});

test('a text stands in its place, or is refused', async () => {
  let arrived = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...SITES),
      fc.constantFrom(...TEXTS),
      fc.constantFrom(...RUNS),
      async (site, text, run) => {
        const both = await rendered(site, text, run);
        if (both === undefined) return;
        arrived += 1;
        // Google Cloud takes fewer labels than Kubernetes; the target leaves the others out.
        if (run.target === 'cloud-run' && site.path.includes('labels')) return;
        expect(misplaced(both.harmless, both.hostile, text)).toEqual([]);
      },
    ),
    { numRuns: 300, seed: 1, endOnFailure: true },
  );
  expect(arrived).toBeGreaterThan(50);
}, 300_000);

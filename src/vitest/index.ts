/** `import 'sizewright/vitest'`: a matcher for tests of a user's own deploy files. */
import { dirname, relative, resolve } from 'node:path';
import type { Artifact } from '../targets/target.ts';
import { compareGolden, describeDifferences, type GoldenDifference, writeGolden } from './golden.ts';

// Vitest is no CommonJS package, so that nobody is kept from a synchronous `require` by the await.
const { expect } = await import('vitest').catch((cause: unknown) => {
  throw new Error('sizewright/vitest needs the package vitest: npm install --save-dev vitest', { cause });
});

export interface GoldenMatchers {
  /**
   * Compares artifacts, as `synth()` returns them, with the files of a folder. A folder that is not there is written,
   * except in CI; `vitest --update` makes the folder what the artifacts are, and removes its other files.
   * @param folder relative to the test file, as in `toMatchFileSnapshot`
   * @example
   * const { artifacts } = await synth({ stack: './shop.yaml', profiles: ['c6i.8xlarge'], targets: ['compose'] });
   * expect(artifacts).toMatchGolden('golden/compose');
   */
  toMatchGolden(folder: string): void;
}

// Vitest's own interfaces have other type parameters in each major version; all of them take in Chai's.
declare global {
  namespace Chai {
    interface Assertion extends GoldenMatchers {}
  }
}

expect.extend({
  toMatchGolden(received: readonly Artifact[], folder: string) {
    const { isNot, testPath, snapshotState } = this;
    if (isNot) throw new Error('toMatchGolden says what files are: it has no opposite');
    if (testPath === undefined) throw new Error('toMatchGolden has to be called within a test');
    if (!Array.isArray(received))
      throw new TypeError('expected the artifacts that synth() resolves to: const { artifacts } = await synth(...)');
    if (received.length === 0) throw new Error('expected at least one artifact, got none');
    const root = resolve(dirname(testPath), folder);
    for (const path of [testPath, process.cwd()]) {
      if (isBelow(path, root))
        throw new Error(`expected a folder of golden files alone, got ${folder}, which holds ${path}`);
    }
    const differences = compareGolden(root, received);
    const shown = relative(process.cwd(), root);
    // The property of Vitest 4, and the field of Vitest 3.
    const { snapshotUpdateState, _updateSnapshot } = snapshotState as unknown as Record<string, string>;
    const mode = snapshotUpdateState ?? _updateSnapshot;
    const isNew = differences.length > 0 && differences.length === received.length && differences.every(isMissing);
    if (mode === 'all' || (mode === 'new' && isNew)) {
      refuseStrange(differences, received, folder);
      writeGolden(root, differences);
      return { pass: true, message: () => '' };
    }
    return {
      pass: differences.length === 0,
      message: () => `${describeDifferences(shown, differences)}\n\nvitest --update accepts what is made now`,
    };
  },
});

function isMissing({ state }: GoldenDifference): boolean {
  return state === 'missing';
}

function isBelow(path: string, folder: string): boolean {
  return !relative(folder, path).startsWith('..');
}

/** A folder with nothing of what is made but with other files was never golden: its files are not ours to remove. */
function refuseStrange(differences: readonly GoldenDifference[], received: readonly Artifact[], folder: string): void {
  const extra = differences.filter(({ state }) => state === 'extra');
  const missing = differences.filter(isMissing);
  if (extra.length > 0 && missing.length === received.length)
    throw new Error(
      `expected a folder of golden files, got ${folder} with others alone (${extra[0]!.path}); remove it yourself if it is the one`,
    );
}

import { createTwoFilesPatch } from 'diff';
import type { FileChange } from '../write.ts';
import type { Io } from './io.ts';

/**
 * Prints what writing would change, as a patch.
 * @returns the exit code: 2 when anything would change, else 0
 */
export function printDiff(changes: readonly FileChange[], output: string, io: Io): number {
  const different = changes.filter((change) => change.state !== 'unchanged');
  for (const { path, before, after } of different) {
    const name = `${output.replace(/^\/|\/$/g, '')}/${path}`;
    io.out(
      createTwoFilesPatch(
        before === undefined ? '/dev/null' : `a/${name}`,
        after === undefined ? '/dev/null' : `b/${name}`,
        before ?? '',
        after ?? '',
        undefined,
        undefined,
        { context: 1 },
      ),
    );
  }
  const byHand = different.filter((change) => change.state === 'conflict').length;
  io.err(
    `${different.length} of ${changes.length} files would change${byHand > 0 ? `; ${byHand} of them were changed by hand, so a synth needs --force` : ''}\n`,
  );
  return different.length > 0 ? 2 : 0;
}

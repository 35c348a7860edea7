import { createTwoFilesPatch } from 'diff';
import type { FileChange } from '../files/output.ts';

/** What writing would change, as a patch; empty when nothing would. */
export function patchOf(changes: readonly FileChange[], output: string): string {
  return changes
    .filter((change) => change.state !== 'unchanged')
    .map(({ path, before, after }) => {
      const name = `${output.replace(/^\//, '')}/${path}`;
      // As Git says it: no other patch can.
      if (before === after) return `diff --git a/${name} b/${name}\nold mode 100644\nnew mode 100755\n`;
      return createTwoFilesPatch(
        before === undefined ? '/dev/null' : `a/${name}`,
        after === undefined ? '/dev/null' : `b/${name}`,
        before ?? '',
        after ?? '',
        undefined,
        undefined,
        { context: 1 },
      );
    })
    .join('');
}

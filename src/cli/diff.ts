import { createTwoFilesPatch } from 'diff';
import type { FileChange } from '../write.ts';

/** What writing would change, as a patch; empty when nothing would. */
export function patchOf(changes: readonly FileChange[], output: string): string {
  return changes
    .filter((change) => change.state !== 'unchanged')
    .map(({ path, before, after }) => {
      const name = `${output.replace(/^\//, '')}/${path}`;
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

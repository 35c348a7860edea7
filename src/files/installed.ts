/** The package as it is installed: its data lies beside the built program. */
import { fileURLToPath } from 'node:url';
import type { Files } from './library.ts';
import { nodeFiles } from './node-files.ts';

export interface Location {
  /** Where `stacks/`, `policies/`, `profiles/` and relative paths are looked up. @default the working directory */
  readonly cwd?: string;
}

/** A user's files, and the package's own data. */
export function installedFiles({ cwd = process.cwd() }: Location = {}): Files {
  return nodeFiles(cwd, fileURLToPath(new URL('data', import.meta.url)));
}

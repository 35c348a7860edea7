/** Files that remember what was read. */
import type { UserFile } from '../targets/target.ts';
import { sha256 } from './hashes.ts';
import type { Files } from './library.ts';

/** The same files, and which of the user's own they gave since: those that are not as the package has them. */
export function recorded(files: Files): { files: Files; read: () => UserFile[] } {
  const texts = new Map<string, string>();
  const readText: Files['readText'] = (path, mostMiB) => {
    const text = files.readText(path, mostMiB);
    if (text !== undefined) texts.set(path.replace(/^(\.\/+)+/, ''), text);
    return text;
  };
  const isOwn = ([path, text]: [string, string]) =>
    files.readData(path.replace(/\.yaml$/, ''))?.source !== sha256(text);
  return {
    files: { ...files, readText },
    read: () =>
      [...texts]
        .filter(isOwn)
        .map(([path, text]) => ({ path, text }))
        .sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

/** Entries in blocks within one another, as files of blocks and of elements have them. */
import type { Entry } from './kinds.ts';

/** How a block and an entry are written; each gets the depth that it stands at. */
interface Style {
  /** The names of the blocks around an entry, and its own. */
  pathOf: (key: string) => readonly string[];
  open: (block: string, depth: number) => string;
  /** Absent where nothing ends a block. */
  close?: (block: string, depth: number) => string;
  entry: (name: string, entry: Entry, depth: number) => readonly string[];
}

/** The lines of entries in their order; blocks that two neighbours share stay open between them. */
export function nestedLines(entries: readonly Entry[], { pathOf, open, close, entry: write }: Style): string[] {
  const lines: string[] = [];
  const within: string[] = [];
  const leave = (depth: number): void => {
    while (within.length > depth) {
      const block = within.pop()!;
      if (close) lines.push(close(block, within.length));
    }
  };
  for (const entry of entries) {
    const path = pathOf(entry.key);
    const blocks = path.slice(0, -1);
    const differs = blocks.findIndex((block, index) => within[index] !== block);
    leave(differs < 0 ? blocks.length : differs);
    for (const block of blocks.slice(within.length)) lines.push(open(block, within.push(block) - 1));
    lines.push(...write(path.at(-1)!, entry, within.length));
  }
  leave(0);
  return lines;
}

/** The indentation at a depth. */
export function indentOf(depth: number): string {
  return '    '.repeat(depth);
}

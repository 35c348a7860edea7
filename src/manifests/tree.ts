/** A document as it is written: aliases and merges followed, each value with its line. */
export type Tree = TextNode | ListNode | MapNode;

export interface TextNode {
  kind: 'text';
  line: number;
  /** As it is written, without quotes; null where nothing is. */
  text: string | null;
}

export interface ListNode {
  kind: 'list';
  line: number;
  items: readonly Tree[];
}

export interface MapNode {
  kind: 'map';
  line: number;
  members: ReadonlyMap<string, Tree>;
}

/** What is behind a path of keys; undefined where there is nothing, or something else on the way. */
export function at(tree: Tree | undefined, ...path: string[]): Tree | undefined {
  return path.reduce<Tree | undefined>((node, key) => (node?.kind === 'map' ? node.members.get(key) : undefined), tree);
}

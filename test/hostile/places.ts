/** Every place of a zod schema where a text can stand, found in the schema itself. */
import type { z } from 'zod';

/** Keys of objects and `*` for any member; the last part is `(key)` for a name of a record. */
type Place = readonly string[];

interface Node {
  shape?: Record<string, Node>;
  _zod: {
    def: {
      type: string;
      innerType?: Node;
      in?: Node;
      keyType?: Node;
      valueType?: Node;
      element?: Node;
      options?: Node[];
    };
  };
}

export function textPlaces(schema: z.ZodType): Place[] {
  const found = new Map<string, Place>();
  visit(schema as unknown as Node, [], found);
  return [...found.values()];
}

function visit(node: Node, path: Place, found: Map<string, Place>): void {
  const { def } = node._zod;
  const add = (place: Place) => found.set(place.join('.'), place);
  if (node.shape) for (const [key, member] of Object.entries(node.shape)) visit(member, [...path, key], found);
  else if (def.options) for (const option of def.options) visit(option, path, found);
  else if (def.type === 'record') {
    if (!isClosed(def.keyType!)) add([...path, '(key)']);
    visit(def.valueType!, [...path, '*'], found);
  } else if (def.element) visit(def.element, [...path, '*'], found);
  else if (def.innerType ?? def.in) visit((def.innerType ?? def.in)!, path, found);
  else if (def.type === 'string') add(path);
}

function isClosed({ _zod: { def } }: Node): boolean {
  return def.type === 'enum' || def.type === 'literal';
}

/** The places of a document that a place of its schema stands for. */
export function placesIn(document: unknown, [first, ...rest]: Place): string[][] {
  if (typeof document !== 'object' || document === null || first === undefined) return [];
  const members = document as Record<string, unknown>;
  if (first === '(key)') return Object.keys(members).map((key) => [key, '(key)']);
  const keys = first === '*' ? Object.keys(members) : Object.hasOwn(members, first) ? [first] : [];
  return keys.flatMap((key) =>
    rest.length === 0
      ? typeof members[key] === 'string'
        ? [[key]]
        : []
      : placesIn(members[key], rest).map((inner) => [key, ...inner]),
  );
}

/** A copy of a document with another text at one place; a name of a record keeps its place among the others. */
export function withText<T>(document: T, path: readonly string[], text: string): T {
  const [first, ...rest] = path;
  if (Array.isArray(document))
    return document.map((item, index) => (`${index}` === first ? replaced(item, rest, text) : item)) as T;
  const entries = Object.entries(document as object).map(([key, member]) =>
    key !== first ? [key, member] : rest[0] === '(key)' ? [text, member] : [key, replaced(member, rest, text)],
  );
  return Object.fromEntries(entries) as T;
}

function replaced(member: unknown, rest: readonly string[], text: string): unknown {
  return rest.length === 0 ? text : withText(member, rest, text);
}

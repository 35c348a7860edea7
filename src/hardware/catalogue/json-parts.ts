/** Parts of a JSON document too large to hold: each value at a wanted depth is parsed alone, as it goes by. */
import { fail } from '../../errors/errors.ts';

export interface JsonPart {
  /** Keys down to the value; `*` for the place in a list. */
  path: readonly string[];
  value: unknown;
}

/**
 * @param wanted whether the value at a path is handed out whole; what is inside it is not looked at
 * @param file its name, for messages
 * @throws PROFILE_INVALID with the line
 */
export function* jsonParts(
  chunks: Iterable<string>,
  wanted: (path: readonly string[]) => boolean,
  file: string,
): Generator<JsonPart> {
  const refuse = (got: string): never =>
    fail('PROFILE_INVALID', 'prices', `expected JSON, got ${got}`, { file: `${file}:${line}` });
  const open: ('{' | '[')[] = [];
  const path: string[] = [];
  let line = 1;
  let inString = false;
  let escaped = false;
  /** The text of the string that is being read, where it may be a key. */
  let text = '';
  let key: string | undefined;
  /** The value that is being collected, and how deep its start was. */
  let part: { text: string[]; depth: number; path: string[]; isString: boolean } | undefined;
  const valuePath = (): string[] => [...path, open.at(-1) === '[' ? '*' : (key ?? '')];

  for (const chunk of chunks) {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const sign = chunk[at]!;
      if (sign === '\n') line += 1;
      if (inString) {
        if (escaped) escaped = false;
        else if (sign === '\\') escaped = true;
        else if (sign === '"') {
          inString = false;
          if (part?.isString && part.depth === open.length) {
            yield finished(part, chunk.slice(from, at + 1));
            part = undefined;
          }
          continue;
        }
        if (part === undefined && text.length < 300) text += sign;
        continue;
      }
      if (sign === '"') {
        inString = true;
        text = '';
        if (part === undefined && open.at(-1) === '[' && wanted(valuePath())) {
          part = { text: [], depth: open.length, path: valuePath(), isString: true };
          from = at;
        }
      } else if (sign === ':' && part === undefined) key = text;
      else if (sign === '{' || sign === '[') {
        if (part === undefined && open.length > 0 && wanted(valuePath())) {
          part = { text: [], depth: open.length, path: valuePath(), isString: false };
          from = at;
        }
        if (part === undefined && open.length > 0) path.push(open.at(-1) === '[' ? '*' : (key ?? ''));
        open.push(sign);
        if (open.length > 200) refuse('more than 200 levels');
      } else if (sign === '}' || sign === ']') {
        if (open.pop() !== (sign === '}' ? '{' : '[')) refuse(`"${sign}" that closes nothing`);
        if (part && part.depth === open.length) {
          yield finished(part, chunk.slice(from, at + 1));
          part = undefined;
        } else if (part === undefined) path.pop();
      }
    }
    if (part) part.text.push(chunk.slice(from));
  }
  if (inString || open.length > 0) refuse('an end in the middle');

  function finished({ text: before, path: where }: NonNullable<typeof part>, last: string): JsonPart {
    try {
      return { path: where, value: JSON.parse(before.join('') + last) };
    } catch (error) {
      return refuse((error as Error).message);
    }
  }
}

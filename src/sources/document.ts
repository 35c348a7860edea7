/** YAML text to checked data, with every problem at its line. The only place that loads yaml and zod for users' files. */
import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { type Problem, SizewrightError } from '../errors.ts';
import { nearestNames } from '../profile/nearest.ts';

export interface SourceDocument<T> {
  value: T;
  /** The line of a key path (`parameters.ONNX_POOL_SIZE.cost`), or of the nearest parent that is written. */
  lineOf(path: string): number;
}

/**
 * Reads one YAML file and checks its shape.
 * @param file its name, for messages
 * @throws YAML_SYNTAX for what is no YAML, duplicate keys included
 * @throws `code` for unknown keys, missing keys and values of the wrong kind, each with line and suggestion
 */
export function readDocument<T>(
  text: string,
  file: string,
  schema: z.ZodType<T>,
  code: Problem['code'],
): SourceDocument<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  if (document.errors.length > 0) {
    throw new SizewrightError(
      document.errors.map((error) => ({
        code: 'YAML_SYNTAX',
        path: '',
        file: `${file}:${lines.linePos(error.pos[0]).line}`,
        message: `expected YAML, got: ${error.message.charAt(0).toLowerCase()}${error.message.slice(1)}`,
      })),
    );
  }

  const lineOf = (path: string): number => {
    let node: unknown = document.contents;
    let offset = 0;
    for (const key of splitPath(path)) {
      if (isMap(node)) {
        const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
        if (!isPair(pair)) break;
        if (isNode(pair.key) && pair.key.range) offset = pair.key.range[0];
        node = pair.value;
      } else {
        const item: unknown = (node as { items?: unknown[] } | null)?.items?.[Number(key)];
        if (!isNode(item)) break;
        if (item.range) offset = item.range[0];
        node = item;
      }
    }
    return lines.linePos(offset).line;
  };

  const raw: unknown = document.toJS();
  const checked = schema.safeParse(raw);
  if (checked.success) return { value: checked.data, lineOf };
  const problems = checked.error.issues.flatMap((issue) => describeIssue(issue, raw, schema));
  throw new SizewrightError(
    problems.map(({ path, message }) => ({ code, path, message, file: `${file}:${lineOf(path)}` })),
  );
}

/** Puts file and line to problems that later stages found in this document. */
export function locateProblems<T>(file: string, document: SourceDocument<unknown>, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof SizewrightError)) throw error;
    throw new SizewrightError(
      error.problems.map((problem) => ({
        ...problem,
        file: problem.file ?? `${file}:${document.lineOf(problem.path)}`,
      })),
      { cause: error },
    );
  }
}

/** Keys with a dot in them (sysctls, labels) are matched greedily by the caller's data, so a path splits at every dot. */
function splitPath(path: string): string[] {
  return path === '' ? [] : path.split('.');
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value = raw;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return value;
}

/** A value as it is shown in a message: short, and in quotes when it is text. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function describeIssue(issue: z.core.$ZodIssue, raw: unknown, schema: z.ZodType): { path: string; message: string }[] {
  const path = issue.path.map(String).join('.');
  const found = show(valueAt(raw, issue.path));
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => {
        const known = keysAt(schema, issue.path);
        const near = nearestNames(key, known);
        const options = near.length > 0 ? near : known;
        return {
          path: path === '' ? key : `${path}.${key}`,
          message: `expected a known key, got "${key}"${options.length > 0 ? `; did you mean ${options.join(', ')}?` : ''}`,
        };
      });
    case 'invalid_type':
      return [
        { path, message: `expected ${issue.expected === 'int' ? 'a whole number' : issue.expected}, got ${found}` },
      ];
    case 'invalid_value':
      return [
        {
          path,
          message: `expected one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}, got ${found}`,
        },
      ];
    case 'invalid_key':
      return [
        {
          path,
          message: `expected a key that ${issue.issues.map((inner) => describeRule(inner)).join(' and ')}, got ${show(issue.path.at(-1))}`,
        },
      ];
    default:
      return [{ path, message: `expected a value that ${describeRule(issue)}, got ${found}` }];
  }
}

function describeRule(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_big':
      return issue.origin === 'string' || issue.origin === 'array'
        ? `has at most ${issue.maximum} ${issue.origin === 'string' ? 'characters' : 'items'}`
        : `is at most ${issue.maximum}`;
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? `has at least ${issue.minimum} ${issue.origin === 'string' ? 'characters' : 'items'}`
        : `is at least ${issue.minimum}`;
    case 'invalid_format':
      return issue.message.startsWith('must ')
        ? issue.message.slice(5).replace(/^be /, 'is ')
        : `matches ${'pattern' in issue ? issue.pattern : issue.format}`;
    default:
      return issue.message.startsWith('must ')
        ? issue.message
            .slice(5)
            .replace(/^be /, 'is ')
            .replace(/^have /, 'has ')
        : `is right: ${issue.message}`;
  }
}

/** The keys that an object at this path may have, as far as the schema tells. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let current: unknown = schema;
  for (const key of path) current = unwrap(current, key);
  const shape = (unwrapped(current) as { shape?: Record<string, unknown> } | undefined)?.shape;
  return shape ? Object.keys(shape) : [];
}

function unwrapped(schema: unknown): unknown {
  let current = schema as { _zod?: { def: { innerType?: unknown; in?: unknown; type: string } } } | undefined;
  while (current?._zod) {
    const { def } = current._zod;
    const inner = def.innerType ?? (def.type === 'pipe' ? def.in : undefined);
    if (inner === undefined) break;
    current = inner as typeof current;
  }
  return current;
}

function unwrap(schema: unknown, key: PropertyKey): unknown {
  const current = unwrapped(schema) as
    | {
        shape?: Record<PropertyKey, unknown>;
        _zod?: { def: { valueType?: unknown; element?: unknown; options?: unknown[] } };
      }
    | undefined;
  if (current?.shape) return current.shape[key];
  const def = current?._zod?.def;
  if (def?.options) return def.options.map((option) => unwrap(option, key)).find((found) => found !== undefined);
  return def?.valueType ?? def?.element;
}

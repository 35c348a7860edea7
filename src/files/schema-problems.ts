/** What a schema finds wrong, in words: what was expected, what was found, the nearest key. */
import type { z } from 'zod';
import { nearestNames } from '../errors/nearest.ts';

/** A key path with one more key. */
export function below(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value = raw;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return value;
}

/** A value as it is shown in a message: short, and in quotes when it is text. */
export function show(value: unknown): string {
  const text = typeof value === 'number' ? `${value}` : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** What one of zod's issues says, and where. */
export function describeIssue(
  issue: z.core.$ZodIssue,
  raw: unknown,
  schema: z.ZodType,
): { path: string; message: string }[] {
  const path = issue.path.map(String).join('.');
  const value = valueAt(raw, issue.path);
  const found = value === undefined ? `nothing; add ${String(issue.path.at(-1) ?? 'it')}` : show(value);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keysAt(schema, issue.path, valueAt(raw, issue.path));
      return issue.keys.map((key) => {
        const near = nearestNames(key, known);
        const around = issue.path.slice(0, -1);
        const isBeside = issue.path.length > 0 && keysAt(schema, around, valueAt(raw, around)).includes(key);
        const hint = isBeside
          ? `; it stands beside ${String(issue.path.at(-1))}, not in it`
          : near.length > 0
            ? `; did you mean ${near[0]}?`
            : known.length > 0
              ? `; known are ${known.join(', ')}`
              : '';
        return { path: below(path, key), message: `expected a known key, got "${key}"${hint}` };
      });
    }
    case 'invalid_key':
      return [
        { path, message: `${issue.issues.map(expectation).join(' and ')}, got the key ${show(issue.path.at(-1))}` },
      ];
    case 'invalid_union': {
      if (issue.discriminator !== undefined) {
        return [{ path, message: `expected one of ${choicesAt(schema, issue.path).join(', ')}, got ${found}` }];
      }
      // The branch that the value is of the right kind for says more than all together.
      const meant = issue.errors.filter(
        (branch) => !branch.some((inner) => inner.path.length === 0 && inner.code === 'invalid_type'),
      );
      const [only] = meant;
      if (meant.length === 1 && only !== undefined) {
        return only.flatMap((inner) =>
          describeIssue({ ...inner, path: [...issue.path, ...inner.path] } as z.core.$ZodIssue, raw, schema),
        );
      }
      return [{ path, message: `${expectation(issue)}, got ${found}` }];
    }
    default:
      return [{ path, message: `${expectation(issue)}, got ${found}` }];
  }
}

/** What a schema asks for. A message of our own begins with `expected`. */
function expectation(issue: z.core.$ZodIssue): string {
  if (issue.message.startsWith('expected ')) return issue.message;
  const counted = (count: unknown, origin: string) =>
    origin === 'string' ? `${count} characters` : origin === 'array' ? `${count} items` : `${count}`;
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${issue.expected === 'int' || issue.expected === 'number' ? 'a whole number' : issue.expected === 'record' || issue.expected === 'object' ? 'a map' : issue.expected === 'array' ? 'a list' : issue.expected}`;
    case 'invalid_value':
      return `expected one of ${issue.values.join(', ')}`;
    case 'too_big':
      return `expected at most ${counted(issue.maximum, issue.origin)}`;
    case 'too_small':
      return `expected at least ${counted(issue.minimum, issue.origin)}`;
    case 'invalid_union':
      return `expected ${[...new Set(issue.errors.flat().map((inner) => expectation(inner as z.core.$ZodIssue).replace(/^expected /, '')))].join(' or ')}`;
    default:
      return `expected another value (${issue.message})`;
  }
}

/** The part of a zod schema that tells which keys and choices there are. */
interface SchemaNode {
  shape?: Record<PropertyKey, SchemaNode>;
  _zod: {
    def: {
      type: string;
      innerType?: SchemaNode;
      in?: SchemaNode;
      valueType?: SchemaNode;
      element?: SchemaNode;
      options?: SchemaNode[];
      values?: unknown[];
    };
  };
}

/** Every schema that may stand at a path: more than one where there is a choice on the way. */
function schemasAt(schema: unknown, path: readonly PropertyKey[]): SchemaNode[] {
  let found = alternatives(schema as SchemaNode);
  for (const key of path) {
    found = found.flatMap(({ shape, _zod: { def } }) => {
      const child = shape ? shape[key] : (def.valueType ?? def.element);
      return child ? alternatives(child) : [];
    });
  }
  return found;
}

/** A schema without what wraps it; its options where it is a choice. */
function alternatives(schema: SchemaNode): SchemaNode[] {
  const { def } = schema._zod;
  if (def.options) return def.options.flatMap(alternatives);
  const inner = def.innerType ?? (def.type === 'pipe' ? def.in : undefined);
  return inner ? alternatives(inner) : [schema];
}

/** The keys that this object may have; of a choice, those of the kind that it says it is. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[], object: unknown): string[] {
  const fits = ({ shape = {} }: SchemaNode) =>
    Object.entries(shape).every(([key, member]) => {
      const choices = alternatives(member).flatMap(({ _zod: { def } }) => def.values ?? []);
      return choices.length === 0 || choices.includes((object as Record<string, unknown>)[key]);
    });
  const shapes = schemasAt(schema, path).filter((candidate) => candidate.shape);
  const meant = shapes.length > 1 ? shapes.filter(fits) : shapes;
  return [...new Set(meant.flatMap(({ shape }) => Object.keys(shape!)))];
}

/** The values that tell the kinds of object apart, by the path of the member that tells. */
function choicesAt(schema: z.ZodType, path: readonly PropertyKey[]): unknown[] {
  return schemasAt(schema, path).flatMap(({ _zod: { def } }) => def.values ?? []);
}

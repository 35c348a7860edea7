/**
 * Splits objects into what they have in common and small patches, and puts them together again. A patch only ever adds
 * members, so that a strategic merge of it has one meaning.
 */
import { isMap } from '../../formats/data.ts';
import { commentsOf, withComments } from '../../formats/yaml.ts';
import { isSized, Sized } from '../kubernetes/sized.ts';

type Members = Record<string, unknown>;

/** Lists whose items Kubernetes merges by name. */
const MERGED_BY_NAME = ['containers', 'volumes'];

/** What all values have in common beside what comes from the hardware, even where that is alike; undefined for nothing. */
export function commonOf(values: readonly unknown[], member = ''): unknown {
  const [first, ...others] = values;
  if (values.some((value) => value instanceof Sized)) return undefined;
  if (values.every(isMap)) {
    const common = present(first as Members).flatMap(([name]) => {
      const value = commonOf(
        values.map((map) => map[name]),
        name,
      );
      return value === undefined ? [] : [[name, value] as const];
    });
    if (common.length === 0 && values.some((map) => present(map).length > 0)) return undefined;
    return commented(Object.fromEntries(common), first as Members, (name, comment) =>
      (others as Members[]).every((map) => commentsOf(map)?.[name] === comment),
    );
  }
  if (values.every((value) => isMergedByName(value, member))) {
    const names = (list: Members[]) => list.map(({ name }) => name).join('\n');
    if (!values.every((list) => names(list) === names(first as Members[]))) return undefined;
    return (first as Members[]).map((_, index) => commonOf(values.map((list) => list[index])));
  }
  return !values.some(isSized) && others.every((other) => isEqual(first, other)) ? first : undefined;
}

/** What a value has beside the common part of it; undefined for nothing. */
export function restOf(value: unknown, common: unknown, member = ''): unknown {
  if (common === undefined) return value;
  if (isMap(value)) {
    const rest = present(value).flatMap(([name, own]) => {
      const beside = restOf(own, (common as Members)[name], name);
      return beside === undefined ? [] : [[name, beside] as const];
    });
    if (rest.length === 0) return undefined;
    const said = commentsOf(common as Members);
    return commented(Object.fromEntries(rest), value, (name, comment) => said?.[name] !== comment);
  }
  if (!isMergedByName(value, member)) return undefined;
  // Those without a rest are named too: a merge puts the named ones first.
  const rests = value.map((item, index) => restOf(item, (common as Members[])[index]) as Members | undefined);
  if (rests.every((rest) => rest === undefined)) return undefined;
  return value.map(({ name }, index) => commented({ name, ...rests[index] }, rests[index] ?? {}, () => true));
}

/** The object that kustomize makes of a base and a patch. */
export function merged(base: unknown, patch: unknown, member = ''): unknown {
  if (isMap(base) && isMap(patch)) {
    const added = Object.entries(patch).map(([name, value]) => [name, merged(base[name], value, name)]);
    return { ...base, ...Object.fromEntries(added) };
  }
  if (isMergedByName(base, member) && isMergedByName(patch, member))
    return base.map((item) => merged(item, patch.find(({ name }) => name === item.name) ?? {}));
  return patch;
}

function commented(map: Members, source: Members, keep: (name: string, comment: string) => boolean): Members {
  const comments = Object.entries(commentsOf(source) ?? {}).filter(
    ([name, comment]) => map[name] !== undefined && keep(name, comment),
  );
  return comments.length === 0 ? map : withComments(map, Object.fromEntries(comments));
}

function isMergedByName(value: unknown, member: string): value is Members[] {
  return MERGED_BY_NAME.includes(member) && Array.isArray(value);
}

function present(map: Members): [string, unknown][] {
  return Object.entries(map).filter(([, value]) => value !== undefined);
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

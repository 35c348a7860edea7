/** Placeholders in texts. Few places replace them; anywhere else the program would get the braces. */
import { fail, type Problem } from '../errors/errors.ts';

/** `{NAME}`, but not the `${NAME}` of a shell. */
const PLACEHOLDER = /(?<!\$)\{([A-Za-z_][A-Za-z0-9_.-]*)\}/g;

export interface PlaceholderRules {
  code: Problem['code'];
  /** What a reader would expect to be replaced. */
  names: ReadonlySet<string>;
  /** The names that are replaced at a path; undefined for a text that is not looked at. */
  replacedAt(path: string): readonly string[] | undefined;
}

/** Every text below a value in which a placeholder of a known name would stay as it stands. */
export function placeholderProblems(value: unknown, path: string, rules: PlaceholderRules): Problem[] {
  if (typeof value === 'string') {
    const replaced = rules.replacedAt(path);
    const kept = [...value.matchAll(PLACEHOLDER)].map(([, name]) => name!);
    const found = replaced && kept.find((name) => rules.names.has(name) && !replaced.includes(name));
    if (found === undefined) return [];
    const message = `expected text without {${found}}, which is not replaced here, got ${JSON.stringify(value)}; write the value itself, or a parameter of its own, whose suffix may follow the number`;
    return [{ code: rules.code, path, message }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    placeholderProblems(member, path === '' ? key : `${path}.${key}`, rules),
  );
}

/**
 * A finding's text, in which only names that have a value and `{remedy}` are replaced.
 * @throws POLICY_INVALID
 */
export function checkAdviceText(say: string, known: ReadonlySet<string>, path: string): void {
  const named = [...say.matchAll(/\{([A-Za-z0-9_.]+)\}/g)].map(([, name]) => name!);
  const unknown = named.find((name) => !known.has(name) && name !== 'remedy');
  if (unknown !== undefined)
    fail(
      'POLICY_INVALID',
      path,
      `expected a name that has a value, got {${unknown}}; known are ${[...known].join(', ')}`,
    );
}

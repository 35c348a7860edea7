/** Compares the files made of a text with those made of a harmless one: the text has to be where the other was. */
import { parse } from 'yaml';
import { oneLine } from '../../src/formats/one-line.ts';
import type { Artifact } from '../../src/targets/target.ts';

/** As long as no other text has it, and valid wherever a text of letters is. */
export const HARMLESS = 'zq7harmless';

/** What is wrong; empty where the text stands in the place of the harmless one, and nothing else differs. */
export function misplaced(harmless: readonly Artifact[], hostile: readonly Artifact[], text: string): string[] {
  const expected = harmless.map(({ path }) => path.replaceAll(HARMLESS, text));
  if (JSON.stringify(expected) !== JSON.stringify(hostile.map(({ path }) => path))) return ['other files'];
  return harmless.flatMap(({ path, contents }, index) => {
    const other = hostile[index]!.contents;
    // A file of the user's own is the text and nothing else.
    if (contents === HARMLESS) return other === text ? [] : [`${path}: became ${JSON.stringify(other)}`];
    if (/\/templates\//.test(path)) return sameLines(path, contents, other);
    if (path.endsWith('.json')) return sameTree(path, JSON.parse(contents), JSON.parse(other), text);
    if (path.endsWith('.yaml'))
      return (['1.1', '1.2'] as const).flatMap((version) =>
        sameTree(`${path} ${version}`, read(contents, version), read(other, version), text),
      );
    return sameLines(path, contents, other);
  });
}

function read(contents: string, version: '1.1' | '1.2'): unknown {
  return contents.split(/^---\n/m).map((document) => parse(document, { version, logLevel: 'error' }));
}

function sameLines(path: string, harmless: string, hostile: string): string[] {
  const [a, b] = [harmless, hostile].map((text) => text.split(/\r\n|[\r\n]/).length);
  return a === b ? [] : [`${path}: ${a} lines became ${b}`];
}

/** What differs of two trees that are to differ in the text alone, in one of its forms. */
export function sameTree(
  path: string,
  harmless: unknown,
  hostile: unknown,
  text: string,
  forms = formsOf(text),
): string[] {
  if (typeof harmless === 'string') {
    if (typeof hostile !== 'string') return [`${path}: a text became ${JSON.stringify(hostile)}`];
    return sameText(path, harmless, hostile, text, forms);
  }
  if (typeof harmless !== 'object' || harmless === null)
    return harmless === hostile ? [] : [`${path}: ${harmless} became ${JSON.stringify(hostile)}`];
  if (typeof hostile !== 'object' || hostile === null) return [`${path}: became ${JSON.stringify(hostile)}`];
  const [a, b] = [Object.entries(harmless), Object.entries(hostile)];
  const names = a.map(([name]) => name.replaceAll(HARMLESS, text)).sort();
  const other = b.map(([name]) => name).sort();
  if (JSON.stringify(names) !== JSON.stringify(other)) return [`${path}: ${names} became ${other}`];
  const members = new Map(b);
  return a.flatMap(([name, member]) => {
    const key = name.replaceAll(HARMLESS, text);
    return sameTree(`${path} ${name}`, member, members.get(key), text, forms);
  });
}

/**
 * The forms in which the text may stand: for the kubelet and Compose `$$`, for Terraform `$${` (over what is for the
 * kubelet too), as JSON, as a comment.
 */
function formsOf(text: string): string[] {
  const doubled = text.replaceAll('$', () => '$$');
  const terraform = (form: string) => form.replace(/[$%](?=\{)/g, (sign) => sign + sign);
  const plain = [text, doubled, terraform(text), terraform(doubled), oneLine(text)];
  return plain.flatMap((form) => [form, form.trim(), JSON.stringify(form).slice(1, -1), form.replaceAll("'", "'\\''")]);
}

const CHECKSUM = /\b[0-9a-f]{12,64}\b/g;

function sameText(path: string, harmless: string, hostile: string, text: string, forms: readonly string[]): string[] {
  if (harmless.includes('\n')) return text.includes('\n') ? [] : sameLines(path, harmless, hostile);
  if (!harmless.includes(HARMLESS))
    return harmless.replace(CHECKSUM, '') === hostile.replace(CHECKSUM, '')
      ? []
      : [`${path}: ${JSON.stringify(harmless)} became ${JSON.stringify(hostile)}`];
  const fits = forms.some((form) => harmless.replaceAll(HARMLESS, () => form) === hostile);
  return fits ? [] : [`${path}: ${JSON.stringify(harmless)} became ${JSON.stringify(hostile)}`];
}

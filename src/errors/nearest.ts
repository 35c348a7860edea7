/** The cost of one wrong, missing or extra letter. A wrong number costs half of it to all of it, by how far off it is. */
const EDIT = 100;

/**
 * The real names nearest to a mistyped one, best first; of equally near ones, the one that comes first in `names`.
 * Letters are compared without case, numbers as numbers: `c6i.9xlarge` is nearer to `c6i.12xlarge` than to
 * `c6g.9xlarge`. For names of any kind: machines, services, parameters, flags.
 * @returns at most `limit` names, none when more than a third of the name would have to change
 */
export function nearestNames(wanted: string, names: Iterable<string>, limit = 3): string[] {
  const tokens = tokenize(wanted);
  const furthest = EDIT * Math.max(1, Math.floor(wanted.length / 3));
  return [...names]
    .map((name) => ({ name, distance: distanceOf(wanted, tokens, name) }))
    .filter(({ distance }) => distance <= furthest)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, limit)
    .map(({ name }) => name);
}

/**
 * What is wrong with a name that is none of `names`.
 * @param by who said it, behind the name: ` (--set)`
 */
export function unknownName(what: string, wanted: string, names: readonly string[], by = ''): string {
  const near = nearestNames(wanted, names);
  return near.length > 0
    ? `expected ${what}, got "${wanted}"${by}; did you mean ${near.join(' or ')}?`
    : `expected ${what} (${names.join(', ')}), got "${wanted}"${by}`;
}

function distanceOf(wanted: string, tokens: Token[], name: string): number {
  const distance = editDistance(tokens, tokenize(name));
  // Half a name, as in D8s_v5 for Standard_D8s_v5.
  const isPart = wanted.length >= 3 && name.toLowerCase().includes(wanted.toLowerCase());
  return isPart ? Math.min(distance, EDIT) : distance;
}

/** A run of digits as its number, any other character as itself. */
type Token = number | string;

function tokenize(text: string): Token[] {
  return (text.toLowerCase().match(/\d+|\D/gu) ?? []).map((part) => (/^\d/.test(part) ? Number(part) : part));
}

/** Levenshtein's distance, with two neighbours swapped as one edit. */
function editDistance(a: Token[], b: Token[]): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j * EDIT)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i * EDIT];
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + replaceCost(a[i - 1]!, b[j - 1]!);
      const edited = Math.min(rows[i - 1]![j]!, row[j - 1]!) + EDIT;
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? rows[i - 2]![j - 2]! + EDIT : edited;
      row.push(Math.min(replaced, edited, swapped));
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

function replaceCost(a: Token, b: Token): number {
  if (a === b) return 0;
  if (typeof a === 'number' && typeof b === 'number') {
    return EDIT / 2 + Math.floor((EDIT / 2) * (Math.abs(a - b) / Math.max(a, b)));
  }
  if (typeof a === 'number' || typeof b === 'number') return 2 * EDIT;
  // Neighbours in the alphabet are a little nearer: c6j is a c6i rather than a c6a.
  return EDIT - 10 + Math.min(10, Math.abs(a.codePointAt(0)! - b.codePointAt(0)!));
}

/** Texts with places in braces: filled when they are written, matched when they are read. */

/** A template with its places replaced; a place of another name stays. */
export function fill(template: string, fields: Readonly<Record<string, string>>): string {
  return template.replace(PLACE, (whole, name: string) => (Object.hasOwn(fields, name) ? fields[name]! : whole));
}

const PLACE = /\{([A-Za-z][A-Za-z0-9_]*)\}/g;

/** The names of the places in a template, once each. */
export function placesIn(template: string): string[] {
  return [...new Set([...template.matchAll(PLACE)].map(([, name]) => name!))];
}

/** A text cut at its places: texts and names by turns, a text first and last. */
export function cut(template: string): string[] {
  return template.split(PLACE);
}

/**
 * What stands at the places of words that `fill` made; undefined where they do not fit. A place that comes twice has the
 * same text twice.
 */
export function match(templates: readonly string[], words: readonly string[]): Record<string, string> | undefined {
  const fields: Record<string, string> = Object.create(null);
  for (const [index, template] of templates.entries()) {
    const seen = new Set<string>();
    const pattern = cut(template)
      .map((part, at) => {
        if (at % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
        if (seen.has(part)) return `\\k<${part}>`;
        seen.add(part);
        return part === 'key' ? '(?<key>[A-Za-z_][A-Za-z0-9_.-]*)' : `(?<${part}>.*)`;
      })
      .join('');
    const found = new RegExp(`^${pattern}$`, 's').exec(words[index] ?? '');
    if (!found) return undefined;
    for (const [name, text] of Object.entries(found.groups ?? {})) {
      if (fields[name] !== undefined && fields[name] !== text) return undefined;
      fields[name] = text;
    }
  }
  return fields;
}

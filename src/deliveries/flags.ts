/** Arguments of a command, and options inside a variable: written, and read back. */

import { cut, fill, match, placesIn } from '../formats/template.ts';
import type { FlagsDelivery, OptionsDelivery } from './delivery.ts';

/** The arguments for values, each by the key that the delivery has for it. */
export function writeFlags({ each }: FlagsDelivery, values: readonly { key: string; text: string }[]): string[] {
  return values.flatMap(({ key, text }) => each.map((part) => fill(part, { key, value: text })));
}

/** What words of a command say by key; of one given twice the last counts. Words that are no flag of a value are passed by. */
export function readFlags({ each }: FlagsDelivery, words: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  // In one word as well: `-c work_mem=4MB`, `-cwork_mem=4MB`, `--maxmemory 1gb`.
  const forms = [each, [each.join(' ')], ...(/^-[A-Za-z]$/.test(each[0]!) ? [[each.join('')]] : [])];
  for (let at = 0; at < words.length; at += 1) {
    for (const form of forms) {
      const fields = at + form.length <= words.length ? match(form, words.slice(at, at + form.length)) : undefined;
      if (fields === undefined) continue;
      found.set(fields.key!, fields.value!.trimStart());
      at += form.length - 1;
      break;
    }
  }
  return found;
}

/**
 * The variable's text: what it has already, then our options.
 * @param texts by parameter
 */
export function writeOptions(
  { options }: OptionsDelivery,
  texts: Readonly<Record<string, string>>,
  before = '',
): string {
  return `${before === '' ? '' : `${before} `}${fill(options.join(' '), texts)}`;
}

/** The options as one text, cut at the places of parameters: texts and names by turns. */
export function cutOptions({ options }: OptionsDelivery): string[] {
  return cut(options.join(' '));
}

/** The texts of parameters in a variable's options; of an option given twice the last counts. */
export function readOptions({ options }: OptionsDelivery, text: string): Map<string, string> {
  const found = new Map<string, string>();
  const words = text.split(/\s+/);
  for (const option of options) {
    const parts = option.split(/\s+/);
    if (placesIn(option).length === 0) continue;
    for (let at = 0; at + parts.length <= words.length; at += 1) {
      const fields = match(parts, words.slice(at, at + parts.length));
      for (const [name, value] of Object.entries(fields ?? {})) found.set(name, value);
    }
  }
  return found;
}

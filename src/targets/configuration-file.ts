/** A program's own configuration file, as its policy describes one. */

import type { FileDelivery } from '../deliveries/delivery.ts';
import { fail } from '../errors/errors.ts';
import { writeFormat } from '../formats/format.ts';
import type { RenderedService, Value } from './rendered.ts';

/**
 * The file with every value and its reason.
 * @param header lines of a comment
 * @throws OUTPUT_INVALID for a value that the file can't hold
 */
export function configurationFile(
  rendered: RenderedService,
  { format, name }: FileDelivery,
  values: readonly Value[],
  header: readonly string[],
): string {
  const quote = format.as === 'keyvalue' ? /(["'])\{value\}\1/.exec(format.line)?.[1] : undefined;
  for (const value of values) {
    if (format.as === 'yaml' || format.as === 'xml' ? isText(value.text) : isPlain(value.text, quote)) continue;
    fail(
      'OUTPUT_INVALID',
      pathOf(rendered, value),
      `expected a value without quotes, backslashes${quote ? '' : ', spaces, #, ;'} and control characters for ${name}, got ${JSON.stringify(`${value.key}: ${value.text}`)}; change it`,
    );
  }
  return writeFormat(format, values, header);
}

/** No rule for escapes is common to all programs. */
function isPlain(text: string, quote: string | undefined): boolean {
  return quote === undefined ? /^[^\p{Cc}\p{Cs}\s"'#;{}\\]+$/u.test(text) : /^[^\p{Cc}\p{Cs}"'\\]*$/u.test(text);
}

function isText(text: string): boolean {
  return /^[^\p{Cc}\p{Cs}]*$/u.test(text);
}

/** Where a value was written, for error messages. */
export function pathOf({ service, policy }: RenderedService, { key, parameter, options }: Value): string {
  if (parameter) return `${policy.name} parameters.${parameter.name}`;
  if (options) return `${policy.name} deliver ${options.variable}`;
  return policy.settings.some((setting) => setting.key === key) && !Object.hasOwn(service.env, key)
    ? `${policy.name} settings.${key}`
    : `services.${service.name}.deploy.env.${key}`;
}

/**
 * The file with places left open, for what fills them in later: texts and values by turns.
 * @param isOpen the values whose places they are
 */
export function configurationParts(
  { format }: FileDelivery,
  values: readonly Value[],
  isOpen: (value: Value) => boolean = () => true,
): (string | Value)[] {
  const open = values.filter(isOpen);
  // A number stays one, and a text a text, where the format tells them apart.
  const markOf = (value: Value) => {
    const index = open.indexOf(value);
    if (index < 0) return value.text;
    return /^\d+$/.test(value.text) ? `${FIRST_MARK + index}` : `sizewright-${FIRST_MARK + index}-`;
  };
  const text = writeFormat(
    format,
    values.map((value) => ({ ...value, text: markOf(value) })),
    [],
  );
  const marks = new RegExp(`(?:sizewright-)?(${open.map((_, index) => FIRST_MARK + index).join('|') || '(?!)'})-?`);
  return text.split(marks).map((part, index) => (index % 2 === 0 ? part : open[Number(part) - FIRST_MARK]!));
}

/** No text of a policy has such a number. */
const FIRST_MARK = 81_985_529_216_400;

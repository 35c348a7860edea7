/** A program's own configuration file, as its policy describes one. */
import { fail } from '../errors/errors.ts';
import { oneLine } from '../formats/one-line.ts';
import type { RenderedService, Value } from './rendered.ts';
import { type FileDelivery, fill, matchAll, valuesOf } from './values.ts';

/**
 * The file with every value and its reason; `#` begins a comment in every format that a policy can name.
 * @throws OUTPUT_INVALID for a value that its line can't hold
 */
export function configurationFile(
  rendered: RenderedService,
  delivery: FileDelivery,
  header: readonly string[],
): string {
  const lines = valuesOf(rendered).flatMap((value) => {
    checkValue(value, delivery, pathOf(rendered, value));
    return [`# ${oneLine(value.reason)}`, fill(delivery.file.line, { key: value.key, value: value.text })];
  });
  return `${[...header.map((line) => `# ${oneLine(line)}`.trimEnd()), '', ...delivery.file.extra, ...lines].join('\n')}\n`;
}

/** What a configuration file says. The last line of a key counts. */
export function readConfigurationFile(delivery: FileDelivery, text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of text.split('\n')) {
    const fields = matchAll([delivery.file.line], [line]);
    if (fields) found.set(fields.key!, fields.value!);
  }
  return found;
}

/**
 * A value that a configuration file's line can hold: no rule for escapes is common to all programs.
 * @throws OUTPUT_INVALID
 */
function checkValue({ key, text }: Value, { file }: FileDelivery, path: string): void {
  const quote = /(["'])\{value\}\1/.exec(file.line)?.[1];
  const allowed = quote === undefined ? /^[^\p{Cc}\p{Cs}\s"'#;\\]+$/u : /^[^\p{Cc}\p{Cs}"'\\]*$/u;
  if (!allowed.test(text))
    fail(
      'OUTPUT_INVALID',
      path,
      `expected a value without quotes, backslashes${quote ? '' : ', spaces, #, ;'} and control characters for ${file.name}, got ${JSON.stringify(`${key}: ${text}`)}; change it`,
    );
}

/** Where a value was written, for error messages. */
export function pathOf({ service, policy }: RenderedService, { key, parameter }: Value): string {
  if (parameter) return `${policy.name} parameters.${parameter.name}`;
  return policy.settings.some((setting) => setting.key === key) && !Object.hasOwn(service.env, key)
    ? `${policy.name} settings.${key}`
    : `services.${service.name}.deploy.env.${key}`;
}

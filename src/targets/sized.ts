/** The values of one service alone, as its program reads them. */
import { inCommand } from '../deliveries/delivery.ts';
import { configurationFile } from './configuration-file.ts';
import { envLine } from './env/text.ts';
import type { RenderedService } from './rendered.ts';
import { shWords } from './shell-text.ts';
import { filesFor, flagsOf, variablesFor } from './values.ts';

/**
 * Variables, arguments, or a configuration file; undefined where the program takes its values another way.
 * @throws OUTPUT_INVALID for a value that cannot be written so
 */
export function sizedText(rendered: RenderedService, format: 'env' | 'flags' | 'conf'): string | undefined {
  const lines = (list: readonly string[]) => (list.length === 0 ? undefined : `${list.join('\n')}\n`);
  if (format === 'env')
    return lines(variablesFor(rendered).map(({ key, text }) => envLine(key, text, `${rendered.policy.name} ${key}`)));
  if (format === 'flags') {
    const { start, end } = flagsOf(rendered, inCommand);
    return lines([...start, ...end].map(({ words }) => shWords(words)));
  }
  // Whoever asks for a file gets the one that there is, whatever else would count.
  const [file] = filesFor(rendered, ({ as }) => as === 'file');
  return file && configurationFile(rendered, file.delivery, file.values, []);
}

/** From the ways that a policy names to its deliveries: short forms spelled out, and every value carried by one. */
import type { z } from 'zod';
import { carries, type Delivery } from '../deliveries/delivery.ts';
import { namedSyntax, plainSyntax, type Syntax, wordSyntax } from '../deliveries/syntax.ts';
import type { Problem } from '../errors/errors.ts';
import { unknownName } from '../errors/nearest.ts';
import type { FileFormat } from '../formats/kinds.ts';
import { placesIn } from '../formats/template.ts';
import type { deliverySchema } from './delivery-schema.ts';
import type { Parameter, Policy } from './policy.ts';
import type { PolicyFile } from './schema.ts';

type Written = z.output<typeof deliverySchema>;

/** The deliveries of a policy. `as: env` and `as: settings` are short for one and two ways. */
export function compileDeliveries(written: Written): Delivery[] {
  if (Array.isArray(written))
    return written.map((way) => (way.as === 'file' ? { ...way, format: formatOf(way.format) } : way));
  if (written.as === 'env') return [{ as: 'variables', keys: {} }];
  const { program, flags, file } = written;
  const byFlags: Delivery = { as: 'flags', program, each: flags, at: 'end', keys: {} };
  if (file === undefined) return [byFlags];
  const format: FileFormat = { as: 'keyvalue', line: file.line, comment: '#', begin: file.extra, dashes: 'differ' };
  return [{ as: 'file', name: file.name, format, program: [], arguments: file.arguments, keys: {} }, byFlags];
}

function formatOf(written: Extract<Extract<Written, unknown[]>[number], { as: 'file' }>['format']): FileFormat {
  return written.as === 'keyvalue' ? { ...written, begin: [] } : written;
}

/** How a parameter is written; what of it cannot be is a problem. */
export function compileSyntax(
  { syntax, suffix, words, unit }: PolicyFile['parameters'][string],
  path: string,
  problems: Problem[],
): Syntax {
  const refuse = (field: string, message: string) =>
    problems.push({ code: 'POLICY_INVALID', path: `${path}.${field}`, message });
  const stated = [syntax && 'syntax', suffix !== undefined && 'suffix', words && 'words'].filter(Boolean);
  if (stated.length > 1)
    refuse(`${stated[1]}`, `expected one of syntax, suffix and words, got ${stated.join(' and ')}`);
  if (words) return wordSyntax(words);
  if (syntax === undefined) return plainSyntax(suffix);
  const found = namedSyntax(syntax, unit);
  if (found) return found;
  refuse('syntax', `expected a unit of memory beside it (kB, MB, KiB, MiB), got unit ${unit}; change either`);
  return plainSyntax();
}

/** A word for each value, and each value carried by some way. */
export function checkDeliveries(policy: Policy): Problem[] {
  const { deliveries, parameters, settings, withoutSharedMemory } = policy;
  const problems: Problem[] = [];
  const refuse = (path: string, message: string) => problems.push({ code: 'POLICY_INVALID', path, message });
  const constants = [...settings, ...(withoutSharedMemory?.settings ?? [])];
  const names = [...parameters.map(({ name }) => name), ...constants.map(({ key }) => key)];
  for (const [index, way] of deliveries.entries()) {
    const path = `deliver.${index}`;
    if (way.as === 'options') {
      const unknown = way.options.flatMap(placesIn).find((name) => !parameters.some((one) => one.name === name));
      if (unknown !== undefined)
        refuse(
          `${path}.options`,
          unknownName(
            'a parameter',
            unknown,
            parameters.map(({ name }) => name),
          ),
        );
      continue;
    }
    if (way.as === 'flags' && way.at === 'start' && way.program.length === 0)
      refuse(
        `${path}.at`,
        'expected end, or the program whose first word they stand behind, got start without program',
      );
    for (const name of [...(way.only ?? []), ...Object.keys(way.keys)])
      if (!names.includes(name)) refuse(`${path}`, unknownName('a parameter or a setting', name, names));
  }
  const uncarried = (name: string) => !deliveries.some((way) => carries(way, name));
  for (const { name } of parameters)
    if (uncarried(name)) refuse(`parameters.${name}`, 'expected a way in deliver that carries it, got none');
  for (const { key } of constants)
    if (uncarried(key)) refuse(`settings.${key}`, 'expected a way in deliver that carries it, got none');
  for (const parameter of parameters) checkWords(parameter, refuse);
  return problems;
}

function checkWords({ name, syntax, range }: Parameter, refuse: (path: string, message: string) => void): void {
  if (syntax.kind === 'words' && (range.lo !== 0 || range.hi !== syntax.words.length - 1))
    refuse(
      `parameters.${name}.words`,
      `expected a word for each value from min to max, got ${syntax.words.length} words for ${range.lo} to ${range.hi}; the first stands for 0`,
    );
}

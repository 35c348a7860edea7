/** What a program is told, read from wherever its values can stand. */
import { readFormat } from '../formats/format.ts';
import type { Found } from '../formats/kinds.ts';
import { type Delivery, keyIn } from './delivery.ts';
import { readFlags, readOptions } from './flags.ts';
import { readValue, type Syntax } from './syntax.ts';

/** Where values of a program can stand. */
export interface Told {
  environment: ReadonlyMap<string, string>;
  /** The command behind the program's first words. */
  words: readonly string[];
  /** The text of a file of the program's, by its name. */
  fileText?: (name: string, path: string | undefined) => string | undefined;
}

export interface Reading {
  text: string;
  /** In the parameter's unit; undefined for what the program would not take for a number. */
  value: number | undefined;
  /** Where it stands: `--maxmemory`, `JAVA_TOOL_OPTIONS`, `my.cnf`. */
  from: string;
  line?: number;
  delivery: Delivery;
}

interface Readable {
  name: string;
  key: string;
  syntax: Syntax;
}

/**
 * What is said of each parameter, in order of precedence: the last one counts, the others are shadowed by it.
 * @returns nothing for a parameter of which nothing is said
 */
export function readDelivered(
  { deliveries, parameters }: { deliveries: readonly Delivery[]; parameters: readonly Readable[] },
  told: Told,
): Map<string, Reading[]> {
  const readings = new Map<string, Reading[]>();
  for (const delivery of deliveries) {
    const textOf = textsOf(delivery, told);
    for (const parameter of parameters) {
      const found = textOf(parameter);
      if (found === undefined) continue;
      const reading = { ...found, value: readValue(found.text, parameter.syntax), delivery };
      readings.set(parameter.name, [...(readings.get(parameter.name) ?? []), reading]);
    }
  }
  return readings;
}

type TextOf = (parameter: Readable) => (Found & { from: string }) | { text: string; from: string } | undefined;

function textsOf(delivery: Delivery, { environment, words, fileText }: Told): TextOf {
  switch (delivery.as) {
    case 'variables':
      return (parameter) => {
        const key = keyIn(delivery, parameter);
        const text = environment.get(key);
        return text === undefined ? undefined : { text, from: key };
      };
    case 'options': {
      const found = readOptions(delivery, environment.get(delivery.variable) ?? '');
      return ({ name }) => {
        const text = found.get(name);
        return text === undefined ? undefined : { text, from: delivery.variable };
      };
    }
    case 'flags': {
      const found = readFlags(delivery, words);
      return (parameter) => {
        const key = keyIn(delivery, parameter);
        const text = found.get(key);
        return text === undefined
          ? undefined
          : {
              text,
              from: delivery.each
                .join(' ')
                .replace('{key}', key)
                .replace(/[ =]?\{value\}.*/, ''),
            };
      };
    }
    case 'file': {
      const { name, path, format } = delivery;
      const text = fileText?.(name, path);
      const found = text === undefined ? new Map<string, Found>() : readFormat(format, text);
      return (parameter) => {
        const key = keyIn(delivery, parameter);
        const read = found.get(format.as === 'keyvalue' && format.dashes === 'alike' ? key.replaceAll('-', '_') : key);
        return read && { ...read, from: path ?? name };
      };
    }
  }
}

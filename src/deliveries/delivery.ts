/** How values reach a program, as a policy says it. */
import type { FileFormat } from '../formats/kinds.ts';
import { fill } from '../formats/template.ts';

/**
 * One way. A policy has a list, and order is precedence: the last one that carries a value counts. A value is a
 * parameter or a setting, by its name.
 */
export type Delivery = VariablesDelivery | OptionsDelivery | FlagsDelivery | FileDelivery;

interface Carrier {
  /** Names of the values that it carries; absent: all. */
  only?: readonly string[] | undefined;
  /** What it calls them, where that is not their key: paths in a file. */
  keys: Readonly<Record<string, string>>;
}

/** Each value in an environment variable of its key. */
export interface VariablesDelivery extends Carrier {
  as: 'variables';
}

/** Options inside one environment variable: `JAVA_TOOL_OPTIONS`. */
export interface OptionsDelivery {
  as: 'options';
  variable: string;
  /** In their order: `-Xmx{heap}m`. One without a place is a constant. */
  options: readonly string[];
}

/** Arguments of the command. */
export interface FlagsDelivery extends Carrier {
  as: 'flags';
  /** The first words of the command: `postgres`. Empty where the image starts the program. */
  program: readonly string[];
  /** Arguments for one value: `-c`, `{key}={value}`. */
  each: readonly string[];
  /** Where the program has arguments of its own: behind them, or before. */
  at: 'end' | 'start';
}

/** A configuration file of the program's own. */
export interface FileDelivery extends Carrier {
  as: 'file';
  name: string;
  format: FileFormat;
  /** Where containers find it; absent where only a unit of a distribution, or an argument, names it. */
  path?: string;
  /** First words of the command, as for flags. */
  program: readonly string[];
  /** Arguments that point the program at it; `{path}` is replaced. */
  arguments: readonly string[];
}

/** Whether a delivery carries a value. */
export function carries(delivery: Delivery, name: string): boolean {
  if (delivery.as === 'options') return delivery.options.some((option) => option.includes(`{${name}}`));
  return delivery.only === undefined || delivery.only.includes(name);
}

/**
 * The delivery that counts for a value.
 * @param usable which ones there are where the program runs: a unit that a distribution ships has no flags of ours
 */
export function deliveryOf(
  deliveries: readonly Delivery[],
  name: string,
  usable: (delivery: Delivery) => boolean = inCommand,
): Delivery | undefined {
  return deliveries.findLast((delivery) => usable(delivery) && carries(delivery, name));
}

/** What can be used where the command is ours: a file only where a container finds it, or where an argument names it. */
export function inCommand(delivery: Delivery): boolean {
  return delivery.as !== 'file' || delivery.path !== undefined;
}

/** What can be used under a unit that a distribution ships: everything but its command. */
export function inUnit({ as }: Delivery): boolean {
  return as !== 'flags';
}

/** The first words of the command that starts the program; empty where the image knows. */
export function programOf(deliveries: readonly Delivery[]): readonly string[] {
  const named = deliveries.flatMap((one) =>
    (one.as === 'flags' || one.as === 'file') && one.program.length > 0 ? [one.program] : [],
  );
  return named.at(-1) ?? [];
}

/** Whether any value reaches the program by its environment. */
export function readsVariables(deliveries: readonly Delivery[]): boolean {
  return deliveries.some(({ as }) => as === 'variables' || as === 'options');
}

/** What a delivery calls a value. */
export function keyIn(delivery: Delivery, { name, key }: { name: string; key: string }): string {
  return delivery.as !== 'options' && Object.hasOwn(delivery.keys, name) ? delivery.keys[name]! : key;
}

/**
 * The variable that pins a parameter where an environment is read: the one that the program reads, or the name in formulas.
 */
export function variableOf(deliveries: readonly Delivery[], parameter: { name: string; key: string }): string {
  const delivery = deliveryOf(deliveries, parameter.name);
  return delivery?.as === 'variables' ? keyIn(delivery, parameter) : parameter.name;
}

/**
 * The arguments that point the program at its file.
 * @param path where it lies. @default where containers find it
 */
export function fileArguments({ arguments: words, name, path: own = name }: FileDelivery, path = own): string[] {
  return words.map((word) => fill(word, { path }));
}

/** Options that several commands share. */
import { type Command, Option } from 'commander';
import { fail } from '../errors/errors.ts';
import { platformNames } from '../platforms/index.ts';
import { flagOf, OPTION_ROWS, type OptionRow, type PlanOptions } from '../requests/options.ts';
import type { Io } from './io.ts';

/** As commander hands them over. */
export type SharedFlags = Omit<PlanOptions, 'profiles' | 'machines' | 'environment'> & {
  profile?: readonly string[];
  envOverrides?: boolean;
};

/** What each example does, and its line for a shell. */
export type Examples = readonly (readonly [does: string, line: string])[];

/** The end of a command's help. */
export function withExamples(command: Command, examples: Examples): Command {
  return command.addHelpText(
    'after',
    () => `\nExamples:\n${examples.map(([does, line]) => `  # ${does}\n  ${line}`).join('\n')}`,
  );
}

/** Repeatable; no default, because help would show an empty one. */
export const collect = (value: string, previous: string[] = []): string[] => [...previous, value];
/** Repeatable, and with commas. An empty name stays, so that it is refused as any other that there is none of. */
export const collectList = (value: string, previous: string[] = []): string[] => [...previous, ...value.split(',')];

/** Hardware, stack and overrides. */
export function withSharedOptions(command: Command): Command {
  return OPTION_ROWS.reduce(withOption, command);
}

/** Stack and overrides, for commands that find the hardware themselves. */
export function withStackOptions(command: Command): Command {
  return OPTION_ROWS.filter(([, { about }]) => about === 'stack').reduce(withOption, command);
}

function withOption(command: Command, [key, row]: (typeof OPTION_ROWS)[number]): Command {
  if (row.help === undefined) return command;
  const flag = flagOf(row.flag ?? key);
  const option = new Option(row.value === undefined ? flag : `${flag} <${row.value}>`, row.help);
  if (row.kind === 'list') option.argParser(row.commas ? collectList : collect);
  command.addOption(option);
  return row.unhelp === undefined ? command : command.option(flag.replace('--', '--no-'), row.unhelp);
}

export function platformOption(many: boolean): Option {
  const names = `${platformNames.join(', ')}, or ./nodes.yaml`;
  if (!many) return new Option('--platform <name>', `where it runs: ${names}`).default('host');
  return new Option(
    '--platform <name>',
    `where it runs: ${names}; repeatable (default: host and kubernetes)`,
  ).argParser(collect);
}

export function formatOption(...formats: string[]): Option {
  return new Option('--format <format>', 'how to print').choices(formats).default(formats[0]);
}

/**
 * A file or folder to write, as it stands before the paths below it.
 * @throws USAGE for an empty name, which a shell makes of an unset variable
 */
export function outputName(text: string): string {
  if (text === '') fail('USAGE', '--output', 'expected a name, or - for stdout, got ""');
  return text.replace(/(?<=.)\/+$/, '');
}

/** @param about which of the options. @default all of them */
export function planOptionsOf(flags: SharedFlags, io: Io, about?: OptionRow['about']): PlanOptions {
  return Object.fromEntries(
    OPTION_ROWS.flatMap(([key, { flag = key, kind, about: of }]) => {
      const value = (flags as Readonly<Record<string, unknown>>)[flag];
      if (value === undefined || (about !== undefined && of !== about)) return [];
      return [[key, kind === 'variables' ? io.env : value]];
    }),
  );
}

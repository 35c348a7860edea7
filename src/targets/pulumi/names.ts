/** Names in a project: of its stacks, its configuration and the files that it carries. */
import { variantName } from '../spanning.ts';
import type { Asked, RenderInput } from '../target.ts';

/** What the program reads from a stack's configuration: the name of one of the plans. */
export const CONFIG_KEY = 'plan';
/** What to plan for, by name. */
export const PLANS = 'plans.json';
/** Holds the user's own files. */
export const INPUTS = 'inputs';

/** A stack of Pulumi for each profile; `+`, which the names of Pulumi cannot have, is a dot. */
export function pulumiStack(input: RenderInput, inputs: readonly RenderInput[]): string {
  return variantName(input, inputs).replaceAll('+', '.');
}

/** @see https://www.pulumi.com/docs/iac/concepts/stacks/#stack-naming */
export const LEGAL_STACK = /^[A-Za-z0-9_.-]{1,100}$/;

export function configFile(stack: string): string {
  return `Pulumi.${stack}.yaml`;
}

/** Where the project carries a user's file: below `INPUTS`, in the same place as below the working directory. */
export function carriedPath(path: string): string {
  let levels = 0;
  const parts: string[] = [];
  for (const part of path.split('/').filter((one) => one !== '' && one !== '.')) {
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) levels += 1;
  }
  const outside = path.startsWith('/') ? ['outside', 'root'] : levels > 0 ? ['outside', `${levels}`] : [];
  return [...outside, ...parts].join('/');
}

/** The options as the project's own: files are where it carries them. */
export function carriedOptions({ options, files }: Asked): Record<string, string | readonly string[]> {
  if (files.length === 0) return { ...options };
  const known = new Set(files.map(({ path }) => carriedPath(path)));
  const text = (value: string): string => {
    const [, place = '', path = value] = /^([a-z][a-z0-9,-]*=)?(.*)$/s.exec(value)!;
    const carried = carriedPath(path);
    return known.has(carried) ? `${place}./${carried}` : value;
  };
  const carried = Object.entries(options).map(([name, value]) => [
    name,
    !FILE_OPTIONS.includes(name) ? value : typeof value === 'string' ? text(value) : value.map(text),
  ]);
  return { ...Object.fromEntries(carried), cwd: INPUTS };
}

/** Those that may name a file. */
const FILE_OPTIONS = ['profile', 'platform', 'stack', 'overrides'];

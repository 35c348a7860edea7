/** What a pipeline shows beside a line of a file: findings, errors and files that a synth would change. */
import type { Finding, Problem } from '../../errors/errors.ts';
import { FINDINGS } from '../../errors/findings.ts';
import type { FileChange } from '../../files/output.ts';

export interface Annotation {
  code: string;
  level: Finding['level'];
  /** May go on over further lines. */
  text: string;
  /** What it is about: `api`, `constraints.0`, `--profile`. Empty for a file as a whole. */
  path: string;
  /** Absent where it is about no file: an option, a running system. */
  file?: string;
  line?: number;
}

/** @param place the file that it is about, with its line: `stack.yaml:12` */
export function findingAnnotation({ code, level, path, message, why }: Finding, place?: string): Annotation {
  return { code, level, path, text: why === undefined ? message : `${message}\n${why}`, ...placeOf(place) };
}

export function problemAnnotation({ code, path, message, file }: Problem): Annotation {
  return { code, level: 'error', path, text: message, ...placeOf(file) };
}

function placeOf(text: string | undefined): Pick<Annotation, 'file' | 'line'> {
  if (text === undefined) return {};
  const [, file, line] = /^(.*?)(?::(\d+))?$/s.exec(text) as unknown as [string, string, string | undefined];
  return line === undefined ? { file } : { file, line: Number(line) };
}

/**
 * A file that a synth would write otherwise, at the first line that differs; nothing for one that stays.
 * @param output the folder that the file is below
 */
export function changeAnnotation({ path, state, before, after }: FileChange, output: string): Annotation[] {
  if (state === 'unchanged') return [];
  const file = `${output}/${path}`;
  const differs = before !== undefined && after !== undefined && before !== after;
  const at = differs ? firstDifference(before, after) : undefined;
  const found = before === undefined ? 'expected a file, got none' : (at?.text ?? whatElse(after));
  const place = { path: '', file, ...(at && { line: at.line }) };
  if (state === 'conflict') {
    const text = `${found}; changed by hand, so that a synth needs --force`;
    return [{ code: 'WRITE_CONFLICT', level: 'error', text, ...place }];
  }
  const code = `FILE_${state.toUpperCase() as Uppercase<typeof state>}` as const;
  return [{ code, level: FINDINGS[code].level, text: `${found}; a synth would change it`, ...place }];
}

function whatElse(after: string | undefined): string {
  return after === undefined
    ? 'expected no file, got one'
    : 'expected a file that can be executed, got one that cannot';
}

function firstDifference(before: string, after: string): { line: number; text: string } {
  const [found, expected] = [before.split('\n'), after.split('\n')];
  const index = found.findIndex((line, at) => line !== expected[at]);
  const at = index < 0 ? found.length : index;
  const show = (line: string | undefined) => (line === undefined ? 'the end of the file' : `"${line}"`);
  return { line: Math.min(at + 1, found.length), text: `expected ${show(expected[at])}, got ${show(found[at])}` };
}

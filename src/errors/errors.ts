import type { ErrorCode } from './codes.ts';

/** One thing that is wrong with the input, in the form that is printed. */
export interface Problem {
  code: ErrorCode;
  /** Path into the input (`parameters.ONNX_POOL_SIZE.cost`), or the option's name (`--memory`). */
  path: string;
  /** `expected <rule with unit>, got <value>; <what to change>`. May go on over further lines (a ledger, a caret). */
  message: string;
  /** The file, with its line where it is known: `policies/redis.yaml:12`. */
  file?: string;
}

/**
 * The one error that bad input causes. Independent problems are collected and thrown together;
 * `code` and `path` are the first problem's.
 */
export class SizewrightError extends Error {
  readonly code: ErrorCode;
  readonly path: string;
  readonly problems: readonly Problem[];

  constructor(problems: Problem | readonly Problem[], options?: { cause?: unknown }) {
    const list = 'code' in problems ? [problems] : problems;
    const first = list[0];
    if (first === undefined) throw new TypeError('a SizewrightError needs a problem');
    super(list.map(formatProblem).join('\n'), options);
    this.name = 'SizewrightError';
    this.code = first.code;
    this.path = first.path;
    this.problems = list;
  }
}

/** `<file>:<line>: <path>: <message>`; parts that are not known are left out. */
export function formatProblem(problem: Problem): string {
  return [problem.file, problem.path, problem.message].filter((part) => part !== undefined && part !== '').join(': ');
}

/** Throws the one-problem error; an expression, so that it fits behind `??`. */
export function fail(
  code: ErrorCode,
  path: string,
  message: string,
  { file, ...options }: { cause?: unknown; file?: string } = {},
): never {
  throw new SizewrightError({ code, path, message, ...(file !== undefined && { file }) }, options);
}

/** Runs independent steps, collects the problems of all and throws them once. */
export function collectProblems<T>(steps: Iterable<() => T>): T[] {
  const results: T[] = [];
  const problems: Problem[] = [];
  for (const step of steps) {
    try {
      results.push(step());
    } catch (error) {
      if (!(error instanceof SizewrightError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new SizewrightError(problems);
  return results;
}

/** Something worth knowing about a result that is valid all the same, or, at level `error`, what forbids writing it. */
export interface Finding {
  code: string;
  /** `advice` never changes a value. */
  level: 'error' | 'warning' | 'advice';
  path: string;
  message: string;
  why?: string;
  source?: string;
}

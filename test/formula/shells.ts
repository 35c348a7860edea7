/** Random formulas as one shell script, with what `evaluate` makes of them; for any shell. */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { evaluate } from '../../src/formula/evaluate.ts';
import { parseFormula } from '../../src/formula/parse.ts';
import { proveSafe, type Range } from '../../src/formula/range.ts';
import { shAssignments, shName } from '../../src/formula/sh.ts';
import { problemsOf } from '../samples.ts';
import { arbitraryExpression, textOf } from './random.ts';

const RANGES: Record<string, Range> = {
  memoryMiB: { lo: 1, hi: 33_554_432 },
  A: { lo: 0, hi: 10 },
  B: { lo: 1, hi: 5 },
  N: { lo: -3, hi: 4 },
};
const NAMES = Object.keys(RANGES);

interface ShellCases {
  /** Prints a value a line. */
  script: string;
  expected: string[];
  /** The formula and its inputs, for messages. */
  said: string[];
}

/** @param count safe formulas; those that cannot be proved safe are passed over */
export function shellCases(seed: number, count: number): ShellCases {
  const cases: ShellCases = { script: 'set -eu\n', expected: [], said: [] };
  const scopes = fc.record(
    Object.fromEntries(NAMES.map((name) => [name, fc.integer({ min: RANGES[name]!.lo, max: RANGES[name]!.hi })])),
  );
  const trees = fc.sample(fc.tuple(arbitraryExpression(NAMES), scopes), { seed, numRuns: count * 4 });
  for (const [tree, scope] of trees) {
    if (cases.expected.length === count) break;
    const formula = parseFormula(textOf(tree), new Set(NAMES), '');
    if (problemsOf(() => proveSafe(formula, RANGES, '')).length > 0) continue;
    const inputs = NAMES.map((name) => `${shName(name)}=${scope[name]}`);
    cases.script += [...inputs, ...shAssignments('_sw_x', formula.expr), 'echo "$_sw_x"', ''].join('\n');
    cases.expected.push(`${evaluate(formula.expr, scope)}`);
    cases.said.push(`${formula.text} with ${JSON.stringify(scope)}`);
  }
  return cases;
}

/** What a shell prints of a script that it reads on standard input, line by line. */
export function linesOf(shell: readonly string[], script: string): string[] {
  const [command, ...args] = shell;
  const { stdout, stderr, status } = spawnSync(command!, args, {
    input: script,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    env: { PATH: process.env.PATH },
  });
  if (status !== 0 || stderr !== '')
    throw new Error(`${shell.join(' ')} exited with ${status}: ${stderr.slice(0, 2000)}`);
  return stdout.split('\n').slice(0, -1);
}

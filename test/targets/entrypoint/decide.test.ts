import { expect, it } from 'vitest';
import { linesOf } from '../../formula/shells.ts';
import { decisionCases, inOrder } from './cases.ts';

it('decides what the planner decides', () => {
  const { script, expected, said } = decisionCases(20_261_123, 2000);
  const lines = linesOf(['/bin/sh'], script).map(inOrder);
  const differing = lines.flatMap((line, index) =>
    line === expected[index] ? [] : [{ case: said[index], shell: line, planner: expected[index] }],
  );
  expect(differing).toEqual([]);
  expect(lines.length).toBe(2000);
  // Enough of each kind to mean something.
  const count = (sign: string) => expected.filter((line) => line.includes(sign)).length;
  for (const sign of ['BUDGET_EXCEEDED', 'BOUND_CONFLICT', 'PIN_INVALID', 'QUANTITY_SYNTAX', 'USAGE', '='])
    expect(count(sign)).toBeGreaterThan(10);
}, 60_000);

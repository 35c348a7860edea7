import { describe, expect, it } from 'vitest';
import { parseFormula } from '../../src/formula/parse.ts';
import { shAssignments } from '../../src/formula/sh.ts';
import { linesOf, shellCases } from './shells.ts';

const linesFor = (text: string) =>
  shAssignments('x', parseFormula(text, new Set(['cores', 'memoryMiB', 'POOL']), '').expr);

describe('assignments', () => {
  it.each([
    { text: '4', lines: ['x=4'] },
    { text: 'cores * 2', lines: ['x=$((_sw_v_cores * 2))'] },
    { text: '(cores + 1) * (POOL - 1)', lines: ['x=$(((_sw_v_cores + 1) * (_sw_v_POOL - 1)))'] },
    { text: '-5', lines: ['x=$((0 - 5))'] },
    { text: 'min(cores, 8)', lines: ['x=$((_sw_v_cores < 8 ? _sw_v_cores : 8))'] },
    { text: 'max(cores, 8)', lines: ['x=$((_sw_v_cores > 8 ? _sw_v_cores : 8))'] },
    { text: 'ceilDiv(cores, 8)', lines: ['x=$(((_sw_v_cores + 8 - 1) / 8))'] },
    {
      text: 'min(cores * 3, memoryMiB / 500)',
      lines: ['_sw_1=$((_sw_v_cores * 3))', '_sw_2=$((_sw_v_memoryMiB / 500))', 'x=$((_sw_1 < _sw_2 ? _sw_1 : _sw_2))'],
    },
    {
      text: 'clamp(POOL, 1, 8)',
      lines: ['_sw_1=$((_sw_v_POOL > 1 ? _sw_v_POOL : 1))', 'x=$((_sw_1 < 8 ? _sw_1 : 8))'],
    },
    { text: '!(cores > 8) ? 1 : 2', lines: ['x=$((((_sw_v_cores > 8) == 0) ? 1 : 2))'] },
  ])('$text', ({ text, lines }) => {
    expect(linesFor(text)).toEqual(lines);
  });

  it('grow with the formula, not with its nesting', () => {
    const nested = (depth: number): string => (depth === 0 ? 'cores' : `min(${nested(depth - 1)} + 1, POOL)`);
    expect(linesFor(nested(40)).join('\n').length).toBeLessThan(40 * 80);
  });
});

it("this machine's sh computes what the planner computes", () => {
  const { script, expected, said } = shellCases(20_261_123, 1500);
  const lines = linesOf(['/bin/sh'], script);
  const got = lines.map((line, index) => `${said[index]}: ${line}`);
  expect(got).toEqual(expected.map((value, index) => `${said[index]}: ${value}`));
  expect(got.length).toBe(1500);
});

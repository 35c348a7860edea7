import { expect, it } from 'vitest';
import { toGoTemplate } from '../../src/formula/go-template.ts';
import { parseFormula } from '../../src/formula/parse.ts';

it.each([
  ['7', '7'],
  ['a', '$a'],
  ['a + 2 * b', '(add $a (mul 2 $b))'],
  ['a - b / 3 % 2', '(sub $a (mod (div $b 3) 2))'],
  ['min(a, max(b, 1))', '(min $a (max $b 1))'],
  ['ceilDiv(a, 1024)', '(div (add $a (sub 1024 1)) 1024)'],
  ['a < 4 ? 1 : b', '(ternary 1 $b (lt $a 4))'],
  ['!(a <= b) || a > 1 && a != b ? 1 : 0', '(ternary 1 0 (or (not (le $a $b)) (and (gt $a 1) (ne $a $b))))'],
  ['a >= 1 && a == b ? a : b', '(ternary $a $b (and (ge $a 1) (eq $a $b)))'],
])('%s is %s', (text, template) => {
  const { expr } = parseFormula(text, new Set(['a', 'b']), 'formula');
  expect(toGoTemplate(expr, (name) => `$${name}`)).toBe(template);
});

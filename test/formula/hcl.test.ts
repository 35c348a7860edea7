// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is HCL
import { describe, expect, it } from 'vitest';
import { hclExpression, hclString } from '../../src/formula/hcl.ts';
import { parseFormula } from '../../src/formula/parse.ts';

const NAMES = new Set(['a', 'b', 'c', 'api.POOL']);
const write = (text: string) => hclExpression(parseFormula(text, NAMES, '').expr, (name) => `local.${name}`);

describe('an expression', () => {
  it.each([
    { text: '5', is: '5' },
    { text: 'a', is: 'local.a' },
    { text: 'api.POOL + 8', is: 'local.api.POOL + 8' },
    { text: '-a', is: '0 - local.a' },
    { text: 'a / b', is: 'floor(local.a / local.b)', desc: 'Terraform divides to a fraction' },
    { text: 'a * 3 / 4', is: 'floor(local.a * 3 / 4)' },
    { text: 'a / b / c', is: 'floor(floor(local.a / local.b) / local.c)' },
    { text: 'a / (b * c)', is: 'floor(local.a / (local.b * local.c))' },
    { text: '(a + b) / c', is: 'floor((local.a + local.b) / local.c)' },
    { text: 'a / b * c', is: 'floor(local.a / local.b) * local.c' },
    { text: 'a % b % c', is: 'local.a % local.b % local.c' },
    { text: 'a % (b % c)', is: 'local.a % (local.b % local.c)' },
    { text: 'a - b - c', is: 'local.a - local.b - local.c' },
    { text: 'a - (b - c)', is: 'local.a - (local.b - local.c)' },
    { text: '(a + b) * c', is: '(local.a + local.b) * local.c' },
    { text: 'a + b * c', is: 'local.a + local.b * local.c' },
    { text: 'ceilDiv(a + 1, b)', is: 'ceil((local.a + 1) / local.b)' },
    { text: 'ceilDiv(a * 2, b * c)', is: 'ceil(local.a * 2 / (local.b * local.c))' },
    { text: 'min(a, b + 1)', is: 'min(local.a, local.b + 1)' },
    { text: 'clamp(a, 1, 8)', is: 'min(max(local.a, 1), 8)' },
    { text: 'a < b ? 1 : 2', is: 'local.a < local.b ? 1 : 2' },
    { text: 'a < b ? 1 : a < c ? 2 : 3', is: 'local.a < local.b ? 1 : local.a < local.c ? 2 : 3' },
    { text: 'a < b ? (a < c ? 1 : 2) : 3', is: 'local.a < local.b ? (local.a < local.c ? 1 : 2) : 3' },
    { text: '(a < b ? 1 : 2) * 3', is: '(local.a < local.b ? 1 : 2) * 3' },
    { text: 'min(a < b ? 1 : 2, 3)', is: 'min(local.a < local.b ? 1 : 2, 3)' },
    {
      text: '(a < 1 || b < 1) && !(c < 1) ? 1 : 2',
      is: '(local.a < 1 || local.b < 1) && !(local.c < 1) ? 1 : 2',
    },
    { text: 'a < 1 || b < 1 && c < 1 ? 1 : 2', is: 'local.a < 1 || local.b < 1 && local.c < 1 ? 1 : 2' },
    { text: 'a == b && a != c ? 1 : 2', is: 'local.a == local.b && local.a != local.c ? 1 : 2' },
  ])('$text', ({ text, is }) => {
    expect(write(text)).toBe(is);
  });
});

describe('a string', () => {
  it.each([
    { text: 'plain', is: '"plain"' },
    { text: 'a "b" \\ c\n\t', is: '"a \\"b\\" \\\\ c\\n\\t"' },
    { text: '${path.root}', is: '"$${path.root}"' },
    { text: '%{ if true }', is: '"%%{ if true }"' },
    { text: '$${x}', is: '"$$${x}"', desc: 'one more dollar, which Terraform takes off' },
    { text: '$ % {}', is: '"$ % {}"', desc: 'no sequence' },
    { text: '\b\f\\b', is: '"\\u0008\\u000c\\\\b"', desc: 'HCL has no \\b and \\f' },
  ])('$text', ({ text, is }) => {
    expect(hclString(text)).toBe(is);
  });
});

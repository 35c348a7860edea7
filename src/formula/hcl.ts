/**
 * A formula as an HCL expression. Terraform's numbers are floats of 512 bits, so integers are exact and `/` is not a
 * division of integers: quotients are rounded here. Booleans stay booleans, as `Expr` never mixes them with numbers.
 */
import type { Syntax } from '../deliveries/syntax.ts';
import type { BinaryOperator, Expr } from './expr.ts';

/**
 * The HCL expression that has the value of a formula for which `proveSafe` holds.
 * @param nameOf the expression of a name: a reference such as `local.cores`, or anything in parentheses
 */
export function hclExpression(expr: Expr, nameOf: (name: string) => string): string {
  const write = (node: Expr, needed: number): string => {
    const tight = (strength: number, text: string) => (strength < needed ? `(${text})` : text);
    switch (node.op) {
      case 'int':
        return `${node.value}`;
      case 'ref':
        return nameOf(node.name);
      case 'not':
        return `!${write(node.arg, TIGHTEST)}`;
      case 'if':
        return tight(LOOSEST, `${write(node.test, 1)} ? ${write(node.yes, 1)} : ${write(node.no, LOOSEST)}`);
      case 'fn': {
        if (node.fn !== 'ceilDiv') return `${node.fn}(${write(node.left, LOOSEST)}, ${write(node.right, LOOSEST)})`;
        return `ceil(${write(node.left, STRENGTH['/'])} / ${write(node.right, TIGHTEST)})`;
      }
      case 'bin': {
        const strength = STRENGTH[node.bin];
        const text = `${write(node.left, strength)} ${node.bin} ${write(node.right, strength + 1)}`;
        return node.bin === '/' ? `floor(${text})` : tight(strength, text);
      }
    }
  };
  return write(expr, LOOSEST);
}

/** How tightly an operator binds; all of them from the left. @see https://developer.hashicorp.com/terraform/language/expressions/operators */
const STRENGTH: Readonly<Record<BinaryOperator, number>> = {
  '||': 1,
  '&&': 2,
  '==': 3,
  '!=': 3,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
};
const LOOSEST = 0;
const TIGHTEST = 7;

/** A string of HCL: what would be a template sequence or an escape in it is itself. */
export function hclString(text: string): string {
  return JSON.stringify(text)
    .replace(/\\(.)/g, (whole, letter: string) => CONTROLS[letter] ?? whole)
    .replace(/[$%](?=\{)/g, '$&$&');
}

/** Escapes of JSON that HCL does not have. */
const CONTROLS: Readonly<Record<string, string>> = { b: '\\u0008', f: '\\u000c' };

/** A value as its program writes it, as an expression that is a string. */
export function hclText(value: string, { kind, times, suffix, words }: Syntax): string {
  const scaled = times === 1 ? value : `${value} * ${times}`;
  const behind = hclString(suffix.replaceAll('%', '%%')).slice(1, -1);
  if (kind === 'words') return `[${words.map(hclString).join(', ')}][${value}]`;
  if (kind === 'thousandths') return `format("%d.%03d${behind}", floor(${value} / 1000), ${value} % 1000)`;
  if (kind === 'hexadecimal') return `format("%x${behind}", ${scaled})`;
  if (suffix === '') return `tostring(${scaled})`;
  return `"\${${scaled}}${hclString(suffix).slice(1)}`;
}

/**
 * Formulas as POSIX shell arithmetic that dash, busybox ash and bash compute alike. 64 bits hold every intermediate,
 * because `proveSafe` keeps them within ±(2^53 − 1); it looks at both branches of `?:`, which busybox ash computes both.
 */
import type { Syntax } from '../deliveries/syntax.ts';
import type { Expr } from './expr.ts';

/** The variable that holds an input or a parameter. */
export function shName(name: string): string {
  return `_sw_v_${name}`;
}

/**
 * Assignments, a line each, after which the variable `target` holds the value of the formula. `_sw_1`, `_sw_2` … are
 * overwritten: what is read twice is computed once, so that the text does not grow with its nesting.
 * @param expr without members, which only the rules of a stack have
 */
export function shAssignments(target: string, expr: Expr): string[] {
  const lines: string[] = [];
  const isAtom = (node: Expr): boolean => node.op === 'int' || node.op === 'ref';
  const operand = (node: Expr): string => (isAtom(node) ? text(node) : `(${text(node)})`);
  /** An operand that can be read again at no cost. */
  const atom = (node: Expr): string => {
    if (isAtom(node)) return text(node);
    const value = text(node);
    const variable = `_sw_${lines.length + 1}`;
    lines.push(`${variable}=$((${value}))`);
    return variable;
  };
  const text = (node: Expr): string => {
    switch (node.op) {
      case 'int':
        return `${node.value}`;
      case 'ref':
        return shName(node.name);
      case 'not':
        return `${operand(node.arg)} == 0`;
      case 'if':
        return `${operand(node.test)} ? ${operand(node.yes)} : ${operand(node.no)}`;
      case 'bin':
        return `${operand(node.left)} ${node.bin} ${operand(node.right)}`;
      case 'fn': {
        const [left, right] = [atom(node.left), atom(node.right)];
        if (node.fn === 'ceilDiv') return `(${left} + ${right} - 1) / ${right}`;
        return `${left} ${node.fn === 'min' ? '<' : '>'} ${right} ? ${left} : ${right}`;
      }
    }
  };
  const value = text(expr); // before its own line stand those of its operands
  lines.push(expr.op === 'int' ? `${target}=${value}` : `${target}=$((${value}))`);
  return lines;
}

/**
 * A value as its program writes it, as part of a word of the shell.
 * @param quote a text as a word of the shell
 */
export function shText(name: string, { kind, times, suffix, words }: Syntax, quote: (text: string) => string): string {
  const value = shName(name);
  const behind = suffix === '' ? '' : quote(suffix);
  if (kind === 'words') {
    const cases = words.map((word, index) => `(${index}) printf %s ${quote(word)} ;;`);
    return `"$(case $${value} in ${cases.join(' ')} esac)"`;
  }
  const scaled = times === 1 ? value : `${value} * ${times}`;
  if (kind === 'hexadecimal') return `"$(printf %x $((${scaled})))"${behind}`;
  if (kind === 'thousandths') return `"$((${value} / 1000)).$(printf %03d $((${value} % 1000)))"${behind}`;
  return times === 1 ? `"$${value}"${behind}` : `"$((${scaled}))"${behind}`;
}

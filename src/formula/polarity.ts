/** Does a formula grow, shrink or stay when one name grows? What makes bisection find the greatest value that fits. */
import { type Expr, namesIn } from './expr.ts';

/** −1 never grows, 0 does not depend, 1 never shrinks, undefined: cannot be shown. */
export type Polarity = -1 | 0 | 1 | undefined;

/**
 * The polarity of `expr` in a name.
 * @param polarities each name's own polarity in that name (1 for itself; a parameter's that depends on it); 0 where absent
 * @param nonNegative whether an operand of `*` can be shown never to be negative
 */
export function polarityOf(
  expr: Expr,
  polarities: ReadonlyMap<string, Polarity>,
  nonNegative: (expr: Expr) => boolean,
): Polarity {
  const visit = (node: Expr): Polarity => {
    switch (node.op) {
      case 'int':
        return 0;
      case 'ref':
        return polarities.has(node.name) ? polarities.get(node.name) : 0;
      case 'not':
        return depends(node.arg) ? undefined : 0;
      case 'if':
        return depends(node.test) ? undefined : join(visit(node.yes), visit(node.no));
      case 'fn':
        return join(visit(node.left), node.fn === 'ceilDiv' ? flip(visit(node.right)) : visit(node.right));
      case 'bin': {
        if (!depends(node)) return 0;
        const [left, right] = [visit(node.left), visit(node.right)];
        switch (node.bin) {
          case '+':
            return join(left, right);
          case '-':
          case '/':
            return join(left, flip(right));
          case '*':
            return nonNegative(node.left) && nonNegative(node.right) ? join(left, right) : undefined;
          default:
            return undefined;
        }
      }
    }
  };
  const depends = (node: Expr): boolean => [...namesIn(node)].some((name) => visit({ op: 'ref', name, at: 0 }) !== 0);
  return visit(expr);
}

function join(a: Polarity, b: Polarity): Polarity {
  if (a === 0) return b;
  if (b === 0 || a === b) return a;
  return undefined;
}

function flip(polarity: Polarity): Polarity {
  return polarity === undefined ? undefined : ((0 - polarity) as Polarity);
}

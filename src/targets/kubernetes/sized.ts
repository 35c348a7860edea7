/** Marks what an object says because of the hardware: overlays and charts read the marks instead of guessing. */
import { mapMembers } from '../../formats/yaml.ts';
import { evaluate } from '../../formula/evaluate.ts';
import type { Expr, FunctionName } from '../../formula/expr.ts';
import type { ServicePlan } from '../../plan/plan.ts';

/** A member of an object that comes from the hardware, in place of its value. */
export class Sized<T = unknown> {
  /** What is written; undefined where the member is left out because of the hardware. */
  readonly value: T;
  /** How it follows from figures of the plan; undefined where it is a limit or carries parameters, which a chart has itself. */
  readonly expr: Expr | undefined;

  constructor(value: T, expr?: Expr) {
    this.value = value;
    this.expr = expr;
  }
}

/** What is decided of a service beside its limits and parameters. */
type Figure = 'startupSeconds' | 'sharedMemoryMiB';
type Operand = Figure | number | Expr;

/** A limit, or what carries parameters. */
export function sized<T>(value: T): Sized<T> {
  return new Sized(value);
}

/** A number that follows from a figure of the plan, so that a chart computes it again from what is set. */
export function sizedBy(formula: Operand, plan: ServicePlan): Sized<number>;
export function sizedBy(formula: Operand, plan: ServicePlan, write: (value: number) => string): Sized<string>;
export function sizedBy(formula: Operand, plan: ServicePlan, write?: (value: number) => string): Sized {
  const { startupSeconds, sharedMemoryMiB } = plan;
  const expr = expressionOf(formula);
  const value = evaluate(expr, { startupSeconds, ...(sharedMemoryMiB !== undefined && { sharedMemoryMiB }) });
  return new Sized(write ? write(value) : value, expr);
}

/** A formula that is written here rather than in a policy, and so needs no parser. */
export function call(fn: FunctionName, left: Operand, right: Operand): Expr {
  return { op: 'fn', fn, left: expressionOf(left), right: expressionOf(right), at: 0 };
}

export function sum(left: Operand, right: Operand): Expr {
  return { op: 'bin', bin: '+', left: expressionOf(left), right: expressionOf(right), at: 0 };
}

function expressionOf(operand: Operand): Expr {
  if (typeof operand === 'number') return { op: 'int', value: operand, at: 0 };
  return typeof operand === 'string' ? { op: 'ref', name: operand, at: 0 } : operand;
}

/** Whether a value or anything in it comes from the hardware. */
export function isSized(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return value instanceof Sized || Object.values(value).some(isSized);
}

/** The same object without marks. */
export function withoutMarks<T extends object>(object: T): T {
  return mapMembers(object, (_, member) => (member instanceof Sized ? member.value : member)) as T;
}

/** What a component is told: what to plan for, where every value may be one that Pulumi knows only later. */
import * as pulumi from '@pulumi/pulumi';
import type { PlanProps } from '../plan-for.ts';

/** A value, or one that is known later; so are the members of a list or an object. */
type Later<T> = T extends readonly (infer Item)[]
  ? pulumi.Input<readonly pulumi.Input<Item>[]>
  : T extends object
    ? pulumi.Input<{ readonly [Name in keyof T]: pulumi.Input<T[Name]> }>
    : pulumi.Input<T>;

/** What to plan for. Texts as on the command line. */
export type PlanArgs = { readonly [Name in keyof PlanProps]: Later<PlanProps[Name]> };

/** Whether a value is known only later. */
export function isLater(value: unknown): value is Promise<unknown> | pulumi.Output<unknown> {
  return value instanceof Promise || pulumi.Output.isInstance(value);
}

/** Whether nothing in a value has to be waited for. A resource is no value, and refers to others without end. */
export function isPlain<T>(value: T): value is Extract<T, unknown> {
  if (isLater(value)) return false;
  if (typeof value !== 'object' || value === null || pulumi.Resource.isInstance(value)) return true;
  return Object.values(value).every(isPlain);
}

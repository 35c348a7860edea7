/** The inputs of a policy, and what a user says of them. */
import { fail, type Problem } from '../errors/errors.ts';
import { unknownName } from '../errors/nearest.ts';
import { tryInteger } from '../units.ts';
import type { Policy, PolicyInput } from './policy.ts';
import type { PolicyFile } from './schema.ts';

/** The inputs; a default that cannot be is a problem. */
export function compileInputs(written: PolicyFile['inputs'], problems: Problem[]): PolicyInput[] {
  return Object.entries(written).map(([name, { source, ...input }]): PolicyInput => {
    const refuse = (field: string, message: string) =>
      problems.push({ code: 'POLICY_INVALID', path: `inputs.${name}.${field}`, message });
    const cited = source === undefined ? {} : { source };
    if ('choices' in input) {
      const { does, choices, why } = input;
      const place = choices.indexOf(input.default);
      if (place < 0) refuse('default', `expected one of its choices (${choices.join(', ')}), got ${input.default}`);
      if (new Set(choices).size < choices.length) refuse('choices', 'expected each word once');
      const range = { min: 0, max: choices.length - 1, default: Math.max(0, place) };
      return { name, does, unit: 'choice', choices, ...range, why, ...cited };
    }
    if (input.min > input.max || input.default < input.min || input.default > input.max)
      refuse('default', `expected min ≤ default ≤ max, got ${input.min}, ${input.default}, ${input.max}`);
    return { name, ...input, ...cited };
  });
}

/** The words of choices, by name. */
export function choicesOf(inputs: readonly PolicyInput[]): ReadonlyMap<string, readonly string[]> {
  return new Map(inputs.flatMap(({ name, choices }) => (choices ? [[name, choices] as const] : [])));
}

/** The value of an input where somebody says it. */
export interface GivenInput {
  value: number;
  /** `--with`, or the stack's file. */
  by: string;
}

/**
 * One input as a user gives it.
 * @throws OVERRIDE_INVALID for one that the policy does not have, or a value that it does not take
 */
export function inputValue(policy: Policy, name: string, text: string, path: string): number {
  const input = policy.inputs.find((one) => one.name === name);
  if (input === undefined) {
    const names = policy.inputs.map((one) => one.name);
    if (names.length === 0)
      return fail(
        'OVERRIDE_INVALID',
        path,
        `expected no inputs, which policy ${policy.name} has none of, got ${name}; leave it out`,
      );
    return fail('OVERRIDE_INVALID', path, unknownName(`an input of policy ${policy.name}`, name, names));
  }
  if (input.choices) {
    const place = input.choices.indexOf(text);
    return place < 0 ? fail('OVERRIDE_INVALID', path, unknownName('one of its choices', text, input.choices)) : place;
  }
  const value = tryInteger(text);
  if (value === undefined || value < input.min || value > input.max)
    return fail(
      'OVERRIDE_INVALID',
      path,
      `expected a whole number of ${input.unit} from ${input.min} to ${input.max}, got "${text}"`,
    );
  return value;
}

/** An input's value for people and files: `180`, `oltp`. */
export function inputText({ choices }: PolicyInput, value: number): string {
  return choices?.[value] ?? `${value}`;
}

/** Every input's value, as formulas read it. */
export function inputScope(policy: Policy, given: Readonly<Record<string, GivenInput>>): Record<string, number> {
  return Object.fromEntries(
    policy.inputs.map((input) => [
      input.name,
      Object.hasOwn(given, input.name) ? given[input.name]!.value : input.default,
    ]),
  );
}

/** Compiles the package's own data from its YAML: at build time, and in tests. */
import { compilePolicy } from '../policy/compile.ts';
import type { Policy } from '../policy/policy.ts';
import { policySchema } from '../policy/schema.ts';
import type { Family } from '../profile/family.ts';
import { familySchema } from '../profile/schema.ts';
import { compileStack } from '../stack/compile.ts';
import { stackSchema } from '../stack/schema.ts';
import type { Stack } from '../stack/stack.ts';
import { locateProblems, readDocument, type SourceDocument } from './document.ts';

/** A checked file with the lines of its key paths. */
export interface Compiled<T> {
  value: T;
  lineOf: SourceDocument<unknown>['lineOf'];
}

export function policyFromYaml(text: string, file: string): Compiled<Policy> {
  const document = readDocument(text, file, policySchema, 'POLICY_INVALID');
  return { value: locateProblems(file, document, () => compilePolicy(document.value)), lineOf: document.lineOf };
}

/** @param policies by name, those that the stack's services use */
export function stackFromYaml(
  text: string,
  file: string,
  policies: (names: readonly string[]) => Readonly<Record<string, Policy>>,
): Compiled<Stack> {
  const document = readDocument(text, file, stackSchema, 'STACK_INVALID');
  const names = [...new Set(Object.values(document.value.services).map((service) => service.policy))];
  return {
    value: locateProblems(file, document, () => compileStack(document.value, policies(names))),
    lineOf: document.lineOf,
  };
}

export function familyFromYaml(text: string, file: string): Compiled<Family> {
  const document = readDocument(text, file, familySchema, 'PROFILE_INVALID');
  return { value: document.value, lineOf: document.lineOf };
}

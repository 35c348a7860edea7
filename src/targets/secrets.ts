/** Secrets are references: what looks like the value of one in a file is an error. */
import type { Finding } from '../errors/errors.ts';
import { finding } from '../errors/findings.ts';
import type { RenderInput } from './target.ts';

/** `user:password@` in a URL. */
export const CREDENTIALS = /:\/\/[^\s/:@]*:[^\s/@]+@/;

/** Names of every secret of the stack's services and their policies. */
export function secretNames({ stack, policies }: RenderInput): Set<string> {
  return new Set(
    stack.services.flatMap(({ policy, deploy }) =>
      [...(policies[policy]?.secrets ?? []), ...(deploy?.secrets ?? [])].map(({ name }) => name),
    ),
  );
}

/** @param values what a file says, by the program's name for it */
export function secretFindings(
  secrets: ReadonlySet<string>,
  values: Iterable<readonly [string, string]>,
  path: string,
): Finding[] {
  const findings: Finding[] = [];
  for (const [key, value] of values) {
    if (secrets.has(key) || CREDENTIALS.test(value))
      findings.push(finding('SECRET_WRITTEN', `${path}: ${key}`, 'expected a reference to a secret, got a value'));
  }
  return findings;
}

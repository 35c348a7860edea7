/** What an account has to fill in. JSON takes no comments, so the README beside the files says what each one is. */
import { fail } from '../../errors/errors.ts';

/** Names as `envsubst` replaces them. */
export const PLACEHOLDERS = {
  AWS_REGION: 'the region, for the logs',
  EXECUTION_ROLE_ARN: 'a role with AmazonECSTaskExecutionRolePolicy that may read the secrets',
  SECRET_ARN: "the whole ARN of the service's secret, exported below",
  FILE_SYSTEM_ID: "an EFS file system for the service's data, exported below",
  ACCESS_POINT_ID: 'an access point of the service alone, exported below',
  SUBNET_A: 'a private subnet',
  SUBNET_B: 'one in another zone',
  SECURITY_GROUP: "the service's security group, exported below",
} as const;

export type Placeholder = keyof typeof PLACEHOLDERS;

export function placeholder(name: Placeholder): string {
  return `\${${name}}`;
}

const TAKEN = new RegExp(`\\$\\{?(${Object.keys(PLACEHOLDERS).join('|')})(?![A-Za-z0-9_])`);

/**
 * A text that filling in leaves as it is.
 * @throws OUTPUT_INVALID
 */
export function withoutPlaceholder(text: string, path: string): string {
  const found = TAKEN.exec(text)?.[1];
  if (found !== undefined)
    fail('OUTPUT_INVALID', path, `expected text without $${found}, which is filled in by that name, got "${text}"`);
  return text;
}

const WRITTEN = new RegExp(`\\$\\{(${Object.keys(PLACEHOLDERS).join('|')})\\}`);

/** A text in parts, each placeholder what `fill` makes of it. No other text has one: see `withoutPlaceholder`. */
export function filled<T>(text: string, fill: (name: Placeholder) => T): (string | T)[] {
  return text.split(WRITTEN).map((part, index) => (index % 2 === 1 ? fill(part as Placeholder) : part)); // every second
}

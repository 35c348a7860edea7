/** Terraform's resources as plain data, and the texts in them as Terraform's JSON syntax takes them. */
import { fail } from '../../errors/errors.ts';

export interface Resource {
  /** `kubernetes_deployment_v1` */
  type: string;
  /** Its own among the resources of all types. */
  name: string;
  /** Arguments by their names in the provider; a block is an object, a repeated one a list. */
  attributes: Attributes;
  /** Names of the resources that have to be there first. */
  dependsOn?: readonly string[];
  /** Arguments that somebody else changes. */
  ignoreChanges?: readonly string[];
  /** Terraform refuses to destroy it. */
  preventDestroy?: boolean;
}

export type Attributes = Record<string, Attribute>;
export type Attribute =
  | string
  | number
  | boolean
  | Reference
  | Given
  | Joined
  | Attribute[]
  | { [name: string]: Attribute };

/** An attribute of another resource, which is there first then. */
export class Reference {
  readonly resource: string;
  readonly attribute: string;

  constructor(resource: string, attribute: string) {
    this.resource = resource;
    this.attribute = attribute;
  }
}

/** What the user gives, for the program to evaluate: of cdktf a token as often as a text, of Pulumi an output. */
export class Given {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** A text of parts, some of which the user gives. */
export class Joined {
  readonly parts: readonly (string | Given)[];

  constructor(parts: readonly (string | Given)[]) {
    this.parts = parts;
  }
}

/**
 * A text that Terraform takes as it is: `${` and `%{` begin what it evaluates.
 * @param path where the text is from, for the error message
 * @throws OUTPUT_INVALID for a text that Terraform changes
 * @see https://developer.hashicorp.com/terraform/language/syntax/json#expression-mapping
 */
export function literal(text: string, path: string): string {
  if (text.startsWith('\ufeff'))
    refuse(text, path, 'expected text that begins with no byte order mark, which Terraform drops');
  return escaped(normal(text, path));
}

/** A text that stays as it is in HCL. @throws OUTPUT_INVALID for another */
export function normal(text: string, path: string): string {
  if (/\p{Cs}/u.test(text) || text.normalize('NFC') !== text)
    refuse(text, path, "expected text in Unicode's normal form C, which is what Terraform makes of every text");
  return text;
}

function refuse(text: string, path: string, rule: string): never {
  return fail('OUTPUT_INVALID', path, `${rule}, got ${JSON.stringify(text)}; change the value`);
}

/** A text as a template that yields it. */
export function escaped(text: string): string {
  return text.replace(/([$%])\{/g, '$1$1{');
}

/** Attributes with every text literal, and every reference what `refer` makes of it. */
export function terraformValue(value: Attribute, refer: (reference: Reference) => string, path: string): unknown {
  if (value instanceof Reference) return refer(value);
  if (value instanceof Given) return value.value;
  if (value instanceof Joined)
    return value.parts.map((part) => (part instanceof Given ? part.value : literal(part, path))).join('');
  if (typeof value === 'string') return literal(value, path);
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item, index) => terraformValue(item, refer, `${path}[${index}]`));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      literal(name, path),
      terraformValue(member, refer, `${path}.${name}`),
    ]),
  );
}

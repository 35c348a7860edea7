/**
 * What a provider's own schema says of a resource, in the form of `terraform providers schema -json`:
 *
 * - hashicorp/kubernetes 3.2.1: what that command printed, without the resources and sources of volumes that no plan has;
 * - hashicorp/aws 6.25.0: what cdktf's bindings generated of it say (npm package @cdktf/provider-aws 21.22.1) of the types
 *   that constructs make, and of the provider without its blocks. Of counts they know one or many, and whether any.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Attribute, Given, Joined, Reference, type Resource } from '../../../src/targets/terraform/resource.ts';

/** Versions by the name of the provider. */
export const VERSIONS = { kubernetes: '3.2.1', aws: '6.25.0' } as const;
export type Provider = keyof typeof VERSIONS;

export function schemaFile(provider: Provider): string {
  return fileURLToPath(new URL(`../../fixtures/terraform/${provider}-${VERSIONS[provider]}.json`, import.meta.url));
}

interface Block {
  attributes?: Record<string, { type: Type; required?: true; optional?: true; computed?: true }>;
  block_types?: Record<string, { block: Block; nesting_mode: string; min_items?: number; max_items?: number }>;
}

type Type =
  | 'string'
  | 'number'
  | 'bool'
  | 'dynamic'
  | ['list' | 'set' | 'map', Type]
  | ['object', Record<string, Type>];

const resources: Record<string, Block> = Object.assign(
  {},
  ...(Object.keys(VERSIONS) as Provider[]).map(
    (provider) => JSON.parse(readFileSync(schemaFile(provider), 'utf8')).resources,
  ),
);

/** What the provider would refuse, one line each. */
export function schemaProblems({ type, name, attributes }: Pick<Resource, 'type' | 'name' | 'attributes'>): string[] {
  const block = resources[type];
  return block === undefined ? [`${type}: no such resource`] : blockProblems(attributes, block, `${type}.${name}`);
}

function blockProblems(value: Attribute, { attributes = {}, block_types: blocks = {} }: Block, path: string): string[] {
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof Reference)
    return [`${path}: expected a block`];
  const problems: string[] = [];
  for (const [name, member] of Object.entries(value)) {
    const where = `${path}.${name}`;
    const attribute = attributes[name];
    const block = blocks[name];
    if (attribute) {
      if (attribute.computed && !attribute.optional) problems.push(`${where}: only the provider sets it`);
      if (!isOf(member, attribute.type)) problems.push(`${where}: expected ${JSON.stringify(attribute.type)}`);
    } else if (block) {
      const items = Array.isArray(member) ? member : [member];
      if (items.length > (block.max_items ?? (block.nesting_mode === 'single' ? 1 : Infinity)))
        problems.push(`${where}: expected at most ${block.max_items}, got ${items.length}`);
      if (items.length < (block.min_items ?? 0))
        problems.push(`${where}: expected at least ${block.min_items}, got ${items.length}`);
      for (const item of items) problems.push(...blockProblems(item, block.block, where));
    } else problems.push(`${where}: no such argument`);
  }
  for (const [name, { required }] of Object.entries(attributes)) {
    if (required && !Object.hasOwn(value, name)) problems.push(`${path}.${name}: required`);
  }
  for (const [name, { min_items: least = 0 }] of Object.entries(blocks)) {
    if (least > 0 && !Object.hasOwn(value, name)) problems.push(`${path}.${name}: required`);
  }
  return problems;
}

function isOf(value: Attribute, type: Type): boolean {
  if (value instanceof Given) return isOf(value.value as Attribute, type);
  if (value instanceof Reference || value instanceof Joined) return type === 'string';
  if (type === 'dynamic') return true;
  if (type === 'string' || type === 'number') return typeof value === type;
  if (type === 'bool') return typeof value === 'boolean';
  if (type[0] === 'list' || type[0] === 'set')
    return Array.isArray(value) && value.every((item) => isOf(item, type[1]));
  if (typeof value !== 'object' || Array.isArray(value)) return false;
  if (type[0] === 'map') return Object.values(value).every((member) => isOf(member, type[1]));
  const members = type[1] as Record<string, Type>;
  return Object.entries(value).every(([name, member]) => members[name] !== undefined && isOf(member, members[name]));
}

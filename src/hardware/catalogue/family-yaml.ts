/** A family as the text of `profiles/<provider>/<family>.yaml`, written as a person would. */
import type { Family, MachineFacts, MachineGroup } from '../family.ts';

const WIDTH = 120;

/** In the order they are written. */
const FACTS = [
  'architecture',
  'threadsPerCore',
  'memoryMiBPerVcpu',
  'memoryMiB',
  'gpus',
  'burstable',
  'baselineMillisPerVcpu',
  'baselineMillis',
  'enis',
] as const satisfies readonly (keyof MachineFacts)[];

/** @param assumed facts of the family that the source does not state */
export function familyYaml(family: Family, assumed: ReadonlySet<string> = new Set()): string {
  const facts = factsOf(family).map(
    ([fact, value]) => `${fact}: ${value}${assumed.has(fact) ? ' # assumed: not in the source' : ''}`,
  );
  const exceptions = Object.entries(family.except ?? {}).map(
    ([name, facts]) =>
      `  ${name}: ${flow(
        factsOf(facts).map(([fact, value]) => `${fact}: ${value}`),
        '{}',
      )}`,
  );
  return [
    '# yaml-language-server: $schema=../../schemas/family.schema.json',
    `provider: ${family.provider}`,
    `family: ${family.family}`,
    `source: ${plainOrQuoted(family.source)}`,
    ...facts,
    'machines:',
    ...family.machines.flatMap(groupLines),
    ...(exceptions.length > 0 ? ['except:', ...exceptions] : []),
    '',
  ].join('\n');
}

function groupLines(group: MachineGroup): string[] {
  const items = Array.isArray(group.sizes)
    ? group.sizes.map((size) => `${size}`)
    : Object.entries(group.sizes).map(([size, vcpus]) => `${sizeKey(size)}: ${vcpus}`);
  const brackets = Array.isArray(group.sizes) ? '[]' : '{}';
  const oneLine = `    sizes: ${flow(items, brackets)}`;
  return [
    `  - name: ${group.name}`,
    ...factsOf(group).map(([fact, value]) => `    ${fact}: ${value}`),
    ...(oneLine.length <= WIDTH ? [oneLine] : ['    sizes:', ...wrapped(items, brackets, '      ')]),
  ];
}

function factsOf(facts: MachineFacts): [fact: string, value: string][] {
  return FACTS.flatMap((fact): [string, string][] => {
    const value = facts[fact];
    if (value === undefined) return [];
    if (typeof value !== 'object') return [[fact, `${value}`]];
    return [
      [
        fact,
        flow(
          Object.entries(value).map(([from, enis]) => `${from}: ${enis}`),
          '{}',
        ),
      ],
    ];
  });
}

function flow(items: readonly string[], brackets: '{}' | '[]'): string {
  return brackets === '{}' ? `{ ${items.join(', ')} }` : `[${items.join(', ')}]`;
}

/** The same over several lines, filled up to the width. */
function wrapped(items: readonly string[], brackets: '{}' | '[]', indent: string): string[] {
  const [open, close] = brackets === '{}' ? ['{ ', ' }'] : ['[', ']'];
  const lines = [`${indent}${open}`];
  for (const [index, item] of items.entries()) {
    const text = index === items.length - 1 ? `${item}${close}` : `${item},`;
    const last = lines.at(-1)!;
    if (last.length + text.length + 1 > WIDTH) lines.push(`${indent}${' '.repeat(open.length)}${text}`);
    else lines[lines.length - 1] = last.endsWith(open) ? last + text : `${last} ${text}`;
  }
  return lines;
}

/** A size that YAML would read as something else than itself is quoted. */
function sizeKey(size: string): string {
  const plain =
    /^\d+(-\d+)?$/.test(size) || (/^[a-z0-9-]*[a-z][a-z0-9-]*$/i.test(size) && !/^(\d+e\d+|0[xob].*)$/i.test(size));
  return plain && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(size) ? size : `'${size}'`;
}

function plainOrQuoted(text: string): string {
  return /^[A-Za-z0-9][A-Za-z0-9 ,./()_-]*$/.test(text) && !text.endsWith(' ') ? text : JSON.stringify(text);
}

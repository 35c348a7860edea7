/** The configuration read back: what the provider would make of it, found without the code that wrote it. */
import type { Finding } from '../../errors/errors.ts';
import { type FindingCode, finding } from '../../errors/findings.ts';
import { observeObjects } from '../kubernetes/read.ts';
import type { ReadObject } from '../kubernetes/read-object.ts';
import type { Artifact, Observed, RenderInput } from '../target.ts';

interface ReadConfiguration {
  terraform?: { backend?: { local?: { path?: string } } };
  resource?: Record<string, Record<string, Json>>;
  output?: Record<string, { value?: Json }>;
}

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** Lists by the names of the blocks that stand for their items. */
const LISTS: Readonly<Record<string, string>> = {
  container: 'containers',
  env: 'env',
  env_from: 'envFrom',
  port: 'ports',
  volume: 'volumes',
  volume_mount: 'volumeMounts',
};
/** Arguments whose values are maps with names of the user's. */
const MAPS = ['annotations', 'data', 'labels', 'limits', 'match_labels', 'node_selector', 'requests'];

const REFERENCE = /^\$\{([a-z0-9_]+)\.([A-Za-z0-9_-]+)\.metadata\[0\]\.name\}$/;

export function read(artifacts: readonly Artifact[], input: RenderInput): Observed {
  const { path, contents } = artifacts[0]!;
  const { terraform, resource = {}, output = {} } = JSON.parse(contents) as ReadConfiguration;
  const findings: Finding[] = [];
  const report = (code: FindingCode, where: string, message: string) =>
    findings.push(finding(code, `${path}: ${where}`, message));

  const state = terraform?.backend?.local?.path ?? '/';
  if (/^([/\\~]|[A-Za-z]:)/.test(state)) report('PATH_ABSOLUTE', 'backend', `expected a relative path, got ${state}`);

  /** A text as Terraform evaluates it: the name of another resource's object, or itself. */
  const evaluate = (text: string, where: string): string => {
    const [, type = '', name = ''] = REFERENCE.exec(text) ?? [];
    const metadata = (resource[type]?.[name] as { metadata?: { name?: string } } | undefined)?.metadata;
    if (metadata?.name !== undefined) return metadata.name;
    if (/[$%]\{/.test(text.replace(/\$\$\{|%%\{/g, ' ')))
      report('REFERENCE_UNKNOWN', where, `expected text or the name of another object, got ${text}`);
    return text.replace(/([$%])\1\{/g, '$1{');
  };
  const plain = (value: Json, where: string): Json => {
    if (typeof value === 'string') return evaluate(value, where);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => plain(item, where));
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [evaluate(name, where), plain(member, `${where}.${name}`)]),
    );
  };

  const objects: { path: string; object: ReadObject }[] = [];
  for (const [type, byName] of Object.entries(resource)) {
    for (const [name, attributes] of Object.entries(byName)) {
      const where = `${type}.${name}`;
      const { depends_on: needed = [], ...said } = plain(attributes, where) as Record<string, Json>;
      for (const address of needed as string[]) {
        const [otherType = '', otherName = ''] = address.split('.');
        if (resource[otherType]?.[otherName] === undefined)
          report('REFERENCE_UNKNOWN', `${where}.depends_on`, `expected a resource of this file, got ${address}`);
      }
      const object = type === 'kubernetes_manifest' ? said.manifest : { kind: kindOf(type), ...members(said) };
      objects.push({ path: `${path}: ${where}`, object: object as ReadObject });
    }
  }
  const { services, findings: wrong = [] } = observeObjects(objects, input);
  return { services, findings: [...findings, ...wrong, ...outputFindings(output, input, path)] };
}

/** `kubernetes_stateful_set_v1` → `StatefulSet` */
function kindOf(type: string): string {
  return type
    .replace(/^kubernetes_|_v[0-9]+$/g, '')
    .replace(/(^|_)([a-z])/g, (_, _before, letter: string) => letter.toUpperCase());
}

/** Arguments and blocks as members of an object. */
function members(block: Record<string, Json>): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(block).map(([name, value]) => {
      const list = LISTS[name];
      if (list !== undefined && typeof value === 'object') return [list, [value].flat().map(member)];
      const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      return [camel, MAPS.includes(name) ? value : member(value)];
    }),
  );
}

function member(value: Json): Json {
  if (Array.isArray(value)) return value.map(member);
  return typeof value === 'object' && value !== null ? members(value) : value;
}

/** What other modules are told is what the plan says. */
function outputFindings(
  output: NonNullable<ReadConfiguration['output']>,
  { plan }: RenderInput,
  path: string,
): Finding[] {
  const findings: Finding[] = [];
  const compare = (where: string[], expected: number | undefined): void => {
    const [name, ...inner] = where as [string, ...string[]];
    const got = inner.reduce<Json | undefined>(
      (value, key) => (typeof value === 'object' && value !== null ? (value as Record<string, Json>)[key] : undefined),
      output[name]?.value,
    );
    if (got !== expected)
      findings.push(
        finding(
          'READ_BACK_DIFFERS',
          `${path}: output ${where.join('.')}`,
          `expected ${expected} as planned, got ${got}`,
        ),
      );
  };
  for (const [service, { limits, requests, replicas, parameters, ledger }] of Object.entries(plan.services)) {
    compare(['limits', service, 'cpu_millis'], limits.cpuMillis);
    compare(['limits', service, 'memory_mib'], limits.memoryMiB);
    compare(['requests', service, 'cpu_millis'], requests.cpuMillis);
    compare(['requests', service, 'memory_mib'], requests.memoryMiB);
    compare(['replicas', service, 'min'], replicas.min);
    compare(['replicas', service, 'max'], replicas.max);
    for (const [name, { value }] of Object.entries(parameters)) compare(['parameters', service, name], value);
    compare(['ledger', service, 'available_mib'], ledger.availableMiB);
    compare(['ledger', service, 'used_mib'], ledger.usedMiB);
    for (const { parameter, miB } of ledger.items) compare(['ledger', service, 'items', parameter], miB);
  }
  return findings;
}

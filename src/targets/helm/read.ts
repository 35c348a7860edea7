/** The values of a chart read back, as Helm lays one file over the other, with the bounds of its schema. */

import type { Finding } from '../../errors/errors.ts';
import { finding } from '../../errors/findings.ts';
import { isMap } from '../../formats/data.ts';
import { readYaml } from '../../formats/read-yaml.ts';
import { tryKubernetesCpu, tryKubernetesMemory } from '../../units.ts';
import { checkObject } from '../kubernetes/check.ts';
import { objectsOf } from '../kubernetes/index.ts';
import type { ReadObject } from '../kubernetes/read-object.ts';
import { secretFindings, secretNames } from '../secrets.ts';
import { renderedServices } from '../services.ts';
import { variantName } from '../spanning.ts';
import type { Artifact, Observed, ObservedService, RenderInput } from '../target.ts';
import { deliveredBy, variablesFor } from '../values.ts';
import { textOf } from './values.ts';

interface ReadValues {
  services?: Record<string, ReadService | undefined>;
}

interface ReadService {
  resources?: { limits?: Quantities; requests?: Quantities };
  parameters?: Record<string, unknown>;
  settings?: Record<string, string>;
  env?: Record<string, string>;
}

interface Quantities {
  cpu?: string;
  memory?: string;
}

interface ReadSchema {
  properties: { services: { properties: Record<string, { properties: { parameters: ParametersSchema } }> } };
}

interface ParametersSchema {
  properties: Record<string, { minimum: number; maximum: number }>;
}

export function read(artifacts: readonly Artifact[], inputs: readonly RenderInput[]): Observed[] {
  const textOf = (path: string): string => artifacts.find((artifact) => artifact.path === path)?.contents ?? '';
  const values = readYaml(textOf('values.yaml'));
  const schema = JSON.parse(textOf('values.schema.json')) as ReadSchema;
  const templates = artifacts.flatMap(({ path, contents }) => (path.startsWith('templates/') ? contents : [])).join('');
  return inputs.map((input) => {
    const path = `values-${variantName(input, inputs)}.yaml`;
    const { services = {} } = laid(values, readYaml(textOf(path))) as ReadValues;
    const secrets = secretNames(input);
    const observed = Object.entries(services).map(([name, service]) => [name, observe(service ?? {})] as const);
    return {
      services: Object.fromEntries(observed),
      findings: [
        ...objectsOf(input).flatMap((file) => checkObject(file.manifest as ReadObject, file.path, secrets)),
        ...observed.flatMap(([name, service]) => [
          ...outside(service, schema.properties.services.properties[name]?.properties.parameters, `${path}: ${name}`),
          ...unread(input, name, templates),
        ]),
        ...Object.entries(services).flatMap(([name, service]) =>
          secretFindings(secrets, Object.entries({ ...service?.settings, ...service?.env }), `${path}: ${name}`),
        ),
      ],
    };
  });
}

/** Maps are merged, null takes a member out, anything else takes its place. */
function laid(below: unknown, over: unknown): unknown {
  if (!isMap(below) || !isMap(over)) return over;
  const members = new Map(Object.entries(below));
  for (const [name, member] of Object.entries(over)) {
    if (member === null) members.delete(name);
    else members.set(name, laid(members.get(name), member));
  }
  return Object.fromEntries(members);
}

function observe({ resources, parameters = {} }: ReadService): ObservedService {
  const quantities = ({ cpu, memory }: Quantities = {}) => ({
    cpuMillis: cpu === undefined ? undefined : (tryKubernetesCpu(cpu) ?? Number.NaN),
    memoryMiB: tryKubernetesMemory(memory ?? '') ?? Number.NaN,
  });
  const numbers = Object.entries(parameters).map(([name, value]) => [
    name,
    typeof value === 'number' ? value : Number.NaN,
  ]);
  return {
    limits: quantities(resources?.limits),
    requests: quantities(resources?.requests),
    parameters: Object.fromEntries(numbers),
  };
}

/** Planned values that the schema would refuse. */
function outside({ parameters = {} }: ObservedService, schema: ParametersSchema | undefined, path: string): Finding[] {
  return Object.entries(parameters).flatMap(([name, value]) => {
    const { minimum = Number.NaN, maximum = Number.NaN } = schema?.properties[name] ?? {};
    if (value >= minimum && value <= maximum) return [];
    return [finding('SCHEMA_REFUSES', `${path}.${name}`, `expected ${minimum} to ${maximum}, got ${value}`)];
  });
}

/** Parameters that no template hands to the program. */
function unread(input: RenderInput, name: string, templates: string): Finding[] {
  const rendered = renderedServices(input).find(({ service }) => service.name === name);
  if (rendered === undefined) return [];
  const ways = (['flags', 'file'] as const).flatMap((as) => deliveredBy(rendered, as));
  const values = [...variablesFor(rendered), ...ways.flatMap((way) => way.values)];
  const missing = values.filter((value) => !templates.includes(textOf(rendered, value)));
  return missing.map(({ key }) =>
    finding('VALUE_UNREAD', `templates: ${name}.${key}`, 'expected an action that writes it, got none'),
  );
}

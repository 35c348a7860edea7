/** Values on their way to the program: the ConfigMap of a service, and the example of its Secret. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { emitYamlDocuments, withComments } from '../../formats/yaml.ts';
import { baseName } from '../../stack/stack.ts';
import { ENTRYPOINT_FILE } from '../entrypoint/index.ts';
import { entrypointScript } from '../entrypoint/script.ts';
import type { FlatService, RenderedService, Value } from '../rendered.ts';
import { renderedServices } from '../services.ts';
import type { Artifact, RenderInput } from '../target.ts';
import { filesFor, variablesFor } from '../values.ts';
import {
  commentLines,
  configMapName,
  entrypointName,
  filesName,
  IDENTITY_LABELS,
  type Manifest,
  metadataOf,
  SECRET_EXAMPLE,
  secretName,
} from './object.ts';
import { isSized, type Sized, sized, withoutMarks } from './sized.ts';

export interface Config {
  name: string;
  data: Record<string, string | Sized<string>>;
  /** Changes when the program would read something else, and not when only a reason is worded anew. */
  checksum: string | Sized<string>;
  /** What computes the values at start, in a ConfigMap of its own; then the data are what it is told. */
  entrypoint?: { name: string; data: Record<string, string> };
}

/** The variables of a service's program; nothing where it has its values as flags, or no values. */
export function configOf(input: RenderInput, rendered: RenderedService): Config | undefined {
  const { service } = rendered;
  const name = configMapName(input, service);
  if (rendered.held) return computedConfig(input, rendered, name);
  const data = variables(service, variablesFor(rendered));
  const written = new Set(filesFor(rendered).map(({ delivery }) => delivery.path));
  const texts = service.files.flatMap(({ path, text }) => (written.has(path) ? [text] : []));
  if (Object.keys(data).length + texts.length === 0) return undefined;
  const checksum = checksumOf([...Object.entries(withoutMarks(data)), ...texts]);
  return { name, data, checksum: isSized(data) || texts.length > 0 ? sized(checksum) : checksum };
}

/** The variables of a container that are not the stack's, each with its reason. */
function variables(service: FlatService, values: readonly Value[]): Config['data'] {
  const own = values.filter(({ key, options }) => options || !Object.hasOwn(service.env, key));
  return withComments(
    Object.fromEntries(
      own.map(({ key, text, parameter, options, planned }) => [
        key,
        parameter || options || planned ? sized(text) : text,
      ]),
    ),
    Object.fromEntries(own.map(({ key, reason }) => [key, reason])),
  );
}

function computedConfig(input: RenderInput, rendered: RenderedService, name: string): Config {
  const { service } = rendered;
  const data = variables(service, variablesFor(rendered));
  const script = entrypointScript(input, rendered);
  const effective = script.split('\n').filter((line) => !line.startsWith('#'));
  const checksum = checksumOf([...Object.entries(withoutMarks(data)), ...effective]);
  return {
    name,
    data,
    checksum: isSized(data) ? sized(checksum) : checksum,
    entrypoint: { name: entrypointName(input, service), data: { [ENTRYPOINT_FILE]: script } },
  };
}

/** The ConfigMaps of a service, by the name of their file. */
export function configMaps(input: RenderInput, { service }: RenderedService, config: Config): Record<string, Manifest> {
  const map = ({ name, data }: Pick<Config, 'name' | 'data'>): Manifest => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadataOf(input, service, name),
    data,
  });
  return {
    ...(Object.keys(config.data).length > 0 && { configmap: map(config) }),
    ...(config.entrypoint && { 'configmap-entrypoint': map(config.entrypoint) }),
  };
}

/** The files that the container finds. They are read while it starts: a change has to be followed by a restart. */
export function filesMap(input: RenderInput, rendered: RenderedService): Manifest {
  const { service } = rendered;
  const written = new Set(filesFor(rendered).map(({ delivery }) => delivery.path));
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadataOf(input, service, filesName(input, service)),
    data: withComments(
      Object.fromEntries(
        service.files.map(({ path, text }) => [baseName(path), written.has(path) ? sized(text) : text]),
      ),
      Object.fromEntries(service.files.map(({ path, why }) => [baseName(path), why])),
    ),
  };
}

/** Whether a Secret has to be made for a service: it has secrets, and names no Secret that is there. */
export function makesSecret({ service, policy }: Pick<RenderedService, 'service' | 'policy'>): boolean {
  return policy.secrets.length > 0 && service.secretName === undefined;
}

/** Secrets with placeholders, as an example to copy; absent where no service has a secret. */
export function secretExample(input: RenderInput, header: readonly string[]): Artifact[] {
  const services = renderedServices(input);
  const secrets = services.filter(makesSecret).map(({ service, policy }) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadataOf(input, service, secretName(input, service)),
    type: 'Opaque',
    stringData: withComments(
      Object.fromEntries(policy.secrets.map(({ name, example }) => [name, example])),
      Object.fromEntries(policy.secrets.map(({ name, does }) => [name, does])),
    ),
  }));
  if (secrets.length === 0) return [];
  const { name, namespace, namespaceExists } = input.stack;
  const notes = [
    '',
    'An example with placeholders: not part of kustomization.yaml, and not to be applied as it is.',
    'Copy it to a place that is never committed, put in the real values, then:',
    ...(namespaceExists ? [] : ['  kubectl apply -f namespace.yaml']),
    '  kubectl apply -f <the copy>',
    'or let an operator (External Secrets, Sealed Secrets) create Secrets of these names and keys.',
    'A value changed later reaches the pods with:',
    `  kubectl -n ${namespace} rollout restart deployment,statefulset${namespaceExists ? ` -l ${IDENTITY_LABELS[1]}=${name}` : ''}`,
  ];
  const contents = `${commentLines([...header, ...notes])}${emitYamlDocuments(secrets)}`;
  return [{ path: SECRET_EXAMPLE, contents }];
}

/** Of the JSON that Helm writes too, where these two line breaks are escaped. */
function checksumOf(content: unknown): string {
  const json = JSON.stringify(content).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
  return bytesToHex(sha256(utf8ToBytes(json)));
}

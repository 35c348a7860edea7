/** What all objects of a stack share: their names, their labels, and the file that each is written to. */

import { oneLine } from '../../formats/one-line.ts';
import { emitYaml } from '../../formats/yaml.ts';
import type { FlatService } from '../rendered.ts';
import type { Artifact, RenderInput } from '../target.ts';

/** An object as the API server takes it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: Record<string, unknown>;
  [field: string]: unknown;
}

export const KUSTOMIZATION = 'kustomization.yaml';
export const KUSTOMIZATION_HEAD = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' };
export const SECRET_EXAMPLE = 'secret.example.yaml';

/** Labels that selectors are made of. A selector is immutable, so they depend on nothing but the two names. */
export const IDENTITY_LABELS = ['app.kubernetes.io/name', 'app.kubernetes.io/instance'] as const;

/** What finds the pods of one service. */
export function selectorOf({ stack }: RenderInput, service: FlatService): Record<string, string> {
  return { [IDENTITY_LABELS[0]]: service.name, [IDENTITY_LABELS[1]]: stack.name };
}

/** Labels of every object of a service, its pods included; the stack's own stand beside ours. */
export function labelsOf(input: RenderInput, service: FlatService): Record<string, string> {
  const identity = selectorOf(input, service);
  return {
    ...identity,
    'app.kubernetes.io/component': service.policy,
    'app.kubernetes.io/managed-by': 'sizewright',
    ...input.stack.labels,
    ...service.labels,
    ...identity,
  };
}

/** Annotations of every object of a service, its pods included. */
export function annotationsOf({ stack }: RenderInput, service: FlatService): Record<string, string> {
  return { ...stack.annotations, ...service.annotations };
}

/** Metadata of an object that belongs to one service; it bears the service's name unless given another. */
export function metadataOf(input: RenderInput, service: FlatService, name = service.name): Record<string, unknown> {
  return {
    name,
    namespace: input.stack.namespace,
    labels: labelsOf(input, service),
    annotations: whereAny(annotationsOf(input, service)),
  };
}

/** Metadata of an object that belongs to the whole stack. */
export function stackMetadata({ stack }: RenderInput, name: string, labels: Record<string, string> = {}) {
  const identity = { [IDENTITY_LABELS[1]]: stack.name, 'app.kubernetes.io/managed-by': 'sizewright' };
  return { name, labels: { ...identity, ...stack.labels, ...labels }, annotations: whereAny(stack.annotations) };
}

/** `<stack>-config` for the main service, `<stack>-<service>-config` for another. */
export function configMapName({ stack }: RenderInput, service: FlatService): string {
  return service.name === stack.main ? `${stack.name}-config` : `${stack.name}-${service.name}-config`;
}

/** The ConfigMap of the script that computes the values at start. */
export function entrypointName({ stack }: RenderInput, service: FlatService): string {
  return `${stack.name}-${service.name}-entrypoint`;
}

/** The ConfigMap of the files that the container finds. */
export function filesName({ stack }: RenderInput, service: FlatService): string {
  return `${stack.name}-${service.name}-files`;
}

/** The Secret that somebody creates beside these files. */
export function secretName({ stack }: RenderInput, service: FlatService): string {
  return service.secretName ?? `${stack.name}-${service.name}-secrets`;
}

/** The governing Service of a StatefulSet, which gives each pod a name of its own. */
export function headlessName(service: FlatService): string {
  return `${service.name}-headless`;
}

/** Undefined, which is not written, for an empty list or object. */
export function whereAny<T extends object>(members: T): T | undefined {
  return Object.keys(members).length > 0 ? members : undefined;
}

/** A file of one object: its first lines, what to know before applying it, the object. */
export function yamlFile(
  header: readonly string[],
  path: string,
  value: unknown,
  notes: readonly string[] = [],
): Artifact {
  return { path, contents: `${commentLines([...header, ...notes])}${emitYaml(value)}` };
}

/** Comment lines. */
export function commentLines(lines: readonly string[]): string {
  return lines.map((line) => `# ${oneLine(line)}`.trimEnd().concat('\n')).join('');
}

/** The files whose objects are applied: all but the list of them and the example of the Secrets. */
export function objectFiles(artifacts: readonly Artifact[]): Artifact[] {
  return artifacts.filter(({ path }) => path !== KUSTOMIZATION && path !== SECRET_EXAMPLE);
}

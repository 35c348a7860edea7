/** The Kubernetes objects of all profiles: a base of what they have in common, an overlay of small patches for each. */

import { headerLines } from '../header.ts';
import { secretExample } from '../kubernetes/config.ts';
import { deleteNotes, kubernetes, markedObjectsOf, type ObjectFile } from '../kubernetes/index.ts';
import { KUSTOMIZATION, KUSTOMIZATION_HEAD, type Manifest, SECRET_EXAMPLE, yamlFile } from '../kubernetes/object.ts';
import { withoutMarks } from '../kubernetes/sized.ts';
import { streamOfFiles, variantName } from '../spanning.ts';
import type { Artifact, RenderInput, StackTarget } from '../target.ts';
import { about } from './about.ts';
import { commonOf, restOf } from './patch.ts';
import { BASE, OVERLAYS, read } from './read.ts';

export const kustomize: StackTarget = {
  ...about,
  unsupported: (inputs) => inputs.map((input) => kubernetes.unsupported?.(input)).find(Boolean),
  render,
  stream: streamOfFiles,
  read,
};

function render(inputs: readonly RenderInput[]): Artifact[] {
  const first = inputs[0]!;
  const objects = inputs.map(markedObjectsOf);
  const manifests = objects.map(manifestsOf);
  const base = objects[0]!.map(({ path, notes }) => ({
    path,
    notes,
    common: commonOf(manifests.map((variant) => variant.get(path))) as Manifest,
  }));

  const header = headerLines(...inputs);
  const secrets = secretExample(first, header);
  const baseNotes = [
    'what all profiles have in common; not to be applied by itself, because the limits are in the overlays',
    ...(secrets.length > 0 ? [`first create the Secrets: see ${SECRET_EXAMPLE}`] : []),
  ];
  const resources = base.map(({ path }) => path);
  const common = [
    yamlFile(header, KUSTOMIZATION, { ...KUSTOMIZATION_HEAD, resources }, baseNotes),
    ...base.map(({ path, common: object, notes }) => yamlFile(header, path, object, notes)),
    ...secrets,
  ];
  return [
    ...common.map((file) => ({ ...file, path: `${BASE}/${file.path}` })),
    ...inputs.flatMap((input, index) => {
      const folder = `${OVERLAYS}/${variantName(input, inputs)}`;
      const files = overlay(input, base, manifests[index]!, folder);
      return files.map((file) => ({ ...file, path: `${folder}/${file.path}` }));
    }),
  ];
}

function manifestsOf(objects: readonly ObjectFile[]): Map<string, Manifest> {
  return new Map(objects.map(({ path, manifest }) => [path, manifest]));
}

function overlay(
  input: RenderInput,
  base: readonly { path: string; common: Manifest }[],
  manifests: ReadonlyMap<string, Manifest>,
  folder: string,
): Artifact[] {
  const header = headerLines(input);
  const patches = base.flatMap(({ path, common }) => {
    const { apiVersion, kind, metadata } = common;
    const rest = restOf(withoutMarks(manifests.get(path)!), common) as Partial<Manifest> | undefined;
    if (rest === undefined) return [];
    const target = { name: metadata.name, namespace: metadata.namespace, ...rest.metadata };
    return yamlFile(header, path, { apiVersion, kind, metadata: target, ...rest });
  });
  const object = {
    ...KUSTOMIZATION_HEAD,
    resources: [`../../${BASE}`],
    patches: patches.map(({ path }) => ({ path })),
  };
  const notes = [
    `look at what would change: kubectl diff -k ${folder}`,
    `apply: kubectl apply -k ${folder}`,
    ...deleteNotes(input, folder),
  ];
  return [yamlFile(header, KUSTOMIZATION, object, notes), ...patches];
}

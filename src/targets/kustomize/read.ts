/** Base and overlays read back: what kustomize would make of each overlay. */
import type { Finding } from '../../errors/errors.ts';
import { finding } from '../../errors/findings.ts';
import { readYaml } from '../../formats/read-yaml.ts';
import { KUSTOMIZATION, SECRET_EXAMPLE } from '../kubernetes/object.ts';
import { observeObjects } from '../kubernetes/read.ts';
import type { ReadObject } from '../kubernetes/read-object.ts';
import { variantName } from '../spanning.ts';
import type { Artifact, Observed, RenderInput } from '../target.ts';
import { merged } from './patch.ts';

export const BASE = 'base';
export const OVERLAYS = 'overlays';

interface Kustomization {
  resources?: string[];
  patches?: { path: string }[];
}

export function read(artifacts: readonly Artifact[], inputs: readonly RenderInput[]): Observed[] {
  const base = folderOf(artifacts, BASE);
  return inputs.map((input) => {
    const path = `${OVERLAYS}/${variantName(input, inputs)}`;
    const { objects: patches, kustomization } = folderOf(artifacts, path);
    const objects = [...base.objects].map(([file, object]) => {
      const patch = patches.get(file);
      return { path: file, object: (patch === undefined ? object : merged(object, patch)) as ReadObject };
    });
    const { services, findings = [] } = observeObjects(objects, input);
    return {
      services,
      findings: [
        ...findings,
        ...compare(`${BASE}/${KUSTOMIZATION}: resources`, base.kustomization.resources, [...base.objects.keys()]),
        ...compare(`${path}/${KUSTOMIZATION}: resources`, kustomization.resources, [`../../${BASE}`]),
        ...compare(
          `${path}/${KUSTOMIZATION}: patches`,
          kustomization.patches?.map((patch) => patch.path),
          [...patches.keys()],
        ),
        ...[...patches].flatMap(([file, patch]) => misplaced(`${path}/${file}`, base.objects.get(file), patch)),
      ],
    };
  });
}

function folderOf(artifacts: readonly Artifact[], folder: string) {
  const files = artifacts.flatMap(({ path, contents }) =>
    path.startsWith(`${folder}/`) ? [[path.slice(folder.length + 1), contents] as const] : [],
  );
  const { [KUSTOMIZATION]: kustomization, [SECRET_EXAMPLE]: _, ...objects } = Object.fromEntries(files);
  return {
    kustomization: (kustomization === undefined ? {} : readYaml(kustomization)) as Kustomization,
    objects: new Map(Object.entries(objects).map(([path, text]) => [path, readYaml(text) as ReadObject])),
  };
}

function compare(path: string, got: readonly string[] = [], expected: readonly string[]): Finding[] {
  if (JSON.stringify([...got].sort()) === JSON.stringify([...expected].sort())) return [];
  return [
    finding('RESOURCES_DIFFER', path, `expected ${expected.join(', ') || 'none'}, got ${got.join(', ') || 'none'}`),
  ];
}

/** A patch is found by the kind and the name of its object. */
function misplaced(path: string, object: ReadObject | undefined, patch: ReadObject): Finding[] {
  const identity = (one: ReadObject | undefined) => one && `${one.kind}/${one.metadata?.name}`;
  if (identity(object) === identity(patch)) return [];
  const expected = identity(object) ?? 'no patch without an object';
  return [finding('PATCH_MISPLACED', path, `expected ${expected}, got ${identity(patch)}`)];
}

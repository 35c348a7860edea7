/** kubectl builds the generated folder, and every object in it decodes strictly into its Kubernetes type. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { filesIn, type Generated, synth } from './support/generated.ts';
import { decode, type KubernetesObject, kustomize } from './support/kubernetes.ts';

test('files that compute the values at start decode too', async () => {
  const { folder } = await synth('4cpu-8gi', 'kubernetes', '--mode', 'auto');
  const objects = await kustomize(folder);
  expect(names(objects)).toContain('ConfigMap/spatialvortex-api-entrypoint');
  for (const file of filesIn(folder).filter((path) => path.endsWith('.yaml') && !path.endsWith('kustomization.yaml')))
    await decode(readFileSync(file, 'utf8'));
});

describe.each(['4cpu-8gi', 'c6i.8xlarge'])('%s', (profile) => {
  let generated: Generated;
  let objects: KubernetesObject[];

  beforeAll(async () => {
    generated = await synth(profile, 'kubernetes');
    objects = await kustomize(generated.folder);
  });

  test('every object that a deployment needs is there', () => {
    expect(names(objects)).toEqual(
      expect.arrayContaining([
        'Namespace/spatialvortex',
        'ConfigMap/spatialvortex-config',
        'Deployment/api',
        'HorizontalPodAutoscaler/api',
        'PodDisruptionBudget/api',
        'Service/api',
        'ServiceAccount/api',
        'StatefulSet/postgres',
        'Service/postgres',
        'Deployment/redis',
        'Service/redis',
      ]),
    );
    expect(names(objects).filter((name) => name.startsWith('NetworkPolicy/'))).not.toEqual([]);
  });

  test('kustomize puts every object into the stack’s namespace', () => {
    const elsewhere = objects.filter(
      ({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== 'spatialvortex',
    );
    expect(names(elsewhere)).toEqual([]);
  });

  test('the ConfigMap carries the parameters of the plan', () => {
    const config = objects.find(
      ({ kind, metadata }) => `${kind}/${metadata.name}` === 'ConfigMap/spatialvortex-config',
    );
    const decisions = Object.entries(generated.plan.services.api!.parameters);
    expect(config?.data).toMatchObject(Object.fromEntries(decisions.map(([name, { value }]) => [name, String(value)])));
  });

  test('every file decodes as it is written, the example that kustomize leaves out too', async () => {
    const files = filesIn(generated.folder).filter(
      (file) => file.endsWith('.yaml') && !file.endsWith('/kustomization.yaml'),
    );
    const decoded = await Promise.all(files.map((file) => decode(readFileSync(file, 'utf8'))));
    expect(decoded.flat().map(({ kind }) => kind)).toContain('Secret');
  });
});

test('a field that Kubernetes does not know is refused', async () => {
  const misspelt = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndatum: { A: "1" }\n';
  await expect(decode(misspelt)).rejects.toThrow('unknown field "datum"');
});

function names(objects: readonly KubernetesObject[]): string[] {
  return objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
}

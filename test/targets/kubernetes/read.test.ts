import { describe, expect, it } from 'vitest';
import { kubernetes } from '../../../src/targets/kubernetes/index.ts';
import type { Artifact } from '../../../src/targets/target.ts';
import { renderInput } from '../../support.ts';
import { ALL, inputFor, stackWith } from './support.ts';

const input = renderInput('c6i.8xlarge', { platform: 'kubernetes' });
const artifacts = kubernetes.render(input);

/** The rendered files with one text replaced in one of them. */
function edited(path: string, from: string, to: string): Artifact[] {
  expect(artifacts.find((artifact) => artifact.path === path)?.contents).toContain(from);
  return artifacts.map((artifact) =>
    artifact.path === path ? { ...artifact, contents: artifact.contents.replaceAll(from, to) } : artifact,
  );
}

describe('read', () => {
  it.each(['c6i.8xlarge', 'm7g.2xlarge', '4cpu-8gi'])('finds the plan of %s', (profile) => {
    const { plan, ...rest } = renderInput(profile, { platform: 'kubernetes' });
    const observed = kubernetes.read(kubernetes.render({ plan, ...rest }), { plan, ...rest });
    expect(observed.findings).toEqual([]);
    expect(observed.services).toEqual(
      Object.fromEntries(
        Object.entries(plan.services).map(([name, { limits, requests, sharedMemoryMiB, parameters }]) => [
          name,
          {
            limits,
            requests,
            sharedMemoryMiB,
            parameters: Object.fromEntries(Object.entries(parameters).map(([key, { value }]) => [key, value])),
          },
        ]),
      ),
    );
  });

  it('finds no CPU limit where there is none', () => {
    const none = inputFor(stackWith({ redis: { cpuLimit: 'none' } }), { 'c6i.8xlarge': ALL });
    const { redis } = kubernetes.read(kubernetes.render(none), none).services;
    expect(redis!.limits).toStrictEqual({ cpuMillis: undefined, memoryMiB: 6836 });
    expect(redis!.requests).toEqual({ cpuMillis: 3940, memoryMiB: 6836 });
  });

  it.each([
    {
      desc: 'a limit',
      files: edited('api/deployment.yaml', '"34182Mi"', '"34182M"'),
      expected: { api: { limits: { memoryMiB: 32598 } } },
    },
    {
      desc: 'no quantity',
      files: edited('api/deployment.yaml', '"19720m"', '"much"'),
      expected: { api: { limits: { cpuMillis: Number.NaN }, requests: { cpuMillis: Number.NaN } } },
    },
    {
      desc: 'a variable',
      files: edited('api/configmap.yaml', 'DB_POOL_SIZE: "18"', 'DB_POOL_SIZE: "76"'),
      expected: { api: { parameters: { DB_POOL_SIZE: 76 } } },
    },
    {
      desc: 'a ConfigMap of another name',
      files: edited('api/deployment.yaml', '"spatialvortex-config"', '"other-config"'),
      expected: { api: { parameters: { DB_POOL_SIZE: Number.NaN } } },
    },
    {
      desc: 'a flag',
      files: edited('redis/deployment.yaml', '"5127mb"', '"5127m"'),
      expected: { redis: { parameters: { maxmemory: Number.NaN } } },
    },
    {
      desc: 'shared memory on disk',
      files: edited('postgres/statefulset.yaml', 'medium: "Memory"', 'medium: ""'),
      expected: { postgres: { sharedMemoryMiB: Number.NaN } },
    },
  ])('sees $desc changed by hand', ({ files, expected }) => {
    expect(kubernetes.read(files, input).services).toMatchObject(expected);
  });
});

describe('findings', () => {
  const label = 'expected letters, digits and ._- of at most 63 characters, got';
  it.each([
    {
      desc: 'a name that is too long',
      files: edited('redis/service.yaml', 'name: "redis"\n  namespace', `name: "${'r'.repeat(64)}"\n  namespace`),
      code: 'NAME_ILLEGAL',
      path: 'redis/service.yaml: metadata.name',
      message: `expected lower-case letters, digits and - of at most 63 characters, got "${'r'.repeat(64)}"`,
    },
    {
      desc: 'a name that DNS does not know',
      files: edited('api/configmap.yaml', '"spatialvortex-config"', '"api_config"'),
      code: 'NAME_ILLEGAL',
      path: 'api/configmap.yaml: metadata.name',
      message: 'expected lower-case letters, digits and - of at most 253 characters, got "api_config"',
    },
    {
      desc: 'a StatefulSet whose pods could not be labelled',
      files: edited(
        'postgres/statefulset.yaml',
        'name: "postgres"\n  namespace',
        `name: "${'r'.repeat(53)}"\n  namespace`,
      ),
      code: 'NAME_ILLEGAL',
      path: 'postgres/statefulset.yaml: metadata.name',
      message: `expected lower-case letters, digits and - of at most 52 characters, got "${'r'.repeat(53)}"`,
    },
    {
      desc: 'a container name',
      files: edited('redis/deployment.yaml', '- name: "redis"\n          image', '- name: "Redis"\n          image'),
      code: 'NAME_ILLEGAL',
      path: 'redis/deployment.yaml: containers',
      message: 'expected lower-case letters, digits and - of at most 63 characters, got "Redis"',
    },
    {
      desc: 'a port name',
      files: edited(
        'redis/deployment.yaml',
        '- name: "redis"\n              containerPort',
        '- name: "a--b"\n              containerPort',
      ),
      code: 'NAME_ILLEGAL',
      path: 'redis/deployment.yaml: containers.redis.ports',
      message: 'expected letters, digits and single - of at most 15 characters, got "a--b"',
    },
    {
      desc: 'a key of a ConfigMap',
      files: edited('api/configmap.yaml', 'RUST_LOG:', '"a b":'),
      code: 'NAME_ILLEGAL',
      path: 'api/configmap.yaml: data.a b',
      message: 'expected a key of letters, digits and ._-, got "a b"',
    },
    {
      desc: 'a label value',
      files: edited('redis/service.yaml', 'part-of: "spatialvortex"', 'part-of: "spatial vortex"'),
      code: 'LABEL_ILLEGAL',
      path: 'redis/service.yaml: metadata.labels.app.kubernetes.io/part-of',
      message: `${label} "spatial vortex"`,
    },
    {
      desc: 'a label value that is no text',
      files: edited('redis/service.yaml', 'part-of: "spatialvortex"', 'part-of: 7'),
      code: 'LABEL_ILLEGAL',
      path: 'redis/service.yaml: metadata.labels.app.kubernetes.io/part-of',
      message: `${label} "7"`,
    },
    {
      desc: 'a node label',
      files: edited('redis/deployment.yaml', 'arch: "amd64"', 'arch: "-"'),
      code: 'LABEL_ILLEGAL',
      path: 'redis/deployment.yaml: spec.template.spec.nodeSelector.kubernetes.io/arch',
      message: `${label} "-"`,
    },
    {
      desc: 'a container without a limit',
      files: edited('redis/deployment.yaml', '            limits:\n', '            other:\n'),
      code: 'LIMITS_MISSING',
      path: 'redis/deployment.yaml: containers.redis.resources.limits',
      message: 'expected a memory limit, got none',
    },
    {
      desc: 'an empty list',
      files: edited('redis/networkpolicy.yaml', '  policyTypes:', '  egress: []\n  policyTypes:'),
      code: 'NOT_A_FIXED_POINT',
      path: 'redis/networkpolicy.yaml: spec.egress',
      message: 'expected no [], which the API server drops',
    },
    {
      desc: 'an empty map',
      files: edited('redis/service.yaml', 'spec:\n', 'spec:\n  sessionAffinityConfig: {}\n'),
      code: 'NOT_A_FIXED_POINT',
      path: 'redis/service.yaml: spec.sessionAffinityConfig',
      message: 'expected no {}, which the API server drops',
    },
    {
      desc: 'nothing',
      files: edited('redis/service.yaml', 'spec:\n', 'spec:\n  externalName: null\n'),
      code: 'NOT_A_FIXED_POINT',
      path: 'redis/service.yaml: spec.externalName',
      message: 'expected no null, which the API server drops',
    },
    {
      desc: 'an empty text',
      files: edited('postgres/statefulset.yaml', 'value: "/var/lib/postgresql/data/data"', 'value: ""'),
      code: 'NOT_A_FIXED_POINT',
      path: 'postgres/statefulset.yaml: spec.template.spec.containers.0.env.0.value',
      message: 'expected no "", which the API server drops',
    },
    ...[
      ['sizeLimit: "1032Mi"', 'sizeLimit: "1056768Ki"', 'template.spec.volumes.0.emptyDir.sizeLimit'],
      ['storage: "100Gi"', 'storage: "102400Mi"', 'volumeClaimTemplates.0.spec.resources.requests.storage'],
      ['cpu: "7890m"', 'cpu: "8000m"', 'template.spec.containers.0.resources.limits.cpu'],
      ['cpu: "7890m"', 'cpu: "7.89"', 'template.spec.containers.0.resources.limits.cpu'],
    ].map(([from, to, path]) => ({
      desc: `${to} for a quantity`,
      files: edited('postgres/statefulset.yaml', from!, to!),
      code: 'NOT_A_FIXED_POINT',
      path: `postgres/statefulset.yaml: spec.${path}`,
      message: `expected the API server's form of the quantity, got ${to!.split(' ')[1]}`,
    })),
    {
      desc: 'a claim without its kind',
      files: edited('postgres/statefulset.yaml', 'kind: "PersistentVolumeClaim"', 'volumeName: "redis"'),
      code: 'NOT_A_FIXED_POINT',
      path: 'postgres/statefulset.yaml: spec.volumeClaimTemplates.0',
      message: 'expected apiVersion and kind, which the API server adds',
    },
    {
      desc: 'two objects of one name',
      files: edited('postgres/service-headless.yaml', '"postgres-headless"', '"postgres"'),
      code: 'NAME_TAKEN',
      path: 'postgres/service-headless.yaml',
      message: 'expected a name of its own for each object, got Service/postgres twice',
    },
    {
      desc: 'a secret in a ConfigMap',
      files: edited('api/configmap.yaml', 'RUST_LOG: "info"', 'GROK_API_KEY: "xai-1"'),
      code: 'SECRET_WRITTEN',
      path: 'api/configmap.yaml: data.GROK_API_KEY',
      message: 'expected a reference to a Secret, got the value of GROK_API_KEY in the file',
    },
    {
      desc: 'a password in a URL',
      files: edited('api/configmap.yaml', 'RUST_LOG: "info"', 'MIRROR: "redis://:hunter2@redis:6379"'),
      code: 'SECRET_WRITTEN',
      path: 'api/configmap.yaml: data.MIRROR',
      message: 'expected a reference to a Secret, got the value of MIRROR in the file',
    },
    {
      desc: 'a Secret among the objects',
      files: edited('redis/serviceaccount.yaml', 'kind: "ServiceAccount"', 'kind: "Secret"'),
      code: 'SECRET_WRITTEN',
      path: 'redis/serviceaccount.yaml: kind',
      message: 'expected no Secret outside of the example, got one',
    },
    {
      desc: 'a file that is not applied',
      files: edited('kustomization.yaml', '  - "redis/service.yaml"\n', '  - "secret.example.yaml"\n'),
      code: 'RESOURCES_DIFFER',
      path: 'kustomization.yaml',
      message: 'expected every object and nothing else, got redis/service.yaml missing, secret.example.yaml unknown',
    },
  ])('$desc', ({ files, code, path, message }) => {
    expect(kubernetes.read(files, input).findings).toContainEqual({ code, level: 'error', path, message });
  });

  it('a secret that the stack gives as a constant', () => {
    const leaking = inputFor(stackWith({ postgres: { env: { POSTGRES_PASSWORD: 'hunter2' } } }), {
      'c6i.8xlarge': ALL,
    });
    const { findings } = kubernetes.read(kubernetes.render(leaking), leaking);
    expect(findings).toEqual([
      {
        code: 'SECRET_WRITTEN',
        level: 'error',
        path: 'postgres/statefulset.yaml: containers.postgres.env.POSTGRES_PASSWORD',
        message: 'expected a reference to a Secret, got the value of POSTGRES_PASSWORD in the file',
      },
    ]);
    expect(JSON.stringify(findings)).not.toContain('hunter2');
  });
});

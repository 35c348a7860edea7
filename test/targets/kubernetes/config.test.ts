import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { renderInput } from '../../support.ts';
import { ALL, inputFor, objectsOf, policiesWith, stackWith, textsOf } from './support.ts';

const input = renderInput('c6i.8xlarge', { platform: 'kubernetes' });
const objects = objectsOf(input);
const texts = textsOf(input);
const checksumIn = (files: ReturnType<typeof objectsOf>, path: string): string =>
  files[path].spec.template.metadata.annotations['checksum/config'];

describe('values by environment', () => {
  const { metadata, data } = objects['api/configmap.yaml'];

  it('as strings, with the reason above each', () => {
    expect(metadata.name).toBe('spatialvortex-config');
    expect(data).toEqual({
      ACTIX_WORKERS: '38',
      AUDIO_BUFFER_SIZE: '4096',
      ONNX_POOL_SIZE: '32',
      DB_POOL_SIZE: '18',
      CACHE_SIZE_MB: '2048',
      CACHE_TTL: '1800',
      BATCH_SIZE: '2000',
      BATCH_TIMEOUT_MS: '25',
      VOICE_THREADS: '8',
      ORT_INTRA_OP_NUM_THREADS: '1',
      ACTIX_BACKLOG: '4096',
      ACTIX_KEEP_ALIVE: '75',
      ACTIX_COMPRESS: 'true',
      ENABLE_SIMD: 'true',
      PREPARED_STATEMENTS: 'true',
      ONNX_BATCH_SIZE: '32',
      RUST_LOG: 'info',
    });
    const lines = texts['api/configmap.yaml']!.split('\n');
    expect(lines[lines.indexOf('  ACTIX_BACKLOG: "4096"') - 1]).toMatch(/cannot be set here: 4096 holds$/);
    const at = lines.indexOf('  DB_POOL_SIZE: "18"');
    expect(lines[at - 1]).toMatch(
      /^ {2}# 18 = \(197 - 8\) \/ 10 replicas; the formula alone gives 76; every replica's pool can fill up; /,
    );
  });

  it('reaches the container whole; secrets are references', () => {
    const container = objects['api/deployment.yaml'].spec.template.spec.containers[0];
    expect(container.command).toEqual(['/usr/local/bin/api_server']);
    expect(container).not.toHaveProperty('args');
    expect(container.envFrom).toEqual([{ configMapRef: { name: 'spatialvortex-config' } }]);
    expect(container.env).toEqual(
      ['DATABASE_URL', 'REDIS_URL', 'GROK_API_KEY', 'SPATIALVORTEX_LAKE_ENCRYPTION_KEY'].map((name) => ({
        name,
        valueFrom: { secretKeyRef: { name: 'spatialvortex-api-secrets', key: name } },
      })),
    );
  });

  it('a constant of the stack stands in the place of a setting', () => {
    const files = objectsOf(inputFor(stackWith({ api: { env: { RUST_LOG: 'debug' } } }), { 'c6i.8xlarge': ALL }));
    expect(files['api/configmap.yaml'].data).not.toHaveProperty('RUST_LOG');
    expect(files['api/deployment.yaml'].spec.template.spec.containers[0].env[0]).toEqual({
      name: 'RUST_LOG',
      value: 'debug',
    });
  });

  it('a policy without values needs no ConfigMap', () => {
    const policies = policiesWith({
      redis: { parameters: [], settings: [], yields: [], deliveries: [{ as: 'variables', keys: {} }] },
    });
    const files = objectsOf(inputFor(stackWith({}), { 'c6i.8xlarge': ALL }, policies));
    expect(files).not.toHaveProperty('redis/configmap.yaml');
    const { metadata, spec } = files['redis/deployment.yaml'].spec.template;
    expect(metadata).not.toHaveProperty('annotations');
    expect(spec.containers[0]).not.toHaveProperty('envFrom');
    expect(spec.containers[0].args).toEqual(['--requirepass', '$(REDIS_PASSWORD)']);
  });
});

describe('values as flags, so that the file of the data folder stays', () => {
  it('postgres', () => {
    expect(objects).not.toHaveProperty('postgres/configmap.yaml');
    const container = objects['postgres/statefulset.yaml'].spec.template.spec.containers[0];
    expect(container.command).toEqual(['docker-entrypoint.sh']);
    expect(container.args.slice(0, 3)).toEqual(['postgres', '-c', 'shared_buffers=3418MB']);
    expect(container.args).toContain('max_connections=197');
    expect(container.args.join(' ')).not.toMatch('config_file');
    expect(texts['postgres/statefulset.yaml']).toMatch(
      /\n +# 3,418 MB from .*\n +- "-c"\n +- "shared_buffers=3418MB"\n/,
    );
  });

  it('redis takes its password as a flag, from a variable, from the Secret', () => {
    const container = objects['redis/deployment.yaml'].spec.template.spec.containers[0];
    expect(container.args.slice(0, 3)).toEqual(['redis-server', '--maxmemory', '5127mb']);
    expect(container.args.slice(-2)).toEqual(['--requirepass', '$(REDIS_PASSWORD)']);
    expect(container.env).toEqual([
      {
        name: 'REDIS_PASSWORD',
        valueFrom: { secretKeyRef: { name: 'spatialvortex-redis-secrets', key: 'REDIS_PASSWORD' } },
      },
    ]);
  });
});

describe('checksum', () => {
  it('a changed value replaces the pods of its service', () => {
    const changed = { ...input, plan: structuredClone(input.plan) };
    changed.plan.services.api!.parameters.BATCH_SIZE!.value -= 1;
    const path = 'api/deployment.yaml';
    expect(checksumIn(objectsOf(changed), path)).not.toBe(checksumIn(objects, path));
  });

  it('another command or wording does not', () => {
    const changed = {
      ...input,
      plan: structuredClone(input.plan),
      command: 'sizewright synth --profile c6i.8xlarge --target kubernetes',
    };
    for (const { parameters } of Object.values(changed.plan.services)) {
      for (const { trace } of Object.values(parameters)) trace[0]!.reason = 'worded anew';
    }
    expect(checksumIn(objectsOf(changed), 'api/deployment.yaml')).toBe(checksumIn(objects, 'api/deployment.yaml'));
  });
});

describe('secret.example.yaml', () => {
  it('placeholders that nothing applies, and how to create the Secrets', () => {
    const text = texts['secret.example.yaml']!;
    expect(text).toMatch(/^# generated by sizewright .*\n# make again: .*\n#\n# An example with placeholders/);
    expect(parseAllDocuments(text).map((document) => document.toJS())).toMatchObject([
      {
        kind: 'Secret',
        metadata: { name: 'spatialvortex-api-secrets', namespace: 'spatialvortex' },
        type: 'Opaque',
        stringData: { GROK_API_KEY: 'your-key' },
      },
      { metadata: { name: 'spatialvortex-postgres-secrets' }, stringData: { POSTGRES_PASSWORD: 'change-me' } },
      { metadata: { name: 'spatialvortex-redis-secrets' }, stringData: { REDIS_PASSWORD: 'change-me' } },
    ]);
    expect(objects['kustomization.yaml'].resources).not.toContain('secret.example.yaml');
  });

  it('is absent where there are no secrets', () => {
    const none = { secrets: [] };
    const policies = policiesWith({ 'spatialvortex-api': none, postgres: none, redis: none });
    const files = textsOf(inputFor(stackWith({ postgres: none }), { 'c6i.8xlarge': ALL }, policies));
    expect(files).not.toHaveProperty('secret.example.yaml');
    expect(files['kustomization.yaml']).not.toContain('secret');
  });
});

import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Provider } from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { KubernetesServices, type KubernetesServicesArgs } from 'sizewright/pulumi';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { nodeFiles } from '../../../src/files/node-files.ts';
import { synthesize } from '../../../src/synth.ts';
import { replaceOnce } from '../../samples.ts';
import { Other, type Program, plain, run } from './support.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const stranger = fileURLToPath(new URL('../../fixtures/stranger', import.meta.url));

const services = (args: KubernetesServicesArgs, opts?: pulumi.ComponentResourceOptions) =>
  run(() => new KubernetesServices('demo', args, opts));

/** Objects by the names that their resources have. */
async function targetObjects({ cwd = root, profile, platform, ...options }: Record<string, unknown>) {
  const files = nodeFiles(cwd as string, `${root}/dist/data`);
  const { folders } = await synthesize(
    { ...options, profiles: [profile].flat() as string[], platforms: [platform as string], targets: ['kubernetes'] },
    files,
  );
  const [{ artifacts }] = folders.filter(({ target }) => target === 'kubernetes') as [(typeof folders)[number]];
  const objects = artifacts.filter(({ path }) => !/^(kustomization|secret\.example)\.yaml$/.test(path));
  const nameOf = (path: string) => `demo-${path.replace('.yaml', '').replace('/', '-')}`;
  return Object.fromEntries(objects.map(({ path, contents }) => [nameOf(path), parse(contents)]));
}

const childrenOf = ({ resources }: Program) => resources.filter(({ parent }) => parent === 'demo');

describe('children', () => {
  it.each([
    { profile: 'c6i.8xlarge', platform: 'kubernetes' },
    { profile: 't3.2xlarge', platform: 'kubernetes' },
    { profile: '4cpu-8gi', platform: 'gke', available: '5Gi' },
    { profile: 'm7g.2xlarge', platform: 'eks', external: ['postgres'] },
    {
      profile: ['api=c6i.8xlarge', 'postgres,redis=r6i.2xlarge'],
      platform: 'eks',
      set: ['api.VOICE_THREADS=2'],
      maxPods: '30',
    },
    { profile: 'm7g.xlarge', platform: 'kubernetes', stack: './my-stack.yaml', cwd: stranger },
  ])('are the objects of the kubernetes target: $profile on $platform', async (args) => {
    const program = await services(args);
    const objects = await targetObjects(args);
    expect(Object.fromEntries(childrenOf(program).map(({ name, inputs }) => [name, inputs]))).toEqual(objects);
    for (const { name, type } of childrenOf(program)) {
      const { apiVersion, kind } = objects[name];
      expect(type).toBe(`kubernetes:${apiVersion === 'v1' ? 'core/v1' : apiVersion}:${kind}`);
    }
  });

  it('come one after the other, the Services beside what they wait for', async () => {
    const { find, resources } = await services({ profile: 'c6i.8xlarge' });
    expect(find('demo-namespace').dependencies).toEqual([]);
    expect(find('demo-api-deployment').dependencies).toEqual([
      'demo-api-configmap',
      'demo-api-networkpolicy',
      'demo-api-serviceaccount',
      'demo-namespace',
      'demo-networkpolicy',
    ]);
    expect(find('demo-postgres-statefulset').dependencies).toEqual([
      'demo-namespace',
      'demo-networkpolicy',
      'demo-postgres-configmap-files',
      'demo-postgres-networkpolicy',
      'demo-postgres-service-headless',
      'demo-postgres-serviceaccount',
    ]);
    const others = resources.filter(({ type }) => !/Namespace|Deployment|StatefulSet|sizewright/.test(type));
    for (const { dependencies } of others) expect(dependencies).toEqual(['demo-namespace']);
    expect(others.map(({ name }) => name)).toContain('demo-api-service');
  });

  it('are waited for as long as a rollout may take', async () => {
    const { find } = await services({ profile: 'c6i.8xlarge' });
    // One after the other: 10 x (60 s to stop + 300 s to pull + 60 + 5 x 32 s to start); 120 + 300 + 1,800 s.
    const api = { create: '5800s', update: '5800s' };
    const postgres = { create: '2220s', update: '2220s' };
    expect(find('demo-api-deployment').waits).toEqual(api);
    expect(find('demo-api-service').waits).toEqual(api);
    expect(find('demo-postgres-statefulset').waits).toEqual(postgres);
    expect(find('demo-postgres-service').waits).toEqual(postgres);
    expect(find('demo-api-configmap').waits).toEqual({ create: '', update: '' });
  });

  it('are of the installed version of the provider', async () => {
    const { find } = await services({ profile: 'c6i.8xlarge' });
    expect(find('demo-api-deployment').version).toBe('4.34.2');
  });
});

describe('outputs', () => {
  it('are the numbers of the plan, with the ledger', async () => {
    const { outputs } = await services({ profile: 'c6i.8xlarge' });
    // FACTS: 34182 - 3418 - 128 = 30636 available; the pool's 76 yields to (100 - 8) / 10 replicas.
    expect(outputs.demo).toMatchObject({
      profile: 'c6i.8xlarge',
      platform: 'kubernetes',
      namespace: 'spatialvortex',
      services: {
        api: {
          limits: { cpuMillis: 19_720, memoryMiB: 34_182 },
          requests: { cpuMillis: 19_720, memoryMiB: 34_182 },
          replicas: { min: 3, max: 10, surge: 0 },
          parameters: { ACTIX_WORKERS: 38, ONNX_POOL_SIZE: 32, DB_POOL_SIZE: 18, CACHE_SIZE_MB: 2048 },
          ledger: { availableMiB: 30_636, items: expect.arrayContaining([expect.objectContaining({ miB: 16_000 })]) },
        },
        postgres: { limits: { cpuMillis: 7890, memoryMiB: 13_673 } },
        redis: { limits: { cpuMillis: 3940, memoryMiB: 6836 } },
      },
    });
  });

  it('can be read by the program, the namespace as soon as it is there', async () => {
    const read: unknown[] = [];
    const { find } = await run(() => {
      const demo = new KubernetesServices('demo', { profile: '4cpu-8gi' });
      pulumi.all([demo.profile, demo.platform, demo.services, demo.namespace]).apply((all) => read.push(...all));
      return new (class extends pulumi.ComponentResource {})(
        'test:index:After',
        'after',
        {},
        {
          dependsOn: new (class extends pulumi.CustomResource {})('test:index:Other', 'secret', { of: demo.namespace }),
        },
      );
    });
    expect([read[0], read[1], read[3]]).toEqual(['4cpu-8gi', 'kubernetes', 'spatialvortex']);
    expect(read[2]).toMatchObject({ api: { limits: { cpuMillis: 4000, memoryMiB: 8192 } } });
    expect(find('secret').dependencies).toEqual(['demo-namespace']); // not the workloads, which wait for it
  });
});

describe('secrets', () => {
  it('are references to ones made outside', async () => {
    const { resources, find } = await services({ profile: 'c6i.8xlarge' });
    expect(resources.filter(({ type }) => type.endsWith(':Secret'))).toEqual([]);
    expect(find('demo-api-deployment').inputs.spec.template.spec.containers[0].env).toContainEqual({
      name: 'DATABASE_URL',
      valueFrom: { secretKeyRef: { name: 'spatialvortex-api-secrets', key: 'DATABASE_URL' } },
    });
  });

  it('among what is planned for are secrets in all that is made of them', async () => {
    const { resources, outputs } = await services({ profile: '4cpu-8gi', set: [pulumi.secret('api.VOICE_THREADS=3')] });
    const config = plain(resources.find(({ name }) => name === 'demo-api-configmap')?.inputs) as Record<
      string,
      unknown
    >;
    expect(config.data).toEqual({ secret: expect.objectContaining({ VOICE_THREADS: '3' }) });
    for (const { inputs, parent } of resources) {
      if (parent !== 'demo') continue;
      const { apiVersion: _, kind: __, ...members } = plain(inputs) as Record<string, object>;
      for (const member of Object.values(members)) expect(Object.keys(member)).toEqual(['secret']);
    }
    expect(outputs.demo).toEqual({
      profile: { secret: '4cpu-8gi' },
      platform: { secret: 'kubernetes' },
      namespace: { secret: 'spatialvortex' },
      services: { secret: expect.anything() },
    });
  });

  it('of a process do not reach the state', async () => {
    const { find } = await services({ profile: '4cpu-8gi', environment: { TOKEN: 'hunter2', VOICE_THREADS: '3' } });
    expect(find('demo').inputs).toEqual({});
    expect(find('demo-api-configmap').inputs.data.VOICE_THREADS).toBe('3');
  });

  it('in the text of a stack are refused', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'sizewright-credentials-'));
    cpSync(stranger, cwd, { recursive: true });
    const stack = join(cwd, 'my-stack.yaml');
    writeFileSync(
      stack,
      replaceOnce(readFileSync(stack, 'utf8'), "it's 100 % fine", 'http://admin:hunter2@example.com'),
    );
    const args = { profile: '4cpu-8gi', stack: './my-stack.yaml', cwd };
    await expect(services(args)).rejects.toThrow(
      /GREETING: expected a reference to a Secret, got the value of GREETING/,
    );
  });
});

describe('options', () => {
  it('parent, aliases, protect and providers reach the children', async () => {
    const { find, resources } = await run(() => {
      const provider = new Provider('cluster', { kubeconfig: '{}' });
      const parent = new (class extends pulumi.ComponentResource {})('test:index:Group', 'group');
      return new KubernetesServices(
        'demo',
        { profile: '4cpu-8gi' },
        { parent, provider, protect: true, aliases: [{ name: 'earlier' }] },
      );
    });
    expect(find('demo').parent).toBe('group');
    expect(find('demo').aliases).toContainEqual(expect.objectContaining({ name: 'earlier' }));
    for (const child of childrenOf({ resources } as Program)) {
      expect(child.protect).toBe(true);
      expect(child.provider).toMatch(/pulumi:providers:kubernetes::cluster::cluster-id$/);
    }
  });

  it('the namespace is protected where it holds data, and protect: false lifts that', async () => {
    const protectedOnes = async (args: { external?: string[] }, opts: pulumi.ComponentResourceOptions = {}) => {
      const { resources } = await run(() => new KubernetesServices('demo', { profile: '4cpu-8gi', ...args }, opts));
      return resources.filter(({ protect }) => protect).map(({ name }) => name);
    };
    expect(await protectedOnes({})).toEqual(['demo-namespace']);
    expect(await protectedOnes({}, { protect: false })).toEqual([]);
    expect(await protectedOnes({ external: ['postgres', 'redis'] })).toEqual([]);
  });

  it('a list of providers serves the children too', async () => {
    const { find } = await run(() => {
      const providers = [new Provider('cluster', { kubeconfig: '{}' })];
      return new KubernetesServices('demo', { profile: '4cpu-8gi' }, { providers });
    });
    expect(find('demo-api-service').provider).toMatch(/::cluster::cluster-id$/);
  });

  it.each([
    ['a resource', (other: Other) => other],
    ['a list', (other: Other) => [other]],
    ['an output', (other: Other) => pulumi.output([other])],
  ])('dependsOn %s reaches the children', async (_, dependsOn) => {
    const { resources } = await run(
      () => new KubernetesServices('demo', { profile: '4cpu-8gi' }, { dependsOn: dependsOn(new Other('first')) }),
    );
    const ours = resources.filter(({ name }) => name.startsWith('demo'));
    expect(ours).toHaveLength(22);
    for (const { dependencies } of ours) expect(dependencies).toContain('first');
  });

  it('transformations change children, whoever passes them', async () => {
    const skipAwait = { 'pulumi.com/skipAwait': 'true' };
    const { find } = await services(
      { profile: '4cpu-8gi' },
      {
        transformations: [
          ({ type, props, opts }) =>
            type === 'kubernetes:apps/v1:Deployment'
              ? { props: { ...props, metadata: { ...props.metadata, annotations: skipAwait } }, opts }
              : undefined,
        ],
      },
    );
    expect(find('demo-api-deployment').inputs.metadata).toMatchObject({ name: 'api', annotations: skipAwait });
    expect(find('demo-postgres-statefulset').inputs.metadata.annotations).toBeUndefined();
  });

  it('what depends on the component waits for its children', async () => {
    const { find } = await run(() => {
      const demo = new KubernetesServices('demo', { profile: pulumi.output('4cpu-8gi') });
      return new (class extends pulumi.ComponentResource {})(
        'test:index:After',
        'after',
        {},
        {
          dependsOn: new Other('other', { dependsOn: demo }),
        },
      );
    });
    expect(find('other').dependencies).toContain('demo-api-deployment');
  });
});

describe('arguments', () => {
  it('may be outputs and promises at any depth', async () => {
    const { find } = await services({
      profile: pulumi.output('4cpu-8gi'),
      platform: Promise.resolve('gke'),
      set: [pulumi.output('api.VOICE_THREADS=3')],
    });
    expect(find('demo-api-configmap').inputs.data.VOICE_THREADS).toBe('3');
    expect(find('demo-api-deployment').inputs.spec.template.spec.containers[0].resources.limits.memory).toBe('8Gi');
  });

  it('that are plain show the children in a preview', async () => {
    const program = await run(() => new KubernetesServices('demo', { profile: '4cpu-8gi' }), { preview: true });
    expect(childrenOf(program)).toHaveLength(21);
  });

  it('that are not known yet leave a preview with the component alone, whose dependents go on', async () => {
    const program = await run(() => new KubernetesServices('demo', { profile: new Other('machine').id }), {
      preview: true,
      unknown: ['machine'],
    });
    expect(childrenOf(program)).toEqual([]);
  });
});

describe('findings', () => {
  it('are warnings of the component, with the path', async () => {
    const { warnings } = await services({ profile: 't3.2xlarge' });
    expect(warnings.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/^t3\.2xlarge: t3\.2xlarge is burstable: .* \(BURSTABLE_MACHINE\)$/),
    );
    for (const { resource } of warnings) expect(resource).toBeInstanceOf(KubernetesServices);
  });

  it.each([
    [{ profile: 'c6i.9xlarge' }, /^profile: expected a machine .* got "c6i\.9xlarge"; did you mean c6i\.8xlarge/],
    [{ profile: '500m-256mi' }, /BUDGET|the lowest values cost|MiB/],
    [{}, /^profile: expected hardware, got none; give machine: 'c6i\.8xlarge', limits: '4cpu-8gi', or cpu and memory$/],
    [undefined as never, /^profile: expected hardware, got none/],
    [null as never, /^profile: expected hardware, got none/],
    [{ extrenal: ['postgres'] } as never, /^extrenal: expected a prop, got "extrenal"; did you mean external\?/],
    [
      { profile: '4cpu-8gi', platform: 'host' },
      /^platform: expected a platform of the kind node, got host; leave it out for kubernetes$/,
    ],
    [{ profile: '4cpu-8gi', set: ['api.NOTHING=1'] }, /^api\.NOTHING: expected a parameter of spatialvortex-api/],
  ] as [KubernetesServicesArgs, RegExp][])(
    'that forbid a plan are errors of the component: %j',
    async (args, message) => {
      const thrown = await services(args).catch((error: unknown) => error);
      expect(pulumi.ResourceError.isInstance(thrown)).toBe(true);
      const { message: got, resource, hideStack } = thrown as pulumi.ResourceError;
      expect(got).toMatch(message);
      expect(resource).toBeInstanceOf(KubernetesServices);
      expect(hideStack).toBe(true);
    },
  );
});

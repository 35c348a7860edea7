/**
 * Real: Pulumi's command line and engine, its plugin for Kubernetes, the generated project (compiled with its own
 * settings), etcd and the API server with its controllers and its scheduler, kubectl. Programs run in this process,
 * through Pulumi's Automation API, because the host of Node.js programs is in no package registry. The plugin waits for
 * pods; no kubelet runs, and what kubelets say of their pods, this test says.
 */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { core, Provider as KubernetesProvider } from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import type { Stack } from '@pulumi/pulumi/automation/index.js';
import { KubernetesServices } from 'sizewright/pulumi';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { addNode, addVolumes, apply, NAMESPACE } from '../integration/support/cluster.ts';
import { type ControlPlane, startControlPlane } from '../integration/support/control-plane.ts';
import { ROOT, synth, synthAll, temporaryFolder } from '../integration/support/generated.ts';
import { type Kubelets, startKubelets } from '../integration/support/kubelets.ts';
import { liveObjectsOf } from '../integration/support/live-objects.ts';
import { expand } from '../targets/kubernetes/support.ts';
import { compileProject, installPulumi, type Pulumi } from './support.ts';

let cluster: ControlPlane;
let kubelets: Kubelets[];
let pulumiCli: Pulumi;
const stacks: Stack[] = [];

beforeAll(async () => {
  cluster = await startControlPlane();
  const { plan } = await synth('c6i.8xlarge', 'kubernetes');
  for (const name of ['node-1', 'node-2', 'node-3']) await addNode(cluster.api, name, plan.machines[0]!);
  await addVolumes(cluster.api, 20);
  kubelets = [NAMESPACE, 'my-shop'].map((namespace) => startKubelets(cluster.api, namespace));
  pulumiCli = await installPulumi(cluster);
});

afterEach(async () => {
  for (const stack of stacks.splice(0)) {
    await unprotect(stack);
    await stack.destroy();
  }
});

/** As `pulumi state unprotect --all` does. */
async function unprotect(stack: Stack): Promise<void> {
  const state = await stack.exportStack();
  for (const resource of state.deployment.resources ?? []) delete resource.protect;
  await stack.importStack(state);
}

afterAll(async () => {
  for (const one of kubelets ?? []) await one.stop();
  await cluster?.stop();
});

/** A stack that is destroyed after the test. */
async function stackOf(...[name, program, options]: Parameters<Pulumi['stack']>): Promise<Stack> {
  const stack = await pulumiCli.stack(name, program, options);
  stacks.push(stack);
  return stack;
}

const liveObjects = (namespace: string) => liveObjectsOf(cluster, namespace);

/** Operations by their number. */
const changesOf = async (result: Promise<{ summary: { resourceChanges?: object } }>) =>
  (await result).summary.resourceChanges;

test('the generated project makes what kubectl applies, once, changes it in place, and takes it away', async () => {
  const profiles = ['c6i.8xlarge', '4cpu-8gi'];
  const folder = await synthAll(
    profiles.flatMap((profile) => ['--profile', profile]),
    'pulumi',
  );
  const program = await compileProject(folder);
  const stack = await stackOf('c6i.8xlarge', program, { folder });
  await stack.setConfig('spatialvortex-redis-secrets.REDIS_PASSWORD', { value: 'hunter2-redis', secret: true }, true);
  // The stack, the component and its 21 children, the Secret.
  expect(await changesOf(stack.up())).toEqual({ create: 24 });
  const secret = await cluster.kubectl('get', 'secret', 'spatialvortex-redis-secrets', '-n', NAMESPACE, '-o', 'json');
  expect(atob(JSON.parse(secret).data.REDIS_PASSWORD)).toBe('hunter2-redis');
  expect(pulumiCli.storedOf('c6i.8xlarge')).not.toMatch(/hunter2|aHVudGVyM/);
  const first = await liveObjects('spatialvortex');
  expect(Object.keys(first)).toHaveLength(21);
  expect(await changesOf(stack.up({ expectNoChanges: true }))).toEqual({ same: 24 });

  const outputs = await stack.outputs();
  expect(outputs).toMatchObject({ namespace: { value: 'spatialvortex' }, profile: { value: 'c6i.8xlarge' } });
  expect(outputs.services!.value.api).toMatchObject({
    limits: { memoryMiB: 34_182 },
    parameters: { DB_POOL_SIZE: 18 },
  });

  // The other profile's configuration, on the same objects, and without the Secret.
  const config = join(folder, 'Pulumi.c6i.8xlarge.yaml');
  const salt = /^encryptionsalt: .*$/m.exec(readFileSync(config, 'utf8'))![0];
  writeFileSync(config, `${salt}\n${readFileSync(join(folder, 'Pulumi.4cpu-8gi.yaml'), 'utf8')}`);
  expect(await changesOf(stack.up())).toEqual({ same: 19, update: 3, replace: 1, delete: 1 });
  const second = await liveObjects('spatialvortex');
  // What runs goes, but for the namespace, with which the claims would go: the stack, the component and it are left.
  await expect(stack.destroy()).rejects.toThrow(/protected/);
  expect(await cluster.kubectl('get', 'pvc', '-n', 'spatialvortex', '-o', 'name')).toBe(
    'persistentvolumeclaim/data-postgres-0\n',
  );
  await unprotect(stack);
  expect(await changesOf(stack.destroy())).toEqual({ delete: 3 });
  await expect(cluster.kubectl('get', 'namespace', 'spatialvortex')).rejects.toThrow('not found');

  for (const [profile, objects] of [
    ['c6i.8xlarge', first],
    ['4cpu-8gi', second],
  ] as const) {
    const direct = await synth(profile, 'kubernetes');
    await apply(cluster, '-k', direct.folder);
    expect(objects).toEqual(await liveObjects('spatialvortex'));
    await cluster.kubectl('delete', 'namespace', 'spatialvortex');
  }
});

// biome-ignore lint/suspicious/noTemplateCurlyInString: it is meant to look like one
const HOSTILE = '${HOME} $(PATH) {{ .Values }} %{ if } "a" \'b\' `c` \\ #: &x !!y – ünï 漢字 🚀';

test('hostile text of a user’s own stack, copied into the project, comes back unchanged', async () => {
  const folder = strangersFolder((stack) => {
    stack.annotations.contact = `${HOSTILE}\n\ttwo\n`;
    stack.services['web-front'].deploy.env.GREETING = HOSTILE;
    delete stack.services['web-front'].deploy.nodeSelector;
  });
  const stack = await stackOf(
    'hostile',
    async () => void new KubernetesServices('shop', { profile: 'c6i.8xlarge', stack: './my-stack.yaml', cwd: folder }),
  );
  await stack.up();
  const objects = (await liveObjects('my-shop')) as Record<string, { metadata: { annotations: object }; spec: never }>;
  for (const [name, { metadata }] of Object.entries(objects))
    expect({ name, ...metadata.annotations }).toMatchObject({ name, contact: `${HOSTILE}\n\ttwo\n` });
  const { template } = objects['Deployment/web-front']!.spec as {
    template: { spec: { containers: { env: object[] }[] } };
  };
  const [{ env }] = template.spec.containers as [{ env: { name: string; value: string }[] }];
  expect(expand(env.find(({ name }) => name === 'GREETING')!.value)).toBe(HOSTILE);
  expect(await changesOf(stack.up({ expectNoChanges: true }))).toMatchObject({ same: expect.any(Number) });
});

test('no secret is stored in the clear: not one made beside the services, not one of the arguments', async () => {
  const folder = temporaryFolder();
  const program = async () => {
    const config = new pulumi.Config();
    const { namespace } = new KubernetesServices('vortex', {
      profile: '4cpu-8gi',
      set: [config.requireSecret('pin')],
      environment: { ...process.env, TOKEN: 'hunter2-environment' },
    });
    new core.v1.Secret('api', {
      metadata: { namespace, name: 'spatialvortex-api-secrets' },
      stringData: { DATABASE_URL: config.requireSecret('databaseUrl') },
    });
  };
  const stack = await stackOf('secrets', program, { folder });
  await stack.setConfig('databaseUrl', { value: 'hunter2-database', secret: true });
  await stack.setConfig('pin', { value: 'api.BATCH_TIMEOUT_MS=37', secret: true });
  await stack.up();

  const stored = `${pulumiCli.storedOf('secrets')}${readFileSync(join(folder, 'Pulumi.secrets.yaml'), 'utf8')}`;
  expect(stored).toContain('kubernetes:apps/v1:Deployment');
  expect(stored).not.toMatch(/hunter2|BATCH_TIMEOUT_MS/);
  expect(stored).not.toContain(Buffer.from('hunter2-database').toString('base64'));
  const get = async (...what: string[]) =>
    JSON.parse(await cluster.kubectl('get', ...what, '-n', 'spatialvortex', '-o', 'json')).data;
  expect(await get('configmap', 'spatialvortex-config')).toMatchObject({ BATCH_TIMEOUT_MS: '37' });
  expect(atob((await get('secret', 'spatialvortex-api-secrets')).DATABASE_URL)).toBe('hunter2-database');
});

test('aliases, transforms, protection and dependencies reach the children, through the engine', async () => {
  let make = (): KubernetesServices => new KubernetesServices('before', { profile: '4cpu-8gi' });
  const stack = await stackOf('options', async () => void make());
  await stack.up();

  make = () => new KubernetesServices('after', { profile: '4cpu-8gi' }, { aliases: [{ name: 'before' }] });
  expect(await changesOf(stack.up())).toEqual({ same: 23 });

  make = () => {
    const opts = {
      aliases: [{ name: 'before' }],
      protect: true,
      transforms: [
        async ({ type, props, opts: own }: pulumi.ResourceTransformArgs) =>
          type === 'kubernetes:core/v1:ConfigMap'
            ? { props: { ...props, metadata: { ...props.metadata, annotations: { by: 'a transform' } } }, opts: own }
            : undefined,
      ],
    };
    return new KubernetesServices('after', { profile: '4cpu-8gi' }, opts);
  };
  expect(await changesOf(stack.up())).toMatchObject({ update: 2 });
  const objects = (await liveObjects('spatialvortex')) as Record<string, { metadata: { annotations: object } }>;
  expect(objects['ConfigMap/spatialvortex-config']!.metadata.annotations).toEqual({ by: 'a transform' });
  await expect(stack.destroy()).rejects.toThrow(/protected/);

  const { deployment } = await stack.exportStack();
  const { resources } = deployment as { resources: { urn: string; dependencies?: string[]; protect?: boolean }[] };
  const name = (urn: string) => urn.split('::').at(-1);
  const workload = resources.find(({ urn }) => name(urn) === 'after-redis-deployment')!;
  expect(workload.protect).toBe(true);
  expect(workload.dependencies?.map(name)).toContain('after-redis-serviceaccount');

  make = () => new KubernetesServices('after', { profile: '4cpu-8gi' }, { protect: false });
  await stack.up();
});

test('a preview shows the children of plain arguments; those not known yet are made by the update', async () => {
  const known = await stackOf('known', async () => void new KubernetesServices('demo', { profile: '4cpu-8gi' }));
  expect((await known.preview()).changeSummary).toEqual({ create: 23 });

  const program = async () => {
    const machine = new core.v1.ConfigMap('machine', { metadata: { name: 'machine', namespace: 'default' } });
    const demo = new KubernetesServices('demo', { profile: machine.id.apply(() => '4cpu-8gi') });
    new core.v1.ConfigMap('after', { metadata: { name: 'after', namespace: 'default' } }, { dependsOn: demo });
  };
  const later = await stackOf('later', program);
  // The stack, the component and the two ConfigMaps.
  expect((await later.preview()).changeSummary).toEqual({ create: 4 });
  expect(await changesOf(later.up())).toEqual({ create: 25 });
  const { deployment } = await later.exportStack();
  const { resources } = deployment as { resources: { urn: string; dependencies?: string[] }[] };
  const after = resources.find(({ urn }) => urn.endsWith('::after'))!;
  expect(after.dependencies).toContainEqual(expect.stringMatching(/::demo-api-deployment$/));
});

test('findings are warnings of the component, and what forbids a plan ends the update without a trace', async () => {
  let profile: pulumi.Input<string> = 't3.2xlarge';
  const stack = await stackOf('findings', async () => void new KubernetesServices('demo', { profile }));
  const messages: { severity: string; message: string; urn?: string }[] = [];
  const onEvent = ({ diagnosticEvent }: { diagnosticEvent?: (typeof messages)[number] }) => {
    if (diagnosticEvent) messages.push(diagnosticEvent);
  };
  await stack.preview({ onEvent });
  expect(messages).toContainEqual(
    expect.objectContaining({
      severity: 'warning',
      urn: expect.stringMatching(/sizewright:index:KubernetesServices::demo$/),
      message: expect.stringMatching(/t3\.2xlarge is burstable: .* \(BURSTABLE_MACHINE\)/),
    }),
  );
  for (const wrong of ['c6i.9xlarge', pulumi.output('c6i.9xlarge')]) {
    profile = wrong;
    messages.length = 0;
    await expect(stack.up({ onEvent })).rejects.toThrow(/profile: expected a machine .*, got "c6i\.9xlarge"/);
    const errors = messages.filter(({ severity, urn }) => severity === 'error' && urn !== undefined);
    expect(errors.map(({ message }) => message).join('')).not.toContain('dist/pulumi.js');
  }
});

test('two components in one namespace of one cluster are refused, in two they are not', async () => {
  let second: pulumi.ComponentResourceOptions = {};
  const stack = await stackOf('twice', async () => {
    new KubernetesServices('one', { profile: '4cpu-8gi' });
    new KubernetesServices('two', { profile: 'c6i.8xlarge' }, second);
  });
  await expect(stack.preview()).rejects.toThrow(
    'expected a namespace that no other component makes with the same provider, got spatialvortex; give one another',
  );
  // The stack, two components with 21 children each.
  second = {
    transforms: [
      async ({ type, props, opts }) =>
        type === 'kubernetes:core/v1:Namespace'
          ? { props: { ...props, metadata: { name: 'other' } }, opts }
          : undefined,
    ],
  };
  expect((await stack.preview()).changeSummary).toEqual({ create: 45 });
  const elsewhere = await stackOf('elsewhere', async () => {
    new KubernetesServices('one', { profile: '4cpu-8gi' });
    const provider = new KubernetesProvider('other', { kubeconfig: '{}' });
    new KubernetesServices('two', { profile: 'c6i.8xlarge' }, { provider });
  });
  expect((await elsewhere.preview()).changeSummary).toEqual({ create: 46 });
});

/** The stranger's files with a changed stack. */
function strangersFolder(change: (stack: ReturnType<typeof parse>) => void): string {
  const folder = temporaryFolder();
  cpSync(join(ROOT, 'test/fixtures/stranger'), folder, { recursive: true });
  const path = join(folder, 'my-stack.yaml');
  const stack = parse(readFileSync(path, 'utf8'));
  change(stack);
  writeFileSync(path, JSON.stringify(stack));
  return folder;
}

import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type PlanProps, planFor } from '../../../src/constructs/plan-for.ts';
import { nodeFiles } from '../../../src/files/node-files.ts';
import { type SynthOptions, synthesize } from '../../../src/synth.ts';
import { pulumi } from '../../../src/targets/pulumi/index.ts';
import { carriedPath } from '../../../src/targets/pulumi/names.ts';
import type { Artifact, RenderInput } from '../../../src/targets/target.ts';
import { errorOf, withServices } from '../../samples.ts';
import { renderInput } from '../../support.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const filesIn = (cwd: string) => nodeFiles(cwd, join(root, 'dist/data'));

async function synth(options: SynthOptions, cwd = root) {
  const { folders, plans } = await synthesize({ targets: ['pulumi'], ...options }, filesIn(cwd));
  const { artifacts } = folders.find(({ target }) => target === 'pulumi')!;
  return { artifacts, plans, textOf: (path: string) => artifacts.find((file) => file.path === path)?.contents };
}

function write(artifacts: readonly Artifact[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'sizewright-pulumi-'));
  for (const { path, contents } of artifacts) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), contents);
  }
  return folder;
}

/** A folder two levels down, with the stranger's stack and policies beside and above it. */
function strangersFolder(): string {
  const top = mkdtempSync(join(tmpdir(), 'sizewright-stranger-'));
  cpSync(join(root, 'test/fixtures/stranger'), join(top, 'shared'), { recursive: true });
  const folder = join(top, 'deploy/here');
  cpSync(join(root, 'test/fixtures/stranger'), folder, { recursive: true });
  writeFileSync(join(folder, 'overrides.yaml'), 'web-front:\n  POOL: 20\n');
  writeFileSync(join(folder, 'box.yaml'), 'machine: { name: box-7, cpu: 6, memory: 24Gi }\n');
  writeFileSync(join(folder, 'nodes.yaml'), 'platform: mine\nkubeReserved: { cpu: 1, memory: 2Gi }\n');
  return folder;
}

describe('files', () => {
  it('are a project with a stack for each profile', async () => {
    const { artifacts, textOf } = await synth({ profiles: ['c6i.8xlarge', '4cpu-8gi'], available: '5Gi' });
    expect(artifacts.map(({ path }) => path)).toEqual([
      'Pulumi.yaml',
      'Pulumi.c6i.8xlarge-5gi-available.yaml',
      'Pulumi.4cpu-8gi-5gi-available.yaml',
      'plans.json',
      'index.ts',
      'package.json',
      'tsconfig.json',
      '.gitignore',
    ]);
    expect(parse(textOf('Pulumi.yaml')!)).toMatchObject({ name: 'spatialvortex', runtime: 'nodejs' });
    expect(parse(textOf('Pulumi.4cpu-8gi-5gi-available.yaml')!)).toEqual({
      config: { 'spatialvortex:plan': '4cpu-8gi-5gi-available' },
    });
    expect(JSON.parse(textOf('plans.json')!)).toEqual({
      'c6i.8xlarge-5gi-available': {
        profile: 'c6i.8xlarge',
        platform: 'kubernetes',
        stack: 'spatialvortex',
        available: '5Gi',
      },
      '4cpu-8gi-5gi-available': {
        profile: '4cpu-8gi',
        platform: 'kubernetes',
        stack: 'spatialvortex',
        available: '5Gi',
      },
    });
    // Pulumi writes secrets and their salt into them.
    expect(artifacts.filter(({ once }) => once).map(({ path }) => path)).toEqual([
      'Pulumi.c6i.8xlarge-5gi-available.yaml',
      'Pulumi.4cpu-8gi-5gi-available.yaml',
    ]);
    expect(textOf('index.ts')).toContain("new KubernetesServices('spatialvortex', args)");
    expect(textOf('index.ts')).toContain(
      "  'spatialvortex-postgres-secrets', // POSTGRES_PASSWORD, APPLICATION_PASSWORD, EXPORTER_PASSWORD\n",
    );
  });

  it('name the platform of a stack where there are several, and machines of services', async () => {
    const { artifacts } = await synth({
      profiles: ['api=c6i.8xlarge', 'postgres,redis=r6i.2xlarge'],
      platforms: ['kubernetes', 'eks'],
    });
    expect(artifacts.map(({ path }) => path).slice(1, 3)).toEqual([
      'Pulumi.api-c6i.8xlarge_postgres.redis-r6i.2xlarge_kubernetes.yaml',
      'Pulumi.api-c6i.8xlarge_postgres.redis-r6i.2xlarge_eks.yaml',
    ]);
  });

  it('need what was tried with this version, and this version', async () => {
    const { textOf } = await synth({ profiles: ['4cpu-8gi'] });
    const { dependencies } = JSON.parse(textOf('package.json')!);
    const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    for (const name of ['@pulumi/kubernetes', '@pulumi/pulumi'])
      expect(dependencies[name]).toBe(own.devDependencies[name]);
    expect(dependencies.sizewright).toBe('>=0.1.0 <1');
    expect(own.version).toMatch(/^0\.([1-9]|\d\d)/);
  });

  it.each([
    ['my-stack.yaml', 'my-stack.yaml'],
    ['./a/../policies/x.yaml', 'policies/x.yaml'],
    ['../../shared/x.yaml', 'outside/2/shared/x.yaml'],
    ['/etc/x.yaml', 'outside/root/etc/x.yaml'],
  ])('of the user: %s is carried as %s', (path, carried) => {
    expect(carriedPath(path)).toBe(carried);
  });
});

describe('the project, wherever it is copied to,', () => {
  it.each([
    { desc: 'built-in', options: { profiles: ['c6i.8xlarge'], external: ['redis'], kubeReserved: 'cpu=1,memory=2Gi' } },
    {
      desc: 'limits',
      options: { cpu: '4', memory: '8Gi', set: ['api.VOICE_THREADS=3'], max: ['api.CACHE_SIZE_MB=512'] },
    },
    {
      desc: 'environment',
      options: { profiles: ['4cpu-8gi'], environment: { VOICE_THREADS: '3', CACHE_SIZE_MB_MAX: '512' } },
    },
    {
      desc: 'own machines',
      options: { profiles: ['api=c6i.8xlarge', 'postgres,redis=r6i.2xlarge'], platforms: ['eks'] },
    },
    {
      desc: 'own files',
      cwd: strangersFolder(),
      options: {
        profiles: ['./box.yaml'],
        stack: './my-stack.yaml',
        overrides: 'overrides.yaml',
        platforms: ['./nodes.yaml'],
      },
    },
    {
      desc: 'files elsewhere',
      cwd: strangersFolder(),
      options: { profiles: ['memo=./box.yaml', 'web-front=m7g.xlarge'], stack: '../../shared/my-stack.yaml' },
    },
  ] as { desc: string; cwd?: string; options: SynthOptions }[])('plans the same: $desc', async ({ options, cwd }) => {
    const { artifacts, plans } = await synth(options, cwd);
    const folder = write(artifacts);
    const [props] = Object.values(JSON.parse(readFileSync(join(folder, 'plans.json'), 'utf8'))) as [PlanProps];
    const { plan } = planFor(props, 'kubernetes', filesIn(join(folder, props.cwd ?? '.')));
    expect(withoutPlaces(plan.services)).toEqual(withoutPlaces(plans[0]!.services));
    expect(plan.machines).toEqual(plans[0]!.machines);
  });
});

/** A trace names the flag, the file or the variable that a value came from; in the project that is another one. */
function withoutPlaces(services: object): object {
  return JSON.parse(JSON.stringify(services, (key, value) => (key === 'by' ? undefined : value)));
}

describe('reading back', () => {
  const input: RenderInput = {
    ...renderInput('4cpu-8gi', { platform: 'kubernetes' }),
    asked: {
      options: { profile: '4cpu-8gi', platform: 'kubernetes', stack: './my-stack.yaml' },
      files: [{ path: 'my-stack.yaml', text: 'stack: shop\n' }],
    },
  };
  const files = pulumi.render([input]);
  const findingsOf = (path: string, change: (text: string) => string, from = input) =>
    pulumi
      .read(
        files.map((file) => (file.path === path ? { ...file, contents: change(file.contents) } : file)),
        [from],
      )
      .flatMap(({ findings = [] }) => findings.map(({ code, path: at }) => `${code} ${at}`));

  it('finds every service, and nothing wrong', () => {
    const [observed] = pulumi.read(files, [input]);
    expect(Object.keys(observed!.services)).toEqual(['api', 'postgres', 'redis']);
    expect(observed!.findings).toEqual([]);
  });

  const config = 'Pulumi.4cpu-8gi.yaml';
  const plan = 'plans.json: 4cpu-8gi';
  it.each([
    [config, (text: string) => text.replace('"4cpu-8gi"', '"4cpu-16gi"'), [`OPTION_DIFFERS ${config}: plan`]],
    [
      'plans.json',
      (text: string) => text.replace('"profile": "4cpu-8gi"', '"profile": "4cpu-16gi"'),
      [`OPTION_DIFFERS ${plan}: profile`],
    ],
    ['plans.json', (text: string) => text.replace(/ *"platform": .*\n/, ''), [`OPTION_DIFFERS ${plan}: platform`]],
    [
      'plans.json',
      (text: string) => text.replace('"platform"', '"POSTGRES_PASSWORD": "x", "platform"'),
      [`OPTION_DIFFERS ${plan}: POSTGRES_PASSWORD`, `SECRET_WRITTEN ${plan}: POSTGRES_PASSWORD`],
    ],
    ['Pulumi.yaml', (text: string) => text.replace(/^name: .*$/m, 'name: "other"'), [`OPTION_DIFFERS ${config}: plan`]],
    ['inputs/my-stack.yaml', () => 'stack: other\n', ['FILE_DIFFERS inputs/my-stack.yaml']],
  ])('finds a change of %s', (path, change, found) => {
    expect(findingsOf(path, change)).toEqual(found);
  });

  it('finds the value of a secret in an option, and in the stack that it carries', () => {
    const asked = {
      ...input.asked!,
      options: { ...input.asked!.options, stack: 'http://me:hunter2@example.com/x.yaml' },
    };
    expect(pulumi.read(pulumi.render([{ ...input, asked }]), [{ ...input, asked }])[0]!.findings).toMatchObject([
      { code: 'SECRET_WRITTEN', path: `${plan}: stack` },
    ]);
    const stack = withServices(input.stack, { api: { env: { PLACE: 'http://me:hunter2@example.com' } } });
    const leaking = { ...input, stack };
    expect(findingsOf(config, (text) => text, leaking)).toEqual([
      'SECRET_WRITTEN api/deployment.yaml: containers.api.env.PLACE',
    ]);
  });
});

describe('refuses', () => {
  it.each([
    [{ profiles: ['host'] }, /expected hardware by its name, got host/],
    [{ profiles: [`${'api=c6i.8xlarge'}`, 'postgres=r6i.2xlarge', 'redis=host'] }, /expected hardware by its name/],
    [{ profiles: ['4cpu-8gi'], mode: 'auto' }, /expected a target whose programs can compute values at start/],
  ] as [SynthOptions, RegExp][])('%j', async (options, message) => {
    const error = await errorOf(() => synth(options));
    expect([error.code, error.path]).toEqual(['TARGET_UNSUPPORTED', 'pulumi']);
    expect(error.message).toMatch(message);
  });

  const named = (profile: string) => {
    const input = renderInput('4cpu-8gi', { platform: 'kubernetes' });
    return { ...input, plan: { ...input.plan, profile }, asked: { options: { profile }, files: [] } };
  };

  it('names that are none of a Pulumi stack', () => {
    expect(pulumi.unsupported?.([named('a'.repeat(100))])).toBeUndefined();
    expect(pulumi.unsupported?.([named('a'.repeat(101))])).toMatch(/^expected the name of a Pulumi stack, at most 100/);
    expect(pulumi.unsupported?.([named('a+b'), named('a.b')])).toMatch(/as Pulumi stacks, got a\.b twice$/);
  });
});

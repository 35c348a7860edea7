/** A text that has the syntax of another format comes back unchanged on the other side, or is refused. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ENV_LINE } from '../../src/targets/env/text.ts';
import { composeProject } from './support/compose.ts';
import { docker } from './support/containers.ts';
import { filesIn, ROOT } from './support/generated.ts';
import {
  argumentsOf,
  IMAGE,
  KEPT,
  LABELS,
  MARKED,
  normal,
  PARAGRAPH,
  PROBE,
  probeOf,
  TEXTS,
  toldBy,
  variablesOf,
  writeHostile,
  writeNormal,
} from './support/hostile.ts';
import { decode, kustomize } from './support/kubernetes.ts';
import { startMoto } from './support/moto.ts';
import { run } from './support/run.ts';
import { providerMirror, resourcesIn } from './support/terraform.ts';
import { buildTool, findTerraform, findTool } from './support/tools.ts';

const PROFILE = '2cpu-4gi';
const folder = writeHostile();
const VARIABLES = variablesOf(TEXTS);
const ARGUMENTS = argumentsOf(TEXTS);

/** The folder of a target. */
async function synth(target: string, platform: string, from = folder): Promise<string> {
  const words = ['--profile', PROFILE, '--stack', './hostile.yaml', '--target', target, '--platform', platform];
  await run('node', [join(ROOT, 'dist/bin.js'), 'synth', ...words], { cwd: from });
  const spanning = target === 'helm' || target === 'kustomize';
  return join(from, 'out/hostile', ...(spanning ? ['_all'] : [PROFILE, platform]), target);
}

// biome-ignore lint/suspicious/noExplicitAny: objects of Kubernetes, looked at member by member
type Any = any;

/** What the kubelet starts of a container. */
async function started(container: Any): Promise<{ env: Record<string, string>; command: string[]; probe: string[] }> {
  return JSON.parse(await run(await buildTool('kubelet-expand'), [], { input: JSON.stringify(container) }));
}

async function expectWhole(deployment: Any): Promise<void> {
  const { metadata, spec } = deployment.spec.template;
  const { env, command, probe } = await started(spec.containers[0]);
  expect(env).toMatchObject(VARIABLES);
  expect(command.slice(-ARGUMENTS.length)).toEqual(ARGUMENTS);
  expect(probe).toEqual(PROBE);
  expect(metadata.annotations['example.com/text']).toBe(PARAGRAPH);
}

describe('Kubernetes', () => {
  test.each([
    ['kubernetes', '.'],
    ['kustomize', `overlays/${PROFILE}`],
  ])('%s', async (target, overlay) => {
    const objects: Any[] = await kustomize(join(await synth(target, 'kubernetes'), overlay));
    const deployment = objects.find(({ kind }) => kind === 'Deployment');
    await expectWhole(deployment);
    expect(deployment.metadata.labels).toMatchObject(LABELS);
    expect(deployment.metadata.annotations['example.com/text']).toBe(PARAGRAPH);
  });

  test('helm', async () => {
    const chart = await synth('helm', 'kubernetes');
    const stream = await run(await buildTool('helm'), ['template', 'hostile', chart, '--skip-tests', '-n', 'hostile']);
    const objects: Any[] = await decode(stream);
    const deployment = objects.find(({ kind }) => kind === 'Deployment');
    await expectWhole(deployment);
    expect(deployment.metadata.labels).toMatchObject(LABELS);
  });

  test('cloud-run, which replaces no references', async () => {
    const path = join(await synth('cloud-run', 'cloud-run'), 'teller.yaml');
    const [service] = (await decode(readFileSync(path, 'utf8'))) as Any[];
    const [{ env, args }] = service.spec.template.spec.containers;
    expect(Object.fromEntries(env.map(({ name, value = '' }: Any) => [name, value]))).toMatchObject(VARIABLES);
    expect(args.slice(-ARGUMENTS.length)).toEqual(ARGUMENTS);
  });
});

describe('Terraform', () => {
  test('arrives whole', async () => {
    const target = await synth('terraform', 'kubernetes', writeNormal(KEPT));
    const [program, provider] = [findTerraform(), await providerMirror('kubernetes')];
    await provider(program, target, 'init');
    await provider(program, target, 'apply', '-auto-approve');
    const resources = resourcesIn(await provider(program, target, 'show', '-json'));
    const { values } = resources.find(({ type }) => type === 'kubernetes_deployment_v1')!;
    const [{ metadata, spec }] = values.spec[0].template;
    const [container] = spec[0].container;
    const [{ exec }] = container.liveness_probe;
    const { env, command, probe } = await started({ ...container, livenessProbe: { exec: exec[0] } });
    const words = normal(argumentsOf(KEPT));
    expect(env).toMatchObject(normal(variablesOf(KEPT)));
    expect(command.slice(-words.length)).toEqual(words);
    expect(probe).toEqual(normal(probeOf(KEPT)));
    expect(metadata[0].annotations['example.com/text']).toBe(normal(PARAGRAPH));
    expect(values.metadata[0].labels).toMatchObject(LABELS);
    expect(await provider(program, target, 'plan', '-detailed-exitcode')).toContain('No changes.');
  });

  test('is refused where it would arrive in another form', async () => {
    await expect(synth('terraform', 'kubernetes')).rejects.toThrow("expected text in Unicode's normal form C");
    const marked = writeNormal([MARKED]);
    await expect(synth('terraform', 'kubernetes', marked)).rejects.toThrow(
      'expected text that begins with no byte order',
    );
  });
});

describe('Docker', () => {
  beforeAll(() => docker('tag', inject('images').runtime, IMAGE));
  afterAll(() => docker('rmi', IMAGE));

  function expectTold(printed: string): void {
    const told = toldBy(printed);
    expect(told.arguments).toEqual(ARGUMENTS);
    expect(told.variables).toMatchObject(VARIABLES);
  }

  test('compose', async () => {
    const { compose } = composeProject(await synth('compose', 'host'));
    try {
      expectTold(await compose('run', '--rm', '--no-TTY', '--pull', 'never', 'teller'));
    } finally {
      await compose('down', '--volumes');
    }
  });

  test('docker', async () => {
    const scripts = await synth('docker', 'host');
    await docker('network', 'create', 'hostile');
    try {
      await run(join(scripts, 'teller/docker-run.sh'), ['--restart', 'no'], { env: inject('docker') });
      await docker('wait', 'hostile-teller');
      expectTold(await docker('logs', 'hostile-teller'));
    } finally {
      await docker('rm', '--force', 'hostile-teller');
      await docker('network', 'rm', 'hostile');
    }
  });
});

test('Amazon ECS', async () => {
  const [files, moto] = await Promise.all([synth('ecs', 'fargate'), startMoto()]);
  try {
    const env = {
      ...moto.env,
      EXECUTION_ROLE_ARN: 'arn:aws:iam::123456789012:role/execution',
      SUBNET_A: 'subnet-a',
      SUBNET_B: 'subnet-b',
      SECURITY_GROUP: 'sg-a',
    };
    const readme = readFileSync(join(files, 'README.md'), 'utf8');
    const commands = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block!).join('');
    const register = commands.split('\n').filter((line) => !/(create|update)-service/.test(line));
    await run('/bin/sh', ['-euc', register.join('\n')], { cwd: files, env });
    const describe = ['ecs', 'describe-task-definition', '--task-definition', 'hostile-teller', '--output', 'json'];
    const { taskDefinition } = JSON.parse(await run(moto.tool('aws'), describe, { env }));
    const [container] = taskDefinition.containerDefinitions;
    const variables = container.environment.map(({ name, value }: Any) => [name, value]);
    expect(Object.fromEntries(variables)).toMatchObject(VARIABLES);
    expect(container.command.slice(-ARGUMENTS.length)).toEqual(ARGUMENTS);
  } finally {
    await moto.stop();
  }
});

describe('.env', () => {
  const plain = TEXTS.filter((text) => ENV_LINE.test(`A=${text}`) || ENV_LINE.test(`A="${text}"`));

  test('refuses what shells and systemd read differently', async () => {
    expect(TEXTS.filter((text) => !/[$`"\\\t]/.test(text))).toEqual(plain);
    await expect(synth('env', 'host', writeHostile(TEXTS, 'env'))).rejects.toThrow(
      /OUTPUT_INVALID\n.*settings\.setting_13: expected no \$, backquote, double quote, backslash or control character/,
    );
  });

  test.each([
    ['dash', []],
    ['bash', ['--norc', '--posix']],
    ['busybox', ['sh']],
  ] as const)('%s reads the others as they are', async (shell, mode) => {
    const files = filesIn(await synth('env', 'host', writeHostile(plain, 'env')));
    const file = files.find((path) => path.endsWith('/.env'))!;
    const read = [...mode, '-c', 'set -aeu; . "$1"; exec env -0', shell, file];
    const printed = await run('env', ['-i', `PATH=${process.env.PATH}`, await findTool(shell), ...read]);
    const variables = Object.fromEntries(printed.split('\0').map((line) => line.split(/=(.*)/s, 2)));
    expect(variables).toMatchObject(variablesOf(plain));
  });
});

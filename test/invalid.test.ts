/** Every code of an error, with its whole message. A fixture differs from the valid file beside it in one field. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ERRORS } from '../src/errors/codes.ts';
import type { SizewrightError } from '../src/errors/errors.ts';
import { writeFolders } from '../src/files/output.ts';
import { detectHost } from '../src/hardware/host/detect.ts';
import type { PlanOptions } from '../src/requests/options.ts';
import { readBack, type SynthOptions, synthesize } from '../src/synth.ts';
import type { StackTarget } from '../src/targets/target.ts';
import { type VerifyOptions, verify } from '../src/verify/index.ts';
import { packageFiles } from './commands.ts';
import { planAll } from './gathered.ts';
import { errorOf, memoryFiles } from './samples.ts';
import { renderInput } from './support.ts';

const root = new URL('invalid/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'sizewright-invalid-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The valid files by the last part of a fixture's name: `formula-syntax.policy.yaml`. */
const VALID = {
  policy: 'policies/demo.yaml',
  stack: 'my/stack.yaml',
  box: 'box.yaml',
  machine: 'machine.yaml',
  overrides: 'overrides.yaml',
  platform: 'nodes.yaml',
} as const;
const valid = Object.fromEntries(Object.values(VALID).map((path) => [path, read(`valid/${path.replace('my/', '')}`)]));

/** What a plan of the valid files says, with one of them replaced. */
function planWith(fixture: string | undefined, options: PlanOptions = {}) {
  const kind = fixture?.split('.')[1] as keyof typeof VALID | undefined;
  const files = { ...valid, ...(fixture !== undefined && { [VALID[kind!]]: read(fixture) }) };
  const given = {
    stack: 'my/stack.yaml',
    profiles: [kind === 'machine' ? 'machine.yaml' : 'box.yaml'],
    ...(kind === 'overrides' && { overrides: 'overrides.yaml' }),
    ...options,
  };
  return planAll(given, [kind === 'platform' ? 'nodes.yaml' : 'host'], memoryFiles(files));
}
const synth = (options: SynthOptions) => synthesize({ profiles: ['4cpu-8gi'], ...options }, packageFiles());

interface Case {
  code: string;
  /** `test/invalid/<fixture>.yaml` */
  fixture?: string;
  step?: () => unknown;
  message: string;
}

const FILES: (Case & { fixture: string })[] = [
  {
    code: 'YAML_SYNTAX',
    fixture: 'yaml-syntax.policy.yaml',
    message: 'policies/demo.yaml:2: expected YAML, got: map keys must be unique; keep one of them',
  },
  {
    code: 'QUANTITY_SYNTAX',
    fixture: 'quantity-syntax.box.yaml',
    message: 'box.yaml:1: container.memory: expected memory in Mi, Gi or Ti (1024-based), got "8GB"; write 8Gi',
  },
  {
    code: 'PROFILE_INVALID',
    fixture: 'profile-invalid.box.yaml',
    message: 'box.yaml:1: container.available: expected at most the 8,192 MiB of container.memory, got 9,216 MiB',
  },
  {
    code: 'PLATFORM_INVALID',
    fixture: 'platform-invalid.platform.yaml',
    message: 'nodes.yaml:3: sytemReserved: expected a known key, got "sytemReserved"; did you mean systemReserved?',
  },
  {
    code: 'POLICY_UNKNOWN',
    fixture: 'policy-unknown.stack.yaml',
    message:
      'my/stack.yaml:5: services.web.policy: expected a policy in my/policies/ or policies/ or of the package (demo), got "dmeo"',
  },
  {
    code: 'POLICY_INVALID',
    fixture: 'policy-invalid.policy.yaml',
    message:
      'policies/demo.yaml:16: parameters.WORKERS.cost: expected WORKERS once in memory.yields or memory.fixed, got it 0 times; say whether it gives way when memory is short',
  },
  {
    code: 'POLICY_NOT_MONOTONE',
    fixture: 'policy-not-monotone.policy.yaml',
    message:
      'policies/demo.yaml:16: parameters.WORKERS.cost.formula: expected a cost that never falls when WORKERS grows, got "1000 - WORKERS * 10" through WORKERS; take WORKERS out of memory.yields or change the formula',
  },
  {
    code: 'FORMULA_SYNTAX',
    fixture: 'formula-syntax.policy.yaml',
    message:
      'policies/demo.yaml:11: parameters.WORKERS.formula: expected a decimal whole number of at most 15 digits, got "2.5"; numbers are whole here; instead of * 2.5 write * 5 / 2\n    cores * 2.5\n            ^',
  },
  {
    code: 'FORMULA_UNSAFE',
    fixture: 'formula-unsafe.policy.yaml',
    message:
      'policies/demo.yaml:11: parameters.WORKERS.formula: expected a divisor that is always at least 1, got 0 to 1023\n    cores / (cores - 1)\n             ^',
  },
  {
    code: 'STACK_INVALID',
    fixture: 'stack-invalid.stack.yaml',
    message: 'my/stack.yaml:7: services.web.replicas: expected at least 1, got 0',
  },
  {
    code: 'SERVICE_UNKNOWN',
    fixture: 'service-unknown.overrides.yaml',
    message: 'overrides.yaml:3: wroker: expected a service of stack shop, got "wroker"; did you mean worker?',
  },
  {
    code: 'OVERRIDE_INVALID',
    fixture: 'override-invalid.overrides.yaml',
    message: 'overrides.yaml:4: worker.POOL: expected a parameter of demo, got "POOL"; did you mean POOL_SIZE?',
  },
  {
    code: 'BOUND_CONFLICT',
    fixture: 'bound-conflict.overrides.yaml',
    message:
      "overrides.yaml:2: web.WORKERS: expected a maximum of at most 64 workers, got 65; the policy's bound is hard",
  },
  {
    code: 'PIN_INVALID',
    fixture: 'pin-invalid.overrides.yaml',
    message:
      'overrides.yaml:4: worker.POOL_SIZE: expected 1 to 100 connections, got 101; pin a value within the bounds',
  },
  {
    code: 'BUDGET_EXCEEDED',
    fixture: 'budget-exceeded.box.yaml',
    // 2 x 10
    message: [
      'web: expected costs of at most 19 MiB available as stated, got 20 MiB at the lowest values; it takes 20 MiB available',
      '            20 MiB  WORKERS = 2 (WORKERS * 10, assumed)',
      '            20 MiB  in all',
    ].join('\n'),
  },
  {
    code: 'ALLOCATION_EXCEEDED',
    fixture: 'allocation-exceeded.machine.yaml',
    message: [
      'office: expected room for the least that web, worker ask for, got 8000m and 1 MiB allocatable on host; take a larger machine or leave services out with --external',
      '    office: 8000m, 513 MiB',
      '    - operating system: 0m, 512 MiB',
      '    web asks for at least 10m and 1 MiB',
      '    worker asks for at least 10m and 1 MiB',
    ].join('\n'),
  },
  {
    code: 'CONSTRAINT_UNSATISFIED',
    fixture: 'constraint-unsatisfied.stack.yaml',
    // 4 cores x 4; 1330m is one core x 4, of which a hundredth is 0
    message:
      'constraints.0: expected web.POOL_SIZE * web.replicas.max <= worker.POOL_SIZE / 100, got 16 > 0; web.POOL_SIZE would have to be 0, below its minimum of 1',
  },
];

const wrong: StackTarget = {
  name: 'wrong',
  scope: 'stack',
  title: 'says what nobody planned',
  platforms: ['host'],
  render: () => [{ path: 'a', contents: 'x' }],
  stream: () => '',
  read: ({ length }) => [{ services: { api: { limits: { memoryMiB: length } } } }],
};
const artifacts = (contents: string) => [{ path: 'web', artifacts: [{ path: 'a', contents }] }];

const verifyWith = (options: Partial<VerifyOptions>, plan = renderInput('4cpu-8gi').plan) =>
  verify({ plan: 'plan.json', ...options }, packageFiles({ 'plan.json': JSON.stringify(plan) }));

const STEPS: (Case & { step: () => unknown })[] = [
  {
    code: 'USAGE',
    step: () => planWith(undefined, { profiles: [] }),
    message:
      '--profile: expected hardware, got none; give a machine that all share (--machine c6i.8xlarge, --machine 8cpu-32gi, --machine here), or the limits of one container (--limits 4cpu-8gi)',
  },
  {
    code: 'FILE_UNREADABLE',
    step: () => planWith(undefined, { overrides: 'none.yaml' }),
    message: '--overrides: expected a file, got none at none.yaml',
  },
  {
    code: 'HOST_UNKNOWN',
    step: () => detectHost(() => undefined),
    message:
      'host: expected a Linux host that says how much CPU and memory there is, got nothing from /proc, /sys and cgroups; name the hardware: --cpu and --memory, or --profile c6i.8xlarge',
  },
  {
    code: 'PROFILE_UNKNOWN',
    step: () => synth({ profiles: ['c6i.9xlarge'] }),
    message:
      '--profile: expected a machine (c6i.8xlarge), container limits (4cpu-8gi), host or a path to a .yaml file, got "c6i.9xlarge"; did you mean c6i.8xlarge, c6i.12xlarge, c6i.16xlarge?',
  },
  {
    code: 'PLATFORM_UNKNOWN',
    step: () => synth({ platforms: ['hots'] }),
    message:
      '--platform: expected one of host, kubernetes, eks, gke, aks, ecs, fargate, cloud-run, or a path to a .yaml file, got "hots"; did you mean host?',
  },
  {
    code: 'PLATFORM_UNSUPPORTED',
    step: () => synth({ profiles: ['c6i.8xlarge'], platforms: ['fargate'] }),
    message:
      '--profile: expected container limits on fargate, got the machine c6i.8xlarge; give --profile 4cpu-8gi, or --cpu and --memory',
  },
  {
    code: 'STACK_UNKNOWN',
    step: () => synth({ stack: 'spatialvertex' }),
    message:
      '--stack: expected a stack in stacks/, one of the package (spatialvortex) or a path to a .yaml file, got "spatialvertex"',
  },
  {
    code: 'TARGET_UNKNOWN',
    step: () => synth({ targets: ['compos'] }),
    message:
      '--target: expected one of env, docker, compose, kubernetes, kustomize, helm, ecs, cloud-run, terraform, terraform-module, pulumi, monitoring, got "compos"; did you mean compose?',
  },
  {
    code: 'TARGET_UNSUPPORTED',
    step: () => synth({ targets: ['kubernetes'], platforms: ['host'] }),
    message:
      'kubernetes: expected a target of platform host (env, docker, compose, terraform-module, monitoring), got kubernetes; change --target or --platform',
  },
  {
    code: 'OUTPUT_INVALID',
    step: () => {
      const input = renderInput('4cpu-8gi', { external: ['postgres', 'redis'] });
      readBack(wrong, wrong.render([input]), [input]);
    },
    message: 'wrong: services.api.limits.memoryMiB: expected 8192 as planned, got 1 in the file (READ_BACK_DIFFERS)',
  },
  {
    code: 'PLAN_INVALID',
    step: () => verifyWith({}, { ...renderInput('4cpu-8gi').plan, platform: 1 as never }),
    message: 'plan.json:1: platform: expected string, got 1',
  },
  {
    code: 'METRICS_INVALID',
    step: () => verifyWith({ metrics: [{ file: 'm.txt', text: 'up 1\nup=1\n' }] }),
    message: 'm.txt:2: expected a sample of a metric, got "up=1"',
  },
  {
    code: 'SOURCE_UNREACHABLE',
    step: () => verifyWith({ servers: { 'config-get': ['redis://me:secret@127.0.0.1:1'] } }),
    message:
      '--redis: expected an answer from redis://127.0.0.1:1, got connect ECONNREFUSED 127.0.0.1:1; check address, user and password',
  },
  {
    code: 'NOTHING_REPORTED',
    step: () => {
      const { services, ...plan } = renderInput('4cpu-8gi').plan;
      return verifyWith(
        { metrics: [{ file: 'm.txt', text: 'up 1\n' }] },
        { ...plan, services: { api: services.api! } },
      );
    },
    message:
      "verify: expected something about spatialvortex as it runs on host, got nothing\n  api: expected limits and use (cAdvisor's series) from m.txt, got none, so they were not compared",
  },
  {
    code: 'MANIFEST_INVALID',
    step: () => {
      writeFolders(join(folder, 'manifest'), artifacts('x\n'), false);
      writeFileSync(join(folder, 'manifest/web/manifest.json'), '<<<<<<< main\n');
      writeFolders(join(folder, 'manifest'), artifacts('y\n'), false);
    },
    message: `${folder}/manifest/web/manifest.json: cannot be read: line 1 is a marker of a merge conflict; it lists which files of this folder were generated. Restore it, or run again with --force, which overwrites the generated files of this folder and writes it anew`,
  },
  {
    code: 'WRITE_CONFLICT',
    step: () => {
      writeFolders(join(folder, 'conflict'), artifacts('x\n'), false);
      writeFileSync(join(folder, 'conflict/web/a'), 'by hand\n');
      writeFolders(join(folder, 'conflict'), artifacts('y\n'), false);
    },
    message: `${folder}/conflict/web/a: expected the file as it was generated, got one changed by hand; move your change to the stack, a policy or an override, or overwrite it with --force`,
  },
  {
    code: 'WRITE_FAILED',
    step: () => {
      mkdirSync(join(folder, 'failed/web/a'), { recursive: true });
      writeFolders(join(folder, 'failed'), artifacts('x\n'), false);
    },
    message: `${folder}/failed/web/a: expected a file that can be read, got a folder; check what is at this path and its permissions`,
  },
];

describe('a file', () => {
  it('that is valid is planned', async () => {
    const [planned] = await planWith(undefined, { overrides: 'overrides.yaml' });
    const values = Object.entries(planned!.plan.services).map(([name, { parameters }]) => [
      name,
      ...Object.values(parameters).map(({ value }) => value),
    ]);
    // 4 cores; 4 / 3 of them, down to 1330m: 1 core
    expect(values).toEqual([
      ['web', 8, 16],
      ['worker', 2, 10],
    ]);
    const [machine] = await planWith(undefined, { profiles: ['machine.yaml'] });
    expect(machine!.plan.machines).toHaveLength(1);
  });

  it.each(FILES)('$fixture: $code', async ({ code, fixture, message }) => {
    const error: SizewrightError = await errorOf(() => planWith(fixture));
    expect({ code: error.code, message: error.message, problems: error.problems.length }).toEqual({
      code,
      message,
      problems: 1,
    });
  });

  it.each(FILES)('$fixture differs from a valid one in one line', ({ fixture, code }) => {
    expect(fixture.split('.')[0]).toBe(code.toLowerCase().replaceAll('_', '-'));
    const kind = fixture.split('.')[1] as keyof typeof VALID;
    const [good, bad] = [valid[VALID[kind]]!.split('\n'), read(fixture).split('\n')];
    expect(bad).toHaveLength(good.length);
    expect(bad.filter((line, index) => line !== good[index])).toHaveLength(1);
  });

  it('every fixture is tried', () => {
    const there = readdirSync(root).filter((name) => name.endsWith('.yaml'));
    expect(there.sort()).toEqual(FILES.map(({ fixture }) => fixture).sort());
  });
});

describe('anything else', () => {
  it.each(STEPS)('$code', async ({ code, step, message }) => {
    const error = await errorOf(step);
    expect({ code: error.code, message: error.message }).toEqual({ code, message });
  });
});

describe('codes', () => {
  it('all have a case here', () => {
    expect([...FILES, ...STEPS].map(({ code }) => code).sort()).toEqual(Object.keys(ERRORS).sort());
  });
});

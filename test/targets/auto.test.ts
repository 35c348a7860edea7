/** Files of auto mode: bounds and pins instead of values, and an entry point. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { nodeFiles } from '../../src/files/node-files.ts';
import { heldOf } from '../../src/plan/decide/held.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { host } from '../../src/platforms/host.ts';
import { synthesize } from '../../src/synth.ts';
import { compose } from '../../src/targets/compose/index.ts';
import { docker } from '../../src/targets/docker/index.ts';
import { env } from '../../src/targets/env/index.ts';
import { checkHeld } from '../../src/targets/read-back.ts';
import type { Artifact, PlanTarget, RenderInput } from '../../src/targets/target.ts';
import { packageFiles } from '../commands.ts';
import { errorOf } from '../samples.ts';
import { builtInProfile, spatialvortex } from '../support.ts';
import { stackWith } from './docker/support.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const golden = (path: string) => readFileSync(`${root}/test/golden/auto/spatialvortex/4cpu-8gi/${path}`, 'utf8');

function autoInput(stack = spatialvortex.stack, profile = '4cpu-8gi'): RenderInput {
  const { policies } = spatialvortex;
  const placements = [{ profile: builtInProfile(profile), services: stack.services }];
  const request = { stack, policies, platform: host, label: profile, placements, external: [], overrides: {} };
  const { plan, decided } = makePlan(request);
  return { plan, platform: host, stack, policies, command: 'sizewright synth', held: heldOf(stack, decided) };
}
const textOf = (artifacts: readonly Artifact[], path: string) => artifacts.find((one) => one.path === path)!.contents;

describe('the original document', () => {
  it('has its ConfigMap: these lines, and every other bound as quoted strings', () => {
    const lines = golden('kubernetes/kubernetes/api/configmap.yaml').split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        '  name: "spatialvortex-config"',
        '  ACTIX_WORKERS_MAX: "32"',
        '  CACHE_SIZE_MB_MAX: "2048"',
      ]),
    );
    const bounds = lines.filter((line) => /_(MIN|MAX):/.test(line));
    expect(bounds).toHaveLength(20);
    expect(bounds.every((line) => /^ {2}[A-Z_]+_(MIN|MAX): "\d+"$/.test(line))).toBe(true);
    expect(lines.some((line) => /^ {2}ACTIX_WORKERS:/.test(line))).toBe(false);
  });
});

describe.each([env, docker, compose])('$name', (target: PlanTarget) => {
  const input = autoInput();
  const artifacts = target.render(input);

  it('says every bound, and no value', () => {
    expect(checkHeld(input, target.read(artifacts, input), target.name)).toEqual([]);
    for (const { path, contents } of artifacts.filter((one) => !/entrypoint\.sh$|\.example$/.test(one.path)))
      expect([path, /\bACTIX_WORKERS(=|: )|shared_buffers=/.exec(contents)]).toEqual([path, null]);
  });

  it('is refused where a bound is not what was decided', () => {
    const wrong = artifacts.map((one) => ({
      ...one,
      contents: one.contents.replaceAll(/(ACTIX_WORKERS_MAX["=: ]+)64/g, '$165'),
    }));
    const [finding] = checkHeld(input, target.read(wrong, input), target.name);
    expect(finding).toMatchObject({
      code: 'READ_BACK_DIFFERS',
      path: `${target.name}: services.api.ACTIX_WORKERS_MAX`,
    });
  });

  it('has one entry point a service', () => {
    const scripts = artifacts.filter(({ path }) => path.endsWith('entrypoint.sh'));
    expect(scripts.map(({ path, executable }) => [path, executable])).toEqual([
      ['api/entrypoint.sh', true],
      ['postgres/entrypoint.sh', true],
      ['redis/entrypoint.sh', true],
    ]);
  });
});

describe('without a CPU limit', () => {
  const stack = stackWith({ api: { cpuLimit: 'none' } });
  it.each([docker, compose])('$name says the planned one', (target: PlanTarget) => {
    const artifacts = target.render(autoInput(stack));
    const text = textOf(artifacts, target === docker ? 'api/docker-run.sh' : 'compose.yaml');
    expect(text).toMatch(/SIZEWRIGHT_CPU_MILLIS(=|: ")4000/);
  });
});

describe('synth --mode auto', () => {
  const files = packageFiles();

  it('refuses a target whose programs cannot compute values', async () => {
    const error = await errorOf(() =>
      synthesize(
        { profiles: ['4cpu-8gi'], mode: 'auto', targets: ['cloud-run'], external: ['postgres', 'redis'] },
        files,
      ),
    );
    expect(error.problems).toEqual([
      {
        code: 'TARGET_UNSUPPORTED',
        path: 'cloud-run',
        message:
          'expected a target whose programs can compute values at start (env, docker, compose, kubernetes, kustomize, terraform), got cloud-run; leave out --mode auto',
      },
    ]);
  });

  it('carries pins, and what is available where that was stated', async () => {
    const { artifacts } = await synthesize(
      { profiles: ['4cpu-8gi'], mode: 'auto', targets: ['env'], available: '6Gi', set: ['api.ACTIX_WORKERS=24'] },
      files,
    );
    const text = artifacts.find(({ path }) => path.endsWith('/.env'))!.contents;
    expect(text).toContain('\n# pinned: --set\nACTIX_WORKERS=24\n');
    expect(text).toContain('\nSIZEWRIGHT_AVAILABLE_MIB=6144\n');
  });

  it("renders a stranger's stack for every target", async () => {
    const stranger = nodeFiles(`${root}/test/fixtures/stranger`, `${root}/dist/data`);
    const { artifacts, findings } = await synthesize(
      { profiles: ['2cpu-4gi'], stack: './my-stack.yaml', mode: 'auto' },
      stranger,
    );
    expect(findings).toEqual([]);
    expect(artifacts.filter(({ path }) => path.endsWith('entrypoint.sh')).length).toBeGreaterThan(3);
  });
});

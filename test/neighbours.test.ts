/**
 * Every threshold beside the numbers that it has to agree with, in the files of every golden profile, of the stranger's
 * stack and of random ones: what is checked alone may still be wrong for the plan beside it.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { policyFromYaml, stackFromYaml } from '../src/files/parse.ts';
import { tryContainerName } from '../src/hardware/container.ts';
import { makePlan } from '../src/plan/plan.ts';
import { findPlatform } from '../src/platforms/index.ts';
import { cloudRun } from '../src/targets/cloud-run/index.ts';
import { compose } from '../src/targets/compose/index.ts';
import { ecs } from '../src/targets/ecs/index.ts';
import { kubernetes } from '../src/targets/kubernetes/index.ts';
import type { PlanTarget, RenderInput } from '../src/targets/target.ts';
import { cost, memory, parameter, policyOf, service, stackOf } from './samples.ts';
import { builtInProfile, renderInput } from './support.ts';

// biome-ignore lint/suspicious/noExplicitAny: files of four formats, looked at member by member
type Parsed = any;
const filesOf = (target: PlanTarget, input: RenderInput) =>
  target.unsupported?.(input) === undefined
    ? target.render(input).map(({ path, contents }) => ({ path, contents }))
    : [];

/** `3m20s`, `10s` */
const seconds = (text: string | undefined): number =>
  [...(text ?? '0s').matchAll(/(\d+)(m|s)/g)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * (unit === 'm' ? 60 : 1),
    0,
  );

/** `expected`, and what is wrong; nothing where all hold. */
function wrongIn(input: RenderInput): string[] {
  const wrong: string[] = [];
  const { kind } = input.platform;
  for (const [name, plan] of Object.entries(input.plan.services)) {
    const { deploy, ...sizes } = input.stack.services.find((candidate) => candidate.name === name)!;
    const one = { ...sizes, ...deploy! };
    const policy = input.policies[one.policy]!;
    const { startupSeconds, ledger, limits, replicas } = plan;
    const finish = policy.stop.graceSeconds;
    const expectThat = (holds: boolean, what: string) => {
      if (!holds) wrong.push(`${input.plan.profile} ${input.plan.platform} ${name}: ${what}`);
    };
    expectThat(
      one.terminationGraceSeconds >= one.preStopSeconds + finish,
      'the whole stop has room for preStop and the grace',
    );
    expectThat((plan.sharedMemoryMiB ?? 0) <= limits.memoryMiB, '/dev/shm is within the limit');
    // One replica away, the others take its work without exceeding their requests.
    const percent = plan.autoscale?.cpuPercent ?? 0;
    expectThat(
      percent * replicas.min <= 100 * Math.max(1, replicas.min - 1) || replicas.min < 3,
      'room for a replica away',
    );
    if (kind === 'node')
      for (const { path, contents } of filesOf(kubernetes, input).filter((file) => file.path.startsWith(`${name}/`)))
        for (const object of parseAllDocuments(contents).map((document): Parsed => document.toJS())) {
          const pod = object.spec?.template?.spec;
          if (pod === undefined) continue;
          const [container] = pod.containers;
          expectThat(
            pod.terminationGracePeriodSeconds >= (container.lifecycle?.preStop.sleep.seconds ?? 0) + finish,
            `${path}: grace`,
          );
          const { startupProbe: startup, readinessProbe: readiness, livenessProbe: liveness } = container;
          if (startup)
            expectThat(startup.periodSeconds * startup.failureThreshold >= startupSeconds, `${path}: startup`);
          for (const probe of [startup, readiness, liveness].filter(Boolean))
            expectThat(!probe.exec || probe.timeoutSeconds >= 5, `${path}: a command has 5 s`);
          if (object.spec.progressDeadlineSeconds !== undefined)
            expectThat(object.spec.progressDeadlineSeconds > startupSeconds, `${path}: progress deadline`);
          const inMemory = (pod.volumes ?? []).filter((volume: Parsed) => volume.emptyDir?.medium === 'Memory');
          for (const volume of inMemory)
            expectThat(volume.emptyDir.sizeLimit !== undefined, `${path}: a size for ${volume.name}`);
        }
    if (kind === 'host') {
      const file = filesOf(compose, input).find(({ path }) => path === 'compose.yaml');
      const written: Parsed = file && parse(file.contents).services[name];
      if (written) {
        expectThat(seconds(written.stop_grace_period) >= finish, 'compose: stop_grace_period');
        if (written.healthcheck)
          expectThat(seconds(written.healthcheck.start_period) >= startupSeconds, 'compose: start_period');
        const sizes = (written.tmpfs ?? []).map((text: string) => Number(/size=(\d+)m/.exec(text)?.[1] ?? Number.NaN));
        const inMemory = sizes.reduce((sum: number, size: number) => sum + size, 0);
        expectThat(
          inMemory <= Math.max(sizes.length, ledger.headroomMiB),
          'compose: folders in memory fit the headroom',
        );
      }
    }
    if (kind === 'ecs' || kind === 'fargate') {
      const files = Object.fromEntries(filesOf(ecs, input).map(({ path, contents }) => [path, contents]));
      const read = (path: string): Parsed => (files[path] === undefined ? undefined : JSON.parse(files[path]));
      const [container] = read(`${name}/task-definition.json`)?.containerDefinitions ?? [];
      if (container) {
        expectThat(container.stopTimeout >= finish && (kind === 'ecs' || container.stopTimeout <= 120), 'stopTimeout');
        const { healthCheck: check } = container;
        if (check) {
          expectThat(
            check.startPeriod <= 300 && check.startPeriod + check.interval * check.retries >= startupSeconds,
            'startPeriod',
          );
          const { liveness } = one.probes;
          expectThat(
            check.interval * check.retries >= Math.min(3000, liveness!.periodSeconds * liveness!.failureThreshold),
            'as patient as liveness',
          );
        }
        const tmpfs = (container.linuxParameters.tmpfs ?? []).reduce((sum: number, { size }: Parsed) => sum + size, 0);
        expectThat(tmpfs <= Math.max(one.writable.length, ledger.headroomMiB), 'folders in memory fit the headroom');
        for (const metric of ['cpu', 'memory']) {
          const scaling = read(`${name}/scaling-policy-${metric}.json`)?.TargetTrackingScalingPolicyConfiguration;
          if (!scaling) continue;
          expectThat(
            scaling.ScaleOutCooldown >= startupSeconds && scaling.ScaleInCooldown >= startupSeconds,
            'cooldowns',
          );
          expectThat(scaling.TargetValue <= 90, 'a target that use can exceed');
        }
      }
    }
    if (kind === 'cloud-run') {
      for (const { contents } of filesOf(cloudRun, input)) {
        const [container] = parse(contents).spec.template.spec.containers;
        if (container.name !== name) continue;
        const { startupProbe } = container;
        expectThat(startupProbe.periodSeconds * startupProbe.failureThreshold >= startupSeconds, 'startup probe');
      }
      const said = input.plan.findings.some(({ code, path }) => code === 'STOP_CUT_SHORT' && path.startsWith(name));
      expectThat(said === one.terminationGraceSeconds > 10, 'a stop that is cut short is said');
    }
    const { volume } = one;
    const said = input.plan.findings.some(
      ({ code, path }) => code === 'VOLUME_TOO_SMALL' && path.startsWith(`${name}.`),
    );
    if (volume && policy.name === 'redis-persistent')
      expectThat(said === volume.sizeMiB < 3 * plan.parameters.maxmemory!.value, 'a volume that is too small is said');
  }
  return wrong;
}

it.each([
  { profile: 'c6i.8xlarge', platforms: ['host', 'kubernetes', 'eks'] },
  { profile: 't3.large', platforms: ['host'] },
  { profile: '4cpu-8gi', platforms: ['host', 'kubernetes'] },
  { profile: '1cpu-3gi', platforms: ['host'] },
  { profile: 'm7g.2xlarge', platforms: ['host', 'ecs'] },
  { profile: '8cpu-32gi', platforms: ['fargate', 'ecs', 'kubernetes'] },
  { profile: 'r6i.4xlarge', platforms: ['host', 'eks', 'ecs'] },
])('the built-in stack on $profile', ({ profile, platforms }) => {
  expect(platforms.flatMap((platform) => wrongIn(renderInput(profile, { platform })))).toEqual([]);
});

it('the built-in stack on Cloud Run', () => {
  expect(wrongIn(renderInput('2cpu-8gi', { platform: 'cloud-run', external: ['postgres', 'redis'] }))).toEqual([]);
});

it('the stack of a stranger', () => {
  const folder = fileURLToPath(new URL('fixtures/stranger', import.meta.url));
  const read = (path: string) => readFileSync(join(folder, path), 'utf8');
  const policyFor = (name: string) => policyFromYaml(read(`policies/${name}.yaml`), name).value;
  const { value: stack } = stackFromYaml(read('my-stack.yaml'), 'my-stack.yaml', policyFor);
  const policies = Object.fromEntries(stack.services.map(({ policy }) => [policy, policyFor(policy)]));
  const wrong = ['host', 'kubernetes', 'eks', 'ecs'].flatMap((name) => {
    const platform = findPlatform(name);
    const placements = [{ profile: builtInProfile('m7g.xlarge'), services: stack.services }];
    const { plan } = makePlan({ stack, policies, platform, label: 'x', placements, external: [], overrides: {} });
    return wrongIn({ plan, platform, stack, policies, command: 'x' });
  });
  expect(wrong).toEqual([]);
});

it('random stacks', () => {
  const probe = fc.record({
    http: fc.constant('/up'),
    periodSeconds: fc.integer({ min: 1, max: 120 }),
    timeoutSeconds: fc.integer({ min: 1, max: 60 }),
    failureThreshold: fc.integer({ min: 1, max: 20 }),
  });
  const random = fc.record({
    startup: fc.integer({ min: 1, max: 3300 }),
    grace: fc.integer({ min: 1, max: 100 }),
    preStop: fc.integer({ min: 0, max: 20 }),
    probes: fc.record({ startup: probe, readiness: probe, liveness: probe }, { requiredKeys: [] }),
    writable: fc.uniqueArray(fc.constantFrom('/tmp', '/run', '/var/cache'), { maxLength: 3 }),
    min: fc.integer({ min: 2, max: 4 }),
    place: fc.constantFrom('host', 'kubernetes', 'ecs', 'fargate', 'cloud-run'),
  });
  fc.assert(
    fc.property(random, ({ startup, grace, preStop, probes, writable, min, place }) => {
      const policy = policyOf({
        startupSeconds: { formula: startup, why: 'w' },
        stop: { signal: 'SIGTERM', graceSeconds: grace, why: 'w' },
        memory: memory({ headroom: 'memoryMiB / 10', yields: ['WORKERS'] }),
        parameters: { WORKERS: parameter({ cost: cost('WORKERS * 10') }) },
      });
      const replicas = { min, max: min + 2 };
      const web = { preStopSeconds: preStop, probes, writable, replicas, autoscale: { cpuPercent: 50 } };
      const stack = stackOf({ services: { web: service(web) } }, [policy]);
      const platform = findPlatform(place);
      const { plan } = makePlan({
        stack,
        policies: { demo: policy },
        platform,
        label: '4cpu-8gi',
        placements: [{ profile: tryContainerName('4cpu-8gi')!, services: stack.services }],
        external: [],
        overrides: {},
      });
      expect(wrongIn({ plan, platform, stack, policies: { demo: policy }, command: 'x' })).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

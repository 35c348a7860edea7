import { describe, expect, it } from 'vitest';
import { type PlanProps, planFor } from '../../src/constructs/plan-for.ts';
import { packageFiles } from '../commands.ts';
import { DEMO_POLICY, DEMO_STACK, errorOf } from '../samples.ts';

describe('planFor', () => {
  it('plans at once, on the usual platform unless another one is named', () => {
    // 57,589 MiB of c6i.8xlarge by 5 : 2 : 1: floor(57,589 × 5 / 8) = 35,993.
    const { plan, stack, command } = planFor({ profile: 'c6i.8xlarge' }, 'host', packageFiles());
    expect([plan.platform, stack.name, plan.services.api!.limits.memoryMiB]).toEqual(['host', 'spatialvortex', 35_993]);
    expect(command).toBe('sizewright synth --profile c6i.8xlarge');
    expect(planFor({ profile: 'c6i.8xlarge', platform: 'eks' }, 'host', packageFiles()).plan.platform).toBe('eks');
  });

  it('reads a user’s own files without waiting', () => {
    const files = packageFiles({ 'mine/stack.yaml': DEMO_STACK, 'mine/policies/demo.yaml': DEMO_POLICY });
    const { plan } = planFor({ stack: 'mine/stack.yaml', cpu: '4', memory: '8Gi' }, 'host', files);
    expect(plan.stack).toBe('shop');
  });

  it('places services on machines of their own', () => {
    const profile = ['api=c6i.8xlarge', 'postgres,redis=r6i.2xlarge'];
    const { plan } = planFor({ profile }, 'kubernetes', packageFiles());
    expect(plan.machines.map((machine) => machine.profile)).toEqual(['c6i.8xlarge', 'r6i.2xlarge']);
  });

  it.each([
    [{ profile: ['c6i.8xlarge', 'c6i.4xlarge'] }, 'USAGE'],
    [{ profile: 'c6i.9xlarge' }, 'PROFILE_UNKNOWN'],
    [{ profile: '500m-256mi' }, 'BUDGET_EXCEEDED'],
    [{}, 'USAGE'],
  ])('refuses %j', async (props, code) => {
    expect((await errorOf(() => planFor(props, 'host', packageFiles()))).code).toBe(code);
  });

  it('refuses this host for a cluster: its nodes are others', async () => {
    const system = {
      '/proc/meminfo': 'MemTotal:       16777216 kB\nMemAvailable:   16777216 kB\n',
      '/sys/devices/system/cpu/online': '0-7\n',
    };
    expect(planFor({ profile: 'host' }, 'host', packageFiles({}, system)).plan.machines[0]!.profile).toBe('host');
    const error = await errorOf(() => planFor({ profile: 'host' }, 'kubernetes', packageFiles({}, system)));
    expect([error.code, error.path]).toEqual(['USAGE', 'profile']);
  });

  it.each([
    [{ profile: 8 }, 'profile: expected a text or a list of texts, got 8; put it into quotes'],
    [{ cpu: 8, memory: '16Gi' }, 'cpu: expected a text, got 8; put it into quotes'],
    [{ profile: 'c6i.8xlarge', set: 'api.X=1' }, 'set: expected a list of texts, got "api.X=1"'],
    [
      undefined,
      "profile: expected hardware, got none; give machine: 'c6i.8xlarge', limits: '4cpu-8gi', or cpu and memory",
    ],
    [{ profile: [], stack: 'spatialvortex' }, /^profile: expected hardware, got none; give machine: /],
    [{ extrenal: ['postgres'] }, 'extrenal: expected a prop, got "extrenal"; did you mean external?'],
    [{ profile: 'c6i.8xlarge', mode: 'auto' }, /^mode: expected a prop \(profile, machine, .*, cwd\), got "mode"$/],
  ])('refuses other types, which nothing else checks: %j', async (props, message) => {
    const error = await errorOf(() => planFor(props as unknown as PlanProps, 'host', packageFiles()));
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
  });

  it.each([
    [{ profile: 'c6i.9xlarge' }, 'profile'],
    [{ cpu: '4' }, 'memory'],
    [{ profile: 'c6i.8xlarge', kubeReserved: 'cpu=x' }, 'kubeReserved'],
    [{ profile: 'c6i.8xlarge', set: ['nobody.X=1'] }, 'set, min, max'],
  ])('names the prop where a command line has an option: %j', async (props, path) => {
    expect((await errorOf(() => planFor(props, 'eks', packageFiles()))).path).toBe(path);
  });

  it.each([
    [{ cpu: '4' }, 'expected cpu and memory together, got one of them'],
    [{ profile: '4cpu-8gi', cpu: '4', memory: '8Gi' }, /^expected either profile or cpu and memory, got both/],
  ])('says the props of a command line’s options: %j', async (props, message) => {
    const [problem] = (await errorOf(() => planFor(props, 'host', packageFiles()))).problems;
    if (typeof message === 'string') expect(problem!.message).toBe(message);
    else expect(problem!.message).toMatch(message);
  });

  it('says them in findings too', () => {
    const props = { profile: 'c6i.8xlarge', set: ['api.ORT_INTRA_OP_NUM_THREADS=4'] };
    const { findings } = planFor(props, 'kubernetes', packageFiles()).plan;
    const [one] = findings.filter(({ code }) => code === 'SESSIONS_OVERSUBSCRIBE_CPU');
    expect(one!.message).toMatch(/ cores run: set api\.ORT_INTRA_OP_NUM_THREADS=1$/);
  });

  it('leaves names that hold dashes as they are', async () => {
    const files = packageFiles({
      's/stack.yaml': DEMO_STACK.replace('worker:', 'web--x:').replace('worker.', 'web__x.'),
      's/policies/demo.yaml': DEMO_POLICY,
    });
    const props = { stack: 's/stack.yaml', cpu: '4', memory: '8Gi', set: ['web--x.NOPE=1'] };
    expect((await errorOf(() => planFor(props, 'host', files))).path).toBe('web--x.NOPE');
  });
});

/** Objects with other numbers from the hardware differ at their marks and nowhere else. */
import { describe, expect, it } from 'vitest';
import { commentsOf } from '../../../src/formats/yaml.ts';
import { heldOf } from '../../../src/plan/decide/held.ts';
import { markedObjectsOf } from '../../../src/targets/kubernetes/index.ts';
import { call, isSized, Sized, sizedBy, sum, withoutMarks } from '../../../src/targets/kubernetes/sized.ts';
import type { RenderInput } from '../../../src/targets/target.ts';
import { planFor, renderInput, spatialvortex } from '../../support.ts';
import { DRAFTS, draftInput } from '../drafts.ts';

/** The same plan with every number of the hardware another one, on another machine. */
function otherNumbers({ plan, held, ...input }: RenderInput): RenderInput {
  const mapped = <T, R>(members: Readonly<Record<string, T>>, change: (member: T) => R): Record<string, R> =>
    Object.fromEntries(Object.entries(members).map(([name, member]) => [name, change(member)]));
  const services = mapped(plan.services, ({ autoscale, sharedMemoryMiB, ...service }) => ({
    ...service,
    limits: {
      memoryMiB: service.limits.memoryMiB + 1,
      ...(service.limits.cpuMillis !== undefined && { cpuMillis: service.limits.cpuMillis + 1 }),
    },
    requests: { memoryMiB: service.requests.memoryMiB + 1, cpuMillis: service.requests.cpuMillis + 1 },
    parameters: mapped(service.parameters, (decision) => ({ ...decision, value: decision.value + 1 })),
    ledger: { ...service.ledger, usedMiB: service.ledger.usedMiB + 1 },
    startupSeconds: service.startupSeconds + 100_000, // so much that every deadline is another one
    ...(sharedMemoryMiB !== undefined && { sharedMemoryMiB: sharedMemoryMiB + 1 }),
    ...(autoscale && { autoscale: { cpuPercent: autoscale.cpuPercent } }),
  }));
  const told = held && mapped(held, (service) => mapped(service, (of) => mapped({ ...of }, later)));
  const machines = plan.machines.map((machine) => ({ ...machine, architecture: 'arm64' as const, profile: 'another' }));
  return { ...input, plan: { ...plan, services, machines }, ...(told && { held: told }) };
}

/** A bound or pin that holds for this hardware alone. */
function later<T extends { value: number; planned?: true }>(stated: T): T {
  return stated.planned ? { ...stated, value: stated.value + 1 } : stated;
}

interface Found {
  differing: string[];
  marks: number;
}

function differences(one: unknown, other: unknown, path: string, found: Found): Found {
  if (one instanceof Sized || other instanceof Sized) {
    found.marks += 1;
    return found;
  }
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    if (one !== other) found.differing.push(path);
    return found;
  }
  const [said, saidThere] = [commentsOf(one) ?? {}, commentsOf(other) ?? {}];
  for (const name of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const [member, there] = [one, other].map((object) => (object as Record<string, unknown>)[name]);
    if (said[name] !== saidThere[name] && !isSized(member)) found.differing.push(`${path}.${name}: comment`);
    differences(member, there, `${path}.${name}`, found);
  }
  return found;
}

function computedAtStart(profile: string): RenderInput {
  const { decided } = planFor(profile, { platform: 'kubernetes' });
  return { ...renderInput(profile, { platform: 'kubernetes' }), held: heldOf(spatialvortex.stack, decided) };
}

/** Nothing names their file to the program, so nothing can compute it at start. */
const BY_HAND = ['my-cnf', 'php-fpm'];

describe.each<[string, () => RenderInput]>([
  ['on a machine', () => renderInput('c6i.8xlarge', { platform: 'eks' })],
  ['in container limits', () => renderInput('4cpu-8gi', { platform: 'kubernetes' })],
  ['computed at start', () => computedAtStart('4cpu-8gi')],
  ['with databases elsewhere', () => renderInput('c6i.8xlarge', { platform: 'eks', external: ['postgres', 'redis'] })],
  ...DRAFTS.flatMap((name) => [
    [`draft ${name}`, () => draftInput(name, 'kubernetes')] as [string, () => RenderInput],
    ...(BY_HAND.includes(name)
      ? []
      : [
          [`draft ${name}, computed at start`, () => draftInput(name, 'kubernetes', true)] as [
            string,
            () => RenderInput,
          ],
        ]),
  ]),
])('%s', (_, inputOf) => {
  it('differs at marks alone', () => {
    const input = inputOf();
    const [objects, others] = [input, otherNumbers(input)].map(markedObjectsOf);
    const found: Found = { differing: [], marks: 0 };
    expect(others!.map(({ path }) => path)).toEqual(objects!.map(({ path }) => path));
    for (const [index, { path, manifest, notes }] of objects!.entries()) {
      expect(others![index]!.notes).toEqual(notes);
      differences(manifest, others![index]!.manifest, path, found);
    }
    expect(found.differing).toEqual([]);
    expect(found.marks).toBeGreaterThanOrEqual(5 * Object.keys(input.plan.services).length); // limits, requests, a deadline
  });
});

describe('a number that follows from a figure', () => {
  const plan = renderInput('4cpu-8gi', { platform: 'kubernetes' }).plan.services.api!;

  it.each([
    [110, 22],
    [111, 23],
    [0, 1],
  ])('of a start in %d s: %d probes every 5 s', (startupSeconds, value) => {
    const probes = call('max', 1, call('ceilDiv', 'startupSeconds', 5));
    expect(sizedBy(probes, { ...plan, startupSeconds }).value).toBe(value);
  });

  it('of a start in 241 s and 360 s more: 601 s', () => {
    const deadline = call('max', 600, sum('startupSeconds', 360));
    expect(sizedBy(deadline, { ...plan, startupSeconds: 241 }).value).toBe(601);
    expect(sizedBy(deadline, { ...plan, startupSeconds: 100 }).value).toBe(600);
  });

  it('is written in its place', () => {
    const object = { probe: { seconds: sizedBy('startupSeconds', { ...plan, startupSeconds: 7 }) }, other: [1] };
    expect(withoutMarks(object)).toEqual({ probe: { seconds: 7 }, other: [1] });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SizewrightError } from '../src/errors/errors.ts';
import { evaluate } from '../src/formula/evaluate.ts';
import type { Profile } from '../src/hardware/profile.ts';
import { checkMachines, checkPlan } from '../src/plan/check.ts';
import type { Decision } from '../src/plan/decide/decision.ts';
import type { ServiceInput } from '../src/plan/decide/input.ts';
import type { Override } from '../src/plan/decide/overrides.ts';
import { decideService, isFeasible, smallestMemory } from '../src/plan/decide/service.ts';
import type { Planning } from '../src/plan/plan.ts';
import { planSchema } from '../src/plan/schema.ts';
import { findPlatform } from '../src/platforms/index.ts';
import { compilePolicy } from '../src/policy/compile.ts';
import type { Policy } from '../src/policy/policy.ts';
import type { PolicyFile } from '../src/policy/schema.ts';
import { cost, memory, parameter, policyFile } from './samples.ts';
import { type PlanOptions, planFor, spatialvortex } from './support.ts';

/** 0.1 to 1024 cores and 64 MiB to 32 TiB, small ones as often as large ones. */
const cpuMillis = fc
  .record({ power: fc.integer({ min: 0, max: 13 }), part: fc.nat(999) })
  .map(({ power, part }) => Math.min(1_024_000, 100 * 2 ** power + Math.floor((part * 100 * 2 ** power) / 1000)));
const memoryMiB = fc
  .record({ power: fc.integer({ min: 6, max: 25 }), part: fc.nat(999) })
  .map(({ power, part }) => Math.min(33_554_432, 2 ** power + Math.floor((part * 2 ** power) / 1000)));

const hardware: fc.Arbitrary<Profile> = fc.oneof(
  fc.record({ kind: fc.constant('container' as const), name: fc.constant('box'), cpuMillis, memoryMiB }),
  fc.record({
    kind: fc.constant('machine' as const),
    name: fc.constant('box'),
    provider: fc.constantFrom('aws' as const, 'gcp' as const, 'azure' as const, 'other' as const),
    cpuMillis,
    memoryMiB,
    threadsPerCore: fc.constantFrom(1, 2),
    architecture: fc.constantFrom('amd64' as const, 'arm64' as const),
    gpus: fc.constant(0),
  }),
);
const options: fc.Arbitrary<PlanOptions> = fc.record({
  platform: fc.constantFrom('host', 'kubernetes', 'ecs', 'fargate', 'cloud-run'),
  external: fc.constantFrom([], ['redis'], ['postgres', 'redis'], ['api']),
});

const INFEASIBLE = ['BUDGET_EXCEEDED', 'ALLOCATION_EXCEEDED', 'CONSTRAINT_UNSATISFIED', 'BOUND_CONFLICT'];
/** No machines, or none of another cloud; no pair within the limits; no database on Cloud Run. */
const REFUSED: Record<string, string[]> = {
  ecs: ['PLATFORM_UNSUPPORTED'],
  fargate: ['PLATFORM_UNSUPPORTED'],
  'cloud-run': ['PLATFORM_UNSUPPORTED'],
};

/** The plan; undefined where it is infeasible. Any other error is a failure. */
function tryPlan(profile: Profile, given: PlanOptions): Planning | undefined {
  try {
    return planFor(profile, given);
  } catch (error) {
    const allowed = [...INFEASIBLE, ...(REFUSED[given.platform!] ?? [])];
    if (!(error instanceof SizewrightError) || error.problems.some(({ code }) => !allowed.includes(code))) throw error;
    return undefined;
  }
}

/** Yields in the order that DESIGN gives, one grid step after the other: the reference. */
function slowly(input: ServiceInput): { scope: Record<string, number>; total: number; available: number } {
  const { policy, limits } = input;
  const cores =
    policy.cores === 'ceil' ? Math.ceil(limits.cpuMillis / 1000) : Math.max(1, Math.floor(limits.cpuMillis / 1000));
  const reserved =
    evaluate(policy.headroom.expr, { cores, ...limits }) + evaluate(policy.reserve.expr, { cores, ...limits });
  const available = input.statedAvailableMiB ?? Math.max(0, limits.memoryMiB - reserved);
  const inputs = { cores, ...limits, availableMiB: available };
  const boundsOf = ({ name, min, max, hardMin, hardMax, multipleOf: grid }: Policy['parameters'][number]) => {
    const override = (Object.hasOwn(input.overrides, name) ? input.overrides[name] : undefined) ?? ({} as Override);
    const low = Math.max(evaluate(min.expr, inputs), hardMin ? evaluate(hardMin.expr, inputs) : 0);
    const high = Math.min(
      evaluate(max.expr, inputs),
      hardMax ? evaluate(hardMax.expr, inputs) : Number.POSITIVE_INFINITY,
    );
    const lo = Math.ceil((override.min?.value ?? low) / grid) * grid;
    const hi = Math.floor((override.max?.value ?? high) / grid) * grid;
    return { lo, hi, pin: override.set?.value };
  };
  const run = (caps: ReadonlyMap<string, number>) => {
    const scope: Record<string, number> = { ...inputs };
    let total = 0;
    for (const one of policy.parameters) {
      const { lo, hi, pin } = boundsOf(one);
      const asked = input.asked?.[one.name]?.value;
      const clamped = Math.min(Math.max(asked ?? evaluate(one.formula.expr, scope), lo), hi);
      const rounded = clamped - (clamped % one.multipleOf);
      scope[one.name] = pin ?? Math.min(rounded, caps.get(one.name) ?? Number.POSITIVE_INFINITY);
      if (one.cost) total += evaluate(one.cost.expr, scope);
    }
    return { scope, total, available };
  };
  const caps = new Map<string, number>();
  for (const { parameter: name, floor = 0 } of policy.yields) {
    const now = run(caps);
    if (now.total <= available) break;
    const one = policy.parameters.find((candidate) => candidate.name === name)!;
    const { lo, pin } = boundsOf(one);
    if (pin !== undefined) continue;
    let value = now.scope[name]!;
    const least = Math.max(lo, Math.ceil(floor / one.multipleOf) * one.multipleOf);
    while (value > least && run(new Map(caps).set(name, value)).total > available) value -= one.multipleOf;
    caps.set(name, value);
  }
  return run(caps);
}

function traceIsAChain(planning: Planning): void {
  for (const service of Object.values(planning.plan.services)) {
    for (const [name, { value, trace }] of Object.entries(service.parameters)) {
      expect(trace[0]!.step, name).toBe('formula');
      expect(trace.at(-1)!.to, name).toBe(value);
      for (const [index, step] of trace.entries())
        expect(step.from, name).toBe(index === 0 ? undefined : trace[index - 1]!.to);
    }
  }
}

type Decided = Record<string, Decision>;

function yielders({ yields }: Policy): string[] {
  return [...new Set(yields.map(({ parameter }) => parameter))];
}

/** What yielded without reaching a floor: with one step more of it, the sum is too much. */
function lastYielders({ policy }: ServiceInput, parameters: Decided): string[] {
  return yielders(policy).filter(
    (name) =>
      parameters[name]!.trace.at(-1)!.step === 'budget' &&
      parameters[name]!.value > parameters[name]!.min &&
      // At a floor of its own it stopped before others gave way.
      !policy.yields.some(({ parameter, floor }) => parameter === name && floor === parameters[name]!.value),
  );
}

/** All yielders as decided, one of them a step higher. */
function oneStepMore(input: ServiceInput, parameters: Decided, name: string): ServiceInput {
  const pins = yielders(input.policy).map((one) => {
    const step = one === name ? input.policy.parameters.find((candidate) => candidate.name === one)!.multipleOf : 0;
    return [one, { set: { value: parameters[one]!.value + step, by: 'test' } }];
  });
  return { ...input, overrides: { ...input.overrides, ...Object.fromEntries(pins) } };
}

describe('the built-in stack on any hardware', () => {
  const feasible: Record<string, number> = {};

  it('feasible or a SizewrightError; what holds of every plan holds', () => {
    fc.assert(
      fc.property(hardware, options, (profile, given) => {
        const planning = tryPlan(profile, given);
        if (planning === undefined) return;
        const { plan, inputs } = planning;
        feasible[plan.platform] = (feasible[plan.platform] ?? 0) + 1;
        expect(checkPlan(plan, findPlatform(plan.platform))).toEqual([]);
        expect(checkMachines(plan, () => 1)).toEqual([]);
        traceIsAChain(planning);
        const read = JSON.parse(JSON.stringify(plan));
        expect(planSchema.parse(read)).toEqual(read);
        for (const [name, { ledger, parameters }] of Object.entries(plan.services)) {
          expect(ledger.items.reduce((sum, { miB }) => sum + miB, 0)).toBe(ledger.usedMiB);
          expect(ledger.usedMiB).toBeLessThanOrEqual(ledger.availableMiB);
          expect(ledger.availableMiB).toBeLessThanOrEqual(ledger.memoryMiB);
          for (const { value, min, max } of Object.values(parameters))
            expect(value >= min && value <= max && Number.isSafeInteger(value)).toBe(true);
          for (const one of lastYielders(inputs[name]!, parameters))
            expect(isFeasible(oneStepMore(inputs[name]!, parameters, one)), `${name}.${one}`).toBe(false);
        }
      }),
      { seed: 6, numRuns: 1500 },
    );
    for (const [platform, least] of Object.entries({
      host: 100,
      kubernetes: 70,
      ecs: 100,
      fargate: 40,
      'cloud-run': 8,
    }))
      expect(feasible[platform], platform).toBeGreaterThan(least);
  }, 60_000);

  it('whatever the operator says of its parameters', () => {
    const all = spatialvortex.stack.services.flatMap(({ name, policy }) =>
      spatialvortex.policies[policy]!.parameters.map((one) => ({ service: name, one })),
    );
    const saying = fc.record({
      about: fc.constantFrom(...all),
      field: fc.constantFrom('set', 'min', 'max'),
      offset: fc.integer({ min: -1, max: 20 }),
      doubled: fc.nat(20),
    });
    let made = 0;
    fc.assert(
      fc.property(
        fc.array(saying, { maxLength: 4 }),
        fc.constantFrom('c6i.8xlarge', '4cpu-8gi', 'r6i.2xlarge', 't3.large'),
        fc.constantFrom('host', 'kubernetes'),
        (said, profile, platform) => {
          const overrides: NonNullable<PlanOptions['overrides']> = {};
          for (const { about, field, offset, doubled } of said) {
            const value = Math.max(0, Math.min(about.one.range.lo * 2 ** doubled, about.one.range.hi) + offset);
            overrides[about.service] ??= {};
            overrides[about.service]![about.one.name] = {
              ...overrides[about.service]![about.one.name],
              [field]: { value, by: `--${field}` },
            };
          }
          let planning: Planning;
          try {
            planning = planFor(profile, { platform, overrides });
          } catch (error) {
            if (!(error instanceof SizewrightError)) throw error;
            return;
          }
          made += 1;
          traceIsAChain(planning);
          const { services } = planning.plan;
          expect(checkPlan(planning.plan, findPlatform(platform))).toEqual([]);
          for (const { parameters } of Object.values(services))
            for (const { value, min, max } of Object.values(parameters))
              expect(value >= min && value <= max).toBe(true);
          const { parameters, replicas } = services.api!;
          const connections = parameters.DB_POOL_SIZE!.value * (replicas.max + replicas.surge) + 8;
          expect(connections).toBeLessThanOrEqual(services.postgres!.parameters.max_connections!.value);
        },
      ),
      { seed: 12, numRuns: 500 },
    );
    expect(made).toBeGreaterThan(100);
  });

  it('two plans are equal to the byte', () => {
    fc.assert(
      fc.property(hardware, options, (profile, given) => {
        const twice = [tryPlan(profile, given), tryPlan(profile, given)].map((made) => JSON.stringify(made?.plan));
        expect(twice[0]).toBe(twice[1]);
      }),
      { seed: 7, numRuns: 50 },
    );
  });

  it('more memory never makes a feasible plan infeasible', () => {
    fc.assert(
      fc.property(hardware, options, fc.integer({ min: 0, max: 20 }), (profile, given, doubled) => {
        if (tryPlan(profile, given) === undefined) return;
        // The policies round several parts down and the headroom too, so that a few MiB more can be worth less.
        const more = Math.min(33_554_432, profile.memoryMiB + 64 * 2 ** doubled);
        expect(tryPlan({ ...profile, memoryMiB: more }, given)).toBeDefined();
      }),
      { seed: 8, numRuns: 300 },
    );
  });

  it('the smallest memory that would do holds there and not 1 MiB below', () => {
    fc.assert(
      fc.property(
        cpuMillis,
        memoryMiB,
        fc.constantFrom(...Object.values(spatialvortex.policies)),
        (cpu, size, policy) => {
          const input: ServiceInput = {
            name: 'x',
            policy,
            limits: { cpuMillis: cpu, memoryMiB: size },
            overrides: {},
            ceilings: {},
          };
          const smallest = smallestMemory(input)!;
          const at = (memoryMiB: number) => isFeasible({ ...input, limits: { cpuMillis: cpu, memoryMiB } });
          expect([at(smallest), smallest === 1 || !at(smallest - 1)]).toEqual([true, true]);
        },
      ),
      { seed: 9, numRuns: 100 },
    );
  });
});

/** Formulas over the inputs and the parameters above; many of them jump, fall or overflow and are refused. */
function formulaOver(names: readonly string[]): fc.Arbitrary<string> {
  const leaf = fc.oneof(fc.nat(40).map(String), fc.constantFrom('cores', 'availableMiB', 'memoryMiB', ...names));
  const positive = fc.integer({ min: 1, max: 9 });
  return fc.oneof(
    leaf,
    fc.tuple(leaf, leaf).map(([a, b]) => `min(${a}, ${b})`),
    fc.tuple(leaf, positive).map(([a, n]) => `${a} / ${n}`),
    fc.tuple(leaf, positive).map(([a, n]) => `min(${a}, 1000) * ${n}`),
    fc.tuple(leaf, leaf).map(([a, b]) => `max(0, min(${a}, 500) - min(${b}, 500))`),
    fc.tuple(leaf, leaf).map(([a, b]) => `${a} / (${b} + 1)`),
    fc.tuple(leaf, positive).map(([a, n]) => `${a} > ${n} ? ${n} : ${n * 3}`),
    fc.tuple(leaf, positive).map(([a, n]) => `${a} % ${n}`),
  );
}

function costOver(names: readonly string[]): fc.Arbitrary<string> {
  const name = fc.constantFrom(...names);
  const factor = fc.integer({ min: 1, max: 50 });
  return fc.oneof(
    fc.tuple(name, factor).map(([a, n]) => `${a} * ${n}`),
    fc.tuple(name, factor).map(([a, n]) => `ceilDiv(${a} * 10, ${n})`),
    fc.tuple(name, name).map(([a, b]) => `${a} * ${b}`),
    fc.tuple(name, factor).map(([a, n]) => `max(${a}, ${n})`),
    fc.tuple(name, factor).map(([a, n]) => `1000 - min(${a}, ${n})`),
    fc.tuple(name, name).map(([a, b]) => `${a} + ceilDiv(${b}, 3)`),
  );
}

const NAMES = ['P', 'constructor', 'R', 'toString'];

const policies: fc.Arbitrary<PolicyFile> = fc
  .record({
    count: fc.integer({ min: 1, max: 4 }),
    seeds: fc.tuple(
      ...NAMES.map((_, index) => {
        const above = NAMES.slice(0, index);
        return fc.record({
          formula: formulaOver(above),
          min: fc.nat(20),
          span: fc.nat(120),
          hard: fc.option(fc.nat(50), { nil: undefined }),
          multipleOf: fc.constantFrom(1, 1, 1, 2, 5, 8),
          cost: fc.option(costOver([...above, NAMES[index]!]), { nil: undefined }),
          yields: fc.boolean(),
          // Turns before the last one, which goes down to the lower bound.
          floors: fc.uniqueArray(fc.integer({ min: 1, max: 140 }), { maxLength: 2 }),
        });
      }),
    ),
    order: fc.shuffledSubarray(NAMES, { minLength: NAMES.length }),
    headroom: fc.constantFrom('0', 'memoryMiB / 10', 'min(memoryMiB, 100)', 'cores'),
    reserve: fc.nat(300).map(String),
    cores: fc.constantFrom('floor', 'ceil'),
  })
  .map(({ count, seeds, order, headroom, reserve, cores }) => {
    const used = NAMES.slice(0, count);
    const seedOf = (name: string) => seeds[NAMES.indexOf(name)]!;
    const costly = order.filter((name) => used.includes(name) && seedOf(name).cost !== undefined);
    const yielding = costly.filter((name) => seedOf(name).yields && (seedOf(name).cost ?? '').includes(name));
    const fixed = costly.filter((name) => !yielding.includes(name));
    const rangeOf = (name: string) => ({ lo: seedOf(name).min, hi: seedOf(name).min + seedOf(name).span });
    const floored = yielding.flatMap((name) =>
      seedOf(name)
        .floors.filter((floor) => floor > rangeOf(name).lo && floor <= rangeOf(name).hi)
        .sort((a, b) => b - a)
        .map((floor) => ({ [name]: floor })),
    );
    const yields = [...floored.sort((a, b) => Object.values(b)[0]! - Object.values(a)[0]!), ...yielding];
    return policyFile({
      cores,
      memory: memory({ headroom, reserve, yields, fixed }),
      parameters: Object.fromEntries(
        used.map((name) => {
          const seed = seedOf(name);
          return [
            name,
            parameter({
              formula: seed.formula,
              min: seed.min,
              max: seed.min + seed.span,
              ...(seed.hard !== undefined && { hardMax: seed.min + seed.span + seed.hard }),
              multipleOf: seed.multipleOf,
              ...(seed.cost !== undefined && { cost: cost(seed.cost) }),
            }),
          ];
        }),
      ),
    });
  });

function tryCompile(file: PolicyFile): Policy | undefined {
  try {
    return compilePolicy(file);
  } catch (error) {
    if (!(error instanceof SizewrightError)) throw error;
    return undefined;
  }
}

const stated = (by: string) => (value: number | undefined) =>
  value === undefined ? {} : { [by]: { value, by: `--${by}` } };
const override: fc.Arbitrary<Override> = fc
  .record({
    set: fc.option(fc.nat(150), { nil: undefined, freq: 6 }).map(stated('set')),
    min: fc.option(fc.nat(150), { nil: undefined, freq: 6 }).map(stated('min')),
    max: fc.option(fc.nat(150), { nil: undefined, freq: 6 }).map(stated('max')),
  })
  .map(({ set, min, max }) => ({ ...set, ...min, ...max }));
const overrides = fc.dictionary(fc.constantFrom(...NAMES), override, { noNullPrototype: false, maxKeys: 2 });
/** What other services ask for, by parameter. */
const demands = fc.dictionary(fc.constantFrom(...NAMES), fc.nat(200), { noNullPrototype: false, maxKeys: 2 });

describe('any small policy on any hardware', () => {
  const smallMemory = fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 1500 }) },
    { weight: 1, arbitrary: memoryMiB },
  );

  it('is decided as one step after the other would', () => {
    const seen = { compiled: 0, feasible: 0, yielded: 0, floors: 0 };
    fc.assert(
      fc.property(policies, cpuMillis, smallMemory, overrides, demands, (file, cpu, size, given, wanted) => {
        const policy = tryCompile(file);
        if (policy === undefined) return;
        seen.compiled += 1;
        seen.floors += policy.yields.filter(({ floor }) => floor !== undefined).length;
        const known = Object.fromEntries(
          Object.entries(given).filter(([name]) => policy.parameters.some((one) => one.name === name)),
        );
        const input: ServiceInput = {
          name: 'x',
          policy,
          limits: { cpuMillis: cpu, memoryMiB: size },
          overrides: known,
          asked: Object.fromEntries(
            Object.entries(wanted).map(([name, value]) => [name, { value, by: 'test', reason: 'made up' }]),
          ),
          ceilings: {},
        };
        let decided: ReturnType<typeof decideService>;
        try {
          decided = decideService(input);
        } catch (error) {
          if (!(error instanceof SizewrightError)) throw error;
          if (error.code === 'BUDGET_EXCEEDED') {
            const { total, available } = slowly(input);
            expect(total).toBeGreaterThan(available);
          }
          return;
        }
        seen.feasible += 1;
        const expected = slowly(input);
        expect(expected.total).toBeLessThanOrEqual(expected.available);
        expect(decided.ledger).toMatchObject({ usedMiB: expected.total, availableMiB: expected.available });
        for (const one of policy.parameters) {
          const decision = decided.parameters[one.name]!;
          if (decision.trace.at(-1)!.step === 'budget') seen.yielded += 1;
          expect(decision.value, one.name).toBe(expected.scope[one.name]);
          expect(Object.is(decision.value, -0)).toBe(false);
          expect(decision.value % one.multipleOf).toBe(0);
          expect(decision.value >= one.range.lo && decision.value <= one.range.hi).toBe(true);
        }
      }),
      { seed: 10, numRuns: 3000 },
    );
    expect(seen.compiled).toBeGreaterThan(500);
    expect(seen.feasible).toBeGreaterThan(200);
    expect(seen.yielded).toBeGreaterThan(30);
    expect(seen.floors).toBeGreaterThan(200);
  });

  it('the costs of an accepted policy never fall when a yielder grows', () => {
    fc.assert(
      fc.property(policies, cpuMillis, smallMemory, (file, cpu, size) => {
        const policy = tryCompile(file);
        if (policy === undefined) return;
        const input = { name: 'x', policy, limits: { cpuMillis: cpu, memoryMiB: size }, overrides: {}, ceilings: {} };
        for (const name of yielders(policy)) {
          const { range, multipleOf } = policy.parameters.find((one) => one.name === name)!;
          let before = -1;
          for (let value = Math.ceil(range.lo / multipleOf) * multipleOf; value <= range.hi; value += multipleOf) {
            const pinned = { ...input, overrides: { [name]: { set: { value, by: 'test' } } } };
            const { total } = slowly({ ...pinned, policy: { ...policy, yields: [] } });
            if (total < before) throw new Error(`${name} = ${value}: ${before} to ${total}`);
            before = total;
          }
        }
      }),
      { seed: 11, numRuns: 1500 },
    );
  });
});

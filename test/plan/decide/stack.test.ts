import { describe, expect, it } from 'vitest';
import type { ServiceInput } from '../../../src/plan/decide/input.ts';
import type { Override } from '../../../src/plan/decide/overrides.ts';
import { decideStack } from '../../../src/plan/decide/stack.ts';
import { formulaName } from '../../../src/stack/stack.ts';
import { cost, memory, parameter, policyOf, problemsOf, service, stackOf } from '../../samples.ts';

const web = policyOf({
  policy: 'web',
  memory: memory({ yields: ['POOL'] }),
  parameters: {
    POOL: parameter({ formula: 'cores * 4', min: 2, max: 500, cost: cost('POOL') }),
    OTHER: parameter({ formula: 5, max: 10 }),
  },
});
const database = policyOf({
  policy: 'db',
  memory: memory(),
  parameters: { CONNECTIONS: parameter({ formula: 100, min: 20, max: 5000 }) },
});

interface Given {
  rules?: { rule: string; yields: string }[];
  external?: string[];
  overrides?: Record<string, Record<string, Override>>;
  replicas?: { min: number; max: number; surge: number };
  names?: [string, string];
  cores?: number;
  available?: number;
}

/** Two services, 19 cores each: a pool of 76, 100 connections. */
function decide({ rules, external = [], overrides = {}, replicas, names = ['web', 'db'], cores, available }: Given) {
  const [front, back] = names;
  const stack = stackOf(
    {
      main: front,
      services: { [front]: service({ policy: 'web' }), [back]: service({ policy: 'db' }) },
      constraints: (rules ?? []).map((rule) => ({ ...rule, why: 'made up', source: 'book' })),
    },
    [web, database],
  );
  const inputs: Record<string, ServiceInput> = {};
  for (const [name, policy] of [
    [front, web],
    [back, database],
  ] as const) {
    if (external.includes(name)) continue;
    inputs[name] = {
      name,
      policy,
      limits: { cpuMillis: (cores ?? 19) * 1000, memoryMiB: 100_000 },
      ...(name === front && available !== undefined && { statedAvailableMiB: available }),
      overrides: overrides[name] ?? {},
      ceilings: {},
    };
  }
  const one = { min: 1, max: 1, surge: 0 };
  return decideStack({
    stack,
    services: inputs,
    replicas: { [front]: replicas ?? one, [back]: one },
    overrides,
  });
}
const problems = (given: Given) => problemsOf(() => decide(given));
const pin = (value: number) => ({ set: { value, by: '--set' } });
const pool = 'web.POOL * (web.replicas.max + web.replicas.surge) + 8 <= db.CONNECTIONS';
const rules = [{ rule: pool, yields: 'web.POOL' }];

describe('a constraint', () => {
  it.each([
    { replicas: { min: 3, max: 10, surge: 0 }, value: 9, how: '(100 - 8) / 10 replicas', desc: '9.2' },
    { replicas: { min: 3, max: 10, surge: 1 }, value: 8, how: '(100 - 8) / 11 replicas', desc: '8.36' },
    { replicas: { min: 1, max: 1, surge: 0 }, value: 76, how: '', desc: '84 <= 100: holds' },
    { replicas: { min: 1, max: 2, surge: 0 }, value: 46, how: '(100 - 8) / 2 replicas', desc: '46' },
    { replicas: { min: 46, max: 46, surge: 0 }, value: 2, how: '(100 - 8) / 46 replicas', desc: 'at the minimum' },
  ])('$replicas: $value', ({ replicas, value, how }) => {
    const { services, inputs } = decide({ rules, replicas });
    expect(services.web!.parameters.POOL!.value).toBe(value);
    expect(inputs.web!.ceilings).toEqual(
      value === 76 ? {} : { POOL: { value, by: 'shop constraints.0', how, reason: 'made up' } },
    );
  });

  it.each([
    { connections: 85, value: 76, desc: 'holds by one' },
    { connections: 84, value: 76, desc: 'holds exactly' },
    { connections: 83, value: 75, desc: 'is broken by one' },
  ])('$desc', ({ connections, value }) => {
    const overrides = { db: { CONNECTIONS: pin(connections) } };
    expect(decide({ rules, overrides }).services.web!.parameters.POOL!.value).toBe(value);
  });

  it('is a step of the trace, and its service is decided again', () => {
    const { services, scope } = decide({ rules, replicas: { min: 3, max: 10, surge: 0 } });
    expect(services.web!.parameters.POOL!.trace).toEqual([
      { step: 'formula', to: 76, by: 'web parameters.POOL.formula', reason: 'cores * 4: made up' },
      {
        step: 'constraint',
        from: 76,
        to: 9,
        by: 'shop constraints.0',
        how: '(100 - 8) / 10 replicas',
        reason: 'made up',
      },
    ]);
    expect(services.web!.ledger).toMatchObject({ usedMiB: 9, items: [{ parameter: 'POOL', value: 9, miB: 9 }] });
    expect(scope).toEqual({
      'web.replicas.min': 3,
      'web.replicas.max': 10,
      'web.replicas.surge': 0,
      'web.cores': 19,
      'web.POOL': 9,
      'web.OTHER': 5,
      'db.replicas.min': 1,
      'db.replicas.max': 1,
      'db.replicas.surge': 0,
      'db.cores': 19,
      'db.CONNECTIONS': 100,
    });
  });

  it('joins the budget: the lower of the two', () => {
    const replicas = { min: 1, max: 2, surge: 0 }; // 46 by the constraint
    expect(decide({ rules, replicas, available: 50 }).services.web!.parameters.POOL!.value).toBe(46);
    expect(decide({ rules, replicas, available: 30 }).services.web!.parameters.POOL!.value).toBe(30);
  });

  it('several, in order', () => {
    const more = [
      ...rules,
      { rule: 'web.POOL <= 40', yields: 'web.POOL' },
      { rule: 'web.OTHER <= 3', yields: 'web.OTHER' },
    ];
    const { services } = decide({ rules: more, replicas: { min: 1, max: 2, surge: 0 } });
    expect(services.web!.parameters.POOL!.trace.at(-1)).toMatchObject({ from: 76, to: 40, by: 'shop constraints.1' });
    expect(services.web!.parameters.OTHER!.value).toBe(3);
  });

  it('over services with a - in their names', () => {
    const names: [string, string] = ['my-web', 'my-db'];
    const rule = pool.replaceAll('web.', 'my_web.').replaceAll('db.', 'my_db.');
    const { services } = decide({
      names,
      rules: [{ rule, yields: 'my-web.POOL' }],
      replicas: { min: 3, max: 10, surge: 0 },
    });
    expect(services['my-web']!.parameters.POOL!.value).toBe(9);
  });

  it('over a service of a name that every object has', () => {
    const { services } = decide({
      names: ['constructor', 'db'],
      rules: [{ rule: 'constructor.POOL <= 40', yields: 'constructor.POOL' }],
    });
    expect(services['constructor' as string]!.parameters.POOL!.value).toBe(40);
  });
});

describe('a constraint that cannot hold', () => {
  const replicas = { min: 3, max: 10, surge: 0 };

  it('because what yields is pinned', () => {
    expect(problems({ rules, replicas, overrides: { web: { POOL: pin(76) } } })).toEqual([
      `CONSTRAINT_UNSATISFIED constraints.0: expected ${pool}, got 768 > 100; web.POOL is pinned to 76 (--set); what would do: at most 1 replica of web, or --set web.POOL=9`,
    ]);
    expect(problems({ rules, replicas, overrides: { web: { POOL: pin(9) } } })).toEqual([]);
  });

  it('because of a minimum', () => {
    const overrides = { web: { POOL: { min: { value: 10, by: '--min' } } } };
    expect(problems({ rules, replicas, overrides })).toEqual([
      `CONSTRAINT_UNSATISFIED constraints.0: expected ${pool}, got 768 > 100; web.POOL would have to be 9, below its minimum of 10; what would do: at most 9 replicas of web, or --min web.POOL=9`,
    ]);
    // 92 / 47 = 1.96, below the policy's own minimum of 2
    expect(problems({ rules, replicas: { min: 1, max: 47, surge: 0 } })).toEqual([
      `CONSTRAINT_UNSATISFIED constraints.0: expected ${pool}, got 3,580 > 100; web.POOL would have to be 1, below its minimum of 2; what would do: at most 46 replicas of web`,
    ]);
  });

  it('whatever yields: no value is named', () => {
    const [problem] = problems({ rules: [{ rule: 'web.POOL + 200 <= db.CONNECTIONS', yields: 'web.POOL' }] });
    expect(problem).toContain(
      'CONSTRAINT_UNSATISFIED constraints.0: expected web.POOL + 200 <= db.CONNECTIONS, got 276 > 100',
    );
    expect(problem).not.toContain('would have to be -1');
  });

  it('because what yields runs elsewhere', () => {
    const rule = 'web.POOL <= db.CONNECTIONS';
    const given = (value: number): Given => ({
      rules: [{ rule, yields: 'web.POOL' }],
      external: ['web'],
      overrides: { web: { POOL: pin(value) } },
    });
    expect(problems(given(200))).toEqual([
      `CONSTRAINT_UNSATISFIED constraints.0: expected ${rule}, got 200 > 100; web runs elsewhere and cannot give way; what would do: --set web.POOL=100`,
    ]);
    expect(problems(given(100))).toEqual([]);
    // Its replicas are those of the stack: one here
    expect(problems({ ...given(93), rules })).toEqual([
      `CONSTRAINT_UNSATISFIED constraints.0: expected ${pool}, got 101 > 100; web runs elsewhere and cannot give way; what would do: --set web.POOL=92`,
    ]);
    expect(problems({ ...given(92), rules })).toEqual([]);
  });

  it('because what it counts on is pinned elsewhere: the pin that would do', () => {
    const given = (value: number): Given => ({
      rules,
      external: ['db'],
      overrides: { web: { POOL: { min: { value: 50, by: '--min' } } }, db: { CONNECTIONS: pin(value) } },
    });
    expect(problems(given(57))).toEqual([
      `CONSTRAINT_UNSATISFIED constraints.0: expected ${pool}, got 84 > 57; web.POOL would have to be 49, below its minimum of 50; what would do: --min web.POOL=49, or --set db.CONNECTIONS=58`,
    ]);
    expect(problems(given(58))).toEqual([]);
  });
});

describe('a service that runs elsewhere', () => {
  const finding = (given: Given) => decide({ rules, ...given, external: given.external ?? ['db'] }).findings;

  it('without a pin: what it must offer, without a finding', () => {
    // 76 x 1 + 8
    const { findings, requirements } = decide({ rules, external: ['db'] });
    expect(requirements).toEqual([
      { service: 'db', parameter: 'CONNECTIONS', atLeast: 84, rule: pool, source: 'book' },
    ]);
    expect(findings).toEqual([]);
  });

  it('with a pin: the constraint is decided', () => {
    const given = { external: ['db'], overrides: { db: { CONNECTIONS: pin(48) } } };
    expect(finding(given)).toEqual([]);
    expect(decide({ rules, ...given }).services.web!.parameters.POOL!.value).toBe(40);
    expect(decide({ rules, ...given }).scope['db.CONNECTIONS']).toBe(48);
  });

  it('on the left alone: what it may use at most', () => {
    const rule = [{ rule: 'web.POOL <= db.CONNECTIONS - 8', yields: 'web.POOL' }];
    expect(decide({ rules: rule, external: ['web'] }).requirements).toMatchObject([
      { service: 'web', parameter: 'POOL', atMost: 92, rule: 'web.POOL <= db.CONNECTIONS - 8' },
    ]);
  });

  it('in a sum: what is not known', () => {
    const rule = [{ rule: 'web.POOL <= db.CONNECTIONS - 8', yields: 'web.POOL' }];
    expect(finding({ rules: rule })).toEqual([
      {
        code: 'EXTERNAL_REQUIREMENT',
        level: 'advice',
        path: 'constraints.0',
        message:
          'cannot be checked without db.CONNECTIONS: web.POOL <= db.CONNECTIONS - 8; say what is offered: --set db.CONNECTIONS=...',
        source: 'book',
      },
    ]);
  });

  it('on both sides: each name once', () => {
    const rule = [{ rule: 'web.POOL + db.CONNECTIONS <= db.CONNECTIONS * 2', yields: 'web.POOL' }];
    expect(finding({ rules: rule })[0]!.message).toMatch(/^cannot be checked without db\.CONNECTIONS: /);
  });

  it('with a - in its name: as --set takes it', () => {
    const rule = `${pool.replaceAll('web.', 'my_web.').replaceAll('db.', 'my_db.')} - 1`;
    const given: Given = { names: ['my-web', 'my-db'], rules: [{ rule, yields: 'my-web.POOL' }], external: ['my-db'] };
    expect(formulaName('my-db')).toBe('my_db');
    expect(finding(given)[0]!.message).toContain('--set my-db.CONNECTIONS=...');
  });
});

describe('several services', () => {
  it('their problems are collected', () => {
    const overrides = { web: { POOL: pin(1) }, db: { CONNECTIONS: pin(1) } };
    expect(problems({ overrides }).map((text) => text.split(':')[0])).toEqual([
      'PIN_INVALID web.POOL',
      'PIN_INVALID db.CONNECTIONS',
    ]);
  });
});

describe('demands', () => {
  const client = (name: string, more: object = {}) =>
    policyOf({
      policy: name,
      memory: memory({ yields: ['POOL'] }),
      parameters: { POOL: parameter({ formula: 'cores * 4', min: 2, max: 500, cost: cost('POOL'), ...more }) },
    });
  const server = policyOf({
    policy: 'server',
    memory: memory({ yields: [{ SORT: 4 }, 'SLOTS', 'SORT'] }),
    parameters: {
      SLOTS: parameter({ formula: 100, min: 20, max: 200, hardMax: 900, cost: cost('SLOTS * 2') }),
      SORT: parameter({ formula: 8, min: 1, max: 8, cost: cost('SLOTS * SORT') }),
    },
  });
  interface Asking {
    demand?: string;
    rules?: { rule: string; yields: string | string[] }[];
    cores?: [number, number];
    serverMiB?: number;
    replicas?: number;
    external?: string[];
    overrides?: Record<string, Record<string, Override>>;
  }
  const opened = 'a.POOL * a.replicas.max + b.POOL';
  const ask = ({ demand = `${opened} + 8`, rules, cores = [10, 5], serverMiB, replicas = 1, ...given }: Asking) => {
    const { external = [], overrides = {} } = given;
    const policies = [client('a'), client('b'), server];
    const stack = stackOf(
      {
        main: 'a',
        services: {
          a: service({ policy: 'a', replicas }),
          b: service({ policy: 'b' }),
          server: service({ policy: 'server' }),
        },
        demands: demand === '' ? [] : [{ parameter: 'server.SLOTS', formula: demand, why: 'made up' }],
        constraints: (rules ?? [{ rule: `${opened} + 8 <= server.SLOTS`, yields: ['a.POOL', 'b.POOL'] }]).map(
          (rule) => ({ ...rule, why: 'made up' }),
        ),
      },
      policies,
    );
    const millis: Record<string, number> = { a: cores[0] * 1000, b: cores[1] * 1000, server: 4000 };
    const services = Object.fromEntries(
      policies
        .filter(({ name }) => !external.includes(name))
        .map((policy) => [
          policy.name,
          {
            name: policy.name,
            policy,
            limits: { cpuMillis: millis[policy.name]!, memoryMiB: policy === server ? (serverMiB ?? 10_000) : 10_000 },
            overrides: overrides[policy.name] ?? {},
            ceilings: {},
          },
        ]),
    );
    return decideStack({
      stack,
      services,
      replicas: Object.fromEntries(stack.services.map((one) => [one.name, one.replicas])),
      overrides,
    });
  };
  const values = (asking: Asking) => {
    const { services } = ask(asking);
    return Object.fromEntries(
      Object.entries(services).map(([name, { parameters }]) => [
        name,
        Object.values(parameters).map(({ value }) => value),
      ]),
    );
  };

  it('take the place of what the parameter would be alone, with a step of the trace', () => {
    // 40 x 1 + 20 + 8
    const { services } = ask({});
    expect(services.server!.parameters.SLOTS!.trace).toEqual([
      { step: 'formula', to: 100, by: 'server parameters.SLOTS.formula', reason: '100: made up' },
      { step: 'demand', from: 100, to: 68, by: 'shop demands.0', how: '40 * 1 replica + 20 + 8', reason: 'made up' },
    ]);
    expect(values({ demand: '' }).server).toEqual([100, 8]);
  });

  it('face the bounds; several yielders give way in proportion', () => {
    // 40 x 10 + 20 + 8 = 428 > 200. k of 40: floor(40k/40) x 10 + floor(20k/40) + 8 <= 200 at k = 18: 180 + 9 + 8 = 197
    expect(values({ replicas: 10 })).toEqual({ a: [18], b: [9], server: [200, 8] });
    expect(ask({ replicas: 10 }).services.b!.parameters.POOL!.trace.at(-1)).toMatchObject({
      step: 'constraint',
      to: 9,
      reason: expect.stringMatching(/^18 \/ 40 of what each of a\.POOL, b\.POOL proposes, for /),
    });
  });

  it('face the budget: sorts give way to their floor, then slots, then sorts again', () => {
    // 68 x (2 + 8) = 680
    expect(values({ serverMiB: 680 }).server).toEqual([68, 8]);
    expect(values({ serverMiB: 679 }).server).toEqual([68, 7]);
    // 68 x (2 + 4) = 408; 407 / 6 = 67 slots: k = 39 of 40: 39 + 19 + 8 = 66
    expect(values({ serverMiB: 408 })).toEqual({ a: [40], b: [20], server: [68, 4] });
    expect(values({ serverMiB: 407 })).toEqual({ a: [39], b: [19], server: [67, 4] });
  });

  it('raise a floor where a constraint would fail at the lowest values of its yielders', () => {
    // 24 replicas at the least of 2 each: 48 + 2 + 8 = 58; with sorts of 4, 58 slots would cost 348; with 3, 290
    expect(values({ replicas: 24, serverMiB: 300 })).toEqual({ a: [2], b: [2], server: [58, 3] });
    // 58 x (2 + 1) = 174
    expect(values({ replicas: 24, serverMiB: 174 }).server).toEqual([58, 1]);
    expect(problemsOf(() => ask({ replicas: 24, serverMiB: 173 }))[0]).toBe(
      `CONSTRAINT_UNSATISFIED constraints.0: expected ${opened} + 8 <= server.SLOTS, got 988 > 28; a.POOL is at least 2, b.POOL is at least 2; what would do: at most 23 replicas of a, or a memory limit of 174 MiB for server`,
    );
  });

  it('fall with what other constraints leave their clients, not with the one that counts on them', () => {
    const more = [
      { rule: `${opened} + 8 <= server.SLOTS`, yields: ['a.POOL', 'b.POOL'] },
      { rule: 'a.POOL <= 10', yields: 'a.POOL' },
    ];
    // 10 x 1 + 20 + 8
    expect(values({ rules: more })).toEqual({ a: [10], b: [20], server: [38, 8] });
    // Without it 428 are asked for, 200 granted, and 3 stay unused: they are not taken away again
    expect(values({ replicas: 10 }).server).toEqual([200, 8]);
  });

  it('are iterated: a constraint that breaks an earlier one is no refusal, in whatever order', () => {
    const rules = [
      { rule: 'a.POOL <= b.POOL', yields: 'a.POOL' },
      { rule: 'b.POOL * 2 <= server.SORT', yields: 'b.POOL' },
    ];
    expect(values({ rules }).a).toEqual([4]);
    expect(values({ rules: rules.toReversed() }).a).toEqual([4]);
  });

  it('of clients that run elsewhere are left out with a finding, until they are pinned', () => {
    const elsewhere = { external: ['b'], rules: [] };
    expect(values(elsewhere).server).toEqual([100, 8]);
    expect(ask(elsewhere).findings.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'DEMAND_UNKNOWN server.SLOTS is 100, decided without what b.POOL would ask for, because that runs elsewhere; say what it is: --set b.POOL=...',
    ]);
    const pinned = { ...elsewhere, overrides: { b: { POOL: pin(32) } } };
    expect(values(pinned).server).toEqual([80, 8]); // 40 + 32 + 8
    expect(ask(pinned).findings).toEqual([]);
  });

  it('of a server that runs elsewhere say what it needs', () => {
    expect(ask({ external: ['server'], rules: [] })).toMatchObject({
      findings: [],
      requirements: [{ service: 'server', parameter: 'SLOTS', atLeast: 68, rule: `${opened} + 8` }],
    });
  });

  it('that nothing meets, and no constraint counts on, are a warning', () => {
    const { findings } = ask({ replicas: 10, rules: [] });
    expect(findings).toMatchObject([{ code: 'DEMAND_UNMET', level: 'warning', path: 'demands.0' }]);
    expect(findings[0]!.message).toContain('428 are asked of server.SLOTS and it is 200');
  });
});

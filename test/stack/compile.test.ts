import { describe, expect, it } from 'vitest';
import { findService, formulaName } from '../../src/stack/stack.ts';
import { cost, memory, parameter, policyOf, problemsOf, service, stackOf } from '../samples.ts';

const policy = policyOf({
  memory: memory({ yields: ['WORKERS'] }),
  parameters: {
    WORKERS: parameter({ cost: cost('WORKERS * 10') }),
    POOL: parameter({ formula: 'WORKERS * 4', max: 1000 }),
    FALLS: parameter({ formula: '100 / WORKERS', max: 100 }),
    JUMPS: parameter({ formula: 'WORKERS > 3 ? 1 : 9' }),
  },
});
const database = policyOf({
  policy: 'database',
  memory: memory(),
  parameters: { CONNECTIONS: parameter({ max: 5000 }) },
  stop: { signal: 'SIGINT', graceSeconds: 120, why: 'w' },
});
type Changes = Parameters<typeof stackOf>[0];
const stack = (changes: Changes = {}) => stackOf(changes, [policy, database]);
const problems = (changes: Changes) => problemsOf(() => stack(changes));
const web = (changes: Parameters<typeof service>[0]) => stack({ services: { web: service(changes) } }).services[0]!;
const webProblems = (changes: Parameters<typeof service>[0]) => problems({ services: { web: service(changes) } });

describe('a checked stack', () => {
  it('has the fields of the file, and defaults where it is silent', () => {
    expect(stack()).toEqual({
      name: 'shop',
      namespace: 'shop',
      main: 'web',
      labels: {},
      annotations: {},
      services: [
        {
          name: 'web',
          policy: 'demo',
          share: 1,
          cpuShare: 1,
          atLeast: { cpuMillis: 10, memoryMiB: 1 },
          atMost: { cpuMillis: 1_024_000, memoryMiB: 33_554_432 },
          cpuLimit: 'limit',
          replicas: { min: 1, max: 1, surge: 0 },
          podsPerNode: 1,
          connectsTo: [],
          inputs: {},
          deploy: {
            image: 'demo/web:1',
            shell: true,
            ports: [{ name: 'http', port: 8080 }],
            env: {},
            secrets: [],
            files: [],
            labels: {},
            annotations: {},
            nodeSelector: {},
            user: { uid: 1000, gid: 1000, fsGroup: 1000 },
            writable: [],
            writableSizeMiB: 1024,
            probes: {},
            preStopSeconds: 0,
            terminationGraceSeconds: 10,
            egress: [],
          },
        },
      ],
      demands: [],
      constraints: [],
      advice: [],
    });
  });

  it('is plain data: it survives JSON', () => {
    expect(JSON.parse(JSON.stringify(stack()))).toEqual(stack());
  });

  it('keeps the order of services and ports', () => {
    const services = { b: service(), a: service({ ports: { z: 1, a: 2 } }) };
    const made = stack({ main: 'a', services });
    expect(made.services.map(({ name }) => name)).toEqual(['b', 'a']);
    expect(made.services[1]!.deploy!.ports).toEqual([
      { name: 'z', port: 1 },
      { name: 'a', port: 2 },
    ]);
  });

  it('finds a service by its name', () => {
    expect(findService(stack(), 'web').name).toBe('web');
    expect(() => findService(stack(), 'constructor')).toThrow('no service constructor in stack shop');
  });
});

describe('a service', () => {
  it.each([
    {
      desc: 'quantities',
      changes: { limits: { cpu: '1.5', memory: '2Gi' } },
      is: { limits: { cpuMillis: 1500, memoryMiB: 2048 } },
    },
    {
      desc: 'a bare number of cores',
      changes: { atMost: { cpu: 2 } },
      is: { atMost: { cpuMillis: 2000, memoryMiB: 33_554_432 } },
    },
    { desc: 'a share of its own for CPU', changes: { share: 3, cpuShare: 5 }, is: { share: 3, cpuShare: 5 } },
    { desc: 'one number of replicas', changes: { replicas: 4 }, is: { replicas: { min: 4, max: 4, surge: 0 } } },
    {
      desc: 'a range of replicas',
      changes: { replicas: { min: 3, max: 10 } },
      is: { replicas: { min: 3, max: 10, surge: 0 } },
    },
    { desc: 'a constant that is a number', changes: { env: { A: 5 } }, is: { env: { A: '5' } } },
    { desc: 'scaling', changes: { autoscale: { cpuPercent: 90 } }, is: { autoscale: { cpuPercent: 90 } } },
    {
      desc: 'scaling at more than the request, which use of CPU without a limit can reach',
      changes: { cpuLimit: 'none', autoscale: { cpuPercent: 150 } },
      is: { autoscale: { cpuPercent: 150 } },
    },
    {
      desc: 'a volume',
      changes: { volume: { path: '/data', size: '1Gi' } },
      is: { volume: { path: '/data', sizeMiB: 1024 } },
    },
    {
      desc: "a stop that takes the policy's and its own time",
      changes: { preStopSeconds: 5 },
      is: { terminationGraceSeconds: 15 },
    },
    {
      desc: 'exactly the time it needs',
      changes: { preStopSeconds: 5, terminationGraceSeconds: 15 },
      is: { terminationGraceSeconds: 15 },
    },
  ])('$desc', ({ changes, is }) => {
    const { deploy, ...sizes } = web(changes);
    expect({ ...deploy, ...sizes }).toMatchObject(is);
  });

  it.each([
    {
      desc: 'an amount without its unit',
      changes: { limits: { cpu: '1', memory: '512' } },
      says: 'QUANTITY_SYNTAX services.web.limits.memory: expected memory in Mi, Gi or Ti (1024-based), got "512"; write 512Mi or 512Gi',
    },
    {
      desc: 'CPU with the wrong unit',
      changes: { atLeast: { cpu: '2cores' } },
      says: 'QUANTITY_SYNTAX services.web.atLeast.cpu: expected CPU in cores (4, 0.5) or millicores (500m), got "2cores"',
    },
    {
      desc: 'a volume without its unit',
      changes: { volume: { path: '/data', size: '20GB' } },
      says: 'QUANTITY_SYNTAX services.web.deploy.volume.size: expected memory in Mi, Gi or Ti (1024-based), got "20GB"; write 20Gi',
    },
    {
      desc: 'a minimum above the maximum',
      changes: { atLeast: { memory: '2Gi' }, atMost: { memory: '1Gi' } },
      says: 'STACK_INVALID services.web.atLeast: expected memoryMiB of at most atMost (1024), got 2048',
    },
    {
      desc: 'a stop that is too short by a second',
      changes: { preStopSeconds: 5, terminationGraceSeconds: 14 },
      says: "STACK_INVALID services.web.deploy.terminationGraceSeconds: expected at least 15 s (the policy's stop 10 s and preStopSeconds 5 s), got 14 s",
    },
    {
      desc: 'a constant that a parameter decides',
      changes: { env: { POOL: 5 } },
      says: 'STACK_INVALID services.web.deploy.env.POOL: expected a variable that no parameter decides, got POOL; pin it instead: --set web.POOL=5',
    },
    {
      desc: 'a target of CPU that use never exceeds by the tolerance of an autoscaler',
      changes: { autoscale: { cpuPercent: 91 } },
      says: 'STACK_INVALID services.web.autoscale.cpuPercent: expected at most 90 %, got 91 %: the request equals the limit, so use ends at 100 %, and an autoscaler adds replicas only when use is more than 10 % above the target',
    },
    {
      desc: 'a target of memory likewise, whatever the limit of CPU',
      changes: { cpuLimit: 'none', autoscale: { cpuPercent: 150, memoryPercent: 91 } },
      says: 'STACK_INVALID services.web.autoscale.memoryPercent: expected at most 90 %, got 91 %: the request equals the limit, so use ends at 100 %, and an autoscaler adds replicas only when use is more than 10 % above the target',
    },
    {
      desc: 'a call of nobody',
      changes: { connectsTo: ['wev', 'web'] },
      says: 'STACK_INVALID services.web.connectsTo.0: expected one of the stack\'s services, got "wev"; did you mean web?',
    },
    {
      desc: 'a call of what every object has',
      changes: { connectsTo: ['constructor'] },
      says: 'STACK_INVALID services.web.connectsTo.0: expected one of the stack\'s services (web), got "constructor"',
    },
  ])('$desc', ({ changes, says }) => {
    expect(webProblems(changes)).toEqual([says]);
  });

  it('no fixed limit is finer than a container can be given', () => {
    expect(webProblems({ limits: { cpu: '10m', memory: '1Gi' } })).toEqual([]);
    expect(webProblems({ limits: { cpu: '9m', memory: '1Gi' } })).toHaveLength(1);
  });

  it('a maximum below what a container can be given is named, not a minimum that nobody wrote', () => {
    expect(webProblems({ atMost: { cpu: '5m' } })).toEqual([expect.stringContaining('services.web.atMost')]);
  });

  it('the main one is one of them', () => {
    expect(problems({ main: 'wev' })).toEqual([
      'STACK_INVALID main: expected one of the stack\'s services, got "wev"; did you mean web?',
    ]);
    expect(problems({ main: 'constructor' })).toEqual([
      'STACK_INVALID main: expected one of the stack\'s services (web), got "constructor"',
    ]);
  });

  it('there is at least one', () => {
    const [problem] = (() => {
      try {
        return problems({ services: {} });
      } catch (error) {
        return [`${error}`];
      }
    })();
    expect(problem).not.toContain('services ()');
  });

  it('one of a name that every object has is a service like any other', () => {
    const made = stack({
      main: 'constructor',
      services: { constructor: service() },
      constraints: [{ rule: 'constructor.POOL <= 8', yields: 'constructor.POOL', why: 'w' }],
    });
    expect(made.services[0]!.name).toBe('constructor');
  });
});

describe('constraints', () => {
  const two = { services: { web: service(), db: service({ policy: 'database' }) } };
  const constrained = (rule: string, yields = 'web.POOL', services: Changes = two) => ({
    ...services,
    constraints: [{ rule, yields, why: 'w' }],
  });

  it.each([
    'web.POOL <= db.CONNECTIONS',
    'web.POOL * (web.replicas.max + web.replicas.surge) + 8 <= db.CONNECTIONS',
    'web.POOL <= 4 * db.cores',
    'ceilDiv(web.POOL, 2) + web.replicas.min <= db.CONNECTIONS / 2',
    'max(web.POOL, db.CONNECTIONS) <= 500',
  ])('%s', (rule) => {
    expect(problems(constrained(rule))).toEqual([]);
    expect(stack(constrained(rule)).constraints).toMatchObject([
      {
        text: rule,
        yielders: [{ service: 'web', parameter: 'POOL' }],
        left: { text: rule },
        right: { text: rule },
        why: 'w',
      },
    ]);
  });

  it('services with a - are written with _', () => {
    expect(formulaName('my-big-db')).toBe('my_big_db');
    const services = { 'my-web': service(), 'my-db': service({ policy: 'database' }) };
    const made = stack({
      main: 'my-web',
      ...constrained('my_web.POOL <= my_db.CONNECTIONS', 'my-web.POOL', { services }),
    });
    expect(made.constraints[0]!.yielders).toEqual([{ service: 'my-web', parameter: 'POOL' }]);
  });

  const form = 'STACK_INVALID constraints.0.rule: expected a rule of the form a <= b, got';
  it.each([
    { rule: 'web.POOL < db.CONNECTIONS', says: `${form} "web.POOL < db.CONNECTIONS"` },
    { rule: 'web.POOL >= db.CONNECTIONS', says: `${form} "web.POOL >= db.CONNECTIONS"` },
    { rule: '!(web.POOL > 8)', says: `${form} "!(web.POOL > 8)"` },
    { rule: 'web.POOL <= 8 && web.POOL <= 9', says: `${form} "web.POOL <= 8 && web.POOL <= 9"` },
    {
      rule: 'web.POOL',
      says: 'FORMULA_SYNTAX constraints.0.rule: expected a comparison (true or false), got "web.POOL"\n    web.POOL\n    ^',
    },
    {
      rule: 'web.POL <= 8',
      says: 'FORMULA_SYNTAX constraints.0.rule: expected a known name (web.POOL), got "web.POL"\n    web.POL <= 8\n    ^',
    },
    {
      rule: 'web.POOL <= availableMiB',
      says: 'FORMULA_SYNTAX constraints.0.rule: expected a known name, got "availableMiB"\n    web.POOL <= availableMiB\n                ^',
    },
    {
      rule: 'web.POOL <= 100 / (db.CONNECTIONS - 1)',
      says: 'FORMULA_UNSAFE constraints.0.rule: expected a divisor that is always at least 1, got 0 to 4999\n    web.POOL <= 100 / (db.CONNECTIONS - 1)\n                       ^',
    },
    {
      rule: 'web.POOL * 999999999999999 <= 1',
      says: 'FORMULA_UNSAFE constraints.0.rule: expected a value within ±(2^53 − 1), got 999999999999999 to 999999999999999000\n    web.POOL * 999999999999999 <= 1\n    ^',
    },
  ])('$rule', ({ rule, says }) => {
    expect(
      problems(constrained(rule)).map((problem) => problem.replace(/; (known are|write one).*(?=\n)/, '')),
    ).toEqual([says]);
  });

  it.each(['web', 'web.', 'web.POL', 'wev.POOL', 'POOL', 'web.cores', 'constructor.POOL', 'web.constructor'])(
    '%s cannot yield',
    (yields) => {
      const [problem, ...others] = problems(constrained('web.POOL <= 8', yields));
      expect(problem?.replace(/; did you mean .*$/, '')).toBe(
        `STACK_INVALID constraints.0.yields: expected <service>.<PARAMETER> of this stack, got "${yields}"`,
      );
      expect(others).toEqual([]);
    },
  );

  it('a parameter has two parts', () => {
    expect(problems(constrained('web.POOL <= 8', 'web.POOL.max'))).toEqual([
      'STACK_INVALID constraints.0.yields: expected <service>.<PARAMETER> of this stack, got "web.POOL.max"; did you mean web.POOL?',
    ]);
  });

  const grow = (rule: string, yields = 'web.POOL') =>
    `POLICY_NOT_MONOTONE constraints.0.rule: expected the left side to grow with ${yields}, got "${rule}"; name another parameter in yields or change the rule`;
  it.each([
    { rule: 'db.CONNECTIONS <= 100', desc: 'is not on the left' },
    { rule: '100 - web.POOL <= db.CONNECTIONS', desc: 'falls' },
    { rule: 'web.POOL % 7 <= db.CONNECTIONS', desc: 'jumps' },
    { rule: '(web.POOL > 3 ? 1 : 2) <= db.CONNECTIONS', desc: 'jumps' },
    { rule: '5 <= web.POOL', desc: 'is on the right alone' },
  ])('$rule: what yields $desc', ({ rule }) => {
    expect(problems(constrained(rule))).toEqual([grow(rule)]);
  });

  it('the right side never grows with what yields', () => {
    const rule = 'web.POOL * 2 <= web.POOL + 100';
    expect(problems(constrained(rule))).toEqual([
      `POLICY_NOT_MONOTONE constraints.0.rule: expected the right side never to grow with web.POOL, got "${rule}"`,
    ]);
    expect(problems(constrained('web.POOL * 2 <= 1000 - web.POOL'))).toEqual([]);
  });

  it.each([
    { rule: 'web.WORKERS + web.POOL <= 100', others: 'web.POOL' },
    { rule: 'web.WORKERS <= 100 + web.FALLS', others: 'web.FALLS' },
  ])('$rule: nothing else in it depends on what yields', ({ rule, others }) => {
    expect(problems(constrained(rule, 'web.WORKERS'))).toEqual([
      `STACK_INVALID constraints.0.rule: expected no other parameter that depends on web.WORKERS, got ${others}; write the rule over web.WORKERS alone`,
    ]);
  });

  it('a dependent that cannot be followed is refused', () => {
    expect(problems(constrained('web.WORKERS + web.JUMPS <= 100', 'web.WORKERS'))).toEqual([
      grow('web.WORKERS + web.JUMPS <= 100', 'web.WORKERS'),
    ]);
  });
});

describe('advice of a stack', () => {
  const advice = (when: string) => ({ advice: [{ code: 'A', when, say: 's', why: 'w' }] });

  it('reads members only', () => {
    expect(problems(advice('web.POOL * web.replicas.max > 4 * web.cores'))).toEqual([]);
    expect(problems(advice('cores > 4'))).toEqual([
      'FORMULA_SYNTAX advice.0.when: expected a known name (web.cores), got "cores"\n    cores > 4\n    ^',
    ]);
  });

  it('is a condition, and safe', () => {
    expect(problems(advice('web.POOL'))[0]).toContain('expected a comparison');
    expect(problems(advice('100 / (web.POOL - 1) > 2'))[0]).toContain('expected a divisor that is always at least 1');
  });
});

describe('several problems', () => {
  it('are collected', () => {
    expect(
      problems({
        main: 'wev',
        services: {
          web: service({ ports: { http: 1, admin: 1 } }),
          db: service({ policy: 'database', terminationGraceSeconds: 9 }),
        },
        constraints: [{ rule: 'web.POOL', yields: 'web.POOL', why: 'w' }],
        advice: [{ code: 'A', when: '1 +', say: 's', why: 'w' }],
      }).map((text) => text.split(':')[0]),
    ).toEqual([
      'STACK_INVALID services.web.deploy.ports.admin',
      'STACK_INVALID services.db.deploy.terminationGraceSeconds',
      'STACK_INVALID main',
      'FORMULA_SYNTAX constraints.0.rule',
      'FORMULA_SYNTAX advice.0.when',
    ]);
  });
});

describe('demands', () => {
  const asking = (demands: { parameter: string; formula: string }[], changes: Changes = {}) => ({
    services: { web: service(), db: service({ policy: 'database' }) },
    demands: demands.map((demand) => ({ ...demand, why: 'made up' })),
    ...changes,
  });

  it('name the service that is asked, and stand in the order of their dependence', () => {
    const services = {
      web: service(),
      'my-db': service({ policy: 'database' }),
      last: service({ policy: 'database' }),
    };
    const demands = [
      { parameter: 'last.CONNECTIONS', formula: 'my_db.CONNECTIONS + 1' },
      { parameter: 'my-db.CONNECTIONS', formula: 'web.POOL * web.replicas.max' },
    ];
    expect(stack(asking(demands, { services })).demands.map(({ path, service }) => [path, service])).toEqual([
      ['demands.1', 'my-db'],
      ['demands.0', 'last'],
    ]);
  });

  it.each([
    {
      demands: [{ parameter: 'db.CONNECTIONS', formula: 'db.CONNECTIONS + 1' }],
      says: 'STACK_INVALID demands.0.formula: expected demands without a circle, got db -> db; leave out one of them, or state it as a constraint',
    },
    {
      demands: [
        { parameter: 'db.CONNECTIONS', formula: 'web.POOL' },
        { parameter: 'web.POOL', formula: 'db.CONNECTIONS' },
      ],
      says: 'STACK_INVALID demands.1.formula: expected demands without a circle, got db -> web -> db; leave out one of them, or state it as a constraint',
    },
    {
      demands: [
        { parameter: 'db.CONNECTIONS', formula: 'web.POOL' },
        { parameter: 'db.CONNECTIONS', formula: '8' },
      ],
      says: 'STACK_INVALID demands.1.parameter: expected one demand on db.CONNECTIONS, got demands.0 too; add the two up in one formula',
    },
    {
      demands: [{ parameter: 'db.CONNECTION', formula: '8' }],
      says: 'STACK_INVALID demands.0.parameter: expected <service>.<PARAMETER> of this stack, got "db.CONNECTION"; did you mean db.CONNECTIONS?',
    },
    {
      demands: [{ parameter: 'db.CONNECTIONS', formula: 'web.POOL - 600' }],
      says: /^STACK_INVALID demands\.0\.formula: expected a demand that is never negative, got -\d+ to .*; write max\(0, a - b\)$/,
    },
  ])('$demands: refused', ({ demands, says }) => {
    expect(problems(asking(demands))).toEqual([typeof says === 'string' ? says : expect.stringMatching(says)]);
  });

  it('read cores and replicas of the service that is asked: they are given beforehand', () => {
    expect(
      problems(asking([{ parameter: 'db.CONNECTIONS', formula: 'web.POOL + db.cores + db.replicas.max' }])),
    ).toEqual([]);
  });
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is HCL
/** The module of each policy in real Terraform and OpenTofu: what the planner decides, and what it refuses. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { hclExpression, hclString } from '../../src/formula/hcl.ts';
import { parseFormula } from '../../src/formula/parse.ts';
import type { Overrides } from '../../src/plan/decide/overrides.ts';
import { decideStack } from '../../src/plan/decide/stack.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { Artifact } from '../../src/targets/target.ts';
import { askedOf, maxOf, minOf, upperBounds } from '../../src/targets/terraform-module/constraint.ts';
import { terraformModule } from '../../src/targets/terraform-module/index.ts';
import { policyModule } from '../../src/targets/terraform-module/module.ts';
import { arbitraryExpression, referenceValue, textOf } from '../formula/random.ts';
import { cost, memory, parameter, policyOf, service, stackOf } from '../samples.ts';
import { builtInPolicy, renderInput, spatialvortex } from '../support.ts';
import { HOSTILE } from '../targets/docker/support.ts';
import { inputFor } from '../targets/kubernetes/support.ts';
import { casesOf, type Given, type Outcome, plannedFor, SHARES } from '../targets/terraform-module/cases.ts';
import { configuration, expressionValue, terraform } from './support/terraform.ts';
import { buildTool, findTerraform } from './support/tools.ts';

const FIND = { terraform: async () => findTerraform(), tofu: () => buildTool('tofu') } as const;
const BUILD = 60 * 60_000;

const file = (path: string, contents: string): Artifact => ({ path, contents });

/** What a child module yields. */
interface Decided {
  feasible: boolean;
  problems: string[];
  cores: number;
  parameters: Record<string, number>;
  ledger: { available_mib: number; used_mib: number; free_mib: number; items: { mib: number }[] };
  shared_memory_mib: number | null;
  startup_seconds: number;
}

function outcomeOf({ feasible, problems, cores, parameters, ledger, ...rest }: Decided): Outcome {
  if (problems.length > 0) return { is: 'refused' };
  if (!feasible) return { is: 'exceeded', availableMiB: ledger.available_mib, usedMiB: ledger.used_mib };
  const { startup_seconds: startupSeconds, shared_memory_mib: sharedMemoryMiB } = rest;
  return { is: 'planned', cores, parameters, usedMiB: ledger.used_mib, startupSeconds, sharedMemoryMiB };
}

/** One instance of the child module for each case, all in one configuration. */
async function decideAll(program: string, policy: Policy, cases: readonly Given[]): Promise<Outcome[]> {
  const inputs = ['cpu_millis', 'memory_mib', 'available_mib', 'asked', 'pins', 'min', 'max'];
  const folder = await configuration(program, [
    ...policyModule(policy, []),
    file('cases.json', JSON.stringify(Object.fromEntries(cases.map((given, index) => [index, given])))),
    file(
      'main.tf',
      `module "case" {
  source   = "./${policy.name}/decide"
  for_each = jsondecode(file("\${path.module}/cases.json"))
${inputs.map((input) => `  ${input} = each.value.${input}\n`).join('')}}
`,
    ),
  ]);
  const decided = await expressionValue<Record<string, Decided>>(program, folder, 'module.case');
  return cases.map((_, index) => outcomeOf(decided[index]!));
}

const SEED = 20_261_123;
const LONG = 30 * 60_000; // 2,000 cases take about seven minutes on two busy cores

describe.each([
  { name: 'terraform', part: 1 },
  { name: 'tofu', part: 1 / 10 },
] as const)('$name decides what the planner decides', ({ name: tool, part }) => {
  let program: string;
  beforeAll(async () => {
    program = await FIND[tool]();
  }, BUILD);

  it.concurrent.each(SHARES.map(({ share, ...rest }) => ({ ...rest, count: share * part, name: rest.policy.name })))(
    '$name, $count cases',
    async ({ policy, memoryMiB, count }) => {
      const cases = casesOf(policy, memoryMiB, count, SEED);
      const expected = cases.map((given) => plannedFor(policy, given));
      const got = await decideAll(program, policy, cases);
      const differing = cases.flatMap((given, index) =>
        isDeepStrictEqual(got[index], expected[index]) ? [] : [{ given, module: got[index], planner: expected[index] }],
      );
      expect(differing).toEqual([]);
      expect(got.length).toBe(count);
      expect(new Set(expected.map(({ is }) => is)).size).toBeGreaterThan(1); // infeasible ones too
    },
    LONG,
  );

  it('computes formulas as exact integers', async () => {
    const names = { A: { lo: 0, hi: 9_007_199_254_740_991 }, B: { lo: 1, hi: 94_906_267 }, C: { lo: 1, hi: 7 } };
    const samples = fc.sample(
      fc.record({
        tree: arbitraryExpression(Object.keys(names)),
        scope: fc.record(
          Object.fromEntries(
            Object.entries(names).map(([name, { lo: min, hi: max }]) => [name, fc.integer({ min, max })]),
          ),
        ),
      }),
      { seed: SEED, numRuns: 3000 },
    );
    const safe = samples.flatMap(({ tree, scope }) => {
      const value = referenceValue(tree, scope as Record<string, number>);
      const text = textOf(tree);
      return value === undefined || text.length > 1000
        ? []
        : [{ text, scope: scope as Record<string, number>, value: Number(value) }];
    });
    const written = safe.map(({ text, scope }) =>
      hclExpression(parseFormula(text, new Set(Object.keys(names)), '').expr, (name) => `${scope[name]}`),
    );
    const folder = await configuration(program, [
      file('main.tf', `output "values" {\n  value = [\n${written.map((text) => `    ${text},\n`).join('')}  ]\n}\n`),
    ]);
    const got = await plannedOutput<number[]>(program, folder, 'values');
    expect(safe.length).toBeGreaterThan(1000);
    expect(
      safe.flatMap(({ text, scope, value }, index) =>
        got[index] === value ? [] : [{ text, scope, value, got: got[index] }],
      ),
    ).toEqual([]);
  });

  it('has hostile text unchanged', async () => {
    const texts = [
      ...HOSTILE,
      '%{ if true }%{ endif }',
      '$${path.module}',
      '%%{',
      '\b\f\t\r\n',
      '\u2028\ufeff',
      '"}\noutput "x" {',
    ];
    const folder = await configuration(program, [
      file('main.tf', `output "texts" {\n  value = [${texts.map(hclString).join(', ')}]\n}\n`),
    ]);
    expect(await plannedOutput(program, folder, 'texts')).toEqual(texts);
  });

  it('keeps hostile text of a policy text', async () => {
    const unit = '${path.module} "MB" %{ if }';
    const policy = policyOf({
      memory: memory({ fixed: ['A'] }),
      parameters: { A: parameter({ does: '${a}\u2028output "x" {}', why: '*/ ${b}', unit, cost: cost('A * 10') }) },
      settings: { GREETING: { value: '${var.x} $${y} %{ for }"\\', why: 'made up' } },
    });
    const folder = await moduleCalled(program, policy, { cpu_millis: 2000, memory_mib: 100 });
    expect(await plannedOutput(program, folder, 'plan')).toMatchObject({
      parameters: { A: 2 },
      values: { A: '2', GREETING: '${var.x} $${y} %{ for }"\\' },
    });
    const refused = await moduleCalled(program, policy, {
      cpu_millis: 2000,
      memory_mib: 100,
      pins: { A: 65 },
    });
    expect(await refusalOf(program, refused)).toContain(`pins.A: expected 1 to 64 ${unit} in multiples of 1, got 65`);
  });
});

/** The module of a policy, called once; its output `plan` is the configuration's. */
function moduleCalled(program: string, policy: Policy, variables: object): Promise<string> {
  const body = Object.entries(variables).map(([name, value]) => `  ${name} = ${JSON.stringify(value)}\n`);
  const call = `module "called" {\n  source = "./${policy.name}"\n${body.join('')}}\noutput "plan" {\n  value = module.called.plan\n}\n`;
  return configuration(program, [...policyModule(policy, ['# hand-made']), file('main.tf', call)]);
}

/** An output as a plan has it. */
async function plannedOutput<T>(program: string, folder: string, output: string): Promise<T> {
  await terraform(program, folder, ['plan', '-input=false', '-out=plan']);
  const shown = JSON.parse(await terraform(program, folder, ['show', '-json', 'plan'])) as {
    planned_values: { outputs: Record<string, { value: T }> };
  };
  return shown.planned_values.outputs[output]!.value;
}

/** What a plan is refused with; boxes and line ends taken out. */
async function refusalOf(program: string, folder: string): Promise<string> {
  const message = await terraform(program, folder, ['plan', '-no-color', '-input=false']).then(
    () => 'not refused',
    (error: Error) => error.message,
  );
  return message.replace(/[│╷╵]/g, ' ').replace(/\s+/g, ' ');
}

describe.each(['terraform', 'tofu'] as const)('the module around it, in %s', (tool) => {
  let program: string;
  beforeAll(async () => {
    program = await FIND[tool]();
  }, BUILD);

  /** Worked out by hand in the facts: 20 cores, 35,993 - 3,599 - 128 = 32,266 MiB. */
  it('yields the api of c6i.8xlarge', async () => {
    const folder = await moduleCalled(program, builtInPolicy('spatialvortex-api'), {
      cpu_millis: 20_000,
      memory_mib: 35_993,
    });
    expect(await plannedOutput(program, folder, 'plan')).toMatchObject({
      cores: 20,
      parameters: {
        ACTIX_WORKERS: 40,
        AUDIO_BUFFER_SIZE: 4096,
        ONNX_POOL_SIZE: 32,
        DB_POOL_SIZE: 80,
        CACHE_SIZE_MB: 2048,
        CACHE_TTL: 1800,
        BATCH_SIZE: 2000,
        BATCH_TIMEOUT_MS: 25,
        VOICE_THREADS: 8,
        ORT_INTRA_OP_NUM_THREADS: 1,
      },
      ledger: { available_mib: 32_266, used_mib: 18_208 },
      values: { ACTIX_WORKERS: '40', RUST_LOG: 'info' },
      startup_seconds: 220, // 60 + 5 x 32
    });
  });

  it('yields its PostgreSQL, with units', async () => {
    const folder = await moduleCalled(program, builtInPolicy('postgres'), {
      cpu_millis: 8000,
      memory_mib: 14_397,
    });
    expect(await plannedOutput(program, folder, 'plan')).toMatchObject({
      values: {
        shared_buffers: '3599MB',
        maintenance_work_mem: '899MB',
        autovacuum_work_mem: '224MB',
        max_connections: '100',
        work_mem: '16384kB',
      },
      // 3599 + 899 + 672 + 16 + 100 x 18 + ceil((100 + 8) x 16384 x 2 / 1024) = 10442
      ledger: { available_mib: 12_958, used_mib: 10_442 },
    });
  });

  it.concurrent.each([
    { variables: { memory_mib: 0 }, says: ['memory_mib: expected a whole number of MiB from 1 to 33554432, got 0'] },
    {
      variables: { memory_mib: 33_554_433 },
      says: ['memory_mib: expected a whole number of MiB from 1 to 33554432, got 33554433'],
    },
    {
      variables: { cpu_millis: 0 },
      says: ['cpu_millis: expected a whole number of millicores from 1 to 1024000, got 0'],
    },
    { variables: { cpu_millis: 1_024_001 }, says: ['from 1 to 1024000, got 1024001'] },
    {
      variables: { cpu_millis: 0.5 },
      says: ['cpu_millis: expected a whole number of millicores from 1 to 1024000, got 0.5'],
    },
    { variables: { available_mib: -1 }, says: ['available_mib: expected a whole number of MiB, got -1'] },
    {
      variables: { available_mib: 8193 },
      says: ['available_mib: expected at most the 8192 MiB of memory_mib, got 8193'],
    },
    {
      variables: { pins: { ACTIX_WORKERS: 4, WORKERS: 4 } },
      says: [
        'pins: expected parameters of spatialvortex-api (ACTIX_WORKERS,',
        'ORT_INTRA_OP_NUM_THREADS), got WORKERS.',
      ],
    },
    {
      variables: { min: { ACTIX_WORKERS: 4.5 } },
      says: ['min: expected whole numbers from 0 to 999999999999999, got {"ACTIX_WORKERS":4.5}.'],
    },
    {
      variables: { max: { ACTIX_WORKERS: null } },
      says: ['max: expected whole numbers from 0 to 999999999999999, got {"ACTIX_WORKERS":null}.'],
    },
    {
      variables: { max: { DB_POOL_SIZE: -1 } },
      says: ['max: expected whole numbers from 0 to 999999999999999, got {"DB_POOL_SIZE":-1}.'],
    },
    {
      variables: { pins: { ACTIX_WORKERS: 65 } },
      says: ['pins.ACTIX_WORKERS: expected 4 to 64 workers in multiples of 1, got 65'],
    },
    {
      variables: { pins: { ONNX_POOL_SIZE: 40 } },
      says: [
        'pins.ONNX_POOL_SIZE: expected 4 to 32 sessions in multiples of 1, got 40; pin a value within the bounds, which min and max can move within 4 to 4096',
      ],
    },
    {
      variables: { min: { ACTIX_WORKERS: 3 } },
      says: ["min.ACTIX_WORKERS: expected at least 4 workers, got 3; the policy's bound is hard"],
    },
    {
      variables: { max: { ONNX_POOL_SIZE: 4097 } },
      says: ["max.ONNX_POOL_SIZE: expected at most 4096 sessions, got 4097; the policy's bound is hard"],
    },
    {
      variables: { min: { DB_POOL_SIZE: 20 }, max: { DB_POOL_SIZE: 10 } },
      says: [
        'DB_POOL_SIZE: expected a minimum that is not above the maximum, got 20..10 connections in multiples of 1 (the minimum of min, the maximum of max); change one of them',
      ],
    },
    {
      variables: { max: { DB_POOL_SIZE: 3 } },
      says: [
        'got 8..3 connections in multiples of 1 (the minimum of the policy, the maximum of max); change one of them',
      ],
    },
    {
      // 1,024 - 102 - 128 = 794; 4 workers x 2 + 4 sessions x 500 + 8 connections + 128 MB
      variables: { cpu_millis: 1000, memory_mib: 1024 },
      says: [
        'spatialvortex-api: expected costs of at most 794 MiB available = 1024 MiB limit - 102 MiB headroom - 128 MiB reserve, got 2144 MiB at the lowest values',
        '2000 MiB ONNX_POOL_SIZE = 4 (ONNX_POOL_SIZE * 500, documented)',
        '2144 MiB in all',
      ],
    },
    {
      variables: { available_mib: 100 },
      says: ['expected costs of at most 100 MiB available as stated, got 2160 MiB at the lowest values'],
    },
  ])('refuses $variables', async ({ variables, says }) => {
    const folder = await moduleCalled(program, builtInPolicy('spatialvortex-api'), {
      cpu_millis: 4000,
      memory_mib: 8192,
      ...variables,
    });
    const refusal = await refusalOf(program, folder);
    for (const text of says) expect(refusal).toContain(text);
  });
});

it('says nothing but the problem where a bound below the hard one would make a formula divide by 0', async () => {
  const policy = policyOf({
    parameters: { A: parameter(), B: parameter({ formula: '640 / A - 64 / A' }) },
    memory: memory(),
  });
  const folder = await moduleCalled(findTerraform(), policy, { cpu_millis: 2000, memory_mib: 100, max: { A: 0 } });
  const refusal = await refusalOf(findTerraform(), folder);
  expect(refusal.match(/Error:.*?(?= on )/g)).toEqual(['Error: Module output value precondition failed']);
  expect(refusal).toContain('A: expected a minimum that is not above the maximum, got 1..0 things');
});

it('takes the max of its README from a database that nobody asked', async () => {
  const program = findTerraform();
  const { stack, policies } = spatialvortex;
  const services = stack.services.map((service) => ({ ...service, replicas: { min: 1, max: 1, surge: 0 } }));
  const bounds = upperBounds(stack.constraints, services, policies);
  const calls = [
    ['postgres', 'postgres', '{}'],
    ['api', 'spatialvortex-api', maxOf('api', bounds.values())],
  ].map(
    ([name, policy, max]) =>
      `module "${name}" {\n  source = "./${policy}"\n  cpu_millis = 40000\n  memory_mib = 65536\n  max = ${max}\n}\n`,
  );
  const folder = await configuration(program, [
    ...['postgres', 'spatialvortex-api'].flatMap((policy) => policyModule(builtInPolicy(policy), [])),
    file('main.tf', `${calls.join('')}output "plan" {\n  value = module.api.plan.parameters\n}\n`),
  ]);
  // 100 - 8 = 92 connections for the one replica; the policy proposes 40 * 4 = 160
  expect(await plannedOutput(program, folder, 'plan')).toMatchObject({ DB_POOL_SIZE: 92 });
});

it('plans the example of its README, where the constraint holds', async () => {
  const program = findTerraform();
  const [readme, ...modules] = terraformModule.render([renderInput('c6i.8xlarge')]);
  const example = /^```hcl\n(.*?)^```$/ms.exec(readme!.contents)![1]!;
  const folder = await configuration(program, [...modules, file('main.tf', example)]);
  expect(await terraform(program, folder, ['fmt', '-check', '-diff'])).toBe('');
  // 4 cores, 8192 MiB for each: 16 x 10 + 8 = 168 are asked for, max(100, 4000 / 40) = 100 granted; (100 - 8) / 10 = 9
  expect(await plannedOutput(program, folder, 'values')).toMatchObject({
    api: { DB_POOL_SIZE: '9' },
    postgres: { max_connections: '100' },
  });
});

it('is written as terraform fmt would, and valid', async () => {
  const program = findTerraform();
  const folder = await configuration(program, terraformModule.render([renderInput('c6i.8xlarge')]));
  expect(await terraform(program, folder, ['fmt', '-check', '-recursive', '-diff'])).toBe('');
  for (const { policy } of SHARES.slice(0, 3)) {
    const module = `${folder}/${policy.name}`;
    await terraform(program, module, ['init', '-no-color']);
    expect(await terraform(program, module, ['validate', '-no-color'])).toContain('The configuration is valid.');
  }
});

describe('demands and constraints between modules', () => {
  const web = policyOf({
    policy: 'web',
    memory: memory({ yields: [{ CACHE: 64 }, 'POOL', 'CACHE'] }),
    parameters: {
      POOL: parameter({ formula: 'cores * 4', min: 2, max: 120, cost: cost('POOL * 3') }),
      CACHE: parameter({ formula: 'memoryMiB / 2', min: 8, max: 4096, cost: cost('CACHE') }),
    },
  });
  const worker = policyOf({
    policy: 'worker',
    memory: memory(),
    parameters: { SLOTS: parameter({ formula: 'cores * 3', min: 4, max: 60, multipleOf: 4 }) },
  });
  const db = policyOf({
    policy: 'db',
    memory: memory({ yields: [{ SORT: 16 }, 'CONNECTIONS', 'SORT'] }),
    parameters: {
      CONNECTIONS: parameter({ formula: 100, min: 20, max: 'max(100, cpuMillis / 40)', cost: cost('CONNECTIONS * 5') }),
      SORT: parameter({ formula: 64, min: 1, max: 64, cost: cost('CONNECTIONS * SORT') }),
    },
  });
  const opened = ['web.POOL', 'worker.SLOTS']
    .map((name) => `${name} * (${name.replace(/\..*/, '')}.replicas.max + ${name.replace(/\..*/, '')}.replicas.surge)`)
    .join(' + ');
  const stackWith = (replicas: { web: object | number; worker: object | number }) =>
    stackOf(
      {
        services: {
          web: service({ policy: 'web', replicas: replicas.web }),
          worker: service({ policy: 'worker', replicas: replicas.worker }),
          db: service({ policy: 'db' }),
        },
        demands: [{ parameter: 'db.CONNECTIONS', formula: `${opened} + 3`, why: 'made up' }],
        constraints: [
          { rule: `${opened} + 3 <= db.CONNECTIONS`, yields: ['web.POOL', 'worker.SLOTS'], why: 'made up' },
        ],
      },
      [web, worker, db],
    );
  const stack = stackWith({ web: 3, worker: 2 });
  const policies = { web, worker, db };
  const limits = fc.record({
    cpuMillis: fc.integer({ min: 500, max: 40_000 }),
    memoryMiB: fc.oneof(fc.integer({ min: 300, max: 3000 }), fc.integer({ min: 3000, max: 60_000 })),
  });

  /** What an operator states of a service that yields nothing: proposals know no `max`, which carries what is yielded. */
  const stated = fc.record({
    CONNECTIONS: fc.option(fc.integer({ min: 20, max: 300 }), { nil: undefined }),
    SORT: fc.option(fc.integer({ min: 1, max: 64 }), { nil: undefined }),
  });
  const map = (entries: Record<string, number | undefined>) =>
    `{ ${Object.entries(entries)
      .flatMap(([name, value]) => (value === undefined ? [] : `${name} = ${value}`))
      .join(', ')} }`;

  it.concurrent.each([
    { tool: 'terraform', replicas: { web: 3, worker: 2 } },
    { tool: 'terraform', replicas: { web: { min: 2, max: 5, surge: 2 }, worker: { min: 1, max: 1, surge: 1 } } },
    { tool: 'tofu', replicas: { web: { min: 1, max: 2, surge: 1 }, worker: 4 } },
  ] as const)(
    'are decided as the planner decides them, 60 cases in $tool with $replicas',
    async ({ tool, replicas }) => {
      const program = await FIND[tool]();
      const stack = stackWith(replicas);
      const cases = fc.sample(fc.record({ web: limits, worker: limits, db: limits, stated }), {
        seed: SEED,
        numRuns: 60,
      });
      const overridesOf = ({ stated: { CONNECTIONS, SORT } }: (typeof cases)[number]): Overrides => {
        const said = (field: 'set' | 'max', value: number | undefined) =>
          value === undefined ? {} : { [field]: { value, by: 'x' } };
        return {
          db: { CONNECTIONS: said('set', CONNECTIONS), SORT: said('max', SORT) },
        };
      };
      const planned = cases.map((given) => {
        try {
          const { services } = decideStack({
            stack,
            services: Object.fromEntries(
              Object.entries(policies).map(([name, policy]) => [
                name,
                { name, policy, limits: given[name as 'web'], overrides: overridesOf(given)[name] ?? {}, ceilings: {} },
              ]),
            ),
            replicas: Object.fromEntries(stack.services.map(({ name, replicas }) => [name, replicas])),
            overrides: overridesOf(given),
          });
          return [
            services.web!.parameters.POOL,
            services.worker!.parameters.SLOTS,
            services.db!.parameters.CONNECTIONS,
            services.db!.parameters.SORT,
          ].map((one) => one!.value);
        } catch {
          return undefined;
        }
      });
      const feasible = cases.filter((_, index) => planned[index] !== undefined);
      expect(feasible.length).toBeGreaterThan(20);
      const bounds = upperBounds(stack.constraints, stack.services, policies);
      // A module block for each case: with for_each, Terraform takes a reference to one instance for one to all of them.
      const calls = feasible.map((given, index) => {
        const numbered = (text: string) =>
          text.replaceAll(/module\.(\w+)\./g, `module.$1_${index}.`).replaceAll('constraint0_', `case${index}_`);
        const locals = [...bounds.values()].flatMap((bound) => bound.locals);
        const modules = stack.services.map((one) => {
          const { name } = one;
          const min = minOf(one, bounds.keys(), stack.services, policies) ?? '{}';
          const { cpuMillis, memoryMiB } = given[name as 'web'];
          const { CONNECTIONS, SORT } = given.stated;
          const own = map(name === 'db' ? { SORT } : {});
          const max = `merge(${own}, ${numbered(maxOf(name, bounds.values()) ?? '{}')})`;
          const set = map(name === 'db' ? { CONNECTIONS } : {});
          const asked = numbered(askedOf(name, stack.demands, stack.services, policies) ?? '{}');
          return `module "${name}_${index}" {\n  source = "./${name}"\n  cpu_millis = ${cpuMillis}\n  memory_mib = ${memoryMiB}\n  pins = ${set}\n  min = ${min}\n  max = ${max}\n  asked = ${asked}\n}\n`;
        });
        return `locals {\n${locals.map(([name, value]) => `  ${numbered(name)} = ${numbered(value)}\n`).join('')}}\n${modules.join('')}`;
      });
      const values = feasible.map(
        (_, index) =>
          `    [module.web_${index}.plan.parameters.POOL, module.worker_${index}.plan.parameters.SLOTS, module.db_${index}.plan.parameters.CONNECTIONS, module.db_${index}.plan.parameters.SORT],\n`,
      );
      const folder = await configuration(program, [
        ...Object.values(policies).flatMap((policy) => policyModule(policy, [])),
        file('main.tf', `${calls.join('')}output "values" {\n  value = [\n${values.join('')}  ]\n}\n`),
      ]);
      const got = await plannedOutput<number[][]>(program, folder, 'values');
      const expected = planned.filter((one) => one !== undefined);
      expect(
        feasible.flatMap((given, index) =>
          isDeepStrictEqual(got[index], expected[index]) ? [] : [{ given, got: got[index], expected: expected[index] }],
        ),
      ).toEqual([]);
    },
    LONG,
  );

  it('hand each other what they propose and what they leave in the README, which Terraform plans', async () => {
    const program = findTerraform();
    const input = inputFor(stack, { '4cpu-4gi': ['web'], '2cpu-2gi': ['worker'], '8cpu-16gi': ['db'] }, policies);
    const [readme, ...modules] = terraformModule.render([input]);
    const example = /^```hcl\n(.*?)^```$/ms.exec(readme!.contents)![1]!;
    const folder = await configuration(program, [...modules, file('main.tf', example)]);
    expect(await terraform(program, folder, ['fmt', '-check', '-diff'])).toBe('');
    // 4 cores, 8192 MiB each: POOL 16 x 3 + SLOTS 12 x 2 + 3 = 75 are asked for and granted
    expect(await plannedOutput(program, folder, 'values')).toMatchObject({
      web: { POOL: '16' },
      worker: { SLOTS: '12' },
      db: { CONNECTIONS: '75', SORT: '64' },
    });
  });
});

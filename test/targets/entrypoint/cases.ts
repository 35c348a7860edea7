/** Random hardware, bounds and pins: what the planner makes of them, and a shell script that asks the entry points. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { SizewrightError } from '../../../src/errors/errors.ts';
import { policyFromYaml } from '../../../src/files/parse.ts';
import { demandsFromEnvironment, overridesFromEnvironment } from '../../../src/plan/decide/overrides.ts';
import { decideService } from '../../../src/plan/decide/service.ts';
import type { Policy } from '../../../src/policy/policy.ts';
import { entrypointScript } from '../../../src/targets/entrypoint/script.ts';
import { variablesOf } from '../../../src/targets/entrypoint/variables.ts';
import { renderedServices } from '../../../src/targets/services.ts';
import { cost, memory, parameter, policyOf } from '../../samples.ts';
import { builtInPolicy, renderInput } from '../../support.ts';

/** The entry point of a service `web` with this policy. */
export function scriptOf(policy: Policy, root?: string): string {
  const input = renderInput('4cpu-8gi');
  const [{ service, plan }] = renderedServices(input) as [ReturnType<typeof renderedServices>[number]];
  return entrypointScript(input, { service: { ...service, name: 'web' }, policy, plan, held: {} }, root);
}

/** The script with its functions only. */
export function functionsOf(script: string): string {
  return script.replace(/\n_sw_main "\$@"\n$/, '\n');
}

const stranger = (name: string): Policy => {
  const path = `test/fixtures/stranger/policies/${name}.yaml`;
  return policyFromYaml(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'), path).value;
};

/** Grids, soft bounds on both sides, bounds over the inputs, a cost that depends on a yielder through another value. */
const odd = policyOf({
  policy: 'odd',
  memory: memory({
    headroom: 'memoryMiB / 7',
    reserve: '33',
    yields: [{ SPARE: 43 }, { BLOCKS: 20 }, 'BLOCKS', 'SPARE'],
    fixed: ['HANDLERS'],
  }),
  parameters: {
    BLOCKS: parameter({
      formula: 'cores * 7 + 3',
      min: 'cores',
      max: 'memoryMiB / 3 + 8',
      hardMin: 0,
      hardMax: 'memoryMiB',
      multipleOf: 8,
      cost: cost('BLOCKS * 3'),
    }),
    HANDLERS: parameter({ formula: 'BLOCKS / 2', min: 1, max: 100_000, cost: cost('ceilDiv(HANDLERS * 5, 3)') }),
    SPARE: parameter({
      formula: 'availableMiB - cores * 90',
      min: 6,
      max: 90_000,
      multipleOf: 5,
      cost: cost('SPARE'),
    }),
    SPARE_MAX: parameter({ formula: 'availableMiB * 2 > memoryMiB ? 2 : 1', min: 0, max: 2 }),
  },
});

export const POLICIES: readonly Policy[] = [
  ...['spatialvortex-api', 'postgres', 'redis', 'redis-persistent'].map(builtInPolicy),
  ...['go-web', 'memcached'].map(stranger),
  odd,
];

/** From 1 to `most`, small numbers as often as large ones, and the edges. */
const scaled = (most: number) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }).map((part) => Math.round(most ** part)) },
    { weight: 1, arbitrary: fc.constantFrom(1, 2, 999, 1000, 1001, most - 1, most) },
  );
const BROKEN = ['', '010', 'lots', '-1', '1e3', '$(reboot)', 'a b', '9'.repeat(400), '1000000000000000', ' 4', '0x10'];

interface Given {
  policy: Policy;
  cpuMillis: number;
  memoryMiB: number;
  freeMiB: number;
  availableMiB: number | undefined;
  /** Whether the environment states CPU and memory. */
  stated: boolean;
  env: Record<string, string>;
}

const given: fc.Arbitrary<Given> = fc.constantFrom(...POLICIES).chain((policy) => {
  const variables = policy.parameters.flatMap((one) =>
    Object.values(variablesOf(policy, one)).map((name) => ({ name, range: one.range, grid: one.multipleOf })),
  );
  const override = fc.constantFrom(...variables.filter(({ name }) => name !== '')).chain(({ name, range, grid }) =>
    fc
      .oneof(
        { weight: 30, arbitrary: fc.integer({ min: range.lo, max: Math.min(range.hi, range.lo + 200) }) },
        {
          weight: 10,
          arbitrary: fc.integer(range.lo < range.hi ? { min: range.lo, max: range.hi } : { max: range.hi }),
        },
        { weight: 4, arbitrary: fc.constantFrom(range.lo, range.hi, range.hi + 1, Math.max(0, range.lo - 1)) },
        { weight: 1, arbitrary: fc.constantFrom(0, 999_999_999_999_999) },
      )
      .map((value) => [name, `${value - (value % grid)}`] as const),
  );
  const broken = fc.tuple(
    fc.constantFrom(...variables.map(({ name }) => name).filter(Boolean)),
    fc.constantFrom(...BROKEN),
  );
  const entries = fc.array(fc.oneof({ weight: 60, arbitrary: override }, { weight: 1, arbitrary: broken }), {
    maxLength: 4,
  });
  return fc
    .record({
      cpuMillis: fc.oneof(
        { weight: 60, arbitrary: scaled(1_024_000) },
        { weight: 1, arbitrary: fc.constantFrom(0, 1_024_001) },
      ),
      memoryMiB: fc.oneof(
        { weight: 60, arbitrary: scaled(33_554_432) },
        { weight: 1, arbitrary: fc.constantFrom(0, 33_554_433) },
      ),
      free: fc.constantFrom(0, 1, 2, 5, 10, 10, 10, 10, 10, 10),
      available: fc.option(fc.integer({ min: 0, max: 1010 })),
      stated: fc.boolean(),
      entries,
    })
    .map(({ free, available, entries, ...rest }) => ({
      policy,
      ...rest,
      freeMiB: Math.floor((rest.memoryMiB * free) / 10),
      availableMiB: available === null ? undefined : Math.floor((rest.memoryMiB * available) / 1000),
      env: Object.fromEntries(entries),
    }));
});

/** Values of all parameters, or the code and the place of every problem, as the shell script prints them. */
function planned({ policy, cpuMillis, memoryMiB, freeMiB, availableMiB, env }: Given): string {
  const problem = (code: string, path: string) => `!${code} ${path} `;
  const byVariable = Object.fromEntries(policy.parameters.map((one) => [variablesOf(policy, one).set, one.name]));
  const broken = Object.entries(env).filter(([, text]) => BROKEN.includes(text));
  const outside = [
    ...(cpuMillis < 1 || cpuMillis > 1_024_000 ? ['cpuMillis'] : []),
    ...(memoryMiB < 1 || memoryMiB > 33_554_432 ? ['memoryMiB'] : []),
  ];
  if (outside.length > 0) return outside.map((path) => problem('QUANTITY_SYNTAX', path)).join('');
  try {
    if (availableMiB !== undefined && availableMiB > memoryMiB) return problem('USAGE', 'SIZEWRIGHT_AVAILABLE_MIB');
    const { web: overrides = {} } = overridesFromEnvironment(env, { web: byVariable });
    const limits = { cpuMillis, memoryMiB };
    const stated = availableMiB === undefined ? {} : { statedAvailableMiB: availableMiB };
    const { web: demands = {} } = demandsFromEnvironment(env, { web: byVariable });
    const asked = Object.fromEntries(
      Object.entries(demands).map(([name, demand]) => [name, { ...demand, reason: 'test' }]),
    );
    const input = { name: 'web', policy, limits, freeMiB, ...stated, overrides, asked, ceilings: {} };
    const { parameters } = decideService(input);
    return Object.entries(parameters)
      .map(([name, { value }]) => `${name}=${value} `)
      .join('');
  } catch (error) {
    if (!(error instanceof SizewrightError)) throw error;
    if (error.code === 'QUANTITY_SYNTAX')
      return broken
        .map(([name]) => problem('QUANTITY_SYNTAX', name))
        .sort()
        .join('');
    return error.problems.map(({ code, path }) => problem(code, path)).join('');
  }
}

interface ScriptCases {
  /** Prints a line a case. */
  script: string;
  expected: string[];
  said: string[];
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** Functions of every policy's entry point, then the cases, each in a shell of its own. */
export function decisionCases(seed: number, count: number): ScriptCases {
  const cases = fc.sample(given, { seed, numRuns: count });
  const parts: string[] = [];
  const sorted = POLICIES.flatMap((policy) => cases.filter((one) => one.policy === policy));
  let current: Policy | undefined;
  for (const one of sorted) {
    if (one.policy !== current) parts.push(functionsOf(scriptOf(one.policy)), DRIVER);
    current = one.policy;
    const { cpuMillis, memoryMiB, freeMiB, availableMiB, stated, env } = one;
    const variables = {
      ...env,
      ...(availableMiB !== undefined && { SIZEWRIGHT_AVAILABLE_MIB: `${availableMiB}` }),
      ...(stated && { SIZEWRIGHT_CPU_MILLIS: `${cpuMillis}`, SIZEWRIGHT_MEMORY_MIB: `${memoryMiB}` }),
    };
    const assignments = Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}`);
    const kernel = stated ? `1 1048576 ${freeMiB}` : `${cpuMillis} ${memoryMiB} ${freeMiB}`;
    parts.push(`( set -e; ${[...assignments, `try ${kernel}`].join('; ')} ); echo`);
  }
  return {
    script: `${parts.join('\n')}\n`,
    expected: sorted.map(planned),
    said: sorted.map(({ policy, ...rest }) => `${policy.name} ${JSON.stringify(rest)}`),
  };
}

/** In place of what the kernel says, and of messages. */
const DRIVER = `
set +e
_sw_problem() { _sw_problems=$((_sw_problems + 1)) && printf '!%s %s ' "$1" "$2"; }
try() {
  _sw_try="$*"
  _sw_detect() { _sw_kernel_cpu=\${_sw_try%% *} _sw_kernel_free=\${_sw_try##* } _sw_cpu_from='' _sw_memory_from='' && _sw_kernel_memory=\${_sw_try#* } && _sw_kernel_memory=\${_sw_kernel_memory% *}; }
  _sw_gather
  _sw_decide
  _sw_values
}`;

/** What the shell printed, problems of broken numbers in a fixed order. */
export function inOrder(line: string): string {
  return line.includes('!QUANTITY_SYNTAX')
    ? line
        .split('!')
        .filter(Boolean)
        .filter((part) => part.startsWith('QUANTITY'))
        .map((part) => `!${part}`)
        .sort()
        .join('')
    : line;
}

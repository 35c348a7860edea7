// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is HCL
import { describe, expect, it } from 'vitest';
import { type SynthOptions, synth } from '../../../src/index.ts';
import { readBack } from '../../../src/synth.ts';
import { decideModule } from '../../../src/targets/terraform-module/decide.ts';
import { terraformModule } from '../../../src/targets/terraform-module/index.ts';
import { policyModule } from '../../../src/targets/terraform-module/module.ts';
import { cost, memory, parameter, policyOf, problemsOf } from '../../samples.ts';
import { builtInPolicy, renderInput } from '../../support.ts';

/** The block under a comment. */
function blockOf(text: string, comment: string): string {
  const from = text.indexOf(`  # ${comment}`);
  return text.slice(from, text.indexOf('\n}', from));
}

describe('the child module', () => {
  const policy = policyOf({
    memory: memory({ headroom: 'memoryMiB / 10', yields: ['A'], fixed: ['B', 'C'] }),
    parameters: {
      A: parameter({ formula: 'cores', min: 1, max: 4, hardMax: 6, cost: cost('A * 100') }),
      B: parameter({ formula: 'A * 2', multipleOf: 4, min: 4, max: 64, unit: 'MB', cost: cost('ceilDiv(B, 3)') }),
      C: parameter({ formula: '5', cost: cost('C') }),
    },
  });
  const text = decideModule(policy, ['# first']);

  it('has the inputs under the names that formulas know', () => {
    expect(text.startsWith('# first\n')).toBe(true);
    expect(text).toContain('  cores        = max(1, floor(var.cpu_millis / 1000))\n');
    expect(text).toContain('  headroomMiB  = floor(local.memoryMiB / 10)\n');
    expect(decideModule(policyOf({ cores: 'ceil' }), [])).toContain('  cores        = ceil(var.cpu_millis / 1000)\n');
  });

  it('states bounds, the hard ones of those that are not soft too', () => {
    expect(text).toContain('    "A" = { min = 1, max = 4, hardMin = 1, hardMax = 6, grid = 1, unit = "things" }\n');
    expect(text).toContain('    "B" = { min = 4, max = 64, hardMin = 4, hardMax = 64, grid = 4, unit = "MB" }\n');
  });

  it('clamps, then rounds to the grid, then pays', () => {
    expect(blockOf(text, 'counts = A * 2: made up')).toBe(
      [
        '  # counts = A * 2: made up',
        '  value_B = floor(min(max(lookup(var.asked, "B", local.value_A * 2), local.bounds.B.min), local.bounds.B.max) / 4) * 4',
        '  cost_B  = ceil(local.value_B / 3)',
      ].join('\n'),
    );
  });

  it('lowers what yields bit by bit, and emits again only what depends on it', () => {
    // 1..6 are 5 steps: bits 4, 2, 1. B follows A; C does not.
    expect(blockOf(text, 'A gives way as number 1')).toBe(
      [
        '  # A gives way as number 1: the greatest value at which all fits, bit by bit',
        '  rest1_A  = local.cost_C',
        '  least1_A = min(local.value_A, local.bounds.A.min)',
        '  try1_4_B = floor(min(max(lookup(var.asked, "B", (local.least1_A + 4) * 2), local.bounds.B.min), local.bounds.B.max) / 4) * 4',
        '  fit1_4_A = local.least1_A + (local.least1_A + 4 <= local.value_A && local.rest1_A + ((local.least1_A + 4) * 100) + (ceil(local.try1_4_B / 3)) <= local.availableMiB ? 4 : 0)',
        '  try1_2_B = floor(min(max(lookup(var.asked, "B", (local.fit1_4_A + 2) * 2), local.bounds.B.min), local.bounds.B.max) / 4) * 4',
        '  fit1_2_A = local.fit1_4_A + (local.fit1_4_A + 2 <= local.value_A && local.rest1_A + ((local.fit1_4_A + 2) * 100) + (ceil(local.try1_2_B / 3)) <= local.availableMiB ? 2 : 0)',
        '  try1_1_B = floor(min(max(lookup(var.asked, "B", (local.fit1_2_A + 1) * 2), local.bounds.B.min), local.bounds.B.max) / 4) * 4',
        '  fit1_1_A = local.fit1_2_A + (local.fit1_2_A + 1 <= local.value_A && local.rest1_A + ((local.fit1_2_A + 1) * 100) + (ceil(local.try1_1_B / 3)) <= local.availableMiB ? 1 : 0)',
        '  value1_B = floor(min(max(lookup(var.asked, "B", local.fit1_1_A * 2), local.bounds.B.min), local.bounds.B.max) / 4) * 4',
        '  cost1_A  = local.fit1_1_A * 100',
        '  cost1_B  = ceil(local.value1_B / 3)',
      ].join('\n'),
    );
  });

  it('stops at the floor of a turn, on the grid', () => {
    const turns = policyOf({
      memory: memory({ yields: [{ A: 5 }, 'A'] }),
      parameters: { A: parameter({ multipleOf: 4, min: 0, cost: cost('A * 100') }) },
    });
    const made = decideModule(turns, []);
    expect(blockOf(made, 'A gives way as number 1, down to 5')).toContain(
      'least1_A  = min(local.value_A, max(local.bounds.A.min, 8))\n',
    );
    expect(blockOf(made, 'A gives way as number 2')).toContain('least2_A  = min(local.fit1_1_A, local.bounds.A.min)\n');
  });

  it('yields the last value of each', () => {
    expect(text).toContain('    "A" = local.fit1_1_A\n    "B" = local.value1_B\n    "C" = local.value_C\n');
    expect(text).toContain(
      'value = local.value1_B, formula = "ceilDiv(B, 3)", mib = local.cost1_B, basis = "assumed" },\n',
    );
  });

  it('keeps the bound of an earlier yielder when a later one moves it', () => {
    const chained = policyOf({
      memory: memory({ yields: ['W', 'A'] }),
      parameters: {
        A: parameter({ min: 1, max: 2, cost: cost('A * 100') }),
        W: parameter({ formula: '4 * A', min: 1, max: 2, cost: cost('W * 50') }),
      },
    });
    expect(decideModule(chained, [])).toContain(
      '  value2_W = min(min(max(lookup(var.asked, "W", 4 * local.fit2_1_A), local.bounds.W.min), local.bounds.W.max), local.fit1_1_W)\n',
    );
  });

  it('has no more locals for the api than it needs', () => {
    // 6 inputs, 5 of bounds, 10 values, 4 costs; 12 bits of 4..4096, 20 of 128..1048576, 2 x (rest, least, cost); the
    // threads follow the sessions, which costs nothing to try: 1; 2 at the end
    expect(decideModule(builtInPolicy('spatialvortex-api'), []).match(/^ {2}\w+ += /gm)?.length).toBe(
      6 + 5 + 10 + 4 + 12 + 20 + 6 + 1 + 2 + OUTPUTS + VARIABLES,
    );
  });
});

/** Lines of the same shape outside of `locals`: `value` of each output, `type` of each variable. */
const OUTPUTS = 7;
const VARIABLES = 7;

describe('the module of a policy', () => {
  const files = Object.fromEntries(
    policyModule(builtInPolicy('postgres'), ['# first']).map(({ path, contents }) => [path, contents]),
  );

  it('is three files', () => {
    expect(Object.keys(files)).toEqual(['postgres/decide/main.tf', 'postgres/main.tf', 'postgres/variables.tf']);
    for (const contents of Object.values(files)) expect(contents.startsWith('# first\n')).toBe(true);
  });

  it('yields values by their own names with their units, and settings', () => {
    expect(files['postgres/main.tf']).toContain(
      '"work_mem"                        = "${module.decide.parameters.work_mem}kB"\n',
    );
    expect(files['postgres/main.tf']).toContain(
      '"max_connections"                 = tostring(module.decide.parameters.max_connections)\n',
    );
    expect(files['postgres/main.tf']).toContain('"huge_pages"                      = "off"\n');
  });

  it('writes hostile text as text', () => {
    const policy = policyOf({
      parameters: { WORKERS: parameter({ unit: '${x}"', cost: cost('WORKERS * 10') }) },
      settings: { GREETING: { value: '%{ if }"', why: 'made up' } },
    });
    const [decide, main] = policyModule(policy, []);
    expect(decide!.contents).toContain('unit = "$${x}\\"" }');
    expect(main!.contents).toContain('"GREETING" = "%%{ if }\\""\n');
  });

  it.each([
    ['settings.GREETING', { settings: { GREETING: { value: 'e\u0301', why: 'made up' } } }],
    ['parameters.WORKERS', { parameters: { WORKERS: parameter({ unit: 'e\u0301', cost: cost('WORKERS * 10') }) } }],
  ])('refuses %s in a form that HCL does not keep', (path, changes) => {
    expect(problemsOf(() => policyModule(policyOf(changes), []))).toEqual([
      `OUTPUT_INVALID demo ${path}: expected text in Unicode's normal form C, which is what Terraform makes of every text, got "e\u0301"; change the value`,
    ]);
  });
});

describe('the target', () => {
  const inputs = [renderInput('c6i.8xlarge'), renderInput('c6i.8xlarge', { platform: 'kubernetes' })];
  const artifacts = terraformModule.render(inputs);

  it('has a module for each policy of the stack, once', () => {
    expect(artifacts.map(({ path }) => path)).toEqual([
      'README.md',
      ...['spatialvortex-api', 'postgres', 'redis'].flatMap((policy) =>
        ['decide/main.tf', 'main.tf', 'variables.tf'].map((file) => `${policy}/${file}`),
      ),
    ]);
  });

  it('is the same for all hardware, byte by byte, however it was asked for', async () => {
    const made = async (options: SynthOptions) => {
      const all = (await synth({ targets: ['terraform-module'], ...options })).artifacts;
      return all.filter(({ path }) => path.includes('/_all/'));
    };
    const first = await made({ profiles: ['c6i.8xlarge'] });
    const asked = { options: { stack: 'spatialvortex' }, files: [] };
    const rendered = terraformModule.render(inputs.map((input) => ({ ...input, asked })));
    expect(first.map(({ contents }) => contents)).toEqual(rendered.map(({ contents }) => contents));
    expect(await made({ profiles: ['t3.large', 'm7g.2xlarge'] })).toEqual(first);
    expect(await made({ profiles: ['4cpu-8gi'], platforms: ['kubernetes'], set: ['api.ACTIX_WORKERS=4'] })).toEqual(
      first,
    );
  });

  it('says the command that makes it again, of which the hardware is left to the reader', () => {
    const line = (options?: Record<string, string | string[]>) => {
      const asked = options && { asked: { options, files: [] } };
      const [readme] = terraformModule.render([{ ...inputs[0]!, ...asked }]);
      return /^ {4}make again: (.*)$/m.exec(readme!.contents)?.[1];
    };
    expect(line()).toBe('sizewright synth --target terraform-module --profile <any>');
    expect(line({ profile: 'c6i.8xlarge', platform: 'eks', set: ['api.ACTIX_WORKERS=4'] })).toBe(line());
    expect(line({ stack: "my stack's.yaml", external: ['postgres', 'redis'], profile: 't3.large' })).toBe(
      "sizewright synth --stack 'my stack'\\''s.yaml' --external postgres,redis --target terraform-module --profile <any>",
    );
  });

  it('leaves out the policies of external services', () => {
    const api = terraformModule.render([renderInput('c6i.8xlarge', { external: ['postgres', 'redis'] })]);
    expect(api.filter(({ path }) => !path.startsWith('spatialvortex-api/')).map(({ path }) => path)).toEqual([
      'README.md',
    ]);
    expect(api[0]!.contents).toContain('postgres.max_connections`: not in the example; see to the `max` of `api`\n');
  });

  it('counts in its README on what an external service was said to offer', () => {
    const input = renderInput('4cpu-8gi', { platform: 'kubernetes', external: ['postgres'] });
    const asked = { options: { external: ['postgres'] }, files: [] };
    const [readme] = terraformModule.render([{ ...input, asked, offered: { postgres: { max_connections: 100 } } }]);
    expect(readme!.contents).toContain(
      'make again: sizewright synth --external postgres --set postgres.max_connections=100 --target terraform-module --profile <any>\n',
    );
    expect(readme!.contents).toContain('  max        = { DB_POOL_SIZE = min(128, floor((100 - 8) / 10)) }\n');
    expect(readme!.contents).toContain('postgres.max_connections`: the `max` of `api`\n');
  });

  it('says in its README how to call it, and what holds between services', () => {
    const readme = artifacts[0]!.contents;
    expect(readme).toContain(
      [
        'module "api" {',
        '  source = "./spatialvortex-api"',
        '',
        '  cpu_millis = 4000 # the limits of api',
        '  memory_mib = 8192',
        '  max        = { DB_POOL_SIZE = min(128, floor((module.postgres.plan.parameters.max_connections - 8) / 10)) }',
        '}\n',
      ].join('\n'),
    );
    expect(readme).toContain(
      '- `api.DB_POOL_SIZE * (api.replicas.max + api.replicas.surge) + 8 <= postgres.max_connections`: the `max` of `api`\n',
    );
    expect(readme).toContain(
      '- `postgres`: `pins = { max_parallel_workers_per_gather = 0 }` and `max_parallel_maintenance_workers = 0`; 64 MB',
    );
  });

  it('is found incomplete without a module', () => {
    const broken = artifacts.filter(({ path }) => path !== 'redis/decide/main.tf');
    expect(problemsOf(() => readBack(terraformModule, [...artifacts], inputs))).toEqual([]);
    expect(problemsOf(() => readBack(terraformModule, broken, inputs))).toEqual([
      'OUTPUT_INVALID terraform-module c6i.8xlarge host: services.redis: expected the service as planned, got nothing in the file (READ_BACK_DIFFERS)',
      'OUTPUT_INVALID terraform-module c6i.8xlarge kubernetes: services.redis: expected the service as planned, got nothing in the file (READ_BACK_DIFFERS)',
    ]);
  });
});

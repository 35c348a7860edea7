import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { policyFromYaml } from '../../src/files/parse.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { findPlatform } from '../../src/platforms/index.ts';
import { withInputs } from '../../src/requests/inputs.ts';
import { cost, memory, parameter, policyOf, problemsOf, service, stackOf } from '../samples.ts';
import { builtInProfile } from '../support.ts';

const text = readFileSync(new URL('../fixtures/policies/gunicorn.yaml', import.meta.url), 'utf8');
const gunicorn = policyFromYaml(text, 'gunicorn.yaml').value;

function planWith(given: string[], stated: Record<string, string | number> = {}) {
  const stack = stackOf({ services: { web: service({ policy: 'gunicorn', with: stated }) } }, [gunicorn]);
  const policies = { gunicorn };
  const loaded = { named: 'shop', stack, policies, locate: () => undefined };
  const { services } = withInputs(loaded, given);
  const profile = builtInProfile('2cpu-1gi');
  const platform = findPlatform('host');
  const { plan } = makePlan({
    stack: { ...stack, services },
    policies,
    platform,
    label: profile.name,
    placements: [{ profile, services }],
    external: [],
    overrides: {},
  });
  const { inputs, parameters, ledger } = plan.services.web!;
  const values = Object.entries(parameters).map(([name, { value }]) => [name, value]);
  return { inputs, ...Object.fromEntries(values), usedMiB: ledger.usedMiB };
}

describe('an input', () => {
  // 5 workers x 60 + 5 x 2 threads = 310 of 1,024 - 102 - 40 = 882.
  it('has its default', () => {
    expect(planWith([])).toEqual({
      inputs: {
        workerMiB: { value: '60', unit: 'MiB', by: 'by default, assumed' },
        load: { value: 'io', unit: 'choice', by: 'by default' },
      },
      workers: 5,
      threads: 2,
      usedMiB: 310,
    });
  });

  // 180 x 5 + 10 = 910 is too much; 4 x 180 + 4 x 2 = 728.
  it('is said without the service where one alone has it', () => {
    expect(planWith(['workerMiB=180'])).toMatchObject({
      inputs: { workerMiB: { value: '180', by: '--with' } },
      workers: 4,
      usedMiB: 728,
    });
  });

  it('is said in the stack, and --with counts more', () => {
    const stated = { workerMiB: 100, load: 'cpu' };
    expect(planWith([], stated)).toMatchObject({ workers: 5, threads: 1, usedMiB: 505 });
    expect(planWith(['web.load=io'], stated)).toMatchObject({
      inputs: { workerMiB: { value: '100', by: 'services.web.with' } },
      threads: 2,
      usedMiB: 510,
    });
  });

  it.each([
    {
      given: ['workerMiB=9'],
      says: 'OVERRIDE_INVALID --with web.workerMiB: expected a whole number of MiB from 20 to 4096, got "9"',
    },
    {
      given: ['web.load=gpu'],
      says: 'OVERRIDE_INVALID --with web.load: expected one of its choices, got "gpu"; did you mean cpu?',
    },
    { given: ['web.workerMib=60'], says: 'OVERRIDE_INVALID --with web.workerMib: ' },
    { given: ['db.workerMiB=60'], says: 'SERVICE_UNKNOWN --with: ' },
    { given: ['constructor=60'], says: 'OVERRIDE_INVALID --with: ' },
    {
      given: ['workerMiB'],
      says: 'OVERRIDE_INVALID --with: expected <service>.<input>=<value>, or <input>=<value>, got "workerMiB"',
    },
    {
      given: ['workerMiB=60', 'web.workerMiB=61'],
      says: 'OVERRIDE_INVALID --with: expected web.workerMiB once, got it twice',
    },
  ])('$given is refused', ({ given, says }) => {
    expect(problemsOf(() => planWith(given))).toEqual([expect.stringContaining(says)]);
  });
});

describe('a policy with inputs', () => {
  const inputs = (changes: object) => ({
    workerMiB: { does: 'a worker', unit: 'MiB', default: 10, min: 1, max: 100, basis: 'assumed', why: 'made up' },
    load: { does: 'waits', choices: ['cpu', 'io'], default: 'cpu', why: 'made up' },
    ...changes,
  });
  const withFormula = (formula: string) => ({
    inputs: inputs({}),
    memory: memory({ yields: ['WORKERS'] }),
    parameters: { WORKERS: parameter({ formula, cost: cost('WORKERS * workerMiB') }) },
  });

  it.each([
    {
      changes: {
        inputs: inputs({
          workerMiB: { does: 'a', unit: 'MiB', default: 0, min: 1, max: 9, basis: 'assumed', why: 'x' },
        }),
      },
      says: 'inputs.workerMiB.default: expected min ≤ default ≤ max, got 1, 0, 9',
    },
    {
      changes: { inputs: inputs({ load: { does: 'a', choices: ['a', 'b'], default: 'c', why: 'x' } }) },
      says: 'inputs.load.default: expected one of its choices (a, b), got c',
    },
    {
      changes: { inputs: inputs({ cores: { does: 'a', choices: ['a', 'b'], default: 'a', why: 'x' } }) },
      says: 'inputs.cores: expected a name of its own, got cores, which every formula reads; rename the input',
    },
    { changes: withFormula('load == "disk" ? 1 : 2'), says: 'expected one of "cpu", "io", got "disk"' },
    { changes: withFormula('load + 1'), says: 'expected a comparison such as load == "cpu", got "load"' },
    { changes: withFormula('load < "io" ? 1 : 2'), says: 'expected == or != between load and a word' },
    { changes: withFormula('cores / (workerMiB - 1)'), says: 'FORMULA_UNSAFE' },
  ])('is refused: $says', ({ changes, says }) => {
    expect(problemsOf(() => policyOf(changes)).join('\n')).toContain(says);
  });
});

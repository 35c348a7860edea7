import { describe, expect, it } from 'vitest';
import { policyFromYaml } from '../../src/files/parse.ts';
import { packageFiles } from '../commands.ts';
import { loadStack } from '../gathered.ts';
import { problemsOf } from '../samples.ts';

const base = `policy: base
title: Base
memory:
  headroom: { formula: memoryMiB / 10, basis: assumed, why: x }
  reserve: { formula: 0, basis: assumed, why: x }
  yields: [workers]
parameters:
  workers:
    does: works
    unit: workers
    formula: cores
    why: one a core
    min: 1
    max: 64
    bounds: { why: x }
    cost: { formula: workers * 10, basis: assumed, why: x }
deliver: { as: env }
startupSeconds: { formula: 10, why: x }
stop: { signal: SIGTERM, graceSeconds: 10, why: x }
`;
const texts: Record<string, string> = { base, round: 'policy: round\nextends: round\n' };
const baseNamed = (name: string) =>
  Object.hasOwn(texts, name) ? { text: texts[name]!, file: `policies/${name}.yaml` } : undefined;
const policy = (text: string) => policyFromYaml(text, 'policies/own.yaml', baseNamed).value;

describe('a policy that extends another one', () => {
  it('changes a few things of it', () => {
    const own = policy(
      'policy: own\nextends: base\nparameters:\n  workers: { formula: 2 * cores, why: waits, max: 8 }\n',
    );
    expect(own).toMatchObject({ name: 'own', title: 'Base', stop: { signal: 'SIGTERM' } });
    const [workers] = own.parameters;
    expect(workers).toMatchObject({
      formula: { text: '2 * cores', why: 'waits' },
      min: { text: '1' },
      max: { text: '8' },
    });
  });

  it('may itself be extended', () => {
    texts.middle = 'policy: middle\nextends: base\ntitle: Middle\n';
    expect(policy('policy: own\nextends: middle\nstop: { graceSeconds: 20 }\n')).toMatchObject({
      title: 'Middle',
      stop: { signal: 'SIGTERM', graceSeconds: 20 },
    });
  });

  it.each([
    {
      text: 'policy: own\nextends: bas\n',
      says: 'POLICY_INVALID extends: expected a policy in policies/ or of the package, got "bas"; add it, or correct the name',
    },
    {
      text: 'policy: own\nextends: round\n',
      says: 'POLICY_INVALID extends: expected a policy that does not extend itself, got round -> round',
    },
    {
      text: 'policy: own\nextends: base\nparameters: { workers: { formula: coers } }\n',
      says: 'FORMULA_SYNTAX parameters.workers.formula: expected a known name (cores)',
    },
  ])('$says', ({ text, says }) => {
    expect(problemsOf(() => policy(text)).join('\n')).toContain(says);
  });

  it('is found beside the stack, and its base in the package', async () => {
    const files = packageFiles({
      'stack.yaml': 'stack: shop\nservices: { db: { policy: big } }\n',
      'policies/big.yaml':
        'policy: big\nextends: postgres\nparameters:\n  max_connections: { formula: 300, why: many }\n',
    });
    const { policies } = await loadStack(files, './stack.yaml');
    const found = policies.big!.parameters.find(({ name }) => name === 'max_connections');
    expect(found).toMatchObject({ formula: { text: '300' }, cost: { basis: 'assumed' } });
  });
});

/** Every machine of the catalogue on every platform that takes it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SizewrightError } from '../../../src/errors/errors.ts';
import { familyFromYaml } from '../../../src/files/parse.ts';
import { listMachines } from '../../../src/hardware/family.ts';
import type { Machine } from '../../../src/hardware/profile.ts';
import { checkMachines, checkPlan } from '../../../src/plan/check.ts';
import { findPlatform } from '../../../src/platforms/index.ts';
import { planFor } from '../../support.ts';

const root = new URL('../../../profiles', import.meta.url).pathname;
const machines: Machine[] = ['aws', 'azure', 'gcp'].flatMap((provider) =>
  readdirSync(join(root, provider)).flatMap((file) =>
    listMachines(familyFromYaml(readFileSync(join(root, provider, file), 'utf8'), file).value),
  ),
);
const PLATFORMS = { aws: 'eks', azure: 'aks', gcp: 'gke', other: 'kubernetes' } as const;

describe('every machine', () => {
  it('is in the catalogue', () => {
    expect(machines).toHaveLength(1373 + 560 + 1370);
  });

  it.each(['host', 'kubernetes', 'its own', 'ecs'])(
    'has a plan that holds, or is too small, on %s',
    (where) => {
      const codes = new Map<string, number>();
      const taken = where === 'ecs' ? machines.filter(({ provider }) => provider === 'aws') : machines;
      for (const machine of taken) {
        const platform = where === 'its own' ? PLATFORMS[machine.provider] : where;
        let outcome = 'planned';
        try {
          const { plan } = planFor(machine, { platform });
          expect(
            [...checkPlan(plan, findPlatform(plan.platform)), ...checkMachines(plan, () => 1)],
            machine.name,
          ).toEqual([]);
        } catch (error) {
          if (!(error instanceof SizewrightError)) throw error;
          outcome = error.code;
        }
        codes.set(outcome, (codes.get(outcome) ?? 0) + 1);
      }
      expect([...codes.keys()].sort()).toEqual(
        where === 'host'
          ? ['ALLOCATION_EXCEEDED', 'BUDGET_EXCEEDED', 'planned']
          : ['ALLOCATION_EXCEEDED', 'BUDGET_EXCEEDED', 'CONSTRAINT_UNSATISFIED', 'planned'],
      );
      expect(codes.get('planned')).toBeGreaterThan(taken.length * 0.75);
    },
    60_000,
  );
});

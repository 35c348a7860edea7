import { expect, it } from 'vitest';
import { maxOf, upperBounds } from '../../../src/targets/terraform-module/constraint.ts';
import { memory, parameter, policyOf, service, stackOf } from '../../samples.ts';

const policies = {
  demo: policyOf({
    parameters: {
      POOL: parameter({ max: 64, hardMax: 90 }),
      MORE: parameter(),
      WIDE: parameter({ max: 'cores * 4' }),
    },
    memory: memory(),
  }),
  db: policyOf({ policy: 'db', parameters: { SLOTS: parameter(), FEW: parameter({ min: 0 }) }, memory: memory() }),
};

const db = 'module.my_db.plan.parameters';

it.each([
  ['web.POOL <= my_db.SLOTS', `min(64, ${db}.SLOTS)`],
  ['8 + web.POOL * (web.replicas.max + web.replicas.surge) <= my_db.SLOTS', `min(64, floor((${db}.SLOTS - 8) / 6))`],
  [
    '(web.POOL + 3) * 2 <= my_db.SLOTS - my_db.cores',
    `min(64, floor((${db}.SLOTS - module.my_db.plan.cores) / 2) - 3)`,
  ],
  ['web.POOL - my_db.FEW <= my_db.SLOTS', `min(64, ${db}.SLOTS + ${db}.FEW)`],
  ['web.POOL + my_db.FEW <= 50', `min(64, 50 - ${db}.FEW)`],
])('turns %s', (rule, bound) => {
  expect(boundOf(rule)).toBe(`{ POOL = ${bound} }`);
});

it('hands a module the bounds of all its constraints, and the least of several for one parameter', () => {
  const rules = [
    ['web.POOL <= my_db.SLOTS', 'web.POOL'],
    ['web.MORE * 2 <= my_db.SLOTS', 'web.MORE'],
    ['web.POOL + 1 <= my_db.FEW', 'web.POOL'],
  ] as const;
  expect(maxesOf(rules)).toEqual({
    web: `{ POOL = min(64, ${db}.SLOTS, ${db}.FEW - 1), MORE = min(64, floor(${db}.SLOTS / 2)) }`,
    'my-db': undefined,
  });
});

it('leaves what would close a circle of modules to the reader', () => {
  const rules = [
    ['web.POOL <= my_db.SLOTS', 'web.POOL'],
    ['my_db.FEW <= web.MORE', 'my-db.FEW'],
  ] as const;
  expect(maxesOf(rules)).toEqual({ web: `{ POOL = min(64, ${db}.SLOTS) }`, 'my-db': undefined });
});

it.each([
  ['a factor that can be 0', 'web.POOL * my_db.FEW <= 100', 'web.POOL'],
  ['a function', 'max(web.POOL, 3) <= my_db.SLOTS', 'web.POOL'],
  ['twice', 'web.POOL * web.POOL <= my_db.SLOTS', 'web.POOL'],
  ['what the same module yields', 'web.POOL <= my_db.SLOTS * web.cores', 'web.POOL'],
  ['a bound that depends on the limits', 'web.WIDE <= my_db.SLOTS', 'web.WIDE'],
])('leaves %s to the reader', (_, rule, yields) => {
  expect(boundOf(rule, yields)).toBeUndefined();
});

it('has nothing to say of a service without a module', () => {
  expect(boundOf('web.POOL <= my_db.SLOTS', 'web.POOL', ['web'])).toBeUndefined();
  expect(boundOf('web.POOL <= my_db.SLOTS', 'web.POOL', ['my-db'])).toBeUndefined();
});

function boundOf(rule: string, yields = 'web.POOL', present = ['web', 'my-db']): string | undefined {
  return maxesOf([[rule, yields]], present)[yields.split('.')[0]!];
}

/** By service. */
function maxesOf(rules: readonly (readonly [rule: string, yields: string])[], present = ['web', 'my-db']) {
  const services = {
    web: service({ replicas: { min: 2, max: 5, surge: 1 } }),
    'my-db': service({ policy: 'db', image: 'db:1' }),
  };
  const constraints = rules.map(([rule, yields]) => ({ rule, yields, why: 'w' }));
  const stack = stackOf({ services, constraints }, Object.values(policies));
  const modules = stack.services.filter(({ name }) => present.includes(name));
  const bounds = upperBounds(stack.constraints, modules, policies);
  return Object.fromEntries(modules.map(({ name }) => [name, maxOf(name, bounds.values())]));
}

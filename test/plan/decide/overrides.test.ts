import { describe, expect, it } from 'vitest';
import {
  mergeOverrides,
  type Overrides,
  overridesFromEnvironment,
  overridesFromFlags,
} from '../../../src/plan/decide/overrides.ts';
import { problemsOf } from '../../samples.ts';

/** Without prototypes, so that they compare. */
const plain = (overrides: Overrides): unknown => JSON.parse(JSON.stringify(overrides));
const flags = (given: Partial<Record<'set' | 'min' | 'max', string[]>>) =>
  overridesFromFlags({ set: [], min: [], max: [], ...given });

describe('flags', () => {
  it('by service and parameter', () => {
    expect(
      plain(flags({ set: ['api.A=24', 'my-db.max_connections=0'], min: ['api.B=2'], max: ['api.B=999999999999999'] })),
    ).toEqual({
      api: {
        A: { set: { value: 24, by: '--set' } },
        B: { min: { value: 2, by: '--min' }, max: { value: 999_999_999_999_999, by: '--max' } },
      },
      'my-db': { max_connections: { set: { value: 0, by: '--set' } } },
    });
  });

  it.each(['api.A', 'A=5', 'api.=5', '.A=5', '=5', '', 'api A=5', ' api.A=5', 'api.A B=5'])(
    'no such form: %s',
    (text) => {
      expect(problemsOf(() => flags({ min: [text] }))).toEqual([
        `OVERRIDE_INVALID --min: expected <service>.<PARAMETER>=<number>, got "${text}"`,
      ]);
    },
  );

  it.each(['', '010', '1e3', '0x10', '-5', '1.5', ' 5', '5 ', '5\n', '9007199254740993', '=5', '5;rm'])(
    'no such number: "%s"',
    (value) => {
      expect(problemsOf(() => flags({ set: [`api.A=${value}`] }))).toEqual([
        `QUANTITY_SYNTAX --set api.A: expected a whole number of at most 15 digits without a leading zero, got "${value}"`,
      ]);
    },
  );

  it('the same twice', () => {
    expect(problemsOf(() => flags({ max: ['api.A=5', 'api.B=5', 'api.A=6'] }))).toEqual([
      'OVERRIDE_INVALID --max: expected api.A once, got it again in "api.A=6"',
    ]);
    expect(problemsOf(() => flags({ min: ['api.A=5'], max: ['api.A=5'] }))).toEqual([]);
  });

  it.each(['constructor.A', '__proto__.A', 'toString.name', 'api.__proto__', 'api.constructor', 'api.toString'])(
    '%s is a name like any other, and touches nothing else',
    (name) => {
      const [service, parameter] = name.split('.') as [string, string];
      const overrides = flags({ set: [`${name}=5`] });
      expect(Object.keys(overrides)).toEqual([service]);
      expect(Object.keys(overrides[service]!)).toEqual([parameter]);
      expect(overrides[service]![parameter]).toEqual({ set: { value: 5, by: '--set' } });
      expect(({} as Record<string, unknown>).A).toBeUndefined();
      expect(Object.keys(Object.prototype)).toEqual([]);
      const merged = mergeOverrides([overrides, overrides]);
      expect(Object.keys(merged)).toEqual([service]);
      expect(merged[service]![parameter]).toEqual({ set: { value: 5, by: '--set' } });
    },
  );
});

describe('the environment', () => {
  const keys = { api: { WORKERS: 'workers', POOL: 'pool' } };

  it('by key, with bounds', () => {
    const env = { WORKERS: '24', POOL_MIN: '2', POOL_MAX: '8', OTHER: 'x', WORKERS_MINIMUM: 'x' };
    expect(plain(overridesFromEnvironment(env, keys))).toEqual({
      api: {
        workers: { set: { value: 24, by: 'WORKERS' } },
        pool: { min: { value: 2, by: 'POOL_MIN' }, max: { value: 8, by: 'POOL_MAX' } },
      },
    });
  });

  it('a key that ends in _MAX is that parameter’s', () => {
    const env = { POOL_MAX: '8' };
    expect(plain(overridesFromEnvironment(env, { api: { POOL: 'pool', POOL_MAX: 'most' } }))).toEqual({
      api: { most: { set: { value: 8, by: 'POOL_MAX' } } },
    });
  });

  it('reaches every service that reads the key', () => {
    expect(plain(overridesFromEnvironment({ A: '1' }, { x: { A: 'a' }, y: { A: 'b' } }))).toEqual({
      x: { a: { set: { value: 1, by: 'A' } } },
      y: { b: { set: { value: 1, by: 'A' } } },
    });
  });

  it.each(['', ' 24', '024', '1e3', '-1', '24.0', 'yes', '1000000000000000'])('no such number: "%s"', (value) => {
    expect(problemsOf(() => overridesFromEnvironment({ WORKERS: value }, keys))).toEqual([
      `QUANTITY_SYNTAX WORKERS: expected a whole number without a leading zero in the environment, got "${value}"; correct or unset it`,
    ]);
  });

  it('what every object has is no variable', () => {
    const named = { api: { constructor: 'constructor', toString: 'toString' } };
    expect(problemsOf(() => overridesFromEnvironment({}, named))).toEqual([]);
    expect(plain(overridesFromEnvironment({ constructor: '5' } as never, named))).toEqual({
      api: { constructor: { set: { value: 5, by: 'constructor' } } },
    });
  });
});

describe('mergeOverrides', () => {
  it('field by field, the first that says something wins', () => {
    const at = (by: string, value: number) => ({ value, by });
    expect(
      plain(
        mergeOverrides([
          { api: { A: { set: at('--set', 1) }, B: { max: at('--max', 2) } } },
          { api: { A: { set: at('o.yaml:1', 3), min: at('o.yaml:1', 4) } }, db: { C: { set: at('o.yaml:2', 5) } } },
          { api: { B: { max: at('B_MAX', 6), min: at('B_MIN', 7) } } },
        ]),
      ),
    ).toEqual({
      api: {
        A: { set: at('--set', 1), min: at('o.yaml:1', 4) },
        B: { max: at('--max', 2), min: at('B_MIN', 7) },
      },
      db: { C: { set: at('o.yaml:2', 5) } },
    });
    expect(plain(mergeOverrides([]))).toEqual({});
  });

  it('leaves what it was given as it was', () => {
    const first: Overrides = { api: { A: { set: { value: 1, by: 'x' } } } };
    const second: Overrides = { api: { A: { min: { value: 2, by: 'y' } } } };
    mergeOverrides([first, second]);
    expect([first, second]).toEqual([
      { api: { A: { set: { value: 1, by: 'x' } } } },
      { api: { A: { min: { value: 2, by: 'y' } } } },
    ]);
  });
});

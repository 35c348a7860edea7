import { describe, expect, it } from 'vitest';
import { checkObserved } from '../../src/targets/read-back.ts';
import type { Observed, ObservedService } from '../../src/targets/target.ts';
import { planFor } from '../support.ts';

const { plan } = planFor('4cpu-8gi', { external: ['postgres', 'redis'] });
const parameters = Object.fromEntries(
  Object.entries(plan.services.api!.parameters).map(([name, { value }]) => [name, value]),
);
const seen = (api: ObservedService): Observed => ({ services: { api } });
const check = (observed: Observed) =>
  checkObserved(plan, observed, 'env').map(({ code, level, path, message }) => `${level} ${code} ${path}: ${message}`);
const differs = (path: string, expected: string, got: string) =>
  `error READ_BACK_DIFFERS env: services.${path}: expected ${expected} as planned, got ${got} in the file`;

describe('checkObserved', () => {
  it.each([
    { desc: 'nothing of what a format cannot say', api: {} },
    {
      desc: 'all of it',
      api: { limits: { cpuMillis: 4000, memoryMiB: 8192 }, requests: { cpuMillis: 4000 }, parameters },
    },
  ])('agrees with $desc', ({ api }) => {
    expect(check(seen(api))).toEqual([]);
  });

  it.each([
    { desc: 'a limit', api: { limits: { memoryMiB: 8191 } }, says: differs('api.limits.memoryMiB', '8192', '8191') },
    { desc: 'a request', api: { requests: { cpuMillis: 1 } }, says: differs('api.requests.cpuMillis', '4000', '1') },
    {
      desc: 'shared memory that nobody planned',
      api: { sharedMemoryMiB: 64 },
      says: differs('api.sharedMemoryMiB', 'nothing', '64'),
    },
    {
      desc: 'a parameter',
      api: { parameters: { ...parameters, CACHE_TTL: 1801 } },
      says: differs('api.parameters.CACHE_TTL', '1800', '1801'),
    },
    {
      desc: 'a parameter that could not be read',
      api: { parameters: { ...parameters, CACHE_TTL: Number.NaN } },
      says: differs('api.parameters.CACHE_TTL', '1800', 'NaN'),
    },
    {
      desc: 'a parameter that nobody planned',
      api: { parameters: { ...parameters, MORE: 1 } },
      says: differs('api.parameters.MORE', 'nothing', '1'),
    },
  ])('finds $desc', ({ api, says }) => {
    expect(check(seen(api))).toEqual([says]);
  });

  it('finds a parameter that is missing', () => {
    const { CACHE_TTL: _, ...rest } = parameters;
    expect(check(seen({ parameters: rest }))).toEqual([differs('api.parameters.CACHE_TTL', '1800', 'nothing')]);
  });

  it('finds a service that is missing, and one too many', () => {
    expect(check({ services: {} })).toEqual([differs('api', 'the service', 'nothing')]);
    expect(check({ services: { api: {}, ape: {} } })).toEqual([differs('ape', 'no such service', 'one')]);
  });

  it('passes on what reading found', () => {
    const finding = { code: 'X', level: 'error' as const, path: 'p', message: 'm' };
    expect(checkObserved(plan, { services: { api: {} }, findings: [finding] }, 'env')).toEqual([finding]);
  });
});

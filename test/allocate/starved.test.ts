import { expect, it } from 'vitest';
import { planFor } from '../support.ts';

const finding = (...args: Parameters<typeof planFor>) =>
  planFor(...args).plan.findings.filter(({ code }) => code === 'CPU_SHARE_LOW');

it('counts the replicas of the clients of a database, and names a cpuShare that ends it', () => {
  // 10 x 19.72 = 197.2 cores; 197.2 / 7.89 = 24.99 > 24. With 3 of 9 shares: 31550 x 3 / 9 = 10516.7m, of which the largest remainder gets 10520m;
  // the api gets 17530m then, 175.3 / 10.52 = 16.7
  expect(finding('c6i.8xlarge', { platform: 'kubernetes' })).toEqual([
    {
      code: 'CPU_SHARE_LOW',
      level: 'advice',
      path: 'postgres',
      message:
        'up to 10 of api have 197.2 cores, 24 times what postgres has; cpuShare: 3 of postgres in the stack gives it 10.52 cores',
    },
  ]);
});

it('says nothing of one API beside its database, nor of a database with hardware of its own', () => {
  expect(finding('c6i.8xlarge')).toEqual([]);
  expect(finding('4cpu-8gi')).toEqual([]);
  expect(finding('c6i.8xlarge', { platform: 'kubernetes', external: ['postgres', 'redis'] })).toEqual([]);
});

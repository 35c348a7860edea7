import type { About } from '../target.ts';

export const about = {
  name: 'compose',
  scope: 'plan',
  title: 'one Compose file for all services on one machine',
  platforms: ['host'],
  computesAtStart: true,
} as const satisfies About;

import type { About } from '../target.ts';

export const about = {
  name: 'env',
  scope: 'plan',
  title: 'bare metal: .env, .env.example, configuration files, systemd units, a load test',
  platforms: ['host'],
  computesAtStart: true,
} as const satisfies About;

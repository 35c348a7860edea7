import type { About } from '../target.ts';

export const about = {
  name: 'monitoring',
  scope: 'plan',
  title: 'Prometheus rules and a Grafana dashboard that compare what runs with the plan',
  platforms: ['host', 'node'],
  onRequest: true,
} as const satisfies About;

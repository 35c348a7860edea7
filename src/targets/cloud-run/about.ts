import type { About } from '../target.ts';

export const about = {
  name: 'cloud-run',
  scope: 'plan',
  title: 'Google Cloud Run: a Knative Service for each service',
  platforms: ['cloud-run'],
} as const satisfies About;

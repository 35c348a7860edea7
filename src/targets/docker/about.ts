import type { About } from '../target.ts';

export const about = {
  name: 'docker',
  scope: 'plan',
  title: 'Dockerfile of what is built here, and a docker run script for each service',
  platforms: ['host'],
  computesAtStart: true,
} as const satisfies About;

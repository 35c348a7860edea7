import type { About } from '../target.ts';

export const about = {
  name: 'helm',
  scope: 'stack',
  title: 'a Helm chart with values for each profile, which refuses what the memory does not suffice for',
  platforms: ['node'],
} as const satisfies About;

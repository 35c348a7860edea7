import type { About } from '../target.ts';

export const about = {
  name: 'pulumi',
  scope: 'stack',
  title: 'a Pulumi project for Kubernetes that plans when it runs, with the configuration of a stack for each profile',
  platforms: ['node'],
} as const satisfies About;

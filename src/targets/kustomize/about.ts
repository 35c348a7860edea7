import type { About } from '../target.ts';

export const about = {
  name: 'kustomize',
  scope: 'stack',
  title: 'the Kubernetes objects as a base with an overlay for each profile',
  platforms: ['node'],
  computesAtStart: true,
} as const satisfies About;

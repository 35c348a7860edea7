import type { About } from '../target.ts';

export const about = {
  name: 'kubernetes',
  scope: 'plan',
  title: 'Kubernetes objects with a kustomization: restricted pods, autoscaling, network policies',
  platforms: ['node'],
  computesAtStart: true,
} as const satisfies About;

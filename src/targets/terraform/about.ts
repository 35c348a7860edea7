import type { About } from '../target.ts';

export const about = {
  name: 'terraform',
  scope: 'plan',
  title: "Terraform: the Kubernetes objects as its Kubernetes provider's resources, with the plan as outputs",
  platforms: ['node'],
  computesAtStart: true,
} as const satisfies About;

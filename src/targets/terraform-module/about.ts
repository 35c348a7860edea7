import type { About } from '../target.ts';

export const about = {
  name: 'terraform-module',
  scope: 'stack',
  title: 'Terraform and OpenTofu: the formulas as a module of plain HCL for each policy, for limits known at plan time',
  platforms: ['host', 'node'],
} as const satisfies About;

import type { About } from '../target.ts';

export const about = {
  name: 'ecs',
  scope: 'plan',
  title: 'Amazon ECS on Fargate or EC2: task definitions, services, scaling, as JSON for the AWS CLI',
  platforms: ['ecs', 'fargate'],
} as const satisfies About;

/** The public API for Pulumi programs: component resources. */
export type { PlanArgs } from './args.ts';
export { type FargateServiceArgs, FargateServices, type FargateServicesArgs } from './fargate.ts';
export { KubernetesServices, type KubernetesServicesArgs } from './kubernetes.ts';
export type { ServiceNumbers } from './services.ts';

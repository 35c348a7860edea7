/** `sizewright/cdktf`: constructs for the Cloud Development Kit for Terraform. */
export type { Decision, Ledger, LedgerItem, TraceStep } from '../../plan/decide/decision.ts';
export type { MachinePlan, Plan, ServicePlan } from '../../plan/plan.ts';
export type { Account, ServiceAccount } from '../../targets/ecs/account.ts';
export { FargateServices, type FargateServicesProps } from './fargate-services.ts';
export { KubernetesServices } from './kubernetes-services.ts';
export { AwsProvider, type AwsProviderProps, KubernetesProvider, type KubernetesProviderProps } from './providers.ts';
export { type PlanProps, SizingPlan } from './sizing-plan.ts';
export { type InstanceProps, VirtualMachine, type VirtualMachineProps } from './virtual-machine.ts';

import type { Construct } from 'constructs';
import type { Account } from '../render/ecs/account.ts';
import { ecs } from '../render/ecs/index.ts';
import { AWS_PROVIDER, fargateResources } from '../render/terraform/fargate.ts';
import type { Resource } from '../render/terraform/resource.ts';
import { renderChecked } from '../synth.ts';
import { generatorMetadata } from './providers.ts';
import { addResources, withoutTokens } from './resources.ts';
import { Planned, type PlanProps } from './sizing-plan.ts';

/** The plan, and what the account has for it; texts, or tokens of other resources. */
export interface FargateServicesProps extends Omit<PlanProps, 'platform'>, Account {}

/**
 * A whole stack on Amazon ECS with Fargate: what the `ecs` target's JSON says, as resources of the AWS provider. The
 * cluster, the network, roles and secrets are the account's.
 */
export class FargateServices extends Planned<readonly Resource[]> {
  constructor(scope: Construct, id: string, props: FargateServicesProps) {
    const { region, executionRoleArn, subnets, securityGroups, cluster, services, ...plan } = props;
    super(scope, id, { ...plan, platform: 'fargate' }, 'fargate', (input) => {
      withoutTokens(renderChecked(ecs, input));
      return fargateResources(input, props);
    });
    addResources(this, this.made ?? [], generatorMetadata('aws', AWS_PROVIDER));
  }
}

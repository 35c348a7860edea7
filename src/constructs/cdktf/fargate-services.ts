import { Token } from 'cdktf';
import type { Construct } from 'constructs';
import { renderChecked } from '../../synth.ts';
import { ACCOUNT_PROPS, type Account } from '../../targets/ecs/account.ts';
import { ecs } from '../../targets/ecs/index.ts';
import { AWS_PROVIDER, fargateResources } from '../../targets/terraform/fargate.ts';
import type { Resource } from '../../targets/terraform/resource.ts';
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
    super(scope, id, props, { platform: 'fargate', kind: 'fargate', own: ACCOUNT_PROPS }, (input) => {
      withoutTokens(renderChecked(ecs, input));
      return fargateResources(input, props, Token.isUnresolved);
    });
    addResources(this, this.made ?? [], generatorMetadata('aws', AWS_PROVIDER));
  }
}

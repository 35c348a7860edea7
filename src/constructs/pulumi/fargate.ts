/** A whole stack on Amazon ECS with Fargate. */
import * as pulumi from '@pulumi/pulumi';
import { formatProblem } from '../../errors/errors.ts';
import {
  ACCOUNT,
  ACCOUNT_PROPS,
  type Account,
  hasMembers,
  itemOf,
  type Member,
  memberProblems,
  SERVICE_ACCOUNT,
  type ServiceAccount,
} from '../../targets/ecs/account.ts';
import { ecs } from '../../targets/ecs/index.ts';
import { logGroupOf } from '../../targets/ecs/task.ts';
import { fargateResources } from '../../targets/terraform/fargate.ts';
import { isLater, type PlanArgs } from './args.ts';
import { addResources } from './aws.ts';
import { childOptions, makePlanned, Services } from './services.ts';

type Text = pulumi.Input<string>;
type Texts = pulumi.Input<readonly Text[]>;

/** What an account has for one service. */
export type FargateServiceArgs = ServiceAccount<Text, Texts>;

/** What to plan for, and what the account has for it. */
export interface FargateServicesArgs extends PlanArgs, Account<Text, Texts> {}

/**
 * What the `ecs` target writes for platform `fargate`, as resources of the AWS provider: task definitions, services,
 * their scaling, the log group. The provider's plugin comes with the package `@pulumi/aws`, where the project has it.
 */
export class FargateServices extends Services<{ logGroup: string }> {
  /** Its name. */
  readonly logGroup: pulumi.Output<string>;

  /** @throws pulumi.ResourceError for whatever is wrong with the arguments, or infeasible */
  constructor(name: string, args: FargateServicesArgs, opts?: pulumi.ComponentResourceOptions) {
    // A program that is not type-checked may give none.
    const all: Partial<FargateServicesArgs> = args ?? {};
    const { region, executionRoleArn, subnets, securityGroups, cluster, services, ...planArgs } = all;
    super('sizewright:index:FargateServices', name, opts, (self) =>
      makePlanned(PURPOSE, self, planArgs, (input, conceal) => {
        const resources = fargateResources(input, checkedLater(args, self), isLater);
        addResources(name, resources, conceal, (dependsOn) => childOptions(self, opts, dependsOn));
        return { logGroup: logGroupOf(input) };
      }),
    );
    this.logGroup = this.made.apply(({ logGroup }) => logGroup);
    this.registerAll({ logGroup: this.logGroup });
  }
}

/** The same, but what is known only later is an error then where it is wrong: a misspelt output of another stack, say. */
function checkedLater(args: FargateServicesArgs, self: pulumi.Resource): Account<Text, Texts> {
  const checked = (member: Member, path: string, value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((one, index) => checked(itemOf(member), `${path}[${index}]`, one));
    if (!isLater(value)) return value;
    return (pulumi.output(value) as pulumi.Output<unknown>).apply((known) => {
      const problems = memberProblems(member, path, known);
      if (problems.length > 0) throw new pulumi.ResourceError(problems.map(formatProblem).join('\n'), self, true);
      return known;
    });
  };
  const membersOf = (members: Readonly<Record<string, Member>>, prefix: string, given: unknown): unknown =>
    mapped(given, (value, name) =>
      Object.hasOwn(members, name) ? checked(members[name]!, `${prefix}${name}`, value) : value,
    );
  const services = mapped(args.services, (own, name) => membersOf(SERVICE_ACCOUNT, `services.${name}.`, own));
  return { ...(membersOf(ACCOUNT, '', { ...args }) as Account<Text, Texts>), services } as Account<Text, Texts>;
}

/** What has no members of its own stays as it is. */
function mapped(given: unknown, change: (value: unknown, name: string) => unknown): unknown {
  if (!hasMembers(given)) return given;
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, change(value, name)]));
}

const PURPOSE = { platform: 'fargate', kind: 'fargate', target: ecs, own: ACCOUNT_PROPS } as const;

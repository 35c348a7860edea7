import { Annotations, Fn, Token } from 'cdktf';
import type { Construct } from 'constructs';
import { fail, SizewrightError } from '../../errors/errors.ts';
import { renderChecked } from '../../synth.ts';
import { type Member, membersProblems } from '../../targets/ecs/account.ts';
import { type CloudInit, cloudConfig } from '../../targets/env/cloud-init.ts';
import { env } from '../../targets/env/index.ts';
import { sizedServices } from '../../targets/services.ts';
import type { RenderInput } from '../../targets/target.ts';
import { AWS_PROVIDER } from '../../targets/terraform/fargate.ts';
import { Given, literal, type Resource } from '../../targets/terraform/resource.ts';
import { formatMiB } from '../../units.ts';
import { type PropKinds, refuseOthers } from './props.ts';
import { generatorMetadata } from './providers.ts';
import { addResources, withoutTokens } from './resources.ts';
import { Planned, type PlanProps } from './sizing-plan.ts';
import { yamlItem, yamlTemplate } from './template.ts';

export interface VirtualMachineProps extends PlanProps, Readonly<CloudInit> {
  /** An EC2 instance of the planned type. @default none: `userData` is for an instance of one's own, on any cloud */
  readonly instance?: InstanceProps;
}

/** Texts, or tokens of other resources; `replaceOnChange` alone is no token. */
export interface InstanceProps {
  /** An image with cloud-init, for the architecture of the machine. */
  readonly ami: string;
  /** @default one of the default VPC */
  readonly subnetId?: string;
  /** @default the default one of the VPC */
  readonly securityGroupIds?: readonly string[];
  /** Name of an instance profile, for what `beforeStart` asks the account for. @default none */
  readonly instanceProfile?: string;
  /**
   * Whether other user data, be it a comment in it, destroys the instance, with what is on its root disk, and makes
   * another one. Otherwise the instance stays as it is: with the user data, and the files, that it was made with.
   * @default true where no service of the plan keeps data (`volume`)
   */
  readonly replaceOnChange?: boolean;
}

interface Made {
  readonly userData: string;
  readonly resources: readonly Resource[];
  readonly warnings: readonly string[];
}

/**
 * A machine that runs the stack under systemd: user data for cloud-init with the `env` target's units, variables and
 * configuration files. Programs and secrets are the image's, or brought by `packages` and `beforeStart`.
 */
export class VirtualMachine extends Planned<Made> {
  constructor(scope: Construct, id: string, props: VirtualMachineProps) {
    super(scope, id, props, { platform: 'host', kind: 'host', own: OWN }, (input) => {
      const { instance, packages = [], beforeStart = [] } = props;
      if (input.plan.machines.length > 1)
        fail(
          'USAGE',
          'profile',
          `expected one machine, got ${input.plan.machines.length}; name the others' services as external`,
        );
      const files = withoutTokens(renderChecked(env, input));
      const text = cloudConfig(input, files, { packages, beforeStart });
      refuseChanged({ packages, beforeStart }, text);
      const items = { packages: packages.map(yamlItem), beforeStart: beforeStart.map(yamlItem) };
      const userData = yamlTemplate(cloudConfig(input, files, items));
      const resources = instance ? [instanceOf(input, instance, userData)] : [];
      if (instance) refuseLong(text, beforeStart);
      return { userData, resources, warnings: missingUnits(input) };
    });
    for (const warning of this.made?.warnings ?? []) Annotations.of(this).addWarning(warning);
    addResources(this, this.made?.resources ?? [], generatorMetadata('aws', AWS_PROVIDER));
  }

  /** A token of what cloud-init reads at the first start; empty where there is no plan. */
  get userData(): string {
    return this.made?.userData ?? '';
  }

  /** A token of the same, compressed, for `user_data_base64`; empty where there is no plan. */
  get userDataBase64(): string {
    return this.made ? Fn.base64gzip(this.made.userData) : '';
  }
}

const OWN: PropKinds<Omit<VirtualMachineProps, keyof PlanProps>> = {
  instance: 'an object',
  packages: 'a list of texts',
  beforeStart: 'a list of texts',
};

const INSTANCE: PropKinds<InstanceProps> = {
  ami: 'a text',
  subnetId: 'a text',
  securityGroupIds: 'a list of texts',
  instanceProfile: 'a text',
  replaceOnChange: 'true or false',
};

const INSTANCE_MEMBERS: Readonly<Record<Exclude<keyof InstanceProps, 'replaceOnChange'>, Member>> = {
  ami: { is: 'an image', isNeeded: true },
  subnetId: { is: 'a subnet' },
  securityGroupIds: { is: 'a security group', isList: true },
  instanceProfile: { is: 'the name of an instance profile' },
};

/** What is to be said of services that have no unit in the stack. */
function missingUnits(input: RenderInput): string[] {
  return sizedServices(input).flatMap(({ service: { name, systemd }, plan }) => {
    const limit = formatMiB(plan.limits.memoryMiB);
    const what = `no systemd in the stack, so nothing on this machine starts it or holds it to its ${limit}`;
    return systemd ? [] : [`${name}: ${what}; state systemd, or start it by a unit of your own`];
  });
}

/** @throws OUTPUT_INVALID for what Terraform would change: of the items, or of a line that they and the files make */
function refuseChanged(items: Readonly<Record<string, readonly string[]>>, text: string): void {
  for (const [name, list] of Object.entries(items))
    list.forEach((item, index) => {
      literal(item, `${name}[${index}]`);
    });
  for (const line of text.split('\n')) literal(line, 'userData');
}

/** Bytes. @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html */
const MAX_USER_DATA = 16_384;

function refuseLong(text: string, beforeStart: readonly string[]): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_USER_DATA) return;
  fail(
    'OUTPUT_INVALID',
    'instance',
    `expected user data of at most ${MAX_USER_DATA} bytes, got ${bytes}; ${beforeStart.length > 0 ? 'shorten beforeStart, ' : ''}name services as external, or leave instance out: one of your own takes userDataBase64 as user_data_base64`,
  );
}

function instanceOf(input: RenderInput, instance: InstanceProps, userData: string): Resource {
  const { plan } = input;
  refuseOthers(instance, INSTANCE, 'instance.');
  const problems = membersProblems(INSTANCE_MEMBERS, 'instance.', { ...instance }, Token.isUnresolved);
  if (problems.length > 0) throw new SizewrightError(problems);
  const [machine] = plan.machines;
  if (machine?.provider !== 'aws')
    fail('USAGE', 'instance', `expected a machine of AWS, got ${plan.profile}; leave instance out and use userData`);
  const keepsData = sizedServices(input).some(({ service }) => service.volume !== undefined);
  const replaceOnChange = instance.replaceOnChange ?? !keepsData;
  return {
    type: 'aws_instance',
    name: 'instance',
    attributes: {
      ami: new Given(instance.ami),
      instance_type: machine!.profile,
      user_data: new Given(userData),
      ...(replaceOnChange && { user_data_replace_on_change: true }),
      ...(instance.subnetId !== undefined && { subnet_id: new Given(instance.subnetId) }),
      ...(instance.securityGroupIds !== undefined && { vpc_security_group_ids: new Given(instance.securityGroupIds) }),
      ...(instance.instanceProfile !== undefined && { iam_instance_profile: new Given(instance.instanceProfile) }),
      metadata_options: { http_endpoint: 'enabled', http_tokens: 'required' },
      tags: { Name: `${plan.stack} ${machine!.name}` },
    },
    // A change would stop and start it for nothing: cloud-init reads them at the first start.
    ...(!replaceOnChange && { ignoreChanges: ['user_data'] }),
  };
}

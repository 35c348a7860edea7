/** What the account has for one service alone: what it is, and how it is found by its name. */

import { oneLine } from '../../formats/one-line.ts';
import { type RenderedService, userOf } from '../rendered.ts';
import { flatNamed, renderedServices } from '../services.ts';
import type { RenderInput } from '../target.ts';
import type { Placeholder } from './placeholders.ts';
import { familyOf } from './task.ts';

export interface Own {
  /** What it is, for who makes it. */
  is: string;
  /** The placeholders that it fills in, and the command that finds each. */
  exports: [Placeholder, string][];
}

export function ownOf(input: RenderInput, rendered: RenderedService): Own[] {
  const { service, policy } = rendered;
  const family = familyOf(input, rendered);
  const group = `aws ec2 describe-security-groups --filters "Name=vpc-id,Values=$VPC_ID" Name=group-name,Values=${family} --query 'SecurityGroups[0].GroupId'`;
  const own: Own[] = [
    {
      is: `a security group, \`${family}\`, that lets in ${letIn(input, rendered)}, and lets out ${letOut(input, rendered)}`,
      exports: [['SECURITY_GROUP', group]],
    },
  ];
  if (policy.secrets.length > 0) {
    const secret = `${input.stack.name}/${service.name}`;
    const keys = policy.secrets.map(({ name, does }) => `\`${name}\` (${oneLine(does)})`);
    own.push({
      is: `a secret, \`${secret}\`, whose JSON has the keys ${keys.join(', ')}; ECS takes the whole ARN, never a name`,
      exports: [['SECRET_ARN', `aws secretsmanager describe-secret --secret-id ${secret} --query ARN`]],
    });
  }
  if (service.volume) {
    const { uid, gid } = userOf(input, service);
    const find = (member: string) =>
      `aws efs describe-access-points --query "AccessPoints[?Name=='${family}'].${member} | [0]"`;
    own.push({
      is: `an EFS access point of its own: no two services may share one. Its tag Name is \`${family}\`, it has uid ${uid}, gid ${gid} and a root directory of its own, and the file system's mount targets let in TCP 2049 (NFS) from \`${family}\``,
      exports: [
        ['FILE_SYSTEM_ID', find('FileSystemId')],
        ['ACCESS_POINT_ID', find('AccessPointId')],
      ],
    });
  }
  return own;
}

function letIn(input: RenderInput, { service }: RenderedService): string {
  const { stack } = input;
  if (service.ports.length === 0) return 'nothing';
  const ports = service.ports.map(({ name, port }) => `${port} (${name})`).join(', ');
  const callers = callersOf(input, service.name).map((caller) => `\`${familyOf(input, caller)}\``);
  const entry = service.name === stack.main ? ['whoever calls the stack (its load balancer)'] : [];
  const from = [...callers, ...entry];
  return `TCP ${ports} from ${from.length > 0 ? from.join(', ') : 'whoever calls it'} and nothing else`;
}

/** What it calls, and what every task needs of AWS. */
function letOut(input: RenderInput, { service }: RenderedService): string {
  const { plan, stack } = input;
  const called = service.connectsTo.map((name) => {
    const { ports } = flatNamed(input, name);
    const where = plan.external.includes(name) ? `${name}, which runs elsewhere` : `\`${stack.name}-${name}\``;
    return `TCP ${ports.map(({ port }) => port).join(', ')} to ${where}`;
  });
  const further = service.egress.map(({ protocol, port, cidr }) => `${protocol} ${port} to ${cidr ?? 'the internet'}`);
  const data = service.volume ? ["TCP 2049 (NFS) to the file system's mount targets"] : [];
  const aws = 'DNS, and TCP 443 to ECR, S3, CloudWatch Logs and Secrets Manager or their endpoints';
  return [...called, ...further, ...data, aws].join(', ');
}

/** The services of the plan that connect to it. */
export function callersOf(input: RenderInput, name: string): RenderedService[] {
  return renderedServices(input).filter(({ service }) => service.connectsTo.includes(name));
}

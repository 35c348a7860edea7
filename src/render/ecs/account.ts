/** What the account has to have for the services on Fargate, and what of it fills in their placeholders. */
import { type Problem, SizewrightError } from '../../errors.ts';
import type { RenderInput } from '../target.ts';
import { type RenderedService, renderedServices } from '../values.ts';
import { clusterOf } from './capacity.ts';
import { type Placeholder, placeholder } from './placeholders.ts';
import { taskDefinition } from './task.ts';

/** What an account has. `Text` is a text as the program that makes the resources takes one, `Texts` a list of them. */
export interface Account<Text = string, Texts = readonly string[]> {
  /** For the logs. */
  readonly region: Text;
  /** A role with AmazonECSTaskExecutionRolePolicy that may read the secrets. */
  readonly executionRoleArn: Text;
  /** Private ones. */
  readonly subnets: Texts;
  readonly securityGroups: Texts;
  /** Name of a cluster that is there. @default the stack's namespace */
  readonly cluster?: Text;
  /** By service. @default nothing */
  readonly services?: Readonly<Record<string, ServiceAccount<Text, Texts>>>;
}

/** What an account has for one service. */
export interface ServiceAccount<Text = string, Texts = readonly string[]> {
  /** The whole ARN of the Secrets Manager secret whose JSON has its keys; needed where it has secrets. */
  readonly secretArn?: Text;
  /** An EFS file system, and an access point of it; needed where it has a volume. */
  readonly fileSystemId?: Text;
  readonly accessPointId?: Text;
  /** @default those of all services */
  readonly securityGroups?: Texts;
  /** A target group of type `ip`, whose load balancer calls the service's first port. @default none */
  readonly targetGroupArn?: Text;
  /** A Cloud Map service with A records, by which other services find this one. @default none */
  readonly registryArn?: Text;
  /** A role for what the program itself does in AWS. @default none */
  readonly taskRoleArn?: Text;
}

/** What each member is; a list is of at least one. */
const IS = {
  region: 'the region, for the logs',
  executionRoleArn: 'the ARN of a role with AmazonECSTaskExecutionRolePolicy',
  subnets: 'a private subnet',
  securityGroups: 'a security group',
  cluster: "the cluster's name",
  secretArn: 'the ARN of its secret',
  fileSystemId: 'an EFS file system for its data',
  accessPointId: 'an access point of the file system',
  targetGroupArn: 'the ARN of a target group',
  registryArn: 'the ARN of a Cloud Map service',
  taskRoleArn: "the ARN of a role for the service's program",
} as const;
type Member = keyof typeof IS;

const NEEDED: readonly Member[] = ['region', 'executionRoleArn', 'subnets', 'securityGroups'];
const LISTS: readonly Member[] = ['subnets', 'securityGroups'];
/** What only some services need. */
const OWN = { SECRET_ARN: 'secretArn', FILE_SYSTEM_ID: 'fileSystemId', ACCESS_POINT_ID: 'accessPointId' } as const;
type OwnPlaceholder = keyof typeof OWN;

/**
 * What is wrong with a value that an account is said to have. What the program evaluates later, an expression of
 * Terraform or an output, is not known and taken for right.
 * @param path `services.api.secretArn`, `subnets`, `subnets[0]`
 */
export function accountProblems(path: string, value: unknown): Problem[] {
  const [, name, item] = /(\w+)(\[\d+\])?$/.exec(path) as unknown as [string, Member, string | undefined];
  const refuse = (expected: string): Problem[] => {
    const got = value === undefined ? 'none' : JSON.stringify(value);
    const hint = (Object.values(OWN) as Member[]).includes(name)
      ? '; a managed service is the other way: external'
      : '';
    return [{ code: 'USAGE', path, message: `expected ${expected}, got ${got}${hint}` }];
  };
  if (name === 'cluster' && typeof value === 'string' && value.startsWith('arn:')) return refuse(IS.cluster);
  if (typeof value === 'string' ? value.includes('${') : isLater(value)) return [];
  if (LISTS.includes(name) && item === undefined) {
    if (!Array.isArray(value) || value.length === 0) return refuse(`a list of at least one, each ${IS[name]}`);
    return value.flatMap((one, index) => accountProblems(`${path}[${index}]`, one));
  }
  return typeof value === 'string' && value.trim() !== '' ? [] : refuse(IS[name]);
}

function isLater(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is wrong with the members that are there, or that have to be. */
function membersProblems(prefix: string, given: { [Name in Member]?: unknown }, needed: readonly Member[]): Problem[] {
  return (Object.keys(IS) as Member[])
    .filter((name) => given[name] !== undefined || needed.includes(name))
    .flatMap((name) => accountProblems(`${prefix}${name}`, given[name]));
}

/** One service of the plan, and what the account has for it. */
export interface PlacedService<Text, Texts> {
  rendered: RenderedService;
  cluster: Text | string;
  subnets: Texts;
  securityGroups: Texts;
  /** What is there for it alone. */
  own: ServiceAccount<Text, Texts>;
  /** For every placeholder of its task definition. */
  places: Partial<Record<Placeholder, Text>>;
}

/**
 * The services of the plan, in stack order.
 * @throws USAGE where the account lacks what a service needs, SERVICE_UNKNOWN; all of them at once
 */
export function placedServices<Text, Texts>(
  input: RenderInput,
  account: Account<Text, Texts>,
): PlacedService<Text, Texts>[] {
  const { region, executionRoleArn, subnets, securityGroups, cluster = clusterOf(input), services = {} } = account;
  const present = renderedServices(input);
  const names = present.map(({ service }) => service.name);
  const unknown = Object.keys(services)
    .filter((name) => !names.includes(name))
    .map(
      (name): Problem => ({
        code: 'SERVICE_UNKNOWN',
        path: `services.${name}`,
        message: `expected a service of the plan (${names.join(', ')}), got "${name}"`,
      }),
    );
  const problems = [...membersProblems('', account, NEEDED), ...unknown];
  const placed = present.map((rendered) => {
    const { name } = rendered.service;
    const own = services[name] ?? {};
    const needed = ownPlaces(input, rendered);
    problems.push(
      ...membersProblems(
        `services.${name}.`,
        own,
        needed.map((place) => OWN[place]),
      ),
    );
    const places: Partial<Record<Placeholder, Text>> = { AWS_REGION: region, EXECUTION_ROLE_ARN: executionRoleArn };
    for (const place of needed) places[place] = own[OWN[place]]!;
    return { rendered, cluster, subnets, securityGroups: own.securityGroups ?? securityGroups, own, places };
  });
  if (problems.length > 0) throw new SizewrightError(problems);
  return placed;
}

/** The placeholders that its task definition has, and that are not those of all services. */
function ownPlaces(input: RenderInput, rendered: RenderedService): OwnPlaceholder[] {
  const text = JSON.stringify(taskDefinition(input, rendered));
  return (Object.keys(OWN) as OwnPlaceholder[]).filter((place) => text.includes(placeholder(place)));
}

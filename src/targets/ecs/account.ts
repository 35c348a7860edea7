/** What the account has to have for the services on Fargate, and what of it fills in their placeholders. */
import { type Problem, SizewrightError } from '../../errors/errors.ts';
import { unknownName } from '../../errors/nearest.ts';
import type { RenderedService } from '../rendered.ts';
import { renderedServices } from '../services.ts';
import type { RenderInput } from '../target.ts';
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
  /** The whole ARN of the Secrets Manager secret whose JSON has its keys. @default none: needed where it has secrets */
  readonly secretArn?: Text;
  /** An EFS file system. @default none: needed where it has a volume */
  readonly fileSystemId?: Text;
  /** An access point of the file system, for this service alone. @default none: needed where it has a volume */
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

/** What is expected of a member. */
export interface Member {
  /** A list is of at least one. */
  readonly is: string;
  readonly isList?: boolean;
  readonly isNeeded?: boolean;
  /** What it fills in; needed where a task definition has it. */
  readonly place?: Placeholder;
  /** What a text must not be. */
  readonly not?: RegExp;
}
type Members<T> = Readonly<Record<keyof T & string, Member>>;

const SECURITY_GROUPS: Member = { is: 'a security group', isList: true };

/** Beside its services. */
export const ACCOUNT: Members<Omit<Account, 'services'>> = {
  region: { is: 'the region, for the logs', isNeeded: true },
  executionRoleArn: { is: 'the ARN of a role with AmazonECSTaskExecutionRolePolicy', isNeeded: true },
  subnets: { is: 'a private subnet', isList: true, isNeeded: true },
  securityGroups: { ...SECURITY_GROUPS, isNeeded: true },
  cluster: { is: "the cluster's name", not: /^arn:/ },
};

export const SERVICE_ACCOUNT: Members<ServiceAccount> = {
  secretArn: { is: 'the ARN of its secret', place: 'SECRET_ARN' },
  fileSystemId: { is: 'an EFS file system for its data', place: 'FILE_SYSTEM_ID' },
  accessPointId: { is: 'an access point of the file system', place: 'ACCESS_POINT_ID' },
  securityGroups: SECURITY_GROUPS,
  targetGroupArn: { is: 'the ARN of a target group' },
  registryArn: { is: 'the ARN of a Cloud Map service' },
  taskRoleArn: { is: "the ARN of a role for the service's program" },
};

/** The account's among the props of a program, which are checked here. */
export const ACCOUNT_PROPS = Object.fromEntries(
  [...Object.keys(ACCOUNT), 'services'].map((name) => [name, 'anything' as const]),
);

/** Whether the program evaluates a value later: a token of cdktf, an output of Pulumi. It is taken for right. */
export type IsLater = (value: unknown) => boolean;

/**
 * What is wrong with a value that an account is said to have.
 * @param path `services.api.secretArn`, `subnets`, `subnets[0]`
 */
export function memberProblems(
  member: Member,
  path: string,
  value: unknown,
  isLater: IsLater = () => false,
): Problem[] {
  const { is, isList = false, place, not } = member;
  const isRefused = typeof value === 'string' && (value.trim() === '' || not?.test(value) === true);
  if (isLater(value) && !isRefused) return [];
  if (isList && Array.isArray(value) && value.length > 0)
    return value.flatMap((one, index) => memberProblems(itemOf(member), `${path}[${index}]`, one, isLater));
  if (!isList && typeof value === 'string' && !isRefused) return [];
  const hint = place === undefined ? '' : '; a managed service is the other way: external';
  return [usage(path, `expected ${isList ? `a list of at least one, each ${is}` : is}, got ${shown(value)}${hint}`)];
}

/** What each of a list is. */
export function itemOf(list: Member): Member {
  return { ...list, isList: false };
}

/** Whether a value has members of its own, rather than being another program's object: a resource, a token. */
export function hasMembers(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function usage(path: string, message: string): Problem {
  return { code: 'USAGE', path, message };
}

function shown(value: unknown): string {
  if (value === undefined) return 'none';
  if (Array.isArray(value)) return value.length === 0 ? '[]' : 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : JSON.stringify(value);
}

/**
 * What is wrong with the members that are there, or that have to be.
 * @param prefix before each name
 */
export function membersProblems(
  members: Readonly<Record<string, Member>>,
  prefix: string,
  given: Readonly<Record<string, unknown>>,
  isLater: IsLater,
): Problem[] {
  return Object.entries(members)
    .filter(([name, { isNeeded }]) => given[name] !== undefined || isNeeded)
    .flatMap(([name, member]) => memberProblems(member, `${prefix}${name}`, given[name], isLater));
}

/** @param needed the placeholders that its task definition has */
function serviceProblems(path: string, own: unknown, needed: readonly Placeholder[], isLater: IsLater): Problem[] {
  if (!hasMembers(own)) return [usage(path, `expected a literal object, got ${shown(own)}`)];
  const unknown = Object.keys(own).filter((name) => !Object.hasOwn(SERVICE_ACCOUNT, name));
  const members = Object.entries(SERVICE_ACCOUNT).map(([name, member]) => {
    const isNeeded = member.place !== undefined && needed.includes(member.place);
    return [name, { ...member, isNeeded }] as const;
  });
  return [
    ...unknown.map((name) => usage(`${path}.${name}`, unknownName('a prop', name, Object.keys(SERVICE_ACCOUNT)))),
    ...membersProblems(Object.fromEntries(members), `${path}.`, own, isLater),
  ];
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
  isLater?: IsLater,
): PlacedService<Text, Texts>[] {
  const { region, executionRoleArn, subnets, securityGroups, cluster = clusterOf(input), services = {} } = account;
  const present = renderedServices(input).map((rendered) => ({ rendered, needed: placesOf(input, rendered) }));
  const problems = accountProblems(
    account,
    present.map(({ rendered, needed }) => ({ name: rendered.service.name, needed })),
    isLater,
  );
  if (problems.length > 0) throw new SizewrightError(problems);
  return present.map(({ rendered, needed }) => {
    const own = memberOf(services, rendered.service.name) ?? {};
    const places: Partial<Record<Placeholder, Text>> = { AWS_REGION: region, EXECUTION_ROLE_ARN: executionRoleArn };
    for (const [name, { place }] of Object.entries(SERVICE_ACCOUNT))
      if (place !== undefined && needed.includes(place)) places[place] = own[name as 'secretArn']!;
    return { rendered, cluster, subnets, securityGroups: own.securityGroups ?? securityGroups, own, places };
  });
}

/** Of a service that is named `constructor` too. */
function memberOf<T>(members: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

function accountProblems(
  account: Account<unknown, unknown>,
  present: readonly { name: string; needed: readonly Placeholder[] }[],
  isLater: IsLater = () => false,
): Problem[] {
  const problems = membersProblems(ACCOUNT, '', { ...account }, isLater);
  const { services = {} } = account;
  if (!hasMembers(services))
    return [...problems, usage('services', `expected a literal object, by service, got ${shown(services)}`)];
  const names = present.map(({ name }) => name);
  for (const name of Object.keys(services).filter((one) => !names.includes(one)))
    problems.push({
      code: 'SERVICE_UNKNOWN',
      path: `services.${name}`,
      message: unknownName('a service of the plan', name, names),
    });
  const owners = new Map<unknown, string>();
  for (const { name, needed } of present) {
    const path = `services.${name}`;
    const own = memberOf(services, name);
    problems.push(...serviceProblems(path, own === undefined ? {} : own, needed, isLater));
    const point = needed.includes('ACCESS_POINT_ID') ? own?.accessPointId : undefined;
    const owner = owners.get(point);
    if (owner !== undefined)
      problems.push(usage(`${path}.accessPointId`, `expected an access point of its own, got that of ${owner}`));
    if (point !== undefined) owners.set(point, name);
  }
  return problems;
}

/** The placeholders that its task definition has, and that are not those of all services. */
function placesOf(input: RenderInput, rendered: RenderedService): Placeholder[] {
  const text = JSON.stringify(taskDefinition(input, rendered));
  return Object.values(SERVICE_ACCOUNT).flatMap(({ place }) =>
    place !== undefined && text.includes(placeholder(place)) ? [place] : [],
  );
}

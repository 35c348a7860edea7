/** What the account has to have for the services on Fargate, and what of it fills in their placeholders. */
import { type Problem, SizewrightError } from '../../errors.ts';
import type { RenderInput } from '../target.ts';
import { type RenderedService, renderedServices } from '../values.ts';
import { clusterOf } from './capacity.ts';
import { filled, type Placeholder } from './placeholders.ts';
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
}

/** What not every service needs. */
const OWN = [
  { place: 'SECRET_ARN', name: 'secretArn', is: 'the ARN of its secret' },
  { place: 'FILE_SYSTEM_ID', name: 'fileSystemId', is: 'an EFS file system for its data' },
  { place: 'ACCESS_POINT_ID', name: 'accessPointId', is: 'an access point of the file system' },
] as const;

/** One service of the plan, and what the account has for it. */
export interface PlacedService<Text, Texts> {
  rendered: RenderedService;
  cluster: Text | string;
  subnets: Texts;
  securityGroups: Texts;
  /** For every placeholder of its task definition. */
  places: Partial<Record<Placeholder, Text>>;
}

/**
 * The services of the plan, in stack order.
 * @throws USAGE where the account lacks what a service needs, SERVICE_UNKNOWN; all of them at once
 */
export function placedServices<Text, Texts>(
  input: RenderInput,
  { region, executionRoleArn, subnets, securityGroups, cluster, services = {} }: Account<Text, Texts>,
): PlacedService<Text, Texts>[] {
  const present = renderedServices(input);
  const names = present.map(({ service }) => service.name);
  const problems: Problem[] = Object.keys(services)
    .filter((name) => !names.includes(name))
    .map((name) => ({
      code: 'SERVICE_UNKNOWN',
      path: `services.${name}`,
      message: `expected a service of the plan (${names.join(', ')}), got "${name}"`,
    }));
  const placed = present.map((rendered) => {
    const own = services[rendered.service.name] ?? {};
    const needed = filled(JSON.stringify(taskDefinition(input, rendered)), (place) => ({ place }));
    const places: Partial<Record<Placeholder, Text>> = { AWS_REGION: region, EXECUTION_ROLE_ARN: executionRoleArn };
    for (const { place, name, is } of OWN) {
      const given = own[name];
      if (given !== undefined) places[place] = given;
      else if (needed.some((part) => typeof part === 'object' && part.place === place))
        problems.push({
          code: 'USAGE',
          path: `services.${rendered.service.name}.${name}`,
          message: `expected ${is}, got none; a managed service is the other way: external`,
        });
    }
    return {
      rendered,
      cluster: cluster ?? clusterOf(input),
      subnets,
      securityGroups: own.securityGroups ?? securityGroups,
      places,
    };
  });
  if (problems.length > 0) throw new SizewrightError(problems);
  return placed;
}

import { describe, expect, it } from 'vitest';
import { fargate } from '../../../src/platforms/fargate.ts';
import { type Account, placedServices } from '../../../src/targets/ecs/account.ts';
import { policyOf, problemsOf, service, stackOf } from '../../samples.ts';
import { spatialvortex } from '../../support.ts';
import { hostInput } from '../docker/support.ts';
import { ALL, stackWith } from '../kubernetes/support.ts';

const volume = { path: '/data', sizeMiB: 1024, unfenced: 'may-corrupt' as const };
const input = hostInput(
  stackWith({ redis: { volume } }),
  spatialvortex.policies,
  { '8cpu-32gi': ALL },
  { platform: fargate },
);
const DATA = { secretArn: 'arn:secret', fileSystemId: 'fs-1', accessPointId: 'fsap-1' };
const ACCOUNT = {
  region: 'eu-west-1',
  executionRoleArn: 'arn:role',
  subnets: ['subnet-a'],
  securityGroups: ['sg-1'],
  services: { api: { secretArn: 'arn:secret' }, postgres: DATA, redis: { ...DATA, accessPointId: 'fsap-2' } },
};

/** What is refused of an account with one thing else. */
const problems = (change: object) =>
  problemsOf(() => placedServices(input, { ...ACCOUNT, ...change } as Account<unknown, unknown>));

it('what is missing is told at once, each by its name', () => {
  const nothing = { region: undefined, executionRoleArn: undefined, subnets: undefined, securityGroups: undefined };
  expect(problems({ ...nothing, services: { ...ACCOUNT.services, api: {} } })).toEqual([
    'USAGE region: expected the region, for the logs, got none',
    'USAGE executionRoleArn: expected the ARN of a role with AmazonECSTaskExecutionRolePolicy, got none',
    'USAGE subnets: expected a list of at least one, each a private subnet, got none',
    'USAGE securityGroups: expected a list of at least one, each a security group, got none',
    'USAGE services.api.secretArn: expected the ARN of its secret, got none; a managed service is the other way: external',
  ]);
});

it('nothing is asked of a service that needs nothing, whatever its name', () => {
  const stack = stackOf({ main: 'constructor', services: { constructor: service() } });
  const plain = hostInput(stack, [policyOf()], { '1cpu-3gi': ['constructor'] }, { platform: fargate });
  const placed = placedServices(plain, { ...ACCOUNT, services: {} });
  expect(placed.map(({ own }) => own)).toEqual([{}]);
});

describe('what is known and wrong is refused', () => {
  it.each([
    [{ subnets: [{}] }, 'USAGE subnets[0]: expected a private subnet, got an object'],
    [{ services: null }, 'USAGE services: expected a literal object, by service, got null'],
    [{ services: new Map() }, 'USAGE services: expected a literal object, by service, got an object'],
    [{ services: { ...ACCOUNT.services, api: null } }, 'USAGE services.api: expected a literal object, got null'],
    [
      { services: { ...ACCOUNT.services, api: { secretArn: 'arn:secret', targetGroupARN: 'arn:group' } } },
      'USAGE services.api.targetGroupARN: expected a prop, got "targetGroupARN"; did you mean targetGroupArn?',
    ],
    [
      { services: { ...ACCOUNT.services, apl: {} } },
      'SERVICE_UNKNOWN services.apl: expected a service of the plan, got "apl"; did you mean api?',
    ],
    [
      { services: { ...ACCOUNT.services, redis: DATA } },
      'USAGE services.redis.accessPointId: expected an access point of its own, got that of postgres',
    ],
    [{ region: '' }, 'USAGE region: expected the region, for the logs, got ""'],
    [{ region: 1 }, 'USAGE region: expected the region, for the logs, got 1'],
    [{ subnets: [] }, 'USAGE subnets: expected a list of at least one, each a private subnet, got []'],
    [{ subnets: 'subnet-1' }, 'USAGE subnets: expected a list of at least one, each a private subnet, got "subnet-1"'],
    [{ subnets: ['subnet-1', ''] }, 'USAGE subnets[1]: expected a private subnet, got ""'],
    [{ securityGroups: [undefined] }, 'USAGE securityGroups[0]: expected a security group, got none'],
    [
      { services: { ...ACCOUNT.services, api: { secretArn: 'arn:secret', securityGroups: [] } } },
      'USAGE services.api.securityGroups: expected a list of at least one, each a security group, got []',
    ],
    [
      { services: { ...ACCOUNT.services, api: { secretArn: 'arn:secret', taskRoleArn: ' ' } } },
      'USAGE services.api.taskRoleArn: expected the ARN of a role for the service\'s program, got " "',
    ],
    [
      { cluster: 'arn:aws:ecs:eu-west-1:123456789012:cluster/shared' },
      'USAGE cluster: expected the cluster\'s name, got "arn:aws:ecs:eu-west-1:123456789012:cluster/shared"',
    ],
  ])('%j', (change, problem) => {
    expect(problems(change)).toEqual([problem]);
  });
});

it('a service of whom nothing is said lacks what it needs', () => {
  expect(problems({ services: { ...ACCOUNT.services, api: undefined } })).toEqual([
    'USAGE services.api.secretArn: expected the ARN of its secret, got none; a managed service is the other way: external',
  ]);
});

it('what only the program knows is taken for right', () => {
  const later = { evaluated: 'later' };
  const account = {
    region: later,
    subnets: later,
    executionRoleArn: later,
    securityGroups: [later],
    cluster: later,
    services: ACCOUNT.services,
  };
  const [api] = placedServices<unknown, unknown>(input, account, (value) => value === later);
  expect(api).toMatchObject({ cluster: later, subnets: later, securityGroups: [later] });
});

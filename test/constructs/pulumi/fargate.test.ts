import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as pulumi from '@pulumi/pulumi';
import { FargateServices, type FargateServicesArgs } from 'sizewright/pulumi';
import { describe, expect, it } from 'vitest';
import { nodeFiles } from '../../../src/files/node-files.ts';
import { synthesize } from '../../../src/synth.ts';
import { schemaProblems } from '../../targets/terraform/schema.ts';
import { UNFENCED_STACK } from '../../unfenced.ts';
import { Other, plain, run } from './support.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

const ACCOUNT = {
  region: 'eu-west-1',
  executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
  subnets: ['subnet-a', 'subnet-b'],
  securityGroups: ['sg-all'],
};
const API_SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:spatialvortex/api-AbCdEf';
const PLACES = {
  api: { secretArn: API_SECRET, securityGroups: ['sg-api'] },
  postgres: { secretArn: `${API_SECRET}-pg`, fileSystemId: 'fs-1', accessPointId: 'fsap-1' },
  redis: { secretArn: `${API_SECRET}-redis`, fileSystemId: 'fs-2', accessPointId: 'fsap-2' },
};

const fargate = (args: Partial<FargateServicesArgs> = {}, opts?: pulumi.ComponentResourceOptions) =>
  run(
    () =>
      new FargateServices(
        'demo',
        { profile: '8cpu-32gi', stack: UNFENCED_STACK, ...ACCOUNT, services: PLACES, ...args },
        opts,
      ),
  );

/** The ecs target's file with its placeholders filled in by hand. */
async function ecsFile(path: string, places: Record<string, string>): Promise<Record<string, unknown>> {
  const files = nodeFiles(root, `${root}/dist/data`);
  const { artifacts } = await synthesize(
    { profiles: ['8cpu-32gi'], stack: UNFENCED_STACK, platforms: ['fargate'], targets: ['ecs'] },
    files,
  );
  const { contents } = artifacts.find((artifact) => artifact.path.endsWith(`/ecs/${path}`))!;
  return JSON.parse(contents.replace(/\$\{([A-Z_]+)\}/g, (_, name: string) => places[name]!));
}

/** `taskDefinition` as the Terraform provider, which Pulumi's is made of, names it. */
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const SINGULAR: Record<string, string> = { volumes: 'volume', load_balancers: 'load_balancer' };
const terraformed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(terraformed);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => [snake(name), terraformed(member)]);
  return Object.fromEntries(members.map(([name, member]) => [SINGULAR[name as string] ?? name, member]));
};

describe('children', () => {
  it.each([
    ['api', { SECRET_ARN: API_SECRET }],
    ['postgres', { SECRET_ARN: `${API_SECRET}-pg`, FILE_SYSTEM_ID: 'fs-1', ACCESS_POINT_ID: 'fsap-1' }],
    ['redis', { SECRET_ARN: `${API_SECRET}-redis`, FILE_SYSTEM_ID: 'fs-2', ACCESS_POINT_ID: 'fsap-2' }],
  ])('are the task definitions of the ecs target: %s', async (name, places) => {
    const { find } = await fargate();
    const { type, inputs } = find(`demo-${name}-task`);
    const file = await ecsFile(`${name}/task-definition.json`, {
      AWS_REGION: 'eu-west-1',
      EXECUTION_ROLE_ARN: ACCOUNT.executionRoleArn,
      ...places,
    });
    expect(type).toBe('aws:ecs/taskDefinition:TaskDefinition');
    expect({ volumes: [], ...inputs, containerDefinitions: JSON.parse(inputs.containerDefinitions) }).toEqual({
      ...file,
      skipDestroy: true,
    });
  });

  it('are what the provider takes', async () => {
    const reached = { targetGroupArn: 'arn:group', registryArn: 'arn:registry', taskRoleArn: 'arn:role' };
    const { resources, find } = await fargate({ services: { ...PLACES, api: { ...PLACES.api, ...reached } } });
    expect(find('demo-api-service').inputs).toMatchObject({
      loadBalancers: [{ targetGroupArn: 'arn:group', containerName: 'api', containerPort: 7000 }],
      serviceRegistries: { registryArn: 'arn:registry' },
    });
    const problems = resources.slice(1).flatMap(({ type, name, inputs }) => {
      const [, module, resource] = /^aws:(\w+)\/(\w+):\w+$/.exec(type)!;
      return schemaProblems({
        type: `aws_${module}_${snake(resource!)}`,
        name,
        attributes: terraformed(inputs) as never,
      });
    });
    expect(problems).toEqual([]);
  });

  it('are services that never run more tasks than the plan counts, with their scaling', async () => {
    const { find, resources } = await fargate();
    expect(resources.map(({ name, type }) => `${name} ${type}`).sort()).toEqual([
      'demo sizewright:index:FargateServices',
      'demo-api-scaling aws:appautoscaling/target:Target',
      'demo-api-scaling-cpu aws:appautoscaling/policy:Policy',
      'demo-api-service aws:ecs/service:Service',
      'demo-api-task aws:ecs/taskDefinition:TaskDefinition',
      'demo-logs aws:cloudwatch/logGroup:LogGroup',
      'demo-postgres-service aws:ecs/service:Service',
      'demo-postgres-task aws:ecs/taskDefinition:TaskDefinition',
      'demo-redis-service aws:ecs/service:Service',
      'demo-redis-task aws:ecs/taskDefinition:TaskDefinition',
    ]);
    expect(find('demo-logs').inputs).toEqual({ name: '/ecs/spatialvortex', retentionInDays: 30 });
    // 3 to 10 tasks, none more in a rollout: at most 100 %, at least floor(2 / 3) = 66 % stay.
    expect(find('demo-api-service').inputs).toEqual({
      name: 'api',
      cluster: 'spatialvortex',
      taskDefinition: 'arn:aws:ecs:task/demo-api-task:1',
      launchType: 'FARGATE',
      platformVersion: '1.4.0',
      desiredCount: 3,
      deploymentMaximumPercent: 100,
      deploymentMinimumHealthyPercent: 66,
      deploymentCircuitBreaker: { enable: true, rollback: true },
      availabilityZoneRebalancing: 'DISABLED',
      networkConfiguration: { subnets: ['subnet-a', 'subnet-b'], securityGroups: ['sg-api'], assignPublicIp: false },
      enableEcsManagedTags: true,
      waitForSteadyState: true,
    });
    expect(find('demo-redis-service').inputs.networkConfiguration.securityGroups).toEqual(['sg-all']);
    const scaled = {
      resourceId: 'service/spatialvortex/api',
      scalableDimension: 'ecs:service:DesiredCount',
      serviceNamespace: 'ecs',
    };
    expect(find('demo-api-scaling').inputs).toEqual({ ...scaled, minCapacity: 3, maxCapacity: 10 });
    expect(find('demo-api-scaling-cpu').inputs).toEqual({
      ...scaled,
      name: 'spatialvortex-api-cpu',
      policyType: 'TargetTrackingScaling',
      targetTrackingScalingPolicyConfiguration: {
        targetValue: 60,
        predefinedMetricSpecification: { predefinedMetricType: 'ECSServiceAverageCPUUtilization' },
        scaleInCooldown: 300,
        scaleOutCooldown: 180,
      },
    });
  });

  it('come one after the other, below the component', async () => {
    const { find, resources } = await fargate();
    for (const { name, parent } of resources) expect(parent).toBe(name === 'demo' ? undefined : 'demo');
    expect(find('demo-logs').dependencies).toEqual([]);
    expect(find('demo-api-task').dependencies).toEqual([]);
    expect(find('demo-api-service').dependencies).toEqual([
      'demo-api-task',
      'demo-logs',
      'demo-postgres-service',
      'demo-redis-service',
    ]);
    expect(find('demo-redis-service').dependencies).toEqual(['demo-logs', 'demo-redis-task']);
    expect(find('demo-api-scaling').dependencies).toEqual(['demo-api-service']);
    expect(find('demo-api-scaling-cpu').dependencies).toEqual(['demo-api-scaling']);
  });

  it('are waited for as long as a rollout may take', async () => {
    const { find } = await fargate();
    // One after the other: 10 x (60 s to stop + 300 s to pull + 180 s to start); 120 + 300 + 1,800 s.
    expect(find('demo-api-service').waits).toEqual({ create: '5400s', update: '5400s' });
    expect(find('demo-postgres-service').waits).toEqual({ create: '2220s', update: '2220s' });
    expect(find('demo-api-task').waits).toEqual({ create: '', update: '' });
  });

  it('leave the count of a service to what scales it', async () => {
    const { find } = await fargate();
    expect(find('demo-api-service').ignoreChanges).toEqual(['desiredCount']);
    expect(find('demo-redis-service').ignoreChanges).toEqual([]);
  });

  it('take what the program knows only later, in a cluster of any name', async () => {
    const { find } = await fargate({
      cluster: pulumi.output('shared'),
      executionRoleArn: new Other('role').id,
      services: { ...PLACES, api: { secretArn: new Other('secret').id } },
    });
    expect(find('demo-api-service').inputs.cluster).toBe('shared');
    expect(find('demo-api-scaling').inputs.resourceId).toBe('service/shared/api');
    const { inputs, dependencies } = find('demo-api-task');
    expect(inputs.executionRoleArn).toBe('role-id');
    expect(JSON.parse(inputs.containerDefinitions)[0].secrets).toContainEqual({
      name: 'DATABASE_URL',
      valueFrom: 'secret-id:DATABASE_URL::',
    });
    expect(dependencies).toEqual(['role', 'secret']);
  });
});

it('the numbers are outputs, with the ledger', async () => {
  const { outputs } = await fargate();
  // The greatest pair within 8 CPU and 32 GiB; of 32768 MiB: - ceil(10 %) headroom and 128 reserve.
  expect(outputs.demo).toMatchObject({
    profile: '8cpu-32gi',
    platform: 'fargate',
    logGroup: '/ecs/spatialvortex',
    services: { api: { limits: { cpuMillis: 8000, memoryMiB: 32_768 }, parameters: { ACTIX_WORKERS: 16 } } },
  });
});

it('secrets are references; what is planned from a secret is one', async () => {
  const { resources } = await fargate({ set: [pulumi.secret('api.VOICE_THREADS=3')] });
  const { containerDefinitions } = plain(resources.find(({ name }) => name === 'demo-api-task')!.inputs) as {
    containerDefinitions: { secret: string };
  };
  const [{ environment, secrets }] = JSON.parse(containerDefinitions.secret);
  expect(environment).toContainEqual({ name: 'VOICE_THREADS', value: '3' });
  for (const { name, valueFrom } of secrets) expect(valueFrom).toBe(`${API_SECRET}:${name}::`);
});

it('parent, dependsOn and protect reach the children', async () => {
  const { resources } = await run(() => {
    const parent = new (class extends pulumi.ComponentResource {})('test:index:Group', 'group');
    const args = { profile: '8cpu-32gi', stack: UNFENCED_STACK, ...ACCOUNT, services: PLACES };
    return new FargateServices('demo', args, { parent, dependsOn: new Other('first'), protect: true });
  });
  for (const { name, dependencies, protect, parent } of resources.filter((one) => one.name.startsWith('demo'))) {
    expect(dependencies).toContain('first');
    expect(protect).toBe(true);
    expect(parent).toBe(name === 'demo' ? 'group' : 'demo');
  }
});

it.each([
  [{ profile: 'c6i.8xlarge' }, /^profile: expected container limits/],
  [{ platform: 'ecs' }, /^platform: expected a platform of the kind fargate, got ecs; leave it out for fargate$/],
  [{ services: { ...PLACES, cache: {} } }, /^services\.cache: expected a service of the plan \(api, postgres, redis\)/],
  [{ services: { ...PLACES, redis: {} } }, /^services\.redis\.secretArn: expected the ARN of its secret, got none/],
  [
    { services: { ...PLACES, postgres: { secretArn: API_SECRET }, cache: {} } },
    new RegExp(
      [
        String.raw`^services\.cache: expected a service of the plan \(api, postgres, redis\), got "cache"`,
        String.raw`services\.postgres\.fileSystemId: expected an EFS file system for its data, got none; .*`,
        String.raw`services\.postgres\.accessPointId: expected an access point of the file system, got none; .*$`,
      ].join('\n'),
    ),
  ],
  [{ region: undefined as never, subnets: [] }, /^region: expected the region, .* got none\nsubnets: expected a list/],
  [{ services: null as never }, /^services: expected a literal object, by service, got null$/],
  [
    { services: { ...PLACES, api: { secretArn: API_SECRET, targetGroupARN: 'arn:group' } as never } },
    /^services\.api\.targetGroupARN: expected a prop, got "targetGroupARN"; did you mean targetGroupArn\?$/,
  ],
  [
    { subnet: 'subnet-a', regoin: 'eu' } as never,
    /^subnet: expected a prop, got "subnet"; did you mean subnets\?\nregoin: .* did you mean region\?$/,
  ],
  [{ external: ['redis'] }, /^services\.redis: expected a service of the plan \(api, postgres\), got "redis"$/],
] as [Partial<FargateServicesArgs>, RegExp][])('refuses %j', async (args, message) => {
  const error = await fargate(args).catch((thrown: unknown) => thrown);
  expect(pulumi.ResourceError.isInstance(error)).toBe(true);
  expect((error as pulumi.ResourceError).resource).toBeInstanceOf(FargateServices);
  expect((error as pulumi.ResourceError).message).toMatch(message);
});

it.each(['executionRoleArn', 'subnets', 'services', 'role'])(
  'refuses a resource in place of its name: %s',
  async (name) => {
    const error = await run(() => {
      const args = {
        profile: '8cpu-32gi',
        stack: UNFENCED_STACK,
        ...ACCOUNT,
        services: PLACES,
        [name]: new Other('role'),
      };
      return new FargateServices('demo', args);
    }).catch((thrown: unknown) => thrown);
    expect(pulumi.ResourceError.isInstance(error)).toBe(true);
    expect((error as pulumi.ResourceError).message).toMatch(new RegExp(`^${name}: expected `));
  },
);

it('refuses no arguments at all', async () => {
  await fargate(); // there is an engine now
  expect(() => new FargateServices('demo', undefined as never)).toThrow('profile: expected hardware, got none');
});

/** A program of its own, because Pulumi has what fails later end the process. */
it('refuses what turns out wrong later, by its name', async () => {
  const program = `
    import * as pulumi from '@pulumi/pulumi';
    import { FargateServices } from 'sizewright/pulumi';
    process.on('unhandledRejection', (error) => console.log(error.message));
    pulumi.runtime.setMocks({ call: () => ({}), newResource: ({ name, inputs }) => ({ id: name, state: inputs }) });
    const later = (value) => pulumi.output(Promise.resolve(value));
    const dataOf = (accessPointId) => ({ secretArn: 'arn:secret', fileSystemId: 'fs-1', accessPointId });
    new FargateServices('demo', {
      profile: '8cpu-32gi',
      stack: ${JSON.stringify(UNFENCED_STACK)},
      region: 'eu-west-1',
      executionRoleArn: Promise.resolve('arn:role'),
      subnets: [later('subnet-a'), later('')],
      securityGroups: later([]),
      cluster: later('arn:aws:ecs:eu-west-1:123456789012:cluster/shared'),
      services: { api: { secretArn: later(undefined) }, postgres: dataOf('fsap-1'), redis: dataOf('fsap-2') },
    });`;
  const argv = ['--input-type=module', '-e', program];
  const { stdout } = await promisify(execFile)('node', argv, { cwd: root }).catch(
    (failed: { stdout: string }) => failed,
  );
  expect(stdout).toContain('services.api.secretArn: expected the ARN of its secret, got none');
  expect(stdout).toContain('subnets[1]: expected a private subnet, got ""');
  expect(stdout).toContain('securityGroups: expected a list of at least one, each a security group, got []');
  expect(stdout).toContain(`cluster: expected the cluster's name, got "arn:aws:ecs`);
  expect(stdout).not.toContain('executionRoleArn');
}, 30_000);

/**
 * The README's own commands against moto, run by the AWS CLI, which checks every parameter against the services'
 * models; then what moto stored against the plan. moto knows no pairs of Fargate and keeps neither a service's placement
 * nor its deployment percentages: cfn-lint, which knows the rules of CloudFormation, checks those.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fargate } from '../../src/platforms/fargate.ts';
import { UNFENCED_STACK } from '../unfenced.ts';
import { type Generated, synth, temporaryFolder } from './support/generated.ts';
import { type Moto, startMoto } from './support/moto.ts';
import { run } from './support/run.ts';

const SERVICES = ['api', 'postgres', 'redis'];
const SECRETS = { api: 'DATABASE_URL', postgres: 'POSTGRES_PASSWORD', redis: 'REDIS_PASSWORD' };

// biome-ignore lint/suspicious/noExplicitAny: what services answer, looked at member by member
type Answer = any;

describe.each([
  { platform: 'fargate', profile: '8cpu-32gi', launchType: 'FARGATE', architecture: 'X86_64' },
  { platform: 'ecs', profile: 'm7g.2xlarge', launchType: 'EC2', architecture: 'ARM64' },
])('$platform, $profile', ({ platform, profile, launchType, architecture }) => {
  let generated: Generated;
  let moto: Moto;
  let env: Record<string, string>;
  let described: Answer[];
  /** What each service has for itself, by the placeholder that it fills in. */
  const own: Record<string, Record<string, string>> = {};

  const aws = async (...argv: string[]): Promise<Answer> =>
    JSON.parse((await run(moto.tool('aws'), [...argv, '--output', 'json'], { env })) || 'null');
  const file = (path: string) => readFileSync(join(generated.folder, path), 'utf8');
  /** The README's commands in fences of one kind. */
  const blocks = (kind: string) =>
    [...file('README.md').matchAll(new RegExp(`^\`\`\`${kind}\\n([^]*?)^\`\`\`$`, 'gm'))]
      .map(([, block]) => block)
      .join('');

  beforeAll(async () => {
    [generated, moto] = await Promise.all([
      synth(profile, 'ecs', '--platform', platform, '--stack', UNFENCED_STACK),
      startMoto(),
    ]);
    env = { ...moto.env };
    const { Subnets: subnets } = await aws('ec2', 'describe-subnets');
    Object.assign(env, {
      SUBNET_A: subnets[0].SubnetId,
      SUBNET_B: subnets[1].SubnetId,
      EXECUTION_ROLE_ARN: 'arn:aws:iam::123456789012:role/execution',
    });
    const { Vpc: other } = await aws('ec2', 'create-vpc', '--cidr-block', '10.1.0.0/16');
    for (const name of SERVICES) own[name] = await makeOwn(name, subnets[0].VpcId, other.VpcId);
    await run('/bin/sh', ['-eu', '-c', blocks('sh')], { cwd: generated.folder, env });
    described = await Promise.all(
      SERVICES.map((name) => aws('ecs', 'describe-task-definition', '--task-definition', `spatialvortex-${name}`)),
    );
  });
  afterAll(() => moto?.stop());

  test('every task definition is registered as it is written, with the numbers of the plan', async () => {
    for (const [index, name] of SERVICES.entries()) {
      const { taskDefinition: stored } = described[index];
      const planned = generated.plan.services[name]!;
      expect(stored).toMatchObject({
        revision: 2,
        requiresCompatibilities: [launchType],
        networkMode: 'awsvpc',
        cpu: `${Math.floor((planned.limits.cpuMillis! * 1024) / 1000)}`,
        memory: `${planned.limits.memoryMiB}`,
        runtimePlatform: { cpuArchitecture: architecture },
      });
      const [container] = stored.containerDefinitions;
      const written = JSON.parse(await filled(`${name}/task-definition.json`, name));
      expect(container).toMatchObject(written.containerDefinitions[0]);
      const secret = container.secrets.find((one: Answer) => one.name === SECRETS[name as keyof typeof SECRETS]);
      expect(secret.valueFrom).toMatch(
        /^arn:aws:secretsmanager:us-east-1:\d{12}:secret:spatialvortex\/[a-z]+-\w{6}:[A-Z_]+::$/,
      );
    }
  });

  test('every service has what is its own, and no two have the same', async () => {
    for (const [index, name] of SERVICES.entries()) {
      const [volume] = described[index].taskDefinition.volumes;
      const { SECURITY_GROUP, FILE_SYSTEM_ID, ACCESS_POINT_ID } = own[name]!; // a cache has no volume
      expect(volume?.efsVolumeConfiguration.fileSystemId).toBe(FILE_SYSTEM_ID);
      expect(volume?.efsVolumeConfiguration.authorizationConfig.accessPointId).toBe(ACCESS_POINT_ID);
      const argv = ['describe-services', '--cluster', 'spatialvortex', '--services', name];
      const { services } = await aws('ecs', ...argv);
      expect(services[0].networkConfiguration.awsvpcConfiguration.securityGroups).toEqual([SECURITY_GROUP]);
    }
  });

  test('the parameters reach the programs', () => {
    const [api, postgres, redis] = described.map(({ taskDefinition }) => taskDefinition.containerDefinitions[0]);
    const planned = (service: string, name: string) => generated.plan.services[service]!.parameters[name]!.value;
    const environment = Object.fromEntries(api.environment.map(({ name, value }: Answer) => [name, value]));
    for (const name of Object.keys(generated.plan.services.api!.parameters))
      expect(environment[name], name).toBe(`${planned('api', name)}`);
    expect(postgres.command).toContain(`shared_buffers=${planned('postgres', 'shared_buffers')}MB`);
    expect(postgres.command).toContain(`work_mem=${planned('postgres', 'work_mem')}kB`);
    expect(redis.command.join(' ')).toContain(`--maxmemory ${planned('redis', 'maxmemory')}mb`);
    expect(postgres.linuxParameters.sharedMemorySize).toBe(generated.plan.services.postgres!.sharedMemoryMiB);
  });

  test('every service runs as many tasks as the plan says, in its own cluster', async () => {
    const { services, failures } = await aws(
      ...['ecs', 'describe-services', '--cluster', 'spatialvortex', '--services', ...SERVICES],
    );
    expect(failures).toEqual([]);
    expect(
      services.map((one: Answer) => [
        one.serviceName,
        one.launchType,
        one.desiredCount,
        one.taskDefinition, // after the second deployment: moto keeps the family, ECS takes its latest revision
      ]),
    ).toEqual(
      SERVICES.map((name) => [name, launchType, generated.plan.services[name]!.replicas.min, `spatialvortex-${name}`]),
    );
  });

  test('the api scales as the plan says', async () => {
    const scaling = (what: string) => aws('application-autoscaling', what, '--service-namespace', 'ecs');
    const { ScalableTargets: targets } = await scaling('describe-scalable-targets');
    const { replicas, autoscale } = generated.plan.services.api!;
    expect(targets).toMatchObject([
      { ResourceId: 'service/spatialvortex/api', MinCapacity: replicas.min, MaxCapacity: replicas.max },
    ]);
    const { ScalingPolicies: policies } = await scaling('describe-scaling-policies');
    expect(policies).toMatchObject([
      {
        PolicyName: 'spatialvortex-api-cpu',
        TargetTrackingScalingPolicyConfiguration: { TargetValue: autoscale!.cpuPercent },
      },
    ]);
  });

  test('CloudFormation’s rules find nothing wrong, placement and percentages included', async () => {
    const resources = await Promise.all(
      SERVICES.flatMap((name) => [
        filled(`${name}/task-definition.json`, name).then((text) => ['TaskDefinition', `${name}Task`, text] as const),
        filled(`${name}/service.json`, name).then((text) => ['Service', `${name}Service`, text] as const),
      ]),
    );
    const template = Object.fromEntries(resources.map(([type, id, text]) => [id, resource(type, JSON.parse(text))]));
    expect(await lint(moto, template)).toEqual([]);
  });

  test('a service behind a load balancer, and some that are found by name', async () => {
    const cluster = ['--cluster', 'spatialvortex'];
    for (const name of SERVICES) await aws('ecs', 'delete-service', ...cluster, '--service', name, '--force');
    const registry = 'arn:aws:servicediscovery:us-east-1:123456789012:service/srv-1';
    const { Subnets: subnets } = await aws('ec2', 'describe-subnets', '--subnet-ids', env.SUBNET_A!);
    const { TargetGroups: groups } = await aws(
      ...['elbv2', 'create-target-group', '--name', 'api', '--protocol', 'HTTP', '--port', '7000'],
      ...['--vpc-id', subnets[0].VpcId, '--target-type', 'ip'],
    );
    const group: string = groups[0].TargetGroupArn;
    const fill = /^fill\(\) .*$/m.exec(file('README.md'))![0];
    await run('/bin/sh', ['-eu', '-c', `${fill}\n${blocks('sh instead')}`], {
      cwd: generated.folder,
      env: { ...env, ...own.postgres, TARGET_GROUP_ARN: group, REGISTRY_ARN: registry },
    });
    const { services } = await aws('ecs', 'describe-services', ...cluster, '--services', ...SERVICES);
    const made = services.filter(({ status }: Answer) => status === 'ACTIVE');
    expect(made.map((one: Answer) => [one.serviceName, one.loadBalancers, one.serviceRegistries])).toEqual([
      ['api', [{ targetGroupArn: group, containerName: 'api', containerPort: 7000 }], []],
      ['postgres', [], [{ registryArn: registry }]],
      ['redis', [], [{ registryArn: registry }]],
    ]);
    const { TargetGroups: asked } = await aws('elbv2', 'describe-target-groups', '--target-group-arns', group);
    expect(asked[0]).toMatchObject({
      HealthCheckPath: '/api/v1/health',
      HealthCheckIntervalSeconds: 6,
      HealthCheckTimeoutSeconds: 3,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 10,
    });
    const { Attributes: drained } = await aws(
      ...['elbv2', 'describe-target-group-attributes', '--target-group-arn', group],
    );
    expect(drained).toContainEqual({ Key: 'deregistration_delay.timeout_seconds', Value: '60' });
    const { logGroups: logs } = await aws('logs', 'describe-log-groups');
    expect(logs).toMatchObject([{ logGroupName: '/ecs/spatialvortex', retentionInDays: 30 }]);
  });

  test('the AWS CLI refuses a parameter that ECS does not know', async () => {
    const misspelt = file('redis/service.json').replace('"desiredCount"', '"desiredcount"');
    await expect(aws('ecs', 'create-service', '--cli-input-json', misspelt)).rejects.toThrow(
      'Unknown parameter in input: "desiredcount"',
    );
  });

  /** A file after the README's own `fill`. */
  async function filled(path: string, name: string): Promise<string> {
    const readme = file('README.md');
    const fill = /^fill\(\) .*$/m.exec(readme)![0];
    return run('/bin/sh', ['-eu', '-c', `${fill}\nfill ${path}`], {
      cwd: generated.folder,
      env: { ...env, ...own[name] },
    });
  }

  /** What the README says that a service has for itself, by the names that it says; another VPC has a group of its name. */
  async function makeOwn(name: string, vpc: string, otherVpc: string): Promise<Record<string, string>> {
    const family = `spatialvortex-${name}`;
    const group = (vpc: string) =>
      aws('ec2', 'create-security-group', '--group-name', family, '--description', name, '--vpc-id', vpc);
    await group(otherVpc);
    const { GroupId: SECURITY_GROUP } = await group(vpc);
    const secret = ['create-secret', '--name', `spatialvortex/${name}`, '--secret-string', '{}'];
    const { ARN: SECRET_ARN } = await aws('secretsmanager', ...secret);
    if (name !== 'postgres') return { SECURITY_GROUP, SECRET_ARN };
    const { FileSystemId: FILE_SYSTEM_ID } = await aws('efs', 'create-file-system', '--creation-token', family);
    const { AccessPointId: ACCESS_POINT_ID } = await aws(
      ...['efs', 'create-access-point', '--file-system-id', FILE_SYSTEM_ID, '--tags', `Key=Name,Value=${family}`],
      ...['--posix-user', 'Uid=999,Gid=999', '--root-directory', `Path=/${name}`],
    );
    return { SECURITY_GROUP, SECRET_ARN, FILE_SYSTEM_ID, ACCESS_POINT_ID };
  }
});

describe('refused pairs', () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto?.stop());

  test('every pair that we have is one, and what lies beside it is not', async () => {
    const pairs = fargate.pairs.flatMap(({ cpuMillis, memoryMiB: { from, to, step } }) =>
      Array.from({ length: (to - from) / step + 1 }, (_, index) => ({
        units: (cpuMillis.from * 1024) / 1000,
        memoryMiB: from + index * step,
      })),
    );
    expect(pairs).toHaveLength(74);
    const has = (units: number, memoryMiB: number) =>
      pairs.some((pair) => pair.units === units && pair.memoryMiB === memoryMiB);
    const beside = pairs
      .flatMap(({ units, memoryMiB }) => [
        { units, memoryMiB: memoryMiB - 1 },
        { units, memoryMiB: memoryMiB + 512 },
        { units: units * 2, memoryMiB },
        { units: units / 2, memoryMiB },
        { units: units + 1024, memoryMiB },
      ])
      // cfn-lint has 32 vCPU too, with 60, 120 and 244 GiB, which the documentation of our rows did not.
      .filter(({ units, memoryMiB }) => !has(units, memoryMiB) && units <= 16_384);
    const task = ({ units, memoryMiB }: (typeof pairs)[number]) =>
      resource('TaskDefinition', {
        family: 'demo',
        requiresCompatibilities: ['FARGATE'],
        networkMode: 'awsvpc',
        executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
        cpu: `${units}`,
        memory: `${memoryMiB}`,
        containerDefinitions: [{ name: 'demo', image: 'demo:1' }],
      });
    const named = (list: typeof pairs) =>
      Object.fromEntries(list.map((pair) => [`Task${pair.units}x${pair.memoryMiB}`, task(pair)]));
    expect(await lint(moto, named(pairs))).toEqual([]);
    const refused = await lint(moto, named(beside));
    expect(new Set(refused.map(({ id }) => id))).toEqual(new Set(Object.keys(named(beside))));
  });
});

/** Names that CloudFormation spells its own way. */
const SPELT: Readonly<Record<string, string>> = {
  efsVolumeConfiguration: 'EFSVolumeConfiguration',
  fileSystemId: 'FilesystemId',
  iam: 'IAM',
  placementStrategy: 'PlacementStrategies',
  enableECSManagedTags: 'EnableECSManagedTags',
};

/** An input of the ECS API as a resource of CloudFormation. */
function resource(type: 'TaskDefinition' | 'Service', input: object): object {
  const spell = (value: unknown, key = ''): unknown => {
    if (Array.isArray(value)) return value.map((one) => spell(one));
    if (typeof value !== 'object' || value === null) return value;
    const own = ['dockerLabels', 'options'].includes(key);
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        own ? name : (SPELT[name] ?? `${name[0]!.toUpperCase()}${name.slice(1)}`),
        spell(member, name),
      ]),
    );
  };
  return { Type: `AWS::ECS::${type}`, Properties: spell(input) };
}

/** What cfn-lint finds wrong, by resource. */
async function lint(moto: Moto, resources: object): Promise<{ id: string; rule: string; message: string }[]> {
  const template = join(temporaryFolder(), 'template.json');
  writeFileSync(template, JSON.stringify({ AWSTemplateFormatVersion: '2010-09-09', Resources: resources }));
  // It ends with a bit for each level of what it finds, so its words count.
  const found = await run('/bin/sh', ['-c', '"$0" --format json "$1" || true', moto.tool('cfn-lint'), template]);
  return JSON.parse(found).map(({ Rule, Message, Location }: Answer) => ({
    id: Location.Path[1],
    rule: Rule.Id,
    message: Message,
  }));
}

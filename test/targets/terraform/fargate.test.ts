import { describe, expect, it } from 'vitest';
import { fargate } from '../../../src/platforms/fargate.ts';
import type { RenderInput } from '../../../src/targets/target.ts';
import { fargateResources } from '../../../src/targets/terraform/fargate.ts';
import { renderInput } from '../../support.ts';
import { ALL, hostInput, stackWith } from '../docker/support.ts';
import { schemaProblems } from './schema.ts';

const serviceOf = (name: string) => ({ secretArn: 'arn:secret', fileSystemId: 'fs-1', accessPointId: `fsap-${name}` });
const ACCOUNT = { region: 'eu-west-1', executionRoleArn: 'arn:role', subnets: ['a'], securityGroups: ['sg'] };
const resourcesOf = (input: RenderInput, names: readonly string[]) =>
  fargateResources(input, { ...ACCOUNT, services: Object.fromEntries(names.map((name) => [name, serviceOf(name)])) });

/** The SpatialVortex stack with another API, on Fargate. */
const withApi = (api: Parameters<typeof stackWith>[0][string]): RenderInput =>
  hostInput(stackWith({ api }), renderInput('4cpu-8gi').policies, { '8cpu-32gi': ALL }, { platform: fargate });

describe('every resource is what the provider takes', () => {
  it.each<{ desc: string; input: RenderInput; names?: string[]; policies?: number }>([
    { desc: 'the stack', input: renderInput('8cpu-32gi', { platform: 'fargate' }) },
    {
      desc: 'databases elsewhere',
      input: renderInput('4cpu-8gi', { platform: 'fargate', external: ['postgres', 'redis'] }),
      names: ['api'],
    },
    {
      desc: 'scaled by both percentages',
      input: withApi({ autoscale: { cpuPercent: 60, memoryPercent: 80 } }),
      policies: 2,
    },
  ])('$desc', ({ input, names = ALL, policies = 1 }) => {
    const resources = resourcesOf(input, names);
    expect(resources.flatMap(schemaProblems)).toEqual([]);
    expect(resources.filter(({ type }) => type === 'aws_appautoscaling_policy').length).toBe(policies);
    expect(new Set(resources.map(({ name }) => name)).size).toBe(resources.length);
  });
});

describe('what the account has for a service', () => {
  const input = renderInput('8cpu-32gi', { platform: 'fargate' });
  const resources = fargateResources(input, {
    ...ACCOUNT,
    services: {
      api: { secretArn: 'arn:secret', targetGroupArn: 'arn:group', taskRoleArn: 'arn:api' },
      postgres: { ...serviceOf('postgres'), registryArn: 'arn:registry' },
      redis: serviceOf('redis'),
    },
  });
  const attributesOf = (name: string) => resources.find((one) => one.name === name)!.attributes;

  it('is what the provider takes', () => {
    expect(resources.flatMap(schemaProblems)).toEqual([]);
  });

  it('a load balancer calls its main port, and waits for a start', () => {
    expect(attributesOf('api_service')).toMatchObject({
      load_balancer: [{ target_group_arn: { value: 'arn:group' }, container_name: 'api', container_port: 7000 }],
      health_check_grace_period_seconds: 330, // 180 s to start + 5 checks, 30 s apart
      // 10 x (60 s to stop + 300 s to pull + 180 s to start + 300 s to drain + 150 s to be healthy)
      timeouts: { create: '9900s', update: '9900s' },
    });
    expect(attributesOf('redis_service')).not.toHaveProperty('load_balancer');
    expect(attributesOf('redis_service')).not.toHaveProperty('health_check_grace_period_seconds');
  });

  it('a registry gives its address alone', () => {
    expect(attributesOf('postgres_service')).toMatchObject({
      service_registries: { registry_arn: { value: 'arn:registry' } },
    });
    expect(attributesOf('redis_service')).not.toHaveProperty('service_registries');
  });

  it('a role is that of the program, beside the one that starts it', () => {
    expect(attributesOf('api_task')).toMatchObject({ task_role_arn: { value: 'arn:api' } });
    expect(attributesOf('redis_task')).not.toHaveProperty('task_role_arn');
  });
});

it('a task definition outlives the next one, which a service may have to go back from', () => {
  const [, task] = resourcesOf(renderInput('8cpu-32gi', { platform: 'fargate' }), ALL);
  expect(task).toMatchObject({ type: 'aws_ecs_task_definition', attributes: { skip_destroy: true } });
});

it('a service is waited for as long as the provider does unasked, or longer', () => {
  const waits = (max: number) => {
    const resources = resourcesOf(withApi({ replicas: { min: 1, max, surge: 0 } }), ALL);
    return resources.find(({ name }) => name === 'api_service')!.attributes.timeouts;
  };
  // A task takes 60 s to stop + 300 s to pull + 180 s to start.
  expect(waits(2)).toEqual({ create: '1200s', update: '1200s' }); // 1,080 s
  expect(waits(3)).toEqual({ create: '1620s', update: '1620s' });
});

/**
 * Real Terraform and OpenTofu take what the constructs for AWS write. What is real: both programs, cdktf, and what the
 * bindings of the AWS provider say of its schema. What stands in: a provider that keeps what is applied, in no cloud; the
 * real one's own rules (which values, which arguments together) are not asked.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, LocalBackend, TerraformStack, TerraformVariable } from 'cdktf';
import { AwsProvider, FargateServices, VirtualMachine } from 'sizewright/cdktf';
import { beforeAll, describe, expect, test } from 'vitest';
import { UNFENCED_STACK } from '../unfenced.ts';
import { synth, temporaryFolder } from './support/generated.ts';
import { KEPT, LABELS, normal, probeOf, variablesOf, writeNormal } from './support/hostile.ts';
import { providerMirror, resourcesIn, type Shown, type WithProvider } from './support/terraform.ts';
import { buildTool, findTerraform } from './support/tools.ts';

const PROGRAMS = { Terraform: async () => findTerraform(), OpenTofu: () => buildTool('tofu') };
const ROLE = 'arn:aws:iam::123456789012:role/execution';
const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-AbCdEf';
const PLACES: Record<string, string> = { AWS_REGION: 'eu-west-1', EXECUTION_ROLE_ARN: ROLE, SECRET_ARN: SECRET };

/** The folder of a configuration for AWS, as cdktf writes it. */
function written(build: (stack: TerraformStack) => void): string {
  const app = new App({ outdir: temporaryFolder() });
  const stack = new TerraformStack(app, 'demo');
  new LocalBackend(stack, { path: 'terraform.tfstate' });
  new AwsProvider(stack, 'aws', { region: 'eu-west-1' });
  build(stack);
  app.synth();
  return join(app.outdir, 'stacks/demo');
}

/** Services whose account is told in variables. */
function addServices(stack: TerraformStack): void {
  const variable = (name: string, type: string, value: unknown) =>
    new TerraformVariable(stack, name, { type, default: value });
  const secretArn = variable('secret', 'string', SECRET).stringValue;
  const volumeOf = (name: string) => {
    const accessPointId = variable(`point_${name}`, 'string', `fsap-${name}`).stringValue;
    return { secretArn, fileSystemId: 'fs-1', accessPointId };
  };
  new FargateServices(stack, 'services', {
    profile: '8cpu-32gi',
    stack: UNFENCED_STACK,
    region: 'eu-west-1',
    executionRoleArn: variable('role', 'string', ROLE).stringValue,
    subnets: variable('subnets', 'list(string)', ['subnet-a', 'subnet-b']).listValue,
    securityGroups: ['sg-1'],
    cluster: variable('cluster', 'string', 'shared').stringValue,
    services: {
      api: { secretArn, securityGroups: ['sg-2'] },
      postgres: volumeOf('postgres'),
      redis: { secretArn },
    },
  });
}

function only(shown: readonly Shown[], type: string, has: (values: Shown['values']) => boolean = () => true): Shown {
  const found = shown.filter((resource) => resource.type === type && has(resource.values));
  expect(found).toHaveLength(1);
  return found[0]!;
}

describe.each(Object.keys(PROGRAMS) as (keyof typeof PROGRAMS)[])('%s', (name) => {
  let program: string;
  let provider: WithProvider;

  beforeAll(async () => {
    [program, provider] = [await PROGRAMS[name](), await providerMirror('aws')];
  });

  describe('a stack on Fargate, and a machine', () => {
    let folder: string;
    const terraform = (...args: string[]) => provider(program, folder, ...args);

    beforeAll(async () => {
      folder = written((stack) => {
        addServices(stack);
        new VirtualMachine(stack, 'machine', {
          profile: 'c6i.8xlarge',
          instance: { ami: 'ami-1', subnetId: 'subnet-a', securityGroupIds: ['sg-3'], instanceProfile: 'machine' },
        });
      });
      await terraform('init');
    });

    test('is valid, without a warning', async () => {
      expect(JSON.parse(await terraform('validate', '-json'))).toMatchObject({ valid: true, diagnostics: [] });
    });

    test('one apply makes all of it, each after what it needs', async () => {
      const log = await terraform('apply', '-auto-approve');
      // The log group; a task definition and a service each; the target and the policy of one; the machine.
      expect(log).toContain('10 added, 0 changed, 0 destroyed');
      const done = [...log.matchAll(/^(\S+): Creation complete/gm)].map((match) => match[1]!);
      const order = [
        'log_group',
        'ecs_service.services_redis',
        'ecs_service.services_api',
        'appautoscaling_target',
        'appautoscaling_policy',
      ];
      const places = order.map((part) => done.findIndex((address) => address.includes(part)));
      expect(places).not.toContain(-1);
      expect(places).toEqual([...places].sort((a, b) => a - b));
    });

    test('what it makes is what the ecs target says', async () => {
      const target = await synth('8cpu-32gi', 'ecs', '--platform', 'fargate', '--stack', UNFENCED_STACK);
      const shown = resourcesIn(await terraform('show', '-json'));
      for (const service of ['api', 'postgres', 'redis']) {
        const text = readFileSync(join(target.folder, service, 'task-definition.json'), 'utf8');
        const filled = text.replace(/\$\{([A-Z_]+)\}/g, (whole, place: string) => PLACES[place] ?? whole);
        const { containerDefinitions, family, cpu, memory, executionRoleArn } = JSON.parse(filled);
        const { values } = only(shown, 'aws_ecs_task_definition', (task) => task.family === family);
        expect(JSON.parse(values.container_definitions)).toEqual(containerDefinitions);
        expect(values).toMatchObject({ cpu, memory, execution_role_arn: executionRoleArn });
        const authorization = { access_point_id: `fsap-${service}`, iam: 'DISABLED' };
        const volume = { file_system_id: 'fs-1', transit_encryption: 'ENABLED', authorization_config: [authorization] };
        expect(values.volume.map((one: Shown['values']) => one.efs_volume_configuration[0])).toMatchObject(
          service === 'postgres' ? [volume] : [],
        );
      }
      const { values } = only(shown, 'aws_ecs_service', (service) => service.name === 'api');
      expect(values).toMatchObject({ cluster: 'shared', desired_count: 3, platform_version: '1.4.0' });
      expect(values.network_configuration).toEqual([
        { subnets: ['subnet-a', 'subnet-b'], security_groups: ['sg-2'], assign_public_ip: false },
      ]);
      expect(only(shown, 'aws_appautoscaling_policy').values.resource_id).toBe('service/shared/api');
    });

    test('a second apply changes nothing', async () => {
      expect(await terraform('plan', '-detailed-exitcode')).toContain('No changes.');
    });
  });

  test.each([
    { desc: 'an argument that there is not', from: '"launch_type":', to: '"launch_typ":', says: 'launch_typ' },
    { desc: 'a value of another type', from: '"desired_count": 3', to: '"desired_count": "some"', says: 'number' },
    { desc: 'a missing argument', from: '"min_capacity": 3,', to: '', says: 'min_capacity' },
  ])('refuses $desc', async ({ from, to, says }) => {
    const folder = written(addServices);
    const file = join(folder, 'cdk.tf.json');
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(from);
    writeFileSync(file, text.replace(from, to));
    await provider(program, folder, 'init');
    await expect(provider(program, folder, 'validate')).rejects.toThrow(says);
  });

  test('texts with the syntax of others arrive whole', async () => {
    const folder = written((stack) => {
      new FargateServices(stack, 'services', {
        profile: '2cpu-4gi',
        cwd: writeNormal(KEPT),
        stack: './hostile.yaml',
        region: 'eu-west-1',
        executionRoleArn: ROLE,
        subnets: ['subnet-a'],
        securityGroups: ['sg-1'],
      });
    });
    await provider(program, folder, 'init');
    await provider(program, folder, 'apply', '-auto-approve');
    const shown = resourcesIn(await provider(program, folder, 'show', '-json'));
    const [container] = JSON.parse(only(shown, 'aws_ecs_task_definition').values.container_definitions);
    const { environment, healthCheck, dockerLabels } = container;
    expect(
      Object.fromEntries(environment.map((one: { name: string; value: string }) => [one.name, one.value])),
    ).toMatchObject(normal(variablesOf(KEPT)));
    expect(healthCheck.command).toEqual(['CMD', ...normal(probeOf(KEPT))]);
    expect(dockerLabels).toMatchObject(LABELS);
  });
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Terraform's templates look like ours
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  App,
  Aspects,
  Fn,
  TerraformElement,
  TerraformOutput,
  TerraformResource,
  TerraformStack,
  TerraformVariable,
  Testing,
} from 'cdktf';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  AwsProvider,
  FargateServices,
  KubernetesProvider,
  KubernetesServices,
  SizingPlan,
  VirtualMachine,
  type VirtualMachineProps,
} from '../../../src/constructs/cdktf/index.ts';
import { ecs } from '../../../src/targets/ecs/index.ts';
import { env } from '../../../src/targets/env/index.ts';
import { renderInput } from '../../support.ts';
import { schemaProblems } from '../../targets/terraform/schema.ts';
import { UNFENCED_STACK } from '../../unfenced.ts';
import { testApp, withoutGenerated } from './support.ts';

/** What the stack that `build` fills is written as. @throws all validation errors */
function synthesized(build: (stack: TerraformStack) => void) {
  const stack = new TerraformStack(testApp(), 'demo');
  build(stack);
  Testing.synth(stack, true);
  return JSON.parse(JSON.stringify(stack.toTerraform()));
}

function refusals(build: (stack: TerraformStack) => void): string {
  try {
    synthesized(build);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('expected validation errors, got none');
}

describe('SizingPlan', () => {
  it('yields the plan as values', () => {
    synthesized((stack) => {
      const sizes = new SizingPlan(stack, 'sizes', { profile: 'c6i.8xlarge', platform: 'kubernetes' });
      // FACTS 2
      expect(sizes.limits('api')).toEqual({ cpuMillis: 19720, memoryMiB: 34182 });
      expect(sizes.requests('redis')).toEqual({ cpuMillis: 3940, memoryMiB: 6836 });
      expect(sizes.replicas('api')).toEqual({ min: 3, max: 10, surge: 0 });
      expect(sizes.parameter('api', 'ACTIX_WORKERS')).toBe(38);
      expect(sizes.ledger('redis').items).toMatchObject([{ parameter: 'maxmemory', miB: 5127 }]);
      expect(sizes.plan?.profile).toBe('c6i.8xlarge');
    });
  });

  it('plans for a host unless it is told otherwise, with what the props change', () => {
    const stack = new TerraformStack(testApp(), 'demo');
    const sizes = new SizingPlan(stack, 'sizes', {
      profile: 'c6i.8xlarge',
      set: ['api.DB_POOL_SIZE=10'],
      external: ['redis'],
    });
    expect(sizes.plan).toMatchObject({ platform: 'host', external: ['redis'] });
    expect(sizes.parameter('api', 'DB_POOL_SIZE')).toBe(10);
  });

  it('needs nothing of how services are deployed, which the services themselves do', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sizewright-sized-'));
    const path = join(folder, 'stack.yaml');
    writeFileSync(path, 'stack: cache\nservices: { redis: { policy: redis } }\n');
    const stack = new TerraformStack(testApp(), 'demo');
    expect(new SizingPlan(stack, 'sizes', { stack: path, limits: '2cpu-4gi' }).limits('redis')).toEqual({
      cpuMillis: 2000,
      memoryMiB: 4096,
    });
    const message = refusals((stack) => void new KubernetesServices(stack, 'all', { stack: path, limits: '2cpu-4gi' }));
    rmSync(folder, { recursive: true });
    expect(message).toContain('services.redis.deploy: expected image and how it runs, which');
  });

  it('gives outputs to other configurations', () => {
    const { output } = synthesized((stack) => {
      new SizingPlan(stack, 'a', { profile: 'c6i.8xlarge', platform: 'kubernetes' }).addOutputs();
      new SizingPlan(stack, 'b', { cpu: '4', memory: '8Gi' }).addOutputs('small_');
    });
    expect(Object.keys(output).sort()).toEqual(
      ['', 'small_'].flatMap((prefix) =>
        ['ledger', 'limits', 'parameters', 'replicas', 'requests'].map((n) => prefix + n),
      ),
    );
    expect(output.limits.value.api).toEqual({ cpu_millis: 19720, memory_mib: 34182 });
    expect(output.small_limits.value.api).toEqual({ cpu_millis: 4000, memory_mib: 8192 });
  });
});

describe('what is wrong', () => {
  it('is outputs of one name, which would be those of the last construct', () => {
    const message = refusals((stack) => {
      new SizingPlan(stack, 'a', { profile: 'c6i.8xlarge' }).addOutputs();
      new SizingPlan(stack, 'b', { cpu: '4', memory: '8Gi' }).addOutputs();
    });
    expect(message).toContain(
      '[demo/b] addOutputs: expected a prefix that no other construct of the stack has for its outputs, got "" (USAGE)',
    );
    expect(message).not.toContain('[demo/a]');
  });

  it('is a prefix that no name of an output begins with', () => {
    const message = refusals((stack) => {
      for (const [id, prefix] of Object.entries({ digit: '1', slash: 'a/b', quote: 'a"' }))
        new SizingPlan(stack, id, { profile: 'c6i.8xlarge' }).addOutputs(prefix);
      for (const prefix of ['_a-1_', 'ä'])
        new SizingPlan(stack, `fine ${prefix}`, { profile: 'c6i.8xlarge' }).addOutputs(prefix);
    });
    for (const [id, prefix] of Object.entries({ digit: '"1"', slash: '"a/b"', quote: '"a\\""' }))
      expect(message).toContain(
        `[demo/${id}] addOutputs: expected a prefix of letters, digits, _ and -, that begins with a letter or _, got ${prefix} (USAGE)`,
      );
    expect(message).not.toContain('fine');
  });

  it('is said at once for all constructs, each with its path, and nothing is made', () => {
    const made: string[] = [];
    const message = refusals((stack) => {
      new KubernetesProvider(stack, 'provider');
      new SizingPlan(stack, 'sizes', { profile: 'c6i.9xlarge' }).addOutputs();
      new KubernetesServices(stack, 'small', { profile: 't3.micro' });
      const fine = new SizingPlan(stack, 'fine', { profile: 'c6i.8xlarge' });
      expect(fine.limits('apl')).toEqual({ cpuMillis: 0, memoryMiB: 0 });
      expect(fine.requests('cache')).toEqual({ cpuMillis: 0, memoryMiB: 0 });
      expect(fine.parameter('api', 'ACTIX_WORKER')).toBe(0);
      new KubernetesServices(stack, 'host', { profile: 'c6i.8xlarge', platform: 'host' });
      new VirtualMachine(stack, 'eks', { profile: 'c6i.8xlarge', platform: 'eks' });
      for (const construct of stack.node.findAll()) {
        if (TerraformElement.isTerraformElement(construct)) made.push(construct.node.path);
      }
    });
    expect(made).toEqual(['demo/provider']);
    expect(message).toMatch(/\[demo\/sizes\] profile: expected [^\n]*c6i\.9xlarge[^\n]*\(PROFILE_UNKNOWN\)/);
    expect(message).toMatch(/\[demo\/small\] api: expected costs of at most 0 MiB available [^[]*\(BUDGET_EXCEEDED\)/);
    expect(message).toContain('[demo/fine] apl: expected a service of the plan, got "apl"; did you mean api?');
    expect(message).toContain('[demo/fine] cache: expected a service of the plan (api, postgres, redis), got "cache"');
    expect(message).toContain(
      '[demo/fine] api.ACTIX_WORKER: expected a parameter of api, got "ACTIX_WORKER"; did you mean ACTIX_WORKERS?',
    );
    expect(message).toContain(
      '[demo/host] platform: expected a platform of the kind node, got host; leave it out for kubernetes (PLATFORM_UNSUPPORTED)',
    );
    expect(message).toContain(
      '[demo/eks] platform: expected a platform of the kind host, got eks; leave it out for host (PLATFORM_UNSUPPORTED)',
    );
  });

  it('is a token where the plan needs a literal', () => {
    const message = refusals((stack) => {
      const [text, list] = ['string', 'list(string)'].map((type) => new TerraformVariable(stack, type[0]!, { type }));
      new SizingPlan(stack, 'sizes', {
        profile: `${text!.stringValue}.8xlarge`,
        set: list!.listValue,
        external: ['redis', text!.stringValue],
        cpu: text!.numberValue as never,
        memory: list!.value,
      });
    });
    for (const name of ['profile', 'set', 'external', 'cpu', 'memory'])
      expect(message).toContain(
        `[demo/sizes] ${name}: expected a literal, got a value that is known only when Terraform applies; the terraform-module target decides`,
      );
  });

  it('is a token that the app itself branches on', () => {
    const message = refusals((stack) => {
      const token = new TerraformVariable(stack, 'token', { type: 'any' });
      const machine = (id: string, instance: unknown) =>
        new VirtualMachine(stack, id, { profile: 'c6i.8xlarge', instance: instance as never });
      machine('replaced', { ami: token.stringValue, replaceOnChange: token.booleanValue });
      machine('whole', token.value);
      new VirtualMachine(stack, 'vm', {
        profile: 'c6i.8xlarge',
        packages: token.listValue,
        beforeStart: ['true', ...token.listValue],
      });
    });
    const paths = ['replaced] instance.replaceOnChange', 'whole] instance', 'vm] packages', 'vm] beforeStart'];
    for (const path of paths)
      expect(message).toContain(`[demo/${path}: expected a literal, got a value that is known only when Terraform`);
  });

  it('is a misspelt name, be its value a token', () => {
    const message = refusals((stack) => {
      const { stringValue } = new TerraformVariable(stack, 'token', { type: 'string' });
      new FargateServices(stack, 'services', {
        profile: '8cpu-32gi',
        external: ['postgres'],
        executionRoleARN: stringValue,
      } as never);
    });
    expect(message).toContain(
      '[demo/services] executionRoleARN: expected a prop, got "executionRoleARN"; did you mean executionRoleArn?',
    );
  });

  it('is an instance without an image', () => {
    const message = refusals((stack) => {
      const machine = (id: string, instance: unknown) =>
        new VirtualMachine(stack, id, { profile: 'c6i.8xlarge', instance: instance as never });
      machine('none', {});
      machine('empty', { ami: '' });
      machine('blank', { ami: 'ami-1', subnetId: '', securityGroupIds: [' '], instanceProfile: '' });
      machine('nowhere', { ami: 'ami-1', securityGroupIds: [] });
    });
    for (const problem of [
      'blank] instance.subnetId: expected a subnet, got ""',
      'blank] instance.securityGroupIds[0]: expected a security group, got " "',
      'blank] instance.instanceProfile: expected the name of an instance profile, got ""',
      'nowhere] instance.securityGroupIds: expected a list of at least one, each a security group, got []',
    ])
      expect(message).toContain(`[demo/${problem} (USAGE)`);
    expect(message).toContain('[demo/none] instance.ami: expected an image, got none');
    expect(message).toContain('[demo/empty] instance.ami: expected an image, got ""');
  });

  it('is a name that no prop has, and none at all', () => {
    const message = refusals((stack) => {
      const untyped = (props?: object) => props as never;
      new SizingPlan(stack, 'none', untyped());
      new FargateServices(stack, 'fargate-none', untyped());
      new VirtualMachine(stack, 'vm-none', untyped());
      new SizingPlan(stack, 'near', untyped({ profil: 'c6i.8xlarge' }));
      new KubernetesServices(stack, 'far', untyped({ profile: 'c6i.8xlarge', namespace: 'shop', toString: 'x' }));
      new FargateServices(
        stack,
        'account',
        untyped({ profile: '8cpu-32gi', stack: UNFENCED_STACK, subnets: ['subnet-1'], regoin: 'eu' }),
      );
      new VirtualMachine(stack, 'vm', untyped({ profile: 'c6i.8xlarge', packages: 'pgsql', instance: { ami: 1 } }));
      new VirtualMachine(stack, 'instance', untyped({ profile: 'c6i.8xlarge', instance: { subnet: 'subnet-1' } }));
    });
    for (const id of ['none', 'fargate-none', 'vm-none'])
      expect(message).toContain(`[demo/${id}] profile: expected hardware, got none`);
    expect(message).toMatch(/\[demo\/near\] profil: expected a prop, got "profil"; did you mean profile\?/);
    expect(message).toMatch(
      /\[demo\/far\] namespace: expected a prop \(profile, machine, .*, cwd\), got "namespace" \(USAGE/,
    );
    expect(message).toMatch(/\[demo\/far\] toString: expected a prop \(profile, .*\), got "toString" \(USAGE/);
    expect(message).toMatch(/\[demo\/account\] regoin: expected a prop, got "regoin"; did you mean region\?/);
    expect(message).toContain('[demo/vm] packages: expected a list of texts, got "pgsql"');
    expect(message).toContain('[demo/instance] instance.subnet: expected a prop, got "subnet"; did you mean subnetId?');
  });

  it('is a provider that nobody added', () => {
    expect(refusals((stack) => new KubernetesServices(stack, 'services', { profile: 'c6i.8xlarge' }))).toContain(
      'kubernetes',
    );
  });

  it('is a text that cdktf would replace', () => {
    const message = refusals((stack) => {
      new KubernetesProvider(stack, 'provider');
      new KubernetesServices(stack, 'services', {
        profile: 'c6i.8xlarge',
        stack: 'test/fixtures/terraform/tokens.yaml',
      });
    });
    expect(message).toContain(
      '[demo/services] cdk.tf.json: expected no TfToken[, which cdktf replaces, got it in a text',
    );
  });
});

describe('KubernetesServices', () => {
  it('can be several in one stack, in namespaces of their own', () => {
    const { resource } = synthesized((stack) => {
      new KubernetesProvider(stack, 'provider', { configContext: 'prod' });
      new KubernetesServices(stack, 'one', { profile: 'c6i.8xlarge' });
      new KubernetesServices(stack, 'two', { profile: '4cpu-8gi', stack: 'test/fixtures/stranger/my-stack.yaml' });
      const three = new KubernetesServices(stack, 'three', { profile: '4cpu-8gi' });
      (three.node.findChild('namespace') as TerraformResource).addOverride('metadata.name', 'staging');
    });
    const namespaces = Object.values<{ metadata: { name: string } }>(resource.kubernetes_namespace_v1);
    expect(namespaces.map(({ metadata }) => metadata.name).sort()).toEqual(['my-shop', 'spatialvortex', 'staging']);
  });

  it('say their namespace to what has to wait for it', () => {
    const { output } = withoutGenerated(
      synthesized((stack) => {
        new KubernetesProvider(stack, 'provider');
        const { namespace } = new KubernetesServices(stack, 'services', { profile: '4cpu-8gi' });
        new TerraformOutput(stack, 'place', { value: namespace, staticId: true });
      }),
    );
    expect(output).toEqual({ place: { value: '${kubernetes_namespace_v1.namespace.metadata[0].name}' } });
    const { namespace } = new KubernetesServices(new TerraformStack(testApp(), 'x'), 'none', {
      profile: 'c6i.9xlarge',
    });
    expect(namespace).toBe('');
  });

  it('can be several in one namespace only on clusters of their own', () => {
    const build = (stack: TerraformStack) => {
      new KubernetesProvider(stack, 'provider');
      new KubernetesServices(stack, 'one', { profile: 'c6i.8xlarge' });
      return new KubernetesServices(stack, 'two', { profile: '4cpu-8gi' });
    };
    const message = refusals(build);
    expect(message).toContain(
      '[demo/two/namespace] expected one kubernetes_namespace_v1 spatialvortex of provider kubernetes, got another in demo/one/namespace; give one another namespace or provider (USAGE)',
    );
    expect(message).not.toContain('[demo/one');

    const { resource, provider } = synthesized((stack) => {
      const west = new KubernetesProvider(stack, 'west', { alias: 'west', configContext: 'west' });
      Aspects.of(build(stack)).add({
        visit: (node) => {
          if (TerraformResource.isTerraformResource(node)) node.provider = west;
        },
      });
    });
    expect(provider.kubernetes).toEqual([{ alias: 'west', config_context: 'west' }, {}]);
    const namespaces = Object.values<{ provider?: string }>(resource.kubernetes_namespace_v1);
    expect(namespaces.map(({ provider }) => provider)).toEqual([undefined, 'kubernetes.west']);
  });

  it('say what the plan found as annotations', () => {
    const outdir = mkdtempSync(join(tmpdir(), 'sizewright-'));
    const app = new App({ outdir });
    const stack = new TerraformStack(app, 'demo');
    new KubernetesProvider(stack, 'provider');
    new KubernetesServices(stack, 'services', { profile: 't3.2xlarge', platform: 'eks', maxPods: '2' });
    app.synth();
    const { stacks } = JSON.parse(readFileSync(join(outdir, 'manifest.json'), 'utf8'));
    const written = readFileSync(join(outdir, stacks.demo.synthesizedStackPath), 'utf8');
    rmSync(outdir, { recursive: true });
    expect(stacks.demo.annotations).toContainEqual(
      expect.objectContaining({
        constructPath: 'demo/services',
        level: '@cdktf/info',
        message: expect.stringMatching(/^t3\.2xlarge: t3\.2xlarge is burstable: .* \(BURSTABLE_MACHINE\)$/),
      }),
    );
    expect(stacks.demo.annotations).toContainEqual(
      expect.objectContaining({ level: '@cdktf/warn', message: expect.stringMatching(/\(PODS_EXCEED_NODE\)$/) }),
    );
    expect(written).not.toContain('BURSTABLE_MACHINE');
  });
});

describe('a provider', () => {
  it('has the alias that it is given last, or none', () => {
    const { provider } = synthesized((stack) => {
      new AwsProvider(stack, 'one', { region: 'eu-west-1', alias: 'one' }).alias = 'other';
      const two = new AwsProvider(stack, 'two', { alias: 'two' });
      two.alias = undefined;
      expect(two.alias).toBeUndefined();
    });
    expect(provider.aws).toEqual([{ region: 'eu-west-1', alias: 'other' }, {}]);
  });

  it('is refused with a name that no prop has, or a value of another type', () => {
    const message = refusals((stack) => {
      new KubernetesProvider(stack, 'west', { config_context: 'west' } as never);
      new AwsProvider(stack, 'aws', { region: 1 } as never);
      new AwsProvider(stack, 'token', { region: new TerraformVariable(stack, 'region', {}).stringValue, alias: 'b' });
    });
    expect(message).toContain(
      '[demo/west] config_context: expected a prop, got "config_context"; did you mean configContext? (USAGE)',
    );
    expect(message).toContain('[demo/aws] region: expected a text, got 1; put it into quotes (USAGE)');
    expect(message).not.toContain('[demo/token]');
  });
});

describe('FargateServices', () => {
  const account = {
    region: 'eu-west-1',
    executionRoleArn: '${aws_iam_role.execution.arn}',
    subnets: ['subnet-1', 'subnet-2'],
    securityGroups: ['sg-1'],
    services: {
      api: { secretArn: '${aws_secretsmanager_secret.api.arn}', securityGroups: ['sg-2'] },
      postgres: {
        secretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:pg',
        fileSystemId: 'fs-1',
        accessPointId: 'fsap-1',
      },
      redis: {
        secretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:redis',
        fileSystemId: 'fs-2',
        accessPointId: 'fsap-2',
      },
    },
  };
  const props = { profile: '8cpu-32gi', stack: UNFENCED_STACK, ...account };
  const configuration = withoutGenerated(
    synthesized((stack) => {
      new AwsProvider(stack, 'aws', { region: 'eu-west-1' });
      new FargateServices(stack, 'services', props);
    }),
    // biome-ignore lint/suspicious/noExplicitAny: looked at member by member
  ) as any;
  const { resource } = configuration;
  const files = Object.fromEntries(
    ecs.render(renderInput('8cpu-32gi', { platform: 'fargate' })).map(({ path, contents }) => [path, contents]),
  );

  it('says what the ecs target says', () => {
    const task = resource.aws_ecs_task_definition.api_task;
    const expected = JSON.parse(files['api/task-definition.json']!);
    expect(task).toMatchObject({
      family: expected.family,
      cpu: expected.cpu,
      memory: expected.memory,
      network_mode: 'awsvpc',
      requires_compatibilities: ['FARGATE'],
      runtime_platform: { operating_system_family: 'LINUX', cpu_architecture: 'X86_64' },
      execution_role_arn: '${aws_iam_role.execution.arn}',
    });
    const filled = JSON.stringify(expected.containerDefinitions)
      .replaceAll('${SECRET_ARN}', account.services.api.secretArn)
      .replaceAll('${AWS_REGION}', 'eu-west-1');
    expect(JSON.parse(task.container_definitions)).toEqual(JSON.parse(filled));
    expect(resource.aws_ecs_task_definition.postgres_task.volume).toEqual([
      {
        name: 'data',
        efs_volume_configuration: {
          file_system_id: 'fs-1',
          transit_encryption: 'ENABLED',
          authorization_config: { access_point_id: 'fsap-1', iam: 'DISABLED' },
        },
      },
    ]);
  });

  it('replaces tasks within the constraint, and leaves their number to what scales them', () => {
    const service = resource.aws_ecs_service.api_service;
    expect(service).toMatchObject({
      name: 'api',
      cluster: 'spatialvortex',
      task_definition: '${aws_ecs_task_definition.api_task.arn}',
      launch_type: 'FARGATE',
      desired_count: 3,
      deployment_maximum_percent: 100,
      deployment_minimum_healthy_percent: 66, // floor(2 / 3 x 100)
      network_configuration: { subnets: ['subnet-1', 'subnet-2'], security_groups: ['sg-2'], assign_public_ip: false },
      lifecycle: { ignore_changes: ['desired_count'] },
    });
    expect(resource.aws_appautoscaling_target.api_scaling).toMatchObject({
      resource_id: 'service/spatialvortex/api',
      min_capacity: 3,
      max_capacity: 10,
    });
    const [policy] = Object.values<Record<string, unknown>>(resource.aws_appautoscaling_policy);
    expect(policy!.target_tracking_scaling_policy_configuration).toEqual({
      target_value: 60,
      scale_in_cooldown: 300,
      scale_out_cooldown: 180, // as long as a start: 60 s + 5 s x 24 sessions
      predefined_metric_specification: { predefined_metric_type: 'ECSServiceAverageCPUUtilization' },
    });
    expect(resource.aws_cloudwatch_log_group.logs).toMatchObject({ name: '/ecs/spatialvortex', retention_in_days: 30 });
  });

  it('waits for a rollout as long as it may take', () => {
    // One after the other: 10 x (60 s to stop + 300 s to pull + 180 s to start); 120 + 300 + 1,800 s.
    expect(resource.aws_ecs_service.api_service).toMatchObject({
      wait_for_steady_state: true,
      timeouts: { create: '5400s', update: '5400s' },
    });
    expect(resource.aws_ecs_service.postgres_service.timeouts).toEqual({ create: '2220s', update: '2220s' });
  });

  it('takes tokens', () => {
    const written = synthesized((stack) => {
      new AwsProvider(stack, 'aws');
      const variable = (name: string, type: string) => new TerraformVariable(stack, name, { type });
      new FargateServices(stack, 'services', {
        ...props,
        executionRoleArn: variable('role', 'string').stringValue,
        subnets: variable('subnets', 'list(string)').listValue,
        services: {
          ...account.services,
          api: { secretArn: Fn.element(variable('secrets', 'list(string)').listValue, 0) },
        },
      });
    });
    const task = Object.values<Record<string, string>>(written.resource.aws_ecs_task_definition).find(
      ({ family }) => family === 'spatialvortex-api',
    )!;
    expect(task.execution_role_arn).toBe('${var.role}');
    expect(task.container_definitions).toContain('"valueFrom":"${element(var.secrets, 0)}:DATABASE_URL::"');
    const [service] = Object.values<{ network_configuration: object }>(written.resource.aws_ecs_service);
    expect(service!.network_configuration).toMatchObject({ subnets: '${var.subnets}' });
  });

  it('takes no token for what its services are', () => {
    const message = refusals((stack) => {
      new AwsProvider(stack, 'aws');
      const { value, stringValue } = new TerraformVariable(stack, 'token', { type: 'any' });
      const fargate = (id: string, services: unknown) =>
        new FargateServices(stack, id, { ...props, services: services as never });
      fargate('text', stringValue);
      fargate('object', value);
      fargate('one', { ...account.services, api: value });
      fargate('null', { ...account.services, api: null });
      fargate('none', { ...account.services, api: undefined });
    });
    expect(message).toContain('[demo/text] services: expected a literal object, by service, got "${TfToken[');
    expect(message).toContain('[demo/object] services: expected a literal object, by service, got an object (USAGE)');
    expect(message).toContain('[demo/one] services.api: expected a literal object, got ');
    expect(message).toContain('[demo/null] services.api: expected a literal object, got null (USAGE)');
    expect(message).toContain('[demo/none] services.api.secretArn: expected the ARN of its secret, got none');
  });

  it('asks for what the services need, and knows their names', () => {
    const message = refusals((stack) => {
      new AwsProvider(stack, 'aws');
      const { api, postgres } = account.services;
      new FargateServices(stack, 'services', {
        ...props,
        services: {
          api,
          postgres: { ...postgres, fileSystemId: undefined, accessPointId: undefined },
          cache: {},
        } as never,
      });
    });
    expect(message).toContain(
      '[demo/services] services.cache: expected a service of the plan (api, postgres, redis), got "cache"',
    );
    expect(message).toContain('[demo/services] services.redis.secretArn: expected the ARN of its secret, got none');
    expect(message).toContain(
      '[demo/services] services.postgres.fileSystemId: expected an EFS file system for its data',
    );
    expect(message).toContain(
      '[demo/services] services.postgres.accessPointId: expected an access point of the file system',
    );
  });
});

describe('several FargateServices', () => {
  it('need names of their own in the account', () => {
    const props = {
      profile: '8cpu-32gi',
      stack: UNFENCED_STACK,
      external: ['postgres', 'redis'],
      region: 'eu-west-1',
      executionRoleArn: 'arn:aws:iam::123456789012:role/x',
      subnets: ['subnet-1'],
      securityGroups: ['sg-1'],
      services: { api: { secretArn: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:api' } },
    };
    const twice = refusals((stack) => {
      new AwsProvider(stack, 'aws');
      new FargateServices(stack, 'one', props);
      const other = new FargateServices(stack, 'two', props);
      (other.node.findChild('logs') as TerraformResource).addOverride('region', 'us-east-1');
    });
    expect(twice).toContain('[demo/two/api_service]');
    expect(twice).not.toContain('[demo/two/logs]');
    const message = refusals((stack) => {
      new AwsProvider(stack, 'aws');
      new FargateServices(stack, 'one', props);
      new FargateServices(stack, 'two', { ...props, cluster: 'spatialvortex' });
      new FargateServices(stack, 'three', { ...props, cluster: 'other' });
      new FargateServices(stack, 'four', { ...props, subnets: undefined, securityGroups: 'sg-1' } as never);
      new FargateServices(stack, 'five', { ...props, platform: 'eks' } as never);
      new FargateServices(stack, 'six', { ...props, services: { api: { secretARN: 'x' } } } as never);
    });
    expect(message).toContain(
      '[demo/two/api_service] expected one aws_ecs_service spatialvortex/api of provider aws, got another in demo/one/api_service; give one another cluster, region or provider (USAGE)',
    );
    expect(message).toContain('[demo/two/logs] expected one aws_cloudwatch_log_group /ecs/spatialvortex of provider');
    expect(message).toContain('[demo/three/logs] expected one aws_cloudwatch_log_group /ecs/spatialvortex');
    expect(message).toContain('demo/one/logs; give one another namespace, region or provider (USAGE)');
    expect(message).not.toContain('[demo/three/api_service]');
    expect(message).toContain('[demo/four] subnets: expected a list of at least one, each a private subnet, got none');
    expect(message).toContain(
      '[demo/four] securityGroups: expected a list of at least one, each a security group, got "sg-1"',
    );
    expect(message).toContain(
      '[demo/five] platform: expected a platform of the kind fargate, got eks; leave it out for fargate (PLATFORM_UNSUPPORTED)',
    );
    expect(message).toContain(
      '[demo/six] services.api.secretARN: expected a prop, got "secretARN"; did you mean secretArn?',
    );
  });
});

describe('VirtualMachine', () => {
  /** What Terraform is given for the user data as they are, compressed, and within an expression. */
  function userDataOf(props: (stack: TerraformStack) => Omit<VirtualMachineProps, 'instance'>): Record<string, string> {
    const { output } = synthesized((stack) => {
      const machine = new VirtualMachine(stack, 'vm', props(stack));
      const values = {
        text: machine.userData,
        zipped: machine.userDataBase64,
        within: Fn.base64encode(machine.userData),
      };
      for (const [name, value] of Object.entries(values)) new TerraformOutput(stack, name, { value, staticId: true });
    });
    return Object.fromEntries(Object.entries<{ value: string }>(output).map(([name, { value }]) => [name, value]));
  }

  it('installs what the env target writes', () => {
    const { text: userData } = userDataOf(() => ({
      profile: 'c6i.8xlarge',
      packages: ['redis-server'],
      beforeStart: ['install -m 0600 /dev/null /etc/spatialvortex/api.secrets.env', 'echo "${HOME}"'],
    }));
    expect(userData).toContain('$${HOME}'); // for Terraform
    expect(userData!.split('\n')[0]).toBe('#cloud-config');
    const config = parse(userData!.replaceAll('$${', () => '${'));
    const artifacts = env.render({
      ...renderInput('c6i.8xlarge'),
      command: 'sizewright synth --profile c6i.8xlarge --platform host',
    });
    const contentOf = (path: string) => artifacts.find((artifact) => artifact.path === path)!.contents;
    const written = Object.fromEntries(
      config.write_files.map(({ path, content }: { path: string; content: string }) => [path, content]),
    );
    expect(Object.keys(written).sort()).toEqual([
      '/etc/spatialvortex/api.env',
      '/etc/spatialvortex/postgres/postgresql.conf',
      '/etc/spatialvortex/redis/redis.conf',
      '/etc/sysctl.d/50-spatialvortex.conf',
      '/etc/systemd/system/postgresql@15-main.service.d/50-sizewright.conf',
      '/etc/systemd/system/redis-server.service.d/50-sizewright.conf',
      '/etc/systemd/system/spatialvortex-api.service',
    ]);
    const values = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(values(written['/etc/spatialvortex/api.env'])).toEqual(values(contentOf('.env')));
    expect(values(written['/etc/systemd/system/spatialvortex-api.service'])).toEqual(
      values(contentOf('systemd/spatialvortex-api.service')),
    );
    expect(config.packages).toEqual(['redis-server']);
    expect(config.users).toEqual([
      'default',
      { name: 'spatialvortex', system: true, no_create_home: true, shell: '/usr/sbin/nologin' },
    ]);
    expect(config.runcmd).toEqual([
      ['sysctl', '--system'],
      'install -m 0600 /dev/null /etc/spatialvortex/api.secrets.env',
      'echo "${HOME}"',
      ['systemctl', 'daemon-reload'],
      ['systemctl', 'try-restart', 'postgresql@15-main.service', 'redis-server.service'],
      ['systemctl', 'enable', '--now', '--no-block', 'spatialvortex-api.service'],
    ]);
  });

  it('has every text of its user data stay what it is to Terraform, in an expression too', () => {
    const { text, zipped, within } = userDataOf(() => ({
      profile: 'c6i.8xlarge',
      beforeStart: ['echo ${HOME} 100%{x}', 'echo back\\slash'],
    }));
    expect(text).toContain('\n  - "echo $${HOME} 100%%{x}"\n  - "echo back\\\\slash"\n');
    const inner = '\\n  - \\"echo $${HOME} 100%%{x}\\"\\n  - \\"echo back\\\\\\\\slash\\"\\n';
    for (const [name, expression] of Object.entries({ base64gzip: zipped, base64encode: within })) {
      expect(expression!.startsWith(`\${${name}("#cloud-config\\n#`)).toBe(true);
      expect(expression!.endsWith('\\n")}')).toBe(true);
      expect(expression).toContain(inner);
    }
  });

  it.each([
    { desc: 'one alone', command: (token: string) => token, written: '${jsonencode("${var.x}")}' },
    { desc: 'in quotes', command: (token: string) => `a "${token}"`, written: '${jsonencode("a \\"${var.x}\\"")}' },
    {
      desc: 'on a line of its own',
      command: (token: string) => `a\n${token}`,
      written: '${jsonencode("a\\n${var.x}")}',
    },
    {
      desc: 'in one of a shell',
      command: (token: string) => `\${a:-${token}}`,
      written: '${jsonencode("$${a:-${var.x}}")}',
    },
    {
      desc: 'behind an open one',
      command: (token: string) => `\${ ${token}`,
      written: '${jsonencode("$${ ${var.x}")}',
    },
    {
      desc: 'behind a sign of it',
      command: (token: string) => `a$$${token}`,
      written: '${jsonencode("a${"$$"}${var.x}")}',
    },
  ])('has tokens encoded by Terraform, which alone knows what is in them: $desc', ({ command, written }) => {
    const { text, zipped, within } = userDataOf((stack) => {
      const item = command(new TerraformVariable(stack, 'x', { type: 'string' }).stringValue);
      return { profile: 'c6i.8xlarge', packages: [item], beforeStart: [item] };
    });
    expect(text).toContain(`\npackages:\n  - ${written}\n`);
    for (const user of [text, zipped, within]) expect(user!.split(`  - ${written}`)).toHaveLength(3);
  });

  it('is refused with the one text that Terraform would change', () => {
    const message = refusals((stack) => {
      const machine = (id: string, extra: object) =>
        new VirtualMachine(stack, id, { profile: 'c6i.8xlarge', ...extra });
      machine('apart', { beforeStart: ['true', 'echo e\u0301'] });
      machine('half', { packages: ['\ud800'] });
    });
    const rule = "expected text in Unicode's normal form C, which is what Terraform makes of every text";
    expect(message).toContain(`[demo/apart] beforeStart[1]: ${rule}, got "echo e\u0301"; change the value`);
    expect(message).toContain(`[demo/half] packages[0]: ${rule}, got "\\ud800"; change the value`);
  });

  it('warns of services that have no unit in the stack', () => {
    const stack = new TerraformStack(testApp(), 'demo');
    const warningsOf = (id: string, file?: string) => {
      const { node } = new VirtualMachine(stack, id, { profile: 'c6i.8xlarge', ...(file && { stack: file }) });
      return node.metadata.flatMap(({ type, data }) => (type === '@cdktf/warn' ? [data] : []));
    };
    // 57,589 MiB of c6i.8xlarge, and 4,096 MiB of them are what the other service takes at most.
    expect(warningsOf('some', 'test/fixtures/stranger/my-stack.yaml')).toEqual([
      'web-front: no systemd in the stack, so nothing on this machine starts it or holds it to its 53,493 MiB; state systemd, or start it by a unit of your own',
    ]);
    expect(warningsOf('none')).toEqual([]);
  });

  it('is an EC2 instance of the planned type', () => {
    const { resource } = withoutGenerated(
      synthesized((stack) => {
        new AwsProvider(stack, 'aws');
        new VirtualMachine(stack, 'vm', {
          profile: 'c6i.8xlarge',
          instance: { ami: '${data.aws_ami.debian.id}', subnetId: 'subnet-1' },
          beforeStart: [`fetch ${new TerraformVariable(stack, 'secret', { type: 'string' }).stringValue}`],
        });
      }),
      // biome-ignore lint/suspicious/noExplicitAny: looked at member by member
    ) as any;
    expect(resource.aws_instance.instance).toMatchObject({
      ami: '${data.aws_ami.debian.id}',
      instance_type: 'c6i.8xlarge',
      subnet_id: 'subnet-1',
    });
    const { lifecycle: _, ...attributes } = resource.aws_instance.instance;
    expect(schemaProblems({ type: 'aws_instance', name: 'instance', attributes })).toEqual([]);
    expect(attributes.user_data).toMatch(/^#cloud-config\n[\s\S]* - \$\{jsonencode\("fetch \$\{var\.secret\}"\)\}\n/);
  });

  it.each([
    { desc: 'services without data', external: ['postgres', 'redis'], given: undefined, replaces: true },
    { desc: 'a database', external: ['redis'], given: undefined, replaces: false },
    { desc: 'a database whose loss is accepted', external: [], given: true, replaces: true },
    { desc: 'services that are to stay', external: ['postgres', 'redis'], given: false, replaces: false },
  ])('is replaced for other user data only where that loses nothing, or is asked for: $desc', (props) => {
    const { resource } = synthesized((stack) => {
      new AwsProvider(stack, 'aws');
      const instance = { ami: 'ami-1', ...(props.given !== undefined && { replaceOnChange: props.given }) };
      new VirtualMachine(stack, 'vm', { profile: 'c6i.8xlarge', external: props.external, instance });
    });
    const [{ user_data_replace_on_change: replaced, lifecycle }] = Object.values<Record<string, unknown>>(
      resource.aws_instance,
    ) as [Record<string, unknown>];
    expect([replaced, lifecycle]).toEqual(
      props.replaces ? [true, undefined] : [undefined, { ignore_changes: ['user_data'] }],
    );
  });

  it.each([
    [['x'.repeat(10_000)], 'shorten beforeStart, name services as external, or leave instance out: one of your own'],
    [
      undefined,
      'name services as external, or leave instance out: one of your own takes userDataBase64 as user_data_base64',
    ],
  ])('is refused for more user data than EC2 takes', (beforeStart, advice) => {
    const message = refusals((stack) => {
      const packages = Array.from({ length: 400 }, (_, index) => `package-number-${index}`);
      const extra = beforeStart ? { beforeStart } : { packages };
      new VirtualMachine(stack, 'vm', { profile: 'c6i.8xlarge', instance: { ami: 'ami-1' }, ...extra });
    });
    expect(message).toMatch(/instance: expected user data of at most 16384 bytes, got \d{5}; /);
    expect(message).toContain(`; ${advice}`);
  });

  it.each([
    {
      desc: 'a machine of another cloud',
      profile: 'n2-standard-16',
      says: 'instance: expected a machine of AWS, got n2-standard-16',
    },
    {
      desc: 'limits without a machine',
      profile: '4cpu-8gi',
      says: 'instance: expected a machine of AWS, got 4cpu-8gi',
    },
    {
      desc: 'several machines',
      profile: ['api=c6i.8xlarge', 'postgres,redis=r6i.2xlarge'],
      says: 'profile: expected one machine, got 2',
    },
  ])('is refused for $desc', ({ profile, says }) => {
    const message = refusals((stack) => new VirtualMachine(stack, 'vm', { profile, instance: { ami: 'ami-1' } }));
    expect(message).toContain(`[demo/vm] ${says}`);
  });
});

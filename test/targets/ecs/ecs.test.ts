import { describe, expect, it } from 'vitest';
import { fargate } from '../../../src/platforms/fargate.ts';
import { ecs } from '../../../src/targets/ecs/index.ts';
import { deploymentPercentages } from '../../../src/targets/ecs/service.ts';
import { checkObserved } from '../../../src/targets/read-back.ts';
import type { Artifact, RenderInput } from '../../../src/targets/target.ts';
import { policyOf, problemsOf, replaceOnce, stackOf } from '../../samples.ts';
import { renderInput } from '../../support.ts';
import { ALL, HOSTILE, hostInput, policiesWith, stackWith, textsOf } from '../docker/support.ts';

const input = renderInput('8cpu-32gi', { platform: 'fargate' });
const artifacts = ecs.render(input);
const texts = textsOf(ecs, input);
// biome-ignore lint/suspicious/noExplicitAny: looked at member by member
const read = (path: string, of = texts): any => JSON.parse(of[path]!);
const taskOf = (name: string, of = texts) => read(`${name}/task-definition.json`, of);
const containerOf = (name: string, of = texts) => taskOf(name, of).containerDefinitions[0];

/** The SpatialVortex stack, changed, on Fargate. */
function onFargate(stack = input.stack, policies = input.policies): RenderInput {
  return hostInput(stack, policies, { '8cpu-32gi': ALL }, { platform: fargate });
}

it('is a folder a service, scaled where the plan scales', () => {
  expect(Object.keys(texts)).toEqual([
    'README.md',
    'api/task-definition.json',
    'api/service.json',
    'api/scalable-target.json',
    'api/scaling-policy-cpu.json',
    'postgres/task-definition.json',
    'postgres/service.json',
    'redis/task-definition.json',
    'redis/service.json',
  ]);
  expect(ecs.stream(artifacts)).toBe(ALL.map((name) => texts[`${name}/task-definition.json`]).join(''));
});

describe('task definition', () => {
  it.each([
    // 8 vCPU, 32 GiB; 2/5: 3.2 vCPU and 13,107 MiB; 1/5: 1.6 vCPU and 6,553 MiB
    ['api', '8192', '32768'],
    ['postgres', '2048', '12288'],
    ['redis', '1024', '6144'],
  ])('%s is a pair of Fargate, all of it for the container', (name, cpu, memory) => {
    expect(taskOf(name)).toMatchObject({
      family: `spatialvortex-${name}`,
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture: 'X86_64' },
      cpu,
      memory,
    });
    expect(taskOf(name).containerDefinitions).toHaveLength(1);
    expect(containerOf(name)).toMatchObject({ name, essential: true, cpu: Number(cpu), memory: Number(memory) });
  });

  it('values come by environment or by flags', () => {
    expect(containerOf('api').environment).toContainEqual({ name: 'DB_POOL_SIZE', value: '9' });
    expect(containerOf('api')).not.toHaveProperty('command');
    expect(containerOf('postgres').command.slice(0, 4)).toEqual([
      'docker-entrypoint.sh',
      'postgres',
      '-c',
      'shared_buffers=3072MB',
    ]);
  });

  it('a shell writes the files of the stack, because ECS mounts none, into a folder in memory', () => {
    const [shell, flags, script] = containerOf('postgres').entryPoint;
    expect([shell, flags]).toEqual(['/bin/sh', '-euc']);
    expect(script).toMatch(/^printf %s '# Makes the roles/);
    expect(script).toMatch(/ > \/docker-entrypoint-initdb\.d\/10-roles\.sh\nexec "\$0" "\$@"\n$/);
    const { tmpfs } = containerOf('postgres').linuxParameters;
    expect(tmpfs.map(({ containerPath }: { containerPath: string }) => containerPath)).toContain(
      '/docker-entrypoint-initdb.d',
    );
  });

  it('/dev/shm cannot be sized on Fargate, so no query is parallel', () => {
    expect(containerOf('postgres').linuxParameters).not.toHaveProperty('sharedMemorySize');
    expect(containerOf('postgres').command).toEqual(
      expect.arrayContaining(['max_parallel_workers_per_gather=0', 'max_parallel_maintenance_workers=0']),
    );
  });

  it('secrets are keys of one secret, and a shell adds those that are flags', () => {
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: placeholders
    expect(containerOf('redis').secrets).toEqual([
      { name: 'REDIS_PASSWORD', valueFrom: '${SECRET_ARN}:REDIS_PASSWORD::' },
    ]);
    expect(taskOf('redis').executionRoleArn).toBe('${EXECUTION_ROLE_ARN}');
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: placeholders
    expect(containerOf('redis').entryPoint).toEqual([
      '/bin/sh',
      '-euc',
      'exec "$0" "$@" --requirepass "$REDIS_PASSWORD"',
    ]);
    expect(containerOf('redis').command.slice(0, 4)).toEqual([
      'docker-entrypoint.sh',
      'redis-server',
      '--maxmemory',
      '4608mb',
    ]);
  });

  it('is locked down; folders that are written are in memory', () => {
    expect(containerOf('postgres')).toMatchObject({
      user: '999:999',
      readonlyRootFilesystem: true,
      ulimits: [{ name: 'nofile', softLimit: 65_535, hardLimit: 65_535 }],
      linuxParameters: {
        capabilities: { add: [], drop: ['ALL'] },
        initProcessEnabled: true,
        // a quarter of the headroom of 1,228 MiB for three folders: floor(1228 / 12)
        tmpfs: [
          { containerPath: '/tmp', size: 102, mountOptions: ['uid=999', 'gid=999', 'mode=0700'] },
          { containerPath: '/var/run/postgresql', size: 102, mountOptions: ['uid=999', 'gid=999', 'mode=0700'] },
          {
            containerPath: '/docker-entrypoint-initdb.d',
            size: 102,
            mountOptions: ['uid=999', 'gid=999', 'mode=0700'],
          },
        ],
      },
    });
    expect(containerOf('api').systemControls).toEqual([{ namespace: 'net.core.somaxconn', value: '8192' }]);
    expect(containerOf('redis').systemControls).toEqual([]);
  });

  it('data that outlive a task are on EFS', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: placeholder
    expect(taskOf('postgres').volumes[0].efsVolumeConfiguration.fileSystemId).toBe('${FILE_SYSTEM_ID}');
    expect(containerOf('postgres').mountPoints).toEqual([
      { sourceVolume: 'data', containerPath: '/var/lib/postgresql/data', readOnly: false },
    ]);
    expect(containerOf('postgres').environment).toContainEqual({
      name: 'PGDATA',
      value: '/var/lib/postgresql/data/data',
    });
    expect(taskOf('api').volumes).toEqual([]);
  });

  it('waits for a start as long as it may take', () => {
    // the liveness probe's 10, 5 and 6: ECS replaces what fails; 60 s + 5 s x 24 sessions
    expect(containerOf('api').healthCheck).toEqual({
      command: ['CMD', 'curl', '-fsS', '-o', '/dev/null', 'http://127.0.0.1:7000/api/v1/health'],
      interval: 10,
      timeout: 5,
      retries: 6,
      startPeriod: 180,
    });
    // 1,800 s: 300 s of grace, then ten failures 150 s apart
    expect(containerOf('postgres').healthCheck).toMatchObject({ interval: 150, retries: 10, startPeriod: 300 });
    expect(containerOf('postgres').stopTimeout).toBe(120);
  });

  it.each([
    { desc: 'nothing where nothing is asked', probes: {}, check: undefined },
    {
      desc: 'nothing that would replace a task for not being ready, or not yet started',
      probes: {
        startup: { http: '/started', periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 },
        readiness: { http: '/ready', periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3 },
      },
      check: undefined,
    },
    {
      desc: 'within what ECS takes',
      probes: { liveness: { exec: ['true'], periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 99 } },
      check: { command: ['CMD', 'true'], interval: 10, timeout: 2, retries: 10, startPeriod: 180 }, // 99 s
    },
  ])('a health check: $desc', ({ probes, check }) => {
    const changed = textsOf(ecs, onFargate(stackWith({ api: { probes } })));
    expect(containerOf('api', changed).healthCheck).toEqual(check);
  });
});

describe('service', () => {
  it('takes one of three tasks away before it adds one', () => {
    expect(read('api/service.json')).toMatchObject({
      cluster: 'spatialvortex',
      serviceName: 'api',
      taskDefinition: 'spatialvortex-api',
      launchType: 'FARGATE',
      desiredCount: 3,
      deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 66 },
      availabilityZoneRebalancing: 'DISABLED',
    });
    expect(read('postgres/service.json')).toMatchObject({
      desiredCount: 1,
      deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 0 },
    });
  });

  it.each([
    // max %: 100 + floor(surge x 100 / max); min %: 100 where one more fits at min, else floor((min - 1) x 100 / min)
    { replicas: [1, 1, 0], percents: [100, 0] },
    { replicas: [1, 1, 1], percents: [200, 100] }, // 2 tasks
    { replicas: [1, 10, 1], percents: [110, 0] }, // floor(1.1) = 1 task: none more
    { replicas: [2, 2, 1], percents: [150, 100] }, // 3 tasks
    { replicas: [2, 3, 1], percents: [133, 50] }, // floor(2.66) = 2 tasks: none more
    { replicas: [3, 10, 0], percents: [100, 66] },
    { replicas: [3, 10, 3], percents: [130, 66] }, // floor(3.9) = 3 tasks: none more
    { replicas: [4, 10, 3], percents: [130, 100] }, // floor(5.2) = 5 tasks
    { replicas: [10, 10, 1], percents: [110, 100] }, // 11 tasks
    { replicas: [0, 5, 0], percents: [100, 0] },
  ])('replicas, most and surge of $replicas give $percents', ({ replicas, percents }) => {
    const [min, max, surge] = replicas as [number, number, number];
    const { maximumPercent, minimumHealthyPercent } = deploymentPercentages({ min, max, surge });
    expect([maximumPercent, minimumHealthyPercent]).toEqual(percents);
    for (let desired = min; desired <= max; desired += 1) {
      const most = Math.floor((desired * maximumPercent) / 100);
      expect(most).toBeLessThanOrEqual(desired + surge);
      if (desired > 0) expect(Math.ceil((desired * minimumHealthyPercent) / 100)).toBeLessThan(most);
    }
  });

  it('scales between the smallest and the largest count, slowly down', () => {
    expect(read('api/scalable-target.json')).toEqual({
      ServiceNamespace: 'ecs',
      ResourceId: 'service/spatialvortex/api',
      ScalableDimension: 'ecs:service:DesiredCount',
      MinCapacity: 3,
      MaxCapacity: 10,
    });
    expect(read('api/scaling-policy-cpu.json').TargetTrackingScalingPolicyConfiguration).toEqual({
      TargetValue: 60,
      PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
      ScaleInCooldown: 300,
      ScaleOutCooldown: 180, // as long as a start: 60 s + 5 s x 24 sessions
    });
  });

  it.each([
    { startupSeconds: 10, cooldowns: [300, 60] },
    { startupSeconds: 301, cooldowns: [301, 301] },
  ])('scales again no sooner than a task has started: $startupSeconds s', ({ startupSeconds, cooldowns }) => {
    const { plan } = input;
    const services = { ...plan.services, api: { ...plan.services.api!, startupSeconds } };
    const changed = textsOf(ecs, { ...input, plan: { ...plan, services } });
    const policy = read('api/scaling-policy-cpu.json', changed).TargetTrackingScalingPolicyConfiguration;
    expect([policy.ScaleInCooldown, policy.ScaleOutCooldown]).toEqual(cooldowns);
  });

  it('scales on memory too where the plan does', () => {
    const stack = stackWith({ api: { autoscale: { cpuPercent: 60, memoryPercent: 90 } } });
    const changed = textsOf(ecs, onFargate(stack));
    expect(read('api/scaling-policy-memory.json', changed)).toMatchObject({
      PolicyName: 'spatialvortex-api-memory',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 90,
        PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageMemoryUtilization' },
      },
    });
    expect(changed['README.md']).toContain('scaling-policy-memory.json');
  });
});

it('the README names every placeholder, every secret and the order', () => {
  const readme = texts['README.md']!;
  expect(readme).toContain('make again: sizewright synth --profile 8cpu-32gi');
  const used = new Set(Object.values(texts).flatMap((text) => text.match(/\$\{[A-Z_]+\}/g) ?? []));
  for (const name of used) expect(readme).toContain(`| \`${name}\` |`);
  for (const secret of ['DATABASE_URL', 'POSTGRES_PASSWORD', 'REDIS_PASSWORD']) expect(readme).toContain(secret);
  for (const path of Object.keys(texts).filter((name) => name.endsWith('.json')))
    expect(readme).toContain(`"$(fill ${path})"`);
});

describe('the README says of each service', () => {
  const sections = (of: RenderInput) => {
    const readme = textsOf(ecs, of)['README.md']!;
    return Object.fromEntries(readme.split('\n## ').map((section) => [section.split('\n')[0]!, section]));
  };
  const { api, postgres, redis } = sections(input) as Record<string, string>;

  it('what it exports of its own', () => {
    const exported = (section: string) => [...section.matchAll(/^export (\w+)=/gm)].map(([, name]) => name);
    expect(exported(api!)).toEqual(['SECURITY_GROUP', 'SECRET_ARN']);
    expect(exported(redis!)).toEqual(['SECURITY_GROUP', 'SECRET_ARN']);
    expect(exported(postgres!)).toEqual(['SECURITY_GROUP', 'SECRET_ARN', 'FILE_SYSTEM_ID', 'ACCESS_POINT_ID']);
    expect(postgres).toContain("AccessPoints[?Name=='spatialvortex-postgres'].AccessPointId");
    expect(postgres).toContain('no two services may share one');
    expect(redis).toContain('--filters "Name=vpc-id,Values=$VPC_ID" Name=group-name,Values=spatialvortex-redis ');
  });

  it('in lines of about 120 characters, commands and tables apart', () => {
    const does = `the key - a ${'long '.repeat(60)}- 1. one`;
    const { redis: policy } = input.policies;
    const policies = policiesWith({ redis: { secrets: policy!.secrets.map((secret) => ({ ...secret, does })) } });
    for (const each of [input, onFargate(input.stack, policies)]) {
      const readme = textsOf(ecs, each)['README.md']!;
      const prose = readme.split('```').flatMap((part, index) => (index % 2 === 0 ? part.split('\n') : [])); // every second
      expect(prose.filter((line) => line.length > 120 && !line.startsWith('|'))).toEqual([]);
      expect(prose.filter((line) => /^ +([-+*#>]|\d+\.) /.test(line))).toEqual([]);
    }
  });

  it('that nothing asks in a container without a shell', () => {
    const probes = { liveness: { http: '/live', periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 } };
    const mute = onFargate(stackWith({ api: { shell: false, probes } }));
    const { api: section } = sections(mute) as Record<string, string>;
    expect(section).toContain('\nNo health check runs in the container, because its image has no shell');
    expect(containerOf('api', textsOf(ecs, mute))).not.toHaveProperty('healthCheck');
  });

  it('who connects to which of its ports', () => {
    expect(api).toContain('`spatialvortex-api`, that lets in TCP 7000 (http) from whoever calls the stack');
    const words = (text: string) => text.replace(/\s+/g, ' ');
    expect(words(postgres!)).toContain(
      'lets in TCP 5432 (postgres) from `spatialvortex-api` and nothing else, and lets out',
    );
    expect(words(api!)).toContain(
      'lets out TCP 5432 to `spatialvortex-postgres`, TCP 6379 to `spatialvortex-redis`, TCP 443 to the internet, DNS, and TCP 443 to ECR,',
    );
  });

  it('what its health check needs of the image', () => {
    expect(api).toContain('Its health check runs `curl` in the container.');
    for (const section of [postgres, redis]) expect(section).not.toContain('health check');
    const liveness = { http: '/ping', periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3 };
    const other = sections(onFargate(stackWith({ redis: { probes: { liveness } } })));
    expect(other.redis).toContain('runs `curl` or `wget` by `/bin/sh` in the container: the image needs one of them.');
  });

  it('how its target group asks, as patiently as the liveness probe, and drains', () => {
    // readiness 5 s, 3 s; liveness 10 s x 6 = 60 s: ten failures, the most that a target group takes, 6 s apart
    const { 'Reached by others': reached } = sections(input);
    expect(reached).toContain(
      '--health-check-path /api/v1/health --health-check-interval-seconds 6 --health-check-timeout-seconds 3 --healthy-threshold-count 2 --unhealthy-threshold-count 10',
    );
    expect(reached).toContain('Key=deregistration_delay.timeout_seconds,Value=60');
    const asked = { exec: ['true'], periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 };
    const commands = sections(onFargate(stackWith({ api: { probes: { readiness: asked, liveness: asked } } })));
    expect(commands['Reached by others']).not.toContain('--health-check-path');
    const slow = { http: '/live', periodSeconds: 120, timeoutSeconds: 200, failureThreshold: 2 };
    const only = sections(onFargate(stackWith({ api: { probes: { liveness: slow } } })));
    expect(only['Reached by others']).toContain(
      '--health-check-path /live --health-check-interval-seconds 120 --health-check-timeout-seconds 119 --healthy-threshold-count 2 --unhealthy-threshold-count 2',
    );
  });

  it('how it is deployed again', () => {
    expect(api).toContain(
      'aws ecs update-service --cluster spatialvortex --service api --task-definition spatialvortex-api',
    );
  });
});

describe('what ECS cannot do', () => {
  it.each([
    {
      stack: stackWith({ api: { terminationGraceSeconds: 121 } }),
      reason: 'expected at most 120 s to stop, got 121 s for api; Fargate kills a container then',
    },
    { stack: stackWith({ api: { terminationGraceSeconds: 120 } }), reason: undefined },
  ])('$reason', ({ stack, reason }) => {
    expect(ecs.unsupported!(onFargate(stack))).toBe(reason);
  });

  it.each([
    [3300, undefined],
    [3301, 'expected at most 3300 s to start, which is as long as an ECS health check waits, got 3301 s for api'],
  ])('a start of %d s', (startupSeconds, reason) => {
    const { plan } = input;
    const services = { ...plan.services, api: { ...plan.services.api!, startupSeconds } };
    expect(ecs.unsupported!({ ...input, plan: { ...plan, services } })).toBe(reason);
  });
});

describe('values of strangers', () => {
  it('arrive as they are', () => {
    const env = Object.fromEntries([...HOSTILE, 'two\nlines\n'].map((value, index) => [`HOSTILE_${index}`, value]));
    const settings = HOSTILE.map((value, index) => ({ key: `hostile-${index}`, value, why: `why\n${value}` }));
    const probe = { exec: [...HOSTILE], periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 };
    const stack = stackWith({ api: { env, labels: { hostile: '$x ${Y' }, probes: { liveness: probe } } });
    const hostile = onFargate(stack, policiesWith({ redis: { settings } }));
    const changed = textsOf(ecs, hostile);
    const { environment, dockerLabels, healthCheck } = containerOf('api', changed);
    expect(environment).toEqual(expect.arrayContaining(Object.entries(env).map(([name, value]) => ({ name, value }))));
    expect(dockerLabels.hostile).toBe('$x ${Y');
    expect(healthCheck.command).toEqual(['CMD', ...HOSTILE]);
    expect(containerOf('redis', changed).command.slice(-2 * HOSTILE.length)).toEqual(
      settings.flatMap(({ key, value }) => [`--${key}`, value]),
    );
    expect(checkObserved(hostile.plan, ecs.read(ecs.render(hostile), hostile), 'ecs')).toEqual([]);
  });

  it.each([
    {
      change: { env: { A: 'on $SUBNET_A' } },
      path: 'services.api.deploy.env.A',
      name: 'SUBNET_A',
      got: 'on $SUBNET_A',
    },
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: what filling in would replace
    {
      change: { labels: { a: '${SECRET_ARN}' } },
      path: 'services.api.deploy.labels.a',
      name: 'SECRET_ARN',
      got: '${SECRET_ARN}',
    },
    {
      change: { writable: ['/${AWS_REGION}'] },
      path: 'services.api.deploy.writable',
      name: 'AWS_REGION',
      got: '/${AWS_REGION}',
    },
    {
      change: {
        volume: { path: '/$SUBNET_B', sizeMiB: 1, unfenced: 'may-corrupt' as const },
        replicas: { min: 1, max: 1, surge: 0 },
      },
      path: 'services.api.deploy.volume',
      name: 'SUBNET_B',
      got: '/$SUBNET_B',
    },
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: what filling in would replace
  ])('$got is refused, because it would be filled in', ({ change, path, name, got }) => {
    expect(problemsOf(() => ecs.render(onFargate(stackWith({ api: change }))))).toEqual([
      `OUTPUT_INVALID ${path}: expected text without $${name}, which is filled in by that name, got "${got}"`,
    ]);
  });

  it('a name that only begins like a placeholder stays', () => {
    const changed = textsOf(ecs, onFargate(stackWith({ api: { env: { A: '$SUBNET_ABC' } } })));
    expect(containerOf('api', changed).environment).toContainEqual({ name: 'A', value: '$SUBNET_ABC' });
  });

  it('without volume, secrets, checks, scaling: nothing of them in the files', () => {
    const stack = stackOf();
    const strange = hostInput(stack, [policyOf()], { '1cpu-3gi': ['web'] }, { platform: fargate });
    const changed = textsOf(ecs, strange);
    expect(Object.keys(changed)).toEqual(['README.md', 'web/task-definition.json', 'web/service.json']);
    expect(containerOf('web', changed)).toMatchObject({ secrets: [], mountPoints: [], systemControls: [] });
    expect(containerOf('web', changed).linuxParameters).toEqual({
      capabilities: { add: [], drop: ['ALL'] },
      initProcessEnabled: true,
    });
    for (const key of ['healthCheck', 'command', 'entryPoint'])
      expect(containerOf('web', changed)).not.toHaveProperty(key);
    expect(checkObserved(strange.plan, ecs.read(ecs.render(strange), strange), 'ecs')).toEqual([]);
  });
});

describe('read back', () => {
  /** The files with one text replaced in one of them. */
  function edited(path: string, from: string, to: string): Artifact[] {
    return artifacts.map((artifact) =>
      artifact.path === path ? { ...artifact, contents: replaceOnce(artifact.contents, from, to) } : artifact,
    );
  }
  const TASK = 'api/task-definition.json';
  const SERVICE = 'api/service.json';

  it('finds the plan', () => {
    expect(checkObserved(input.plan, ecs.read(artifacts, input), 'ecs')).toEqual([]);
  });

  it.each([
    [TASK, '"memory": "32768"', '"memory": "32767"', ['TASK_SUM_DIFFERS', 'READ_BACK_DIFFERS limits.memoryMiB']],
    [TASK, '"memory": 32768', '"memory": 16384', ['TASK_SUM_DIFFERS', 'READ_BACK_DIFFERS requests.memoryMiB']],
    [TASK, '"cpu": 8192', '"cpu": 4096', ['TASK_SUM_DIFFERS', 'READ_BACK_DIFFERS requests.cpuMillis']],
    [TASK, '"cpu": "8192"', '"cpu": "8 vCPU"', ['TASK_SUM_DIFFERS', 'READ_BACK_DIFFERS limits.cpuMillis']],
    [
      TASK,
      '"name": "DB_POOL_SIZE",\n          "value": "9"',
      '"name": "DB_POOL_SIZE",\n          "value": "09"',
      ['READ_BACK_DIFFERS parameters.DB_POOL_SIZE'],
    ],
    [TASK, '"cpu": "8192"', '"cpu": "8191"', ['TASK_SUM_DIFFERS', 'READ_BACK_DIFFERS limits.cpuMillis']],
    [TASK, '"X86_64"', '"ARM64"', ['ARCHITECTURE_DIFFERS']],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder
    [TASK, '"${SECRET_ARN}:GROK_API_KEY::"', '"xai-key"', ['SECRET_WRITTEN']],
    [TASK, '"name": "RUST_LOG"', '"name": "GROK_API_KEY"', ['SECRET_WRITTEN']],
    [TASK, '"value": "info"', '"value": "https://user:word@example.com"', ['SECRET_WRITTEN']],
    [TASK, '"family": "spatialvortex-api"', '"family": "other"', ['TASK_UNKNOWN']],
    [TASK, '"essential": true', '"essential": false', ['SERVICE_DIFFERS', 'READ_BACK_DIFFERS']],
    [
      TASK,
      '"initProcessEnabled": true',
      '"initProcessEnabled": true, "sharedMemorySize": 64',
      ['READ_BACK_DIFFERS sharedMemoryMiB'],
    ],
    [SERVICE, '"taskDefinition": "spatialvortex-api"', '"taskDefinition": "spatialvortex-redis"', ['TASK_UNKNOWN']],
    [SERVICE, '"launchType": "FARGATE"', '"launchType": "EC2"', ['CAPACITY_DIFFERS']],
    [SERVICE, '"desiredCount": 3', '"desiredCount": 4', ['REPLICAS_DIFFER']],
    [SERVICE, '"maximumPercent": 100', '"maximumPercent": 110', ['SURGE_EXCEEDED']],
    [SERVICE, '"maximumPercent": 100,', '', ['SURGE_EXCEEDED']],
    [SERVICE, '"minimumHealthyPercent": 66', '"minimumHealthyPercent": 67', ['ROLLOUT_STUCK']],
    ['api/scalable-target.json', '"MaxCapacity": 10', '"MaxCapacity": 11', ['REPLICAS_DIFFER']],
    [
      'api/scaling-policy-cpu.json',
      '"ResourceId": "service/spatialvortex/api"',
      '"ResourceId": "service/spatialvortex/redis"',
      ['SERVICE_DIFFERS'],
    ],
  ])('%s: %s as %s', (path, from, to, findings) => {
    const found = checkObserved(input.plan, ecs.read(edited(path, from, to), input), 'ecs');
    expect(
      found.map(
        ({ code, path: where }) => `${code}${where.match(/services\.api(\..*)/)?.[1]?.replace('.', ' ') ?? ''}`,
      ),
    ).toEqual(findings);
  });
});

it('renders the same bytes twice', () => {
  expect(ecs.render(renderInput('8cpu-32gi', { platform: 'fargate' }))).toEqual(artifacts);
});

/** What an account has to fill in and to know; JSON takes no comments. */

import { oneLine } from '../../formats/one-line.ts';
import { requirementText } from '../../plan/decide/requirements.ts';
import type { MachinePlan } from '../../plan/plan.ts';
import { healthCheckOf } from '../container.ts';
import { headerLines } from '../header.ts';
import { mainPortOf, type RenderedService } from '../rendered.ts';
import { renderedServices } from '../services.ts';
import { shWord } from '../shell-text.ts';
import { inStartOrder } from '../start-order.ts';
import type { Artifact, RenderInput } from '../target.ts';
import { clusterOf, onInstances, reservedMiB, userDataPath } from './capacity.ts';
import { callersOf, ownOf } from './own.ts';
import { PLACEHOLDERS } from './placeholders.ts';
import { graceSeconds } from './service.ts';
import { DRAIN_ATTRIBUTE, targetGroupOf } from './target-group.ts';
import { familyOf, LOG_DAYS, logGroupOf } from './task.ts';

/** @param files what it stands beside */
export function readme(input: RenderInput, files: readonly Artifact[]): string {
  const services = inStartOrder(input);
  const instances = onInstances(input);
  const placeholders = Object.entries(PLACEHOLDERS).filter(([name]) =>
    files.some(({ contents }) => contents.includes(`\${${name}}`)),
  );
  const lines = [
    `# ${input.stack.name} on Amazon ECS, ${instances ? 'EC2 instances' : 'Fargate'}`,
    '',
    ...headerLines(input).map((line) => `    ${oneLine(line)}`),
    '',
    'The files are what `--cli-input-json` takes, but for these placeholders:',
    '',
    '| placeholder | is |',
    '|---|---|',
    ...placeholders.map(([name, does]) => `| \`\${${name}}\` | ${does} |`),
    '',
    '## Once',
    '',
    '```sh',
    `aws ecs create-cluster --cluster-name ${clusterOf(input)}`,
    `aws logs create-log-group --log-group-name ${logGroupOf(input)}`,
    `aws logs put-retention-policy --log-group-name ${logGroupOf(input)} --retention-in-days ${LOG_DAYS}`,
    '```',
    '',
    'The files name exact values, so `fill` replaces the placeholders and nothing else. A name of a security group is',
    'unique within its VPC only, so it is looked up in that of the subnets:',
    '',
    '```sh',
    `fill() { envsubst '${placeholders.map(([name]) => `\${${name}}`).join(' ')}' < "$1"; }`,
    `export VPC_ID=$(aws ec2 describe-subnets --subnet-ids "$SUBNET_A" --query 'Subnets[0].VpcId' --output text)`,
    '```',
    ...(instances ? instancesSection(input) : []),
    ...services.flatMap((rendered) => section(input, rendered)),
    ...reached(input),
    ...elsewhere(input),
    '',
    '## Good to know',
    '',
    '- A rollout never runs more tasks than the plan counts, so it takes one away before it adds one; rebalancing over',
    '  zones, which adds first, is off.',
    ...(instances ? ON_INSTANCES : ON_FARGATE),
    '- Folders that a service writes are in memory (tmpfs) and count against its limit.',
    '- An ECS health check waits 300 s for a start; where one may take longer, its failures are counted further apart.',
    '- Addresses of services are in the secrets of those that connect to them.',
    '- ECS sends the `STOPSIGNAL` of the image, else SIGTERM.',
    '- `update-service` as above leaves the number of tasks to what scales them. Where `service.json` differs too, name what',
    '  differs (`--desired-count`, `--deployment-configuration`); the scaling commands may run again as they are.',
  ];
  return `${lines.join('\n')}\n`;
}

/** What the plan counts on where it cannot look. */
function elsewhere({ plan: { requirements = [] } }: RenderInput): string[] {
  if (requirements.length === 0) return [];
  const items = requirements.map((one) =>
    listItem(`\`${one.service}\`: \`${requirementText(one)}\` (${oneLine(one.rule)})`),
  );
  return ['', '## Elsewhere', '', 'What runs elsewhere has to offer:', '', ...items];
}

const ON_FARGATE = [
  '- Tasks are for amd64. For arm64 change `runtimePlatform.cpuArchitecture` to `ARM64`, and build the image for it.',
];

const ON_INSTANCES = [
  '- `launchType` EC2 takes whatever instances the cluster has, as many as above. Where a capacity provider starts them,',
  '  put its `capacityProviderStrategy` in the place of `launchType`; ECS takes one of the two.',
  "- The CPU limit is the task's: a program that asks its own container's cgroup sees every CPU of the instance. So the",
  '  values above are written out.',
  '- Each task takes a network interface (`awsvpc`). With ENI trunking an instance takes more: plan with `--max-pods`.',
  '- What DAEMON services take on every instance is not in the plan unless it was told by `--every-node`.',
];

function instancesSection(input: RenderInput): string[] {
  const { machines } = input.plan;
  if (machines.length === 0) return [];
  const row = (machine: MachinePlan) => {
    const { name, services, nodes, maxPods } = machine;
    const count = nodes.min === nodes.max ? `${nodes.min}` : `${nodes.min} to ${nodes.max}`;
    return `| ${name} | ${count} | ${services.join(', ')} | ${maxPods ?? 'any number'} | ${reservedMiB(machine)} MiB | \`${userDataPath(machine)}\` |`;
  };
  return [
    '',
    '## Instances',
    '',
    '| instance | how many | for | tasks that it takes | ECS_RESERVED_MEMORY | user data |',
    '|---|---|---|---|---|---|',
    ...machines.map(row),
    '',
    'The agent takes the reserved memory off what it offers to tasks, so that the operating system keeps it.',
  ];
}

function section(input: RenderInput, rendered: RenderedService): string[] {
  const { service, policy, plan } = rendered;
  const { name } = service;
  const own = ownOf(input, rendered);
  const check = healthCheckOf(rendered, 'is-replaced');
  const lines = ['', `## ${name}`, '', 'Its own are:', '', ...own.map(({ is }) => listItem(is)), '', '```sh'];
  lines.push(
    ...own.flatMap(({ exports }) => exports.map(([key, command]) => `export ${key}=$(${command} --output text)`)),
  );
  lines.push('```', '');
  if (service.volume)
    lines.push(
      ...[
        'Its data are on EFS, which keeps no second task out. The service runs at most one task, but of one that a network',
        'partition hides ECS knows nothing: before a task is started by hand, or a service made anew, see that the old one is',
        `gone. A managed service is the better place for data: \`--external ${name}\`.`,
        '',
      ],
    );
  if (!service.shell && check === undefined)
    lines.push(
      'No health check runs in the container, because its image has no shell: ECS sees only whether the program runs.',
      '',
    );
  if (check && !check.ownCommand)
    lines.push(
      service.build
        ? "Its health check runs `curl` in the container. The `docker` target's Dockerfile installs it; another image needs it too."
        : 'Its health check runs `curl` or `wget` by `/bin/sh` in the container: the image needs one of them.',
      '',
    );
  if (policy.stop.signal !== 'SIGTERM')
    lines.push(`\`STOPSIGNAL ${policy.stop.signal}\` in the image: ${oneLine(policy.stop.why)}.`, '');
  const register = `aws ecs register-task-definition --cli-input-json "$(fill ${name}/task-definition.json)"`;
  lines.push('```sh', register, createCommand(name));
  const metrics = Object.entries({ cpu: plan.autoscale?.cpuPercent, memory: plan.autoscale?.memoryPercent });
  const files = metrics.flatMap(([metric, percent]) => (percent === undefined ? [] : `scaling-policy-${metric}`));
  if (files.length > 0)
    lines.push(
      `aws application-autoscaling register-scalable-target --cli-input-json "$(fill ${name}/scalable-target.json)"`,
      ...files.map(
        (file) => `aws application-autoscaling put-scaling-policy --cli-input-json "$(fill ${name}/${file}.json)"`,
      ),
    );
  return [
    ...lines,
    '```',
    '',
    'When its task definition has changed, after the exports:',
    '',
    '```sh',
    register,
    `aws ecs update-service --cluster ${clusterOf(input)} --service ${name} --task-definition ${familyOf(input, rendered)}`,
    '```',
  ];
}

/** In lines of about 120 characters, none of which begins like an item of its own. */
function listItem(text: string): string {
  return `- ${text.replace(/(.{1,118})(?: (?=[A-Za-z(`])|$)/g, '$1\n  ').trimEnd()}`;
}

function createCommand(name: string): string {
  return `aws ecs create-service --cli-input-json "$(fill ${name}/service.json)"`;
}

const MODIFY_GROUP = 'aws elbv2 modify-target-group --target-group-arn "$TARGET_GROUP_ARN"';

function flags(options: Readonly<Record<string, string | number>>): string[] {
  const words = Object.entries(options).map(([name, value]) => `--${name} ${shWord(`${value}`)}`);
  return [`  ${words.join(' ')}`];
}

/** What leads to the services, where an account has it. */
function reached(input: RenderInput): string[] {
  const commands = renderedServices(input).flatMap((rendered) => {
    const { name } = rendered.service;
    const port = mainPortOf(rendered.service)?.port;
    const group = targetGroupOf(rendered);
    const balancer = [
      `--load-balancers "targetGroupArn=$TARGET_GROUP_ARN,containerName=${name},containerPort=${port}"`,
      `--health-check-grace-period-seconds ${graceSeconds(rendered)}`,
    ];
    return [
      ...(port !== undefined && name === input.stack.main
        ? [
            ...(group.check ? [`${MODIFY_GROUP} \\`, ...flags(group.check)] : []),
            `aws elbv2 modify-target-group-attributes --target-group-arn "$TARGET_GROUP_ARN" \\`,
            `  --attributes Key=${DRAIN_ATTRIBUTE},Value=${group.drainSeconds}`,
            `${createCommand(name)} \\`,
            `  ${balancer.join(' ')}`,
          ]
        : []),
      ...(callersOf(input, name).length > 0
        ? [`${createCommand(name)} --service-registries "registryArn=$REGISTRY_ARN"`]
        : []),
    ];
  });
  if (commands.length === 0) return [];
  return [
    '',
    '## Reached by others',
    '',
    'A load balancer calls a target group of target type `ip`; services find each other by a Cloud Map service with A',
    "records. Where you have one, create the service with it after that service's exports, in the place of the command",
    'above; for one that is there, `update-service` takes `--load-balancers`, `--service-registries` and',
    '`--health-check-grace-period-seconds` too. What a new target answers does not count until it has started and its',
    'target group, by default five checks 30 s apart, finds it healthy.',
    '',
    "Readiness is the target group's: it asks what the readiness probe asks. ECS also replaces a task that its target group",
    'calls unhealthy, so the target group is as patient as the liveness probe. A path that fails with a database or another',
    'service does not belong here: it would have ECS replace every task while that is away. A task that leaves has the',
    'deregistration delay for the requests that it was given, and only then the stop signal and its `stopTimeout`.',
    '',
    '```sh instead',
    ...commands,
    '```',
  ];
}

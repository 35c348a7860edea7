/** What an account has to fill in and to know; JSON takes no comments. */

import type { MachinePlan } from '../../plan.ts';
import { oneLine } from '../one-line.ts';
import type { Artifact, RenderInput } from '../target.ts';
import { headerLines, type RenderedService, renderedServices } from '../values.ts';
import { clusterOf, onInstances, reservedMiB, userDataPath } from './capacity.ts';
import { PLACEHOLDERS } from './placeholders.ts';
import { logGroupOf } from './task.ts';

/** @param files what it stands beside */
export function readme(input: RenderInput, files: readonly Artifact[]): string {
  const services = renderedServices(input);
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
    '```',
    '',
    'The files name exact values, so `fill` replaces the placeholders and nothing else:',
    '',
    '```sh',
    `fill() { envsubst '${placeholders.map(([name]) => `\${${name}}`).join(' ')}' < "$1"; }`,
    '```',
    ...(instances ? instancesSection(input) : []),
    ...services.flatMap((rendered) => section(input, rendered)),
    '',
    '## Good to know',
    '',
    '- A rollout never runs more tasks than the plan counts, so it takes one away before it adds one; rebalancing over',
    '  zones, which adds first, is off.',
    ...(instances ? ON_INSTANCES : ON_FARGATE),
    '- Folders that a service writes are in memory (tmpfs) and count against its limit.',
    '- An ECS health check waits 300 s for a start; where one may take longer, its failures are counted further apart.',
    '- Services find each other by what you set up (Service Connect, Cloud Map); their addresses are in the secrets.',
    '- ECS sends the `STOPSIGNAL` of the image, else SIGTERM.',
    '- `update-service` without a desired count leaves what the scaling policies set.',
  ];
  return `${lines.join('\n')}\n`;
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

function section(input: RenderInput, { service, policy, plan }: RenderedService): string[] {
  const { stack } = input;
  const { name } = service;
  const secret = `${stack.name}/${name}`;
  const lines = ['', `## ${name}`, ''];
  if (policy.secrets.length > 0) {
    const keys = policy.secrets.map(({ name: key, does }) => `\`${key}\` (${oneLine(does)})`);
    lines.push(
      `One secret, \`${secret}\`, whose JSON has the keys ${keys.join(', ')}. ECS takes the whole ARN, never a name:`,
      '',
      '```sh',
      `export SECRET_ARN=$(aws secretsmanager describe-secret --secret-id ${secret} --query ARN --output text)`,
      '```',
      '',
    );
  }
  if (service.volume)
    lines.push(
      `Its data are on EFS, which outlives a task wherever the next one runs; the access point has uid ${service.user.uid} and gid ${service.user.gid}. A managed`,
      `service is usually the better place: \`--external ${name}\`.`,
      '',
    );
  if (policy.stop.signal !== 'SIGTERM')
    lines.push(`\`STOPSIGNAL ${policy.stop.signal}\` in the image: ${oneLine(policy.stop.why)}.`, '');
  lines.push(
    '```sh',
    `aws ecs register-task-definition --cli-input-json "$(fill ${name}/task-definition.json)"`,
    `aws ecs create-service --cli-input-json "$(fill ${name}/service.json)"`,
  );
  const metrics = Object.entries({ cpu: plan.autoscale?.cpuPercent, memory: plan.autoscale?.memoryPercent });
  const files = metrics.flatMap(([metric, percent]) => (percent === undefined ? [] : `scaling-policy-${metric}`));
  if (files.length > 0)
    lines.push(
      `aws application-autoscaling register-scalable-target --cli-input-json "$(fill ${name}/scalable-target.json)"`,
      ...files.map(
        (file) => `aws application-autoscaling put-scaling-policy --cli-input-json "$(fill ${name}/${file}.json)"`,
      ),
    );
  return [...lines, '```'];
}

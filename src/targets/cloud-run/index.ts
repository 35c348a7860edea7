/** A Knative Service for each service of the stack, as `gcloud run services replace` takes it. */

import { oneLine } from '../../formats/one-line.ts';
import { emitYaml, withComments } from '../../formats/yaml.ts';
import { CLOUD_RUN_ANNOTATION } from '../../plan/allocate/place.ts';
import { instanceRules } from '../../platforms/cloud-run.ts';
import { formatCpu, formatMemory, formatMiB } from '../../units.ts';
import { containerEnvironment, containerStart, imageOf, labelsOf } from '../container.ts';
import { headerLines } from '../header.ts';
import type { RenderedService } from '../rendered.ts';
import { renderedServices } from '../services.ts';
import { commentLines } from '../shell-text.ts';
import type { Artifact, PlanTarget, RenderInput } from '../target.ts';
import { about } from './about.ts';
import { MAX_START_SECONDS, probes } from './probes.ts';
import { read } from './read.ts';

export const cloudRun: PlanTarget = {
  ...about,
  unsupported,
  render: (input) => renderedServices(input).map((rendered) => serviceFile(input, rendered)),
  stream: (artifacts) => artifacts.map(({ contents }) => `---\n${contents}`).join(''),
  read,
};

/** Variables that Cloud Run sets itself. @see https://cloud.google.com/run/docs/container-contract#env-vars */
const RESERVED = ['PORT', 'K_SERVICE', 'K_REVISION', 'K_CONFIGURATION'];
/** What Google Cloud takes; other labels of the stack are left out. */
const LABEL = /^[a-z]([a-z0-9_-]{0,62})$/;
const LABEL_VALUE = /^[a-z0-9_-]{0,63}$/;

/** @see https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services/create (2026-06) */
const NAME_LENGTH = 49;

function unsupported(input: RenderInput): string | undefined {
  for (const rendered of renderedServices(input)) {
    const { service, plan, policy } = rendered;
    const name = nameOf(input, rendered);
    if (name.length > NAME_LENGTH)
      return `expected a name of at most ${NAME_LENGTH} characters on Cloud Run, got ${name}; give the stack a shorter one`;
    if (service.ports.length !== 1)
      return `expected one port, because Cloud Run routes to one, got ${service.ports.length} of ${service.name}`;
    if (plan.startupSeconds > MAX_START_SECONDS)
      return `expected at most ${MAX_START_SECONDS} s to start, which is as long as Cloud Run waits, got ${plan.startupSeconds} s for ${service.name}`;
    const names = [
      ...containerEnvironment(rendered).map(({ key }) => key),
      ...policy.secrets.map((secret) => secret.name),
    ];
    const reserved = names.find((name) => RESERVED.includes(name));
    if (reserved !== undefined) return `expected no variable that Cloud Run sets, got ${reserved} of ${service.name}`;
  }
  return undefined;
}

function nameOf({ stack }: RenderInput, { service }: RenderedService): string {
  return `${stack.name}-${service.name}`;
}

function serviceFile(input: RenderInput, rendered: RenderedService): Artifact {
  const { service, policy, plan } = rendered;
  const path = `${service.name}.yaml`;
  const notes = [
    ...headerLines(input),
    '',
    `gcloud run services replace ${path} --region=<region>`,
    ...(policy.secrets.length > 0
      ? [
          'Secret Manager has to hold, in the same project:',
          ...policy.secrets.map((secret) => `  ${secretName(input, rendered, secret.name)}: ${secret.does}`),
        ]
      : []),
    ...(service.writable.length > 0
      ? [`Files that it writes (${service.writable.join(', ')}) are in memory and count against the limit.`]
      : []),
    `It runs as its image's USER, which has to be ${service.user ? `${service.user.uid}:${service.user.gid}` : 'other than root'}: Cloud Run takes none here.`,
  ];
  const kept = Object.entries(labelsOf(input.stack, service)).filter(
    ([key, value]) => LABEL.test(key) && LABEL_VALUE.test(value),
  );
  const labels = kept.length > 0 ? Object.fromEntries(kept) : undefined;
  const { min, max, surge } = plan.replicas;
  const rules = instanceRules({ cpuMillis: plan.requests.cpuMillis, memoryMiB: plan.limits.memoryMiB });
  const object = {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: {
      name: nameOf(input, rendered),
      labels,
      annotations: withComments(
        { 'run.googleapis.com/maxScale': `${max + surge}` },
        {
          'run.googleapis.com/maxScale':
            'over all revisions, so that a rollout has no more instances than the plan counts',
        },
      ),
    },
    spec: {
      template: {
        metadata: {
          labels,
          annotations: withComments(
            {
              'autoscaling.knative.dev/minScale': `${min}`,
              'autoscaling.knative.dev/maxScale': `${max}`,
              'run.googleapis.com/execution-environment': `gen${rules.generation}`,
              'run.googleapis.com/cpu-throttling': `${!rules.alwaysOn}`,
              'run.googleapis.com/startup-cpu-boost': 'true',
              ...ownAnnotations(service.annotations),
            },
            {
              'run.googleapis.com/execution-environment': 'the second needs 1 vCPU and 512 MiB',
              'run.googleapis.com/cpu-throttling': rules.alwaysOn
                ? 'CPU between requests too, for pools and what runs in the background; billed by instance'
                : 'CPU during requests only, below 1 vCPU or 512 MiB',
            },
          ),
        },
        spec: withComments(
          {
            containerConcurrency: rules.concurrency,
            containers: [containerOf(input, rendered)],
          },
          {
            containerConcurrency:
              rules.concurrency === 1
                ? 'one request at a time below 1 vCPU'
                : "requests at a time, Cloud Run's default",
          },
        ),
      },
    },
  };
  return { path, contents: `${commentLines(notes).join('\n')}\n${emitYaml(object)}` };
}

/** What the stack states of Cloud Run itself, such as the network of its instances. */
function ownAnnotations(annotations: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => key.startsWith(CLOUD_RUN_ANNOTATION)));
}

function containerOf(input: RenderInput, rendered: RenderedService): object {
  const { service, policy, plan } = rendered;
  const { ledger } = plan;
  const { entrypoint, words: args } = containerStart(rendered);
  const environment = containerEnvironment(rendered);
  const variables = [
    ...environment.map(({ key, text }) => ({ name: key, value: text })),
    ...policy.secrets.map(({ name }) => ({
      name,
      valueFrom: { secretKeyRef: { name: secretName(input, rendered, name), key: 'latest' } },
    })),
  ];
  const reasons = [...environment.map(({ reason }) => reason), ...policy.secrets.map(({ does }) => `secret: ${does}`)];
  return withComments(
    {
      name: service.name,
      image: imageOf(service),
      command: entrypoint.length > 0 ? entrypoint : undefined,
      args: args.length > 0 ? args : undefined,
      ports: [{ name: 'http1', containerPort: service.ports[0]!.port }],
      env: variables.length > 0 ? withComments(variables, Object.fromEntries(reasons.entries())) : undefined,
      resources: {
        limits: { cpu: formatCpu(plan.requests.cpuMillis), memory: formatMemory(plan.limits.memoryMiB) },
      },
      ...probes(rendered),
    },
    {
      resources: oneLine(
        `${formatMiB(ledger.usedMiB)} of ${formatMiB(ledger.availableMiB)} available are planned for, ${formatMiB(ledger.headroomMiB)} stay free on purpose`,
      ),
    },
  );
}

/** In Secret Manager: letters, digits, `_` and `-`. */
function secretName(input: RenderInput, rendered: RenderedService, name: string): string {
  return `${nameOf(input, rendered)}-${name}`;
}

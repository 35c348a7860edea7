/** The one container of a pod: how it is started, fed, bounded, probed and stopped. */

import { commentsOf, withComments } from '../../formats/yaml.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Probe } from '../../stack/stack.ts';
import { formatKubernetesCpu, formatKubernetesMemory, formatMiB } from '../../units.ts';
import { argumentsOf as programArguments, withReasons } from '../container.ts';
import { ENTRYPOINT_PATH, programWords } from '../entrypoint/index.ts';
import { mainPortOf, type RenderedService } from '../rendered.ts';
import type { RenderInput } from '../target.ts';
import { deliveredBy } from '../values.ts';
import type { Config } from './config.ts';
import { secretName, whereAny } from './object.ts';
import { call, type Sized, sized, sizedBy } from './sized.ts';
import { dataFolder, storageOf } from './storage.ts';

export function containerOf(input: RenderInput, rendered: RenderedService, config: Config | undefined): object {
  const { service, plan } = rendered;
  const { ledger } = plan;
  return withComments(
    {
      name: service.name,
      image: service.image,
      command: rendered.held ? ['/bin/sh', ENTRYPOINT_PATH] : whereAny((service.entrypoint ?? []).map(literal)),
      args: whereAny(argumentsOf(rendered)),
      envFrom: config && Object.keys(config.data).length > 0 ? [{ configMapRef: { name: config.name } }] : undefined,
      env: whereAny(environment(input, rendered)),
      ports: whereAny(service.ports.map(({ name, port }) => ({ name, containerPort: port, protocol: 'TCP' }))),
      resources: {
        limits: {
          cpu: plan.limits.cpuMillis === undefined ? undefined : sized(formatKubernetesCpu(plan.limits.cpuMillis)),
          memory: sized(formatKubernetesMemory(plan.limits.memoryMiB)),
        },
        requests: {
          cpu: sized(formatKubernetesCpu(plan.requests.cpuMillis)),
          memory: sized(formatKubernetesMemory(plan.requests.memoryMiB)),
        },
      },
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        readOnlyRootFilesystem: true,
      },
      lifecycle: service.preStopSeconds > 0 ? { preStop: { sleep: { seconds: service.preStopSeconds } } } : undefined,
      ...probes(rendered),
      volumeMounts: storageOf(input, rendered, config).volumeMounts,
    },
    {
      ...(rendered.held
        ? { command: "computes the values; the image's own entry point follows, which takes `command`'s place" }
        : service.entrypoint
          ? { command: 'named by the stack, so that every target starts the same' }
          : { args: "the image's own entry point stays; these are its arguments" }),
      resources: `${plan.limits.cpuMillis === undefined ? 'no CPU limit, as the stack asks' : 'requests equal limits: a node is never overcommitted'}; ${formatMiB(ledger.usedMiB)} of ${formatMiB(ledger.availableMiB)} available are planned for, ${formatMiB(ledger.headroomMiB)} stay free on purpose`,
      lifecycle: 'load balancers stop sending before the stop signal; needs no shell in the image, but Kubernetes 1.30',
    },
  );
}

/** The program's words, each value's with its reason, then the secrets that it takes as flags. */
function argumentsOf(rendered: RenderedService): (string | Sized<string>)[] {
  if (rendered.held) return programWords(rendered).map(literal);
  const values = withReasons(programArguments(rendered), (word, carries) =>
    carries?.parameter ? sized(literal(word)) : literal(word),
  );
  const secrets = secretArguments(rendered.policy);
  return withComments([...values, ...secrets], commentsOf(values) ?? {});
}

/** Secrets that the program takes as flags: the kubelet puts the variable's value for `$(NAME)`. */
export function secretArguments({ secrets }: Policy): string[] {
  return secrets.flatMap(({ name, flag }) => (flag === undefined ? [] : [literal(flag), `$(${name})`]));
}

function environment(input: RenderInput, rendered: RenderedService): unknown[] {
  const { service, policy } = rendered;
  const composed = new Set(
    rendered.held ? [] : deliveredBy(rendered, 'options').map(({ delivery }) => delivery.variable),
  );
  return [
    ...limitVariables(rendered),
    ...[dataFolder(rendered) ?? []].flat(),
    // The API server drops an empty value, which is what a variable without one has.
    ...Object.entries(service.env)
      .filter(([name]) => !composed.has(name))
      .map(([name, value]) => ({ name, value: value === '' ? undefined : literal(value) })),
    ...policy.secrets.map(({ name }) => ({
      name,
      valueFrom: { secretKeyRef: { name: secretName(input, service), key: name } },
    })),
  ];
}

/** The downward API's limits, for the entry point: those of a container that it cannot see are known too. */
function limitVariables({ held, plan }: RenderedService): unknown[] {
  if (held === undefined) return [];
  const from = (name: string, resource: string, divisor: string) => ({
    name,
    valueFrom: { resourceFieldRef: { resource, divisor } },
  });
  return [
    from('SIZEWRIGHT_CPU_MILLIS', plan.limits.cpuMillis === undefined ? 'requests.cpu' : 'limits.cpu', '1m'),
    from('SIZEWRIGHT_MEMORY_MIB', 'limits.memory', '1Mi'),
  ];
}

/** Liveness starts to count when the start is over, so a slow start is never taken for a hang. */
function probes({ service, policy, plan }: RenderedService) {
  const { readiness, liveness, startup = liveness } = service.probes;
  const port = mainPortOf(service)?.name ?? '';
  return {
    startupProbe:
      startup &&
      withComments(
        {
          ...probeOf(startup, port),
          failureThreshold: sizedBy(call('max', 1, call('ceilDiv', 'startupSeconds', startup.periodSeconds)), plan),
        },
        { failureThreshold: `up to ${plan.startupSeconds} s: ${policy.startupSeconds.why}` },
      ),
    readinessProbe: readiness && probeOf(readiness, port),
    livenessProbe: liveness && probeOf(liveness, port),
  };
}

function probeOf({ http, exec, periodSeconds, timeoutSeconds, failureThreshold }: Probe, port: string) {
  return {
    ...(http === undefined ? { exec: { command: exec!.map(literal) } } : { httpGet: { path: http, port } }),
    periodSeconds,
    timeoutSeconds,
    failureThreshold,
  };
}

/**
 * A text that arrives as it is: the kubelet replaces `$(NAME)` in arguments, variables and probe commands, and makes
 * one `$` of two.
 * @see https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
 */
export function literal(text: string): string {
  return /\$[$(]/.test(text) ? text.replaceAll('$', '$$$$') : text;
}

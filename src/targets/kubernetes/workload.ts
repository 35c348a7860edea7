/** Deployment or StatefulSet: the pods of a service, where they run and how they are replaced. */

import { withComments } from '../../formats/yaml.ts';
import { allowsSysctl } from '../../platforms/platform.ts';
import { type RenderedService, userOf } from '../rendered.ts';
import type { RenderInput } from '../target.ts';
import type { Config } from './config.ts';
import { containerOf } from './container.ts';
import { annotationsOf, headlessName, labelsOf, type Manifest, metadataOf, selectorOf, whereAny } from './object.ts';
import { call, type Sized, sized, sizedBy, sum } from './sized.ts';
import { storageOf, volumeClaims } from './storage.ts';

/** Time for a node to pull an image, seconds; assumed. */
const IMAGE_PULL_SECONDS = 300;
/** Kubernetes' own default for `progressDeadlineSeconds`. */
const PROGRESS_DEADLINE_SECONDS = 600;

/** A service with a volume is a StatefulSet. Where the autoscaler sets the replicas, nothing else does. */
export function workloadOf(input: RenderInput, rendered: RenderedService, config: Config | undefined): Manifest {
  const { service, plan } = rendered;
  const metadata = metadataOf(input, service);
  const replicas = plan.autoscale ? undefined : plan.replicas.min;
  const selector = { matchLabels: selectorOf(input, service) };
  const template = podTemplate(input, rendered, config);
  if (service.volume) {
    const spec = withComments(
      {
        serviceName: headlessName(service),
        replicas,
        podManagementPolicy: 'Parallel',
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        selector,
        template,
        volumeClaimTemplates: volumeClaims(rendered),
      },
      {
        podManagementPolicy: 'else a pod that a wrong value keeps from starting blocks its own correction',
        persistentVolumeClaimRetentionPolicy:
          'the claims outlive the StatefulSet, but not the namespace: deleting that deletes the data',
        volumeClaimTemplates: 'immutable: a change needs the StatefulSet deleted with --cascade=orphan first',
      },
    );
    return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, spec };
  }
  const spec = { replicas, ...rollout(rendered), selector, template };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: withComments(spec, rolloutReasons(rendered)) };
}

/** Time for a pod to stop, and for the one in its place to pull its image and to start. */
export function secondsForPod({ service, plan }: RenderedService): number {
  return service.terminationGraceSeconds + IMAGE_PULL_SECONDS + plan.startupSeconds;
}

/** How long the longest rollout takes that pulls no image: replicas are replaced one after the other. */
export function rolloutSeconds({ service, plan }: RenderedService): number {
  return plan.replicas.max * (service.terminationGraceSeconds + plan.startupSeconds);
}

/** A deadline that a slow start does not miss, and pods that fit on the nodes there are. */
function rollout({ service, plan }: RenderedService) {
  const { surge } = plan.replicas;
  const forPod = service.terminationGraceSeconds + IMAGE_PULL_SECONDS;
  return {
    progressDeadlineSeconds: sizedBy(call('max', PROGRESS_DEADLINE_SECONDS, sum('startupSeconds', forPod)), plan),
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: surge, maxUnavailable: surge > 0 ? 0 : 1 } },
  };
}

function rolloutReasons({ service, plan }: RenderedService) {
  const { surge } = plan.replicas;
  return {
    progressDeadlineSeconds: `time for a pod to stop (${service.terminationGraceSeconds} s), pull its image (${IMAGE_PULL_SECONDS} s, assumed) and start (${plan.startupSeconds} s)`,
    strategy:
      surge > 0
        ? `the stack reserves room for ${surge} above the replicas`
        : 'nodes are sized full, so a pod above the replicas would never be scheduled: one goes, then one comes',
  };
}

function podTemplate(input: RenderInput, rendered: RenderedService, config: Config | undefined): object {
  const { service, policy } = rendered;
  const { signal, why } = policy.stop;
  const annotations = { ...annotationsOf(input, service), ...(config && { 'checksum/config': config.checksum }) };
  return {
    metadata: {
      labels: labelsOf(input, service),
      annotations: whereAny(
        withComments(annotations, {
          'checksum/config': 'new values in the ConfigMap replace the pods; after a patch of your own, restart them',
        }),
      ),
    },
    spec: withComments(
      {
        serviceAccountName: service.name,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: service.terminationGraceSeconds,
        securityContext: podSecurity(input, rendered),
        nodeSelector: whereAny(nodeSelectorOf(input, rendered)),
        topologySpreadConstraints: spread(input, rendered),
        containers: [containerOf(input, rendered, config)],
        volumes: storageOf(input, rendered, config).volumes,
      },
      {
        enableServiceLinks: 'else every Service adds variables such as <NAME>_PORT that programs take for settings',
        terminationGracePeriodSeconds:
          signal === 'SIGTERM'
            ? why
            : `Kubernetes sends the image's STOPSIGNAL, which has to be ${signal}, else SIGTERM: ${why}`,
        topologySpreadConstraints: 'preferences only, so that a full placement is never refused',
      },
    ),
  };
}

/** With the container's part this is what Pod Security calls restricted. */
function podSecurity(input: RenderInput, { service, policy }: RenderedService): object {
  const { platform } = input;
  const { uid, gid, fsGroup } = userOf(input, service);
  const allowed = policy.sysctls.filter(({ key }) => allowsSysctl(platform, key));
  return {
    runAsNonRoot: true,
    runAsUser: uid,
    runAsGroup: gid,
    fsGroup,
    fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
    sysctls: whereAny(allowed.map(({ key, value }) => ({ name: key, value }))),
  };
}

/**
 * The stack's own, and with several kinds of machine the kind that the service is planned for. A machine of the user's
 * own has a name that no node is labelled with: there only the stack's selector tells nodes apart.
 */
export function nodeSelectorOf(
  { plan }: RenderInput,
  { service }: RenderedService,
): Record<string, string | Sized<string>> {
  const machine = plan.machines.find(({ services }) => services.includes(service.name));
  return {
    ...(machine && { 'kubernetes.io/arch': sized(machine.architecture) }),
    ...(machine &&
      machine.provider !== 'other' &&
      plan.machines.length > 1 && { 'node.kubernetes.io/instance-type': sized(machine.profile) }),
    ...service.nodeSelector,
  };
}

function spread(input: RenderInput, { service, plan }: RenderedService): unknown[] | undefined {
  if (plan.replicas.max === 1) return undefined;
  return ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'ScheduleAnyway',
    labelSelector: { matchLabels: selectorOf(input, service) },
  }));
}

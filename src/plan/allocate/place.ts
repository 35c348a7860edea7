/** What a place makes of the fields of a service: rules of its own about them, and those that it does not use. */
import type { Finding } from '../../errors/errors.ts';
import { finding } from '../../errors/findings.ts';
import { evaluate, type Scope } from '../../formula/evaluate.ts';
import { allowsSysctl, fallsBack, type Platform } from '../../platforms/platform.ts';
import { type Policy, sourceText } from '../../policy/policy.ts';
import type { Deploy, Service } from '../../stack/stack.ts';
import { formatCount, formatMiB } from '../../units.ts';

/** Cloud Run's annotations, which a service may state for itself. */
export const CLOUD_RUN_ANNOTATION = 'run.googleapis.com/';
/** Any of them is a way into a network of one's own. */
const NETWORK_ANNOTATIONS = ['network-interfaces', 'vpc-access-connector', 'cloudsql-instances'].map(
  (name) => `${CLOUD_RUN_ANNOTATION}${name}`,
);
/** @see https://cloud.google.com/run/docs/container-contract#instance-shutdown (2026-06) */
const CLOUD_RUN_STOP_SECONDS = 10;

/** @param external the services that run elsewhere */
export function placeFindings(
  service: Service,
  policy: Policy,
  scope: Scope,
  platform: Platform,
  external: readonly string[],
): Finding[] {
  const { name, deploy } = service;
  const unused = unusedFields(service, platform);
  return [
    ...sysctlFindings(policy, name, platform),
    ...(deploy
      ? [
          ...volumeFindings(service, deploy, platform),
          ...diskFindings(name, deploy, policy, scope),
          ...unfencedFindings(name, deploy, platform),
          ...(platform.kind === 'cloud-run' ? cloudRunFindings(service, deploy, external) : []),
        ]
      : []),
    ...(unused.length > 0
      ? [finding('FIELDS_UNUSED', name, `${platform.name} does not use ${unused.join('; ')}`)]
      : []),
  ];
}

/** What nothing follows: a setting that names the kernel parameter is written as what holds without it. */
function sysctlFindings(policy: Policy, path: string, platform: Platform): Finding[] {
  const follows = (key: string) => fallsBack(platform, key) && policy.settings.some(({ sysctl }) => sysctl === key);
  return policy.sysctls
    .filter(({ key, optional }) => !optional && !allowsSysctl(platform, key) && !follows(key))
    .map((sysctl) => {
      const { key, value, otherwise, why } = sysctl;
      const remedy =
        platform.kind === 'host'
          ? 'set it on the machine by the file in sysctl.d/ that --target env writes'
          : `say in the policy which setting it limits (sysctl: ${key}), or that the program runs without it (optional: true)`;
      const message = `a container on ${platform.name} cannot set ${key}=${value}, so ${otherwise} holds: ${why}; ${remedy}`;
      return finding('SYSCTL_UNAVAILABLE', path, message, { source: sourceText(policy, sysctl) });
    });
}

function volumeFindings({ name, replicas }: Service, { volume }: Deploy, platform: Platform): Finding[] {
  if (platform.kind !== 'node' || volume === undefined || replicas.max === 1) return [];
  const message = `each of up to ${replicas.max} replicas has a volume of its own, and connections are spread over them: right only for software that keeps its replicas alike by itself`;
  return [finding('VOLUME_PER_REPLICA', name, message)];
}

/** Data that outlive a container need a place, enough of it, and a second place. */
function diskFindings(name: string, { volume, backup }: Deploy, policy: Policy, scope: Scope): Finding[] {
  const { disk } = policy;
  if (disk === undefined) return [];
  const needMiB = evaluate(disk.expr, scope);
  const size = `${Math.ceil(needMiB / 1024)}Gi`;
  const source = sourceText(policy, disk);
  if (volume === undefined)
    return [
      finding(
        'VOLUME_MISSING',
        name,
        `${policy.title} keeps data, and its service has no volume, so they go with the container; state deploy: {volume: {path: <its data folder>, size: ${size}}}`,
        { source },
      ),
    ];
  const small =
    volume.sizeMiB < needMiB
      ? [
          finding(
            'VOLUME_TOO_SMALL',
            `${name}.deploy.volume.size`,
            `a volume of ${formatMiB(volume.sizeMiB)} is smaller than the ${formatMiB(needMiB)} that ${policy.title} may need (${disk.basis}): ${disk.why}; state size: ${size}`,
            { source },
          ),
        ]
      : [];
  return backup === undefined
    ? [
        ...small,
        finding(
          'BACKUP_MISSING',
          name,
          `no generated file backs up the data in ${volume.path}, and the stack does not say what does; state it under deploy in a line, such as backup: pg_dump every night to another account, restored every month`,
        ),
      ]
    : small;
}

/** What the stack accepted, said once more to whoever runs it. */
function unfencedFindings(name: string, { volume }: Deploy, { oneVolume }: Platform): Finding[] {
  if (volume === undefined || oneVolume === undefined) return [];
  const message = `a second task on the data corrupts them, and ECS has no fence against one: it runs at most one (maximumPercent 100), as far as it sees; a managed service has: --external ${name}`;
  return [finding('VOLUME_UNFENCED', `${name}.deploy.volume`, message)];
}

/** Registries that Cloud Run pulls from. @see https://cloud.google.com/run/docs/deploying#images (2026-06) */
function isPulled(image: string): boolean {
  const [first = '', ...rest] = image.split('/');
  const host = rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : 'docker.io';
  return host === 'docker.io' || host === 'gcr.io' || /\.gcr\.io$|(^|[.-])docker\.pkg\.dev$/.test(host);
}

function cloudRunFindings(service: Service, deploy: Deploy, external: readonly string[]): Finding[] {
  const { name, connectsTo } = service;
  const { image, terminationGraceSeconds, annotations } = deploy;
  const findings: Finding[] = [];
  if (!isPulled(image))
    findings.push(
      finding(
        'IMAGE_NOT_PULLED',
        `${name}.deploy.image`,
        `Cloud Run pulls from Artifact Registry, Container Registry and Docker Hub only, not ${image}; name it by a remote repository of Artifact Registry: <region>-docker.pkg.dev/<project>/<repository>/${image.replace(/^[^/]*\//, '')}`,
      ),
    );
  if (terminationGraceSeconds > CLOUD_RUN_STOP_SECONDS)
    findings.push(
      finding(
        'STOP_CUT_SHORT',
        `${name}.deploy.terminationGraceSeconds`,
        `Cloud Run kills an instance ${CLOUD_RUN_STOP_SECONDS} s after SIGTERM, and ${name} is given ${formatCount(terminationGraceSeconds)} s; let it finish in ${CLOUD_RUN_STOP_SECONDS} s and say so in its policy (stop.graceSeconds) and its service (terminationGraceSeconds, preStopSeconds), or plan for a platform that waits`,
      ),
    );
  const elsewhere = connectsTo.filter((other) => external.includes(other));
  if (elsewhere.length > 0 && !NETWORK_ANNOTATIONS.some((key) => Object.hasOwn(annotations, key)))
    findings.push(
      finding(
        'NETWORK_UNREACHED',
        `${name}.deploy.annotations`,
        `${name} connects to ${elsewhere.join(', ')}, and Cloud Run reaches no private address without a network; state annotations: {run.googleapis.com/network-interfaces: '[{"network":"<network>","subnetwork":"<subnetwork>"}]', run.googleapis.com/vpc-access-egress: private-ranges-only}`,
      ),
    );
  return findings;
}

/** Fields that are set and have no effect, each with the reason. Those of other targets (`build`, `systemd`) say so by their names. */
function unusedFields(service: Service, { kind }: Platform): string[] {
  if (kind === 'node') return [];
  const deploy: Partial<Deploy> = service.deploy ?? {};
  const { podsPerNode, cpuLimit, autoscale } = service;
  const {
    annotations = {},
    secretName,
    nodeSelector = {},
    volume,
    egress = [],
    preStopSeconds = 0,
    probes = {},
  } = deploy;
  const others = Object.keys(annotations).filter((key) => !key.startsWith(CLOUD_RUN_ANNOTATION));
  const rules: [boolean, string][] = [
    [(kind === 'cloud-run' ? others : Object.keys(annotations)).length > 0, 'annotations, which are for Kubernetes'],
    [kind !== 'ecs' && Object.keys(nodeSelector).length > 0, 'nodeSelector, because it has no nodes to choose from'],
    [kind !== 'ecs' && podsPerNode > 1, 'podsPerNode, because no replicas share a node there'],
    [secretName !== undefined, 'secretName, which is for Kubernetes'],
    [volume?.storageClass !== undefined, 'volume.storageClass, which is for Kubernetes'],
    [volume?.accessMode !== undefined, 'volume.accessMode, which is for Kubernetes'],
    [
      (kind === 'fargate' || kind === 'cloud-run') && cpuLimit === 'none',
      'cpuLimit: none, because what it sells is a limit',
    ],
    [kind === 'cloud-run' && autoscale !== undefined, 'autoscale, because it scales between the replicas by itself'],
    [kind === 'cloud-run' && egress.length > 0, 'egress, because only the firewall of a network limits that'],
    [kind === 'cloud-run' && preStopSeconds > 0, 'preStopSeconds, because nothing comes before its stop signal'],
    [
      kind === 'cloud-run' && Object.values(probes).some((probe) => probe?.exec !== undefined),
      'probes.exec, because it asks over HTTP or opens the port',
    ],
  ];
  return rules.flatMap(([isUnused, text]) => (isUnused ? text : []));
}

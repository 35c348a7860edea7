import { describe, expect, it } from 'vitest';
import { withoutVolume } from '../../samples.ts';
import { renderInput } from '../../support.ts';
import { ALL, inputFor, objectsOf, policiesWith, stackWith, textsOf } from './support.ts';

const input = renderInput('c6i.8xlarge', { platform: 'kubernetes' });
const objects = objectsOf(input);
const api = objects['api/deployment.yaml'];
const postgres = objects['postgres/statefulset.yaml'];
const redis = objects['redis/deployment.yaml'];

describe('resources of c6i.8xlarge (FACTS 2)', () => {
  it.each([
    { desc: 'api', workload: api, resources: { cpu: '19720m', memory: '34182Mi' } },
    { desc: 'postgres', workload: postgres, resources: { cpu: '7890m', memory: '13673Mi' } },
    { desc: 'redis', workload: redis, resources: { cpu: '3940m', memory: '6836Mi' } },
  ])('$desc: requests equal limits', ({ workload, resources }) => {
    expect(workload.spec.template.spec.containers[0].resources).toEqual({ limits: resources, requests: resources });
  });

  it('without a CPU limit where the service asks for none', () => {
    const changed = inputFor(stackWith({ redis: { cpuLimit: 'none' } }), { 'c6i.8xlarge': ALL });
    expect(objectsOf(changed)['redis/deployment.yaml'].spec.template.spec.containers[0].resources).toEqual({
      limits: { memory: '6836Mi' },
      requests: { cpu: '3940m', memory: '6836Mi' },
    });
  });
});

describe('rollout', () => {
  it('takes one pod away before the next comes, and leaves the replicas to the autoscaler', () => {
    expect(Object.keys(api.spec)).toEqual(['progressDeadlineSeconds', 'strategy', 'selector', 'template']);
    expect(api.spec.strategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } });
    expect(objects['api/horizontalpodautoscaler.yaml'].spec).toEqual({
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api' },
      minReplicas: 3,
      maxReplicas: 10,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
      ],
      behavior: { scaleDown: { stabilizationWindowSeconds: 300 } },
    });
    expect(objects['api/poddisruptionbudget.yaml'].spec).toMatchObject({ maxUnavailable: 1 });
  });

  it('says before the file how the replicas that an earlier apply wrote are kept, and before all of them what a delete takes', () => {
    const texts = textsOf(input);
    expect(texts['api/deployment.yaml']).toContain(
      [
        '# where an earlier apply wrote it (no autoscale then), the next would stop all replicas but one;',
        '# before it, once, make kubectl forget the field:',
        `#   export KUBE_EDITOR="sed -i '/^  replicas:/d'"`,
        '#   kubectl -n spatialvortex apply edit-last-applied deployment/api',
      ].join('\n'),
    );
    expect(texts['kustomization.yaml']).toContain('# never run kubectl delete -k .: it deletes the namespace');
    const external = renderInput('c6i.8xlarge', { platform: 'kubernetes', external: ['postgres', 'redis'] });
    expect(textsOf(external)['kustomization.yaml']).not.toContain('delete');
  });

  it('adds pods first where the stack keeps room for them', () => {
    const stack = stackWith({ api: { replicas: { min: 3, max: 8, surge: 2 } } });
    const { strategy } = objectsOf(inputFor(stack, { 'c6i.8xlarge': ALL }))['api/deployment.yaml'].spec;
    expect(strategy.rollingUpdate).toEqual({ maxSurge: 2, maxUnavailable: 0 });
  });

  it('writes the replicas where nothing scales, and scales on memory where the plan does', () => {
    const fixed = stackWith({ api: { replicas: { min: 4, max: 4, surge: 0 } } });
    const files = objectsOf(inputFor(fixed, { 'c6i.8xlarge': ALL }));
    expect(files['api/deployment.yaml'].spec.replicas).toBe(4);
    expect(files).not.toHaveProperty('api/horizontalpodautoscaler.yaml');

    const scaled = inputFor(stackWith({}), { 'c6i.8xlarge': ALL });
    scaled.plan.services.api!.autoscale = { cpuPercent: 60, memoryPercent: 90 };
    expect(
      objectsOf(scaled)['api/horizontalpodautoscaler.yaml'].spec.metrics.map(
        (metric: { resource: { name: string; target: { averageUtilization: number } } }) => [
          metric.resource.name,
          metric.resource.target.averageUtilization,
        ],
      ),
    ).toEqual([
      ['cpu', 60],
      ['memory', 90],
    ]);
  });

  it.each([
    // stop 60 + image 300 + start 60 + 5 x 32 = 580, below the default of 600
    { desc: 'the default', startupSeconds: 220, deadline: 600 },
    { desc: 'just the default', startupSeconds: 240, deadline: 600 },
    { desc: 'longer for a slow start', startupSeconds: 241, deadline: 601 },
  ])('waits $desc before it calls a rollout failed', ({ startupSeconds, deadline }) => {
    const slow = inputFor(stackWith({}), { 'c6i.8xlarge': ALL });
    slow.plan.services.api!.startupSeconds = startupSeconds;
    expect(objectsOf(slow)['api/deployment.yaml'].spec.progressDeadlineSeconds).toBe(deadline);
  });

  it.each([
    { startupSeconds: 300, seconds: 300 },
    { startupSeconds: 301, seconds: 301 },
    { startupSeconds: 4000, seconds: 3600 }, // what the API takes at most
  ])('stops no replica sooner than $seconds s after a peak, where a start takes $startupSeconds s', (row) => {
    const slow = inputFor(stackWith({}), { 'c6i.8xlarge': ALL });
    slow.plan.services.api!.startupSeconds = row.startupSeconds;
    const { scaleDown } = objectsOf(slow)['api/horizontalpodautoscaler.yaml'].spec.behavior;
    expect(scaleDown).toEqual({ stabilizationWindowSeconds: row.seconds });
  });
});

describe('a pod that Pod Security calls restricted', () => {
  it.each([
    { desc: 'api', workload: api, id: 1001, grace: 60 },
    { desc: 'postgres', workload: postgres, id: 999, grace: 120 },
    { desc: 'redis', workload: redis, id: 999, grace: 15 },
  ])('$desc', ({ desc, workload, id, grace }) => {
    const { spec } = workload.spec.template;
    expect(spec).toMatchObject({
      serviceAccountName: desc,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: grace,
    });
    expect(spec.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: id,
      runAsGroup: id,
      fsGroup: id,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(spec.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    });
    expect(objects[`${desc}/serviceaccount.yaml`].automountServiceAccountToken).toBe(false);
  });

  it('sets a kernel parameter that it may set, and leaves out one that it may not', () => {
    const sysctl = { otherwise: '7200', why: 'idle connections' };
    const policies = policiesWith({
      redis: {
        sysctls: [
          { key: 'net.ipv4.tcp_keepalive_time', value: '300', ...sysctl },
          { key: 'vm.overcommit_memory', value: '1', ...sysctl },
        ],
      },
    });
    const changed = objectsOf(inputFor(stackWith({}), { 'c6i.8xlarge': ALL }, policies));
    expect(changed['redis/deployment.yaml'].spec.template.spec.securityContext.sysctls).toEqual([
      { name: 'net.ipv4.tcp_keepalive_time', value: '300' },
    ]);
  });
});

describe('storage', () => {
  it('postgres: data one level below the mount, sized shared memory, what else it writes', () => {
    const { containers, volumes } = postgres.spec.template.spec;
    expect(containers[0].env[0]).toEqual({ name: 'PGDATA', value: '/var/lib/postgresql/data/data' });
    expect(containers[0].volumeMounts).toEqual([
      { name: 'data', mountPath: '/var/lib/postgresql/data' },
      { name: 'shm', mountPath: '/dev/shm' },
      {
        name: 'files',
        mountPath: '/docker-entrypoint-initdb.d/10-roles.sh',
        subPath: '10-roles.sh',
        readOnly: true,
      },
      { name: 'writable-1', mountPath: '/tmp' },
      { name: 'writable-2', mountPath: '/var/run/postgresql' },
    ]);
    // min(854, 1024) + ceil(2 x 10114 kB x (7 + 7/4 + 1)) = 854 + 178
    expect(volumes).toEqual([
      { name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: '1032Mi' } },
      { name: 'files', configMap: { name: 'spatialvortex-postgres-files' } },
      { name: 'writable-1', emptyDir: { sizeLimit: '1Gi' } },
      { name: 'writable-2', emptyDir: { sizeLimit: '1Gi' } },
    ]);
    expect(postgres.spec.volumeClaimTemplates).toEqual([
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOncePod'], resources: { requests: { storage: '100Gi' } } },
      },
    ]);
    const retain = { whenDeleted: 'Retain', whenScaled: 'Retain' };
    expect(postgres.spec.persistentVolumeClaimRetentionPolicy).toEqual(retain);
    expect(textsOf(input)['postgres/statefulset.yaml']).toContain("# counts as the container's memory: parallel");
  });

  it('shares its volume with another pod where the stack says so, and writes what it may write', () => {
    const volume = { path: '/data', sizeMiB: 1536, accessMode: 'ReadWriteOnce' as const };
    const stack = stackWith({ redis: { volume, writable: ['/tmp'], writableSizeMiB: 64 } });
    const { spec } = objectsOf(inputFor(stack, { 'c6i.8xlarge': ALL }))['redis/statefulset.yaml'];
    const { accessModes, resources } = spec.volumeClaimTemplates[0].spec;
    expect([accessModes, resources.requests.storage]).toEqual([['ReadWriteOnce'], '1536Mi']);
    expect(spec.template.spec.volumes.at(-1).emptyDir).toEqual({ sizeLimit: '64Mi' });
  });

  it('mounts a path once', () => {
    const stack = stackWith({
      redis: { volume: { path: '/data', sizeMiB: 1024 }, writable: ['/tmp', '/tmp/', '/data', '/run'] },
    });
    const mounts = objectsOf(inputFor(stack, { 'c6i.8xlarge': ALL }))['redis/statefulset.yaml'].spec.template.spec
      .containers[0].volumeMounts;
    expect(mounts.map((mount: { mountPath: string }) => mount.mountPath)).toEqual(['/data', '/tmp', '/run']);
  });

  it('a storage class as stated; a service without a volume is a Deployment; a data folder of the stack stays', () => {
    const volume = { path: '/data/', sizeMiB: 1024, storageClass: 'fast', dataVariable: 'DATA' };
    const stack = stackWith({ redis: { volume }, postgres: { env: { PGDATA: '/var/lib/postgresql/data' } } });
    const api = withoutVolume(stack.services[0]!);
    const files = objectsOf(
      inputFor({ ...stack, services: [api, ...stack.services.slice(1)] }, { 'c6i.8xlarge': ALL }),
    );
    const { spec } = files['redis/statefulset.yaml'];
    expect(spec.volumeClaimTemplates[0].spec.storageClassName).toBe('fast');
    expect(spec.template.spec.containers[0].env[0]).toEqual({ name: 'DATA', value: '/data/data' });
    expect(files['postgres/statefulset.yaml'].spec.template.spec.containers[0].env[0]).toEqual({
      name: 'PGDATA',
      value: '/var/lib/postgresql/data',
    });
    expect(files['api/deployment.yaml'].spec).not.toHaveProperty('volumeClaimTemplates');
  });

  it('keeps what is immutable the same on any machine', () => {
    const immutable = ({ spec }: typeof postgres) => [
      spec.serviceName,
      spec.selector,
      spec.podManagementPolicy,
      spec.volumeClaimTemplates,
    ];
    for (const profile of ['m7g.2xlarge', '4cpu-8gi']) {
      const other = objectsOf(renderInput(profile, { platform: 'kubernetes' }));
      expect(immutable(other['postgres/statefulset.yaml'])).toEqual(immutable(postgres));
      expect(other['api/deployment.yaml'].spec.selector).toEqual(api.spec.selector);
    }
    expect(immutable(postgres).slice(0, 3)).toEqual([
      'postgres-headless',
      { matchLabels: { 'app.kubernetes.io/name': 'postgres', 'app.kubernetes.io/instance': 'spatialvortex' } },
      'Parallel',
    ]);
  });
});

describe('probes and stop', () => {
  it('api: over HTTP on the named port; 60 + 5 x 32 = 220 s to start', () => {
    const container = api.spec.template.spec.containers[0];
    const httpGet = { path: '/api/v1/health', port: 'http' };
    expect(container.startupProbe).toEqual({ httpGet, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 44 });
    expect(container.readinessProbe).toEqual({ httpGet, periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 3 });
    expect(container.livenessProbe).toEqual({ httpGet, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 });
    expect(container.lifecycle).toEqual({ preStop: { sleep: { seconds: 10 } } });
  });

  it('postgres: by command, half an hour to start, no pause before the stop', () => {
    const container = postgres.spec.template.spec.containers[0];
    const exec = { command: ['pg_isready', '-h', '127.0.0.1', '-U', 'spatialvortex', '-d', 'spatialvortex'] };
    expect(container.startupProbe).toEqual({ exec, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 180 });
    expect(container).not.toHaveProperty('lifecycle');
    expect(textsOf(input)['postgres/statefulset.yaml']).toContain(
      "# Kubernetes sends the image's STOPSIGNAL, which has to be SIGINT, else SIGTERM: fast shutdown;",
    );
  });

  it.each([
    { periodSeconds: 110, failureThreshold: 2 },
    { periodSeconds: 111, failureThreshold: 2 },
    { periodSeconds: 109, failureThreshold: 3 },
  ])('220 s every $periodSeconds s are $failureThreshold tries', ({ periodSeconds, failureThreshold }) => {
    const startup = { http: '/', periodSeconds, timeoutSeconds: 5, failureThreshold: 1 };
    const files = objectsOf(inputFor(stackWith({ api: { probes: { startup } } }), { 'c6i.8xlarge': ALL }));
    const container = files['api/deployment.yaml'].spec.template.spec.containers[0];
    expect(container.startupProbe.failureThreshold).toBe(failureThreshold);
    expect(container).not.toHaveProperty('livenessProbe');
  });

  it('a start is waited for even where only liveness is stated', () => {
    const liveness = { exec: ['true'], periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 };
    const files = objectsOf(inputFor(stackWith({ redis: { probes: { liveness } } }), { 'c6i.8xlarge': ALL }));
    expect(files['redis/deployment.yaml'].spec.template.spec.containers[0].startupProbe.failureThreshold).toBe(2);
  });
});

describe('placement', () => {
  it('prefers to spread replicas over nodes and zones, and never insists', () => {
    const labelSelector = { matchLabels: api.spec.selector.matchLabels };
    expect(api.spec.template.spec.topologySpreadConstraints).toEqual(
      ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector,
      })),
    );
    expect(postgres.spec.template.spec).not.toHaveProperty('topologySpreadConstraints');
  });

  const selectorsOf = (files: ReturnType<typeof objectsOf>) =>
    [files['api/deployment.yaml'], files['postgres/statefulset.yaml'], files['redis/deployment.yaml']].map(
      (workload) => workload.spec.template.spec.nodeSelector,
    );

  it('one kind of machine: its architecture; container limits: nothing', () => {
    expect(selectorsOf(objects)).toEqual(Array(3).fill({ 'kubernetes.io/arch': 'amd64' }));
    expect(selectorsOf(objectsOf(renderInput('4cpu-8gi', { platform: 'kubernetes' })))).toEqual(
      Array(3).fill(undefined),
    );
  });

  it('machines of their own: the kind that each service is planned for, beside what the stack selects', () => {
    const stack = stackWith({ redis: { nodeSelector: { pool: 'cache', 'kubernetes.io/arch': 'any' } } });
    const files = objectsOf(inputFor(stack, { 'c6i.8xlarge': ['api'], 'r7g.2xlarge': ['postgres', 'redis'] }));
    const r7g = { 'kubernetes.io/arch': 'arm64', 'node.kubernetes.io/instance-type': 'r7g.2xlarge' };
    expect(selectorsOf(files)).toEqual([
      { 'kubernetes.io/arch': 'amd64', 'node.kubernetes.io/instance-type': 'c6i.8xlarge' },
      r7g,
      { ...r7g, pool: 'cache', 'kubernetes.io/arch': 'any' },
    ]);
  });

  it("a machine of the user's own has a name that no node bears", () => {
    const own = inputFor(stackWith({}), { 'c6i.8xlarge': ['api'], 'm6i.large': ['postgres', 'redis'] });
    own.plan.machines[1]!.provider = 'other';
    expect(selectorsOf(objectsOf(own)).slice(1)).toEqual(Array(2).fill({ 'kubernetes.io/arch': 'amd64' }));
  });
});

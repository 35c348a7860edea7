/** What a place says of each field of a stack, and that what it advises makes it silent. */
import { describe, expect, it } from 'vitest';
import { tryContainerName } from '../../../src/hardware/container.ts';
import { makePlan } from '../../../src/plan/plan.ts';
import { findPlatform } from '../../../src/platforms/index.ts';
import { cloudRun } from '../../../src/targets/cloud-run/index.ts';
import { compose } from '../../../src/targets/compose/index.ts';
import { docker } from '../../../src/targets/docker/index.ts';
import { ecs } from '../../../src/targets/ecs/index.ts';
import { cost, policyOf, problemsOf, service, stackOf } from '../../samples.ts';
import { planFor } from '../../support.ts';

const PLACES = [
  { place: 'host', targets: [docker, compose] },
  { place: 'ecs', targets: [ecs] },
  { place: 'fargate', targets: [ecs] },
  { place: 'cloud-run', targets: [cloudRun] },
] as const;

/** A stack of one service, `web`, and of another that it calls, and what a place makes of it. */
function at(place: string, changes: object = {}, policies = [policyOf({ stop: STOP })], external: string[] = ['db']) {
  const stack = stackOf(
    { services: { web: service({ connectsTo: ['db'], ...changes }), db: service({ ports: { db: 5432 } }) } },
    policies,
  );
  const byName = Object.fromEntries(policies.map((policy) => [policy.name, policy]));
  const platform = findPlatform(place);
  const placed = stack.services.filter(({ name }) => !external.includes(name));
  const { plan } = makePlan({
    stack,
    policies: byName,
    platform,
    label: '4cpu-8gi',
    placements: [{ profile: tryContainerName('4cpu-8gi')!, services: placed }],
    external,
    overrides: {},
  });
  return { plan, platform, stack, policies: byName, command: 'x' };
}
const STOP = { signal: 'SIGTERM', graceSeconds: 5, why: 'made up' };
const found = (place: string, changes: object = {}, policies?: ReturnType<typeof policyOf>[]) =>
  at(place, changes, policies).plan.findings.map(({ code, path, message }) => `${code} ${path}: ${message}`);

describe('each field of a service', () => {
  const probe = (changes: object) => ({
    http: '/up',
    periodSeconds: 7,
    timeoutSeconds: 6,
    failureThreshold: 2,
    ...changes,
  });
  /** Changes of a field, and the places whose files are other ones with it; elsewhere a finding names the field. */
  const fields: { field: string; change: object; apart?: readonly string[]; why?: string }[] = [
    { field: 'image', change: { image: 'demo/other:2' } },
    { field: 'cpuLimit', change: { cpuLimit: 'none' } },
    {
      field: 'replicas',
      change: { replicas: { min: 2, max: 4 } },
      apart: ['host'],
      why: 'one of each, as its name says',
    },
    {
      field: 'autoscale',
      change: { replicas: { min: 2, max: 4 }, autoscale: { cpuPercent: 50 } },
      apart: ['host'],
      why: 'one of each',
    },
    { field: 'podsPerNode', change: { podsPerNode: 2 } },
    { field: 'ports', change: { ports: { http: 9090 } } },
    { field: 'env', change: { env: { LEVEL: 'debug' } } },
    { field: 'labels', change: { labels: { team: 'shop' } } },
    { field: 'annotations', change: { annotations: { 'example.com/owner': 'shop' } } },
    { field: 'nodeSelector', change: { nodeSelector: { disk: 'ssd' } } },
    { field: 'user', change: { user: { uid: 1234, gid: 1234 } } },
    { field: 'writable', change: { writable: ['/tmp'] } },
    { field: 'liveness', change: { probes: { liveness: probe({}) } } },
    {
      field: 'startup',
      change: { probes: { startup: probe({}) } },
      apart: ['ecs', 'fargate'],
      why: 'its time is the health check’s startPeriod',
    },
    {
      field: 'readiness',
      change: { probes: { readiness: probe({}) } },
      apart: ['cloud-run'],
      why: 'Cloud Run has none in general availability',
    },
    { field: 'terminationGraceSeconds', change: { terminationGraceSeconds: 33 } },
    {
      field: 'preStopSeconds',
      change: { preStopSeconds: 4, terminationGraceSeconds: 10 },
      apart: ['host', 'ecs', 'fargate'],
      why: 'the target group drains before the stop signal, on a host nothing does',
    },
    {
      field: 'egress',
      change: { egress: [{ port: 443 }] },
      apart: ['host'],
      why: 'the main service is published, and so has a way out',
    },
    { field: 'connectsTo', change: { connectsTo: ['db'] }, apart: ['host'], why: 'the same' },
  ];
  const cases = PLACES.flatMap(({ place, targets }) =>
    fields.map(({ field, change, apart }) => ({
      place,
      targets,
      field,
      change,
      isApart: apart?.includes(place) ?? false,
    })),
  );

  it.each(cases.filter(({ isApart }) => !isApart))(
    '$field on $place is in a file or said',
    ({ place, targets, change }) => {
      const filesOf = (changes: object) => {
        const input = at(place, { terminationGraceSeconds: 10, connectsTo: [], ...changes });
        return targets.map((target) => target.render(input));
      };
      const [before, after] = [filesOf({}), filesOf(change)];
      const foundWith = (changes: object) => found(place, { terminationGraceSeconds: 10, connectsTo: [], ...changes });
      const said = foundWith(change).length > foundWith({}).length;
      const used = JSON.stringify(before) !== JSON.stringify(after);
      expect(used || said).toBe(true);
    },
  );

  it.each([
    [
      'fargate',
      { nodeSelector: { disk: 'ssd' } },
      'FIELDS_UNUSED web: fargate does not use nodeSelector, because it has no nodes to choose from',
    ],
    ['ecs', { annotations: { a: 'b' } }, 'FIELDS_UNUSED web: ecs does not use annotations, which are for Kubernetes'],
    [
      'cloud-run',
      { autoscale: { cpuPercent: 50 }, egress: [{ port: 443 }], cpuLimit: 'none' },
      'FIELDS_UNUSED web: cloud-run does not use cpuLimit: none, because what it sells is a limit; autoscale, because it scales between the replicas by itself; egress, because only the firewall of a network limits that',
    ],
  ])('that %s drops is said with the reason', (place, change, said) => {
    expect(found(place, change)).toContain(said);
  });

  it('says nothing where all are used', () => {
    expect(found('kubernetes', { annotations: { a: 'b' }, nodeSelector: { disk: 'ssd' }, podsPerNode: 2 })).toEqual([]);
    expect(found('fargate')).toEqual([]);
  });
});

describe('a volume on ECS', () => {
  const volume = { path: '/data', size: '3Gi' };

  it.each(['ecs', 'fargate'])('is refused on %s, and is not where either remedy is taken', (place) => {
    expect(problemsOf(() => at(place, { volume }))).toEqual([
      `PLATFORM_UNSUPPORTED web: expected a service without a volume on ${place}, got one at /data; all its tasks mount one file system, and each takes the data in it for its own, and no fence keeps a second one out when a partition hides the first: both write, both say that they are ready, and the data are lost (deploy.volume.unfenced: may-corrupt in the stack accepts that)`,
    ]);
    const accepted = at(place, { volume: { ...volume, unfenced: 'may-corrupt' } });
    expect(accepted.plan.findings.map(({ code }) => code)).toEqual(['VOLUME_UNFENCED']);
    const [service] = ecs.render(accepted).filter(({ path }) => path === 'web/service.json');
    expect(JSON.parse(service!.contents)).toMatchObject({
      desiredCount: 1,
      deploymentConfiguration: { maximumPercent: 100, minimumHealthyPercent: 0 },
    });
    expect(at(place, {}, undefined, ['web']).plan.services).not.toHaveProperty('web');
  });

  it.each(['host', 'kubernetes'])('is its own on %s', (place) => {
    expect(problemsOf(() => at(place, { volume }))).toEqual([]);
  });
});

describe('Cloud Run', () => {
  it.each([
    ['demo/web:1', true],
    ['docker.io/library/nginx:1', true],
    ['gcr.io/shop/web', true],
    ['eu.gcr.io/shop/web@sha256:00', true],
    ['europe-west1-docker.pkg.dev/shop/web/api:2', true],
    ['docker.pkg.dev/shop/web/api:2', true],
    ['ghcr.io/shop/web:1', false],
    ['quay.io/shop/web:1', false],
    ['public.ecr.aws/shop/web:1', false],
    ['registry.example.com:5000/web', false],
    ['localhost/web', false],
    ['evil-gcr.io/web', false],
    ['pkg.dev.example.com/web', false],
  ])('pulls %s: %s', (image, isPulled) => {
    const codes = (name: string) => at('cloud-run', { image: name }).plan.findings.map(({ code }) => code);
    expect(codes(image).includes('IMAGE_NOT_PULLED')).toBe(!isPulled);
    // the remedy
    const named = `europe-west1-docker.pkg.dev/shop/remote/${image.replace(/^[^/]*\//, '')}`;
    expect(codes(named)).not.toContain('IMAGE_NOT_PULLED');
  });

  it('kills after 10 s, which is said until the service needs no more', () => {
    const slow = found('cloud-run', { terminationGraceSeconds: 11 });
    expect(slow).toContain(
      'STOP_CUT_SHORT web.deploy.terminationGraceSeconds: Cloud Run kills an instance 10 s after SIGTERM, and web is given 11 s; let it finish in 10 s and say so in its policy (stop.graceSeconds) and its service (terminationGraceSeconds, preStopSeconds), or plan for a platform that waits',
    );
    expect(found('cloud-run', { terminationGraceSeconds: 10 }).join()).not.toContain('STOP_CUT_SHORT');
  });

  it('reaches private addresses by a network, which the file then names', () => {
    const network = '[{"network":"default","subnetwork":"default"}]';
    const annotations = {
      'run.googleapis.com/network-interfaces': network,
      'run.googleapis.com/vpc-access-egress': 'private-ranges-only',
    };
    expect(found('cloud-run').join()).toContain('NETWORK_UNREACHED web.deploy.annotations: web connects to db, and');
    expect(found('cloud-run', { connectsTo: [] }).join()).not.toContain('NETWORK_UNREACHED');
    expect(found('cloud-run', { annotations }).join()).not.toMatch(/NETWORK_UNREACHED|FIELDS_UNUSED/);
    const [file] = cloudRun.render(at('cloud-run', { annotations }));
    expect(file!.contents).toContain(`run.googleapis.com/network-interfaces: ${JSON.stringify(network)}`);
    expect(file!.contents).toContain('run.googleapis.com/vpc-access-egress: "private-ranges-only"');
  });
});

describe('data on disk', () => {
  const keeps = policyOf({ disk: { ...cost(2500), source: undefined }, stop: STOP });
  const codes = (changes: object) => at('kubernetes', changes, [keeps]).plan.findings.map(({ code }) => code);
  const volume = (size: string) => ({ path: '/data', size });

  it('go with the container where there is no volume', () => {
    expect(found('kubernetes', {}, [keeps])).toContain(
      'VOLUME_MISSING web: Demo keeps data, and its service has no volume, so they go with the container; state deploy: {volume: {path: <its data folder>, size: 3Gi}}',
    );
  });

  it.each([
    ['2499Mi', true],
    ['2500Mi', false],
    ['3Gi', false], // ceil(2500 / 1024): the size that is advised
  ])('need a volume of 2,500 MiB; %s is too small: %s', (size, isSmall) => {
    expect(codes({ volume: volume(size), backup: 'b' })).toEqual(isSmall ? ['VOLUME_TOO_SMALL'] : []);
    if (isSmall) expect(found('kubernetes', { volume: volume(size) }, [keeps]).join()).toContain('state size: 3Gi');
  });

  it('need a backup, or a line about one', () => {
    expect(codes({ volume: volume('3Gi') })).toEqual(['BACKUP_MISSING']);
    expect(codes({ volume: volume('3Gi'), backup: 'pg_dump every night' })).toEqual([]);
    expect(found('kubernetes', { volume: volume('3Gi') })).toEqual([]); // a policy that keeps none
  });

  it('of the built-in stack have room on every machine up to 384 GiB, and a line about their backup', () => {
    for (const profile of ['c6i.8xlarge', 'm7g.2xlarge', 'r6i.4xlarge', 'm7i.24xlarge']) {
      const text = planFor(profile)
        .plan.findings.map(({ code }) => code)
        .join();
      expect(text).not.toMatch(/VOLUME|BACKUP/);
    }
  });

  it('of PostgreSQL are what the planner is told is cached, the WAL and temporary files', () => {
    // u7i-12tb.224xlarge, host: far more than 100 GiB of cache
    const [one] = planFor('u7i-12tb.224xlarge').plan.findings.filter(({ code }) => code === 'VOLUME_TOO_SMALL');
    expect(one!.path).toBe('postgres.deploy.volume.size');
  });
});

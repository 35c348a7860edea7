/**
 * One plan, one program: PostgreSQL and Redis start from every target that can be started here, exact and auto, as the
 * same command in the same environment, and every effective setting of the real servers is equal. Docker stands in for
 * the kubelet, for the agent of ECS and for systemd, each by what its file says.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { UNFENCED_STACK } from '../unfenced.ts';
import { composeProject } from './support/compose.ts';
import { docker } from './support/containers.ts';
import { ROOT, synth, synthAll, temporaryFolder } from './support/generated.ts';
import { type KubernetesObject, kustomize } from './support/kubernetes.ts';
import { run } from './support/run.ts';
import { SECRETS } from './support/secrets.ts';
import { execWords, variablesIn } from './support/unit.ts';

/** The same values on each platform, and no more CPUs than Docker has here. */
const PROFILE = '2cpu-6gi';
/** What ten replicas of the API ask for (8 × 10 + 8): Kubernetes and ECS have them, a host has one. */
const PIN = ['--set', 'postgres.max_connections=88'];
const SERVICES = ['postgres', 'redis'] as const;
type Service = (typeof SERVICES)[number];
const STARTUP_MS = 60_000;

/** Starts a service and returns its container. */
type Start = (service: Service) => Promise<string>;

const TARGETS: Record<string, (mode: string) => Promise<Start>> = {
  async compose(mode) {
    const { folder } = await synth(PROFILE, 'compose', ...PIN, '--mode', mode);
    const { prepare, up, container } = composeProject(folder);
    await prepare();
    return async (service) => {
      await up(service);
      return container(service);
    };
  },
  async 'docker-run'(mode) {
    const { folder } = await synth(PROFILE, 'docker', ...PIN, '--mode', mode);
    return async (service) => {
      const env = { ...inject('docker'), ...SECRETS, IMAGE: inject('images')[service] };
      await run(join(folder, service, 'docker-run.sh'), [], { env });
      return `spatialvortex-${service}`;
    };
  },
  async kubernetes(mode) {
    const { folder } = await synth(PROFILE, 'kubernetes', ...PIN, '--mode', mode);
    return podsOf(await kustomize(folder));
  },
  async kustomize(mode) {
    const folder = await synthAll(
      ['--profile', PROFILE, ...PIN, '--platform', 'kubernetes', '--mode', mode],
      'kustomize',
    );
    return podsOf(await kustomize(join(folder, 'overlays', PROFILE)));
  },
  async ecs() {
    const { folder } = await synth(PROFILE, 'ecs', ...PIN, '--platform', 'ecs', '--stack', UNFENCED_STACK);
    return async (service) => {
      const { containerDefinitions } = JSON.parse(readFileSync(join(folder, service, 'task-definition.json'), 'utf8'));
      const [one] = containerDefinitions;
      const named: [string, string][] = one.environment.map(({ name, value }: Variable) => [name, value]);
      const secrets: [string, string][] = one.secrets.map(({ name }: Variable) => [name, SECRETS[name]!]);
      const { tmpfs = [], sharedMemorySize } = one.linuxParameters;
      return startContainer(service, {
        user: one.user,
        memory: `${one.memory}m`,
        env: Object.fromEntries([...named, ...secrets]),
        mounts: [
          ...(sharedMemorySize ? ['--shm-size', `${sharedMemorySize}m`] : []),
          ...tmpfs.flatMap(({ containerPath, size, mountOptions }: Tmpfs) => [
            ...['--tmpfs', `${containerPath}:size=${size}m,${mountOptions.join(',')}`],
          ]),
          ...one.mountPoints.flatMap(({ containerPath }: Tmpfs) => ['--tmpfs', `${containerPath}:mode=1777`]),
        ],
        command: [...one.entryPoint, ...one.command],
      });
    };
  },
  /** A unit of the stack's own, whose program is the image's. */
  async systemd(mode) {
    const folder = join(temporaryFolder(), 'stack');
    mkdirSync(folder);
    const file = join(folder, 'stack.yaml');
    const text = readFileSync(join(ROOT, 'stacks/spatialvortex/stack.yaml'), 'utf8');
    const entry = 'exec: /usr/local/bin/docker-entrypoint.sh';
    const own = text
      .replace('systemd: { unit: postgresql@15-main.service }', `systemd: { unit: pg.service, ${entry} postgres }`)
      .replace('systemd: { unit: redis-server.service }', `systemd: { unit: cache.service, ${entry} redis-server }`);
    writeFileSync(file, own);
    const generated = await synth(PROFILE, 'env', ...PIN, '--mode', mode, '--stack', file);
    return async (service) => {
      const unit = readFileSync(
        join(generated.folder, 'systemd', service === 'postgres' ? 'pg.service' : 'cache.service'),
        'utf8',
      );
      const env = { ...variablesIn(join(generated.folder, `${service}.env`)), ...secretsOf(service) };
      const mounted = [
        ...unit.matchAll(/^BindReadOnlyPaths=\/etc\/spatialvortex\/(\S+?):(\S+)$/gm),
        ...(mode === 'auto' ? [['', `${service}/entrypoint.sh`, `/etc/spatialvortex/${service}/entrypoint.sh`]] : []),
      ];
      return startContainer(service, {
        user: '999:999',
        memory: `${/^MemoryMax=(\d+)M$/m.exec(unit)![1]}m`,
        cpus: `${Number(/^CPUQuota=(\d+)%$/m.exec(unit)![1]) / 100}`,
        env,
        mounts: [
          ...mounted.flatMap(([, from, to]) => ['--volume', `${join(generated.folder, from!)}:${to}:ro`]),
          ...['--shm-size', '3g'], // half of the machine's memory, as systemd mounts it
          ...writable(service),
        ],
        command: execWords(unit, env),
      });
    };
  },
};

interface Variable {
  name: string;
  value: string;
}

interface Tmpfs {
  containerPath: string;
  size: number;
  mountOptions: string[];
}

/** What may differ, and why. */
const DIFFERS: Record<string, string[]> = {
  // Only containers are in danger of SIGBUS; a program on the machine itself takes reserved pages where there are some.
  systemd: ['huge_pages'],
};

const CASES = Object.keys(TARGETS).flatMap((target) =>
  target === 'ecs' ? [{ target, mode: 'exact' }] : ['exact', 'auto'].map((mode) => ({ target, mode })),
);

describe.each(SERVICES)('%s', (service) => {
  let first: Running | undefined;
  let started: string | undefined;
  afterAll(() => started && docker('rm', '--force', '--volumes', started));

  test.each(CASES)('is the same program from $target, $mode', async ({ target, mode }) => {
    const start = await TARGETS[target]!(mode);
    started = await start(service);
    const running = service === 'postgres' ? await askPostgres(started) : await askRedis(started);
    await docker('rm', '--force', '--volumes', started);
    started = undefined;
    first ??= running;
    const differs = DIFFERS[target] ?? [];
    const comparable = ({ settings, ...rest }: Running) => ({
      ...rest,
      settings: Object.fromEntries(Object.entries(settings).filter(([name]) => !differs.includes(name))),
      command: rest.command.filter((word) => !differs.some((name) => word.startsWith(`${name}=`))),
    });
    expect(Object.keys(running.settings).length).toBeGreaterThan(150);
    expect(comparable(running)).toEqual(comparable(first));
  });
});

interface Running {
  settings: Record<string, string>;
  command: string[];
  environment: string[];
  answers: string[];
}

async function askPostgres(container: string): Promise<Running> {
  const psql = (statement: string) =>
    docker('exec', container, 'psql', '-U', 'postgres', '-d', 'spatialvortex', '-AtF', '\t', '-c', statement);
  await expect
    .poll(() => docker('exec', container, 'pg_isready', '-h', '127.0.0.1').catch(() => ''), { timeout: STARTUP_MS })
    .toMatch('accepting');
  const rows = lines(await psql('SELECT name, setting FROM pg_settings'));
  const environment = 'tr "\\0" "\\n" < "/proc/$(head -n 1 "$PGDATA/postmaster.pid")/environ"';
  const inside = (script: string) => docker('exec', '--env', `PGDATA=${DATA}`, container, 'sh', '-c', script);
  return {
    settings: Object.fromEntries(rows.map((row) => row.split('\t') as [string, string])),
    command: [...(await inside('cat "$PGDATA/postmaster.opts"')).matchAll(/"([^"]*)"/g)].map(([, word]) => word!),
    environment: ownVariables(await inside(environment)),
    answers: [
      await psql("SELECT to_tsvector('the running dogs') @@ to_tsquery('dog')"),
      await psql("SELECT rolname, rolsuper FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1"),
      await psql("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'spatialvortex'"),
    ],
  };
}

const DATA = '/var/lib/postgresql/data/data';

async function askRedis(container: string): Promise<Running> {
  const redis = (...words: string[]) =>
    docker('exec', '--env', `REDISCLI_AUTH=${SECRETS.REDIS_PASSWORD}`, container, 'redis-cli', ...words);
  await expect.poll(() => redis('ping').catch(() => ''), { timeout: STARTUP_MS }).toMatch('PONG');
  const texts = (await redis('CONFIG', 'GET', '*')).split('\n');
  const settings = Object.fromEntries(
    Array.from({ length: Math.floor(texts.length / 2) }, (_, at) => [texts[2 * at]!, texts[2 * at + 1]!]),
  );
  const environment = 'tr "\\0" "\\n" < "/proc/$(pidof redis-server)/environ"';
  return {
    settings,
    command: [],
    environment: ownVariables(await docker('exec', container, 'sh', '-c', environment)),
    answers: [await docker('exec', container, 'redis-cli', 'ping')],
  };
}

/** Without what a container or a shell adds, and the bounds and the pin that only our entry point reads. */
function ownVariables(text: string): string[] {
  return lines(text)
    .filter(
      (line) =>
        !/^(HOSTNAME|HOME|PWD|OLDPWD|SHLVL|_|PG_GRANDPARENT_PID|SIZEWRIGHT_\w+|max_connections|\w+_(MIN|MAX|ASKED))=/.test(
          line,
        ),
    )
    .sort();
}

function lines(text: string): string[] {
  return text.split('\n').filter(Boolean);
}

interface Container {
  user: string;
  memory: string;
  cpus?: string;
  env: Readonly<Record<string, string>>;
  mounts: readonly string[];
  command: readonly string[];
}

async function startContainer(service: Service, container: Container): Promise<string> {
  const name = `program-${service}`;
  const [entrypoint, ...words] = container.command;
  await docker(
    ...['run', '--detach', '--name', name, '--network', 'none', '--init', '--user', container.user],
    ...['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--memory', container.memory],
    ...(container.cpus ? ['--cpus', container.cpus] : []),
    ...Object.entries(container.env).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    ...container.mounts,
    ...['--entrypoint', entrypoint!, inject('images')[service], ...words],
  );
  return name;
}

/** Folders that a machine has and a container is given. */
function writable(service: Service): string[] {
  const folders =
    service === 'postgres' ? ['/var/lib/postgresql/data', '/var/run/postgresql', '/tmp'] : ['/data', '/tmp'];
  return folders.flatMap((path) => ['--tmpfs', `${path}:mode=1777`]);
}

function secretsOf(service: Service): Record<string, string> {
  const names =
    service === 'postgres' ? ['POSTGRES_PASSWORD', 'APPLICATION_PASSWORD', 'EXPORTER_PASSWORD'] : ['REDIS_PASSWORD'];
  return Object.fromEntries(names.map((name) => [name, SECRETS[name]!]));
}

/** The one container of a service's pod, with its mounts. */
function podsOf(objects: readonly KubernetesObject[]): Start {
  const dataOf = (name: string) =>
    objects.find((object) => object.kind === 'ConfigMap' && object.metadata.name === name)!.data!;
  return async (service) => {
    const workload = objects.find(
      ({ kind, metadata }) => /^(Deployment|StatefulSet)$/.test(kind) && metadata.name === service,
    )!;
    // biome-ignore lint/suspicious/noExplicitAny: looked at member by member
    const pod: any = workload.spec!.template!.spec;
    const [container] = pod.containers;
    const limits = container.resources.limits;
    const granted: Record<string, string> = {
      'limits.cpu': limits.cpu.replace('m', ''),
      'limits.memory': limits.memory.replace('Mi', ''),
    };
    const env: Record<string, string> = {};
    for (const { configMapRef } of container.envFrom ?? []) Object.assign(env, dataOf(configMapRef.name));
    for (const { name, value, valueFrom } of container.env ?? [])
      env[name] = value ?? (valueFrom.secretKeyRef ? SECRETS[name] : granted[valueFrom.resourceFieldRef.resource]);
    const expand = (text: string) =>
      text.replace(/\$\$|\$\(([^)]*)\)/g, (match, name: string) => (match === '$$' ? '$' : (env[name] ?? match)));
    const folder = temporaryFolder();
    const mounts = container.volumeMounts.flatMap(
      ({ name, mountPath, subPath }: { name: string; mountPath: string; subPath?: string }) => {
        const volume = pod.volumes?.find((one: { name: string }) => one.name === name);
        if (volume?.configMap === undefined) return ['--tmpfs', `${mountPath}:mode=1777`];
        mkdirSync(join(folder, name), { recursive: true });
        for (const [file, text] of Object.entries(dataOf(volume.configMap.name)))
          writeFileSync(join(folder, name, file), text);
        return ['--volume', `${join(folder, name, subPath ?? '')}:${mountPath}:ro`];
      },
    );
    const { runAsUser, runAsGroup } = pod.securityContext;
    await run('chmod', ['-R', 'a+rX', folder]);
    return startContainer(service, {
      user: `${runAsUser}:${runAsGroup}`,
      memory: limits.memory.replace('Mi', 'm'),
      env,
      mounts,
      command: [...container.command, ...container.args].map(expand),
    });
  };
}

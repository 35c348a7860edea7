/** The real Helm renders from the chart what the kubernetes target renders, and refuses what is not affordable. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { SizewrightError } from '../../src/errors/errors.ts';
import { emitYaml } from '../../src/formats/yaml.ts';
import { evaluate } from '../../src/formula/evaluate.ts';
import { toGoTemplate } from '../../src/formula/go-template.ts';
import { parseFormula } from '../../src/formula/parse.ts';
import { proveSafe } from '../../src/formula/range.ts';
import { helm as helmTarget } from '../../src/targets/helm/index.ts';
import { kubernetes } from '../../src/targets/kubernetes/index.ts';
import type { RenderInput } from '../../src/targets/target.ts';
import { arbitraryExpression, type Named, textOf } from '../formula/random.ts';
import { cost, memory, parameter, policyOf, stackOf } from '../samples.ts';
import { spatialvortex } from '../support.ts';
import { hostileInput } from '../targets/helm/support.ts';
import { ALL, inputFor, stackWith } from '../targets/kubernetes/support.ts';
import { type ControlPlane, startControlPlane } from './support/control-plane.ts';
import { filesIn, synth, synthAll, temporaryFolder } from './support/generated.ts';
import { decode, type KubernetesObject } from './support/kubernetes.ts';
import { run } from './support/run.ts';
import { buildTool } from './support/tools.ts';

const PROFILES = ['4cpu-8gi', 'c6i.8xlarge', 'm7g.2xlarge'];
const NAMESPACE = 'spatialvortex';

let helm: (...args: string[]) => Promise<string>;
let chart: string;

beforeAll(async () => {
  const program = await buildTool('helm');
  const home = temporaryFolder();
  const env = { HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home, HELM_DATA_HOME: home };
  helm = (...args) => run(program, args, { env });
  chart = await synthAll(
    PROFILES.flatMap((profile) => ['--profile', profile]),
    'helm',
  );
});

/** What the chart renders, its tests apart, the namespace included. */
async function rendered(folder: string, ...options: string[]): Promise<KubernetesObject[]> {
  const all = ['--skip-tests', '--set', 'namespace.create=true', ...options];
  return decode(await helm('template', NAMESPACE, folder, '-n', NAMESPACE, ...all));
}

function valuesFor(profile: string): string[] {
  return ['-f', join(chart, `values-${profile}.yaml`)];
}

/** Objects of the kubernetes target as a chart has them: their first label that names a tool names Helm. */
function ofHelm(objects: readonly KubernetesObject[]): KubernetesObject[] {
  return objects.map((object) => {
    const { labels } = object.metadata as { labels?: Record<string, string> };
    if (labels) labels['app.kubernetes.io/managed-by'] = 'Helm';
    return object;
  });
}

/** Objects by kind and name: Helm has an order of its own. */
function byName(objects: readonly KubernetesObject[]): Record<string, KubernetesObject> {
  return Object.fromEntries(objects.map((object) => [`${object.kind}/${object.metadata.name}`, object]));
}

test('helm lint --strict has nothing to say, for any of the profiles', async () => {
  expect(await helm('lint', '--strict', chart)).toContain('1 chart(s) linted, 0 chart(s) failed');
  for (const profile of PROFILES) await helm('lint', '--strict', chart, ...valuesFor(profile));
});

describe('rendered objects are those of the kubernetes target', () => {
  test.each(PROFILES)('%s', async (profile) => {
    const { folder } = await synth(profile, 'kubernetes');
    const files = filesIn(folder).filter(
      (path) => !/(kustomization|secret\.example)\.yaml$|manifest\.json$/.test(path),
    );
    const direct = await Promise.all(files.map((file) => decode(readFileSync(file, 'utf8'))));
    expect(byName(await rendered(chart, ...valuesFor(profile)))).toEqual(byName(ofHelm(direct.flat())));
  });

  test('values.yaml alone is whole: the first profile', async () => {
    expect(byName(await rendered(chart))).toEqual(byName(await rendered(chart, ...valuesFor(PROFILES[0]!))));
  });

  test('several platforms: values for each', async () => {
    const words = ['--profile', 'c6i.8xlarge', '--platform', 'eks', '--platform', 'kubernetes'];
    const both = await synthAll(words, 'helm');
    const { folder } = await synth('c6i.8xlarge', 'kubernetes', '--platform', 'eks');
    const direct = await decode(readFileSync(join(folder, 'api', 'deployment.yaml'), 'utf8'));
    const objects = byName(await rendered(both, '-f', join(both, 'values-c6i.8xlarge_eks.yaml')));
    expect(objects['Deployment/api']).toEqual(ofHelm(direct)[0]);
  });

  test('with names and values in the syntax of Helm, YAML and shells', async () => {
    const input = hostileInput();
    const texts = kubernetes.render(input).filter(({ path }) => !/^(kustomization|secret\.example)\.yaml$/.test(path));
    const direct = await Promise.all(texts.map(({ contents }) => decode(contents)));
    const folder = written(input);
    await helm('lint', '--strict', folder);
    const stream = await helm(
      'template',
      input.stack.name,
      folder,
      '-n',
      input.stack.namespace,
      '--skip-tests',
      '--set',
      'namespace.create=true',
    );
    expect(byName(await decode(stream))).toEqual(byName(ofHelm(direct.flat())));
  });
});

/** The arguments of a workload's container. */
function argumentsOf(objects: KubernetesObject[], name: string): string {
  return byName(objects)[name]!.spec!.template!.spec.containers[0]!.args!.join(' ');
}

/** The chart of an input, in a temporary folder. */
function written(input: RenderInput): string {
  const folder = temporaryFolder();
  for (const { path, contents } of helmTarget.render([input])) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), contents);
  }
  return folder;
}

describe('as a dependency of another chart', () => {
  const parent = async (enabled: boolean) => {
    const folder = temporaryFolder();
    cpSync(chart, join(folder, 'charts', 'spatialvortex'), { recursive: true });
    const dependency = { name: 'spatialvortex', version: '0.1.0', condition: 'spatialvortex.enabled' };
    const meta = { apiVersion: 'v2', name: 'parent', version: '1.0.0', dependencies: [dependency] };
    writeFileSync(join(folder, 'Chart.yaml'), JSON.stringify(meta));
    const hardware = parse(readFileSync(join(chart, 'values-c6i.8xlarge.yaml'), 'utf8'));
    const values = { global: { region: 'eu' }, spatialvortex: { ...hardware, enabled } };
    writeFileSync(join(folder, 'values.yaml'), JSON.stringify(values));
    return helm('template', NAMESPACE, folder, '-n', NAMESPACE, '--skip-tests');
  };

  test('it renders the same objects, with the values below its name', async () => {
    const direct = await rendered(chart, '--set', 'namespace.create=false', ...valuesFor('c6i.8xlarge'));
    expect(byName(await decode(await parent(true)))).toEqual(byName(direct));
  });

  test('it is left out by its condition', async () => {
    expect((await parent(false)).trim()).toBe('');
  });
});

describe('what a user sets', () => {
  const small = (...settings: string[]) =>
    rendered(chart, ...valuesFor('4cpu-8gi'), ...settings.flatMap((setting) => ['--set', setting]));

  test('reaches the objects', async () => {
    const objects = byName(
      await small(
        'services.api.image.repository=registry.example/api',
        'services.api.image.tag=2.1.0',
        'services.api.image.pullPolicy=Always',
        'imagePullSecrets[0].name=registry',
        'services.api.parameters.ACTIX_WORKERS=12',
        'services.api.settings.RUST_LOG=debug',
        'services.api.extraEnv[0].name=EXTRA',
        'services.api.extraEnv[0].value=1{{ x',
        'services.api.extraEnvFrom[0].configMapRef.name=others',
        'services.api.podAnnotations.team=search',
        'services.api.tolerations[0].key=dedicated',
        'services.api.nodeSelector.pool=large',
        'services.api.existingSecret=mine',
        'services.api.autoscaling.maxReplicas=5',
        'services.redis.parameters.io_threads=2',
        'commonLabels.team=search',
        'networkPolicy.enabled=false',
      ),
    );
    expect(objects['ConfigMap/spatialvortex-config']!.data).toMatchObject({ ACTIX_WORKERS: '12', RUST_LOG: 'debug' });
    expect(argumentsOf(Object.values(objects), 'Deployment/redis')).toContain(' --io-threads 2 ');
    const unset = byName(await small());
    expect(objects['Deployment/api']).toMatchObject({
      metadata: { labels: { team: 'search' } },
      spec: {
        template: {
          metadata: { labels: { team: 'search' }, annotations: { team: 'search' } },
          spec: {
            imagePullSecrets: [{ name: 'registry' }],
            nodeSelector: { pool: 'large' },
            tolerations: [{ key: 'dedicated' }],
            containers: [{ image: 'registry.example/api:2.1.0', imagePullPolicy: 'Always' }],
          },
        },
      },
    });
    const [container] = objects['Deployment/api']!.spec!.template!.spec.containers;
    expect(container!.env).toContainEqual({ name: 'EXTRA', value: '1{{ x' });
    // Of two sources of a variable the last one counts: the values that the ledger has.
    expect(container!.envFrom).toEqual([
      { configMapRef: { name: 'others' } },
      { configMapRef: { name: 'spatialvortex-config' } },
    ]);
    expect(container!.env).toContainEqual({
      name: 'DATABASE_URL',
      valueFrom: { secretKeyRef: { name: 'mine', key: 'DATABASE_URL' } },
    });
    expect(Object.keys(unset).filter((name) => objects[name] === undefined)).toEqual([
      'NetworkPolicy/api',
      'NetworkPolicy/default-deny',
      'NetworkPolicy/postgres',
      'NetworkPolicy/redis',
    ]);
    // New values replace the pods.
    expect(JSON.stringify(objects['Deployment/redis'])).not.toBe(JSON.stringify(unset['Deployment/redis']));
  });

  test('may be left empty where it only adds', async () => {
    const maps = ['commonLabels', 'commonAnnotations', 'imagePullSecrets'];
    const ofService = ['annotations', 'podAnnotations', 'podLabels', 'nodeSelector', 'tolerations', 'affinity'];
    const others = [
      'extraEnv',
      'extraEnvFrom',
      'priorityClassName',
      'service.annotations',
      'serviceAccount.annotations',
    ];
    const places = [...maps, ...[...ofService, ...others].map((place) => `services.redis.${place}`)];
    const { 'Deployment/redis': set } = byName(await small(...places.map((place) => `${place}=null`)));
    const { 'Deployment/redis': unset } = byName(await small('services.redis.nodeSelector=null'));
    expect(set).toEqual(unset);
  });

  test('takes the place of a secret, which is in the object once', async () => {
    const reference = { name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: 'pg-app', key: 'uri' } } };
    const { 'Deployment/api': own } = byName(await small());
    const set = ['--set-json', `services.api.extraEnv=${JSON.stringify([reference])}`];
    const { 'Deployment/api': api } = byName(await rendered(chart, ...valuesFor('4cpu-8gi'), ...set));
    const envOf = (object: KubernetesObject) => object.spec!.template!.spec.containers[0]!.env!;
    expect(envOf(api!).filter(({ name }) => name === 'DATABASE_URL')).toEqual([reference]);
    expect(envOf(api!)).toHaveLength(envOf(own!).length);
  });

  test('is let in where the limit makes room for it, or another value does', async () => {
    const resource = (memory: string) =>
      ['limits', 'requests'].map((group) => `services.redis.resources.${group}.memory=${memory}`);
    // 16384 - 16384 / 4 = 12288; 16385 - 4096 = 12289
    for (const size of [10_000, 12_288])
      expect(
        argumentsOf(
          await small(...resource('16Gi'), `services.redis.parameters.maxmemory=${size}`),
          'Deployment/redis',
        ),
      ).toContain(` --maxmemory ${size}mb `);
    await expect(small(...resource('16Gi'), 'services.redis.parameters.maxmemory=12289')).rejects.toThrow(
      'got 12289 MiB; lower services.redis.parameters.maxmemory to 12288, or raise services.redis.resources.limits.memory to 16385Mi',
    );
    await small(...resource('16385Mi'), 'services.redis.parameters.maxmemory=12289');
    // 3276 - 327 = 2949; 819 + 204 + 3 * 51 + 16 + 120 * (10 + 2) + (120 + 1) * 1024 * 2 / 1024 = 2874
    const traded = await small(
      'services.postgres.parameters.work_mem=1024',
      'services.postgres.parameters.max_connections=120',
    );
    expect(argumentsOf(traded, 'StatefulSet/postgres')).toContain(' -c max_connections=120 ');
  });

  test('may lower a limit as far as everything fits', async () => {
    // 7736 - 773 - 128 = 6835
    await small(...['limits', 'requests'].map((group) => `services.api.resources.${group}.memory=7736Mi`));
  });

  test('adds settings to variables and to arguments', async () => {
    const objects = await small(
      'services.postgres.settings.log_min_duration_statement=250ms',
      'services.redis.settings.proc-title-template="$(X)"',
      'services.api.settings.RUST_BACKTRACE=full',
    );
    expect(argumentsOf(objects, 'StatefulSet/postgres')).toMatch(/ -c log_min_duration_statement=250ms$/);
    expect(argumentsOf(objects, 'Deployment/redis')).toMatch(
      / --proc-title-template "\$\$\(X\)" --requirepass \$\(REDIS_PASSWORD\)$/,
    );
    expect(byName(objects)['ConfigMap/spatialvortex-config']!.data).toMatchObject({
      RUST_BACKTRACE: 'full',
      RUST_LOG: 'info',
    });
  });

  test('holds whatever text a reader of YAML could take for something else', async () => {
    const odd = [
      'a\u2028b',
      'a\u2029b\n',
      'a\u0085b',
      '\ufeffa',
      'a\u000bb\u000c',
      '"a"',
      "'a'",
      '$$ $(X) {{ x }}',
      'on',
      '~',
      '1e3',
      '\u{1f9c0}\u00a0',
      'a\n\n',
      ' a\n',
      '\ta',
      '<<',
      '#x: y',
      '\u0001\u007f\u009f',
      '\ufffe',
    ];
    const file = join(temporaryFolder(), 'odd.yaml');
    const extraEnv = odd.map((value, index) => ({ name: `ODD_${index}`, value }));
    const tolerations = odd.map((value) => ({ key: 'x', value }));
    const annotations = Object.fromEntries(odd.map((value, index) => [`example.com/odd-${index}`, value]));
    writeFileSync(
      file,
      emitYaml({
        services: { api: { extraEnv, tolerations, podAnnotations: annotations, settings: { ODD: odd[0] } } },
      }),
    );
    const objects = byName(await rendered(chart, ...valuesFor('4cpu-8gi'), '-f', file));
    // biome-ignore lint/suspicious/noExplicitAny: members that no other test looks at
    const { metadata, spec } = objects['Deployment/api']!.spec!.template as any;
    expect(spec.containers[0].env.slice(-odd.length)).toEqual(extraEnv);
    expect(spec.tolerations).toEqual(tolerations);
    expect(metadata.annotations).toMatchObject(annotations);
    expect(objects['ConfigMap/spatialvortex-config']!.data).toMatchObject({ ODD: odd[0] });
  });

  test.each([
    ['', undefined],
    ['gp3', 'gp3'],
    ['-', ''],
  ])('says which storage class: "%s"', async (storageClass, written) => {
    const { 'StatefulSet/postgres': postgres } = byName(
      await small(`services.postgres.persistence.storageClass=${storageClass}`),
    );
    const { volumeClaimTemplates } = postgres!.spec as {
      volumeClaimTemplates: { spec: { storageClassName?: string } }[];
    };
    expect(volumeClaimTemplates[0]!.spec.storageClassName).toBe(written);
  });

  test('is compared with what an external service offers', async () => {
    const words = ['--profile', 'c6i.8xlarge', '--external', 'postgres', '--set', 'postgres.max_connections=100'];
    const folder = await synthAll(words, 'helm');
    const set = (...settings: string[]) => rendered(folder, ...settings.flatMap((setting) => ['--set', setting]));
    // 9 * (11 + 0) + 8 = 107
    await expect(set('services.api.autoscaling.maxReplicas=11')).rejects.toThrow('107 > 100');
    await set('services.api.autoscaling.maxReplicas=11', 'external.postgres.max_connections=107');
    await expect(set('external.postgres.max_connections=97')).rejects.toThrow('98 > 97');
  });

  test('reaches the test of the chart', async () => {
    const values = [
      'tests.image.pullPolicy=Always',
      'tests.nodeSelector.pool=small',
      'tests.tolerations[0].key=dedicated',
      'commonLabels.team=search',
      'commonAnnotations.owner=ann',
    ];
    const options = [...values, 'imagePullSecrets[0].name=registry'].flatMap((value) => ['--set', value]);
    const shown = ['--show-only', 'templates/tests/connection.yaml'];
    const objects = await decode(await helm('template', NAMESPACE, chart, '-n', NAMESPACE, ...shown, ...options));
    expect(objects.map(({ kind }) => kind)).toEqual(['NetworkPolicy', 'Pod']);
    for (const { metadata } of objects)
      expect(metadata).toMatchObject({
        labels: { team: 'search' },
        annotations: { owner: 'ann', 'helm.sh/hook': 'test' },
      });
    expect(objects[1]).toMatchObject({
      spec: {
        imagePullSecrets: [{ name: 'registry' }],
        nodeSelector: { pool: 'small' },
        tolerations: [{ key: 'dedicated' }],
        containers: [{ image: 'busybox:1.37', imagePullPolicy: 'Always' }],
      },
    });
    const open = await helm('template', NAMESPACE, chart, ...shown, '--set', 'networkPolicy.enabled=false');
    expect((await decode(open)).map(({ kind }) => kind)).toEqual(['Pod']);
  });

  test('moves the deadlines that depend on it', async () => {
    const memory = ['limits', 'requests'].map((group) => `services.api.resources.${group}.memory=32Gi`);
    const { 'Deployment/api': api } = byName(await small(...memory, 'services.api.parameters.ONNX_POOL_SIZE=40'));
    // 60 + 5 * 40 = 260 s, every 5 s: 52 times; 60 + 300 + 260 = 620 s
    expect(api).toMatchObject({
      spec: {
        progressDeadlineSeconds: 620,
        template: { spec: { containers: [{ startupProbe: { failureThreshold: 52 } }] } },
      },
    });
  });

  test.each([
    {
      // 7400 - 740 - 128 = 6532; 16 + 10 * 500 + 8 + 1811 = 6835: 303 less of the cache, or a session less.
      // 7736 - 773 - 128 = 6835.
      desc: 'costs above what a lower limit leaves',
      set: ['services.api.resources.limits.memory=7400Mi', 'services.api.resources.requests.memory=7400Mi'],
      says: [
        'api: expected costs of at most 6532 MiB, got 6835 MiB; lower services.api.parameters.ONNX_POOL_SIZE to 9 or ' +
          'services.api.parameters.CACHE_SIZE_MB to 1508, or raise services.api.resources.limits.memory to 7736Mi\n',
        '5000 MiB  ONNX_POOL_SIZE = 10 (ONNX_POOL_SIZE * 500, documented)',
      ],
    },
    {
      // 8192 - 819 - 128 = 7245; 16 + 11 * 500 + 8 + 1811 = 7335
      desc: 'costs above what is available',
      set: ['services.api.parameters.ONNX_POOL_SIZE=11'],
      says: [
        'api: expected costs of at most 7245 MiB, got 7335 MiB',
        '5500 MiB  ONNX_POOL_SIZE = 11',
        '7335 MiB  in all',
      ],
    },
    {
      // 10 * 10 + 8 = 108
      desc: 'a constraint between services',
      set: ['services.api.parameters.DB_POOL_SIZE=10'],
      says: [
        'expected api.DB_POOL_SIZE * (api.replicas.max + api.replicas.surge) + 8 <= postgres.max_connections',
        // 2949 - 1192 - 108 * 12 = 461; 461 * 1024 / ((108 + 1) * 2) = 2165.4. With the 4032 kB as planned for 88:
        // 1192 + 108 * 12 + ceil(109 * 4032 * 2 / 1024) = 3347; 3718 - floor(371.8) = 3347
        '108 > 88; lower services.api.parameters.DB_POOL_SIZE to 8 or raise services.postgres.parameters.max_connections to 108 ' +
          'and lower services.postgres.parameters.work_mem to 2165, or raise services.postgres.resources.limits.memory to 3718Mi',
      ],
    },
    {
      // 8 * 11 + 8 = 96; 2949 - 1192 - 96 * 12 = 605; 605 * 1024 / ((96 + 1) * 2) = 3193.4
      desc: 'more replicas than the database has connections for',
      set: ['services.api.autoscaling.maxReplicas=11'],
      says: [
        '96 > 88; raise services.postgres.parameters.max_connections to 96 and lower services.postgres.parameters.work_mem to 3193, or raise',
      ],
    },
    {
      desc: 'by the schema, a value that no hardware affords',
      set: ['services.api.parameters.ONNX_POOL_SIZE=4097'],
      says: ["at '/services/api/parameters/ONNX_POOL_SIZE': maximum: got 4,097, want 4,096"],
    },
    {
      // 8 * (60 + 0) + 8 = 488, and no more than 360 are within the bound of its memory
      desc: 'more replicas than any value has connections for',
      set: ['services.api.autoscaling.maxReplicas=60'],
      says: ['488 > 88; no lower value would do, and no higher one fits'],
    },
    {
      desc: 'fewer connections than the clients ask for, where more fit',
      set: ['services.postgres.parameters.max_connections=60'],
      says: ['88 > 60; raise services.postgres.parameters.max_connections to 88'],
    },
    {
      // 3276 * 1048576 / 9531392 = 360.4
      desc: 'a value above the bound that follows from the limit',
      set: ['services.postgres.parameters.max_connections=361'],
      says: [
        'services.postgres.parameters.max_connections: expected 20 to 360, which are the bounds for a limit of 3276 MiB and 1600 millicores, got 361',
      ],
    },
    {
      desc: 'a further setting that is a parameter, however it is written',
      set: ['services.postgres.settings.Max-Connections=on'],
      says: [
        'services.postgres.settings: expected a setting that the chart does not have yet, got Max-Connections; set services.postgres.parameters.max_connections',
      ],
    },
    {
      desc: 'a further setting that the ledger counts on, in another case',
      set: ['services.redis.settings.Save=x'],
      says: ['got Save; set services.redis.settings.save'],
    },
    {
      desc: 'a further setting that is a secret',
      set: ['services.api.settings.DATABASE_URL=x'],
      says: ['got DATABASE_URL; set services.api.existingSecret'],
    },
    {
      desc: 'a further variable that is a further setting',
      set: ['services.api.settings.MORE=x', 'services.api.extraEnv[0].name=MORE'],
      says: [
        'services.api.extraEnv: expected a variable that the chart does not set, got MORE; it comes from services.api.settings',
      ],
    },
    {
      // 90 * 11 = 990 < 1000; 91 * 11 = 1001
      desc: 'a target that a pod at its limit does not exceed by the 10 % at which the autoscaler acts',
      set: ['services.api.autoscaling.targetCPUUtilizationPercentage=91'],
      says: [
        'services.api.autoscaling: expected targetCPUUtilizationPercentage of at most 90, got 91: with this limit and request a pod uses at most 100 %',
      ],
    },
    {
      desc: 'a memory target that a pod at its limit does not exceed',
      set: ['services.api.autoscaling.targetMemoryUtilizationPercentage=91'],
      says: ['services.api.autoscaling: expected targetMemoryUtilizationPercentage of at most 90, got 91'],
    },
    {
      // 8192 - (7245 - 6835) = 7782; 7782 * 100 * 4 > 90 * 3 * 8192
      desc: 'a memory target at which nothing is scaled down',
      set: ['services.api.autoscaling.targetMemoryUtilizationPercentage=90'],
      says: [
        'services.api.autoscaling: leave targetMemoryUtilizationPercentage out: the planned use of 7782 MiB of the requested 8192 is above 90 % x 3 / 4, so nothing would ever be scaled down',
      ],
    },
    {
      desc: 'by the schema, a misspelt name',
      set: ['services.api.parameters.ONXX_POOL_SIZE=4'],
      says: ["additional properties 'ONXX_POOL_SIZE' not allowed"],
    },
    ...(
      [
        ['postgres', 'hash_mem_multiplier=8', '2'],
        ['postgres', 'autovacuum_max_workers=30', '3'],
        ['postgres', 'superuser_reserved_connections=90', '3'],
        ['redis', 'save=900 1', ''],
      ] as const
    ).map(([service, setting, value]) => ({
      desc: `by the schema, a setting that is counted on: ${setting}`,
      set: [`services.${service}.settings.${setting}`],
      says: [`at '/services/${service}/settings/${setting.split('=')[0]}': value must be '${value}'`],
    })),
    {
      desc: 'by the schema, a setting taken out',
      set: ['services.postgres.settings.hash_mem_multiplier=null'],
      says: ["at '/services/postgres/settings': missing property 'hash_mem_multiplier'"],
    },
    {
      desc: 'by the schema, servers that share a name and no data',
      set: ['services.postgres.replicaCount=3'],
      says: ["at '/services/postgres/replicaCount': maximum: got 3, want 1"],
    },
    ...[
      ['api', 'ONNX_POOL_SIZE', 'parameters.ONNX_POOL_SIZE'],
      ['api', 'RUST_LOG', 'settings.RUST_LOG'],
      ['postgres', 'POSTGRES_DB', 'env.POSTGRES_DB'],
      ['postgres', 'PGDATA', 'persistence'],
    ].map(([service, name, place]) => ({
      desc: `a further variable that takes the place of one, ${name}`,
      set: [`services.${service}.extraEnv[0].name=${name}`],
      says: [
        `services.${service}.extraEnv: expected a variable that the chart does not set, got ${name}; it comes from services.${service}.${place}`,
      ],
    })),
    {
      desc: 'by the schema, a further variable whose name is no text',
      set: ['services.api.extraEnv[0].name=5'],
      says: ["at '/services/api/extraEnv/0/name': got number, want string"],
    },
    {
      desc: 'by the schema, a further variable that is no text',
      set: ['services.api.extraEnv[0].name=A', 'services.api.extraEnv[0].value=5'],
      says: ["at '/services/api/extraEnv/0/value': got number, want string"],
    },
    {
      desc: 'by the schema, a misspelt member of a further variable',
      set: ['services.api.extraEnv[0].name=A', 'services.api.extraEnv[0].valeu=x'],
      says: ["at '/services/api/extraEnv/0': additional properties 'valeu' not allowed"],
    },
    {
      desc: 'by the schema, a misspelt resource',
      set: ['services.api.resources.limits.memoy=8Gi'],
      says: ["at '/services/api/resources/limits': additional properties 'memoy' not allowed"],
    },
    ...[
      ['services', 'api'],
      ['services/api', 'existingSecret'],
      ['services/api', 'autoscaling'],
      ['services/api/autoscaling', 'minReplicas'],
      ['services/api/autoscaling', 'targetCPUUtilizationPercentage'],
      ['services/api/image', 'repository'],
      ['services/postgres', 'service'],
      ['services/postgres/persistence', 'size'],
      ['services/postgres/env', 'POSTGRES_DB'],
    ].map(([place, name]) => ({
      desc: `by the schema, ${name} without a value`,
      set: [`${place!.replaceAll('/', '.')}.${name}=null`],
      says: [`at '/${place}': missing property '${name}'`],
    })),
    ...[
      ['commonLabels', 'labels', 'app.kubernetes.io/part-of'],
      ['services.api.podLabels', 'labels', 'app.kubernetes.io/name'],
      ['services.api.podAnnotations', 'annotations', 'checksum/config'],
    ].map(([place, noun, name]) => ({
      desc: `${noun} that the chart sets, in ${place}`,
      set: [`${place}.${name!.replaceAll('.', '\\.')}=x`],
      says: [`${place}: expected ${noun} that the chart does not set, got ${name}`],
    })),
    {
      desc: 'more memory requested than there may be used',
      set: ['services.api.resources.requests.memory=99Gi'],
      says: ['services.api.resources: expected requests.memory of at most limits.memory, got 99Gi > 8Gi'],
    },
    {
      desc: 'a millicore more requested than there may be used',
      set: ['services.api.resources.requests.cpu=1.5', 'services.api.resources.limits.cpu=1499m'],
      says: ['services.api.resources: expected requests.cpu of at most limits.cpu, got 1.5 > 1499m'],
    },
    {
      desc: 'a least count of replicas above the most',
      set: ['services.api.autoscaling.minReplicas=11'],
      says: ['services.api.autoscaling: expected minReplicas of at most maxReplicas, got 11 > 10'],
    },
  ])('is refused: $desc', async ({ set, says }) => {
    const error = await small(...set).catch((refusal: Error) => refusal);
    expect(error).toBeInstanceOf(Error);
    for (const text of says) expect((error as Error).message).toContain(text);
  });
});

describe('random clients and connections', () => {
  interface Case {
    replicas: number;
    pool: number;
    connections: number;
    sort: number;
  }
  const { plan } = inputFor(spatialvortex.stack, { '4cpu-8gi': ALL });

  /** Whether the planner plans the same numbers, every parameter pinned. */
  const isPlanned = ({ replicas, pool, connections, sort }: Case): boolean => {
    const pins: Record<string, Record<string, number>> = {
      api: { DB_POOL_SIZE: pool },
      postgres: { max_connections: connections, work_mem: sort },
    };
    const overrides = Object.fromEntries(
      Object.entries(plan.services).map(([service, { parameters }]) => [
        service,
        Object.fromEntries(
          Object.entries(parameters).map(([name, { value }]) => [
            name,
            {
              set: { value: pins[service]?.[name] ?? value, by: '--set' },
              // The bound of 100 is soft, and a chart has the hard ones.
              ...(name === 'max_connections' && { max: { value: Math.max(100, connections), by: '--max' } }),
            },
          ]),
        ),
      ]),
    );
    const api = spatialvortex.stack.services.find(({ name }) => name === 'api')!;
    const stack = stackWith({ api: { replicas: { ...api.replicas, max: replicas } } });
    try {
      inputFor(stack, { '4cpu-8gi': ALL }, undefined, { overrides });
      return true;
    } catch (error) {
      if (!(error instanceof SizewrightError)) throw error;
      return false;
    }
  };

  /** What the chart refuses a case with; undefined where it renders it. */
  const refusal = ({ replicas, pool, connections, sort }: Case): Promise<string | undefined> => {
    const set = [
      `services.api.autoscaling.maxReplicas=${replicas}`,
      `services.api.parameters.DB_POOL_SIZE=${pool}`,
      `services.postgres.parameters.max_connections=${connections}`,
      `services.postgres.parameters.work_mem=${sort}`,
    ].join(',');
    return helm('template', NAMESPACE, chart, ...valuesFor('4cpu-8gi'), '--set', set).then(
      () => undefined,
      ({ message }: Error) => message,
    );
  };

  test('are rendered where the planner plans them, and refused with what would do', async () => {
    const cases = fc.sample(
      fc
        .record({
          replicas: fc.integer({ min: 3, max: 12 }),
          pool: fc.integer({ min: 8, max: 14 }),
          spare: fc.integer({ min: -30, max: 30 }),
          sort: fc.integer({ min: 64, max: 3000 }),
        })
        .map(({ spare, ...rest }) => ({ ...rest, connections: rest.replicas * rest.pool + 8 + spare })),
      { seed: 20_261_201, numRuns: 80 },
    );
    let [planned, raised] = [0, 0];
    for (const given of cases) {
      const message = await refusal(given);
      expect({ given, message, planned: message === undefined }).toMatchObject({ planned: isPlanned(given) });
      if (message === undefined) planned += 1;
      const said = /raise services\.postgres\.parameters\.max_connections to (\d+)(.*)/.exec(message ?? '');
      if (said === null) continue;
      raised += 1;
      const lowered = /^ and lower services\.postgres\.parameters\.work_mem to (\d+)/.exec(said[2]!);
      const more = { ...given, connections: Number(said[1]), sort: Number(lowered?.[1] ?? given.sort) };
      // Unless it takes more memory
      if (lowered || said[2] === '') expect({ more, planned: isPlanned(more) }).toEqual({ more, planned: true });
      expect(isPlanned({ ...more, connections: more.connections - 1 })).toBe(false);
    }
    expect(planned).toBeGreaterThan(10);
    expect(raised).toBeGreaterThan(10);
  }, 120_000);
});

describe('quantities', () => {
  const limited = (resources: object, parameters: object = {}) => {
    const file = join(temporaryFolder(), 'mine.yaml');
    writeFileSync(file, JSON.stringify({ services: { api: { resources, parameters } } }));
    return rendered(chart, ...valuesFor('4cpu-8gi'), '-f', file);
  };

  test.each([
    { cpu: 2, memory: '35.5Gi', taken: { cpu: '2', memory: '36352Mi' } },
    { cpu: 0.5, memory: '37G', taken: { cpu: '500m', memory: '37G' } },
    { cpu: '19.5', memory: 8_589_934_592, taken: { cpu: '19500m', memory: '8589934592' } },
    { cpu: '.5', memory: '08Gi', taken: { cpu: '500m', memory: '8Gi' } },
    { cpu: '1500m', memory: '9T', taken: { cpu: '1500m', memory: '9T' } },
  ])('are taken as Kubernetes does: $cpu, $memory', async ({ cpu, memory, taken }) => {
    const { 'Deployment/api': api } = byName(await limited({ limits: { cpu, memory }, requests: { cpu, memory } }));
    expect(api!.spec!.template!.spec.containers[0]).toMatchObject({ resources: { limits: taken, requests: taken } });
  });

  test('as numbers are said as they were written', async () => {
    const file = join(temporaryFolder(), 'mine.yaml');
    const resources = { limits: { memory: 34_359_738_368 }, requests: { cpu: 0.5 } };
    writeFileSync(file, JSON.stringify({ services: { api: { resources } } }));
    const said = await helm('install', NAMESPACE, chart, '--dry-run=client', ...valuesFor('4cpu-8gi'), '-f', file);
    expect(said).toContain('\napi: 3 to 10 x 34359738368, CPU 0.5\n');
  });

  // MiB are 1,048,576 bytes: 8,000,000,000 / 1,048,576 = 7,629.39
  test.each([
    ['8191Mi', 8191],
    ['8191.999Mi', 8191],
    ['7.5Gi', 7680],
    ['.5Gi', 512],
    ['5.Gi', 5120],
    ['0.005Ti', 5242],
    ['8388607Ki', 8191],
    ['0100Mi', 100],
    ['8G', 7629],
    ['8000M', 7629],
    ['8000000k', 7629],
    ['0.008T', 7629],
    ['8589934591', 8191],
    [8_589_934_591, 8191],
  ])('of memory: %s are %i MiB', async (memory, miB) => {
    const resources = { limits: { memory }, requests: { memory } };
    await expect(limited(resources, { ONNX_POOL_SIZE: 4096 })).rejects.toThrow(`available of a limit of ${miB} MiB:`);
  });

  test('a number of a file is shown as it was written', async () => {
    await expect(limited({ requests: { memory: 34_359_738_369 } })).rejects.toThrow(
      'expected requests.memory of at most limits.memory, got 34359738369 > 8Gi',
    );
  });

  test.each([
    ['cpu', ['1e3', '1.0005', '2 cores', '0', '1k', '1024001m', '9999999999999999']],
    ['memory', ['1e10', '8GB', '8gi', '1.0005Gi', '0', '-8Gi', '8192m', '33Ti', '999999999999999Ti']],
  ])('of %s in another form are refused with the forms that there are', async (resource, texts) => {
    const forms = {
      cpu: 'cores (2, 1.5) or millicores (1500m), at most 3 decimals, above 0 and up to 1024',
      memory:
        'bytes, or a number with k, M, G, T, Ki, Mi, Gi or Ti (35.5Gi), at most 3 decimals, above 0 and up to 32Ti',
    }[resource];
    for (const text of texts)
      await expect(limited({ requests: { [resource]: text } })).rejects.toThrow(
        `services.api.resources.requests.${resource}: expected ${forms}, got ${text}`,
      );
  });
});

describe('with an API server', () => {
  let cluster: ControlPlane;

  beforeAll(async () => {
    cluster = await startControlPlane();
    await cluster.kubectl('create', 'namespace', NAMESPACE);
    await cluster.kubectl('label', 'namespace', NAMESPACE, 'pod-security.kubernetes.io/enforce=restricted');
  });

  afterAll(() => cluster?.stop());

  test.each(PROFILES)('it takes an install of %s, and Helm says what was planned', async (profile) => {
    const options = ['-n', NAMESPACE, '--kubeconfig', cluster.kubeconfig, '--dry-run=server', ...valuesFor(profile)];
    const said = await helm('install', NAMESPACE, chart, ...options);
    expect(said).toContain(`${NAMESPACE} for ${profile} on kubernetes: release ${NAMESPACE} in ${NAMESPACE}.`);
  });

  test('it takes quantities as numbers and with decimals', async () => {
    const file = join(temporaryFolder(), 'mine.yaml');
    const resources = { limits: { cpu: 2, memory: 34_359_738_368 }, requests: { cpu: 0.5, memory: '31.5Gi' } };
    writeFileSync(file, JSON.stringify({ services: { api: { resources } } }));
    const options = ['-n', NAMESPACE, '--kubeconfig', cluster.kubeconfig, '--dry-run=server', '-f', file];
    expect(await helm('install', NAMESPACE, chart, ...options)).toContain('available of a limit of 32768 MiB');
  });
});

describe('cores', () => {
  const policy = policyOf({
    memory: memory({ headroom: 'cores * 100', yields: ['WORKERS'] }),
    parameters: { WORKERS: parameter({ cost: cost('WORKERS * 400') }) },
  });
  const stack = stackOf({}, [policy]);
  const set = async (...settings: string[]) => {
    const options = settings.flatMap((setting) => ['--set', `services.web.resources.${setting}`]);
    return rendered(written(inputFor(stack, { '8cpu-4gi': ['web'] }, { demo: policy })), ...options);
  };

  // Of 4096 MiB 32 cores leave 4096 - 3200 = 896; the 8 workers cost 3200.
  test.each([
    ['of the limit', ['limits.cpu=32']],
    ['of the limit, whatever is requested', ['limits.cpu=32', 'requests.cpu=1']],
    ['of the request, where there is no limit', ['limits.cpu=null', 'requests.cpu=32']],
  ])('are those %s', async (_, settings) => {
    await expect(set(...settings)).rejects.toThrow('expected costs of at most 896 MiB, got 3200 MiB');
  });
});

test('formulas come to the same as in a plan', async () => {
  const named: Named = { a: { lo: 0, hi: 64 }, b: { lo: 1, hi: 1_024_000 }, c: { lo: 0, hi: 33_554_432 } };
  const names = new Set(Object.keys(named));
  const trees = fc.sample(arbitraryExpression([...names]), { numRuns: 4000, seed: 1 });
  const scopes = fc.sample(
    fc.record({ a: fc.integer({ min: 0, max: 64 }), b: fc.integer({ min: 1, max: 1_024_000 }), c: fc.nat(33_554_432) }),
    { numRuns: trees.length, seed: 2 },
  );
  const cases = trees.flatMap((tree, index) => {
    try {
      const formula = parseFormula(textOf(tree), names, 'formula');
      proveSafe(formula, named, 'formula');
      return [{ expr: formula.expr, scope: scopes[index]! }];
    } catch {
      return [];
    }
  });
  expect(cases.length).toBeGreaterThan(1000);
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'templates'));
  writeFileSync(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: formulas\nversion: 0.1.0\n');
  const lines = cases.map(
    ({ expr, scope }) => `  - "{{ ${toGoTemplate(expr, (name) => `(int64 ${scope[name as 'a']})`)} }}"`,
  );
  writeFileSync(join(folder, 'templates', 'values.yaml'), `values:\n${lines.join('\n')}\n`);
  const printed = await helm('template', folder);
  const values = [...printed.matchAll(/^ {2}- "(.*)"$/gm)].map(([, value]) => value);
  expect(values).toEqual(cases.map(({ expr, scope }) => `${evaluate(expr, scope)}`));
});

/**
 * Drafts of policies in real programs: Helm and Terraform fill in the same texts as a plan, and each program takes them
 * for what they are meant to be.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { readFormat } from '../../src/formats/format.ts';
import { helm } from '../../src/targets/helm/index.ts';
import { kubernetes } from '../../src/targets/kubernetes/index.ts';
import type { Artifact } from '../../src/targets/target.ts';
import { terraformModule } from '../../src/targets/terraform-module/index.ts';
import { policyModule } from '../../src/targets/terraform-module/module.ts';
import { DRAFTS, draft, draftInput, toldOf } from '../targets/drafts.ts';
import { temporaryFolder } from './support/generated.ts';
import { pythonEnvironment } from './support/python.ts';
import { run } from './support/run.ts';
import { configuration, terraform } from './support/terraform.ts';
import { buildTool, findTerraform, findTool } from './support/tools.ts';

const BUILD = 60 * 60_000;

function written(files: readonly Artifact[]): string {
  const folder = temporaryFolder();
  for (const { path, contents } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), contents);
  }
  return folder;
}

/** What reaches the program in objects of Kubernetes, comments of files apart. */
function toldIn(texts: readonly string[]) {
  // biome-ignore lint/suspicious/noExplicitAny: objects of several kinds
  const objects: any[] = texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() ?? {}));
  const workload = objects.find(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
  const [container] = workload.spec.template.spec.containers;
  const bare = (text: string) => text.split('\n').filter((line) => !/^\s*(#|;|<!--|$)/.test(line));
  const data = objects
    .filter(({ kind }) => kind === 'ConfigMap')
    .flatMap((object) => Object.entries(object.data as Record<string, string>))
    .map(([key, text]) => [key, bare(text)]);
  return { command: container.command, args: container.args, env: container.env, data: Object.fromEntries(data) };
}

describe('Helm', () => {
  let program: string;
  beforeAll(async () => {
    program = await buildTool('helm');
  }, BUILD);

  it.each(DRAFTS)('%s: a chart fills in what the manifests say', async (name) => {
    const input = draftInput(name, 'kubernetes');
    const folder = written(helm.render([input]));
    const made = toldIn([await run(program, ['template', 'shop', folder])]);
    const planned = toldIn(
      kubernetes
        .render(input)
        .flatMap(({ path, contents }) => (/deploy|configmap|files|state/.test(path) ? contents : [])),
    );
    expect(made).toEqual(planned);
  });

  it('computes with the inputs that are set, and refuses others', async () => {
    const folder = written(helm.render([draftInput('gunicorn', 'kubernetes')]));
    const set = (...values: string[]) =>
      run(program, ['template', 'shop', folder, ...values.flatMap((one) => ['--set', one])]);
    // 5 workers x 150 + 5 x 2 threads = 760 of 882.
    await expect(set('services.web.inputs.workerMiB=150')).resolves.toContain('--workers=5');
    // 5 x 180 + 10 = 910.
    await expect(set('services.web.inputs.workerMiB=180')).rejects.toThrow(
      'expected costs of at most 882 MiB, got 910 MiB',
    );
    await expect(set('services.web.inputs.load=gpu')).rejects.toThrow('load');
    await expect(set('services.web.inputs.workerMiB=5')).rejects.toThrow('workerMiB');
  });
});

describe('Terraform', () => {
  it('has the texts of every draft, and the inputs as variables', async () => {
    const program = findTerraform();
    const modules = DRAFTS.map(
      (name) => `module "${name}" {\n  source     = "./${name}"\n  cpu_millis = 2000\n  memory_mib = 1024\n}\n`,
    );
    const given =
      'module "given" {\n  source     = "./gunicorn"\n  cpu_millis = 2000\n  memory_mib = 1024\n  workerMiB  = 180\n  load       = "cpu"\n}\n';
    const outputs = [...DRAFTS, 'given'].map((name) => `output "${name}" {\n  value = module.${name}.plan.values\n}\n`);
    const folder = await configuration(program, [
      ...DRAFTS.flatMap((name) => policyModule(draft(name), [])),
      { path: 'main.tf', contents: [...modules, given, ...outputs].join('\n') },
    ]);
    await terraform(program, folder, ['fmt', '-check', '-recursive']);
    await terraform(program, folder, ['apply', '-auto-approve']);
    const values = JSON.parse(await terraform(program, folder, ['output', '-json']));
    for (const name of DRAFTS) {
      const { environment } = toldOf(name);
      expect(values[name].value).toMatchObject(environment);
    }
    expect(values.envoy.value).toMatchObject({ concurrency: '2', max_heap: '901775360', refuse_at: '0.980' });
    // 4 x 180 + 4 x 1 thread = 724; a fifth would be 905 of 882.
    expect(values.given.value).toMatchObject({ GUNICORN_CMD_ARGS: '--workers=4 --threads=1' });
  }, 120_000);

  it('writes the module of a stack with a draft', () => {
    const [input] = [draftInput('gunicorn')];
    const paths = terraformModule.render([input!]).map(({ path }) => path);
    expect(paths).toContain('gunicorn/variables.tf');
  });
});

describe('the program itself', () => {
  const files = (name: string): Record<string, string> => {
    const folder = temporaryFolder();
    const told = toldOf(name);
    return Object.fromEntries(
      Object.entries(told.files).map(([path, lines]) => {
        const here = join(folder, path.split('/').at(-1)!);
        writeFileSync(here, `${lines.join('\n')}\n`);
        return [path, here];
      }),
    );
  };

  it('Java has the heap, the metaspace, the processors and the collector', async () => {
    const said = await run('java', ['-XX:+PrintFlagsFinal', '-version'], { env: toldOf('jvm').environment });
    const flag = (name: string) => new RegExp(`\\b${name}\\s*=\\s*(\\S+)`).exec(said)?.[1];
    expect(flag('MaxHeapSize')).toBe(`${714 * 1024 * 1024}`);
    expect(flag('InitialHeapSize')).toBe(`${714 * 1024 * 1024}`);
    expect(flag('MaxMetaspaceSize')).toBe(`${128 * 1024 * 1024}`);
    expect(flag('ActiveProcessorCount')).toBe('2');
    expect(flag('UseSerialGC')).toBe('true');
  });

  it('nginx takes its file', async () => {
    const nginx = await findTool('nginx');
    const file = files('nginx')['/etc/nginx/nginx.conf']!;
    const said = await run(nginx, ['-T', '-q', '-c', file]);
    expect(said).toContain('worker_connections 4096;');
  });

  it('MariaDB takes its section', async () => {
    const mariadbd = await findTool('mariadbd');
    const file = files('my-cnf')['/etc/mysql/conf.d/60-sizewright.cnf']!;
    const said = await run(mariadbd, [`--defaults-file=${file}`, '--help', '--verbose', '--user=root']);
    expect(said).toMatch(/^innodb-buffer-pool-size +536870912$/m);
    expect(said).toMatch(/^max-connections +151$/m);
  });

  it('PHP-FPM takes its pool', async () => {
    const fpm = await findTool('php-fpm8.2');
    const own = files('php-fpm')['/usr/local/etc/php-fpm.d/zz-sizewright.conf']!;
    const main = join(dirname(own), 'main.conf');
    writeFileSync(
      main,
      `[global]\nerror_log = ${dirname(own)}/log\n[www]\nuser = nobody\nlisten = ${dirname(own)}/socket\ninclude = ${own}\n`,
    );
    // It prints its configuration as notices.
    const said = await run('/bin/sh', ['-c', '"$0" -tt -y "$1" 2>&1', fpm, main]);
    expect(said).toMatch(/pm\.max_children = 17\b/);
    expect(said).toMatch(/pm = static\b/);
  });

  it('gunicorn takes its variable and its flags', async () => {
    const python = await pythonEnvironment(['gunicorn==27.0.1']);
    const { environment, start } = toldOf('gunicorn');
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'shop.py'), 'def application(environ, start):\n    return []\n');
    const print = ['--print-config', 'shop:application'];
    const gunicorn = join(python, 'bin', 'gunicorn');
    for (const [args, env] of [
      [start, {}],
      [[], environment],
    ] as const) {
      const said = await run(gunicorn, [...args, ...print], { cwd: folder, env });
      expect(said).toMatch(/^workers += 5$/m);
      expect(said).toMatch(/^threads += 2$/m);
    }
  });

  it('PgBouncer takes its section', async () => {
    const pgbouncer = await findTool('pgbouncer');
    const file = files('pgbouncer')['/etc/pgbouncer/pgbouncer.ini']!;
    // It takes the file, and then refuses to run as root; a key that it does not know it names before.
    const said = await run('/bin/sh', ['-c', '"$0" "$1" 2>&1 || :', pgbouncer, file]);
    expect(said).toContain('should not run as root');
    expect(said).not.toMatch(/unknown|syntax error/i);
  });

  it('files as the packages bring them are read', async () => {
    const [nginx, fpm, ini] = [
      '/etc/nginx/nginx.conf',
      '/etc/php/8.2/fpm/pool.d/www.conf',
      '/etc/pgbouncer/pgbouncer.ini',
    ];
    await Promise.all((['nginx', 'php-fpm8.2', 'pgbouncer'] as const).map(findTool));
    for (const path of [nginx, fpm, ini]) expect(existsSync(path)).toBe(true);
    const said = async (name: string, path: string) => {
      const delivery = draft(name).deliveries.find((one) => one.as === 'file')!;
      return readFormat(delivery.format, await run('cat', [path]));
    };
    expect((await said('nginx', nginx)).get('events.worker_connections')?.text).toBe('768');
    expect((await said('nginx', nginx)).get('worker_processes')?.text).toBe('auto');
    expect((await said('php-fpm', fpm)).get('pm.max_children')?.text).toBe('5');
    expect((await said('pgbouncer', ini)).get('listen_port')?.text).toBe('6432');
  });
});

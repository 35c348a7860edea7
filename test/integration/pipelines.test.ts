/** docs/pipelines.md: the files that it shows are valid, and their commands do what the text says, in a repository. */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { sarifErrors } from '../cli/reports/support.ts';
import { replaceOnce } from '../samples.ts';
import { ROOT, temporaryFolder } from './support/generated.ts';
import { decode, type KubernetesObject, kustomize } from './support/kubernetes.ts';
import { makeProject, pack } from './support/package.ts';
import { pythonEnvironment } from './support/python.ts';
import { run } from './support/run.ts';
import { buildTool, findTool } from './support/tools.ts';

const document = readFileSync(join(ROOT, 'docs/pipelines.md'), 'utf8');

/** A file that the document shows, by the comment that names it. */
function shown(name: string): string {
  const blocks = [...document.matchAll(/^```yaml\n(# (\S+?):?(?: .*)?\n[\s\S]*?)^```$/gm)];
  return blocks.find(([, , named]) => named === name)![1]!;
}

interface Step {
  name?: string;
  run?: string;
  if?: string;
}
const workflow = parse(shown('.github/workflows/deploy-files.yml')) as { jobs: Record<string, { steps: Step[] }> };
const gitlab = parse(shown('.gitlab-ci.yml')) as Record<
  'default' | 'changes' | 'current',
  { script?: string[]; before_script?: string[]; allow_failure?: { exit_codes: number } }
>;
const plugin = parse((parse(shown('plugin.yaml')) as { data: Record<string, string> }).data['plugin.yaml']!) as {
  kind: string;
  metadata: { name: string };
  spec: { generate: { command: string[]; args: string[] }; discover: { fileName: string } };
};

describe('the files', () => {
  it('actionlint and shellcheck find nothing in the workflow', async () => {
    const file = join(temporaryFolder(), 'workflow.yml');
    const lint = async (text: string) => {
      writeFileSync(file, text);
      await run(await buildTool('actionlint'), ['-shellcheck', await findTool('shellcheck'), '-no-color', file]);
    };
    await lint(shown('.github/workflows/deploy-files.yml'));
    await expect(
      lint(replaceOnce(shown('.github/workflows/deploy-files.yml'), 'if: failure()', 'if: failed()')),
    ).rejects.toThrow('undefined function "failed"');
  });

  it.each([
    [
      'github-workflows',
      '.github/workflows/deploy-files.yml',
      'runs-on: ubuntu-latest\n    steps',
      'runs-at: x\n    steps',
    ],
    ['gitlab-ci', '.gitlab-ci.yml', 'exit_codes: 2', 'exit_code: 2'],
  ])('the schema of %s takes %s', async (schema, name, from, to) => {
    const bin = join(await pythonEnvironment(['check-jsonschema==0.39.0']), 'bin/check-jsonschema');
    const file = join(temporaryFolder(), 'file.yml');
    const check = (text: string) => {
      writeFileSync(file, text);
      return run(bin, ['--builtin-schema', `vendor.${schema}`, file]);
    };
    await check(shown(name));
    await expect(check(shown(name).replace(from, to))).rejects.toThrow('Schema validation errors');
  });

  it('shellcheck finds nothing in the scripts of GitLab and of the plugin', async () => {
    const scripts = Object.values(gitlab).flatMap(({ script }) => (script ? [script.join('\n')] : []));
    expect(scripts).toHaveLength(2);
    for (const script of [...scripts, plugin.spec.generate.args[0]!])
      await run(await findTool('shellcheck'), ['--shell=sh', '-'], { input: script });
  });

  it('Kubernetes decodes the objects of the plugin', async () => {
    const [config, patch] = await decode(`${shown('plugin.yaml')}---\n${shown('argocd-repo-server.yaml')}`);
    expect([config!.kind, patch!.kind]).toEqual(['ConfigMap', 'Deployment']);
    const { containers, volumes } = patch!.spec!.template!.spec;
    // What is not declared here, Argo CD's own Deployment has.
    const own = ['var-files', 'plugins', ...volumes!.map(({ name }) => name)];
    expect(containers[0]!.volumeMounts!.map(({ name }) => name).sort()).toEqual(own.sort());
    expect(volumes!.find(({ configMap }) => configMap)!.configMap!.name).toBe(config!.metadata.name);
  });

  it('the plugin has the shape that Argo CD reads, and the application names it', () => {
    expect(plugin).toEqual({
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'ConfigManagementPlugin',
      metadata: { name: 'sizewright' },
      spec: {
        generate: { command: ['sh', '-c'], args: [expect.stringMatching(/^exec sizewright synth /)] },
        discover: { fileName: 'my-stack.yaml' },
      },
    });
    const application = parse(shown('application.yaml'));
    expect(application.spec.source.plugin).toEqual({
      name: 'sizewright',
      env: [{ name: 'PROFILE', value: 'm7g.xlarge' }],
    });
  });
});

describe('the commands', () => {
  const template = join(temporaryFolder(), 'template');
  let repository = '';
  beforeAll(async () => {
    const packed = await pack(temporaryFolder());
    await makeProject(template, packed);
    cpSync(join(ROOT, 'test/fixtures/stranger'), template, { recursive: true });
    writeFileSync(join(template, '.gitignore'), 'node_modules\n');
    const git = (...words: string[]) =>
      run('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...words], { cwd: template });
    await git('init', '--quiet', '--initial-branch=main');
    const [, setup] = /^```sh\n([\s\S]*?)^```$/m.exec(document)!;
    await run('bash', ['-euc', setup!], { cwd: template });
    await git('add', '.');
    await git('commit', '--quiet', '--message', 'everything');
  });
  beforeEach(() => {
    repository = join(temporaryFolder(), 'checkout');
    cpSync(template, repository, { recursive: true, verbatimSymlinks: true });
  });
  const edit = (path: string, from: string, to: string) => {
    const file = join(repository, path);
    writeFileSync(file, replaceOnce(readFileSync(file, 'utf8'), from, to));
  };
  const read = (path: string) => readFileSync(join(repository, path), 'utf8');
  const HPA = 'deploy/shop/m7g.xlarge/kubernetes/kubernetes/web-front/horizontalpodautoscaler.yaml';
  /** What a merge request can do to the files. */
  const CHANGES = {
    nothing: () => {},
    'another stack': () => edit('my-stack.yaml', 'cpuPercent: 50', 'cpuPercent: 40'),
    'a file by hand': () => edit(HPA, 'averageUtilization: 50', 'averageUtilization: 40'),
    'a broken stack': () => edit('my-stack.yaml', 'main: web-front', 'main: web'),
  };

  interface Ending {
    exit: number;
    out: string;
    err: string;
  }
  /** Runs a script as a runner does, and tells how it ended. */
  async function runScript(
    shell: readonly string[],
    script: string,
    env: Record<string, string> = {},
  ): Promise<Ending> {
    const [out, err] = [join(repository, '../out'), join(repository, '../err')];
    const redirected = `"$@" > ${out} 2> ${err}; echo $?`;
    const status = await run('sh', ['-c', redirected, 'sh', ...shell, script], { cwd: repository, env });
    return { exit: Number(status), out: readFileSync(out, 'utf8'), err: readFileSync(err, 'utf8') };
  }

  describe('of the workflow', () => {
    // GitHub's shell where a step names none: bash -e {0}
    const step = (job: string, name: string) =>
      runScript(['bash', '-ec'], workflow.jobs[job]!.steps.find((one) => one.name === name)!.run!, {
        GITHUB_STEP_SUMMARY: join(repository, 'summary.md'),
      });

    it('install', async () => {
      rmSync(join(repository, 'node_modules'), { recursive: true });
      for (const { steps } of Object.values(workflow.jobs))
        expect(steps.filter((one) => one.run && !one.name).map((one) => one.run)).toEqual(['npm ci']);
      expect((await runScript(['bash', '-ec'], 'npm ci')).exit).toBe(0);
      expect((await step('current', 'Compare with the stack')).exit).toBe(0);
    });

    it.each([
      { change: 'nothing' as const, exit: 0, annotation: /^$/ },
      {
        change: 'another stack' as const,
        exit: 2,
        annotation: new RegExp(
          `^::warning file=${HPA},line=\\d+,title=FILE_CHANGED::expected ".* 40", got ".* 50"; `,
          'm',
        ),
      },
      {
        change: 'a file by hand' as const,
        exit: 2,
        annotation: new RegExp(
          `^::error file=${HPA},line=\\d+,title=WRITE_CONFLICT::expected ".* 50", got ".* 40"; `,
          'm',
        ),
      },
      {
        change: 'a broken stack' as const,
        exit: 1,
        annotation: /^::error file=my-stack\.yaml,line=3,title=STACK_INVALID::main: /,
      },
    ])('annotate $change: $exit', async ({ change, exit, annotation }) => {
      CHANGES[change]();
      const compared = await step('current', 'Compare with the stack');
      expect(compared.exit, compared.err).toBe(exit);
      expect(compared.out).toMatch(annotation);
      expect(workflow.jobs.current!.steps.at(-1)).toMatchObject({ name: 'Show the patch', if: 'failure()' });
      if (exit === 0) return;
      expect((await step('current', 'Show the patch')).exit).toBe(0);
      if (exit === 2) expect(read('summary.md')).toMatch(/^```diff\n=+\n--- a\/deploy\/[\s\S]*\n```\n$/);
      else expect(() => read('summary.md')).toThrow('ENOENT');
    });

    it.each([
      { change: 'nothing' as const, exit: 0, rules: [] },
      { change: 'another stack' as const, exit: 0, rules: ['FILE_CHANGED'] },
      { change: 'a file by hand' as const, exit: 0, rules: ['WRITE_CONFLICT'] },
      { change: 'a broken stack' as const, exit: 1, rules: ['STACK_INVALID'] },
    ])('write SARIF of $change: $exit', async ({ change, exit, rules }) => {
      CHANGES[change]();
      const made = await step('scanning', 'Findings and changes as SARIF');
      expect(made.exit, made.err).toBe(exit);
      const log = JSON.parse(read('sizewright.sarif'));
      expect(sarifErrors(log)).toEqual([]);
      expect(log.runs[0].tool.driver.rules).toEqual(rules.map((id) => ({ id })));
    });
  });

  describe('of GitLab', () => {
    // What a runner makes of the lines with bash
    const job = (name: 'changes' | 'current') =>
      runScript(['bash', '-eo', 'pipefail', '-c'], gitlab[name].script!.join('\n'));

    it('install', () => expect(gitlab.default.before_script).toEqual(['npm ci']));

    it.each([
      { change: 'nothing' as const, changes: 0, current: 0 },
      { change: 'another stack' as const, changes: 2, current: 2 },
      { change: 'a file by hand' as const, changes: 2, current: 2 },
      { change: 'a broken stack' as const, changes: 1, current: 1 },
    ])('$change: $changes', async ({ change, changes, current }) => {
      CHANGES[change]();
      expect((await job('changes')).exit).toBe(changes);
      expect(gitlab.changes.allow_failure!.exit_codes).toBe(2);
      if (changes !== 1) {
        expect(JSON.parse(read('plan.json'))).toMatchObject({ stack: 'shop', platform: 'kubernetes' });
        expect(read('changes.patch')).toMatch(changes === 0 ? /^$/ : /^[+]{3} b\/deploy\/shop\/m7g\.xlarge\//m);
      }
      expect((await job('current')).exit).toBe(current);
    });
  });

  describe('of the plugin', () => {
    // As in the image, where it is installed globally.
    const generate = (profile: string) =>
      runScript([...plugin.spec.generate.command], plugin.spec.generate.args[0]!, {
        PATH: `${join(repository, 'node_modules/.bin')}${delimiter}${process.env.PATH}`,
        ARGOCD_ENV_PROFILE: profile,
      });
    const byName = (objects: readonly KubernetesObject[]) =>
      objects.toSorted((a, b) => (`${a.kind}/${a.metadata.name}` < `${b.kind}/${b.metadata.name}` ? -1 : 1));

    it('print the objects that are committed', async () => {
      const { exit, out } = await generate('m7g.xlarge');
      expect(exit).toBe(0);
      const committed = await kustomize(join(repository, 'deploy/shop/m7g.xlarge/kubernetes/kubernetes'));
      expect(byName(await decode(out))).toEqual(byName(committed));
    });

    it.each(['m7g.nosuch', '--help', ''])('print nothing for %j', async (profile) => {
      const { exit, out, err } = await generate(profile);
      expect([exit, out]).toEqual([1, '']);
      expect(err).toContain('PROFILE_UNKNOWN');
    });
  });
});

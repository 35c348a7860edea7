/** The real Pulumi: its command line, its engine and its plugin for Kubernetes, with its state in a folder. */
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { LocalWorkspace, PulumiCommand, type PulumiFn, type Stack } from '@pulumi/pulumi/automation/index.js';
import type { ControlPlane } from '../integration/support/control-plane.ts';
import { filesIn, ROOT, temporaryFolder } from '../integration/support/generated.ts';
import { run } from '../integration/support/run.ts';
import { buildTool } from '../integration/support/tools.ts';

export interface Pulumi {
  /** With what a shell calls `pulumi`. */
  env: Readonly<Record<string, string>>;
  /**
   * A stack whose program runs in this process.
   *
   * @param folder a project, or nothing for a new one
   */
  stack(name: string, program: PulumiFn, options?: { project?: string; folder?: string }): Promise<Stack>;
  /** All that is stored of a stack outside of the API server: its state, history and backups. */
  storedOf(stack: string): string;
}

/** Pulumi for one cluster. */
export async function installPulumi({ kubeconfig }: ControlPlane): Promise<Pulumi> {
  const root = temporaryFolder();
  const bin = join(root, 'bin');
  mkdirSync(bin);
  for (const name of ['pulumi', 'pulumi-resource-kubernetes'] as const)
    symlinkSync(await buildTool(name), join(bin, name));
  const backend = temporaryFolder();
  const env = {
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    PULUMI_HOME: temporaryFolder(),
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: 'correct horse battery staple',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    KUBECONFIG: kubeconfig,
  };
  const pulumiCommand = await PulumiCommand.get({ root });
  return {
    env,
    stack: (stackName, program, { project = 'spatialvortex', folder = temporaryFolder() } = {}) =>
      LocalWorkspace.createOrSelectStack(
        { stackName, projectName: project, program },
        { workDir: folder, pulumiCommand, envVars: env },
      ),
    storedOf: (stack) =>
      filesIn(backend)
        .filter((path) => path.includes(stack))
        .map((path) => readFileSync(path, 'utf8'))
        .join('\n'),
  };
}

/** Compiles a generated project with its own settings, types checked, as if its packages had been installed. */
export async function compileProject(folder: string): Promise<PulumiFn> {
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  for (const name of ['@pulumi', '@types']) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  symlinkSync(ROOT, join(modules, 'sizewright'));
  await run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder, '--noEmit', 'false']);
  const load = createRequire(join(folder, 'index.js'));
  return async () => {
    delete load.cache[join(folder, 'index.js')];
    const before = process.cwd();
    process.chdir(folder);
    try {
      return { ...load(join(folder, 'index.js')) };
    } finally {
      process.chdir(before);
    }
  };
}

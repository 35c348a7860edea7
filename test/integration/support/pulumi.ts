/** The real Pulumi: its command line and engine, with its state in a folder, and programs that run in this process. */
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { LocalWorkspace, PulumiCommand, type PulumiFn, type Stack } from '@pulumi/pulumi/automation/index.js';
import { filesIn, ROOT, temporaryFolder } from './generated.ts';
import { run } from './run.ts';
import { buildTool } from './tools.ts';

export interface Pulumi {
  /**
   * @param folder a project, or nothing for a new one
   */
  stack(name: string, program: PulumiFn, options?: { project?: string; folder?: string }): Promise<Stack>;
  /** All that is stored of a stack outside of the API server: its state, history and backups. */
  storedOf(stack: string): string;
}

/** @param providerPort where the plugin of Kubernetes listens */
export async function installPulumi(providerPort: number): Promise<Pulumi> {
  const root = temporaryFolder();
  mkdirSync(join(root, 'bin'));
  symlinkSync(await buildTool('pulumi'), join(root, 'bin', 'pulumi'));
  const [pulumiHome, backend] = [temporaryFolder(), temporaryFolder()];
  const pulumiCommand = await PulumiCommand.get({ root });
  const envVars = {
    PULUMI_BACKEND_URL: `file://${backend}`,
    PULUMI_CONFIG_PASSPHRASE: 'correct horse battery staple',
    PULUMI_DEBUG_PROVIDERS: `kubernetes:${providerPort}`,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
  };
  return {
    stack: (stackName, program, { project = 'spatialvortex', folder = temporaryFolder() } = {}) =>
      LocalWorkspace.createOrSelectStack(
        { stackName, projectName: project, program },
        { workDir: folder, pulumiHome, pulumiCommand, envVars },
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

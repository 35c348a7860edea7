import { type Command, Option } from 'commander';
import { fail } from '../errors.ts';
import type { Plan } from '../plan.ts';
import type { Mode, SynthOptions, SynthResult } from '../synth.ts';
import type { FileChange } from '../write.ts';
import { type Io, progressBar } from './io.ts';
import { collectList, planOptionsOf, platformOption, type SharedFlags, withSharedOptions } from './options.ts';
import { columns, findingLines, hostLines, limitsLine, machineLine, notable, titleOf, uniqueFindings } from './text.ts';

export interface SynthFlags extends SharedFlags {
  target?: string[];
  platform?: string[];
  output: string;
  mode: Mode;
  force?: boolean;
  check?: boolean;
}

/** Options of every command that renders. */
export function withRenderOptions(command: Command): Command {
  return withSharedOptions(command)
    .option(
      '--target <name>',
      'env, docker, compose, kubernetes, kustomize, helm, ecs, cloud-run, terraform-module or monitoring; repeatable (default: all of the platform but monitoring)',
      collectList,
    )
    .addOption(platformOption(true))
    .addOption(
      new Option(
        '--mode <mode>',
        'exact: files carry values; auto: bounds, and an entry point that computes values at start',
      )
        .choices(['exact', 'auto'])
        .default('exact'),
    )
    .option('-o, --output <folder>', 'where to write; - is stdout', 'out');
}

export function renderOptionsOf(flags: SynthFlags, io: Io): SynthOptions {
  const { target, platform, mode } = flags;
  return {
    ...planOptionsOf(flags, io),
    mode,
    ...(target && { targets: target }),
    ...(platform && { platforms: platform }),
  };
}

export function synthCommand(program: Command, io: Io, setExit: (code: number) => void): void {
  withRenderOptions(program.command('synth').description('decide, render, check and write every file'))
    .option('--force', 'overwrite files that were changed by hand')
    .option('--check', 'write nothing; exit 2 when something would change')
    .action(async (flags: SynthFlags) => {
      if (flags.check) {
        setExit(await printChanges(flags, io));
        return;
      }
      const { synthesize } = await import('../synth.ts');
      const result = await synthesize({ ...renderOptionsOf(flags, io), onProgress: progressBar(io) }, io.files);
      io.err(hostLines(result.host, flags));
      if (flags.output === '-') {
        io.out(await streamOf(result, flags));
        return;
      }
      const { ignoreInGit, writeFolders } = await import('../write.ts');
      const root = io.resolve(flags.output);
      const changes = writeFolders(root, result.folders, flags.force === true, flags.output);
      if (flags.output === 'out') ignoreInGit(root);
      io.err(summary(result, changes, flags.output));
    });
}

export function diffCommand(program: Command, io: Io, setExit: (code: number) => void): void {
  withRenderOptions(program.command('diff').description('what a synth would change; exit 2 when anything')).action(
    async (flags: SynthFlags) => setExit(await printChanges(flags, io)),
  );
}

/** What a synth would change, as a patch. @returns the exit code */
async function printChanges(flags: SynthFlags, io: Io): Promise<number> {
  const [{ synthesize }, { compareFolders }, { printDiff }] = await Promise.all([
    import('../synth.ts'),
    import('../write.ts'),
    import('./diff.ts'),
  ]);
  const { folders, host, findings } = await synthesize(
    { ...renderOptionsOf(flags, io), onProgress: progressBar(io) },
    io.files,
  );
  io.err(hostLines(host, flags) + findingLines(findings, false));
  return printDiff(compareFolders(io.resolve(flags.output), folders), flags.output, io);
}

/** One target of one plan as a stream. */
async function streamOf({ folders }: SynthResult, flags: SynthFlags): Promise<string> {
  const rendered = folders.filter((folder) => folder.target !== 'plan');
  const [only] = rendered;
  if (flags.target?.length !== 1 || only === undefined || rendered.length !== 1) {
    return fail(
      'USAGE',
      '--output',
      `expected one --target and one profile with -o -, got ${rendered.length} folders of files; name one or give a folder`,
    );
  }
  const { findTarget } = await import('../render/index.ts');
  return findTarget(only.target).stream(only.artifacts);
}

function summary(result: SynthResult, changes: readonly FileChange[], output: string): string {
  const { plans, folders, findings } = result;
  const count = (state: FileChange['state']) => changes.filter((change) => change.state === state).length;
  const counts = [
    `${count('new')} new`,
    `${count('changed') + count('conflict')} changed`,
    `${count('unchanged')} unchanged`,
    ...(count('removed') > 0 ? [`${count('removed')} removed`] : []),
  ];
  const advice = uniqueFindings(plans, findings);
  return [
    ...plans.map(planSummary),
    `${folders.length === 0 ? '' : `${changes.length} files in ${output.replace(/\/$/, '')}/: ${counts.join(', ')}\n`}`,
    ...(advice.length > 0 ? [`findings\n${findingLines(advice, false)}`] : []),
    `next: ${nextCommand(result, output.replace(/\/$/, ''))}\n`,
  ].join('');
}

function planSummary(plan: Plan): string {
  return [
    `${titleOf(plan)}\n`,
    ...plan.machines.map((machine) => `  ${machine.name}: ${machineLine(machine)}\n`),
    columns(Object.entries(plan.services).map(([name, service]) => [name, limitsLine(service), notable(service)])),
  ].join('');
}

function nextCommand({ plans, folders, words }: SynthResult, output: string): string {
  const folder = (target: string) => folders.find((candidate) => candidate.target === target);
  const [compose, kubernetes, kustomize, helm] = ['compose', 'kubernetes', 'kustomize', 'helm'].map(folder);
  if (compose) return `docker compose -f ${output}/${compose.path}/compose.yaml config --quiet`;
  if (kubernetes) return `kubectl kustomize ${output}/${kubernetes.path}`;
  const overlay = kustomize?.artifacts.find(({ path }) => /^overlays\/.*\/kustomization\.yaml$/.test(path));
  if (overlay) return `kubectl kustomize ${output}/${kustomize!.path}/${overlay.path.replace(/\/[^/]*$/, '')}`;
  if (helm) return `helm template ${plans[0]!.stack} ${output}/${helm.path}`;
  return `sizewright explain ${words} ${Object.keys(plans[0]!.services)[0]}`;
}

import { type Command, Option } from 'commander';
import { fail } from '../errors/errors.ts';
import type { FileChange } from '../files/output.ts';
import type { Plan } from '../plan/plan.ts';
import type { Mode, SynthOptions, SynthResult } from '../synth.ts';
import { shWord } from '../targets/shell-text.ts';
import { type Io, progressBar } from './io.ts';
import {
  collectList,
  type Examples,
  formatOption,
  outputName,
  planOptionsOf,
  platformOption,
  type SharedFlags,
  withExamples,
  withSharedOptions,
} from './options.ts';
import { isReportFormat, printReport, REPORT_FORMATS } from './report.ts';
import {
  columns,
  externalLine,
  findingLines,
  hostLines,
  limitsLine,
  machineLine,
  notable,
  titleOf,
  uniqueFindings,
} from './text.ts';

export interface SynthFlags extends SharedFlags {
  target?: string[];
  platform?: string[];
  output: string;
  mode: Mode;
  format: string;
  force?: boolean;
  check?: boolean;
}

/** Options of every command that renders. */
export function withRenderOptions(command: Command): Command {
  return withSharedOptions(command)
    .option(
      '--target <name>',
      'env, docker, compose, kubernetes, kustomize, helm, ecs, cloud-run, terraform, terraform-module, pulumi or monitoring; repeatable (default: all of the platform but monitoring)',
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
    .addOption(formatOption('text', 'json', ...REPORT_FORMATS))
    .option('-o, --output <folder>', 'where to write; - is stdout', outputName, 'out');
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

const SYNTH_EXAMPLES: Examples = [
  ['every file for a machine of the catalogue, below out/', 'sizewright synth --profile c6i.8xlarge'],
  [
    'a Compose file within container limits, below deploy/',
    'sizewright synth --profile 4cpu-8gi --target compose -o deploy',
  ],
  ['for a node of EKS, a chart of Helm', 'sizewright synth --profile c6i.8xlarge --platform eks --target helm'],
];

export function synthCommand(program: Command, io: Io): void {
  withExamples(withRenderOptions(program.command('synth')), SYNTH_EXAMPLES)
    .description('decide, render, check and write every file')
    .option('--force', 'overwrite files that were changed by hand')
    .addOption(new Option('--check', 'what diff does').hideHelp())
    .action(async (flags: SynthFlags) => {
      if (flags.check)
        fail('USAGE', '--check', 'expected no such option, got one; use sizewright diff, which takes the same others');
      if (flags.output === '-' && flags.format !== 'text')
        fail('USAGE', '--format', `expected text with -o -, where the files go to stdout, got ${flags.format}`);
      const { synthesize } = await import('../synth.ts');
      const result = await synthesize({ ...renderOptionsOf(flags, io), onProgress: progressBar(io) }, io.files);
      io.err(hostLines(result.host, flags));
      if (flags.output === '-') {
        io.data(await streamOf(result, flags));
        return;
      }
      const { ignoreInGit, writeFolders } = await import('../files/output.ts');
      const root = io.resolve(flags.output);
      const changes = writeFolders(root, result.folders, flags.force === true, flags.output);
      if (flags.output === 'out') ignoreInGit(root);
      io.err(summary(result, changes, flags.output));
      // What was written is nothing to annotate any more.
      await printData(result, isReportFormat(flags.format) ? [] : changes, flags, io);
    });
}

const DIFF_EXAMPLES: Examples = [
  ['what would change below out/, as a patch', 'sizewright diff --profile c6i.8xlarge'],
  [
    'what 24 workers would change in env files',
    'sizewright diff --profile c6i.8xlarge --target env --set api.ACTIX_WORKERS=24',
  ],
  [
    'as annotations of a pull request on GitHub',
    'sizewright diff --profile 4cpu-8gi --target compose -o deploy --format github',
  ],
];

export function diffCommand(program: Command, io: Io, setExit: (code: number) => void): void {
  withExamples(withRenderOptions(program.command('diff')), DIFF_EXAMPLES)
    .description('what a synth would change; exit 2 when anything')
    .action(async (flags: SynthFlags) => setExit(await printChanges(flags, io)));
}

/** @returns the exit code: 2 when anything would change, else 0 */
async function printChanges(flags: SynthFlags, io: Io): Promise<number> {
  if (flags.output === '-')
    fail('USAGE', '--output', 'expected the folder that files are compared with, got -, which is stdout');
  const [{ synthesize }, { compareFolders }, { patchOf }] = await Promise.all([
    import('../synth.ts'),
    import('../files/output.ts'),
    import('./diff.ts'),
  ]);
  const result = await synthesize({ ...renderOptionsOf(flags, io), onProgress: progressBar(io) }, io.files);
  io.err(hostLines(result.host, flags) + findingLines(result.findings, false));
  const changes = compareFolders(io.resolve(flags.output), result.folders, flags.output);
  if (flags.format === 'text') io.out(patchOf(changes, flags.output));
  else await printData(result, changes, flags, io);
  const different = changes.filter(({ state }) => state !== 'unchanged').length;
  const byHand = changes.filter(({ state }) => state === 'conflict').length;
  io.err(
    `${different} of ${changes.length} files would change${byHand > 0 ? `; ${byHand} of them were changed by hand, so a synth needs --force` : ''}\n`,
  );
  return different > 0 ? 2 : 0;
}

/** The result in any format but text. */
async function printData(
  { plans, findings: further }: SynthResult,
  changes: readonly FileChange[],
  flags: SynthFlags,
  io: Io,
): Promise<void> {
  const { output } = flags;
  const findings = uniqueFindings(plans, further);
  if (isReportFormat(flags.format)) {
    await printReport(flags.format, { findings, stack: flags.stack, changes, output }, io);
  } else if (flags.format === 'json') {
    const files = changes.map(({ path, state }) => ({ path: `${output}/${path}`, state }));
    io.out(`${JSON.stringify({ files, findings }, null, 2)}\n`);
  }
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
  const { findTarget } = await import('../targets/index.ts');
  return (await findTarget(only.target).load()).stream(only.artifacts);
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
    `${folders.length === 0 ? '' : `${changes.length} files in ${output}/: ${counts.join(', ')}\n`}`,
    ...(advice.length > 0 ? [`findings\n${findingLines(advice, false)}`] : []),
    `next: ${nextCommand(result, output)}\n`,
  ].join('');
}

function planSummary(plan: Plan): string {
  return [
    `${titleOf(plan)}\n`,
    ...plan.machines.map((machine) => `  ${machine.name}: ${machineLine(machine)}\n`),
    columns(Object.entries(plan.services).map(([name, service]) => [name, limitsLine(service), notable(service)])),
    ...(plan.external.length > 0 ? [`  ${externalLine(plan)}\n`] : []),
  ].join('');
}

function nextCommand({ plans, folders, words }: SynthResult, output: string): string {
  const folder = (target: string) => folders.find((candidate) => candidate.target === target);
  const [compose, kubernetes, kustomize, helm, terraform] = [
    'compose',
    'kubernetes',
    'kustomize',
    'helm',
    'terraform',
  ].map(folder);
  const at = (path: string) => shWord(`${output}/${path}`);
  if (compose) return `docker compose -f ${at(`${compose.path}/compose.yaml`)} config --quiet`;
  if (kubernetes) return `kubectl kustomize ${at(kubernetes.path)}`;
  const overlay = kustomize?.artifacts.find(({ path }) => /^overlays\/.*\/kustomization\.yaml$/.test(path));
  if (overlay) return `kubectl kustomize ${at(`${kustomize!.path}/${overlay.path.replace(/\/[^/]*$/, '')}`)}`;
  if (helm) return `helm template ${plans[0]!.stack} ${at(helm.path)}`;
  if (terraform) return `terraform -chdir=${at(terraform.path)} init`;
  return `sizewright explain ${words} ${Object.keys(plans[0]!.services)[0]}`;
}

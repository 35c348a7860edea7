/** Options that several commands share. */
import { type Command, Option } from 'commander';
import { fail } from '../errors/errors.ts';
import { platformNames } from '../platforms/index.ts';
import type { PlanOptions } from '../requests/request.ts';
import type { Io } from './io.ts';

/** As commander hands them over. */
export interface SharedFlags extends StackFlags {
  profile?: string[];
  limits?: string;
  machine?: string[];
  cpu?: string;
  memory?: string;
  available?: string;
  free?: boolean;
  kubeReserved?: string;
  systemReserved?: string;
  evictionHard?: string;
  everyNode?: string;
  maxPods?: string;
}

export interface StackFlags {
  stack?: string;
  external?: string[];
  set?: string[];
  min?: string[];
  max?: string[];
  overrides?: string;
  envOverrides?: boolean;
}

/** What each example does, and its line for a shell. */
export type Examples = readonly (readonly [does: string, line: string])[];

/** The end of a command's help. */
export function withExamples(command: Command, examples: Examples): Command {
  return command.addHelpText(
    'after',
    () => `\nExamples:\n${examples.map(([does, line]) => `  # ${does}\n  ${line}`).join('\n')}`,
  );
}

/** Repeatable; no default, because help would show an empty one. */
export const collect = (value: string, previous: string[] = []): string[] => [...previous, value];
/** Repeatable, and with commas. An empty name stays, so that it is refused as any other that there is none of. */
export const collectList = (value: string, previous: string[] = []): string[] => [...previous, ...value.split(',')];

/** Hardware, stack and overrides. */
export function withSharedOptions(command: Command): Command {
  const withHardware = command
    .option(
      '--machine <name>',
      "what all services share: a machine (c6i.8xlarge), its size (8cpu-32gi), here (detected), pattern ('c7g.*'), ./box.yaml, or service=machine; repeatable",
      collect,
    )
    .option('--limits <size>', 'what one container of the main service may take: 2cpu-4gi')
    .option(
      '--profile <name>',
      'names either: machine (c6i.8xlarge), container limits (4cpu-8gi), host (detected), ./box.yaml, or service=machine; repeatable',
      collect,
    )
    .option('--cpu <cores>', 'with --memory, the same as --limits: 16, 500m')
    .option('--memory <size>', 'with --cpu, the same as --limits: 32Gi')
    .option('--available <size>', 'memory that the main service may plan with: 24Gi')
    .option('--free', 'leave to its holders what is held of the memory of profile host now')
    .option('--no-free', 'plan for profile host as if nothing else ran')
    .option(
      '--kube-reserved <cpu=,memory=>',
      "what a node's kubelet reserves, instead of the platform's rule: cpu=1,memory=2Gi",
    )
    .option('--system-reserved <cpu=,memory=>', "what a node's operating system reserves")
    .option('--eviction-hard <size>', "a node's hard eviction threshold: 500Mi")
    .option('--every-node <cpu=,memory=>', 'what runs on every node: DaemonSets, add-ons, DAEMON services')
    .option('--max-pods <n>', 'pods, or tasks on ECS, that a node takes');
  return withStackOptions(withHardware);
}

/** Stack and overrides, for commands that find the hardware themselves. */
export function withStackOptions(command: Command): Command {
  return command
    .option(
      '--stack <name>',
      'stack by name, or a path to its .yaml file (default: the only one in ./stack.yaml or stacks/)',
    )
    .option('--external <services>', 'services that run elsewhere, with commas', collectList)
    .option('--set <service.PARAMETER=n>', 'pin a value; repeatable', collect)
    .option('--min <service.PARAMETER=n>', 'replace a lower bound; repeatable', collect)
    .option('--max <service.PARAMETER=n>', 'replace an upper bound; repeatable', collect)
    .option('--overrides <file>', 'pins and bounds from a YAML file')
    .option('--env-overrides', 'pins and bounds from the environment: ACTIX_WORKERS=24, ACTIX_WORKERS_MAX=32');
}

export function platformOption(many: boolean): Option {
  const names = `${platformNames.join(', ')}, or ./nodes.yaml`;
  if (!many) return new Option('--platform <name>', `where it runs: ${names}`).default('host');
  return new Option(
    '--platform <name>',
    `where it runs: ${names}; repeatable (default: host and kubernetes)`,
  ).argParser(collect);
}

export function formatOption(...formats: string[]): Option {
  return new Option('--format <format>', 'how to print').choices(formats).default(formats[0]);
}

/**
 * A file or folder to write, as it stands before the paths below it.
 * @throws USAGE for an empty name, which a shell makes of an unset variable
 */
export function outputName(text: string): string {
  if (text === '') fail('USAGE', '--output', 'expected a name, or - for stdout, got ""');
  return text.replace(/(?<=.)\/+$/, '');
}

export function planOptionsOf(flags: SharedFlags, io: Io): PlanOptions {
  const { profile, envOverrides, ...rest } = flags;
  return {
    profiles: profile,
    limits: rest.limits,
    machine: rest.machine,
    cpu: rest.cpu,
    memory: rest.memory,
    available: rest.available,
    free: rest.free,
    stack: rest.stack,
    external: rest.external,
    kubeReserved: rest.kubeReserved,
    systemReserved: rest.systemReserved,
    evictionHard: rest.evictionHard,
    everyNode: rest.everyNode,
    maxPods: rest.maxPods,
    set: rest.set,
    min: rest.min,
    max: rest.max,
    overrides: rest.overrides,
    ...(envOverrides && { environment: io.env }),
  };
}

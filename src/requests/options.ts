/** Every option that a plan is asked for with, a row each: the command line, the library and constructs are made from it. */
import { type Finding, type Problem, SizewrightError } from '../errors/errors.ts';
import type { Machine } from '../hardware/profile.ts';
import { parseEvictionHard, parseReserved } from '../platforms/kubelet.ts';
import type { NodeTweaks } from '../platforms/platform.ts';
import { parseInteger } from '../units.ts';

/** What the value of an option is, by the kind of its row. Texts are as a user types them. */
interface Values {
  text: string;
  list: readonly string[];
  flag: boolean;
  variables: Readonly<Record<string, string | undefined>>;
  machines: readonly Machine[];
}

export interface OptionRow {
  kind: keyof Values;
  /** What it is about. A command that finds the hardware itself has only those about the stack. */
  about: 'hardware' | 'stack';
  /** Its name on the command line, in camel case, where that is not its key. */
  flag?: string;
  /** What stands for its value in help. */
  value?: string;
  /** Absent for what a command line cannot say. */
  help?: string;
  /** That of its opposite, `--no-free`. */
  unhelp?: string;
  /** Whether commas separate what it lists. Every list may be repeated. */
  commas?: true;
  /** Of what completion offers the names. */
  names?: 'machines' | 'stacks' | 'services' | 'assignments';
  /** Where it is stated of nodes: its text as a platform takes it. */
  node?: (text: string, path: string) => NodeTweaks[keyof NodeTweaks];
}

/**
 * In the order of help, and of the command that is written into files. The comments are those of the library's types, which
 * lose comments of a single line.
 */
const OPTIONS = {
  /**
   * What all services share: a machine (`c6i.8xlarge`), its size alone (`8cpu-32gi`), `here` (what this process runs on),
   * a pattern or a path; `postgres=r6i.2xlarge` places that service. @default none
   */
  machine: {
    kind: 'list',
    about: 'hardware',
    value: 'name',
    help: "what all services share: a machine (c6i.8xlarge), its size (8cpu-32gi), here (detected), pattern ('c7g.*'), ./box.yaml, or service=machine; repeatable",
    names: 'machines',
  },
  /**
   * Container limits of the main service: `2cpu-4gi`. @default none
   */
  limits: {
    kind: 'text',
    about: 'hardware',
    value: 'size',
    help: 'what one container of the main service may take: 2cpu-4gi',
  },
  /**
   * Machines, patterns of machines (`c7g.*`), container limits or paths: one plan each. `postgres=r6i.2xlarge` places
   * that service (or several, with commas) on hardware of its own in every plan.
   */
  profiles: {
    kind: 'list',
    about: 'hardware',
    flag: 'profile',
    value: 'name',
    help: 'names either: machine (c6i.8xlarge), container limits (4cpu-8gi), host (detected), ./box.yaml, or service=machine; repeatable',
    names: 'machines',
  },
  /**
   * Machines that are at hand as data, after those of `profiles`.
   */
  machines: { kind: 'machines', about: 'hardware' },
  /**
   * Container limits of the main service instead of a profile: `16`, `500m`. @default those of the profile
   */
  cpu: { kind: 'text', about: 'hardware', value: 'cores', help: 'with --memory, the same as --limits: 16, 500m' },
  /**
   * `32Gi`. @default that of the profile
   */
  memory: { kind: 'text', about: 'hardware', value: 'size', help: 'with --cpu, the same as --limits: 32Gi' },
  /**
   * Memory that the main service may plan with. @default by the policy's headroom and reserve
   */
  available: {
    kind: 'text',
    about: 'hardware',
    value: 'size',
    help: 'memory that the main service may plan with: 24Gi',
  },
  /**
   * Whether what is held of the memory of profile `host` at this moment is left to its holders. @default false
   */
  free: {
    kind: 'flag',
    about: 'hardware',
    help: 'leave to its holders what is held of the memory of profile host now',
    unhelp: 'plan for profile host as if nothing else ran',
  },
  /**
   * Name or path. @default the only one in `./stack.yaml`, `./sizewright.yaml` or `stacks/`
   */
  stack: {
    kind: 'text',
    about: 'stack',
    value: 'name',
    help: 'stack by name, or a path to its .yaml file (default: the only one in ./stack.yaml, ./sizewright.yaml or stacks/)',
    names: 'stacks',
  },
  /**
   * Services that run elsewhere. @default none
   */
  external: {
    kind: 'list',
    about: 'stack',
    value: 'services',
    help: 'services that run elsewhere, with commas',
    commas: true,
    names: 'services',
  },
  /**
   * What a node's kubelet keeps for itself, in its own words: `cpu=1,memory=2Gi`. @default by the platform's rule
   */
  kubeReserved: {
    kind: 'text',
    about: 'hardware',
    value: 'cpu=,memory=',
    help: "what a node's kubelet reserves, instead of the platform's rule: cpu=1,memory=2Gi",
    node: parseReserved,
  },
  /**
   * What it keeps for the operating system. @default by the platform's rule
   */
  systemReserved: {
    kind: 'text',
    about: 'hardware',
    value: 'cpu=,memory=',
    help: "what a node's operating system reserves",
    node: parseReserved,
  },
  /**
   * Hard eviction threshold of memory.available: `500Mi`. @default by the platform's rule
   */
  evictionHard: {
    kind: 'text',
    about: 'hardware',
    value: 'size',
    help: "a node's hard eviction threshold: 500Mi",
    node: parseEvictionHard,
  },
  /**
   * What runs on every node: DaemonSets and cluster add-ons. @default by the platform's rule
   */
  everyNode: {
    kind: 'text',
    about: 'hardware',
    value: 'cpu=,memory=',
    help: 'what runs on every node: DaemonSets, add-ons, DAEMON services',
    node: parseReserved,
  },
  /**
   * Pods that a node takes: `58`. @default by the platform's rule
   */
  maxPods: {
    kind: 'text',
    about: 'hardware',
    value: 'n',
    help: 'pods, or tasks on ECS, that a node takes',
    node: parseInteger,
  },
  /**
   * `web.workerMiB=180`, `db.workload=oltp`: inputs of policies. @default what the stack says, or the policy
   */
  with: {
    kind: 'list',
    about: 'stack',
    value: '[service.]input=value',
    help: 'what a policy needs beside the hardware: web.workerMiB=180; without the service where one alone has it; repeatable',
  },
  /**
   * `api.ACTIX_WORKERS=24`: pins. @default none
   */
  set: {
    kind: 'list',
    about: 'stack',
    value: 'service.PARAMETER=n',
    help: 'pin a value; repeatable',
    names: 'assignments',
  },
  /**
   * Lower bounds. @default none
   */
  min: {
    kind: 'list',
    about: 'stack',
    value: 'service.PARAMETER=n',
    help: 'replace a lower bound; repeatable',
    names: 'assignments',
  },
  /**
   * Upper bounds. @default none
   */
  max: {
    kind: 'list',
    about: 'stack',
    value: 'service.PARAMETER=n',
    help: 'replace an upper bound; repeatable',
    names: 'assignments',
  },
  /**
   * Path of an overrides file. @default none
   */
  overrides: { kind: 'text', about: 'stack', value: 'file', help: 'pins and bounds from a YAML file' },
  /**
   * Where `ACTIX_WORKERS=24` and `ACTIX_WORKERS_MAX=32` are looked for. @default nowhere
   */
  environment: {
    kind: 'variables',
    about: 'stack',
    flag: 'envOverrides',
    help: 'pins and bounds from the environment: ACTIX_WORKERS=24, ACTIX_WORKERS_MAX=32',
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

type Rows = typeof OPTIONS;

/** What to plan for. Texts as a user types them. */
export type PlanOptions = { -readonly [Key in keyof Rows]?: Values[Rows[Key]['kind']] };

export const OPTION_ROWS = Object.entries(OPTIONS) as readonly (readonly [keyof PlanOptions, OptionRow])[];

/** `--kube-reserved` of `kubeReserved`. */
export function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** By what else than its flag whoever reads a message knows an option: `--kube-reserved` → `kubeReserved`. */
export type OptionNames = Readonly<Record<string, string>>;

/** The keys of the options. */
export const KEYS: OptionNames = Object.fromEntries(OPTION_ROWS.map(([key, { flag = key }]) => [flagOf(flag), key]));

/** The same, with the names instead of flags. */
export function named<T extends Problem | Finding>(said: T, names: OptionNames): T {
  const rename = (text: string) =>
    text.replace(/(?<![\w-])--[a-z-]+/g, (flag) => (Object.hasOwn(names, flag) ? names[flag]! : flag));
  return { ...said, path: rename(said.path), message: rename(said.message) };
}

/** @returns the error to throw instead */
export function namedError(error: unknown, names: OptionNames): unknown {
  if (!(error instanceof SizewrightError)) return error;
  return new SizewrightError(
    error.problems.map((problem) => named(problem, names)),
    { cause: error },
  );
}

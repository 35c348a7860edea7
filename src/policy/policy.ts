/** A checked policy: how one kind of software is tuned. Plain data; what `policies/<name>.yaml` becomes. */
import type { Delivery } from '../deliveries/delivery.ts';
import type { Syntax } from '../deliveries/syntax.ts';
import type { Formula } from '../formula/expr.ts';
import type { Range } from '../formula/range.ts';
import type { AsWritten } from './schema.ts';

export interface Policy extends AsWritten {
  name: string;
  /** Left free on purpose, MiB, over cores, cpuMillis and memoryMiB. */
  headroom: ReasonedFormula;
  /** Taken before any parameter, MiB. */
  reserve: ReasonedFormula;
  /** What formulas read beside the hardware. */
  inputs: PolicyInput[];
  /** In declared order; a formula reads the inputs and the parameters above it. */
  parameters: Parameter[];
  /** Parameters that give way when the memory does not suffice, in this order. */
  yields: Yield[];
  settings: Setting[];
  secrets: Secret[];
  /** In order of precedence: of those that carry a value, the last one counts. */
  deliveries: Delivery[];
  /** Size of /dev/shm in MiB, over the inputs and the parameters. Part of the costs, not added to them. */
  sharedMemory?: ReasonedFormula;
  /** What holds instead where the size of /dev/shm can't be set; absent where the software can't do without. */
  withoutSharedMemory?: WithoutSharedMemory;
  /** What it keeps on disk at most, MiB, over the inputs and the parameters; absent for software that keeps no data. */
  disk?: ReasonedFormula;
  /** How long a start may take, in seconds, over the inputs and the parameters. */
  startupSeconds: Formula & Reason;
  /** Kernel parameters that a setting needs to take effect. */
  sysctls: Sysctl[];
  advice: AdviceRule[];
  metrics: Metrics;
}

/** What a formula needs beside the hardware. */
export interface PolicyInput extends Reason {
  name: string;
  does: string;
  /** What the number counts; `choice` for one of the words. */
  unit: string;
  /** Present where it is a choice: the number is the place of a word, from 0. */
  choices?: string[];
  min: number;
  max: number;
  default: number;
  /** Absent for a choice. */
  basis?: Basis;
  /** How to measure one's own. */
  measure?: string;
}

/** One turn of a parameter that gives way. A parameter may have several, each with a lower floor than the one before. */
export interface Yield {
  parameter: string;
  /** It gives way down to here in this turn. Absent: down to its lower bound. */
  floor?: number;
}

/** Why a number is this number. `source` is a key of the policy's `sources`. */
export interface Reason {
  why: string;
  source?: string;
}

/** How well a memory figure is known. */
export type Basis = 'measured' | 'documented' | 'assumed';

export interface ReasonedFormula extends Formula, Reason {
  basis: Basis;
}

/** When memory is taken: at start, in full ordinary use besides, or only at worst. */
export type When = 'start' | 'use' | 'worst';

export interface Cost extends ReasonedFormula {
  when: When;
}

/** One integer that is decided. */
export interface Parameter {
  /** As formulas and overrides write it. */
  name: string;
  /** Its real name, where that differs: `io-threads`. */
  key: string;
  /** What it does, for people. */
  does: string;
  /** What the integer counts: `sessions`, `MB`, `kB`, `ms`. */
  unit: string;
  /** How the program writes it. */
  syntax: Syntax;
  formula: Formula & Reason;
  /** Over the inputs only. */
  min: Formula;
  max: Formula;
  /** Present where `min` is soft: an override may lower it to here. */
  hardMin?: Formula;
  /** Present where `max` is soft: an override may raise it to here. */
  hardMax?: Formula;
  boundsReason: Reason;
  /** Every value that it can take on any machine, from its hard bounds. */
  range: Range;
  /** Values are multiples of this. */
  multipleOf: number;
  /** Memory in MiB, over the inputs and the parameters up to this one. */
  cost?: Cost;
  /** What the program takes where nobody sets it; absent where that is not known. */
  byItself?: Formula | 'unlimited';
  /** The value that the program takes for no limit. */
  unlimited?: number;
  /** The guessed constant that it replaces. */
  static?: { value: number; arbitrary: string; effect: string; source?: string };
}

export interface WithoutSharedMemory extends Reason {
  /** Values by parameter name. */
  parameters: Record<string, number>;
  settings: Setting[];
}

/** A constant that is only passed on. */
export interface Setting extends Reason {
  key: string;
  value: string;
  /** Costs, headroom or a constraint count on this value. */
  counted?: true;
  /** Key of the kernel parameter that limits it and has the same value; where that can't be set it falls to `otherwise`. */
  sysctl?: string;
  /** What holds for a program that runs on the machine itself, without a container. */
  bareMetal?: { value: string; why: string };
}

/** A value that is never written: files refer to it. */
export interface Secret {
  /** Environment variable. */
  name: string;
  does: string;
  /** A placeholder for examples, never a real value. */
  example: string;
  /** The program takes it as this flag instead of from the environment: `--requirepass`. */
  flag?: string;
}

export interface Sysctl extends Reason {
  key: string;
  value: string;
  /** What the kernel has otherwise; where the sysctl can't be set this is what counts. */
  otherwise: string;
  /** Nothing fails without it: no finding where it can't be set. */
  optional?: true;
}

/** A rule that only advises: when `when` holds the finding is shown. */
export interface AdviceRule extends Reason {
  code: string;
  when: Formula;
  /** `{NAME}` is replaced by that name's value, `{remedy}` by the flag that makes the remedy. */
  say: string;
  /** A value that ends it. It is tried before it is named; where it does not work, nothing is said. */
  remedy?: { parameter: string; value: Formula };
}

/** What tells whether the plan holds while the software runs. */
export interface Metrics {
  /** The parameter to look at when the CPU limit is felt. */
  cpu?: string;
  /** The working set also holds page cache that the kernel takes back. */
  pageCache: boolean;
  /** How a running server is asked for its effective settings. */
  asks?: 'pg_settings' | 'config-get';
  /** Effective values, as an exporter reports them. */
  settings: ReportedSetting[];
  signals: Signal[];
  loadTest?: LoadTest;
}

export interface ReportedSetting {
  parameter: string;
  /** Name of the Prometheus metric. */
  metric: string;
  /** What one unit of the parameter is in the metric's unit: 1048576 for MB reported in bytes. */
  per: number;
}

/** Something the software or its exporter measures. */
export interface Signal extends Reason {
  /** `CACHE_HIT_RATE` */
  name: string;
  does: string;
  /** PromQL; `$selector` and `$replicas` are replaced. */
  query: string;
  /** The parameter to look at. */
  parameter: string;
  /** Absent where it is measured in the parameter's unit and compared with its value. */
  unit?: string;
  /** An alert above this percentage of the parameter's value. */
  abovePercent?: number;
  /** An alert above this, over the inputs and the parameters. */
  above?: Formula;
  /** The alert waits until this signal misses its expectation too. */
  alongside?: string;
  /** What the author expects and nobody measured. */
  expected: ExpectedRange[];
  /** An expectation counts only near the CPU limit: idle software has no throughput. */
  underLoad: boolean;
  /** How long it must last before it is an alert. */
  minutes: number;
}

/** Either `atLeast`, with or without an upper end of the range, or `below`. */
export interface ExpectedRange {
  /** Holds for this core count only. */
  cores?: number;
  atLeast?: number;
  upTo?: number;
  below?: number;
}

/** How the main port is tried under load. */
export interface LoadTest {
  path: string;
  requests: number;
  concurrency: number;
  /** The signal whose expectation is the threshold, in requests a second. */
  throughput: string;
  source?: string;
}

/** Names that every formula sees. Units: cores, millicores, MiB, MiB. */
export const INPUTS = ['cores', 'cpuMillis', 'memoryMiB', 'availableMiB'] as const;

/** What a program sees of the machine around its container; only what it takes by itself reads them. */
export const NODE_INPUTS = ['nodeCores', 'nodeMemoryMiB'] as const;

/** `source` spelled out: the text behind the key. */
export function sourceText(policy: Policy, reason: Reason): string | undefined {
  return reason.source === undefined ? undefined : policy.sources[reason.source];
}

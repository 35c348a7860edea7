/** A target is a family of files. It renders and decides nothing. */

import type { Finding } from '../errors/errors.ts';
import type { Held } from '../plan/decide/held.ts';
import type { Plan } from '../plan/plan.ts';
import type { Platform, PlatformKind } from '../platforms/platform.ts';
import type { Policy } from '../policy/policy.ts';
import type { Stack } from '../stack/stack.ts';

/** What is known of a target before it is loaded. */
export interface About {
  name: string;
  /** `plan`: files of one plan; `stack`: files that span the plans of a run, one for each profile and platform. */
  scope: 'plan' | 'stack';
  /** A few words for the docs. */
  title: string;
  /** It renders plans for platforms of these kinds. */
  platforms: readonly PlatformKind[];
  /** Rendered only where it is asked for by name. */
  onRequest?: true;
  /** Its files can have the values computed at start. */
  computesAtStart?: true;
}

export interface Target extends About {
  load(): Promise<LoadedTarget>;
}

export type LoadedTarget = PlanTarget | StackTarget;

interface Common extends About {
  /** The files, or the ones of them that make sense in a pipe, as one text for stdout. */
  stream(artifacts: readonly Artifact[]): string;
}

/** Files of one plan. */
export interface PlanTarget extends Common {
  scope: 'plan';
  /** Says why it can't express this plan, or nothing when it can. */
  unsupported?(input: RenderInput): string | undefined;
  render(input: RenderInput): Artifact[];
  /** What the files say, read back from their text alone. */
  read(artifacts: readonly Artifact[], input: RenderInput): Observed;
}

/** Files that span the plans of a run, all of the same stack. */
export interface StackTarget extends Common {
  scope: 'stack';
  /** Says why it can't express these plans, or nothing when it can. */
  unsupported?(inputs: readonly RenderInput[]): string | undefined;
  /** @param inputs at least one; each with the command that makes all of them again */
  render(inputs: readonly RenderInput[]): Artifact[];
  /** What the files say of each input, in their order, read back from their text alone. */
  read(artifacts: readonly Artifact[], inputs: readonly RenderInput[]): Observed[];
}

export interface RenderInput {
  plan: Plan;
  /** The plan's. */
  platform: Platform;
  stack: Stack;
  /** By name; those of the stack's services. */
  policies: Readonly<Record<string, Policy>>;
  /** What services that run elsewhere were said to offer, by service and parameter. */
  offered?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Demands, pins and bounds by service, where the values are to be computed at start; absent where files carry the values. */
  held?: Readonly<Record<string, Readonly<Record<string, Held>>>>;
  /** The command that makes the same files again, for their first lines. */
  command: string;
  /** The target that is rendered, by name, for what it says of a stack. */
  target?: string;
  /** Present in a synth. */
  asked?: Asked;
}

/** What asks for a plan, for programs that plan themselves. */
export interface Asked {
  /** Texts by the names of the library's options: `profile`, `platform`, `kubeReserved`, `set` … */
  options: Readonly<Record<string, string | readonly string[]>>;
  /** The user's own files that were read, by path. */
  files: readonly UserFile[];
}

export interface UserFile {
  /** As it was named: relative to the working directory, or absolute. */
  path: string;
  text: string;
}

/** One rendered file. `path` is relative to the target's folder, with forward slashes. */
export interface Artifact {
  path: string;
  contents: string;
  executable?: boolean;
  /** Made where it is missing, and somebody else's from then on: never compared, changed or removed. */
  once?: true;
}

/** What a target's files say, service by service, for comparison with the plan. */
export interface Observed {
  services: Record<string, ObservedService>;
  /** What reading back found wrong on the way. */
  findings?: Finding[];
}

export interface ObservedService {
  /** Only what this format can express. */
  limits?: { cpuMillis?: number; memoryMiB?: number };
  requests?: { cpuMillis?: number; memoryMiB?: number };
  sharedMemoryMiB?: number;
  /** Absent where this format carries no parameters of the service. */
  parameters?: Record<string, number>;
  /** What the entry point is told, where the values are computed at start. */
  environment?: ReadonlyMap<string, string>;
}

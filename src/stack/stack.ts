/** A checked stack: the services that are deployed together. Plain data; what `stacks/<name>/stack.yaml` becomes. */

import type { Finding } from '../errors/errors.ts';
import type { Formula } from '../formula/expr.ts';
import type { GivenInput } from '../policy/compile-inputs.ts';
import type { AdviceRule, Secret } from '../policy/policy.ts';
import { MAX_CPU_MILLIS, MAX_MEMORY_MIB, MIN_CPU_MILLIS } from '../units.ts';
import type { Distribution } from './distribution.ts';
import type { StackFile } from './schema.ts';

export interface Stack {
  name: string;
  namespace: string;
  /** The namespace is there and others use it: it is neither made nor closed. */
  namespaceExists?: true;
  /** The service that container limits and `--available` are meant for. */
  main: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** In the file's order, which also breaks ties. */
  services: Service[];
  /** In dependency order: a service whose values are read stands before the one that is asked. */
  demands: Demand[];
  constraints: Constraint[];
  /** Over `service.PARAM`, `service.cores` and `service.replicas.min|max|surge`. */
  advice: AdviceRule[];
  /** What is to be said of the way in which it is written. */
  findings?: Finding[];
}

type WrittenService = StackFile['services'][string];
type WrittenDeploy = NonNullable<WrittenService['deploy']>;

/** A service as it is sized; a plan needs no more. What a stack says of it, with quantities and defaults settled. */
export interface Service extends Omit<WrittenService, 'limits' | 'atLeast' | 'atMost' | 'with' | 'deploy'> {
  name: string;
  cpuShare: number;
  /** Fixed limits: no share is taken. */
  limits?: Amounts;
  atLeast: Amounts;
  atMost: Amounts;
  /** Inputs of its policy that somebody says, by name. */
  inputs: Record<string, GivenInput>;
  /** What files that deploy it say beside that; absent where only its sizes are asked for. */
  deploy?: Deploy;
}

interface Amounts {
  cpuMillis: number;
  memoryMiB: number;
}

/** Fields of `deploy` that are not as they are written. */
type SettledDeploy = 'ports' | 'secrets' | 'user' | 'volume' | 'writableSize' | 'terminationGraceSeconds' | 'build';

/** What deploy files say of a service beside its sizes. */
export interface Deploy extends Omit<WrittenDeploy, SettledDeploy> {
  /** First is the main one; none where nothing connects to it. */
  ports: Port[];
  /** Beside those of the policy. */
  secrets: Secret[];
  user?: { uid: number; gid: number; fsGroup: number };
  /** State that outlives a pod; a service with a volume is a StatefulSet. */
  volume?: Volume;
  /** What each folder that it writes may hold where it is on a disk. */
  writableSizeMiB: number;
  /** Whole stop, in seconds; not less than the policy's grace. */
  terminationGraceSeconds: number;
  /** How its image is built, where this stack builds it. */
  build?: Build;
}

/** What the container finds, read-only, beside the files of its image. */
export type MountedFile = WrittenDeploy['files'][number];

/** With the pods above max during a rollout. */
export type Replicas = WrittenService['replicas'];

export interface Port {
  name: string;
  port: number;
}

export interface Volume extends Omit<NonNullable<WrittenDeploy['volume']>, 'size'> {
  sizeMiB: number;
}

/** Either an HTTP path on the main port or a command. */
export type Probe = NonNullable<WrittenDeploy['probes']['startup']>;

export interface Build extends NonNullable<WrittenDeploy['build']> {
  /** Of both images. */
  distribution: Distribution;
}

/** What other services ask of a parameter: it takes the place of what the parameter's own formula proposes. */
export interface Demand {
  /** Where the stack's file states it: `demands.0`. */
  path: string;
  /** The service that is asked. */
  service: string;
  parameter: string;
  /** Over the other services' members. */
  asked: Formula;
  why: string;
  source?: string;
}

/** `left <= right`; where it does not hold, the yielders give way. */
export interface Constraint {
  text: string;
  left: Formula;
  right: Formula;
  /** In the file's order; several give way in proportion to what they propose. */
  yielders: Yielder[];
  why: string;
  source?: string;
}

export interface Yielder {
  service: string;
  parameter: string;
}

/** A service of which nothing is said but its policy. */
export function sizedService(name: string, policy: string): Service {
  return {
    name,
    policy,
    share: 1,
    cpuShare: 1,
    atLeast: { cpuMillis: MIN_CPU_MILLIS, memoryMiB: 1 },
    atMost: { cpuMillis: MAX_CPU_MILLIS, memoryMiB: MAX_MEMORY_MIB },
    cpuLimit: 'limit',
    replicas: { min: 1, max: 1, surge: 0 },
    podsPerNode: 1,
    connectsTo: [],
    inputs: {},
  };
}

export function findService(stack: Stack, name: string): Service {
  const service = stack.services.find((candidate) => candidate.name === name);
  if (service === undefined) throw new Error(`no service ${name} in stack ${stack.name}`);
  return service;
}

/** A service's name as formulas write it: CEL reads `-` as minus. */
export function formulaName(service: string): string {
  return service.replaceAll('-', '_');
}

/** A parameter as the rules of a stack write it: `my_db.max_connections`. */
export function memberName({ service, parameter }: Yielder): string {
  return `${formulaName(service)}.${parameter}`;
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

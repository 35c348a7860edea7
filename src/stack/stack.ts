/** A checked stack: the services that are deployed together. Plain data; what `stacks/<name>/stack.yaml` becomes. */

import type { Finding } from '../errors/errors.ts';
import type { Formula } from '../formula/expr.ts';
import type { GivenInput } from '../policy/compile-inputs.ts';
import type { AdviceRule, Secret } from '../policy/policy.ts';
import type { Distribution } from './distribution.ts';

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

/** A service as it is sized; a plan needs no more. */
export interface Service {
  name: string;
  /** Name of its policy. */
  policy: string;
  /** Part of the machine's memory, and of its CPU unless `cpuShare` is given; relative to the other services'. */
  share: number;
  cpuShare: number;
  /** Fixed limits: no share is taken. */
  limits?: { cpuMillis: number; memoryMiB: number };
  atLeast: { cpuMillis: number; memoryMiB: number };
  atMost: { cpuMillis: number; memoryMiB: number };
  /** `none`: a CPU request but no CPU limit is written, and cores come from the request. */
  cpuLimit: 'limit' | 'none';
  /** Where the platform scales; elsewhere there is one. */
  replicas: Replicas;
  /** Replicas that share one node. */
  podsPerNode: number;
  /** Horizontal scaling between replicas.min and replicas.max, at this percentage of the requests. */
  autoscale?: { cpuPercent: number; memoryPercent?: number };
  /** Services of this stack that it calls. */
  connectsTo: string[];
  /** Inputs of its policy that somebody says, by name. */
  inputs: Record<string, GivenInput>;
  /** What files that deploy it say beside that; absent where only its sizes are asked for. */
  deploy?: Deploy;
}

/** What deploy files say of a service beside its sizes. */
export interface Deploy {
  image: string;
  /** Whether the image has /bin/sh. */
  shell: boolean;
  /** First is the main one; none where nothing connects to it. */
  ports: Port[];
  /** What the container runs, written by every target; empty for an image without ENTRYPOINT, absent where it is unknown. */
  entrypoint?: string[];
  /** Further environment, constants only. */
  env: Record<string, string>;
  /** Beside those of the policy. */
  secrets: Secret[];
  /** Of a Kubernetes Secret that is there and has all of them; otherwise one to be made is described. */
  secretName?: string;
  /** What the container finds, read-only, beside the files of its image. */
  files: MountedFile[];
  labels: Record<string, string>;
  annotations: Record<string, string>;
  nodeSelector: Record<string, string>;
  user?: { uid: number; gid: number; fsGroup: number };
  /** State that outlives a pod; a service with a volume is a StatefulSet. */
  volume?: Volume;
  /** How the data of its volume are backed up; no generated file does it. */
  backup?: string;
  /** Folders that the program writes besides its volume; they are emptied with the container. */
  writable: string[];
  /** What each of them may hold where it is on a disk. */
  writableSizeMiB: number;
  probes: { startup?: Probe; readiness?: Probe; liveness?: Probe };
  /** Seconds between leaving the load balancer and the stop signal. */
  preStopSeconds: number;
  /** Whole stop, in seconds; not less than the policy's grace. */
  terminationGraceSeconds: number;
  /** What else it may reach: ports outside the cluster; without a range those of the internet. */
  egress: { port: number; cidr?: string | undefined; protocol: 'TCP' | 'UDP' }[];
  /** How its image is built, where this stack builds it. */
  build?: Build;
  /** How it runs under systemd on a bare machine. */
  systemd?: { unit: string; exec?: string; user?: string };
}

export interface MountedFile {
  path: string;
  text: string;
  why: string;
}

export interface Replicas {
  min: number;
  max: number;
  /** Pods above max during a rollout. */
  surge: number;
}

export interface Port {
  name: string;
  port: number;
}

export interface Volume {
  path: string;
  sizeMiB: number;
  storageClass?: string;
  /** Of the claim on Kubernetes; ReadWriteOncePod unless given. */
  accessMode?: 'ReadWriteOncePod' | 'ReadWriteOnce';
  /** Accepts a file system that keeps no second writer out. */
  unfenced?: 'may-corrupt';
  /** Environment variable that names the data folder, put one level down because of lost+found: `PGDATA`. */
  dataVariable?: string;
}

export interface Probe {
  /** Either an HTTP path on the main port or a command. */
  http?: string;
  exec?: string[];
  periodSeconds: number;
  timeoutSeconds: number;
  failureThreshold: number;
}

export interface Build {
  template: 'rust';
  binary: string;
  /** Packages of the running program, by their names in its distribution. */
  packages: string[];
  buildPackages: string[];
  buildImage: string;
  runtimeImage: string;
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

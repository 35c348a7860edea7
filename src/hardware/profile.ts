/** What hardware there is, before any platform has taken its part. Plain data. */
export type Profile = Machine | ContainerLimits;

/** The name of the profile that is detected: what the program runs on. */
export const HOST = 'host';

/** A whole machine, as its provider sells it. */
export interface Machine {
  kind: 'machine';
  /** The provider's own name: `c6i.8xlarge`, `n2-standard-8`, `Standard_D8s_v5`; or the user's. */
  name: string;
  /** `other` is a machine of the user's own. */
  provider: 'aws' | 'gcp' | 'azure' | 'other';
  cpuMillis: number;
  /** The vCPUs that the provider lists, where fewer are active: Standard_E4-2s_v5 is listed with 4 and runs on 2. */
  listedVcpus?: number;
  /** Nominal memory; what the provider keeps of it is the platform's rule. */
  memoryMiB: number;
  /** `memoryMiB` was read on the machine: it is what the guest sees. */
  measured?: boolean;
  /** The part of `memoryMiB` that nobody holds; absent where that is not known or is not to count. */
  freeMiB?: number;
  /** Hardware threads that share a core: vCPUs / threadsPerCore are the physical cores. */
  threadsPerCore: number;
  architecture: 'amd64' | 'arm64';
  gpus: number;
  /** CPU that a burstable machine sustains when its credits are spent; absent where the machine is not burstable. */
  burstable?: { baselineMillis?: number };
  /** AWS: network interfaces on the default card, and IPv4 addresses each; they decide the pods that a node may hold. */
  enis?: { count: number; ipv4PerEni: number };
}

/** The limits that the stack's main service is given, wherever that is. There is no machine to share. */
export interface ContainerLimits {
  kind: 'container';
  /** Canonical: `4cpu-8gi`, `500m-512mi`. */
  name: string;
  cpuMillis: number;
  memoryMiB: number;
  /** The part of `memoryMiB` that nobody holds; absent where that is not known or is not to count. */
  freeMiB?: number;
}

/** vCPUs as the provider lists them. */
export function vcpusOf({ listedVcpus, cpuMillis }: Machine): number {
  return listedVcpus ?? cpuMillis / 1000;
}

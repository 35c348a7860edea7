/** The built catalogue, commands run in memory, and what the clouds would print of our own machines. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../../../src/cli/main.ts';
import type { Files } from '../../../src/files/library.ts';
import { nodeFiles } from '../../../src/files/node-files.ts';
import type { CloudProvider } from '../../../src/hardware/family.ts';
import type { Machine } from '../../../src/hardware/profile.ts';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const dataFolder = join(root, 'dist/data');

/** The package's data, with a user's files beside it. */
export function filesWith(user: Readonly<Record<string, string>> = {}): Files {
  const stack = 'stacks/spatialvortex/stack.yaml';
  const own: Readonly<Record<string, string>> = { [stack]: readFileSync(join(root, stack), 'utf8'), ...user };
  // A folder without profiles/ of its own, so that the package's data is what is read.
  const built = nodeFiles(join(root, 'src'), dataFolder);
  return {
    ...built,
    readText: (path) => own[path],
    list: (folder) => [
      ...new Set(
        Object.keys(own).flatMap((path) =>
          path.startsWith(`${folder}/`) ? path.slice(folder.length + 1).split('/')[0]! : [],
        ),
      ),
    ],
  };
}

export interface Ran {
  exit: number;
  out: string;
  err: string;
}

/** Runs a command as a process would. */
export async function runCommand(
  argv: readonly string[],
  options: { files?: Files; input?: string; folder?: string } = {},
): Promise<Ran> {
  const printed = { out: '', err: '' };
  const exit = await run(argv, {
    out: (text) => {
      printed.out += text;
    },
    err: (text) => {
      printed.err += text;
    },
    env: {},
    files: options.files ?? filesWith(),
    resolve: (path) => join(options.folder ?? '/nowhere', path),
    input: () => options.input ?? '',
  });
  return { exit, ...printed };
}

/** The JSON that the provider's own tool would print of machines. */
export function cloudOutput(provider: CloudProvider, machines: readonly Machine[]): string {
  const rows = machines.map((machine) => ROWS[provider](machine));
  return JSON.stringify(provider === 'aws' ? { InstanceTypes: rows } : rows);
}

const ROWS: Readonly<Record<CloudProvider, (machine: Machine) => object>> = {
  aws: (machine) => ({
    InstanceType: machine.name,
    ProcessorInfo: { SupportedArchitectures: machine.architecture === 'arm64' ? ['arm64'] : ['i386', 'x86_64'] },
    VCpuInfo: { DefaultVCpus: machine.cpuMillis / 1000, DefaultThreadsPerCore: machine.threadsPerCore },
    MemoryInfo: { SizeInMiB: machine.memoryMiB },
    ...(machine.gpus > 0 && { GpuInfo: { Gpus: [{ Name: 'X', Count: machine.gpus }] } }),
    NetworkInfo: {
      MaximumNetworkInterfaces: 99,
      DefaultNetworkCardIndex: 1,
      NetworkCards: [
        { NetworkCardIndex: 0, MaximumNetworkInterfaces: 98 },
        { NetworkCardIndex: 1, MaximumNetworkInterfaces: machine.enis!.count },
      ],
      Ipv4AddressesPerInterface: machine.enis!.ipv4PerEni,
    },
    BurstablePerformanceSupported: machine.burstable !== undefined,
  }),
  gcp: (machine) => ({
    kind: 'compute#machineType',
    name: machine.name,
    zone: 'europe-west1-b',
    guestCpus: machine.cpuMillis / 1000,
    memoryMb: machine.memoryMiB,
    architecture: machine.architecture === 'arm64' ? 'ARM64' : 'X86_64',
    isSharedCpu: machine.burstable !== undefined,
    ...(machine.gpus > 0 && {
      accelerators: [{ guestAcceleratorType: 'nvidia-x', guestAcceleratorCount: machine.gpus }],
    }),
  }),
  azure: (machine) => ({
    maxDataDiskCount: 4,
    name: machine.name,
    numberOfCores: machine.listedVcpus ?? machine.cpuMillis / 1000,
    memoryInMB: machine.memoryMiB,
  }),
};

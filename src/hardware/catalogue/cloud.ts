/**
 * What the clouds' own command line tools print of their machines, as JSON: `aws ec2 describe-instance-types`,
 * `gcloud compute machine-types list --format=json`, `az vm list-sizes -o json` and `az vm list-skus -o json`.
 */
import { type Problem, SizewrightError } from '../../errors/errors.ts';
import type { CloudProvider } from '../family.ts';
import { type StatedMachine, tryArchitecture } from './stated.ts';

export interface CloudOutput {
  machines: StatedMachine[];
  /** What a person should know of the input: that it is one page of several. */
  notes: string[];
}

export const CLOUD_COMMANDS: Readonly<Record<CloudProvider, string>> = {
  aws: 'aws ec2 describe-instance-types --output json',
  gcp: 'gcloud compute machine-types list --format=json',
  azure: 'az vm list-sizes --location LOCATION -o json',
};

const SHOWN_PROBLEMS = 10;

/**
 * @param text what the provider's tool printed
 * @param file its name, for messages
 * @throws PROFILE_INVALID for other input, with the path of each wrong value
 */
export function readCloudOutput(provider: CloudProvider, text: string, file: string): CloudOutput {
  const refuse = (message: string, cause?: unknown): never => {
    throw new SizewrightError({ code: 'PROFILE_INVALID', path: '', file, message }, { cause });
  };
  const expected = `expected the JSON that \`${CLOUD_COMMANDS[provider]}\` prints`;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    const start = text.trim().slice(0, 30).split('\n')[0];
    return refuse(`${expected}, got ${start === '' ? 'nothing' : `text that begins with "${start}"`}`, cause);
  }
  const { list, at, notes } = rowsOf(parsed);
  if (list === undefined) return refuse(`${expected}, got ${shapeOf(parsed)}`);
  if (list.length === 0) return refuse(`${expected} of at least one machine, got an empty list`);
  const kinds = new Set(list.map(cloudOf));
  const other = [...kinds].find((kind) => kind !== provider && kind !== undefined);
  if (other !== undefined) return refuse(`${expected}, got what ${other} prints; change --provider to ${other}`);

  const problems: Problem[] = [];
  const machines = new Map<string, StatedMachine>();
  for (const [index, raw] of list.entries()) {
    const path = `${at}${index}`;
    const fields = new Fields(raw, path, (field, message) =>
      problems.push({ code: 'PROFILE_INVALID', path: field, file, message }),
    );
    const before = problems.length;
    const machine = READERS[provider](fields);
    if (machine === undefined || problems.length > before) continue;
    const earlier = machines.get(machine.name);
    // gcloud and list-skus print a machine once for each zone or location.
    if (earlier !== undefined && JSON.stringify(earlier) !== JSON.stringify(machine))
      problems.push({
        code: 'PROFILE_INVALID',
        path,
        file,
        message: `expected ${machine.name} with the same facts each time, got ${JSON.stringify(machine)} after ${JSON.stringify(earlier)}`,
      });
    machines.set(machine.name, earlier ?? machine);
  }
  if (problems.length > 0) {
    const more = problems.length - SHOWN_PROBLEMS;
    throw new SizewrightError([
      ...problems.slice(0, SHOWN_PROBLEMS),
      ...(more > 0
        ? [{ code: 'PROFILE_INVALID' as const, path: '', file, message: `and ${more} more like these` }]
        : []),
    ]);
  }
  if (machines.size === 0) return refuse(`${expected}, got a list without machines`);
  return { machines: [...machines.values()], notes };
}

/** The list within the output, and the path that leads to it. */
function rowsOf(parsed: unknown): { list?: unknown[]; at: string; notes: string[] } {
  if (Array.isArray(parsed)) return { list: parsed, at: '', notes: [] };
  const types = (parsed as { InstanceTypes?: unknown } | null)?.InstanceTypes;
  if (!Array.isArray(types)) return { at: '', notes: [] };
  const page = typeof (parsed as { NextToken?: unknown }).NextToken === 'string';
  return {
    list: types,
    at: 'InstanceTypes.',
    notes: page ? ['the input is one page of several (it has a NextToken): machines can be missing'] : [],
  };
}

/** Whose output a row is, by the members that only it has. */
function cloudOf(row: unknown): CloudProvider | undefined {
  const has = (name: string) => typeof row === 'object' && row !== null && Object.hasOwn(row, name);
  if (has('InstanceType')) return 'aws';
  if (has('guestCpus')) return 'gcp';
  return has('numberOfCores') || has('capabilities') ? 'azure' : undefined;
}

function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const keys = Object.keys(value);
  return keys.length === 0 ? 'an empty object' : `an object with ${keys.slice(0, 5).join(', ')}`;
}

const READERS: Readonly<Record<CloudProvider, (fields: Fields) => StatedMachine | undefined>> = {
  aws(fields) {
    const cards = fields.list('NetworkInfo.NetworkCards');
    const card = fields.optional('NetworkInfo.DefaultNetworkCardIndex') ?? 0;
    const onCard = cards.find((candidate, index) => (candidate.optional('NetworkCardIndex') ?? index) === card);
    const count = (onCard ?? fields).optional(
      onCard ? 'MaximumNetworkInterfaces' : 'NetworkInfo.MaximumNetworkInterfaces',
    );
    const ipv4PerEni = fields.optional('NetworkInfo.Ipv4AddressesPerInterface');
    return {
      provider: 'aws',
      name: fields.text('InstanceType'),
      vcpus: fields.whole('VCpuInfo.DefaultVCpus'),
      memoryMiB: fields.whole('MemoryInfo.SizeInMiB'),
      threadsPerCore: fields.optional('VCpuInfo.DefaultThreadsPerCore'),
      architecture: fields.architecture('ProcessorInfo.SupportedArchitectures'),
      gpus: fields.list('GpuInfo.Gpus').reduce((sum, gpu) => sum + (gpu.optional('Count') ?? 0), 0),
      burstable: fields.flag('BurstablePerformanceSupported'),
      ...(count && ipv4PerEni && { enis: { count, ipv4PerEni } }),
    };
  },

  gcp(fields) {
    const gpus = fields.list('accelerators').filter((one) => !/tpu|^ct\d/.test(one.text('guestAcceleratorType')));
    return {
      provider: 'gcp',
      name: fields.text('name'),
      vcpus: fields.whole('guestCpus'),
      memoryMiB: fields.whole('memoryMb'),
      architecture: fields.architecture('architecture'),
      gpus: gpus.reduce((sum, one) => sum + one.whole('guestAcceleratorCount'), 0),
      burstable: fields.flag('isSharedCpu'),
    };
  },

  azure(fields) {
    if (!fields.has('capabilities')) {
      return {
        provider: 'azure',
        name: fields.text('name'),
        vcpus: fields.whole('numberOfCores'),
        memoryMiB: fields.whole('memoryInMB'),
      };
    }
    const kind = fields.text('resourceType', 'virtualMachines');
    if (kind !== 'virtualMachines') return undefined;
    const capability = fields.named('capabilities');
    const gpus = capability.optional('GPUs');
    return {
      provider: 'azure',
      name: fields.text('name'),
      vcpus: capability.whole('vCPUs'),
      memoryMiB: capability.gibibytes('MemoryGB'),
      threadsPerCore: capability.optional('vCPUsPerCore'),
      architecture: capability.architecture('CpuArchitectureType'),
      gpus: gpus ?? 0,
    };
  },
};

/** Reads members of one row, noting what is not as expected. */
class Fields {
  private readonly row: unknown;
  private readonly path: string;
  private readonly report: (path: string, message: string) => void;

  constructor(row: unknown, path: string, report: (path: string, message: string) => void) {
    this.row = row;
    this.path = path;
    this.report = report;
  }

  has(name: string): boolean {
    return this.at(name) !== undefined;
  }

  text(name: string, otherwise?: string): string {
    const value = this.at(name) ?? otherwise;
    return typeof value === 'string' && value !== '' ? value : this.refuse(name, 'a text', value, '');
  }

  whole(name: string): number {
    const value = this.optional(name);
    return value ? value : this.refuse(name, 'a whole number of at least 1', value, 0);
  }

  /** Numbers may come as text: list-skus prints them so. */
  optional(name: string): number | undefined {
    const value = this.at(name);
    if (value === undefined || value === null) return undefined;
    const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
    return Number.isSafeInteger(number) && (number as number) >= 0
      ? (number as number)
      : this.refuse(name, 'a whole number', value, 0);
  }

  /** `3.5` GiB as MiB, rounded down. */
  gibibytes(name: string): number {
    const value = this.at(name);
    const text = typeof value === 'number' ? `${value}` : value;
    return typeof text === 'string' && /^\d{1,9}(\.\d{1,9})?$/.test(text)
      ? Math.floor(Number(text) * 1024)
      : this.refuse(name, 'a number of GiB', value, 0);
  }

  flag(name: string): boolean | undefined {
    const value = this.at(name);
    if (value === undefined || value === null) return undefined;
    return typeof value === 'boolean' ? value : this.refuse(name, 'true or false', value, false);
  }

  /** One, or the first that is known of several: EC2 lists i386 beside x86_64. */
  architecture(name: string): StatedMachine['architecture'] {
    const value = this.at(name);
    if (value === undefined || value === null) return undefined;
    const known = [value].flat().map((one) => (typeof one === 'string' ? tryArchitecture(one) : undefined));
    return known.find((one) => one !== undefined) ?? this.refuse(name, 'x86_64 or arm64', value, undefined);
  }

  list(name: string): Fields[] {
    const value = this.at(name);
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) return this.refuse(name, 'a list', value, []);
    return value.map((item, index) => new Fields(item, `${this.path}.${name}.${index}`, this.report));
  }

  /** `[{name, value}]` as one object. */
  named(name: string): Fields {
    const pairs = this.list(name).map((pair) => [pair.text('name'), pair.at('value')]);
    return new Fields(Object.fromEntries(pairs), `${this.path}.${name}`, this.report);
  }

  private at(path: string): unknown {
    let value = this.row;
    for (const key of path.split('.')) value = (value as Record<string, unknown> | null | undefined)?.[key];
    return value;
  }

  private refuse<T>(name: string, expected: string, value: unknown, otherwise: T): T {
    const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value));
    this.report(
      `${this.path}.${name}`,
      `expected ${expected}, got ${text.length > 80 ? `${text.slice(0, 77)}...` : text}`,
    );
    return otherwise;
  }
}

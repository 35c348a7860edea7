/** Tables of machines as CSV, recognised by their header. For checking the catalogue against them. */
import { fail } from '../../errors/errors.ts';
import { parseInteger, parseMemoryMiB } from '../../units.ts';
import type { CloudProvider } from '../family.ts';
import type { Machine } from '../profile.ts';
import { type StatedMachine, tryArchitecture } from './stated.ts';

type Cells = Readonly<Record<string, string>>;

interface Table {
  provider: CloudProvider;
  /** Columns that it is recognised by; others may stand between them. */
  columns: readonly string[];
  read(cells: Cells, path: string): Omit<StatedMachine, 'provider' | 'name'>;
}

const number = (cells: Cells, column: string, path: string) => parseInteger(cells[column]!, `${path}: ${column}`);

const flag = (cells: Cells, column: string, path: string): boolean => {
  const text = cells[column];
  return (
    text === '1' ||
    (text === '0' ? false : fail('PROFILE_INVALID', `${path}: ${column}`, `expected 0 or 1, got "${text}"`))
  );
};

const architecture = ({ arch }: Cells, path: string): Machine['architecture'] =>
  tryArchitecture(arch!) ??
  fail('PROFILE_INVALID', `${path}: arch`, `expected an architecture (amd64, x86_64, arm64), got "${arch}"`);

const TABLES: readonly Table[] = [
  {
    provider: 'aws',
    columns: [
      'name',
      'vcpu',
      'threads_per_core',
      'memory_mib',
      'arch',
      'gpus',
      'burstable',
      'default_card_enis',
      'ipv4_per_eni',
    ],
    read: (cells, path) => ({
      vcpus: number(cells, 'vcpu', path),
      memoryMiB: number(cells, 'memory_mib', path),
      threadsPerCore: number(cells, 'threads_per_core', path),
      architecture: architecture(cells, path),
      gpus: number(cells, 'gpus', path),
      burstable: flag(cells, 'burstable', path),
      enis: { count: number(cells, 'default_card_enis', path), ipv4PerEni: number(cells, 'ipv4_per_eni', path) },
    }),
  },
  {
    provider: 'gcp',
    columns: ['name', 'vcpu', 'memory_gib', 'shared_core'],
    read: (cells, path) => ({
      vcpus: number(cells, 'vcpu', path),
      // A part of a MiB is dropped, as it is in the catalogue.
      memoryMiB: parseMemoryMiB(`${cells.memory_gib}Gi`, `${path}: memory_gib`),
      burstable: flag(cells, 'shared_core', path),
    }),
  },
  {
    provider: 'azure',
    columns: ['name', 'vcpu', 'memory_mib', 'gpus', 'arch'],
    read: (cells, path) => ({
      vcpus: number(cells, 'vcpu', path),
      memoryMiB: number(cells, 'memory_mib', path),
      architecture: architecture(cells, path),
      gpus: number(cells, 'gpus', path),
    }),
  },
];

/**
 * @param file its name, for messages
 * @throws PROFILE_INVALID, QUANTITY_SYNTAX
 */
export function readMachineCsv(text: string, file: string): { provider: CloudProvider; machines: StatedMachine[] } {
  const lines = text.split(/\r?\n/);
  const header = lines[0]!.split(',');
  const table = TABLES.find(({ columns }) => columns.every((column) => header.includes(column)));
  if (table === undefined) {
    const known = TABLES.map(({ provider, columns }) => `${columns.join(',')} (${provider})`).join('; or ');
    return fail('PROFILE_INVALID', `${file}:1`, `expected a header with the columns ${known}, got "${lines[0]}"`);
  }
  const machines = lines.slice(1).flatMap((line, index): StatedMachine[] => {
    if (line === '') return [];
    const path = `${file}:${index + 2}`;
    const cells = line.split(',');
    if (cells.length !== header.length)
      fail('PROFILE_INVALID', path, `expected ${header.length} cells without quotes, got ${cells.length} in "${line}"`);
    const named: Cells = Object.fromEntries(header.map((column, at) => [column, cells[at]!]));
    return [{ provider: table.provider, name: named.name!, ...table.read(named, path) }];
  });
  return { provider: table.provider, machines };
}

import type { Command } from 'commander';
import { type Problem, SizewrightError } from '../errors/errors.ts';
import { gather } from '../gather.ts';
import type { Sums } from '../plan/sums.ts';
import type { Around, Audited } from '../requests/audit.ts';
import type { AuditedFile } from '../requests/audit-files.ts';
import { formatMiB } from '../units.ts';
import { type Io, readPrinted } from './io.ts';
import { type Examples, formatOption, withExamples } from './options.ts';

const EXAMPLES: Examples = [
  ['whether the limits of a Compose file hold what its services take', 'sizewright audit compose.yaml'],
  [
    'two files on a machine that is known, as JSON',
    'sizewright audit compose.yaml other.yaml --machine c6i.2xlarge --format json',
  ],
  ['what another program prints', 'docker compose config | sizewright audit -'],
];

/** Cores that are counted with where neither the file nor anybody else says it. */
const CORES_ASSUMED = 4;

export function auditCommand(program: Command, io: Io, setExit: (code: number) => void): void {
  withExamples(program.command('audit'), EXAMPLES)
    .description('whether the limits in Compose files hold what the programs in them take')
    .argument('<file...>', 'Compose files of anyone; - is stdin')
    .option('--machine <name>', 'what they run on: c6i.8xlarge, 8cpu-32gi, here, ./box.yaml')
    .addOption(formatOption('text', 'json'))
    .action(async (names: string[], { machine, format }: { machine?: string; format: string }) => {
      const { auditFile, loadPolicies } = await import('../requests/audit-files.ts');
      const around = await machineAround(io, machine);
      const policies = await gather(loadPolicies(io.files));
      const audited: AuditedFile[] = [];
      const problems: Problem[] = [];
      for (const file of names) {
        try {
          const read = { file, text: readPrinted(io, file, 'file') };
          audited.push(
            await gather(auditFile(io.files, read, policies, around ?? { cpuMillis: CORES_ASSUMED * 1000 })),
          );
        } catch (error) {
          if (!(error instanceof SizewrightError)) throw error;
          problems.push(...error.problems);
        }
      }
      const judged = audited.flatMap(({ services }) => services.filter((one) => 'policy' in one));
      if (format === 'json') io.out(`${JSON.stringify({ schema: 'sizewright/audit/v1', files: audited }, null, 2)}\n`);
      else {
        io.out(audited.map(fileText).join('\n'));
        if (around === undefined && judged.some(({ remedy }) => remedy))
          io.err(
            `note: where a file has no CPU limit, ${CORES_ASSUMED} cores are counted with; --machine says the real ones\n`,
          );
      }
      if (problems.length === 0) return;
      // One that cannot be read does not stop the others.
      setExit(1);
      const error = new SizewrightError(problems);
      io.err(`sizewright: ${error.code}\n${error.message}\n`);
    });
}

async function machineAround(io: Io, machine: string | undefined): Promise<Around | undefined> {
  if (machine === undefined) return undefined;
  const { resolveHardware } = await import('../requests/hardware.ts');
  const { hardware } = await gather(resolveHardware({ machine: [machine] }, io.files, (name) => name));
  return hardware[0]?.profile;
}

function fileText({ file, services, unread }: AuditedFile): string {
  const judged = services.filter((one) => 'policy' in one);
  const free = judged.filter(({ verdict }) => verdict === 'unlimited');
  const others = new Map<string, string[]>();
  for (const one of services) if (!('policy' in one)) others.set(one.why, [...(others.get(one.why) ?? []), one.name]);
  const count = `${services.length} ${services.length === 1 ? 'service' : 'services'}`;
  const lines = [
    `${file}: ${count}, ${judged.length} of a known program`,
    ...judged.filter((one) => !free.includes(one)).flatMap((one) => serviceLines(file, one)),
    ...(free.length > 0 ? [`  without a memory limit, at worst: ${free.map(worstText).join('; ')}`] : []),
    ...[...others].map(([why, those]) => `  not judged, ${why}: ${those.join(', ')}`),
    ...unread.map(({ line, what }) => `  not read, ${file}:${line}: ${what}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** What one without a limit may take today. */
function worstText({ name, policy, sums, values }: Audited): string {
  const { miB, unlimited, unknown } = sums.worst;
  const named = name === policy ? name : `${name} (${policy})`;
  if (unlimited.length > 0) return `${named} whatever comes, because nothing bounds ${unlimited.join(', ')}`;
  if (unknown.length > 0) return `${named} what ${unknown.join(', ')} say, which is not known`;
  const set = Object.entries(values).flatMap(([key, { text, from }]) => (from === undefined ? [] : `${key} ${text}`));
  return `${named} ${formatMiB(miB)}${set.length > 0 ? ` with ${set.join(', ')}` : ''}`;
}

function serviceLines(file: string, audited: Audited): string[] {
  const { name, line, image, policy, limit, verdict, sums, values, unknown, remedy } = audited;
  const amount = ({ miB, unlimited }: Sums['worst']) => (unlimited.length > 0 ? 'no bound' : formatMiB(miB));
  const said = Object.entries(values).map(([key, { text, from, line: at }]) => {
    if (from !== undefined) return `${key} ${text} (line ${at})`;
    return text === 'unknown' ? `${key} not known` : `${key} ${text} by itself`;
  });
  return [
    `  ${file}:${limit?.line ?? line}: ${name} ${verdict}${limit ? ` ${limit.text}` : ''} (${image}, policy ${policy})`,
    `    ${amount(sums.start)} at start, ${amount(sums.use)} in full use, ${amount(sums.worst)} at worst: ${said.join(', ')}`,
    ...(unknown.length > 0 ? [`    not known: ${unknown.join('; ')}`] : []),
    ...(remedy ? [`    ${remedyText(remedy)}`] : []),
  ];
}

function remedyText({ set, within, memoryMiB }: NonNullable<Audited['remedy']>): string {
  const values = Object.entries(set ?? {}).map(([key, text]) => `${key} ${text}`);
  const both = values.length > 0 && `set ${values.join(', ')}${within === undefined ? '' : ` and give it ${within}m`}`;
  const larger = memoryMiB !== undefined && `give it ${memoryMiB}m`;
  return [both, larger].filter(Boolean).join(', or ') || 'give it a larger limit, and bound what it takes';
}

import type { Command } from 'commander';
import type { Figure, Host } from '../hardware/host/host.ts';
import { coresText, formatMiB } from '../units.ts';
import type { Io } from './io.ts';
import { type Examples, formatOption, withExamples } from './options.ts';
import { columns, noteLines } from './text.ts';

const EXAMPLES: Examples = [
  ['each figure with its file', 'sizewright detect'],
  ['the same as JSON', 'sizewright detect --format json'],
  ['the memory in MiB alone', 'sizewright detect --format json | jq .memoryMiB.value'],
];

export function detectCommand(program: Command, io: Io): void {
  withExamples(program.command('detect'), EXAMPLES)
    .description('what the kernel grants here: CPU and memory of --profile host, and the file that says so')
    .addOption(formatOption('text', 'json'))
    .action(async (flags: { format: string }) => {
      const { detectHost } = await import('../hardware/host/index.ts');
      const host = detectHost((path) => io.files.readSystem(path));
      io.out(flags.format === 'json' ? `${JSON.stringify(host, null, 2)}\n` : detectText(host));
      io.err(noteLines(host.notes));
    });
}

function detectText(host: Host): string {
  const row = (name: string, text: string, { file, says }: Figure) => [name, text, file, says];
  const place = host.limited
    ? 'a cgroup grants less memory than the machine has, so these are container limits'
    : 'no cgroup grants less memory than the machine has, so this is the machine';
  return columns(
    [
      row('CPU', coresText(host.cpuMillis.value), host.cpuMillis),
      row('memory', formatMiB(host.memoryMiB.value), host.memoryMiB),
      row('free now', formatMiB(host.freeMiB.value), host.freeMiB),
    ],
    [1],
    '',
  ).concat(`${place}\n`);
}

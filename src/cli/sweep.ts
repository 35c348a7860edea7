import { type Command, Option } from 'commander';
import { loadPlatform } from '../files/library.ts';
import { gather } from '../gather.ts';
import { machinePlatform } from '../platforms/index.ts';
import type { Sweep } from '../requests/sweep.ts';
import { formatCount, formatMiB } from '../units.ts';
import { type Io, printTo } from './io.ts';
import {
  type Examples,
  outputName,
  planOptionsOf,
  platformOption,
  type SharedFlags,
  withExamples,
  withStackOptions,
} from './options.ts';
import { vcpuText } from './profiles.ts';
import { columns } from './text.ts';

const EXAMPLES: Examples = [
  ['one value over all sizes of a family', 'sizewright sweep --param api.ONNX_POOL_SIZE --family c6i'],
  ['as a plot', 'sizewright sweep --param api.ONNX_POOL_SIZE --family c6i -o pool.svg'],
  [
    'on nodes of GKE, as JSON',
    'sizewright sweep --param postgres.max_connections --family gcp:n2 --platform gke --format json',
  ],
];

export function sweepCommand(program: Command, io: Io, setExit: (code: number) => void): void {
  withExamples(withStackOptions(program.command('sweep')), EXAMPLES)
    .description("one value over a family's sizes, as a table or a plot")
    .requiredOption('--param <service.PARAMETER>', 'the value: api.ONNX_POOL_SIZE')
    .requiredOption('--family <name>', 'the family: c6i, gcp:n2, Dsv5')
    .addOption(platformOption(false))
    .addOption(
      new Option('--format <format>', 'how to print (default: by the ending of --output, else table)').choices([
        'table',
        'json',
        'svg',
      ]),
    )
    .option('-o, --output <file>', 'where to write; - is stdout', outputName)
    .action(async (flags: SharedFlags & SweepFlags) => {
      const platform = machinePlatform(await gather(loadPlatform(io.files, flags.platform)));
      const [{ findFamilyKey, listCatalogue }, { resolveRequests }, { sweepFamily }, { sweepPlot }] = await Promise.all(
        [
          import('../files/machines.ts'),
          import('../requests/request.ts'),
          import('../requests/sweep.ts'),
          import('./plot.ts'),
        ],
      );
      const family = findFamilyKey(io.files, flags.family);
      const machines = await gather(listCatalogue(io.files, { family: family.replace('/', ':') }));
      const requests = await gather(resolveRequests({ ...planOptionsOf(flags, io, 'stack'), machines }, io.files));
      const sweep = sweepFamily(requests, platform, family, flags.param);
      const format = flags.format ?? /\.(svg|json)$/.exec(flags.output ?? '')?.[1] ?? 'table';
      await printTo(
        io,
        flags.output,
        format === 'svg' ? sweepPlot(sweep) : format === 'json' ? `${JSON.stringify(sweep, null, 2)}\n` : table(sweep),
      );
      if (sweep.points.every((point) => point.decision === undefined)) {
        io.err(`no size of ${sweep.family} holds ${sweep.stack} on ${sweep.platform}\n`);
        setExit(1);
      }
    });
}

interface SweepFlags {
  param: string;
  family: string;
  platform: string;
  format?: string;
  output?: string;
}

function table({ parameter, unit, stack, platform, points }: Sweep): string {
  const rows = points.map(({ machine, vcpu, cpuMillis, memoryMiB, decision, problem }) => [
    machine,
    vcpuText(vcpu, cpuMillis),
    formatMiB(memoryMiB),
    decision ? formatCount(decision.value) : '-',
    decision ? `${formatCount(decision.min)}..${formatCount(decision.max)}` : '-',
    decision?.decidedBy ?? problem!.code,
    decision ? (decision.decidedBy === 'formula' ? '' : decision.reason) : problem!.message,
  ]);
  const header = ['machine', 'vCPU', 'memory', unit, 'bounds', 'decided by', ''];
  return `${parameter} of ${stack}, platform ${platform}\n${columns([header, ...rows], [1, 2, 3])}`;
}

import type { Command } from 'commander';
import { stackNamed } from '../files/library.ts';
import type { Row } from '../verify/index.ts';
import { type Io, readPrinted } from './io.ts';
import { collect, type Examples, formatOption, withExamples } from './options.ts';
import { isReportFormat, printReport, REPORT_FORMATS } from './report.ts';
import { columns, findingLines, titleOf } from './text.ts';

interface VerifyFlags {
  plan: string;
  stack?: string;
  platform?: string;
  prometheus?: string;
  metrics?: string[];
  postgres?: string[];
  redis?: string[];
  format: string;
}

const EXAMPLES: Examples = [
  [
    'limits, use and settings that a Prometheus knows',
    'sizewright verify --plan out/spatialvortex/c6i.8xlarge/host/plan.json --prometheus http://127.0.0.1:9090',
  ],
  [
    'settings that the servers themselves state',
    'sizewright verify --plan out/spatialvortex/c6i.8xlarge/host/plan.json --postgres postgresql://spatialvortex@127.0.0.1/spatialvortex --redis redis://127.0.0.1',
  ],
  [
    'what an exporter says, without a Prometheus',
    'curl -s http://127.0.0.1:9121/metrics | sizewright verify --plan out/spatialvortex/c6i.8xlarge/host/plan.json --metrics -',
  ],
];

export function verifyCommand(program: Command, io: Io, setExit: (code: number) => void): void {
  const command = program
    .command('verify')
    .description('a running system against its plan; exit 2 when anything differs')
    .requiredOption('--plan <file>', 'plan.json of what was deployed')
    .option('--prometheus <url>', 'limits, use, settings and signals from a Prometheus: http://host:9090')
    .option('--metrics <file>', "the same as far as an exporter's /metrics says it; - is stdin; repeatable", collect)
    .option('--postgres <url>', 'effective settings of a PostgreSQL: postgresql://user@host/db; service=URL', collect)
    .option('--redis <url>', 'effective settings of a Redis: redis://host:6379; service=URL', collect)
    .option('--stack <name>', "the plan's stack, where its name does not find it: a path to its .yaml file")
    .option('--platform <name>', "the plan's platform, where its name does not find it: a path to its .yaml file")
    .addOption(formatOption('table', 'json', ...REPORT_FORMATS))
    .addHelpText(
      'after',
      `
Passwords are better in the environment than on the command line: PGPASSWORD, REDISCLI_AUTH.
Exit: 0 all as planned · 1 invalid input, or no answer · 2 something differs (advice does not count) · 64 usage`,
    )
    .action(async (flags: VerifyFlags) => {
      const { verify } = await import('../verify/index.ts');
      const { plan, stack, platform: place, prometheus, metrics, format } = flags;
      const [pg, config] = [flags.postgres ?? [], flags.redis ?? []];
      const result = await verify(
        {
          plan,
          ...(stack !== undefined && { stack }),
          ...(place !== undefined && { platform: place }),
          ...(prometheus !== undefined && { prometheus }),
          ...(metrics && { metrics: metrics.map((file) => ({ file, text: readPrinted(io, file, '--metrics') })) }),
          servers: { pg_settings: pg, 'config-get': config },
          passwords: { pg_settings: io.env.PGPASSWORD ?? '', 'config-get': io.env.REDISCLI_AUTH ?? '' },
        },
        io.files,
      );
      const { rows } = result;
      const findings = [...rows.flatMap(({ finding }) => finding ?? []), ...result.findings];
      const differences = findings.filter(({ level }) => level !== 'advice').length;
      const { profile, platform } = result.plan;
      if (isReportFormat(format))
        await printReport(format, { findings, stack: stack ?? stackNamed(io.files, result.plan.stack) }, io);
      else if (format === 'json')
        io.out(`${JSON.stringify({ stack: result.plan.stack, profile, platform, rows, findings }, null, 2)}\n`);
      else {
        io.out(`${titleOf(result.plan)}\n${table(rows)}`);
        if (findings.length > 0) io.out(`findings\n${findingLines(findings, true)}`);
      }
      io.err(`${differences} of ${rows.length} compared values differ\n`);
      if (differences > 0) setExit(2);
    });
  withExamples(command, EXAMPLES);
}

function table(rows: readonly Row[]): string {
  return columns([
    ['service', 'what', 'planned', 'found', ''],
    ...rows.map(({ service, what, planned, found, finding }) => [
      service,
      what,
      planned,
      found,
      finding === undefined ? '' : finding.level === 'advice' ? 'other than expected' : 'differs',
    ]),
  ]);
}

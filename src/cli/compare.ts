import type { Command } from 'commander';
import type { Finding } from '../errors/errors.ts';
import { finding } from '../errors/findings.ts';
import { type Comparison, compareService, expectedCores } from '../plan/compare.ts';
import type { Plan } from '../plan/plan.ts';
import type { Planned } from '../requests/plans.ts';
import { formatCount } from '../units.ts';
import type { Io } from './io.ts';
import {
  type Examples,
  formatOption,
  platformOption,
  type SharedFlags,
  withExamples,
  withSharedOptions,
} from './options.ts';
import { planNow } from './plans.ts';
import { isReportFormat, printReport, REPORT_FORMATS } from './report.ts';
import { columns, limitsLine, machineLine, markdownTable, titleOf } from './text.ts';

const EXAMPLES: Examples = [
  ['a machine of the catalogue', 'sizewright compare --profile c6i.8xlarge'],
  [
    'two machines, as tables for a document',
    'sizewright compare --profile c6i.8xlarge --profile m7g.2xlarge --format markdown',
  ],
  ['container limits, as JSON', 'sizewright compare --cpu 4 --memory 8Gi --format json'],
];

export function compareCommand(program: Command, io: Io): void {
  withExamples(withSharedOptions(program.command('compare')), EXAMPLES)
    .description('static defaults against computed values')
    .addOption(platformOption(false))
    .addOption(formatOption('text', 'json', 'markdown', ...REPORT_FORMATS))
    .action(async (flags: SharedFlags & { platform: string; format: string }) => {
      const planned = await planNow(flags, io);
      const compared = planned.map((one) => ({ one, services: comparisons(one) }));
      if (isReportFormat(flags.format)) {
        const findings = compared.flatMap(({ one: { plan }, services }) => verdicts(plan, services));
        await printReport(flags.format, { findings, stack: flags.stack }, io);
      } else if (flags.format === 'json') {
        const data = compared.map(({ one, services }) => ({
          stack: one.plan.stack,
          profile: one.plan.profile,
          platform: one.plan.platform,
          services,
        }));
        io.out(`${JSON.stringify(data.length === 1 ? data[0] : data, null, 2)}\n`);
      } else io.out(compared.map(({ one, services }) => report(one, services, flags.format === 'markdown')).join('\n'));
    });
}

function comparisons({ plan, request }: Planned): Record<string, Comparison> {
  return Object.fromEntries(
    Object.entries(plan.services).map(([name, service]) => [
      name,
      compareService(request.policies[service.policy]!, service),
    ]),
  );
}

/** The static set of each service: a warning where it does not fit. */
function verdicts({ profile }: Plan, services: Readonly<Record<string, Comparison>>): Finding[] {
  const guessed = Object.entries(services).filter(([, { rows }]) => rows.some((row) => row.static !== undefined));
  return guessed.map(([path, { static: guess, verdict }]) =>
    finding(guess.fits ? 'STATIC_DEFAULTS_FIT' : 'STATIC_DEFAULTS', path, `on ${profile} ${verdict}`),
  );
}

function report({ plan, request }: Planned, services: Readonly<Record<string, Comparison>>, markdown: boolean): string {
  const heading = (level: number, text: string) => (markdown ? `${'#'.repeat(level)} ${text}\n\n` : `${text}\n`);
  const line = (text: string) => (markdown ? `${text}\n\n` : `  ${text}\n`);
  const table = (header: string[], rows: string[][], right: number[]) =>
    markdown ? `${markdownTable(header, rows)}\n` : columns([header, ...rows], right);
  const parts = [
    heading(2, titleOf(plan)),
    ...plan.machines.map((machine) => line(`${machine.name}: ${machineLine(machine)}`)),
  ];
  for (const [name, comparison] of Object.entries(services)) {
    const service = plan.services[name]!;
    const policy = request.policies[service.policy]!;
    const rows = comparison.rows.map(({ parameter, unit, static: guess, computed, factorTenths }) => [
      parameter,
      guess === undefined ? '-' : formatCount(guess),
      formatCount(computed),
      factorTenths === undefined ? '-' : `${Math.floor(factorTenths / 10)}.${factorTenths % 10}x`,
      unit,
    ]);
    parts.push(
      markdown ? '' : '\n',
      heading(3, `${name}: ${limitsLine(service)}`),
      table(['parameter', 'static', 'computed', 'factor', 'unit'], rows, [1, 2, 3]),
      line(comparison.verdict),
    );
    const { expectations } = comparison;
    const named = expectedCores(policy);
    if (expectations) {
      parts.push(
        line(`expected by the policy's author for ${expectations.cores} cores, not measured:`),
        table(
          ['what', 'static', 'computed', 'gain'],
          expectations.rows.map((row) => [row.what, row.static, row.computed, row.gain]),
          [],
        ),
        ...(expectations.stacking.length > 0
          ? [line(`how the author says the gains stack: ${expectations.stacking.join('; ')}`)]
          : []),
      );
    } else if (named.length > 0)
      parts.push(
        line(`the policy's author named expectations for ${named.join(', ')} cores only, none for ${service.cores}`),
      );
  }
  return `${parts.join('').trimEnd()}\n`;
}

import type { Command } from 'commander';
import { availableText } from '../plan/decide/decision.ts';
import type { MachinePlan, Plan, ServicePlan } from '../plan/plan.ts';
import { coresText, formatCount, formatMiB, unitFor } from '../units.ts';
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
import {
  boundedBy,
  columns,
  externalLine,
  findingLines,
  inputText,
  limitsLine,
  machineLine,
  titleOf,
  uniqueFindings,
} from './text.ts';

const EXAMPLES: Examples = [
  ['a machine that all services share', 'sizewright plan --machine c6i.8xlarge'],
  ['the limits of one container of the main service', 'sizewright plan --limits 4cpu-8gi --platform kubernetes'],
  [
    'databases on a machine of their own, as JSON',
    'sizewright plan --machine api=c6i.8xlarge --machine postgres,redis=r6i.2xlarge --format json',
  ],
];

export function planCommand(program: Command, io: Io): void {
  withExamples(withSharedOptions(program.command('plan')), EXAMPLES)
    .description('decide and print; write nothing')
    .addOption(platformOption(false))
    .addOption(formatOption('text', 'json', ...REPORT_FORMATS))
    .action(async (flags: SharedFlags & { platform: string; format: string }) => {
      const planned = await planNow(flags, io);
      const plans = planned.map(({ plan }) => plan);
      if (isReportFormat(flags.format))
        await printReport(flags.format, { findings: uniqueFindings(plans), stack: flags.stack }, io);
      else if (flags.format === 'json') io.out(`${JSON.stringify(plans.length === 1 ? plans[0] : plans, null, 2)}\n`);
      else io.out(plans.map(planText).join('\n'));
    });
}

function planText(plan: Plan): string {
  const machines = plan.machines.flatMap((machine) => [
    `\n${machine.name}: ${machineLine(machine)}\n`,
    columns(
      machine.reservations.map(({ name, cpuMillis, memoryMiB, why }) => [
        `- ${name}`,
        cpuMillis === 0 ? '' : coresText(cpuMillis),
        memoryMiB === 0 ? '' : formatMiB(memoryMiB),
        why,
      ]),
      [1, 2],
    ),
    ...(machine.nodes.max > 1 ? [`  ${nodesText(machine)}\n`] : []),
  ]);
  const services = Object.entries(plan.services).flatMap(([name, service]) => {
    const { ledger } = service;
    return [
      `\n${name}: ${limitsLine(service)}\n`,
      ...pairLine(plan, service),
      ...inputsLine(service),
      columns(
        Object.entries(service.parameters).map(([parameter, decision]) => [
          parameter,
          formatCount(decision.value),
          unitFor(decision.value, decision.unit),
          `${formatCount(decision.min)}..${formatCount(decision.max)}`,
          boundedBy(decision),
        ]),
        [1],
      ),
      `  memory ${formatMiB(ledger.usedMiB)} of ${formatMiB(ledger.availableMiB)} available (${availableText(ledger)}); ${formatMiB(ledger.freeMiB)} free; ${formatMiB(ledger.assumedMiB)} of the costs assumed\n`,
    ];
  });
  const external = plan.external.length > 0 ? [`\n${externalLine(plan)}\n`] : [];
  const findings = plan.findings.length > 0 ? [`\nfindings\n${findingLines(plan.findings, true)}`] : [];
  return [`${titleOf(plan)}\n`, ...machines, ...services, ...external, ...findings].join('');
}

function nodesText({ nodes: { min, max } }: MachinePlan): string {
  return min === max ? `needs ${max} nodes` : `needs ${min} nodes at minimum replicas, ${max} at maximum`;
}

/** What the policy was given beside the hardware. */
function inputsLine({ inputs }: ServicePlan): string[] {
  if (inputs === undefined) return [];
  return [`  with ${Object.entries(inputs).map(inputText).join(' · ')}\n`];
}

function pairLine({ platform }: Plan, { pairWithin }: ServicePlan): string[] {
  return pairWithin
    ? [
        `  the greatest pair of ${platform} within ${coresText(pairWithin.cpuMillis)} and ${formatMiB(pairWithin.memoryMiB)}\n`,
      ]
    : [];
}

import { type Command, Option } from 'commander';
import { fail } from '../errors/errors.ts';
import { nearestNames } from '../errors/nearest.ts';
import { namesIn } from '../formula/expr.ts';
import { gather } from '../gather.ts';
import { availableText, type Decision, type TraceStep } from '../plan/decide/decision.ts';
import type { ServiceInput } from '../plan/decide/input.ts';
import { type Lift, liftOf, valueWith } from '../plan/explain.ts';
import { INPUTS, type Parameter, sourceText } from '../policy/policy.ts';
import { flagOf } from '../requests/options.ts';
import type { Planned } from '../requests/plans.ts';
import { formatCount, formatCpu, formatMiB, unitFor } from '../units.ts';
import { type Io, readPrinted } from './io.ts';
import {
  type Examples,
  formatOption,
  platformOption,
  type SharedFlags,
  withExamples,
  withSharedOptions,
} from './options.ts';
import { planNow } from './plans.ts';
import { findingLines, inputText, paragraphs } from './text.ts';

interface ExplainFlags extends SharedFlags {
  environ?: string;
  envFile?: string;
  platform: string;
  format: string;
}

const EXAMPLES: Examples = [
  ['one value', 'sizewright explain api.ONNX_POOL_SIZE --profile c6i.8xlarge'],
  ['all values of a service, on a node of EKS', 'sizewright explain postgres --profile m7g.2xlarge --platform eks'],
  [
    'what a running container computed when it started',
    'docker logs spatialvortex-api 2>&1 | sizewright explain --environ - api',
  ],
];

export function explainCommand(program: Command, io: Io): void {
  withExamples(withSharedOptions(program.command('explain')), EXAMPLES)
    .description('why a value is this value, and what would lift it')
    .argument('[service.PARAMETER...]', 'values to explain; a service alone means all of its values')
    .option(
      '--environ <file>',
      "what an entry point recorded: a process's environment or a start-up summary; - is stdin",
    )
    .addOption(new Option('--env-file <file>', 'the former name of --environ').hideHelp())
    .addOption(platformOption(false))
    .addOption(formatOption('text', 'json'))
    .action(async (wanted: string[], flags: ExplainFlags) => {
      const recorded = flags.environ ?? flags.envFile;
      const planned = recorded === undefined ? await planNow(flags, io) : await startedAs(recorded, flags, io);
      const explained = planned.flatMap((one) =>
        select(one, wanted).map(({ service, parameter }) => explain(one, service, parameter)),
      );
      if (flags.format === 'json')
        io.out(
          `${JSON.stringify(
            explained.map((entry) => entry.data),
            null,
            2,
          )}\n`,
        );
      else io.out(explained.map((entry) => entry.text).join('\n'));
    });
}

/** What a running program was started with, instead of hardware and overrides that are named. */
async function startedAs(
  path: string,
  { environ: ___, envFile, stack, platform: _, format: __, ...rest }: ExplainFlags,
  io: Io,
): Promise<Planned[]> {
  const other = Object.keys(rest)[0];
  if (other !== undefined)
    fail(
      'USAGE',
      '--environ',
      `expected no other hardware or override, because the record has both, got ${flagOf(other)}`,
    );
  if (envFile !== undefined)
    io.err('note: Node.js 20 takes --env-file for itself, with the NODE_OPTIONS in that file; write --environ\n');
  const text = readPrinted(io, path, '--environ');
  const { planStarted } = await import('../requests/started.ts');
  const { planned, findings } = await gather(planStarted(text, path, stack, io.files));
  io.err(findingLines(findings, false));
  return [planned];
}

/** @throws SERVICE_UNKNOWN, OVERRIDE_INVALID */
function select({ plan }: Planned, wanted: readonly string[]): { service: string; parameter: string }[] {
  const all = Object.entries(plan.services).flatMap(([service, { parameters }]) =>
    Object.keys(parameters).map((parameter) => ({ service, parameter })),
  );
  if (wanted.length === 0) return all;
  return wanted.flatMap((text) => {
    const found = all.filter(({ service, parameter }) => text === service || text === `${service}.${parameter}`);
    if (found.length > 0) return found;
    const known = all.map(({ service, parameter }) => `${service}.${parameter}`);
    const near = nearestNames(text, known);
    return fail(
      'SERVICE_UNKNOWN',
      'explain',
      `expected a planned value such as ${(near.length > 0 ? near : known.slice(0, 3)).join(', ')}, got "${text}"`,
    );
  });
}

/** One value in words, and as data. */
function explain(
  { plan, inputs, request }: Planned,
  service: string,
  parameter: string,
): { text: string; data: object } {
  const planned = plan.services[service]!;
  const policy = request.policies[planned.policy]!;
  const rule = policy.parameters.find((candidate) => candidate.name === parameter)!;
  const decision = planned.parameters[parameter]!;
  const lift = liftOf(inputs[service]!, parameter, decision);
  const { ledger } = planned;

  const inputValues: Record<string, string> = {
    cores: `cores ${planned.cores}`,
    cpuMillis: `CPU ${planned.requests.cpuMillis}m`,
    memoryMiB: `memory ${formatMiB(ledger.memoryMiB)}`,
    availableMiB: `available ${formatMiB(ledger.availableMiB)} (${availableText(ledger)})`,
  };
  const read = [...namesIn(rule.formula.expr)];
  const inputsRead = [
    ...INPUTS.filter((name) => read.includes(name)).map((name) => inputValues[name]!),
    ...Object.entries(planned.inputs ?? {})
      .filter(([name]) => read.includes(name))
      .map(inputText),
    ...read
      .filter((name) => planned.parameters[name])
      .map((name) => `${name} ${formatCount(planned.parameters[name]!.value)}`),
  ];
  const place = request.loaded.locate(`${policy.name} parameters.${parameter}.formula`);
  const bound = decision.trace.find((step) => step.step === 'bound');
  const bounds = `${boundsText(decision, rule)}${bound ? `: ${bound.reason} (${bound.by})` : ''}`;
  const rows: Row[] = [
    ...decision.trace
      .slice(1)
      .toReversed()
      .map(
        (step): Row =>
          step.step === 'bound' ? ['bounds', formatCount(step.to), bounds] : stepRow(step, decision.trace[0]!.to),
      ),
    ['formula', formatCount(decision.trace[0]!.to), rule.formula.text],
    ['inputs', '', inputsRead.join(' · ') || 'none'],
    ...(bound ? [] : [['bounds', '', bounds] as Row]),
  ];
  const { pairWithin } = planned;
  if (pairWithin)
    rows.push([
      'pair',
      '',
      `${formatCpu(planned.requests.cpuMillis)} and ${formatMiB(ledger.memoryMiB)}, the greatest of ${plan.platform} within ${formatCpu(pairWithin.cpuMillis)} and ${formatMiB(pairWithin.memoryMiB)}`,
    ]);
  if (rule.cost) {
    const item = ledger.items.find((candidate) => candidate.parameter === parameter)!;
    rows.push(['cost', formatCount(item.miB), `MiB = ${rule.cost.text}: ${rule.cost.why} (${rule.cost.basis})`]);
  }
  const sum = ledger.items.map((item) => `${item.parameter} ${formatCount(item.miB)}`).join(' + ');
  rows.push(['ledger', formatCount(ledger.usedMiB), `of ${formatMiB(ledger.availableMiB)} = ${sum}`]);
  rows.push(...liftedBy(inputs[service]!, decision, rule, lift));
  rows.push(['why', '', [rule.formula.why, sourceText(policy, rule.formula), place].filter(Boolean).join('; ')]);
  const headline = `${service}.${parameter} = ${formatCount(decision.value)} ${unitFor(decision.value, decision.unit)}`;
  const guess = rule.static ? `static default: ${formatCount(rule.static.value)}` : 'no static default';
  return {
    text: `${headline}   on ${plan.profile}, ${plan.platform}   ${guess}\n${paragraphs(rows)}`,
    data: {
      service,
      parameter,
      profile: plan.profile,
      platform: plan.platform,
      ...decision,
      formula: rule.formula.text,
      why: rule.formula.why,
      ...(place && { place }),
      ...(lift && { liftedBy: lift }),
      ...(rule.static && { static: rule.static.value }),
    },
  };
}

type Row = [label: string, value: string, text: string];

function stepRow({ step, to, by, how, reason }: TraceStep, alone: number): Row {
  if (step === 'override') return [step, formatCount(to), `${reason} (${by})`];
  if (how !== undefined)
    return [step, formatCount(to), `= ${how}; the formula alone gives ${formatCount(alone)}; ${reason} (${by})`];
  return [step, formatCount(to), step === 'constraint' ? `${reason} (${by})` : reason];
}

function boundsText(decision: Decision, rule: Parameter): string {
  const soft = [
    rule.hardMin && `${formatCount(decision.min)} is soft`,
    rule.hardMax && `${formatCount(decision.max)} is soft`,
  ].filter(Boolean);
  return `${formatCount(decision.min)}..${formatCount(decision.max)}${soft.length > 0 ? ` (${soft.join(', ')})` : ''}`;
}

/** What an operator can change, one row each, with what would come of it. */
function liftedBy(input: ServiceInput, decision: Decision, rule: Parameter, lift: Lift | undefined): Row[] {
  const rows: Row[] = [];
  const row = (value: number | undefined, how: string): void => {
    if (value !== undefined && value !== decision.value) rows.push(['lifted by', formatCount(value), how]);
  };
  const memory = lift && formatMiB(lift.miB);
  if (lift)
    row(
      lift.value,
      lift.what === 'available' ? `${memory} available` : `${memory} as the memory limit of ${input.name}`,
    );
  const { set, min, max } = input.overrides[rule.name] ?? {};
  for (const { step, from, to, by } of decision.trace) {
    if (from === undefined) continue;
    if (step === 'constraint') row(from, 'a constraint that allows more');
    if (step === 'target') row(from, 'a platform that leaves the choice');
    if (step === 'override') row(valueWith(input, rule.name, { min, max }), `leaving out ${by}`);
    if (step !== 'bound') continue;
    if (by === max?.by || by === min?.by) row(valueWith(input, rule.name, { set }), `leaving out ${by}`);
    else if (from > to && rule.hardMax) {
      const flag = `--max ${input.name}.${rule.name}=${from}`;
      row(valueWith(input, rule.name, { min, max: { value: from, by: flag } }), `${flag}, because the bound is soft`);
    }
  }
  return rows;
}

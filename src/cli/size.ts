import type { Command } from 'commander';
import { fail } from '../errors/errors.ts';
import { reasonOf } from '../plan/decide/decision.ts';
import type { ServiceInput } from '../plan/decide/input.ts';
import type { Plan } from '../plan/plan.ts';
import { type Sums, sumsOf, type Taken, takenBy } from '../plan/sums.ts';
import type { Parameter, Policy } from '../policy/policy.ts';
import type { Planned } from '../requests/plans.ts';
import { formatCount, formatMiB, unitFor } from '../units.ts';
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
import { columns, findingLines, limitsLine, titleOf } from './text.ts';

const EXAMPLES: Examples = [
  ['PostgreSQL on a machine of the catalogue', 'sizewright size postgres --machine m7g.2xlarge'],
  ['Redis in the limits of a container, as flags', 'sizewright size redis --limits 1cpu-2gi --format flags'],
  ['both on one machine', 'sizewright size db=postgres cache=redis --machine 8cpu-32gi'],
];

export function sizeCommand(program: Command, io: Io): void {
  withExamples(withSharedOptions(program.command('size')), EXAMPLES)
    .description('size software by its policy, without a stack of your own')
    .argument('<policy...>', 'names of policies: postgres, or db=postgres')
    .addOption(platformOption(false))
    .addOption(formatOption('text', 'json', 'env', 'flags', 'conf'))
    .action(async (policies: string[], flags: SharedFlags & { platform: string; format: string }) => {
      if (flags.stack !== undefined)
        fail('USAGE', '--stack', 'expected none, because a policy is sized alone; sizewright plan sizes a stack');
      const planned = await planNow(flags, io, policies);
      const plans = planned.map(({ plan }) => plan);
      if (flags.format === 'text') io.out(planned.map(sizeText).join('\n'));
      else if (flags.format === 'json') io.out(`${JSON.stringify(plans.length === 1 ? plans[0] : plans, null, 2)}\n`);
      else io.out(await deliveredText(planned, flags.format));
    });
}

/** Each value with what stands there otherwise, and why; then what all of them cost. */
function sizeText({ plan, request, inputs }: Planned): string {
  const services = Object.entries(plan.services).flatMap(([name, service]) => {
    const policy = request.policies[service.policy]!;
    const { ledger } = service;
    const { own, sums } = memoryOf(policy, plan, inputs[name]!);
    return [
      `\n${name}: ${policy.title}, ${limitsLine(service)}\n`,
      columns(
        policy.parameters.map((parameter) => {
          const decision = service.parameters[parameter.name]!;
          return [
            parameter.key,
            formatCount(decision.value),
            unitFor(decision.value, decision.unit),
            otherwise(parameter, own.get(parameter.name)!),
            decision.trace.length > 1 ? reasonOf(decision) : `${parameter.formula.text}: ${parameter.formula.why}`,
          ];
        }),
        [1],
      ),
      `  memory ${formatMiB(ledger.usedMiB)} of ${formatMiB(ledger.availableMiB)} available, ${formatMiB(ledger.assumedMiB)} of it assumed: ${ledger.items.map(({ parameter, miB }) => `${parameter} ${formatCount(miB)}`).join(' + ')}\n`,
      `  ${(['start', 'use', 'worst'] as const).map((when) => `${formatMiB(sums[when].miB)} ${TAKEN[when]}`).join(', ')}\n`,
    ];
  });
  const findings = plan.findings.length > 0 ? [`\nfindings\n${findingLines(plan.findings, true)}`] : [];
  return [`${titleOf(plan)}\n`, ...services, ...findings].join('');
}

const TAKEN = { start: 'at start', use: 'in full use', worst: 'at worst with headroom' } as const;

/** What the program takes by itself on this hardware, and the sums of what it takes with the values of the plan. */
function memoryOf(
  policy: Policy,
  plan: Plan,
  { name, inputs, limits }: ServiceInput,
): { own: Map<string, Taken>; sums: Sums } {
  const { cores, ledger, parameters } = plan.services[name]!;
  const scope = { ...inputs, ...limits, cores, availableMiB: ledger.availableMiB };
  const around = plan.machines.find(({ services }) => services.includes(name))?.capacity ?? limits;
  const node = { nodeCores: Math.ceil(around.cpuMillis / 1000), nodeMemoryMiB: around.memoryMiB };
  const decided = Object.entries(parameters).map(([parameter, { value }]) => [parameter, value] as const);
  return { own: takenBy(policy, { ...scope, ...node }, new Map()), sums: sumsOf(policy, scope, new Map(decided)) };
}

/** The static default, and where it is another one what the program takes by itself. */
function otherwise({ static: replaced }: Parameter, own: Taken): string {
  const taken = typeof own === 'number' ? formatCount(own) : own;
  const texts = [
    ...(replaced ? [`default ${formatCount(replaced.value)}`] : []),
    ...(own === 'unknown' || own === replaced?.value ? [] : [`by itself ${taken}`]),
  ];
  return texts.join(', ');
}

/** As the program reads it. Several services stand below one another, each under its name. */
async function deliveredText(planned: readonly Planned[], format: string): Promise<string> {
  const [{ inputsOf }, { sizedServices }, { sizedText }] = await Promise.all([
    import('../synth.ts'),
    import('../targets/services.ts'),
    import('../targets/sized.ts'),
  ]);
  const services = inputsOf(planned, 'exact', []).flatMap((input) =>
    sizedServices(input).map((rendered) => ({ plan: input.plan, rendered })),
  );
  const texts = services.map(({ plan, rendered }) => {
    const text = sizedText(rendered, format as 'env' | 'flags' | 'conf');
    if (text === undefined) return fail('USAGE', '--format', wayMissing(rendered.policy.name, format));
    return services.length === 1 ? text : `# ${rendered.service.name} on ${plan.profile}\n${text}`;
  });
  return texts.join('\n');
}

const WAYS: Readonly<Record<string, string>> = { env: 'variables', flags: 'flags', conf: 'a configuration file' };

function wayMissing(policy: string, format: string): string {
  return `expected a policy whose values reach the program by ${WAYS[format]}, got ${policy}, which has no such way; take text or json, or another of env, flags, conf`;
}

/** A running system against a plan. */

import { fail } from '../errors/errors.ts';
import { type Files, loadPlan, loadPlatform, loadStack, stackNamed } from '../files/library.ts';
import { gather } from '../gather.ts';
import type { Plan } from '../plan/plan.ts';
import type { Policy } from '../policy/policy.ts';
import type { RenderedService } from '../targets/rendered.ts';
import { sizedServices } from '../targets/services.ts';
import type { RenderInput } from '../targets/target.ts';
import { type Address, parseAddress } from './address.ts';
import { compareSamples, type Verification } from './compare.ts';
import { askConfigGet } from './config-get.ts';
import { expositionSamples } from './exposition.ts';
import { askPgSettings } from './pg-settings.ts';
import { prometheusSamples } from './prometheus.ts';
import { compareSettings, type Effective } from './settings.ts';

export type { Verification } from './compare.ts';
export type { Row } from './row.ts';

export interface VerifyOptions {
  /** Path of a `plan.json`. */
  plan: string;
  /** Where the plan's stack is not found by its name. */
  stack?: string;
  /** Where the plan's platform is not found by its name. */
  platform?: string;
  prometheus?: string;
  /** Texts of exporters' `/metrics`. */
  metrics?: readonly { file: string; text: string }[];
  /** `URL` or `service=URL`, by what the servers answer to. */
  servers?: Partial<Record<Asks, readonly string[]>>;
  /** What holds where an address has no password. */
  passwords?: Partial<Record<Asks, string>>;
}

type Asks = NonNullable<Policy['metrics']['asks']>;

/** How a kind of server is asked, and as which option and with which addresses a user names it. */
const SERVERS: Record<
  Asks,
  {
    option: string;
    schemes: readonly string[];
    ask(address: Address, option: string, keys: readonly string[]): Promise<Map<string, Effective>>;
  }
> = {
  pg_settings: { option: '--postgres', schemes: ['postgresql', 'postgres'], ask: askPgSettings },
  'config-get': { option: '--redis', schemes: ['redis', 'rediss'], ask: askConfigGet },
};

/**
 * Asks everything that was named, and compares.
 * @throws USAGE, PLAN_INVALID, METRICS_INVALID, SOURCE_UNREACHABLE; NOTHING_REPORTED where a source says nothing of the plan
 */
export async function verify(options: VerifyOptions, files: Files): Promise<Verification & { plan: Plan }> {
  const input = await inputOf(options, files);
  const parts: Promise<Verification>[] = [];
  if (options.prometheus !== undefined)
    parts.push(
      compareSamples(input, prometheusSamples(parseAddress(options.prometheus, '--prometheus', ['http', 'https']))),
    );
  if (options.metrics !== undefined) parts.push(compareSamples(input, expositionSamples(options.metrics)));
  for (const [asks, texts] of Object.entries(options.servers ?? {}) as [Asks, readonly string[]][]) {
    for (const text of texts) parts.push(compareServer(input, asks, text, options.passwords?.[asks]));
  }
  if (parts.length === 0)
    fail(
      'USAGE',
      'options',
      'expected something to compare with, got none; name --prometheus, --metrics, --postgres or --redis',
    );
  const done = await Promise.all(parts);
  const silent = done.find(({ rows }) => rows.length === 0);
  if (silent)
    fail(
      'NOTHING_REPORTED',
      'verify',
      [
        `expected something about ${input.plan.stack} as it runs on ${input.plan.platform}, got nothing`,
        ...silent.findings.map(({ path, message }) => `  ${path}: ${message}`),
      ].join('\n'),
    );
  return {
    plan: input.plan,
    rows: done.flatMap(({ rows }) => rows),
    findings: done.flatMap(({ findings }) => findings),
  };
}

/** A plan with the stack and the policies that it was made from. */
async function inputOf({ plan: path, ...names }: VerifyOptions, files: Files): Promise<RenderInput> {
  const plan = await gather(loadPlan(files, path));
  const { stack, policies } = await gather(loadStack(files, names.stack ?? stackNamed(files, plan.stack)));
  const platform = await gather(loadPlatform(files, names.platform ?? plan.platform));
  for (const [name, planned] of Object.entries(plan.services)) {
    const policy = policies[stack.services.find((service) => service.name === name)?.policy ?? ''];
    const same =
      policy?.name === planned.policy &&
      policy.parameters.map((parameter) => parameter.name).join() === Object.keys(planned.parameters).join();
    if (!same)
      fail(
        'PLAN_INVALID',
        `services.${name}`,
        `expected a service of stack ${stack.name} with the parameters of its policy, got others; name the --stack that it was made from, or synth again`,
        { file: path },
      );
  }
  return { plan, platform, stack, policies, command: '' };
}

async function compareServer(input: RenderInput, asks: Asks, text: string, password?: string): Promise<Verification> {
  const { option, schemes, ask } = SERVERS[asks];
  const [, name, address] = /^(?:([a-z][a-z0-9-]*)=)?(.*)$/s.exec(text) as unknown as [
    string,
    string | undefined,
    string,
  ];
  const rendered = serviceFor(input, asks, name, option);
  const parsed = parseAddress(address, option, schemes, password);
  const keys = [...rendered.policy.parameters, ...rendered.policy.settings].map(({ key }) => key);
  return { rows: compareSettings(rendered, await ask(parsed, option, keys), parsed.shown), findings: [] };
}

function serviceFor(input: RenderInput, asks: Asks, name: string | undefined, option: string): RenderedService {
  const possible = sizedServices(input).filter(({ policy }) => policy.metrics.asks === asks);
  const names = possible.map(({ service }) => service.name);
  const found = name === undefined ? possible : possible.filter(({ service }) => service.name === name);
  if (found.length === 1) return found[0]!;
  const known = names.length === 0 ? 'none in this plan' : names.join(', ');
  return fail(
    'USAGE',
    option,
    name === undefined
      ? `expected one service of the plan that answers to ${asks} (${known}), got ${names.length}${names.length > 1 ? `; write ${names[0]}=URL` : ''}`
      : `expected a service of the plan that answers to ${asks} (${known}), got "${name}"`,
  );
}

/** What a program was started with, read back from its environment or from its start-up summary. */

import { variableOf } from '../deliveries/delivery.ts';
import { type Finding, fail } from '../errors/errors.ts';
import { finding } from '../errors/findings.ts';
import { type Files, type LoadedStack, loadStack, stackNamed } from '../files/library.ts';
import type { Gathering } from '../gather.ts';
import { containerName } from '../hardware/container.ts';
import type { Placement } from '../plan/allocate/stack.ts';
import type { Reasoned } from '../plan/decide/input.ts';
import { demandsFromEnvironment, overridesFromEnvironment } from '../plan/decide/overrides.ts';
import { makePlan } from '../plan/plan.ts';
import { host } from '../platforms/host.ts';
import type { Stack } from '../stack/stack.ts';
import { MAX_CPU_MILLIS, MAX_MEMORY_MIB, tryInteger } from '../units.ts';
import type { Planned } from './plans.ts';

/**
 * Decides once more from what an entry point recorded.
 * @param text a process's environment (`env`, `/proc/PID/environ`), or a start-up summary, JSON or not; the last start counts
 * @param stack name or path. @default what was recorded
 * @returns a plan of that service alone, and a finding for every value that the text says otherwise
 * @throws PROFILE_INVALID without a record, SERVICE_UNKNOWN, and what deciding throws
 */
export function* planStarted(
  text: string,
  path: string,
  stack: string | undefined,
  files: Files,
): Gathering<{ planned: Planned; findings: Finding[] }> {
  const record = [...text.matchAll(/SIZEWRIGHT_STARTED"?[=:]"?([^"\n\0]*)/g)].at(-1)?.[1];
  const refuse = (got: string): never =>
    fail(
      'PROFILE_INVALID',
      path,
      `expected SIZEWRIGHT_STARTED as an entry point of --mode auto records it, got ${got}`,
    );
  if (record === undefined) return refuse('none');
  const said = new Map(record.split(' ').map((part) => part.split(/=(.*)/s, 2) as [string, string]));
  const number = (name: string, most: number): number => {
    const value = tryInteger(said.get(name) ?? '');
    return value === undefined || value > most ? refuse(`${name}=${said.get(name) ?? 'nothing'}`) : value;
  };
  const cpuMillis = Math.max(1, number('cpuMillis', MAX_CPU_MILLIS));
  const memoryMiB = Math.max(1, number('memoryMiB', MAX_MEMORY_MIB));
  const availableMiB = number('availableMiB', memoryMiB);
  const found = yield* loadStack(files, stack ?? stackNamed(files, said.get('stack') ?? refuse('no stack')));
  const { policies } = found;
  const inputs = [...said].filter(([name]) => name.startsWith('input.'));
  const loaded = { ...found, stack: withStarted(found, said.get('service') ?? '', inputs) };
  const service =
    loaded.stack.services.find(({ name }) => name === said.get('service')) ??
    fail('SERVICE_UNKNOWN', path, `expected a service of stack ${loaded.stack.name}, got "${said.get('service')}"`);
  const policy = policies[service.policy]!;
  const variables = policy.parameters.map((one) => [variableOf(policy.deliveries, one), one.name]);
  const keys = { [service.name]: Object.fromEntries(variables) };

  const label = `${containerName(cpuMillis, memoryMiB)}-at-start`;
  const profile = { kind: 'container' as const, name: label, cpuMillis, memoryMiB };
  const placements: Placement[] = [{ profile, services: [service] }];
  const request = {
    stack: { ...loaded.stack, main: service.name, services: [service], demands: [], constraints: [], advice: [] },
    policies,
    label,
    placements,
    external: [],
    overrides: overridesFromEnvironment(Object.fromEntries(said), keys),
    asked: askedIn(Object.fromEntries(said), keys),
    availableMiB,
  };
  const planning = makePlan({ ...request, platform: host });
  const findings = Object.entries(planning.plan.services[service.name]!.parameters).flatMap(([name, { value }]) => {
    const { key } = policy.parameters.find((one) => one.name === name)!;
    const pattern = `(?:^|[\\n\\0]) *(?:${key}|${name})(?:=| +)(\\d+)|"name":"${name}","value":(\\d+)`;
    const found = [...text.matchAll(new RegExp(pattern, 'g'))].at(-1);
    const got = found?.[1] ?? found?.[2];
    if (got === undefined || got === `${value}`) return [];
    const message = `expected ${value} from what was recorded, got ${got}: another version of the policy started it`;
    return finding('STARTED_OTHERWISE', `${service.name}.${name}`, message);
  });
  return {
    planned: { ...planning, platform: host, request: { ...request, loaded, profiles: [], stated: {}, free: false } },
    findings,
  };
}

function askedIn(...record: Parameters<typeof demandsFromEnvironment>): Record<string, Record<string, Reasoned>> {
  const reason = 'asked for by other services when it was planned';
  return Object.fromEntries(
    Object.entries(demandsFromEnvironment(...record)).map(([service, demands]) => [
      service,
      Object.fromEntries(Object.entries(demands).map(([name, stated]) => [name, { ...stated, reason }])),
    ]),
  );
}

/** The stack with the inputs that an entry point recorded: numbers, as formulas read them. */
function withStarted({ stack }: LoadedStack, service: string, said: readonly [string, string][]): Stack {
  const inputs = Object.fromEntries(
    said.map(([name, text]) => [
      name.slice('input.'.length),
      { value: tryInteger(text) ?? 0, by: 'what was recorded' },
    ]),
  );
  const services = stack.services.map((one) =>
    one.name === service ? { ...one, inputs: { ...one.inputs, ...inputs } } : one,
  );
  return { ...stack, services };
}

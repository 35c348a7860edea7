/** Inputs of policies as a user gives them beside the stack. */
import { fail } from '../errors/errors.ts';
import { unknownName } from '../errors/nearest.ts';
import type { LoadedStack } from '../files/library.ts';
import { inputValue } from '../policy/compile-inputs.ts';
import type { Service, Stack } from '../stack/stack.ts';

/**
 * The stack with what is given: `web.workerMiB=180`, or `workerMiB=180` where exactly one service has it.
 * @throws OVERRIDE_INVALID, SERVICE_UNKNOWN
 */
export function withInputs({ stack, policies }: LoadedStack, given: readonly string[]): Stack {
  const services = new Map(stack.services.map((service) => [service.name, service]));
  const seen = new Set<string>();
  for (const text of given) {
    const [, service, name, value] = /^(?:([^.=\s]+)\.)?([^.=\s]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined)
      fail('OVERRIDE_INVALID', '--with', `expected <service>.<input>=<value>, or <input>=<value>, got "${text}"`);
    const owner = service === undefined ? onlyOwner(stack, policies, name) : services.get(service);
    if (owner === undefined)
      return fail(
        'SERVICE_UNKNOWN',
        '--with',
        unknownName(`a service of stack ${stack.name}`, service!, [...services.keys()]),
      );
    const path = `--with ${owner.name}.${name}`;
    if (seen.has(path)) fail('OVERRIDE_INVALID', '--with', `expected ${owner.name}.${name} once, got it twice`);
    seen.add(path);
    const stated = { value: inputValue(policies[owner.policy]!, name, value!, path), by: '--with' };
    const before = services.get(owner.name)!;
    services.set(owner.name, { ...before, inputs: { ...before.inputs, [name]: stated } });
  }
  return { ...stack, services: [...services.values()] };
}

/** The service that is meant where none is named. */
function onlyOwner({ name: stack, services }: Stack, policies: LoadedStack['policies'], name: string): Service {
  const owners = services.filter(({ policy }) => policies[policy]!.inputs.some((input) => input.name === name));
  if (owners.length === 1) return owners[0]!;
  if (owners.length > 1)
    return fail(
      'OVERRIDE_INVALID',
      '--with',
      `expected the service of ${name}, which ${owners.map((owner) => owner.name).join(' and ')} have, got none; write ${owners[0]!.name}.${name}=...`,
    );
  const known = services.flatMap(({ policy }) => policies[policy]!.inputs.map((input) => input.name));
  if (known.length === 0)
    return fail(
      'OVERRIDE_INVALID',
      '--with',
      `expected no inputs, which no policy of stack ${stack} has, got ${name}; leave it out`,
    );
  return fail('OVERRIDE_INVALID', '--with', unknownName(`an input of stack ${stack}`, name, [...new Set(known)]));
}

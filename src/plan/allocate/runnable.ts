/** What a platform can't give a service: a volume, a volume for each replica, a sized /dev/shm. */
import { collectProblems, fail } from '../../errors/errors.ts';
import { isMachinePlatform } from '../../platforms/index.ts';
import type { Platform } from '../../platforms/platform.ts';
import type { Policy } from '../../policy/policy.ts';
import type { Service } from '../../stack/stack.ts';

/** @throws PLATFORM_UNSUPPORTED for every service that has to run elsewhere */
export function checkRunnable(
  services: readonly Service[],
  policies: Readonly<Record<string, Policy>>,
  platform: Platform,
): void {
  const { name: place, oneVolume, noVolume, noSharedMemory } = platform;
  const refused = services.flatMap(({ name, policy: policyName, deploy, replicas }) => {
    const { volume } = deploy ?? {};
    const policy = policies[policyName]!;
    if (volume && noVolume !== undefined)
      return {
        name,
        message: `expected a service without a volume on ${place}, got one at ${volume.path}; ${noVolume}`,
      };
    if (volume && oneVolume !== undefined && replicas.max > 1)
      return {
        name,
        message: `expected one replica of a service with a volume on ${place}, got up to ${replicas.max}; ${oneVolume}; state replicas: 1, or keep the data outside of it`,
        remedied: true,
      };
    if (volume && oneVolume !== undefined && volume.unfenced === undefined)
      return {
        name,
        message: `expected a service without a volume on ${place}, got one at ${volume.path}; ${oneVolume}, and no fence keeps a second one out when a partition hides the first: both write, both say that they are ready, and the data are lost (deploy.volume.unfenced: may-corrupt in the stack accepts that)`,
      };
    if (noSharedMemory !== undefined && policy.sharedMemory && policy.withoutSharedMemory === undefined)
      return {
        name,
        message: `expected a policy that says on ${place} what holds withoutSharedMemory, got none in ${policyName}; ${noSharedMemory}`,
      };
    return [];
  });
  const elsewhere = refused.filter(({ remedied }) => !remedied).map(({ name }) => name);
  const remedy = elsewhere.length < services.length ? `: run it elsewhere with --external ${elsewhere.join(',')}` : '';
  collectProblems(
    refused.map(
      ({ name, message, remedied }) =>
        () =>
          fail('PLATFORM_UNSUPPORTED', name, `${message}${remedied ? '' : remedy}`),
    ),
  );
}

/** Values that the platform leaves no choice about, by parameter name. */
export function imposedOn(
  { name, withoutSharedMemory: without }: Policy,
  platform: Platform,
): Record<string, { value: number; by: string; reason: string }> {
  if (isMachinePlatform(platform) || without === undefined) return {};
  const reason = `${platform.name}: ${platform.noSharedMemory}; ${without.why}`;
  return Object.fromEntries(
    Object.entries(without.parameters).map(([parameter, value]) => [
      parameter,
      { value, by: `${name} withoutSharedMemory.parameters.${parameter}`, reason },
    ]),
  );
}

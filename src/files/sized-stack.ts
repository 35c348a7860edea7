/** A stack that is in no file. */
import { fail } from '../errors/errors.ts';
import type { Gathering } from '../gather.ts';
import type { Policy } from '../policy/policy.ts';
import { type Service, sizedService } from '../stack/stack.ts';
import { type Files, type Loaded, type LoadedStack, loadPolicy } from './library.ts';

/**
 * A stack of one service for each policy, that is in no file: `postgres`, or `db=postgres` for a name of its own.
 * @throws POLICY_UNKNOWN, USAGE for a name twice, and what is wrong inside the files
 */
export function* sizedStack(files: Files, wanted: readonly string[]): Gathering<LoadedStack> {
  const services: Service[] = [];
  const loaded = Object.create(null) as Record<string, Loaded<Policy>>;
  for (const text of wanted) {
    const [, stated, policy] = /^(?:([a-z](?:[a-z0-9-]*[a-z0-9])?)=)?(.+)$/s.exec(text) ?? [];
    if (policy === undefined) fail('USAGE', 'policy', 'expected a policy such as postgres, got ""');
    loaded[policy!] ??= yield* loadPolicy(files, policy!, 'policy', '');
    const name = stated ?? policy!;
    if (services.some((service) => service.name === name))
      fail('USAGE', 'policy', `expected each name once, got ${name} twice; give one a name: other=${policy}`);
    services.push(sizedService(name, policy!));
  }
  const name = services.map((service) => service.name).join('-');
  const plain = { labels: {}, annotations: {}, demands: [], constraints: [], advice: [] };
  return {
    named: name,
    stack: { name, namespace: name, main: services[0]!.name, services, ...plain },
    policies: Object.fromEntries(Object.entries(loaded).map(([policy, { value }]) => [policy, value])),
    locate(by) {
      const [owner, path] = by.split(' ', 2) as [string, string | undefined];
      const line = path === undefined ? undefined : loaded[owner]?.lines[path];
      return line === undefined ? undefined : `${loaded[owner]!.file}:${line}`;
    },
  };
}

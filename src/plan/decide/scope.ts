/** The values that rules of a stack read. */
import { formulaName, type Replicas } from '../../stack/stack.ts';
import type { StackInput } from './input.ts';
import type { ServiceDecision } from './service.ts';

/** Every member that has a value: `api.DB_POOL_SIZE`, `api.cores`, `api.replicas.max`. */
export function memberScope(
  { stack, replicas, overrides }: Pick<StackInput, 'stack' | 'replicas' | 'overrides'>,
  decisions: Readonly<Record<string, ServiceDecision>>,
): Record<string, number> {
  const scope: Record<string, number> = Object.create(null);
  const count = (service: string, counts: Replicas) => {
    for (const field of ['min', 'max', 'surge'] as const)
      scope[`${formulaName(service)}.replicas.${field}`] = counts[field];
  };
  for (const { name, replicas: stated } of stack.services) count(name, replicas[name] ?? stated);
  for (const [service, parameters] of Object.entries(overrides)) {
    for (const [name, override] of Object.entries(parameters))
      if (override.set) scope[`${formulaName(service)}.${name}`] = override.set.value;
  }
  for (const [service, decision] of Object.entries(decisions)) {
    const prefix = formulaName(service);
    scope[`${prefix}.cores`] = decision.cores;
    for (const [name, parameter] of Object.entries(decision.parameters)) scope[`${prefix}.${name}`] = parameter.value;
  }
  return scope;
}

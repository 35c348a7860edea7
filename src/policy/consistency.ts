/** Whether the parts of a policy agree: names, keys, sources, lists and signals that refer to one another. */
import type { Problem } from '../errors/errors.ts';
import type { Parameter, Policy, Yield } from './policy.ts';
import type { PolicyFile } from './schema.ts';

/** A setting that a kernel parameter limits has the value of that. */
export function checkFollowed({ settings, sysctls }: Policy): Problem[] {
  return settings.flatMap(({ key, value, sysctl }): Problem[] => {
    if (sysctl === undefined) return [];
    const found = sysctls.find((other) => other.key === sysctl);
    const wrong = (rule: string) => [
      { code: 'POLICY_INVALID' as const, path: `settings.${key}.sysctl`, message: rule },
    ];
    if (found === undefined)
      return wrong(`expected a key of sysctls (${sysctls.map((other) => other.key).join(', ')}), got "${sysctl}"`);
    return found.value === value
      ? []
      : wrong(
          `expected the value of sysctls.${sysctl}, which limits it, ${found.value}, got ${value}; state one for both`,
        );
  });
}

/** Values that the parameters can have, in place of a size. */
export function checkWithoutSharedMemory({
  parameters,
  sharedMemory,
  withoutSharedMemory: without,
}: Policy): Problem[] {
  if (without === undefined) return [];
  const problems: Problem[] = [];
  const refuse = (path: string, message: string) =>
    problems.push({ code: 'POLICY_INVALID', path: `withoutSharedMemory${path}`, message });
  if (sharedMemory === undefined) refuse('', 'expected sharedMemory beside it, got none; add it or leave both out');
  for (const [name, value] of Object.entries(without.parameters)) {
    const parameter = parameters.find((candidate) => candidate.name === name);
    if (parameter === undefined) {
      const known = parameters.map((candidate) => candidate.name).join(', ');
      refuse(`.parameters.${name}`, `expected a parameter of this policy (${known}), got "${name}"`);
      continue;
    }
    const { range, multipleOf, unit } = parameter;
    if (value < range.lo || value > range.hi || value % multipleOf !== 0)
      refuse(
        `.parameters.${name}`,
        `expected ${range.lo} to ${range.hi} ${unit}${multipleOf > 1 ? ` in multiples of ${multipleOf}` : ''}, got ${value}`,
      );
  }
  return problems;
}

/** Parameters, settings and secrets reach the program under names of their own; overrides by environment too. */
export function checkKeys({ parameters, settings, secrets, withoutSharedMemory }: Policy): Problem[] {
  const taken = new Map<string, string>();
  const named = [
    ...parameters.flatMap(({ name, key }) =>
      [...new Set([key, name])].map((text) => ({ text, path: `parameters.${name}` })),
    ),
    ...settings.map(({ key }) => ({ text: key, path: `settings.${key}` })),
    ...(withoutSharedMemory?.settings ?? []).map(({ key }) => ({
      text: key,
      path: `withoutSharedMemory.settings.${key}`,
    })),
    ...secrets.map(({ name }) => ({ text: name, path: `secrets.${name}` })),
  ];
  return named.flatMap(({ text, path }) => {
    const owner = taken.get(text);
    taken.set(text, owner ?? path);
    if (owner === undefined || owner === path) return [];
    return {
      code: 'POLICY_INVALID',
      path,
      message: `expected a name of its own, got ${text}, which ${owner} has; rename one of them`,
    };
  });
}

/** Every `source` names a key of `sources`. */
export function checkSources(file: PolicyFile): Problem[] {
  const problems: Problem[] = [];
  const visit = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      const childPath = path === '' ? key : `${path}.${key}`;
      if (key === 'source' && typeof child === 'string') {
        if (!Object.hasOwn(file.sources, child))
          problems.push({
            code: 'POLICY_INVALID',
            path: childPath,
            message: `expected a key of sources (${Object.keys(file.sources).join(', ')}), got "${child}"`,
          });
      } else if (childPath !== 'sources' && childPath !== 'settings') visit(child, childPath);
    }
  };
  visit(file, '');
  for (const [key, setting] of Object.entries(file.settings)) visit(setting, `settings.${key}`);
  return problems;
}

/** Every parameter with a cost either yields or is fixed. */
export function checkLists(policy: Policy, fixed: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  const refuse = (path: string, message: string) => problems.push({ code: 'POLICY_INVALID', path, message });
  const costly = policy.parameters.filter((parameter) => parameter.cost).map((parameter) => parameter.name);
  const yielders = [...new Set(policy.yields.map(({ parameter }) => parameter))];
  for (const [list, members] of [
    ['yields', yielders],
    ['fixed', fixed],
  ] as const) {
    for (const member of members) {
      if (!costly.includes(member))
        refuse(`memory.${list}`, `expected parameters with a cost (${costly.join(', ')}), got "${member}"`);
    }
  }
  for (const name of costly) {
    const times = [...yielders, ...fixed].filter((member) => member === name).length;
    if (times !== 1)
      refuse(
        `parameters.${name}.cost`,
        `expected ${name} once in memory.yields or memory.fixed, got it ${times} times; say whether it gives way when memory is short`,
      );
  }
  for (const parameter of policy.parameters) checkTurns(parameter, policy.yields, refuse);
  return problems;
}

/** A further turn of a parameter gives up more than the one before, and no floor lies outside of its bounds. */
function checkTurns(
  { name, range, unit }: Parameter,
  yields: readonly Yield[],
  refuse: (path: string, message: string) => void,
): void {
  let above = Number.POSITIVE_INFINITY;
  for (const [index, { parameter, floor: stated }] of yields.entries()) {
    if (parameter !== name) continue;
    const path = `memory.yields.${index}`;
    const floor = stated ?? range.lo;
    if (stated !== undefined && (floor < range.lo || floor > range.hi))
      refuse(path, `expected a floor of ${range.lo} to ${range.hi} ${unit} for ${name}, got ${floor}`);
    else if (floor >= above)
      refuse(path, `expected a lower floor than the ${above} ${unit} of the turn before, got ${floor}`);
    above = floor;
  }
}

/** What is measured names parameters and signals of this policy. */
export function checkMetrics({ parameters, metrics }: Policy): Problem[] {
  const { cpu, settings, signals, loadTest } = metrics;
  const known = parameters.map((parameter) => parameter.name);
  const named = [
    ...(cpu === undefined ? [] : [{ parameter: cpu, path: 'cpu' }]),
    ...settings.map(({ parameter }) => ({ parameter, path: `settings.${parameter}` })),
    ...signals.map(({ name, parameter }) => ({ parameter, path: `signals.${name}.parameter` })),
  ];
  const problems = named
    .filter(({ parameter }) => !known.includes(parameter))
    .map(({ parameter, path }): Problem => {
      const message = `expected a parameter of this policy (${known.join(', ')}), got "${parameter}"`;
      return { code: 'POLICY_INVALID', path: `metrics.${path}`, message };
    });
  for (const { name, alongside } of signals) {
    if (alongside === undefined) continue;
    const other = signals.find((signal) => signal.name === alongside && signal.name !== name);
    if (other?.expected.some(({ cores }) => cores === undefined)) continue;
    const message = `expected another signal, of which something is expected whatever the cores, got "${alongside}"`;
    problems.push({ code: 'POLICY_INVALID', path: `metrics.signals.${name}.alongside`, message });
  }
  if (loadTest && !signals.some(({ name }) => name === loadTest.throughput)) {
    const names = signals.map(({ name }) => name).join(', ') || 'none yet';
    const message = `expected a signal of this policy (${names}), got "${loadTest.throughput}"`;
    problems.push({ code: 'POLICY_INVALID', path: 'metrics.loadTest.throughput', message });
  }
  return problems;
}

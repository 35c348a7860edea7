/** From a stack as written to a checked one: quantities and rules parsed, references resolved. */

import { fail, type Problem, SizewrightError } from '../errors/errors.ts';
import { unknownName } from '../errors/nearest.ts';
import { compileAdvice } from '../policy/compile.ts';
import { type GivenInput, inputValue } from '../policy/compile-inputs.ts';
import { placeholderProblems } from '../policy/placeholders.ts';
import { INPUTS, type Policy } from '../policy/policy.ts';
import { MAX_CPU_MILLIS, MAX_MEMORY_MIB, MIN_CPU_MILLIS, parseCpuMillis, parseMemoryMiB } from '../units.ts';
import { HIGHEST_TARGET_PERCENT } from './autoscale.ts';
import { compileDeploy } from './compile-deploy.ts';
import { compileConstraint, compileDemand, inDependencyOrder, membersOf } from './rules.ts';
import type { StackFile } from './schema.ts';
import type { Service, Stack } from './stack.ts';

/**
 * Checks a whole stack.
 * @param policies by name, those that its services use
 * @throws STACK_INVALID, QUANTITY_SYNTAX, FORMULA_SYNTAX, FORMULA_UNSAFE, POLICY_NOT_MONOTONE; all problems together
 */
export function compileStack(file: StackFile, policies: Readonly<Record<string, Policy>>): Stack {
  const problems: Problem[] = [];
  const attempt = <T>(step: () => T): T | undefined => {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof SizewrightError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };

  const services = Object.entries(file.services).flatMap(
    ([name, written]) => attempt(() => compileService(name, written, policies[written.policy]!)) ?? [],
  );
  const names = Object.keys(file.services);
  const known = (wanted: string, path: string): void => {
    if (names.includes(wanted)) return;
    problems.push({ code: 'STACK_INVALID', path, message: unknownName("one of the stack's services", wanted, names) });
  };
  const [only] = names;
  if (file.main !== undefined) known(file.main, 'main');
  else if (names.length > 1)
    problems.push({
      code: 'STACK_INVALID',
      path: 'main',
      message: `expected one of the stack's services (${names.join(', ')}), got none; add main: ${only}, or the one that container limits and --available are meant for`,
    });
  for (const [name, written] of Object.entries(file.services)) {
    for (const [index, other] of written.connectsTo.entries()) {
      const path = `services.${name}.connectsTo.${index}`;
      known(other, path);
      const { deploy } = file.services[other] ?? {};
      if (written.deploy && deploy && deploy.ports === undefined)
        problems.push({
          code: 'STACK_INVALID',
          path,
          message: `expected a service with a port to connect to, got ${other}, which has none; add services.${other}.deploy.ports, such as { http: 8080 }`,
        });
    }
  }

  const rules = membersOf(file, policies);
  const { ranges, names: members } = rules;
  const demands = file.demands.flatMap(
    (written, index) => attempt(() => compileDemand(written, `demands.${index}`, rules)) ?? [],
  );
  const ordered = attempt(() => inDependencyOrder(demands)) ?? [];
  const constraints = file.constraints.flatMap(
    (written, index) => attempt(() => compileConstraint(written, `constraints.${index}`, rules)) ?? [],
  );
  const named = new Set(
    [...rules.policies].flatMap(([service, { parameters }]) => parameters.map(({ name }) => `${service}.${name}`)),
  );
  const advice = file.advice.flatMap(
    (rule, index) => attempt(() => compileAdvice(rule, `advice.${index}`, { names: members }, ranges, named)) ?? [],
  );
  for (const [name, written] of Object.entries(file.services))
    problems.push(...servicePlaceholders(written, `services.${name}`, policies[written.policy]!, members));
  if (problems.length > 0) throw new SizewrightError(problems);
  return {
    name: file.stack,
    ...namespaceOf(file),
    main: file.main ?? only!,
    labels: file.deploy?.labels ?? {},
    annotations: file.deploy?.annotations ?? {},
    services,
    demands: ordered,
    constraints,
    advice,
  };
}

function namespaceOf({ stack, deploy }: StackFile): Pick<Stack, 'namespace' | 'namespaceExists'> {
  const { namespace = stack } = deploy ?? {};
  return typeof namespace === 'string' ? { namespace } : { namespace: namespace.existing, namespaceExists: true };
}

/** Nothing in a service's texts is replaced; a file may have braces of its own. */
function servicePlaceholders(
  { deploy, ...sizes }: StackFile['services'][string],
  path: string,
  { parameters }: Policy,
  members: ReadonlySet<string>,
): Problem[] {
  const own = parameters.flatMap(({ name, key }) => [name, key]);
  const names = new Set([...INPUTS, ...own, ...members]);
  const { files: _, ...texts } = deploy ?? {};
  return placeholderProblems({ ...sizes, ...(deploy && { deploy: texts }) }, path, {
    code: 'STACK_INVALID',
    names,
    replacedAt: () => [],
  });
}

function compileService(name: string, written: StackFile['services'][string], policy: Policy): Service {
  const path = `services.${name}`;
  const cpu = (text: string | undefined, field: string, otherwise: number) =>
    text === undefined ? otherwise : parseCpuMillis(text, `${path}.${field}.cpu`);
  const memory = (text: string | undefined, field: string, otherwise: number) =>
    text === undefined ? otherwise : parseMemoryMiB(text, `${path}.${field}.memory`);
  const limits = written.limits && {
    cpuMillis: cpu(written.limits.cpu, 'limits', 0),
    memoryMiB: memory(written.limits.memory, 'limits', 0),
  };
  const atLeast = {
    cpuMillis: cpu(written.atLeast.cpu, 'atLeast', MIN_CPU_MILLIS),
    memoryMiB: memory(written.atLeast.memory, 'atLeast', 1),
  };
  const atMost = {
    cpuMillis: cpu(written.atMost.cpu, 'atMost', MAX_CPU_MILLIS),
    memoryMiB: memory(written.atMost.memory, 'atMost', MAX_MEMORY_MIB),
  };
  for (const [field, stated] of [
    ['limits', limits?.cpuMillis],
    ['atMost', atMost.cpuMillis],
  ] as const) {
    if (stated !== undefined && stated < MIN_CPU_MILLIS)
      fail(
        'STACK_INVALID',
        `${path}.${field}.cpu`,
        `expected at least ${MIN_CPU_MILLIS}m, the finest that a container can be given, got ${stated}m`,
      );
  }
  for (const dimension of ['cpuMillis', 'memoryMiB'] as const) {
    if (atLeast[dimension] > atMost[dimension])
      fail(
        'STACK_INVALID',
        `${path}.atLeast`,
        `expected ${dimension} of at most atMost (${atMost[dimension]}), got ${atLeast[dimension]}`,
      );
  }
  checkAutoscale(written, path);
  const { with: given, deploy, limits: _l, atLeast: _least, atMost: _most, ...asWritten } = written;
  return {
    name,
    ...asWritten,
    cpuShare: written.cpuShare ?? written.share,
    ...(limits && { limits }),
    atLeast,
    atMost,
    inputs: givenInputs(given, policy, `${path}.with`),
    ...(deploy && { deploy: compileDeploy(name, deploy, policy) }),
  };
}

function givenInputs(
  written: StackFile['services'][string]['with'],
  policy: Policy,
  path: string,
): Record<string, GivenInput> {
  const given = Object.entries(written).map(([name, text]) => {
    return [name, { value: inputValue(policy, name, text, `${path}.${name}`), by: path }] as const;
  });
  return Object.fromEntries(given);
}

/** A target that use can exceed by the autoscaler's tolerance; use of CPU without a limit can exceed the request. */
function checkAutoscale({ autoscale, cpuLimit }: StackFile['services'][string], path: string): void {
  for (const field of ['cpuPercent', 'memoryPercent'] as const) {
    const percent = autoscale?.[field];
    if (percent === undefined || percent <= HIGHEST_TARGET_PERCENT) continue;
    if (field === 'cpuPercent' && cpuLimit === 'none') continue;
    fail(
      'STACK_INVALID',
      `${path}.autoscale.${field}`,
      `expected at most ${HIGHEST_TARGET_PERCENT} %, got ${percent} %: the request equals the limit, so use ends at 100 %, and an autoscaler adds replicas only when use is more than 10 % above the target`,
    );
  }
}

/** From a stack as written to a checked one: quantities and rules parsed, references resolved. */
import { fail, type Problem, SizewrightError } from '../errors/errors.ts';
import { unknownName } from '../errors/nearest.ts';
import { compileAdvice } from '../policy/compile.ts';
import { placeholderProblems } from '../policy/placeholders.ts';
import { INPUTS, type Policy } from '../policy/policy.ts';
import { MAX_CPU_MILLIS, MAX_MEMORY_MIB, MIN_CPU_MILLIS, parseCpuMillis, parseMemoryMiB } from '../units.ts';
import { HIGHEST_TARGET_PERCENT } from './autoscale.ts';
import { distributionOf } from './distribution.ts';
import { compileConstraint, compileDemand, inDependencyOrder, membersOf } from './rules.ts';
import type { StackFile } from './schema.ts';
import { type Build, baseName, type Service, type Stack } from './stack.ts';

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
  known(file.main, 'main');
  for (const [name, written] of Object.entries(file.services)) {
    for (const [index, other] of written.connectsTo.entries()) known(other, `services.${name}.connectsTo.${index}`);
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
    (rule, index) => attempt(() => compileAdvice(rule, `advice.${index}`, members, ranges, named)) ?? [],
  );
  for (const [name, written] of Object.entries(file.services))
    problems.push(...servicePlaceholders(written, `services.${name}`, policies[written.policy]!, members));
  if (problems.length > 0) throw new SizewrightError(problems);
  return {
    name: file.stack,
    namespace: file.namespace ?? file.stack,
    main: file.main,
    labels: file.labels,
    annotations: file.annotations,
    services,
    demands: ordered,
    constraints,
    advice,
  };
}

/** Nothing in a service's texts is replaced; a file may have braces of its own. */
function servicePlaceholders(
  { files: _, ...texts }: StackFile['services'][string],
  path: string,
  { parameters }: Policy,
  members: ReadonlySet<string>,
): Problem[] {
  const own = parameters.flatMap(({ name, key }) => [name, key]);
  const names = new Set([...INPUTS, ...own, ...members]);
  return placeholderProblems(texts, path, { code: 'STACK_INVALID', names, replacedAt: () => [] });
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
  const ports = Object.entries(written.ports).map(([portName, port]) => ({ name: portName, port }));
  const twice = ports.find(({ port }, index) => ports.findIndex((other) => other.port === port) !== index);
  if (twice)
    fail('STACK_INVALID', `${path}.ports.${twice.name}`, `expected a port of its own, got ${twice.port} again`);
  checkAutoscale(written, path);
  if (!written.shell && written.build)
    fail('STACK_INVALID', `${path}.shell`, 'expected true for an image that is built here, which has one, got false');
  const needed = policy.stop.graceSeconds + written.preStopSeconds;
  const terminationGraceSeconds = written.terminationGraceSeconds ?? needed;
  if (terminationGraceSeconds < needed) {
    fail(
      'STACK_INVALID',
      `${path}.terminationGraceSeconds`,
      `expected at least ${needed} s (the policy's stop ${policy.stop.graceSeconds} s and preStopSeconds ${written.preStopSeconds} s), got ${terminationGraceSeconds} s`,
    );
  }
  const clash = policy.parameters.find(
    (parameter) => policy.delivery.as === 'env' && Object.hasOwn(written.env, parameter.key),
  );
  if (clash)
    fail(
      'STACK_INVALID',
      `${path}.env.${clash.key}`,
      `expected a variable that no parameter decides, got ${clash.key}; pin it instead: --set ${name}.${clash.name}=${written.env[clash.key]}`,
    );
  const secrets = Object.entries(written.secrets).map(([name, secret]) => ({ name, ...secret }));
  const known = secrets.find(({ name }) => policy.secrets.some((other) => other.name === name));
  if (known)
    fail(
      'STACK_INVALID',
      `${path}.secrets.${known.name}`,
      `expected a secret that policy ${policy.name} does not have, got ${known.name}; leave it out`,
    );
  checkFiles(written.files, `${path}.files`);
  const secret = [...policy.secrets, ...secrets].find((candidate) => Object.hasOwn(written.env, candidate.name));
  if (secret) {
    fail(
      'STACK_INVALID',
      `${path}.env.${secret.name}`,
      `expected a constant, got ${secret.name}, which is a secret of ${secrets.includes(secret) ? 'the service' : `policy ${policy.name}`}; leave it out: files refer to the secret`,
    );
  }
  return {
    name,
    policy: written.policy,
    image: written.image,
    shell: written.shell,
    share: written.share,
    cpuShare: written.cpuShare ?? written.share,
    ...(limits && { limits }),
    atLeast,
    atMost,
    cpuLimit: written.cpuLimit,
    replicas: written.replicas,
    podsPerNode: written.podsPerNode,
    ...(written.autoscale && { autoscale: written.autoscale }),
    ports,
    ...(written.entrypoint && { entrypoint: written.entrypoint }),
    env: written.env,
    secrets,
    files: written.files,
    labels: written.labels,
    annotations: written.annotations,
    nodeSelector: written.nodeSelector,
    user: { uid: written.user.uid, gid: written.user.gid, fsGroup: written.user.fsGroup ?? written.user.gid },
    ...(written.volume && { volume: compileVolume(written.volume, `${path}.volume`) }),
    ...(written.backup !== undefined && { backup: written.backup }),
    writable: written.writable,
    writableSizeMiB: parseMemoryMiB(written.writableSize, `${path}.writableSize`),
    probes: written.probes,
    preStopSeconds: written.preStopSeconds,
    terminationGraceSeconds,
    connectsTo: written.connectsTo,
    egress: written.egress,
    ...(written.build && { build: compileBuild(written.build, `${path}.build`) }),
    ...(written.systemd && { systemd: written.systemd }),
  };
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

/** Their names are keys of one ConfigMap, and files of one folder. */
function checkFiles(files: StackFile['services'][string]['files'], path: string): void {
  for (const [index, file] of files.entries()) {
    const name = baseName(file.path);
    if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name))
      fail('STACK_INVALID', `${path}.${index}.path`, `expected a file name of letters, digits and ._-, got "${name}"`);
    if (files.findIndex((other) => baseName(other.path) === name) < index)
      fail('STACK_INVALID', `${path}.${index}.path`, `expected a file name of its own, got ${name} again`);
  }
}

function compileVolume(
  { size, ...volume }: NonNullable<StackFile['services'][string]['volume']>,
  path: string,
): NonNullable<Service['volume']> {
  return { ...volume, sizeMiB: parseMemoryMiB(size, `${path}.size`) };
}

function compileBuild(build: NonNullable<StackFile['services'][string]['build']>, path: string): Build {
  return { ...build, distribution: build.distribution ?? distributionOf(build, path) };
}

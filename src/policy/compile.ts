/** From a policy as written to a checked one: formulas parsed, proved safe, and provably monotone. */
import { fail, type Problem, SizewrightError } from '../errors.ts';
import type { Expr, Formula } from '../formula/expr.ts';
import { caret, namesIn } from '../formula/expr.ts';
import { parseFormula } from '../formula/parse.ts';
import { type Polarity, polarityOf } from '../formula/polarity.ts';
import { proveSafe, type Range } from '../formula/range.ts';
import { unknownName } from '../profile/nearest.ts';
import { MAX_CPU_MILLIS, MAX_MEMORY_MIB } from '../units.ts';
import { checkAdviceText, type PlaceholderRules, placeholderProblems } from './placeholders.ts';
import { type AdviceRule, INPUTS, type Parameter, type Policy, type Setting, type Yield } from './policy.ts';
import type { PolicyFile } from './schema.ts';

/** Every value that an input can take. Inputs outside are refused before any formula sees them. */
export const INPUT_RANGES: Readonly<Record<(typeof INPUTS)[number], Range>> = {
  cores: { lo: 1, hi: MAX_CPU_MILLIS / 1000 },
  cpuMillis: { lo: 1, hi: MAX_CPU_MILLIS },
  memoryMiB: { lo: 1, hi: MAX_MEMORY_MIB },
  availableMiB: { lo: 0, hi: MAX_MEMORY_MIB },
};

/** Stands for what could not be read, so that one mistake is one problem. */
const UNKNOWN: Range = { lo: 1, hi: 1 };

/** What headroom and reserve may read: what is available depends on them. */
const LIMIT_INPUTS = new Set(['cores', 'cpuMillis', 'memoryMiB']);

/**
 * Checks a whole policy.
 * @throws FORMULA_SYNTAX, FORMULA_UNSAFE, POLICY_INVALID, POLICY_NOT_MONOTONE; all independent problems together
 */
export function compilePolicy(file: PolicyFile): Policy {
  const problems: Problem[] = [];
  /** Runs one check; a problem is kept and the rest goes on with the fallback. */
  const attempt = <T>(step: () => T, fallback: T): T => {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof SizewrightError)) throw error;
      problems.push(...error.problems);
      return fallback;
    }
  };

  const names = new Set<string>(INPUTS);
  const declared = Object.keys(file.parameters);
  const ranges: Record<string, Range> = { ...INPUT_RANGES };
  const check = (text: string, visible: ReadonlySet<string>, path: string): Formula & { range: Range } =>
    attempt(
      () => {
        const below = new Set(declared.filter((name) => !names.has(name) && !path.startsWith(`parameters.${name}.`)));
        const formula = parseFormula(text, visible, path, 'int', visible === names ? below : new Set());
        return { ...formula, range: proveSafe(formula, ranges, path) };
      },
      { text, expr: { op: 'int', value: 1, at: 0 }, range: UNKNOWN },
    );
  const reasoned = <R extends { formula: string }>(written: R, visible: ReadonlySet<string>, path: string) => {
    const { formula, ...reason } = written;
    const { range, ...checked } = check(formula, visible, `${path}.formula`);
    if (range.lo < 0) {
      const [what, unit] = [path.endsWith('.cost') ? 'cost' : 'value', path === 'startupSeconds' ? 's' : 'MiB'];
      const message = `expected a ${what} that is never negative, got ${range.lo} to ${range.hi} ${unit}`;
      problems.push({ code: 'POLICY_INVALID', path: `${path}.formula`, message });
    }
    return { ...checked, ...reason };
  };
  const cost = (written: NonNullable<PolicyFile['parameters'][string]['cost']>, path: string) => {
    const made = reasoned(written, names, path);
    attempt(() => checkRoundsUp(made, `${path}.formula`), undefined);
    return made;
  };

  const headroom = reasoned(file.memory.headroom, LIMIT_INPUTS, 'memory.headroom');
  const reserve = reasoned(file.memory.reserve, LIMIT_INPUTS, 'memory.reserve');
  const inputs = new Set<string>(INPUTS);
  const parameters: Parameter[] = [];
  for (const [name, written] of Object.entries(file.parameters)) {
    const path = `parameters.${name}`;
    if (names.has(name))
      problems.push({
        code: 'POLICY_INVALID',
        path,
        message: `expected a name of its own, got ${name}, which every formula reads as an input; rename the parameter`,
      });
    const formula = check(written.formula, names, `${path}.formula`);
    const bound = (field: 'min' | 'max' | 'hardMin' | 'hardMax') => {
      const text = written[field];
      return text === undefined ? undefined : check(text, inputs, `${path}.${field}`);
    };
    const [min, max, hardMin, hardMax] = [bound('min')!, bound('max')!, bound('hardMin'), bound('hardMax')];
    const [lowest, highest] = [(hardMin ?? min).range, (hardMax ?? max).range];
    const unknown = lowest === UNKNOWN || highest === UNKNOWN;
    const range = unknown ? UNKNOWN : { lo: lowest.lo, hi: highest.hi };
    if (range.lo < 0 || range.lo > range.hi)
      problems.push({
        code: 'POLICY_INVALID',
        path,
        message: `expected bounds with 0 ≤ min ≤ max, got ${range.lo} to ${range.hi}; change min or max`,
      });
    names.add(name);
    ranges[name] = range;
    parameters.push({
      name,
      key: written.key ?? name,
      does: written.does,
      unit: written.unit,
      suffix: written.suffix ?? '',
      formula: { text: formula.text, expr: formula.expr, why: written.why, source: written.source },
      min: { text: min.text, expr: min.expr },
      max: { text: max.text, expr: max.expr },
      ...(hardMin && { hardMin: { text: hardMin.text, expr: hardMin.expr } }),
      ...(hardMax && { hardMax: { text: hardMax.text, expr: hardMax.expr } }),
      boundsReason: written.bounds,
      range,
      multipleOf: written.multipleOf ?? 1,
      ...(written.cost && { cost: cost(written.cost, `${path}.cost`) }),
      ...(written.static && { static: written.static }),
    });
  }
  const policy: Policy = {
    name: file.policy,
    title: file.title,
    cores: file.cores,
    sources: file.sources,
    headroom,
    reserve,
    parameters,
    yields: turns(file.memory.yields),
    settings: settingsOf(file.settings),
    secrets: Object.entries(file.secrets).map(([name, secret]) => ({ name, ...secret })),
    delivery: file.deliver,
    ...(file.sharedMemory && { sharedMemory: reasoned(file.sharedMemory, names, 'sharedMemory') }),
    ...(file.withoutSharedMemory && {
      withoutSharedMemory: {
        ...file.withoutSharedMemory,
        settings: settingsOf(file.withoutSharedMemory.settings),
      },
    }),
    ...(file.disk && { disk: reasoned(file.disk, names, 'disk') }),
    startupSeconds: reasoned(file.startupSeconds, names, 'startupSeconds'),
    sysctls: Object.entries(file.sysctls).map(([key, sysctl]) => ({ key, ...sysctl })),
    stop: file.stop,
    advice: file.advice.map((rule, index) => {
      const path = `advice.${index}`;
      const unread: AdviceRule = {
        ...adviceText(rule),
        when: { text: rule.when, expr: { op: 'int', value: 0, at: 0 } },
      };
      const own = new Set(parameters.map((parameter) => parameter.name));
      return attempt(() => compileAdvice(rule, path, names, ranges, own), unread);
    }),
    ...(file.expectations && { expectations: file.expectations }),
    metrics: {
      ...file.metrics,
      settings: Object.entries(file.metrics.settings).map(([parameter, setting]) => ({ parameter, ...setting })),
      signals: Object.entries(file.metrics.signals).map(([name, { above, ...signal }]) => {
        const path = `metrics.signals.${name}.above`;
        const formula = above === undefined ? undefined : attempt(() => parseFormula(above, names, path), undefined);
        if (formula) attempt(() => proveSafe(formula, ranges, path), undefined);
        return { name, ...signal, ...(formula && { above: formula }) };
      }),
    },
  };
  problems.push(
    ...checkSources(file),
    ...checkKeys(policy),
    ...checkWithoutSharedMemory(policy),
    ...checkLists(policy, file.memory.fixed),
    ...checkMetrics(policy),
    ...placeholderProblems(file, '', placeholderRules(policy)),
  );
  if (problems.length === 0) problems.push(...checkCountedIn(policy), ...checkMonotone(policy));
  if (problems.length > 0) throw new SizewrightError(problems);
  return policy;
}

/** `BUFFERS` or `{ BUFFERS: 64 }`; a mapping of several is as many turns. */
function turns(written: PolicyFile['memory']['yields']): Yield[] {
  return written.flatMap((one) =>
    typeof one === 'string'
      ? { parameter: one }
      : Object.entries(one).map(([parameter, floor]) => ({ parameter, floor })),
  );
}

function adviceText({ code, say, why, source }: PolicyFile['advice'][number]): Omit<AdviceRule, 'when' | 'remedy'> {
  return { code, say, why, ...(source !== undefined && { source }) };
}

/**
 * A rule that advises, of a policy or a stack.
 * @param names what it may read
 * @param parameters what its remedy may change
 * @throws FORMULA_SYNTAX, FORMULA_UNSAFE, POLICY_INVALID
 */
export function compileAdvice(
  rule: PolicyFile['advice'][number],
  path: string,
  names: ReadonlySet<string>,
  ranges: Readonly<Record<string, Range>>,
  parameters: ReadonlySet<string>,
): AdviceRule {
  const when = parseFormula(rule.when, names, `${path}.when`, 'bool');
  proveSafe(when, ranges, `${path}.when`);
  checkAdviceText(rule.say, names, `${path}.say`);
  const { remedy } = rule;
  if (rule.say.includes('{remedy}') !== (remedy !== undefined))
    fail(
      'POLICY_INVALID',
      `${path}.say`,
      `expected {remedy} in it where, and only where, there is a remedy, got "${rule.say}"; add the other`,
    );
  if (remedy === undefined) return { ...adviceText(rule), when };
  if (!parameters.has(remedy.parameter))
    fail('POLICY_INVALID', `${path}.remedy.parameter`, unknownName('a parameter', remedy.parameter, [...parameters]));
  const value = parseFormula(remedy.formula, names, `${path}.remedy.formula`);
  proveSafe(value, ranges, `${path}.remedy.formula`);
  return { ...adviceText(rule), when, remedy: { parameter: remedy.parameter, value } };
}

/** A delivery's own fields are replaced in its templates, names in what advice says; PromQL has braces of its own. */
function placeholderRules({ parameters }: Policy): PlaceholderRules {
  const fields = ['key', 'value', 'path'];
  const own = parameters.flatMap(({ name, key }) => [name, key]);
  return {
    code: 'POLICY_INVALID',
    names: new Set([...INPUTS, ...own, ...fields]),
    replacedAt(path) {
      if (/^(metrics\.|advice\.\d+\.say$)/.test(path)) return undefined;
      if (/^deliver\.(flags\.\d+|file\.line)$/.test(path)) return ['key', 'value'];
      if (path.startsWith('deliver.file.arguments.')) return ['path'];
      return path.startsWith('deliver.') ? [] : fields;
    },
  };
}

function settingsOf(settings: PolicyFile['settings']): Setting[] {
  return Object.entries(settings).map(([key, setting]) => ({ key, ...setting }));
}

/** Values that the parameters can have, in place of a size. */
function checkWithoutSharedMemory({ parameters, sharedMemory, withoutSharedMemory: without }: Policy): Problem[] {
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

/** Costs round up. */
function checkRoundsUp(cost: Formula, path: string): void {
  const divides = (expr: Expr): boolean =>
    expr.op !== 'int' &&
    expr.op !== 'ref' &&
    ((expr.op === 'bin' && expr.bin === '/') ||
      Object.values(expr).some((child) => typeof child === 'object' && divides(child as Expr)));
  if (divides(cost.expr))
    fail('POLICY_INVALID', path, `expected a cost that rounds up, got / in "${cost.text}"; use ceilDiv(a, b)`);
}

/** Parameters, settings and secrets reach the program under names of their own; overrides by environment too. */
function checkKeys({ parameters, settings, secrets, withoutSharedMemory }: Policy): Problem[] {
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
function checkSources(file: PolicyFile): Problem[] {
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
function checkLists(policy: Policy, fixed: readonly string[]): Problem[] {
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

/** What a parameter gives up when it yields is in its own cost. */
function checkCountedIn({ parameters, yields }: Policy): Problem[] {
  return parameters.flatMap(({ name, cost }) => {
    if (!yields.some(({ parameter }) => parameter === name) || namesIn(cost!.expr).has(name)) return [];
    const message = `expected a cost that reads ${name}, because ${name} is to give way when memory is short, got "${cost!.text}"; count it in, or move ${name} to memory.fixed${caret(cost!.text, 0)}`;
    return { code: 'POLICY_INVALID', path: `parameters.${name}.cost.formula`, message };
  });
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
function checkMetrics({ parameters, metrics }: Policy): Problem[] {
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

function rangesOf(policy: Policy): Record<string, Range> {
  return {
    ...INPUT_RANGES,
    ...Object.fromEntries(policy.parameters.map((parameter) => [parameter.name, parameter.range])),
  };
}

/**
 * How every parameter moves when one of them grows, dependents included.
 * @param grows the parameter that grows
 */
export function polaritiesIn(policy: Policy, grows: string): Map<string, Polarity> {
  const ranges = rangesOf(policy);
  const polarities = new Map<string, Polarity>([[grows, 1]]);
  for (const parameter of policy.parameters) {
    if (parameter.name !== grows)
      polarities.set(
        parameter.name,
        polarityOf(parameter.formula.expr, polarities, (expr) => isNonNegative(expr, ranges)),
      );
  }
  return polarities;
}

export function isNonNegative(expr: Expr, ranges: Readonly<Record<string, Range>>): boolean {
  return proveSafe({ text: '', expr }, ranges, '').lo >= 0;
}

/** The sum of the costs never shrinks when a yielder grows: only then is the greatest value that fits found by bisection. */
function checkMonotone(policy: Policy): Problem[] {
  const ranges = rangesOf(policy);
  const problems: Problem[] = [];
  for (const yielder of new Set(policy.yields.map(({ parameter }) => parameter))) {
    const polarities = polaritiesIn(policy, yielder);
    for (const { name, cost } of policy.parameters) {
      if (cost === undefined) continue;
      const polarity = polarityOf(cost.expr, polarities, (expr) => isNonNegative(expr, ranges));
      if (polarity === 0 || polarity === 1) continue;
      const through = [...namesIn(cost.expr)].filter((term) => polarities.get(term) !== 0 && polarities.has(term));
      problems.push({
        code: 'POLICY_NOT_MONOTONE',
        path: `parameters.${name}.cost.formula`,
        message: `expected a cost that never falls when ${yielder} grows, got "${cost.text}"${through.length > 0 ? ` through ${through.join(', ')}` : ''}; take ${yielder} out of memory.yields or change the formula`,
      });
    }
  }
  return problems;
}

/** From a policy as written to a checked one: formulas parsed, proved safe, and provably monotone. */
import { fail, type Problem, SizewrightError } from '../errors/errors.ts';
import { unknownName } from '../errors/nearest.ts';
import type { Expr, Formula } from '../formula/expr.ts';
import { parseFormula } from '../formula/parse.ts';
import { proveSafe, type Range } from '../formula/range.ts';
import { checkDeliveries, compileDeliveries, compileSyntax } from './compile-deliveries.ts';
import { choicesOf, compileInputs } from './compile-inputs.ts';
import {
  checkFollowed,
  checkKeys,
  checkLists,
  checkMetrics,
  checkSources,
  checkWithoutSharedMemory,
} from './consistency.ts';
import { checkCountedIn, checkMonotone, INPUT_RANGES, inputRanges, NODE_RANGES } from './monotone.ts';
import { checkAdviceText, type PlaceholderRules, placeholderProblems } from './placeholders.ts';
import {
  type AdviceRule,
  INPUTS,
  NODE_INPUTS,
  type Parameter,
  type Policy,
  type Setting,
  type Yield,
} from './policy.ts';
import { asWritten, type PolicyFile } from './schema.ts';

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

  const own = compileInputs(file.inputs, problems);
  const choices = choicesOf(own);
  const names = new Set<string>([...INPUTS, ...own.map((input) => input.name)]);
  const declared = Object.keys(file.parameters);
  const ranges: Record<string, Range> = { ...INPUT_RANGES, ...NODE_RANGES, ...inputRanges(own) };
  for (const { name } of own)
    if (([...INPUTS, ...NODE_INPUTS] as readonly string[]).includes(name))
      problems.push({
        code: 'POLICY_INVALID',
        path: `inputs.${name}`,
        message: `expected a name of its own, got ${name}, which every formula reads; rename the input`,
      });
  const check = (text: string, visible: ReadonlySet<string>, path: string): Formula & { range: Range } =>
    attempt(
      () => {
        const below = new Set(declared.filter((name) => !names.has(name) && !path.startsWith(`parameters.${name}.`)));
        const formula = parseFormula(text, visible, path, { below: visible === names ? below : new Set(), choices });
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

  const ofLimits = new Set([...LIMIT_INPUTS, ...own.map((input) => input.name)]);
  const headroom = reasoned(file.memory.headroom, ofLimits, 'memory.headroom');
  const reserve = reasoned(file.memory.reserve, ofLimits, 'memory.reserve');
  const inputs = new Set(names);
  const parameters: Parameter[] = [];
  for (const [name, written] of Object.entries(file.parameters)) {
    const path = `parameters.${name}`;
    if (names.has(name) || (NODE_INPUTS as readonly string[]).includes(name))
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
    const byItself = (text: string): Parameter['byItself'] => {
      if (text === 'unlimited') return text;
      const { range: _, ...taken } = check(text, new Set([...names, ...NODE_INPUTS]), `${path}.byItself`);
      return taken;
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
    const taken = written.byItself === undefined ? undefined : byItself(written.byItself);
    names.add(name);
    ranges[name] = range;
    parameters.push({
      name,
      key: written.key ?? name,
      does: written.does,
      unit: written.unit,
      syntax: compileSyntax(written, path, problems),
      formula: { text: formula.text, expr: formula.expr, why: written.why, source: written.source },
      min: { text: min.text, expr: min.expr },
      max: { text: max.text, expr: max.expr },
      ...(hardMin && { hardMin: { text: hardMin.text, expr: hardMin.expr } }),
      ...(hardMax && { hardMax: { text: hardMax.text, expr: hardMax.expr } }),
      boundsReason: written.bounds,
      range,
      multipleOf: written.multipleOf ?? 1,
      ...(written.cost && { cost: cost(written.cost, `${path}.cost`) }),
      ...(taken && { byItself: taken }),
      ...(written.unlimited !== undefined && { unlimited: written.unlimited }),
      ...(written.static && { static: written.static }),
    });
  }
  const policy: Policy = {
    ...asWritten(file),
    name: file.policy,
    headroom,
    reserve,
    inputs: own,
    parameters,
    yields: turns(file.memory.yields),
    settings: settingsOf(file.settings),
    secrets: Object.entries(file.secrets).map(([name, secret]) => ({ name, ...secret })),
    deliveries: compileDeliveries(file.deliver),
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
    advice: file.advice.map((rule, index) => {
      const path = `advice.${index}`;
      const unread: AdviceRule = {
        ...adviceText(rule),
        when: { text: rule.when, expr: { op: 'int', value: 0, at: 0 } },
      };
      const declaredNames = new Set(parameters.map((parameter) => parameter.name));
      return attempt(() => compileAdvice(rule, path, { names, choices }, ranges, declaredNames), unread);
    }),
    metrics: {
      ...file.metrics,
      settings: Object.entries(file.metrics.settings).map(([parameter, setting]) => ({ parameter, ...setting })),
      signals: Object.entries(file.metrics.signals).map(([name, { above, ...signal }]) => {
        const path = `metrics.signals.${name}.above`;
        const formula =
          above === undefined ? undefined : attempt(() => parseFormula(above, names, path, { choices }), undefined);
        if (formula) attempt(() => proveSafe(formula, ranges, path), undefined);
        return { name, ...signal, ...(formula && { above: formula }) };
      }),
    },
  };
  problems.push(
    ...checkSources(file),
    ...checkKeys(policy),
    ...checkDeliveries(policy),
    ...checkFollowed(policy),
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
  { names, choices }: { names: ReadonlySet<string>; choices?: ReadonlyMap<string, readonly string[]> },
  ranges: Readonly<Record<string, Range>>,
  parameters: ReadonlySet<string>,
): AdviceRule {
  const when = parseFormula(rule.when, names, `${path}.when`, { type: 'bool', ...(choices && { choices }) });
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
  const value = parseFormula(remedy.formula, names, `${path}.remedy.formula`, choices && { choices });
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
      if (/^deliver\.(\d+\.)?(flags|each|file|format)\.(\d+|line)$/.test(path)) return ['key', 'value'];
      if (/^deliver\.\d+\.options\./.test(path)) return undefined;
      if (/^deliver\.(\d+|file)\.arguments\./.test(path)) return ['path'];
      return path.startsWith('deliver.') ? [] : fields;
    },
  };
}

function settingsOf(settings: PolicyFile['settings']): Setting[] {
  return Object.entries(settings).map(([key, setting]) => ({ key, ...setting }));
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

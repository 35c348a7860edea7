/** One service's entry point: a POSIX shell script that decides at start what `decideService` decides beforehand. */

import entrypointTemplate from '../../../templates/entrypoint.hbs';
import detectionTemplate from '../../../templates/entrypoint-detection.hbs';
import {
  type FileDelivery,
  fileArguments,
  inCommand,
  inUnit,
  type OptionsDelivery,
  readsVariables,
} from '../../deliveries/delivery.ts';
import { cutOptions } from '../../deliveries/flags.ts';
import { fail } from '../../errors/errors.ts';
import { oneLine } from '../../formats/one-line.ts';
import { cut } from '../../formats/template.ts';
import type { Expr } from '../../formula/expr.ts';
import { polarityOf } from '../../formula/polarity.ts';
import { shAssignments, shName, shText } from '../../formula/sh.ts';
import { inputScope } from '../../policy/compile-inputs.ts';
import type { Parameter, Policy } from '../../policy/policy.ts';
import { configurationParts } from '../configuration-file.ts';
import { SECRETS_FOLDER, secretFlags } from '../container.ts';
import { envLine } from '../env/text.ts';
import { headerLines } from '../header.ts';
import type { RenderedService, Value } from '../rendered.ts';
import { commentLines, shWord, shWords } from '../shell-text.ts';
import type { RenderInput } from '../target.ts';
import { deliveredBy, filesFor, flagsOf } from '../values.ts';
import { variablesOf } from './variables.ts';

/**
 * The whole script.
 * @param root where the kernel's files are looked for, in place of `/`: for tests
 * @throws OUTPUT_INVALID for a parameter whose name means something else to a shell
 */
export function entrypointScript(input: RenderInput, rendered: RenderedService, root = ''): string {
  const { service, policy } = rendered;
  const record = `/tmp/sizewright-${input.stack.name}-${service.name}`;
  const files = filesWritten(rendered, record);
  return entrypointTemplate({
    header: commentLines([...headerLines(input), '', ...usage(policy, record)]),
    stack: input.stack.name,
    service: service.name,
    title: oneLine(policy.title),
    record,
    detection: detectionTemplate({ root: root === '' ? "''" : shWord(root) }),
    cores:
      policy.cores === 'ceil'
        ? '$(((_sw_v_cpuMillis + 999) / 1000))'
        : '$((_sw_v_cpuMillis < 1000 ? 1 : _sw_v_cpuMillis / 1000))',
    inputs: Object.entries(inputScope(policy, service.inputs)).map(([name, value]) => ({
      name,
      value: `${value}`,
      variable: shName(name),
    })),
    headroom: assign('_sw_headroom', policy.headroom.expr),
    reserve: assign('_sw_reserve', policy.reserve.expr),
    parameters: policy.parameters.map((parameter) => parameterOf(policy, parameter)),
    yields: policy.yields.map(({ parameter: name, floor = 0 }) => {
      const { multipleOf: grid } = policy.parameters.find((parameter) => parameter.name === name)!;
      return { name, grid: `${grid}`, floor: `${Math.ceil(floor / grid) * grid}` };
    }),
    shared: sharedOf(policy),
    overrides: policy.parameters.flatMap((parameter) => Object.values(variablesOf(policy, parameter)).filter(Boolean)),
    secrets: policy.secrets.map(({ name }) => ({ name, path: `${SECRETS_FOLDER}/${name}` })),
    exports: exportsOf(rendered),
    writes: files.map(({ path, lines }) => ({ path, lines })),
    first: [...argumentsAt(rendered, 'start')],
    before: rendered.service.entrypoint?.map((_, index) => `${index}`) ?? [],
    arguments: [...files.map(({ words }) => words.join(' ')), ...argumentsAt(rendered, 'end'), ...secretFlags(policy)],
    fileLines: fileLines(rendered),
  });
}

function usage({ secrets }: Policy, record: string): string[] {
  return [
    'Computes the values for the CPU and the memory that this container or unit is granted, then becomes the program:',
    '  entrypoint.sh PROGRAM [ARGUMENT...]',
    '  entrypoint.sh --write FILE     writes the values to a file instead',
    `  entrypoint.sh --check [FILE]   exits 2 when the limits of now would give other values than those of the start`,
    `    (recorded in ${record}); for a schedule or an alert, never for a probe`,
    'Reads SIZEWRIGHT_CPU_MILLIS, SIZEWRIGHT_MEMORY_MIB, SIZEWRIGHT_AVAILABLE_MIB, which count more than what is',
    'detected; NAME, NAME_MIN, NAME_MAX of each parameter, and NAME_ASKED, what other services ask for in place of its',
    'formula; SIZEWRIGHT_LOG=info, json, debug or quiet.',
    ...(secrets.length > 0 ? [`Secrets that come as files in ${SECRETS_FOLDER} become variables.`] : []),
    'Needs a POSIX shell and no other program.',
  ];
}

/** What shares memory in /dev/shm: the formula of that, and the parameters in it that only raise it. */
function sharedOf(policy: Policy) {
  if (policy.sharedMemory === undefined) return [];
  const { expr } = policy.sharedMemory;
  const parameters = policy.parameters.flatMap((parameter) => {
    const { name, multipleOf } = parameter;
    const maximum = variablesOf(policy, parameter).max;
    const raises = polarityOf(expr, new Map([[name, 1]]), (operand) => isNeverNegative(operand, policy)) === 1;
    return raises && maximum !== '' ? [{ name, maximum, grid: `${multipleOf}` }] : [];
  });
  if (parameters.length === 0) return [];
  const names = parameters.map(({ name }) => name).join(', ');
  return [{ formula: assign('_sw_shared', expr), names, parameters }];
}

/** Shown by its form alone: nothing is taken away, and no parameter in it can be negative. */
function isNeverNegative(expr: Expr, policy: Policy): boolean {
  if (expr.op === 'int') return expr.value >= 0;
  if (expr.op === 'bin' && expr.bin === '-') return false;
  if (expr.op === 'ref') {
    const { min, hardMin = min } = policy.parameters.find(({ name }) => name === expr.name) ?? {};
    return hardMin === undefined || (hardMin.expr.op === 'int' && hardMin.expr.value >= 0);
  }
  return operandsOf(expr).every((operand) => isNeverNegative(operand, policy));
}

function operandsOf(expr: Expr): Expr[] {
  if (expr.op === 'if') return [expr.yes, expr.no];
  return expr.op === 'bin' || expr.op === 'fn' ? [expr.left, expr.right] : [];
}

function assign(target: string, expr: Expr): string {
  return shAssignments(target, expr).join('; ');
}

function parameterOf(policy: Policy, parameter: Parameter) {
  const { name, min, max, hardMin, hardMax, multipleOf, formula, cost } = parameter;
  const variables = variablesOf(policy, parameter);
  const stated = (variable: string) => (variable === '' ? "''" : `"\${${variable}+=}\${${variable}-}"`);
  const named = (variable: string) => (variable === '' ? "''" : `"\${${variable}+${variable}}"`);
  const both = (fn: 'min' | 'max', left: Expr, right: Expr | undefined): Expr =>
    right ? { op: 'fn', fn, left, right, at: 0 } : left;
  const [proposal, lo, hi] = ['f', 'lo', 'hi'].map((kind) => `_sw_${kind}_${name}`);
  const onGrid = multipleOf === 1 ? proposal : `${proposal} - ${proposal} % ${multipleOf}`;
  return {
    name,
    variable: variables.set,
    unit: shWord(oneLine(parameter.unit).replace(/["\\]/g, '')), // it stands in JSON too
    grid: `${multipleOf}`,
    bounds: [
      assign('_sw_lo', both('max', min.expr, hardMin?.expr)),
      assign('_sw_hi', both('min', max.expr, hardMax?.expr)),
      assign('_sw_hard_lo', (hardMin ?? min).expr),
      assign('_sw_hard_hi', (hardMax ?? max).expr),
    ].join('; '),
    formula: assign(proposal!, formula.expr),
    proposal: `${proposal}=\${_sw_asked_${name}:-$${proposal}}`,
    formulaText: shWord(oneLine(formula.text)),
    fitted: `${shName(name)}=$((${proposal} < ${lo} ? ${lo} : (${proposal} > ${hi} ? ${hi} : ${onGrid})))`,
    minimum: stated(variables.min),
    maximum: stated(variables.max),
    pin: stated(variables.set),
    asked: stated(variables.asked),
    minimumName: named(variables.min),
    maximumName: named(variables.max),
    pinName: named(variables.set),
    askedName: named(variables.asked),
    costs: cost
      ? [{ lines: assign(`_sw_c_${name}`, cost.expr), text: shWord(oneLine(`${cost.text}, ${cost.basis}`)) }]
      : [],
  };
}

/** The value as its program writes it, as part of a word of the shell. */
function valueWord({ name, syntax }: Parameter): string {
  return shText(name, syntax, shWord);
}

/** A text and the values in it as a word of the shell. */
function wordOf(parts: readonly (string | Parameter)[]): string {
  return parts.map((part) => (typeof part !== 'string' ? valueWord(part) : part === '' ? '' : shWord(part))).join('');
}

/** A template with the places of one value as a word of the shell. */
function wordWith(parameter: Parameter, template: string, fields: Readonly<Record<string, string>>): string {
  return wordOf(
    cut(template).map((part, index) => {
      if (index % 2 === 0) return part;
      return part === 'value' ? parameter : (fields[part] ?? `{${part}}`);
    }),
  );
}

/** A variable of options: what the stack has in it, then ours. */
function optionsWord({ policy, service }: RenderedService, delivery: OptionsDelivery): string {
  const before = service.env[delivery.variable];
  const parts = cutOptions(delivery).map((part, index) =>
    index % 2 === 0 ? part : policy.parameters.find(({ name }) => name === part)!,
  );
  return wordOf([before ? `${before} ` : '', ...parts]);
}

/** Variables that the program gets: parameters in their own, options in theirs. */
function exportsOf(rendered: RenderedService): { name: string; value: string }[] {
  const own = computed(rendered, 'variables').flatMap(({ values }) =>
    values.map(({ key, parameter }) => ({ name: key, value: valueWord(parameter!) })),
  );
  const composed = deliveredBy(rendered, 'options').map(({ delivery }) => ({
    name: delivery.variable,
    value: optionsWord(rendered, delivery),
  }));
  return [...own, ...composed];
}

/** Deliveries of a kind with the parameters alone. */
function computed<K extends 'variables' | 'flags'>(rendered: RenderedService, as: K) {
  return deliveredBy(rendered, as, inCommand).map(({ delivery, values }) => ({
    delivery,
    values: values.filter(({ parameter }) => parameter !== undefined),
  }));
}

/** Arguments of the program at one of its ends: values, settings and secrets that it takes as flags. */
function argumentsAt(rendered: RenderedService, at: 'start' | 'end'): string[] {
  const values = computed(rendered, 'flags')
    .filter(({ delivery }) => delivery.at === at)
    .flatMap(({ delivery, values: own }) =>
      own.map(({ key, parameter }) => delivery.each.map((part) => wordWith(parameter!, part, { key })).join(' ')),
    );
  return [...values, ...flagsOf(rendered, inCommand)[at].map(({ words }) => shWords(words))];
}

/** Files that a container's program is pointed at: where it can be written, because what an image brings cannot. */
function filesWritten(rendered: RenderedService, record: string): { path: string; lines: string[]; words: string[] }[] {
  return filesFor(rendered, inCommand).map(({ delivery, values }) => {
    if (delivery.arguments.length === 0)
      fail(
        'OUTPUT_INVALID',
        `${rendered.policy.name} deliver ${delivery.name}`,
        `expected arguments that name the file, because it is written where the program starts, got none; name them, or leave out --mode auto`,
      );
    const path = `${record}-${delivery.name}`;
    const words = fileArguments(delivery, path).map(shWord);
    return { path: shWord(path), lines: linesOf(delivery, values), words };
  });
}

/** The lines of a file, comments apart, as words of the shell. */
function linesOf(delivery: FileDelivery, values: readonly Value[]): string[] {
  const lines: (string | Parameter)[][] = [[]];
  for (const part of configurationParts(delivery, values, ({ parameter }) => parameter !== undefined)) {
    if (typeof part !== 'string') {
      lines.at(-1)!.push(part.parameter!);
      continue;
    }
    const [first, ...others] = part.split('\n');
    lines.at(-1)!.push(first!);
    for (const other of others) lines.push([other]);
  }
  return lines
    .filter(([first]) => first !== '' && (typeof first !== 'string' || !/^\s*(#|;|<!--)/.test(first)))
    .map(wordOf);
}

/** The lines of the file that `--write` writes, as words of the shell: variables, or the program's own configuration. */
function fileLines(rendered: RenderedService): string[] {
  const { policy } = rendered;
  const record = (prefix: string) => `${shWord(`${prefix}SIZEWRIGHT_STARTED="`)}"$_sw_started"'"'`;
  if (readsVariables(policy.deliveries))
    return [
      ...computed(rendered, 'variables').flatMap(({ values }) =>
        values.map(({ key, parameter }) => {
          const line = envLine(
            key,
            `0${parameter!.syntax.suffix}`,
            `${policy.name} parameters.${parameter!.name}.suffix`,
          );
          return wordWith(parameter!, line.endsWith('"') ? '{key}="{value}"' : '{key}={value}', { key });
        }),
      ),
      ...deliveredBy(rendered, 'options').map(
        ({ delivery }) => `${shWord(`${delivery.variable}="`)}${optionsWord(rendered, delivery)}'"'`,
      ),
      record(''),
    ];
  const file = filesFor(rendered, inUnit)[0];
  return [record('# '), ...(file ? linesOf(file.delivery, file.values) : [])];
}

/** One service's entry point: a POSIX shell script that decides at start what `decideService` decides beforehand. */

import entrypointTemplate from '../../../templates/entrypoint.hbs';
import detectionTemplate from '../../../templates/entrypoint-detection.hbs';
import { oneLine } from '../../formats/one-line.ts';
import type { Expr } from '../../formula/expr.ts';
import { polarityOf } from '../../formula/polarity.ts';
import { shAssignments, shName } from '../../formula/sh.ts';
import type { Parameter, Policy } from '../../policy/policy.ts';
import { SECRETS_FOLDER, secretFlags } from '../container.ts';
import { envLine } from '../env/text.ts';
import type { RenderedService } from '../rendered.ts';
import { commentLines, shWord, shWords } from '../shell-text.ts';
import type { RenderInput } from '../target.ts';
import { commandWithFlags, fileDeliveryOf, fill, headerLines, settingsOf } from '../values.ts';
import { variablesOf } from './variables.ts';

/**
 * The whole script.
 * @param root where the kernel's files are looked for, in place of `/`: for tests
 * @throws OUTPUT_INVALID for a parameter whose name means something else to a shell
 */
export function entrypointScript(input: RenderInput, rendered: RenderedService, root = ''): string {
  const { service, policy } = rendered;
  const record = `/tmp/sizewright-${input.stack.name}-${service.name}`;
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
    exports:
      policy.delivery.as === 'env' ? policy.parameters.map((one) => ({ name: one.key, value: valueWord(one) })) : [],
    arguments: argumentsOf(rendered),
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

/** Stands for a value in a text; no policy's text has it. */
const VALUE = '\u0000';

/** The value with its unit as a word of the shell. */
function valueWord({ name, suffix }: Parameter): string {
  return `"$${shName(name)}"${suffix === '' ? '' : shWord(suffix)}`;
}

/** A text with a value in it as a word of the shell. */
function wordWith(parameter: Parameter, text: string): string {
  return text
    .split(VALUE)
    .map((part) => (part === '' ? '' : shWord(part)))
    .join(valueWord(parameter));
}

/** What comes behind the program's own arguments: values, settings and secrets that it takes as flags. */
function argumentsOf(rendered: RenderedService): string[] {
  const { policy } = rendered;
  const { delivery } = policy;
  if (delivery.as === 'env') return [];
  return [
    ...policy.parameters.map((parameter) =>
      delivery.flags.map((part) => wordWith(parameter, fill(part, { key: parameter.key, value: VALUE }))).join(' '),
    ),
    ...settingsOf(rendered).map(({ key, value }) =>
      shWords(commandWithFlags({ ...delivery, program: [] }, [{ key, text: value, reason: '' }])),
    ),
    ...secretFlags(policy),
  ];
}

/** The lines of the file that `--write` writes, as words of the shell: variables, or the program's own configuration. */
function fileLines(rendered: RenderedService): string[] {
  const { policy } = rendered;
  const file = fileDeliveryOf(policy)?.file;
  const record = (prefix: string) => `${shWord(`${prefix}SIZEWRIGHT_STARTED="`)}"$_sw_started"'"'`;
  if (policy.delivery.as === 'env')
    return [
      ...policy.parameters.map((one) => {
        const line = envLine(one.key, `0${one.suffix}`, `${policy.name} parameters.${one.name}.suffix`);
        return wordWith(one, line.endsWith('"') ? `${one.key}="${VALUE}"` : `${one.key}=${VALUE}`);
      }),
      record(''),
    ];
  if (file === undefined) return [record('# ')];
  return [
    record('# '),
    ...file.extra.map(shWord),
    ...policy.parameters.map((one) => wordWith(one, fill(file.line, { key: one.key, value: VALUE }))),
    ...settingsOf(rendered).map(({ key, value }) => shWord(fill(file.line, { key, value }))),
  ];
}

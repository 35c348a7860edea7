/** systemd: a unit of ours, or the limits for one that the distribution ships. */

import dropInTemplate from '../../../templates/systemd-drop-in.hbs';
import unitTemplate from '../../../templates/systemd-unit.hbs';
import { type Delivery, fileArguments, inCommand, readsVariables } from '../../deliveries/delivery.ts';
import { fail } from '../../errors/errors.ts';
import { oneLine } from '../../formats/one-line.ts';
import { baseName } from '../../stack/stack.ts';
import { formatCount, formatMiB } from '../../units.ts';
import { ENTRYPOINT_FILE } from '../entrypoint/index.ts';
import { headerLines } from '../header.ts';
import { type RenderedService, userOf } from '../rendered.ts';
import { commentLines, processText } from '../shell-text.ts';
import type { Artifact, RenderInput } from '../target.ts';
import { filesFor, flagsOf } from '../values.ts';
import {
  configurationPath,
  entrypointPath,
  environmentPath,
  hasOwnUnit,
  installedFolder,
  runtimeFolder,
  runtimePath,
  secretsPath,
} from './paths.ts';

const DROP_IN = '50-sizewright.conf';

/** A copy of `systemd/` in `/etc/systemd/system/` is all that systemd needs. */
export function systemdFiles(input: RenderInput, rendered: RenderedService): Artifact[] {
  const { systemd } = rendered.service;
  if (systemd === undefined) return [];
  if (!/^[A-Za-z0-9@_.-]+\.service$/.test(systemd.unit))
    fail(
      'OUTPUT_INVALID',
      `services.${rendered.service.name}.deploy.systemd.unit`,
      `expected the name of a unit such as api.service, got ${JSON.stringify(systemd.unit)}`,
    );
  return systemd.exec === undefined
    ? [{ path: `systemd/${systemd.unit}.d/${DROP_IN}`, contents: dropIn(input, rendered, systemd.unit) }]
    : [{ path: `systemd/${systemd.unit}`, contents: unit(input, rendered, systemd.unit, systemd.exec) }];
}

function unit(input: RenderInput, rendered: RenderedService, name: string, exec: string): string {
  const { service, policy } = rendered;
  const own = service.systemd?.user;
  const user = own === undefined ? userOf(input, service) : undefined;
  const environment = environmentPath(input, rendered);
  return unitTemplate({
    header: commentLines([
      ...headerLines(input),
      '',
      'Install:',
      ...(environment ? [`  ${environment}, as the first lines there say`] : []),
      ...entrypointNotes(input, rendered),
      ...fileNotes(input, rendered),
      ...secretsNotes(input, rendered),
      ...(own === undefined
        ? []
        : [`  sudo useradd --system --no-create-home --shell /usr/sbin/nologin ${own} (once)`]),
      `  sudo install -m 0644 systemd/${name} /etc/systemd/system/`,
      `  sudo systemctl daemon-reload && sudo systemctl enable ${name} && sudo systemctl restart ${name}`,
    ]),
    description: `${service.name} of ${input.stack.name}`,
    units: neighbours(input, rendered),
    user: own ?? `${user!.uid}`,
    group: user ? [`${user.gid}`] : [],
    environmentFiles: environmentFiles(input, rendered),
    before: beforeStart(input, rendered),
    exec: execLine(input, rendered, exec),
    stopSignal: policy.stop.signal,
    stopReason: oneLine(policy.stop.why),
    stopSeconds: `${service.terminationGraceSeconds}`,
    files: service.files.map(({ path }) => `${installedFolder(input)}/${service.name}/${baseName(path)}:${path}`),
    limits: limitsOf(rendered),
    capabilities: service.ports.some(({ port }) => port < 1024) ? ['CAP_NET_BIND_SERVICE'] : [],
    writable: [...(service.volume ? [service.volume.path] : []), ...service.writable]
      .filter((path) => !/^\/(var\/)?tmp(\/|$)/.test(path))
      .map(escapeSpecifiers),
  });
}

function dropIn(input: RenderInput, rendered: RenderedService, name: string): string {
  const { service } = rendered;
  const configuration = configurationPath(rendered);
  const own = environmentPath(input, rendered);
  return dropInTemplate({
    header: commentLines([
      ...headerLines(input),
      '',
      `Limits for ${name}, which the distribution ships. Install:`,
      ...(own ? [`  ${own}, as the first lines there say`] : []),
      ...(readsVariables(rendered.policy.deliveries) ? secretsNotes(input, rendered) : []),
      ...entrypointNotes(input, rendered),
      ...startNotes(input, rendered),
      ...service.files.map(({ path, why }) => `  ${service.name}/${baseName(path)}, as its first lines say: ${why}`),
      ...(configuration
        ? [`  ${configuration}, as the first lines there say: the program does not know the limits otherwise`]
        : []),
      `  sudo install -D -m 0644 -t /etc/systemd/system/${name}.d systemd/${name}.d/${DROP_IN}`,
      `  sudo systemctl daemon-reload && sudo systemctl restart ${name}`,
    ]),
    environmentFiles: environmentFiles(input, rendered),
    before: beforeStart(input, rendered),
    shell: rendered.held !== undefined,
    limits: [...limitsOf(rendered), ...startLimit(rendered)],
  });
}

/** systemd's own limit for a start; a unit that the distribution ships may have none, which stays so. */
const DEFAULT_START_SECONDS = 90;

function startLimit({ policy, plan }: RenderedService): { reason: string; line: string }[] {
  if (plan.startupSeconds <= DEFAULT_START_SECONDS) return [];
  const reason = `${policy.startupSeconds.why}: up to ${formatCount(plan.startupSeconds)} s, and systemd by itself stops a start after ${DEFAULT_START_SECONDS} s`;
  return [{ reason: oneLine(reason), line: 'TimeoutStartSec=infinity' }];
}

/** Where neither a file of ours nor a variable tells the program: what has to be added to what it has. */
function startNotes(input: RenderInput, rendered: RenderedService): string[] {
  const { policy } = rendered;
  if (readsVariables(policy.deliveries) || configurationPath(rendered)) return [];
  const written = runtimePath(input, rendered);
  if (written) return [`  and have its own configuration include ${written}, behind its own lines: the last counts`];
  return rendered.held
    ? [`  and have the program started by: /bin/sh ${entrypointPath(input, rendered)} <program>`]
    : [`  and have the program started with: ${argumentsFor(rendered, inCommand).map(unitWord).join(' ')}`];
}

function entrypointNotes(input: RenderInput, rendered: RenderedService): string[] {
  if (rendered.held === undefined) return [];
  const [path, to] = [`${rendered.service.name}/${ENTRYPOINT_FILE}`, entrypointPath(input, rendered)];
  return [`  sudo install -D -m 0755 ${path} ${to}`];
}

/** The files that a unit of ours finds where a container does. */
function fileNotes(input: RenderInput, { service }: RenderedService): string[] {
  return service.files.map(({ path }) => {
    const name = `${service.name}/${baseName(path)}`;
    return `  sudo install -D -m 0644 ${name} ${installedFolder(input)}/${name}`;
  });
}

/** Writes the values before the program starts, which is after systemd has set the limits. */
function beforeStart(input: RenderInput, rendered: RenderedService): { folder: string; command: string }[] {
  const written = runtimePath(input, rendered);
  if (written === undefined) return [];
  const command = `/bin/sh ${entrypointPath(input, rendered)} --write ${written}`;
  return [{ folder: runtimeFolder(input, rendered), command }];
}

/** The file of secrets is made without touching one that is there. */
function secretsNotes(input: RenderInput, rendered: RenderedService): string[] {
  const names = rendered.policy.secrets.map(({ name }) => name);
  const path = secretsPath(input, rendered);
  if (names.length === 0) return [];
  return [
    `  sudo mkdir -p ${installedFolder(input)} && sudo sh -c 'umask 077; touch ${path}'`,
    `  and in that file a line NAME=value each: ${names.join(' ')}`,
  ];
}

function environmentFiles(input: RenderInput, rendered: RenderedService): string[] {
  const { service, policy } = rendered;
  const byVariables = readsVariables(policy.deliveries);
  const written = byVariables ? runtimePath(input, rendered) : undefined;
  const own = byVariables || hasOwnUnit(rendered);
  return [
    ...(environmentPath(input, rendered) === undefined ? [] : [`${installedFolder(input)}/${service.name}.env`]),
    ...(own && policy.secrets.length > 0 ? [secretsPath(input, rendered)] : []),
    // Not there yet when the entry point starts.
    ...(written ? [`-${written}`] : []),
  ];
}

/**
 * The program, its values and the secrets that it takes as flags: as containers have it. `$NAME` in `exec` is systemd's.
 * @throws OUTPUT_INVALID for what systemd would not take for one absolute command
 */
function execLine(input: RenderInput, rendered: RenderedService, exec: string): string {
  const { service, policy } = rendered;
  if (!/^\/[^\p{Cc}\p{Cs}]*$/u.test(exec) || exec.endsWith('\\'))
    fail(
      'OUTPUT_INVALID',
      `services.${service.name}.deploy.systemd.exec`,
      `expected a command that begins with an absolute path, in one line, got ${JSON.stringify(exec)}`,
    );
  if (rendered.held && !readsVariables(policy.deliveries))
    return `/bin/sh ${entrypointPath(input, rendered)} ${escapeSpecifiers(exec)}`;
  const flags = policy.secrets.flatMap(({ name, flag }) => (flag === undefined ? [] : [unitWord(flag), `\${${name}}`]));
  return [escapeSpecifiers(exec), ...argumentsFor(rendered).map(unitWord), ...flags].join(' ');
}

/** The arguments of values, those that come before the program's own first; nothing where they are in the environment. */
function argumentsFor(rendered: RenderedService, usable?: (delivery: Delivery) => boolean): string[] {
  const { start, end } = flagsOf(rendered, usable);
  const named = filesFor(rendered, usable).flatMap(({ delivery }) => fileArguments(delivery));
  return [...start.flatMap(({ words }) => words), ...named, ...end.flatMap(({ words }) => words)];
}

/** Units of the same machine that the service calls: they start first. */
function neighbours({ plan, stack }: RenderInput, { service }: RenderedService): string[] {
  const machineOf = (name: string) => plan.machines.find(({ services }) => services.includes(name));
  return stack.services
    .filter(({ name }) => service.connectsTo.includes(name) && Object.hasOwn(plan.services, name))
    .filter(({ name }) => name !== service.name && machineOf(name) === machineOf(service.name))
    .flatMap(({ deploy }) => deploy?.systemd?.unit ?? []);
}

function limitsOf({ plan }: RenderedService): { reason: string; line: string }[] {
  const { cpuMillis, memoryMiB } = plan.limits;
  const cpu =
    cpuMillis === undefined
      ? {
          reason: 'no CPU limit, as the stack asks: a weight for when others compete, 100 a core',
          line: `CPUWeight=${Math.min(10_000, Math.max(1, Math.floor(plan.requests.cpuMillis / 10)))}`,
        }
      : { reason: '100 % is one core', line: `CPUQuota=${percent(cpuMillis)}%` };
  const memory = `${formatMiB(plan.ledger.usedMiB)} of ${formatMiB(plan.ledger.availableMiB)} available are planned for, ${formatMiB(plan.ledger.headroomMiB)} stay free on purpose`;
  return [
    cpu,
    { reason: memory, line: `MemoryMax=${memoryMiB}M` },
    { reason: 'no swap: a memory limit alone allows it', line: 'MemorySwapMax=0' },
    {
      reason: 'of several processes the kernel kills one at this limit; by itself systemd would stop the others too',
      line: 'OOMPolicy=continue',
    },
  ];
}

/** A core is 100 %; a millicore the tenth of one. */
function percent(millis: number): string {
  const tenths = millis % 10;
  return `${(millis - tenths) / 10}${tenths === 0 ? '' : `.${tenths}`}`;
}

/** systemd replaces `%n` and its like, and makes one `%` of two. */
function escapeSpecifiers(text: string): string {
  return text.replaceAll('%', '%%');
}

/**
 * A word of a command line as systemd reads it back.
 * @see https://www.freedesktop.org/software/systemd/man/252/systemd.service.html#Command%20lines
 * @throws OUTPUT_INVALID for what no process can get
 */
export function unitWord(text: string): string {
  const escaped = escapeSpecifiers(processText(text, 'systemd')).replaceAll('$', '$$$$');
  if (/^[A-Za-z0-9_./:=,@%+-]+$/.test(escaped)) return escaped;
  const quoted = escaped.replace(/[\\"]/g, '\\$&').replace(CONTROLS, (sign) => {
    return `\\x${sign.codePointAt(0)!.toString(16).padStart(2, '0')}`;
  });
  return `"${quoted}"`;
}

/** What ends a line, or is not printable in one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0001-\u001f\u007f]/g;

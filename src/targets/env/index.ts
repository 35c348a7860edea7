/** Files for programs that run on the machine itself: variables, configuration files, systemd. */

import envTemplate from '../../../templates/env.hbs';
import sysctlTemplate from '../../../templates/sysctl.hbs';
import { fileArguments, readsVariables } from '../../deliveries/delivery.ts';
import { fail } from '../../errors/errors.ts';
import { oneLine } from '../../formats/one-line.ts';
import { configurationFile, pathOf } from '../configuration-file.ts';
import { besideFiles, containerEnvironment } from '../container.ts';
import { entrypointFiles } from '../entrypoint/index.ts';
import { headerLines } from '../header.ts';
import type { RenderedService, Value } from '../rendered.ts';
import { sizedServices } from '../services.ts';
import { commentLines, processText, shWords } from '../shell-text.ts';
import { streamOfFiles } from '../spanning.ts';
import type { Artifact, PlanTarget, RenderInput } from '../target.ts';
import { filesFor } from '../values.ts';
import { about } from './about.ts';
import { envExample } from './example.ts';
import { loadTest } from './load-test.ts';
import { configurationPath, environmentPath, hasOwnUnit, installedFolder, unitFile } from './paths.ts';
import { read } from './read.ts';
import { systemdFiles } from './systemd.ts';
import { envLine } from './text.ts';

export const env: PlanTarget = {
  ...about,
  render,
  stream: (artifacts) => artifacts.find(({ path }) => path === '.env')?.contents ?? streamOfFiles(artifacts),
  read,
};

function render(input: RenderInput): Artifact[] {
  const artifacts = [
    ...sizedServices(input)
      .map(onBareMetal)
      .flatMap((rendered) => [
        ...environmentFile(input, rendered),
        ...entrypointFiles(input, rendered),
        ...besideFiles(rendered),
        ...envExample(input, rendered),
        ...configuration(input, rendered),
        ...systemdFiles(input, rendered),
        ...loadTest(input, rendered),
      ]),
    ...sysctls(input),
  ];
  const twice = artifacts.find(({ path }, index) => artifacts.findIndex((other) => other.path === path) < index);
  if (twice)
    fail('OUTPUT_INVALID', twice.path, 'expected a file of its own for each service, got two; name another unit');
  return artifacts;
}

/** A unit that a distribution ships has its own files: ours is included by them, and none is put in their place. */
function onBareMetal(rendered: RenderedService): RenderedService {
  const found = { ...rendered, bareMetal: true as const };
  if (hasOwnUnit(rendered)) return found;
  const own = new Set(filesFor(rendered).map(({ delivery }) => delivery.path));
  return { ...found, service: { ...found.service, files: found.service.files.filter(({ path }) => !own.has(path)) } };
}

function environmentFile(input: RenderInput, rendered: RenderedService): Artifact[] {
  const { service, policy } = rendered;
  const path = environmentPath(input, rendered);
  if (path === undefined) return [];
  const values = environmentFor(rendered).map((value) => ({
    reason: oneLine(value.reason),
    line: envLine(value.key, value.text, pathOf(rendered, value)),
  }));
  const notes = [
    `Variables of ${service.name}, read alike by`,
    `  systemd: sudo install -D -m 0644 ${path} ${installedFolder(input)}/${service.name}.env`,
    `  Docker: docker run --env-file ${path} ...${values.some(({ line }) => line.includes('"')) ? ', which keeps the quotes of quoted values' : ''}`,
    `  a shell: set -a; . ./${path}; set +a`,
    ...(policy.secrets.length > 0
      ? [`Secrets are not in here: ${policy.secrets.map(({ name }) => name).join(', ')}.`]
      : []),
  ];
  return [{ path, contents: envTemplate({ header: commentLines([...headerLines(input), '', ...notes]), values }) }];
}

/** What a stack sets for a container image means nothing to a distribution's service, only to its entry point. */
function environmentFor(rendered: RenderedService): Value[] {
  const values = containerEnvironment(rendered);
  if (readsVariables(rendered.policy.deliveries) || hasOwnUnit(rendered)) return values;
  return values.filter(
    ({ key }) => !Object.hasOwn(rendered.service.env, key) && key !== rendered.service.volume?.dataVariable,
  );
}

/** Lines for the program's own file, which a distribution brings and which includes them. */
function configuration(input: RenderInput, rendered: RenderedService): Artifact[] {
  const { service, policy } = rendered;
  const path = configurationPath(rendered);
  if (path === undefined) return [];
  const { delivery, values } = unitFile(rendered)!;
  const installed = `${installedFolder(input)}/${path}`;
  const words = fileArguments(delivery, installed);
  const notes = [
    `Settings of ${service.name}, to be included by the configuration that it has:`,
    `  sudo install -D -m 0644 ${path} ${installed}`,
    `  and have it include ${installed} behind its own lines: the last counts`,
    ...(words.length > 0
      ? [`A program that reads no other file has it as ${installed} and is started with: ${shWords(words)}`]
      : []),
  ];
  const secrets = policy.secrets.map(({ name, flag }) => (flag === undefined ? name : `${name} (${flag})`));
  if (secrets.length > 0) notes.push(`Secrets are not in here: ${secrets.join(', ')}.`);
  const header = [...headerLines(input), '', ...notes];
  return [{ path, contents: configurationFile(rendered, delivery, values, header) }];
}

/** Kernel parameters that choose between behaviours: a larger value is not more of the same. */
const MODES = ['vm.overcommit_memory', 'vm.zone_reclaim_mode', 'vm.panic_on_oom', 'net.ipv4.tcp_tw_reuse'];

/** Kernel parameters of all services: of two values for one the larger serves both. */
function sysctls(input: RenderInput): Artifact[] {
  const byKey = new Map<string, { service: string; reason: string; value: string }>();
  for (const { service, policy } of sizedServices(input)) {
    for (const { key, value, why } of policy.sysctls) {
      const other = byKey.get(key);
      if (other && other.value !== value && MODES.includes(key))
        fail(
          'OUTPUT_INVALID',
          `sysctls.${key}`,
          `expected one value for the machine that ${other.service} and ${service.name} share, got ${other.value} and ${value}; put them on machines of their own`,
        );
      if (Number(other?.value ?? -Infinity) >= Number(value)) continue;
      byKey.set(key, { service: service.name, reason: oneLine(`${service.name}: ${why}`), value });
    }
  }
  if (byKey.size === 0) return [];
  const file = `50-${input.stack.name}.conf`;
  const lines = [...byKey].map(([key, { reason, value }]) => ({
    reason,
    line: processText(`${key} = ${value}`, `sysctls.${key}`),
  }));
  const install = `sudo install -m 0644 sysctl.d/${file} /etc/sysctl.d/ && sudo sysctl --system`;
  const header = commentLines([
    ...headerLines(input),
    '',
    'For the whole machine. Where it has a larger value by another file already, leave that line out:',
    `  ${install}`,
  ]);
  return [{ path: `sysctl.d/${file}`, contents: sysctlTemplate({ header, lines }) }];
}

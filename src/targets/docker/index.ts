/** Files for Docker alone: what builds an image, and a script that runs each service. */

import dockerRun from '../../../templates/docker-run.hbs';
import dockerfileRust from '../../../templates/dockerfile-rust.hbs';
import dockerignoreRust from '../../../templates/dockerignore-rust.hbs';
import { programOf } from '../../deliveries/delivery.ts';
import { oneLine } from '../../formats/one-line.ts';
import { type Build, baseName } from '../../stack/stack.ts';
import { formatCores, formatCount, formatDockerMemory, formatMiB } from '../../units.ts';
import {
  argumentsOf,
  besideFiles,
  containerEnvironment,
  cpuSharesOf,
  entrypointOf,
  healthCheckOf,
  healthCommand,
  imageOf,
  LOGGING,
  labelsOf,
  MAX_OPEN_FILES,
  machineSysctlNotes,
  memoryFolderOptions,
  memoryFoldersOf,
  memoryOf,
  programsNote,
  secretsWrapper,
  sysctlsOf,
  type Words,
} from '../container.ts';
import { ENTRYPOINT_FILE, ENTRYPOINT_PATH, entrypointFiles, programWords } from '../entrypoint/index.ts';
import { headerLines } from '../header.ts';
import { mainPortOf, publishedPort, type RenderedService, userOf } from '../rendered.ts';
import { renderedServices } from '../services.ts';
import { commentLines, processText, shWords } from '../shell-text.ts';
import { streamOfFiles } from '../spanning.ts';
import type { Artifact, PlanTarget, RenderInput } from '../target.ts';
import { about } from './about.ts';
import { read } from './read.ts';

export const docker: PlanTarget = {
  ...about,
  render,
  stream: streamOfFiles,
  read,
};

function render(input: RenderInput): Artifact[] {
  return renderedServices(input).flatMap((rendered) => [
    ...imageFiles(input, rendered),
    ...entrypointFiles(input, rendered),
    ...besideFiles(rendered),
    { path: `${rendered.service.name}/docker-run.sh`, contents: runScript(input, rendered), executable: true },
  ]);
}

/** What a template writes for `build.template`. */
const IMAGE_TEMPLATES: Record<
  Build['template'],
  { dockerfile: typeof dockerfileRust; ignore: typeof dockerignoreRust }
> = { rust: { dockerfile: dockerfileRust, ignore: dockerignoreRust } };

function imageFiles(input: RenderInput, rendered: RenderedService): Artifact[] {
  const { service, policy } = rendered;
  const { build, name, ports } = service;
  if (build === undefined) return [];
  const user = userOf(input, service);
  const template = IMAGE_TEMPLATES[build.template];
  const own = entrypointOf(rendered)!;
  const destination = own.find((word) => word.endsWith(`/${build.binary}`)) ?? `/usr/local/bin/${build.binary}`;
  const program = programOf(policy.deliveries);
  const entrypoint = rendered.held ? ['/bin/sh', ENTRYPOINT_PATH, ...own] : own;
  const alpine = build.distribution === 'alpine';
  const check = healthCheckOf(rendered, 'is-replaced'); // by Swarm, which takes the image's
  const dockerfile = template.dockerfile({
    header: commentLines([
      ...headerLines(input),
      '',
      `Copy ${rendered.held ? `this file, ${ENTRYPOINT_FILE}` : 'this file'} and .dockerignore next to Cargo.toml and Cargo.lock, then:`,
      `  docker build --tag ${imageOf(service).replace(/@.*$/, '')} .`,
      'With a registry of your own: --build-arg BUILD_IMAGE=... --build-arg RUNTIME_IMAGE=...',
      `No tuned value is in the image: they ${rendered.held ? 'are computed at start' : 'come at run time'}, so one image serves every machine.`,
    ]),
    buildImage: build.buildImage,
    runtimeImage: build.runtimeImage,
    binary: build.binary,
    alpine,
    buildPackages: build.buildPackages,
    packages: [
      'ca-certificates',
      ...(asksByCurl(rendered) ? ['curl'] : []),
      ...(alpine ? ['libgcc'] : []), // what a dynamically linked Rust program takes from Alpine
      ...build.packages,
    ],
    uid: `${user.uid}`,
    gid: `${user.gid}`,
    folders: service.volume ? [service.volume.path] : [],
    copy: copyPaths([`/src/target/release/${build.binary}`, destination]),
    title: JSON.stringify(`${input.stack.name} ${name}`),
    ports: ports.map(({ port }) => `${port}`),
    stopSignal: policy.stop.signal,
    scripts: rendered.held ? [`${ENTRYPOINT_FILE} ${ENTRYPOINT_PATH}`] : [],
    healthCheck: (check ? [check] : []).map((one) => ({
      options: `--interval=${one.intervalSeconds}s --timeout=${one.timeoutSeconds}s --start-period=${one.startSeconds}s --retries=${one.retries}`,
      test: JSON.stringify(one.test),
    })),
    entrypoint: entrypoint.length > 0 ? [JSON.stringify(entrypoint)] : [],
    command: program.length > 0 ? [JSON.stringify(program)] : [],
  });
  const ignored = [...headerLines(input), '', 'What the build does not need, or must not see.'];
  return [
    { path: `${name}/Dockerfile`, contents: dockerfile },
    { path: `${name}/.dockerignore`, contents: template.ignore({ header: commentLines(ignored) }) },
  ];
}

/** Whether a health check of the image, or of a container that Compose or the run script starts, runs curl. */
function asksByCurl(rendered: RenderedService): boolean {
  const checks = [healthCheckOf(rendered, 'is-replaced'), healthCheckOf(rendered, 'waits')];
  return checks.some((check) => check?.ownCommand === false);
}

/**
 * Paths of a COPY in a Dockerfile, which takes variables and quotes in a list of JSON too.
 * @see https://docs.docker.com/reference/dockerfile/#environment-replacement
 */
export function copyPaths(paths: readonly string[]): string {
  if (paths.every((path) => /^[A-Za-z0-9_./-]+$/.test(path))) return paths.join(' ');
  return JSON.stringify(paths.map((path) => processText(path, 'build').replace(/[\\$"']/g, '\\$&')));
}

function runScript(input: RenderInput, rendered: RenderedService): string {
  const { service, policy } = rendered;
  const start = startOf(rendered);
  return dockerRun({
    header: commentLines([...headerLines(input), '', ...notesOf(input, rendered)]),
    image: `\${IMAGE:-${imageOf(service)}}`,
    network: `\${NETWORK:-${input.stack.name}}`,
    secrets: policy.secrets.map(({ name, does }) => ({ name, does: oneLine(does) })),
    beside: start.mounted || service.files.length > 0,
    command: start.words.map(({ words, reason }) => ({
      reason: oneLine(reason ?? 'the program with its settings'),
      words: shWords(words),
    })),
    logging: shWords([
      ...['--log-driver', LOGGING.driver],
      ...Object.entries(LOGGING.options).flatMap(([key, value]) => ['--log-opt', `${key}=${value}`]),
    ]),
    options: optionsOf(input, rendered).map(({ reason, words }) => ({ reason: oneLine(reason), words })),
  });
}

interface Start {
  /** What the container runs; absent where it is the image's own. */
  entrypoint?: { program: string; reason: string };
  words: Words[];
  /** Whether the entry point is mounted: an image that is built here has its own. */
  mounted: boolean;
}

function startOf(rendered: RenderedService): Start {
  if (rendered.held) {
    if (rendered.service.build) return { words: [], mounted: false };
    return {
      entrypoint: { program: '/bin/sh', reason: 'a shell computes the values, then becomes the program' },
      words: [{ words: [ENTRYPOINT_PATH] }, { words: programWords(rendered) }],
      mounted: true,
    };
  }
  const wrapper = secretsWrapper(rendered, 'environment', true);
  if (wrapper) {
    const reason = 'the program takes a secret as a flag: a shell in the container adds it';
    const words = [{ words: ['-euc', wrapper.script], reason }, ...wrapper.words];
    return { entrypoint: { program: '/bin/sh', reason }, words, mounted: false };
  }
  const [program, ...words] = rendered.service.entrypoint ?? [];
  const reason = 'named by the stack, so that every target starts the same';
  return {
    ...(program !== undefined && { entrypoint: { program, reason } }),
    words: [...(words.length > 0 ? [{ words, reason }] : []), ...argumentsOf(rendered)],
    mounted: false,
  };
}

function containerName({ stack }: RenderInput, { service }: RenderedService): string {
  return `${stack.name}-${service.name}`;
}

/** How the script is used, which variables it reads, and on several machines what it can't know. */
function notesOf(input: RenderInput, rendered: RenderedService): string[] {
  const { plan, stack } = input;
  const { service, policy } = rendered;
  const name = containerName(input, rendered);
  const port = mainPortOf(service)?.port;
  const entry = publishedPort(stack, service);
  const published = entry === undefined ? '' : ` PUBLISH_ADDRESS=127.0.0.1 PUBLISH_PORT=${entry}`;
  const notes = [
    `Starts the container ${name} with what was planned for it. Options of docker run may follow; they win:`,
    '  ./docker-run.sh --log-driver journald',
    `A container of that name is not replaced; stop it first (it has ${service.terminationGraceSeconds} s to finish):`,
    `  docker stop ${name} && docker rm ${name}`,
    'Variables that it reads, with what they are otherwise:',
    `  IMAGE=${service.image} NETWORK=${stack.name}${published}`,
  ];
  if (policy.secrets.length > 0)
    notes.push('Secrets, which the caller exports:', `  ${policy.secrets.map((secret) => secret.name).join(' ')}`);
  if (!service.shell) notes.push('No health check: Docker would give its command to a shell, and the image has none.');
  notes.push(...programsNote([rendered], 'environment'), ...machineSysctlNotes(input, [rendered]));
  if (plan.machines.length > 1 && port !== undefined) {
    const machine = plan.machines.find(({ services }) => services.includes(service.name));
    notes.push(
      `For the machine ${machine?.name}; services on other machines reach it only where it is published:`,
      `  ./docker-run.sh --publish <address in the private network>:${port}:${port}`,
    );
  }
  return notes;
}

interface OptionGroup {
  reason: string;
  /** Quoted for the shell. */
  words: string;
}

function optionsOf(input: RenderInput, rendered: RenderedService): OptionGroup[] {
  const { stack } = input;
  const { service, policy, plan } = rendered;
  const groups: OptionGroup[] = [];
  const add = (reason: string, ...words: string[]) => groups.push({ reason, words: shWords(words) });
  const name = containerName(input, rendered);
  const user = userOf(input, service);
  const memoryMiB = memoryOf(rendered);
  const memory = formatDockerMemory(memoryMiB);

  add('in the background, and again after a crash or a reboot', '--detach', '--restart', 'unless-stopped');
  groups.push({
    reason: `found by other containers as ${service.name}`,
    words: `--name ${name} --network "$network" --network-alias ${service.name}`,
  });
  const port = publishedPort(stack, service);
  if (port !== undefined) {
    groups.push({
      reason:
        'reached from this machine only, unless PUBLISH_ADDRESS says more: Docker publishes past ufw and firewalld',
      words: `--publish "\${PUBLISH_ADDRESS:-127.0.0.1}:\${PUBLISH_PORT:-${port}}:${port}"`,
    });
  }
  for (const [key, value] of Object.entries(labelsOf(stack, service)))
    add('label of the stack', '--label', `${key}=${processText(value, `services.${service.name}.deploy.labels`)}`);

  if (plan.limits.cpuMillis === undefined)
    add(
      'no CPU limit, as the stack asks; a weight for when others compete',
      '--cpu-shares',
      `${cpuSharesOf(rendered)}`,
    );
  else add(`${formatCores(plan.limits.cpuMillis)} CPUs`, '--cpus', formatCores(plan.limits.cpuMillis));
  add(
    `${formatMiB(memoryMiB)}, of which ${formatMiB(plan.ledger.headroomMiB)} stay free on purpose; no swap, which a memory limit alone would allow as much again`,
    ...['--memory', memory, '--memory-swap', memory],
  );
  if (plan.sharedMemoryMiB !== undefined)
    add(
      `/dev/shm, part of the memory: ${policy.sharedMemory?.why ?? ''}`,
      ...['--shm-size', formatDockerMemory(plan.sharedMemoryMiB)],
    );
  for (const { key, value, why } of sysctlsOf(input, rendered).own) add(why, '--sysctl', `${key}=${value}`);
  groups.push({
    reason: 'connections are open files; a rootless engine may need OPEN_FILES to be less (ulimit -Hn)',
    words: `--ulimit "nofile=${MAX_OPEN_FILES}"`,
  });

  add('never root, and no way to become it', '--user', `${user.uid}:${user.gid}`);
  add('no privileges beyond the user', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges');
  add('nothing in the image can be changed', '--read-only');
  for (const folder of memoryFoldersOf(rendered))
    add(
      `written at run time, in memory: files count against the limit, so a part of the headroom bounds them`,
      ...['--tmpfs', `${folder.path}:${memoryFolderOptions(service, folder)}`],
    );
  if (service.volume)
    add('its data outlive the container', '--mount', `type=volume,source=${name},target=${service.volume.path}`);

  add('an init process passes signals on and reaps what is left over', '--init');
  add(
    `${policy.stop.why}; then ${formatCount(service.terminationGraceSeconds)} s to finish`,
    ...['--stop-signal', policy.stop.signal, '--stop-timeout', `${service.terminationGraceSeconds}`],
  );
  // Docker gives the command of a check to a shell.
  const check = service.shell ? healthCheckOf(rendered, 'waits') : undefined;
  if (check)
    add(
      `up to ${formatCount(check.startSeconds)} s to start: ${policy.startupSeconds.why}`,
      ...['--health-cmd', healthCommand(check), '--health-interval', `${check.intervalSeconds}s`],
      ...['--health-timeout', `${check.timeoutSeconds}s`, '--health-retries', `${check.retries}`],
      ...['--health-start-period', `${check.startSeconds}s`],
    );
  const { entrypoint, mounted } = startOf(rendered);
  if (entrypoint) add(entrypoint.reason, '--entrypoint', entrypoint.program);
  if (mounted)
    groups.push({
      reason: 'computes the values at start',
      words: `--mount 'type=bind,"source='"$here/${ENTRYPOINT_FILE}"'",target=${ENTRYPOINT_PATH},readonly'`,
    });
  for (const { path, why } of service.files)
    groups.push({
      reason: why,
      words: `--mount "type=bind,source=$here/${baseName(path)},target=${path},readonly"`,
    });
  for (const { name: secret, does } of policy.secrets) add(`secret: ${does}`, '--env', secret);
  for (const { key, text, reason } of containerEnvironment(rendered)) add(reason, '--env', `${key}=${text}`);
  return groups;
}

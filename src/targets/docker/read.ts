/** The run scripts read back: what `docker run` would get from them. */
import { programOf } from '../../deliveries/delivery.ts';
import type { Told } from '../../deliveries/read.ts';
import type { Finding } from '../../errors/errors.ts';
import { finding } from '../../errors/findings.ts';
import type { Policy } from '../../policy/policy.ts';
import { baseName } from '../../stack/stack.ts';
import { tryDockerMemory, tryKubernetesCpu } from '../../units.ts';
import { secretFindings, secretNames } from '../secrets.ts';
import type { Artifact, Observed, ObservedService, RenderInput } from '../target.ts';
import { readParameters } from '../values.ts';

const RUN_SCRIPT = /^(.*)\/docker-run\.sh$/;

export function read(artifacts: readonly Artifact[], input: RenderInput): Observed {
  const findings: Finding[] = [];
  const services: Record<string, ObservedService> = Object.create(null);
  const secrets = secretNames(input);
  for (const { path, contents } of artifacts) {
    const name = RUN_SCRIPT.exec(path)?.[1];
    if (name === undefined) continue;
    const call = parseRun(argumentsOfScript(contents));
    const service = input.stack.services.find((candidate) => candidate.name === name);
    const policy = service && input.policies[service.policy];
    if (service === undefined || policy === undefined) {
      findings.push(finding('SERVICE_DIFFERS', path, `expected a service of the stack, got ${name}`));
      continue;
    }
    const memory = call.options.get('memory');
    const memorySwap = call.options.get('memory-swap');
    const cpus = call.options.get('cpus');
    const sharedMemory = call.options.get('shm-size');
    if (memory === undefined || memorySwap !== memory)
      findings.push(
        finding('SWAP_ALLOWED', path, `expected --memory-swap equal to --memory, got ${memorySwap} and ${memory}`),
      );
    const environment = new Map<string, string>();
    for (const [option, text] of call.all) {
      const at = text.indexOf('=');
      if (option === 'env' && at >= 0) environment.set(text.slice(0, at), text.slice(at + 1));
    }
    findings.push(...secretFindings(secrets, environment, path));
    const stated = service.deploy?.entrypoint ?? [];
    const entrypoint = call.options.get('entrypoint');
    const first = call.command.slice(0, Math.max(2, stated.length - 1));
    const kept = isSame([entrypoint, ...first.slice(0, stated.length - 1)], stated);
    const command =
      entrypoint === undefined
        ? call.command
        : programWordsRead(
            kept ? stated : [entrypoint, ...first],
            call.command.slice(kept ? stated.length - 1 : 2),
            stated,
          );
    services[name] = {
      limits: {
        ...(cpus !== undefined && { cpuMillis: tryCores(cpus) ?? Number.NaN }),
        memoryMiB: tryDockerMemory(memory ?? '') ?? Number.NaN,
      },
      sharedMemoryMiB: sharedMemory === undefined ? undefined : (tryDockerMemory(sharedMemory) ?? Number.NaN),
      ...(input.held
        ? { environment }
        : { parameters: parametersRead(policy, environment, command, besideText(artifacts, name)) }),
    };
  }
  return { services, findings };
}

/** The program's words: a shell that stands before the entry point that the stack states is given that first. */
export function programWordsRead(
  entrypoint: readonly string[] | undefined,
  command: readonly string[],
  stated: readonly string[] = [],
): readonly string[] {
  return entrypoint === undefined || isSame(entrypoint, stated) ? command : command.slice(stated.length);
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Values by parameter, from wherever the policy delivers them: files lie beside, in the service's folder. */
export function parametersRead(
  policy: Policy,
  environment: ReadonlyMap<string, string>,
  command: readonly string[],
  fileText: Told['fileText'],
): Record<string, number> {
  const words = command.slice(programOf(policy.deliveries).length);
  return readParameters(policy, { environment, words, ...(fileText && { fileText }) });
}

/** The files of a service that lie beside its deploy file. */
export function besideText(artifacts: readonly Artifact[], service: string): NonNullable<Told['fileText']> {
  return (name, path) =>
    artifacts.find((artifact) => artifact.path === `${service}/${baseName(path ?? name)}`)?.contents;
}

/** The files of a service that a shell writes before it starts the program. */
export function writtenText(entrypoint: readonly string[] = []): NonNullable<Told['fileText']> {
  const commands = [...shellCommands(entrypoint[2] ?? '')];
  return (_, path) => commands.find(([name, , , , to]) => name === 'printf' && to === path)?.[2] as string | undefined;
}

/** Millicores that Docker reads from a number of CPUs. */
export function tryCores(text: string): number | undefined {
  return /^\d+(\.\d{1,3})?$/.test(text) ? tryKubernetesCpu(text) : undefined;
}

/** Options that take no value. */
const SWITCHES = new Set(['--detach', '--init', '--read-only']);

/** A command line of `docker run` as Docker takes it apart: of an option given twice the last counts, `all` has both. */
function parseRun(words: readonly string[]) {
  const all: [name: string, value: string][] = [];
  let at = 0;
  for (; words[at]?.startsWith('--'); at += 1) {
    const option = words[at]!;
    if (SWITCHES.has(option)) continue;
    at += 1;
    all.push([option.slice(2), words[at] ?? '']);
  }
  return { all, options: new Map(all), command: words.slice(at + 1) };
}

/** The caller's own arguments, of which there are none. */
const ALL_ARGUMENTS = Symbol('"$@"');
type Word = string | typeof ALL_ARGUMENTS;

/** What `"$@"` holds at the end of a script that builds it up by `set --`. */
function argumentsOfScript(text: string): string[] {
  let built: string[] = [];
  for (const words of shellCommands(text)) {
    if (words[0] !== 'set' || words[1] !== '--') continue;
    built = words.slice(2).flatMap((word) => (word === ALL_ARGUMENTS ? built : [word]));
  }
  return built;
}

/** A comment, a text in quotes, an escape, what separates words or commands, and what words are made of. */
const SHELL_TOKENS = /(?<![^ \n;])#[^\n]*|'([^']*)'|"([^"]*)"|\\([\s\S])|[ \n;]|[^ \n;'"\\#]+|#/g;

/** Simple commands of a POSIX shell script, quotes removed; variables other than `"$@"` are left as they stand. */
function shellCommands(text: string): Word[][] {
  const commands: Word[][] = [];
  let command: Word[] = [];
  let word: string | undefined;
  for (const [token, single, double, escaped] of text.matchAll(SHELL_TOKENS)) {
    if (token === '"$@"') command.push(ALL_ARGUMENTS);
    else if (escaped !== undefined) word = `${word ?? ''}${escaped === '\n' ? '' : escaped}`;
    else if (token === ' ' || token === '\n' || token === ';') {
      if (word !== undefined) command.push(word);
      word = undefined;
      if (token === ' ') continue;
      commands.push(command);
      command = [];
    } else if (word !== undefined || token[0] !== '#') word = `${word ?? ''}${single ?? double ?? token}`;
  }
  return commands;
}

/** What a Compose file says of each service, as far as sizes depend on it. Nothing is refused: what is not understood is listed. */
import { type Filled, interpolate } from './interpolate.ts';
import { at, type Tree } from './tree.ts';
import { splitWords } from './words.ts';

/** A text of the file, its variables replaced as far as the file and its `.env` say them. */
export interface Value extends Filled {
  line: number;
}

/** A container as a file of the user's describes it. */
export interface Workload {
  name: string;
  line: number;
  image?: Value;
  /** Whether it is built from sources. */
  built: boolean;
  /** Words, where the file has them. */
  entrypoint?: readonly Value[];
  command?: readonly Value[];
  environment: ReadonlyMap<string, Value>;
  /** Whether further variables are in files of their own. */
  environmentFiles: boolean;
  /** Paths that are mounted into the container. */
  mounts: readonly Value[];
  limits: { memory?: Value; cpus?: Value };
}

export interface Manifest {
  workloads: readonly Workload[];
  /** What was not understood. */
  unread: readonly { line: number; what: string }[];
}

/**
 * The services of a Compose file.
 * @param documents those of the file
 * @param variables of the `.env` beside it
 */
export function readCompose(documents: readonly Tree[], variables: ReadonlyMap<string, string>): Manifest {
  const unread: { line: number; what: string }[] = [];
  const workloads = documents.flatMap((document) => {
    for (const key of ['include', 'extends']) {
      const other = at(document, key);
      if (other) unread.push({ line: other.line, what: `${key}: other files are not followed` });
    }
    const services = at(document, 'services');
    if (services?.kind !== 'map') {
      unread.push({ line: (services ?? document).line, what: 'expected services by name, got none' });
      return [];
    }
    return [...services.members].map(([name, service]) => workloadOf(name, service, { variables, unread }));
  });
  if (documents.length === 0) unread.push({ line: 1, what: 'expected services by name, got an empty file' });
  return { workloads, unread };
}

interface Context {
  variables: ReadonlyMap<string, string>;
  unread: { line: number; what: string }[];
}

function workloadOf(name: string, service: Tree, context: Context): Workload {
  const { unread } = context;
  if (service.kind !== 'map' && !(service.kind === 'text' && service.text === null))
    unread.push({ line: service.line, what: `${name}: expected a map, got a ${service.kind}` });
  const other = at(service, 'extends');
  if (other) unread.push({ line: other.line, what: `${name}.extends: what it extends is not followed` });
  const value = (node: Tree | undefined, key: string): Value | undefined => valueAt(node, `${name}.${key}`, context);
  const words = (key: string) => wordsAt(at(service, key), `${name}.${key}`, context);
  const limits = at(service, 'deploy', 'resources', 'limits');
  const image = value(at(service, 'image'), 'image');
  const memory = value(at(limits, 'memory') ?? at(service, 'mem_limit'), 'memory');
  const cpus = value(at(limits, 'cpus') ?? at(service, 'cpus'), 'cpus');
  const [entrypoint, command] = [words('entrypoint'), words('command')];
  return {
    name,
    line: service.line,
    ...(image && { image }),
    built: at(service, 'build') !== undefined,
    ...(entrypoint && { entrypoint }),
    ...(command && { command }),
    environment: environmentOf(at(service, 'environment'), name, context),
    environmentFiles: at(service, 'env_file') !== undefined,
    mounts: [...mountsOf(at(service, 'volumes'), context), ...mountsOf(at(service, 'configs'), context)],
    limits: { ...(memory && { memory }), ...(cpus && { cpus }) },
  };
}

function valueAt(node: Tree | undefined, path: string, { variables, unread }: Context): Value | undefined {
  if (node === undefined || (node.kind === 'text' && node.text === null)) return undefined;
  if (node.kind === 'text') return { ...interpolate(node.text!, variables), line: node.line };
  unread.push({ line: node.line, what: `${path}: expected a text, got a ${node.kind}` });
  return undefined;
}

/** A list as it is, or a text as Compose splits it. */
function wordsAt(node: Tree | undefined, path: string, context: Context): Value[] | undefined {
  if (node?.kind === 'list')
    return node.items.flatMap((item, index) => valueAt(item, `${path}.${index}`, context) ?? []);
  const value = valueAt(node, path, context);
  if (value === undefined) return undefined;
  const words = splitWords(value.text);
  if (words) return words.map((text) => ({ ...value, text }));
  context.unread.push({ line: value.line, what: `${path}: expected closed quotes, got ${value.text}` });
  return undefined;
}

/** `KEY=value` in a list, or a map. A name alone is taken of the environment of whoever starts it. */
function environmentOf(node: Tree | undefined, name: string, context: Context): Map<string, Value> {
  const environment = new Map<string, Value>();
  const inherited = (key: string, line: number): Value => ({ text: `\${${key}}`, open: [key], line });
  if (node?.kind === 'map')
    for (const [key, member] of node.members)
      environment.set(key, valueAt(member, `${name}.environment.${key}`, context) ?? inherited(key, member.line));
  if (node?.kind === 'list')
    for (const item of node.items) {
      const value = valueAt(item, `${name}.environment`, context);
      const [, key, text] = /^([^=]+)(?:=(.*))?$/s.exec(value?.text ?? '') ?? [];
      if (value === undefined || key === undefined) continue;
      environment.set(key, text === undefined ? inherited(key, value.line) : { ...value, text });
    }
  return environment;
}

/** Paths in the container: `./redis.conf:/etc/redis.conf:ro`, or `target`. */
function mountsOf(node: Tree | undefined, context: Context): Value[] {
  if (node?.kind !== 'list') return [];
  return node.items.flatMap((item) => {
    if (item.kind === 'map') return valueAt(at(item, 'target'), 'target', context) ?? [];
    const value = valueAt(item, 'volumes', context);
    const target = value?.text.split(':').find((part, index) => index > 0 && part.startsWith('/'));
    return value === undefined || target === undefined ? [] : { ...value, text: target };
  });
}

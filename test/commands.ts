/** The package's own data without a build, and commands run in memory. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import type { Io } from '../src/cli/io.ts';
import { run } from '../src/cli/main.ts';
import { sha256 } from '../src/files/hashes.ts';
import type { BuiltInData, Files } from '../src/files/library.ts';
import { familyFromYaml, policyFromYaml, stackFromYaml } from '../src/files/parse.ts';
import type { Policy } from '../src/policy/policy.ts';
import { memoryFiles } from './samples.ts';

const repository = (path: string): string | undefined => {
  const url = new URL(`../${path}`, import.meta.url);
  return existsSync(url) ? readFileSync(url, 'utf8') : undefined;
};
const built = new Map<string, BuiltInData | undefined>();

/** What the build makes of a file of the repository, without a build. */
function builtInData(path: string): BuiltInData | undefined {
  const text = repository(`${path}.yaml`);
  if (text === undefined) return undefined;
  const file = `${path}.yaml`;
  if (path.startsWith('profiles/')) return { source: sha256(text), ...familyFromYaml(text, file) };
  if (path.startsWith('policies/')) return { source: sha256(text), text, ...policyFromYaml(text, file) };
  const policyNamed = (name: string) => builtInData(`policies/${name}`)!.value as Policy;
  return { source: sha256(text), ...stackFromYaml(text, file, policyNamed) };
}

/** The package's own stacks, policies and machines, with a user's files and the kernel's beside them. */
export function packageFiles(
  user: Readonly<Record<string, string>> = {},
  system: Readonly<Record<string, string>> = {},
): Files {
  // As in the repository, whose only stack is the one that is meant, unless a user's own is.
  const stack = 'stacks/spatialvortex/stack.yaml';
  const mine = Object.keys(user).some((path) => path.endsWith('stack.yaml'));
  const own = memoryFiles(mine ? user : { [stack]: repository(stack)!, ...user }, {}, system);
  return {
    ...own,
    readData: (path) => {
      if (!built.has(path)) built.set(path, builtInData(path));
      return built.get(path);
    },
    listData: (folder) => readdirSync(new URL(`../${folder}`, import.meta.url)),
  };
}

/** Runs a command as a process would; files below `root` where it writes. */
export async function runCommand(
  argv: readonly string[],
  { files = packageFiles(), root = '/nowhere', env = {} }: { files?: Files; root?: string; env?: Io['env'] } = {},
): Promise<{ exit: number; out: string; err: string }> {
  const printed = { out: '', err: '' };
  const exit = await run(argv, {
    out: (text) => {
      printed.out += text;
    },
    err: (text) => {
      printed.err += text;
    },
    env,
    files,
    resolve: (path) => posix.resolve(root, path),
    input: () => '',
  });
  return { exit, ...printed };
}

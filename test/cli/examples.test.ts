/** The program's help and every command's end with three examples, and each of them runs as it stands, in a temporary folder. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import type { Files } from '../../src/files/library.ts';
import { nodeFiles } from '../../src/files/node-files.ts';
import { listCatalogue } from '../gathered.ts';
import { cloudOutput, filesWith, root } from '../hardware/catalogue/support.ts';

const folder = mkdtempSync(join(tmpdir(), 'sizewright-examples-'));
afterAll(() => rmSync(folder, { recursive: true }));

const machines = (provider: 'aws' | 'gcp' | 'azure', family: string) =>
  cloudOutput(provider, listCatalogue(filesWith(), { family: `${provider}:${family}` }));

const COMPOSE = 'services:\n  db:\n    image: postgres:17\n    mem_limit: 1g\n';

/** What the program before the pipe would print. */
const INPUTS: Readonly<Record<string, () => string>> = {
  'docker logs': () =>
    'SIZEWRIGHT_STARTED=stack=spatialvortex service=api cpuMillis=4000 memoryMiB=8192 availableMiB=7245\n',
  'docker compose': () => COMPOSE,
  'aws ec2': () => machines('aws', 'c6i'),
  'gcloud compute': () => machines('gcp', 'n2'),
  'az vm': () => machines('azure', 'Dsv5'),
  'curl -s': () => 'redis_config_maxmemory 1\n',
};

/** Nothing has to listen where these ask; whatever does, is asked. */
const ASKS_A_SERVER = /--(prometheus|postgres|redis) /;

/** A machine of 64 GiB. */
const HOST = join(import.meta.dirname, '../fixtures/cgroup/unlimited');
const files: Files = {
  ...nodeFiles(folder, join(root, 'dist/data')),
  readSystem: (path) => {
    if (path === '/proc/meminfo') return 'MemTotal: 67108864 kB\nMemAvailable: 60000000 kB\n';
    return existsSync(join(HOST, path)) ? readFileSync(join(HOST, path), 'utf8') : undefined;
  },
};

async function cli(argv: readonly string[], input = ''): Promise<{ exit: number; out: string; err: string }> {
  const printed = { out: '', err: '' };
  const exit = await run(argv, {
    out: (text) => {
      printed.out += text;
    },
    err: (text) => {
      printed.err += text;
    },
    env: {},
    files,
    resolve: (path) => join(folder, path),
    input: () => input,
  });
  return { exit, ...printed };
}

/** The commands that a help lists, with those inside of them. */
async function commandsIn(...above: string[]): Promise<string[][]> {
  const { out } = await cli([...above, '--help']);
  const listed = /\nCommands:\n((?: {2}.*\n)+)/.exec(out)?.[1] ?? '';
  const names = [...listed.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => [...above, name!]);
  return (await Promise.all(names.map(async (words) => [words, ...(await commandsIn(...words))]))).flat();
}

/** Every second line of the last section: the others say what the next does. */
async function examplesOf(words: readonly string[]): Promise<string[]> {
  const { out } = await cli([...words, '--help']);
  const lines = out
    .slice(out.indexOf('\nExamples:\n') + '\nExamples:\n'.length)
    .trimEnd()
    .split('\n');
  expect(lines).toEqual(lines.map((_, index) => expect.stringMatching(index % 2 === 0 ? /^ {2}# \S/ : /^ {2}[a-z]/)));
  return lines.filter((_, index) => index % 2 === 1).map((line) => line.trim());
}

/** The words that a shell would give to the program. */
function argvIn(line: string): string[] {
  const [, words] = /\bsizewright ((?:'[^']*'|[^'|>)])*)/.exec(line)!;
  return words!.match(/(?:'[^']*'|[^\s'])+/g)!.map((word) => word.replaceAll("'", ''));
}

const COMMANDS = await commandsIn();

beforeAll(async () => {
  cpSync(join(root, 'stacks'), join(folder, 'stacks'), { recursive: true });
  writeFileSync(join(folder, 'prices.csv'), 'name,price\nc6i.8xlarge,1.36\nm7g.2xlarge,0.3264\nr6i.2xlarge,0.504\n');
  for (const name of ['compose.yaml', 'other.yaml']) writeFileSync(join(folder, name), COMPOSE);
  expect((await cli(['synth', '--profile', 'c6i.8xlarge'])).exit).toBe(0); // plan.json for verify
});

it('finds every command by its help', () => {
  expect(COMMANDS.map((words) => words.join(' '))).toEqual([
    ...['size', 'audit', 'synth', 'plan', 'explain', 'compare', 'diff', 'detect', 'profiles'],
    ...['profiles list', 'profiles search', 'profiles show', 'profiles import'],
    ...['fit', 'sweep', 'verify', 'completion'],
  ]);
});

describe.each([[], ...COMMANDS].map((words) => [words.join(' '), words] as const))(
  'sizewright %s',
  async (name, words) => {
    const examples = await examplesOf(words);

    it('has three examples', () => {
      expect(new Set(examples).size).toBe(3);
      expect(examples).toHaveLength(3);
      for (const line of examples) expect(argvIn(line).join(' ')).toMatch(new RegExp(`^${name}\\b`));
    });

    it.each(examples)('%s', async (line) => {
      const input = Object.keys(INPUTS).find((program) => line.startsWith(program));
      const { exit, err } = await cli(argvIn(line), input && INPUTS[input]!());
      if (exit === 1 && ASKS_A_SERVER.test(line)) expect(err).toMatch(/^sizewright: SOURCE_UNREACHABLE\n/);
      else expect([0, 2], err).toContain(exit);
    });
  },
);

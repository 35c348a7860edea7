/** What the documents show is what the program prints. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { run } from '../src/cli/main.ts';
import { nodeFiles } from '../src/files/node-files.ts';
import { targets } from '../src/targets/index.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

async function stdoutOf(argv: string[]): Promise<string> {
  let stdout = '';
  await run(argv, {
    out: (text) => {
      stdout += text;
    },
    err: () => {},
    env: {},
    isTerminal: false,
    files: nodeFiles(root, join(root, 'dist/data')),
    resolve: (path) => resolve(root, path),
  });
  return stdout;
}

/** Lines as written; a line `...` stands for any number of lines. */
function toPattern(expected: string): RegExp {
  const escaped = expected.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/^\\\.\\\.\\\.$\n?/gm, '(?:.*\\n)*')}$`);
}

describe.each([
  'README.md',
  'docs/guide.md',
  'docs/pipelines.md',
  'docs/reference.md',
  'docs/spatialvortex.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
])('%s', (file) => {
  const text = readFileSync(join(root, file), 'utf8');

  const blocks = [...text.matchAll(/^```console\n\$ sizewright (.*)\n([\s\S]*?)^```$/gm)];
  it.each(blocks.map(([, command, output]) => ({ command: command!, output: output! })))(
    '$command',
    async ({ command, output }) => {
      const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
      expect(await stdoutOf(words)).toMatch(toPattern(output));
    },
  );

  it('links to files that exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)].map(([, path]) => path!);
    expect(links.filter((path) => !existsSync(resolve(root, dirname(file), path)))).toEqual([]);
  });
});

it('the guide names the targets that refuse --mode auto', () => {
  const [, named] = /The targets ([^;.]*?)\s+write exact values only/.exec(
    readFileSync(join(root, 'docs/guide.md'), 'utf8'),
  )!;
  const exact = targets.filter(({ computesAtStart }) => !computesAtStart).map(({ name }) => name);
  expect([...named!.matchAll(/`([^`]+)`/g)].map(([, name]) => name)).toEqual(exact);
});

it('the README is read in a few minutes', () => {
  const words = readFileSync(join(root, 'README.md'), 'utf8')
    .split(/\s+/)
    .filter((word) => word !== '');
  expect(words.length).toBeLessThanOrEqual(900);
});

/**
 * What the targets make of files with a hostile text in one of their fields, read by the programs that read it in the
 * end: beside files with a harmless text, nothing but that text is another.
 */
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { sameTree } from '../hostile/same-place.ts';
import { type Files, type Render, rendersOf } from './support/hostile-renders.ts';
import { run } from './support/run.ts';
import { buildTool } from './support/tools.ts';

type Read = Record<string, unknown>;

/** What a reader makes of many sets of files, in one process. */
async function readBy(tool: Parameters<typeof buildTool>[0], sets: readonly Files[]): Promise<Read[]> {
  const input = sets.map((files) => JSON.stringify(files)).join('\n');
  const lines = (await run(await buildTool(tool), [], { input })).trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

async function expectSame(
  tool: Parameters<typeof buildTool>[0],
  renders: readonly Render[],
  readable = (found: Read) => found,
): Promise<Read[]> {
  const sets = renders.flatMap(({ harmless, hostile }) => [harmless, hostile]);
  const read = (await readBy(tool, sets)).map(readable);
  for (const [index, { of, text }] of renders.entries()) {
    const [harmless, hostile] = [read[2 * index]!, read[2 * index + 1]!];
    expect(Object.keys(harmless)).not.toHaveLength(0);
    expect(JSON.stringify(harmless)).not.toContain('"error: ');
    expect({ of, text, differs: sameTree('', harmless, hostile, text) }).toEqual({ of, text, differs: [] });
  }
  return renders.map((_, index) => read[2 * index + 1]!);
}

/** `docker run --env-file` keeps the quotes of a value that needs them for the other readers. */
function withoutQuotes(found: Read): Read {
  const shown = ([path, lines]: [string, unknown]) =>
    path.startsWith('docker:')
      ? [path, (lines as string[]).map((line) => line.replace(/="(.*)"$/, '=$1'))]
      : [path, lines];
  return Object.fromEntries(Object.entries(found).map(shown));
}

describe('go-yaml', () => {
  test.each(['kubernetes', 'kustomize', 'cloud-run', 'monitoring', 'compose', 'pulumi'])('%s', async (target) => {
    const renders = await rendersOf(target, 60);
    const read = await expectSame('read-yaml', renders);
    for (const [index, { of, text, hostile }] of renders.entries())
      for (const [path, contents] of Object.entries(hostile)) {
        if (!path.endsWith('.yaml')) continue;
        const documents = parseAllDocuments(contents).map((document) => document.toJS());
        expect({ of, text, path, says: read[index]![path] }).toEqual({ of, text, path, says: documents });
      }
  });
});

test("Helm's engine", async () => {
  const renders = await rendersOf('helm', 60);
  const read = await expectSame('read-yaml', renders);
  for (const found of read) expect(Object.keys(found).join()).toMatch(/values-[^:]*\.yaml:shop\/templates\//);
});

describe('HCL', () => {
  test.each(['terraform', 'terraform-module'])('%s', async (target) => {
    await expectSame('read-hcl', await rendersOf(target, 60));
  });
});

describe("Docker's readers", () => {
  test('compose, as the project that is started', async () => {
    await expectSame('read-compose', await rendersOf('compose', 120));
  });

  test('.env', async () => {
    const read = await expectSame('read-compose', await rendersOf('env', 120), withoutQuotes);
    expect(JSON.stringify(read)).toContain('"docker:.env"');
  });
});

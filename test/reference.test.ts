/** `docs/reference.md` lists what the sources have. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERRORS } from '../src/errors/codes.ts';
import { FINDINGS, finding } from '../src/errors/findings.ts';
import { findPlatform, platformNames } from '../src/platforms/index.ts';
import { targets } from '../src/targets/index.ts';
import { runCommand } from './commands.ts';

const file = new URL('../docs/reference.md', import.meta.url);

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return [header, header.map(() => '---'), ...rows].map(line).join('');
}

/** The built-in platforms that a target renders plans for. */
const placesOf = ({ platforms }: (typeof targets)[number]) =>
  platformNames.filter((name) => platforms.includes(findPlatform(name).kind)).join(', ');

const SECTIONS: Readonly<Record<string, string>> = {
  Targets: table(
    ['target', 'is', 'platforms', 'files lie below', '`--mode auto`', 'made'],
    targets.map((target) => [
      `\`${target.name}\``,
      target.title,
      placesOf(target),
      target.scope === 'plan' ? 'the profile and its platform' : '`_all/`',
      target.computesAtStart ? 'yes' : 'no',
      target.onRequest ? 'where it is named' : 'always',
    ]),
  ),
  Errors: table(
    ['code', 'means', 'what to change'],
    Object.entries(ERRORS).map(([code, { means, remedy }]) => [`\`${code}\``, means, remedy]),
  ),
  Findings: table(
    ['code', 'level', 'means', 'what to do'],
    Object.entries(FINDINGS).map(([code, { level, means, remedy }]) => [`\`${code}\``, level, means, remedy]),
  ),
};

/** Each section is words and then its table, whatever table is there now. */
function withTables(text: string): string {
  const [head, ...sections] = text.split(/^## /m) as [string, ...string[]];
  const made = sections.map((section) => {
    const [heading] = section.split('\n', 1) as [string];
    if (!Object.hasOwn(SECTIONS, heading)) return `${section.trimEnd()}\n`;
    return `${section.replace(/^\|.*\n/gm, '').trimEnd()}\n\n${SECTIONS[heading]}`;
  });
  return [head, ...made].join('\n## ').replace('\n\n\n', '\n\n');
}

it('docs/reference.md has the tables of the sources', () => {
  const text = readFileSync(file, 'utf8');
  if (process.env.UPDATE_GOLDEN) writeFileSync(file, withTables(text));
  expect(readFileSync(file, 'utf8')).toBe(withTables(text));
  for (const heading of Object.keys(SECTIONS)) expect(text).toContain(`\n## ${heading}\n`);
});

describe('targets', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

  it('are the rows of a table in the README, with their platforms', () => {
    const [listed] = /\| target \|.*\n(?:\|.*\n)*/.exec(readme)!;
    const rows = [...listed.matchAll(/^\| `([a-z-]+)`(, on request)? \| (.*?) \|/gm)].map((row) => row.slice(1));
    expect(rows).toEqual(targets.map((target) => [target.name, target.onRequest && ', on request', placesOf(target)]));
  });

  it('are named by the help of --target, which loads none of them', async () => {
    const { out } = await runCommand(['synth', '--help']);
    const [, named, apart] = /--target <name> +([^;]*); repeatable \(default: all of the platform but ([a-z]+)\)/.exec(
      out.replace(/\s+/g, ' '),
    )!;
    expect(named!.split(/, | or /)).toEqual(targets.map(({ name }) => name));
    expect([apart]).toEqual(targets.filter(({ onRequest }) => onRequest).map(({ name }) => name));
  });

  it('and commands: the README lists those of the help', async () => {
    const { out } = await runCommand(['--help']);
    const [, commands] = /\nCommands:\n((?: {2}.*\n)+)/.exec(out)!;
    const [listed] = /\| command \|.*\n(?:\|.*\n)*/.exec(readme)!;
    const names = [...listed.matchAll(/^\| `([a-z]+)/gm)].map(([, name]) => name);
    expect(names).toEqual([...commands!.matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name));
  });
});

describe('findings', () => {
  it('have the level of their code', () => {
    expect(finding('OOM_KILLED', 'api.kills', 'expected none, got 2')).toEqual({
      code: 'OOM_KILLED',
      level: 'warning',
      path: 'api.kills',
      message: 'expected none, got 2',
    });
    expect(finding('IDLE_MEMORY', 'box', 'idle', { why: 'w', source: 's' })).toMatchObject({
      level: 'advice',
      why: 'w',
      source: 's',
    });
  });

  const root = new URL('../src/', import.meta.url);
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/errors.(codes|findings)\.ts$/.test(path))
    .map((path) => ({ path, text: readFileSync(new URL(path, root), 'utf8') }));

  it('are all raised somewhere', () => {
    const text = sources.map((source) => source.text).join('');
    const codes = [...Object.keys(ERRORS), ...Object.keys(FINDINGS)].filter((code) => !/^FILE_(?!DIFF|UN)/.test(code));
    expect(codes.filter((code) => !text.includes(`'${code}'`))).toEqual([]);
  });

  it('have no level where they are raised', () => {
    const stated = sources.filter(({ text }) => /\blevel: '(error|warning|advice)'(?! \|)/.test(text));
    // Advice of policies and stacks, and errors in reports.
    expect(stated.map(({ path }) => path).sort()).toEqual(['cli/reports/annotation.ts', 'plan/decide/advice.ts']);
  });

  it('have codes that no error has', () => {
    expect(Object.keys(FINDINGS).filter((code) => Object.hasOwn(ERRORS, code))).toEqual([]);
  });

  it('have a sentence for what they mean and one for what to do', () => {
    for (const { means, remedy } of [...Object.values(ERRORS), ...Object.values(FINDINGS)])
      for (const text of [means, remedy]) expect(text).toMatch(/^[A-Z\u0027].*\.$/);
  });
});

/** Units made of hostile texts, as systemd's own loader has them: many at once, without a systemd that runs. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sameTree } from '../hostile/same-place.ts';
import { temporaryFolder } from './support/generated.ts';
import { rendersOf, STARTED } from './support/hostile-renders.ts';
import { run } from './support/run.ts';
import { findTool } from './support/tools.ts';

const SIDES = ['harmless', 'hostile'] as const;
/** Where the text of an input file can stand. */
const FIELDS = /^\t+(Description|User|EnvironmentFile|ReadWritePaths|BindReadOnlyPaths|Command Line): (.*)$/;

/** What systemd says of each unit that it has loaded, and of lines that it does not take. */
async function loaded(units: Readonly<Record<string, string>>): Promise<Record<string, string[][]>> {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'units'));
  for (const [name, text] of Object.entries(units)) writeFileSync(join(folder, 'units', name), text);
  // It fails where a program is not there; in its log is where it stands in which file.
  const load = '"$0" verify --man=no units/* 2> log || :; grep -E "/units/[^:]+:[0-9]+: " log || :';
  const env = { SYSTEMD_LOG_LEVEL: 'debug', SYSTEMD_LOG_TARGET: 'console', SYSTEMD_UNIT_PATH: `${folder}/units:` };
  const printed = await run('sh', ['-c', load, await findTool('systemd-analyze')], { cwd: folder, env });
  const found: Record<string, string[][]> = Object.fromEntries(Object.keys(units).map((name) => [name, []]));
  let name = '';
  for (const line of printed.split('\n')) {
    name = /^\t-> Unit (.*):$/.exec(line)?.[1] ?? name;
    const [, field, value] = FIELDS.exec(line) ?? [];
    const refused = /\/units\/([^:]+):\d+: (.*)/.exec(line);
    if (refused) found[refused[1]!]!.push(['refused', refused[2]!]);
    else if (field !== undefined)
      found[name]?.push([field, ...(field === 'Command Line' ? wordsOf(value!) : [value!])]);
  }
  return found;
}

/** A command as it is told: words in quotes where they need them. `$$` is halved where it starts. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|([^ ]+)/g)].map(([, quoted, plain]) =>
    (plain ?? quoted!.replace(/\\(.)/g, '$1')).replaceAll('$$', () => '$'),
  );
}

test('a unit has the text where it was meant, and no other lines', async () => {
  const renders = await rendersOf('env', 400, { sites: STARTED });
  const units = renders.flatMap((render, index) =>
    SIDES.map((side) => [`r${index}-${side}.service`, render[side]['systemd/web.service']!] as const),
  );
  const found = await loaded(Object.fromEntries(units));
  let others = 0;
  for (const [index, { of, text }] of renders.entries()) {
    const [harmless, hostile] = SIDES.map((side) => found[`r${index}-${side}.service`]!);
    expect(harmless!.map(([field]) => field)).toContain('Command Line');
    expect({ of, text, differs: sameTree('', harmless, hostile, text, [text]) }).toEqual({ of, text, differs: [] });
    if (JSON.stringify(hostile) !== JSON.stringify(harmless)) others += 1;
  }
  expect(others).toBeGreaterThan(5);
});

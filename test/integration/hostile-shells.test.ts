/**
 * Scripts made of hostile texts, run by real shells: what they start is given the text as it was written, and nothing
 * that stands in it runs.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sameTree } from '../hostile/same-place.ts';
import { TEXTS } from '../hostile/texts.ts';
import { filesIn, temporaryFolder } from './support/generated.ts';
import { type Render, rendersOf, STARTED } from './support/hostile-renders.ts';
import { run } from './support/run.ts';
import { findTool } from './support/tools.ts';

/** Each makes a file where it runs. */
const COMMANDS = [
  '$(touch ran)',
  '`touch ran`',
  "'; touch ran; '",
  '"; touch ran; "',
  '\\"; touch ran #',
  '& touch ran &',
];
const SHELLS = [
  ['dash', []],
  ['busybox', ['sh']],
] as const;

/** Prints the words that Docker is given, and those of the health check as the container's shell parts them. */
const DOCKER = `#!/bin/sh
[ "$1" = run ] || exit 0
for word in "$@"; do
  if [ "\${before-}" = --health-cmd ]; then
    eval "set -- $word"
    printf '%s\\0' "$@"
  else
    printf '%s\\0' "$word"
  fi
  before=$word
done
`;
/** Prints its words and its variables. */
const PROGRAM = `#!/bin/sh
printf '%s\\0' "$@"
exec env -0
`;

/** Starts every script of a kind in its own folder, and keeps what it prints beside it. */
const START_ALL = `
set -eu
kind=$1; shift
for script in */*/*/"$kind"; do
  (cd "$(dirname "$script")" && "$@" "./$kind" program a 'b c' > told 2> said) || echo "$script failed: $(cat "$(dirname "$script")/said")"
done`;

/** What the scripts of renders print, by render: of the harmless files, then of the hostile ones. */
async function told(kind: string, renders: readonly Render[], shell: readonly string[]): Promise<[object, object][]> {
  const folder = temporaryFolder();
  const bin = join(folder, 'bin');
  for (const [index, { harmless, hostile }] of renders.entries())
    for (const [side, files] of Object.entries({ harmless, hostile }))
      for (const [path, contents] of Object.entries(files)) {
        const place = join(folder, `${index}`, side, path);
        mkdirSync(dirname(place), { recursive: true });
        // Its record goes beside the others, not into this machine's /tmp.
        writeFileSync(place, contents.replace('_sw_record_file=/tmp/', `_sw_record_file=${folder}/`));
      }
  mkdirSync(bin);
  for (const [name, text] of Object.entries({ docker: DOCKER, program: PROGRAM })) {
    writeFileSync(join(bin, name), text);
    chmodSync(join(bin, name), 0o755);
  }
  const granted = ['SIZEWRIGHT_CPU_MILLIS=4000', 'SIZEWRIGHT_MEMORY_MIB=8192', 'SIZEWRIGHT_AVAILABLE_MIB=7000'];
  const env = ['-i', `PATH=${bin}:${process.env.PATH}`, ...granted, 'SIZEWRIGHT_LOG=quiet', 'TOKEN=t', 'SESSION_KEY=s'];
  const failed = await run('env', [...env, 'sh', '-c', START_ALL, 'start', kind, ...shell], { cwd: folder });
  expect(failed).toBe('');
  const files = filesIn(folder);
  expect(files.filter((path) => path.endsWith('/ran'))).toEqual([]);
  return renders.map((_, index) => {
    const of = (side: string) => {
      const prefix = join(folder, `${index}`, side);
      const found = files.filter((path) => path.startsWith(`${prefix}/`) && path.endsWith('/told'));
      const words = (path: string) =>
        readFileSync(path, 'utf8')
          .replaceAll(prefix, '.')
          .replace(/ usedMiB=\d+/, '')
          .split('\0');
      return Object.fromEntries(found.map((path) => [path.slice(prefix.length), words(path)]));
    };
    return [of('harmless'), of('hostile')];
  });
}

const texts = [...TEXTS, ...COMMANDS];

describe.each(SHELLS)('%s', (name, mode) => {
  async function expectWhole(kind: string, renders: readonly Render[]): Promise<void> {
    const all = await told(kind, renders, [await findTool(name), ...mode]);
    for (const [index, { of, text }] of renders.entries()) {
      const [harmless, hostile] = all[index]!;
      expect(Object.keys(harmless)).toHaveLength(2); // services
      expect({ of, text, differs: sameTree('', harmless, hostile, text, [text]) }).toEqual({ of, text, differs: [] });
    }
  }

  test('docker-run.sh', async () => {
    await expectWhole('docker-run.sh', await rendersOf('docker', 100, { texts, sites: STARTED }));
  });

  test.each(['env', 'compose'])('entrypoint.sh of %s', async (target) => {
    await expectWhole('entrypoint.sh', await rendersOf(target, 80, { texts, mode: 'auto', sites: STARTED }));
  });
});

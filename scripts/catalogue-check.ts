/**
 * `npm run catalogue:check -- FILE.csv ...`: compares every row of tables of machines with the catalogue and prints each
 * difference. Exit 1 on a difference that is not explained below.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SizewrightError } from '../src/errors/errors.ts';
import { listCatalogue } from '../src/files/machines.ts';
import { nodeFiles } from '../src/files/node-files.ts';
import { gather } from '../src/gather.ts';
import { readMachineCsv } from '../src/hardware/catalogue/csv.ts';
import { type Difference, differencesOf } from '../src/hardware/catalogue/stated.ts';

/** The repository: this runs from a folder in it. */
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Where the catalogue is right and a table is not. */
const EXPLAINED: readonly (Difference & { why: string })[] = [
  {
    name: 'Standard_B1ls',
    fact: 'memoryMiB',
    stated: '0',
    ours: '512',
    why: 'the table rounds 0.5 GiB down to 0; the series page says 0.5 GiB',
  },
];

const explanationOf = ({ name, fact, stated, ours }: Difference): string | undefined =>
  EXPLAINED.find((one) => one.name === name && one.fact === fact && one.stated === stated && one.ours === ours)?.why;

/** @returns the exit code */
async function check(paths: readonly string[]): Promise<number> {
  if (paths.length === 0) {
    process.stderr.write('usage: npm run catalogue:check -- FILE.csv ...\n');
    return 64;
  }
  const files = nodeFiles(ROOT, join(ROOT, 'dist/data'));
  let unexplained = 0;
  for (const path of paths) {
    const { provider, machines } = readMachineCsv(readFileSync(path, 'utf8'), path);
    const ours = new Map((await gather(listCatalogue(files, { provider }))).map((machine) => [machine.name, machine]));
    const differences = machines.flatMap((stated) => differencesOf(stated, ours.get(stated.name)));
    for (const difference of differences) {
      const { name, fact, stated, ours: own } = difference;
      const why = explanationOf(difference);
      if (why === undefined) unexplained += 1;
      process.stdout.write(`${name}: ${fact}: ${stated} in the table, ${own} here${why ? ` (${why})` : ''}\n`);
    }
    for (const { name } of machines) ours.delete(name);
    const explained = differences.filter((difference) => explanationOf(difference) !== undefined).length;
    process.stdout.write(
      `${path}: ${machines.length} rows (${provider}), ${differences.length} differences, ${explained} of them explained` +
        `${ours.size > 0 ? `; ${ours.size} machines here are in no row: ${[...ours.keys()].slice(0, 5).join(', ')}` : ''}\n`,
    );
  }
  return unexplained > 0 ? 1 : 0;
}

try {
  process.exitCode = await check(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SizewrightError)) throw error;
  process.stderr.write(`${error.code}\n${error.message}\n`);
  process.exitCode = 1;
}

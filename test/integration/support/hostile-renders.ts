/** What a target makes of input files with a hostile text in one of their fields, and with a harmless one. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { RUNS, type Run, rendered, SITES } from '../../hostile/renders.ts';
import { TEXTS } from '../../hostile/texts.ts';

/** Texts by path below the target's folder. */
export type Files = Readonly<Record<string, string>>;
export interface Render {
  of: string;
  text: string;
  harmless: Files;
  hostile: Files;
}

/** What a program is started with, and around it. */
export const STARTED =
  /key$|unit$|settings\.mode\.(\(|v|b)|TOKEN\.flag|deliver|^stack stack|systemd|labels|image|entrypoint|GREETING|readiness/;

/** Of so many that are tried, the same ones in every run, of those that are not refused. */
export async function rendersOf(
  target: string,
  count: number,
  { texts = TEXTS, mode, sites = /./ }: { texts?: readonly string[]; mode?: Run['mode']; sites?: RegExp } = {},
): Promise<Render[]> {
  const runs = RUNS.filter((one) => one.target === target && (mode === undefined || one.mode === mode));
  const among = SITES.filter(({ file, path }) => sites.test(`${file} ${path.join('.')}`));
  const drawn = fc.sample(fc.record({ site: fc.constantFrom(...among), text: fc.constantFrom(...texts) }), {
    numRuns: count,
    seed: 2,
  });
  const found: Render[] = [];
  for (const [index, { site, text }] of drawn.entries()) {
    const one: Run = runs[index % runs.length]!;
    const both = await rendered(site, text, one);
    if (both === undefined) continue;
    const inTarget = (files: readonly { path: string; contents: string }[]) =>
      Object.fromEntries(
        files.flatMap(({ path, contents }) => {
          const [, inside] = path.split(`/${target}/`);
          // The user's own files are as they were.
          return inside === undefined || inside.startsWith('inputs/') ? [] : [[inside, contents]];
        }),
      );
    const of = `${site.file} ${site.path.join('.')} as ${site.delivery}, ${target} ${one.mode}`;
    found.push({ of, text, harmless: inTarget(both.harmless), hostile: inTarget(both.hostile) });
  }
  expect(found.length).toBeGreaterThan(10);
  return found;
}

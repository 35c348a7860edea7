import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { nodeFiles } from '../src/files/node-files.ts';
import { type SynthOptions, synthesize } from '../src/synth.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = nodeFiles(root, join(root, 'dist/data'));

interface Golden {
  /** Of the output, below the stack's name. */
  part: string;
  profiles: string[];
  /** Where it is committed, with the stack's name below it. */
  folder: string;
  options?: SynthOptions;
}

const golden = (part: string, options: SynthOptions = {}, folder = 'test/golden'): Golden => ({
  part,
  profiles: [part],
  folder,
  options,
});

/** Committed outputs, by folder: `npm run golden:update` writes them, and the same commit shows what changed. */
const goldens: Golden[] = [
  golden('c6i.8xlarge'),
  golden('t3.large'),
  golden('4cpu-8gi'),
  golden('1cpu-3gi'),
  golden('m7g.2xlarge', { platforms: ['ecs'], external: ['postgres', 'redis'] }),
  golden('8cpu-32gi', { platforms: ['fargate'], external: ['postgres', 'redis'] }),
  golden('2cpu-8gi', { platforms: ['cloud-run'], external: ['postgres', 'redis'] }),
  // With the bounds of the original document's ConfigMap.
  golden('4cpu-8gi', { mode: 'auto', max: ['api.ACTIX_WORKERS=32', 'api.CACHE_SIZE_MB=2048'] }, 'test/golden/auto'),
  golden('c6i.8xlarge', {}, 'docs/examples'),
  golden('c6i.8xlarge', { targets: ['monitoring'] }, 'test/golden/on-request'),
  { ...golden('_all'), profiles: ['4cpu-8gi', 'c6i.8xlarge'] },
];

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

describe.each(goldens)('$folder: $part', ({ part, profiles, folder, options }) => {
  it('is what a synth writes, file by file', async () => {
    const { artifacts } = await synthesize({ ...options, profiles }, files);
    const prefix = `spatialvortex/${part}/`;
    const written = artifacts
      .filter(({ path }) => path.startsWith(prefix))
      .map(({ path, contents }) => [path.slice(prefix.length), contents] as const);
    // docs/examples/c6i.8xlarge/…, without the stack's name
    const base = join(root, folder, folder === 'docs/examples' ? part : prefix);
    if (process.env.UPDATE_GOLDEN) {
      rmSync(base, { recursive: true, force: true });
      for (const [path, contents] of written) {
        mkdirSync(dirname(join(base, path)), { recursive: true });
        writeFileSync(join(base, path), contents);
      }
    }
    const expected = filesBelow(base).map((path) => [path, readFileSync(join(base, path), 'utf8')]);
    expect(Object.fromEntries(written)).toEqual(Object.fromEntries(expected));
  });
});

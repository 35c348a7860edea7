import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { nodeFiles } from '../src/sources/node-files.ts';
import { type SynthOptions, synthesize } from '../src/synth.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = nodeFiles(root, join(root, 'dist/data'));

/** Committed outputs, by folder: `npm run golden:update` writes them, and the same commit shows what changed. */
const goldens: { profile: string; folder: string; options?: SynthOptions }[] = [
  ...['c6i.8xlarge', 't3.large', '4cpu-8gi', '1cpu-3gi'].map((profile) => ({ profile, folder: 'test/golden' })),
  { profile: 'm7g.2xlarge', folder: 'test/golden', options: { platforms: ['ecs'] } },
  { profile: '8cpu-32gi', folder: 'test/golden', options: { platforms: ['fargate'] } },
  {
    profile: '2cpu-8gi',
    folder: 'test/golden',
    options: { platforms: ['cloud-run'], external: ['postgres', 'redis'] },
  },
  // With the bounds of the original document's ConfigMap.
  {
    profile: '4cpu-8gi',
    folder: 'test/golden/auto',
    options: { mode: 'auto', max: ['api.ACTIX_WORKERS=32', 'api.CACHE_SIZE_MB=2048'] },
  },
  { profile: 'c6i.8xlarge', folder: 'docs/examples' },
  { profile: 'c6i.8xlarge', folder: 'test/golden/on-request', options: { targets: ['monitoring'] } },
];

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

describe.each(goldens)('$folder: $profile', ({ profile, folder, options }) => {
  it('is what a synth writes, file by file', async () => {
    const { artifacts } = await synthesize({ ...options, profiles: [profile] }, files);
    // docs/examples/c6i.8xlarge/…, without the stack's name
    const place = (path: string) => (folder === 'docs/examples' ? path.slice(path.indexOf('/') + 1) : path);
    const base = join(root, folder, place(`spatialvortex/${profile}`));
    if (process.env.UPDATE_GOLDEN) {
      rmSync(base, { recursive: true, force: true });
      for (const artifact of artifacts) {
        const file = join(root, folder, place(artifact.path));
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, artifact.contents);
      }
    }
    const expected = Object.fromEntries(filesBelow(base).map((path) => [path, readFileSync(join(base, path), 'utf8')]));
    const prefix = `spatialvortex/${profile}/`;
    expect(Object.fromEntries(artifacts.map(({ path, contents }) => [path.slice(prefix.length), contents]))).toEqual(
      expected,
    );
  });
});

/** The app in stacks/ as a user runs it: what cdktf writes is what the `terraform` target writes. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it, vi } from 'vitest';
import { nodeFiles } from '../../../src/files/node-files.ts';
import { synthesize } from '../../../src/synth.ts';
import { withoutGenerated } from './support.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sizewright-'));

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

it('writes the configuration of the terraform target', async () => {
  vi.stubEnv('CDKTF_OUTDIR', folder);
  process.argv.splice(2, Infinity, 'm7g.4xlarge');
  await import('../../../stacks/spatialvortex/terraform.ts');
  const written = readFileSync(join(folder, 'stacks/spatialvortex/cdk.tf.json'), 'utf8');

  const options = { profiles: ['m7g.4xlarge'], platforms: ['kubernetes'], targets: ['terraform'] };
  const { artifacts } = await synthesize(options, nodeFiles(root, join(root, 'dist/data')));
  const target = artifacts.find(({ path }) => path.endsWith('/cdk.tf.json'))!;
  const { '//': comment, ...expected } = JSON.parse(target.contents);
  expect(comment).toHaveLength(7);
  expect(withoutGenerated(JSON.parse(written))).toEqual(expected);
  expect(written).not.toContain(process.cwd());
});

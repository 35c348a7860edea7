/** What kubectl builds of each overlay is what the kubernetes target renders for its profile. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { synth, synthAll } from './support/generated.ts';
import { kustomize } from './support/kubernetes.ts';

/** The script that computes the values names the command that made it. */
const anyCommand = (objects: unknown): string => JSON.stringify(objects, null, 2).replace(/# make again: [^\\]*/g, '');

test.each([
  { desc: 'several profiles', profiles: ['4cpu-8gi', 'c6i.8xlarge', 'm7g.2xlarge'] },
  { desc: 'one profile', profiles: ['c6i.8xlarge'] },
  { desc: 'values computed at start', profiles: ['c6i.4xlarge', 'c6i.8xlarge'], options: ['--mode', 'auto'] },
])('$desc', async ({ profiles, options = [] }) => {
  const folder = await synthAll([...profiles.flatMap((profile) => ['--profile', profile]), ...options], 'kustomize');
  for (const profile of profiles) {
    const direct = await synth(profile, 'kubernetes', ...options);
    const [built, rendered] = await Promise.all([join(folder, 'overlays', profile), direct.folder].map(kustomize));
    expect(anyCommand(built)).toEqual(anyCommand(rendered));
  }
});

test('several platforms: an overlay each', async () => {
  const folder = await synthAll(
    ['--profile', 'c6i.8xlarge', '--platform', 'eks', '--platform', 'kubernetes'],
    'kustomize',
  );
  const [eks, kubernetes] = await Promise.all(
    ['eks', 'kubernetes'].map((platform) => kustomize(join(folder, 'overlays', `c6i.8xlarge_${platform}`))),
  );
  const direct = await synth('c6i.8xlarge', 'kubernetes');
  expect(kubernetes).toEqual(await kustomize(direct.folder));
  expect(eks).not.toEqual(kubernetes);
  expect(eks!.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual(
    kubernetes!.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
  );
});

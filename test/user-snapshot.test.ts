/** What a user writes to keep an eye on their own deploy files; shown in the README. */

import { synth } from 'sizewright';
import { expect, it } from 'vitest';

it('my compose file', async () => {
  const { artifacts } = await synth({ profiles: ['4cpu-8gi'], targets: ['compose'] });
  expect(artifacts.map(({ path }) => path)).toMatchInlineSnapshot(`
    [
      "spatialvortex/4cpu-8gi/host/plan.json",
      "spatialvortex/4cpu-8gi/host/compose/compose.yaml",
      "spatialvortex/4cpu-8gi/host/compose/secrets/.gitignore",
    ]
  `);
});

/** A stack and policies that this repository does not know, on every target. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { nodeFiles } from '../src/files/node-files.ts';
import { synthesize } from '../src/synth.ts';

const folder = fileURLToPath(new URL('fixtures/stranger', import.meta.url));
const files = nodeFiles(folder, join(folder, '../../../dist/data'));

it('renders everywhere', async () => {
  const { artifacts, plans, findings } = await synthesize(
    { profiles: ['m7g.xlarge'], stack: './my-stack.yaml' },
    files,
  );
  const textOf = (path: string) => artifacts.find((artifact) => artifact.path === `shop/m7g.xlarge/${path}`)?.contents;
  expect(findings).toEqual([]);
  // host: 16384 - 64 - ceil(16320 x 7.5 %) 1224 = 15096; - ceil(5 %) 755 = 14341; memo ask 3585 of 4096; 4 cores as 3 : 1
  expect(plans[0]!.services['web-front']!.limits).toEqual({ cpuMillis: 3000, memoryMiB: 10756 });
  expect(plans[0]!.services.memo!.limits).toEqual({ cpuMillis: 1000, memoryMiB: 3585 });
  expect(textOf('host/env/.env')).toContain('\nGOMAXPROCS=3\n');
  expect(textOf('host/env/systemd/memo.service')).toContain('ExecStart=/usr/bin/memcached -m 2688 -c 1024 -t 1\n');
  expect(textOf('host/compose/compose.yaml')).toContain('GREETING: "it\'s 100 % fine"');
  expect(textOf('host/docker/memo/docker-run.sh')).toContain('set -- "$@" -m 2688\n');
  expect(textOf('kubernetes/kubernetes/memo/deployment.yaml')).toMatch(
    /command:\n +- "docker-entrypoint\.sh"\n +args:\n +- "memcached"\n +# 2,240 MB from .*\n +- "-m"\n +- "2240"\n/,
  );
  expect(textOf('kubernetes/kubernetes/web-front/deployment.yaml')).toContain('disk: "ssd"');
});

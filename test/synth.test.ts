import { describe, expect, it } from 'vitest';
import { synthesize } from '../src/synth.ts';
import { packageFiles } from './commands.ts';

describe('a target of several platforms', () => {
  it.each([
    { profile: 'm7g.2xlarge', platforms: undefined, planned: ['ecs'], left: ['fargate'] },
    { profile: '8cpu-32gi', platforms: undefined, planned: ['ecs', 'fargate'], left: [] },
    { profile: '8cpu-32gi', platforms: ['fargate'], planned: ['fargate'], left: [] },
  ])('is for whichever of them takes $profile', async ({ profile, platforms, planned, left }) => {
    const { folders, findings } = await synthesize(
      { profiles: [profile], targets: ['ecs'], platforms },
      packageFiles(),
    );
    expect(folders.filter(({ target }) => target === 'ecs').map(({ path }) => path)).toEqual(
      planned.map((platform) => `spatialvortex/${profile}/${platform}/ecs`),
    );
    expect(findings.map(({ code, path }) => `${code} ${path}`)).toEqual(
      left.map((name) => `PLATFORM_LEFT_OUT ${name}`),
    );
  });

  it('that none of them takes is an error of each', async () => {
    const options = { profiles: ['100m-256mi'], targets: ['ecs'], external: ['postgres', 'redis'] };
    await expect(synthesize(options, packageFiles())).rejects.toThrow(/ecs: api: [\s\S]*fargate: api: /);
  });
});

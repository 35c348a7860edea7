import { describe, expect, it } from 'vitest';
import { synthesize } from '../src/synth.ts';
import { packageFiles } from './commands.ts';

describe('a target of several platforms', () => {
  it.each([
    { profile: 'm7g.2xlarge', platforms: undefined, planned: ['ecs'] },
    { profile: '8cpu-32gi', platforms: undefined, planned: ['ecs', 'fargate'] },
    { profile: '8cpu-32gi', platforms: ['fargate'], planned: ['fargate'] },
  ])('is for whichever of them takes $profile', async ({ profile, platforms, planned }) => {
    const { folders, findings } = await synthesize(
      { profiles: [profile], targets: ['ecs'], platforms, external: ['postgres', 'redis'] },
      packageFiles(),
    );
    expect(folders.filter(({ target }) => target === 'ecs').map(({ path }) => path)).toEqual(
      planned.map((platform) => `spatialvortex/${profile}/${platform}/ecs`),
    );
    expect(findings).toEqual([]);
  });

  it('asked for, each platform has to take it', async () => {
    const options = {
      profiles: ['m7g.2xlarge'],
      targets: ['ecs'],
      platforms: ['ecs', 'fargate'],
      external: ['postgres', 'redis'],
    };
    await expect(synthesize(options, packageFiles())).rejects.toThrow('expected container limits on fargate');
  });

  it.each([
    { profile: 'n2-standard-8', platform: 'eks', cloud: 'aws', of: 'gcp' },
    { profile: 'c6i.8xlarge', platform: 'gke', cloud: 'gcp', of: 'aws' },
    { profile: 'c6i.8xlarge', platform: 'aks', cloud: 'azure', of: 'aws' },
    { profile: 'n2-standard-8', platform: 'ecs', cloud: 'aws', of: 'gcp' },
  ])('no machine of $of on $platform', async ({ profile, platform, cloud, of }) => {
    await expect(synthesize({ profiles: [profile], platforms: [platform] }, packageFiles())).rejects.toThrow(
      `--profile: expected a machine of ${cloud} on ${platform}, got ${profile} of ${of}; give a machine of ${cloud}, or another platform`,
    );
  });

  it('of two clouds, each has its own machines', async () => {
    const options = { profiles: ['c6i.8xlarge', 'n2-standard-16'], platforms: ['eks', 'gke'], targets: ['kubernetes'] };
    const { plans } = await synthesize(options, packageFiles());
    expect(plans.map(({ profile, platform }) => `${profile} ${platform}`)).toEqual([
      'c6i.8xlarge eks',
      'n2-standard-16 gke',
    ]);
  });

  it('that none of them takes is an error of each', async () => {
    const options = { profiles: ['100m-256mi'], targets: ['ecs'], external: ['postgres', 'redis'] };
    await expect(synthesize(options, packageFiles())).rejects.toThrow(/ecs: api: [\s\S]*fargate: api: /);
  });
});

it('says once why targets are left out for the same reason', async () => {
  const files = packageFiles({ 'stack.yaml': 'stack: shop\nservices: { db: { policy: postgres } }\n' });
  const { findings } = await synthesize({ stack: './stack.yaml', profiles: ['2cpu-4gi'], platforms: ['host'] }, files);
  expect(findings.map(({ code, path, message }) => ({ code, path, message }))).toEqual([
    {
      code: 'TARGET_LEFT_OUT',
      path: 'docker, compose',
      message:
        'services.db.deploy: expected image and how it runs, which these targets need, got none; add it: deploy: { image: <image>, ports: { http: 8080 }, user: { uid: 1000, gid: 1000 } }',
    },
  ]);
});

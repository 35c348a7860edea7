import * as pulumi from '@pulumi/pulumi';
import { expect, it } from 'vitest';
import { run } from './support.ts';

it('the program of the built-in stack is a few lines over its configuration', async () => {
  pulumi.runtime.setAllConfig({ 'project:profile': 'c6i.8xlarge', 'project:platform': 'eks' });
  let program: typeof import('../../stacks/spatialvortex/pulumi.ts') | undefined;
  const { find, outputs } = await run(async () => {
    program = await import('../../stacks/spatialvortex/pulumi.ts');
    return undefined;
  });
  expect(outputs.spatialvortex).toMatchObject({ profile: 'c6i.8xlarge', platform: 'eks' });
  const { containers } = find('spatialvortex-api-deployment').inputs.spec.template.spec;
  expect(containers[0].env[0].valueFrom.secretKeyRef.name).toBe('spatialvortex-api-secrets');
  expect(await new Promise((resolve) => program?.namespace.apply(resolve))).toBe('spatialvortex');
});

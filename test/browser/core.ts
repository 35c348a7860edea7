/** What a page does with the core: a policy and a stack as text, a plan, every file of it, read back and compared. */

import { policyFromYaml, stackFromYaml } from '../../src/files/parse.ts';
import type { Profile } from '../../src/hardware/profile.ts';
import { checkPlan } from '../../src/plan/check.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { findPlatform } from '../../src/platforms/index.ts';
import { targets } from '../../src/targets/index.ts';
import { checkObserved } from '../../src/targets/read-back.ts';
import type { RenderInput } from '../../src/targets/target.ts';

export async function files(
  policyText: string,
  stackText: string,
  profile: Profile,
  platformName: string,
): Promise<string> {
  const policy = policyFromYaml(policyText, 'policies/demo.yaml').value;
  const stack = stackFromYaml(stackText, 'stack.yaml', () => policy).value;
  const platform = findPlatform(platformName);
  const policies = { [policy.name]: policy };
  const placements = [{ profile, services: stack.services }];
  const request = { stack, policies, label: profile.name, placements, external: [], overrides: {}, platform };
  const { plan } = makePlan(request);
  const asked = { options: { profile: profile.name, platform: platformName }, files: [] };
  const input: RenderInput = { plan, platform, stack, policies, command: 'sizewright synth', asked };
  const fitting = targets.filter((target) => target.platforms.includes(platform.kind));
  const loaded = await Promise.all(fitting.map((target) => target.load()));
  const rendered = loaded.map((target) => {
    const artifacts = target.scope === 'plan' ? target.render(input) : target.render([input]);
    const observed = target.scope === 'plan' ? target.read(artifacts, input) : target.read(artifacts, [input])[0]!;
    return { target: target.name, artifacts, wrong: checkObserved(plan, observed, target.name) };
  });
  return JSON.stringify({ plan, wrong: checkPlan(plan, platform), rendered });
}

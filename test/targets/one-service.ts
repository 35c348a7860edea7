/** What targets are given of a stack in limits of containers. */
import { heldOf } from '../../src/plan/decide/held.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { findPlatform } from '../../src/platforms/index.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { Stack } from '../../src/stack/stack.ts';
import type { RenderInput } from '../../src/targets/target.ts';
import { builtInProfile } from '../support.ts';

/** @param computed whether the values are computed at start */
export function inputWithin(
  limits: string,
  stack: Stack,
  policy: Policy,
  platformName: string,
  computed: boolean,
): RenderInput {
  const platform = findPlatform(platformName);
  const profile = builtInProfile(limits);
  const placements = [{ profile, services: stack.services }];
  const policies = { [policy.name]: policy };
  const request = { stack, policies, platform, label: profile.name, placements, external: [], overrides: {} };
  const { plan, decided } = makePlan(request);
  const held = computed ? { held: heldOf(stack, decided) } : {};
  const asked = { options: { profile: profile.name }, files: [] };
  return { plan, platform, stack, policies, command: 'sizewright synth', asked, ...held };
}

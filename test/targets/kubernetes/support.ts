/** Rendered objects for tests, read by a parser that is not the renderer's. */
import { parse } from 'yaml';
import { makePlan, type PlanRequest } from '../../../src/plan/plan.ts';
import { findPlatform } from '../../../src/platforms/index.ts';
import type { Policy } from '../../../src/policy/policy.ts';
import type { Stack } from '../../../src/stack/stack.ts';
import { kubernetes } from '../../../src/targets/kubernetes/index.ts';
import type { RenderInput } from '../../../src/targets/target.ts';
import { withServices } from '../../samples.ts';
import { builtInProfile, spatialvortex } from '../../support.ts';

/** The SpatialVortex stack with some services changed. */
export function stackWith(services: Parameters<typeof withServices>[1], stack: Partial<Stack> = {}): Stack {
  return { ...withServices(spatialvortex.stack, services), ...stack };
}

/** The policies of the SpatialVortex stack with some changed. */
export function policiesWith(policies: Record<string, Partial<Policy>>): Record<string, Policy> {
  const entries = Object.entries(spatialvortex.policies);
  return Object.fromEntries(entries.map(([name, policy]) => [name, { ...policy, ...policies[name] }]));
}

/** `machines`: services by profile; each service is placed once. */
export function inputFor(
  stack: Stack,
  machines: Record<string, string[]>,
  policies = spatialvortex.policies,
  request: Partial<PlanRequest> = {},
): RenderInput {
  const placements = Object.entries(machines).map(([profile, names]) => ({
    profile: builtInProfile(profile),
    services: stack.services.filter(({ name }) => names.includes(name)),
  }));
  const platform = findPlatform('kubernetes');
  const label = Object.keys(machines)[0]!;
  const { plan } = makePlan({ stack, policies, platform, label, placements, external: [], overrides: {}, ...request });
  return { plan, platform, stack, policies, command: `sizewright synth --profile ${label}` };
}

export const ALL = ['api', 'postgres', 'redis'];

/** Text by path. */
export function textsOf(input: RenderInput): Record<string, string> {
  return Object.fromEntries(kubernetes.render(input).map(({ path, contents }) => [path, contents]));
}

/** Objects by path, as a reader of YAML 1.1 or 1.2 gets them. */
export function objectsOf(input: RenderInput, version: '1.1' | '1.2' = '1.2') {
  const texts = Object.entries(textsOf(input)).filter(([path]) => path !== 'secret.example.yaml');
  // biome-ignore lint/suspicious/noExplicitAny: objects of twelve kinds, looked at member by member
  return Object.fromEntries(texts.map(([path, text]) => [path, parse(text, { version }) as any]));
}

/**
 * What the kubelet makes of a variable, an argument or a probe's command.
 * @see https://github.com/kubernetes/kubernetes/blob/v1.34.0/third_party/forked/golang/expansion/expand.go
 */
export function expand(text: string, variables: Record<string, string> = {}): string {
  let result = '';
  for (let at = 0; at < text.length; at += 1) {
    const next = text[at + 1];
    if (text[at] !== '$' || next === undefined) result += text[at];
    else if (next === '$') {
      result += '$';
      at += 1;
    } else if (next === '(') {
      const end = text.indexOf(')', at);
      const name = end < 0 ? undefined : text.slice(at + 2, end);
      result += name === undefined ? '$(' : (variables[name] ?? `$(${name})`);
      at = name === undefined ? at + 1 : end;
    } else result += '$';
  }
  return result;
}

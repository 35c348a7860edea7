/** Plans for hosts, and what others make of the rendered text: a real shell, a YAML parser that is not ours. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makePlan, type PlanRequest } from '../../../src/plan/plan.ts';
import { host } from '../../../src/platforms/host.ts';
import type { Policy } from '../../../src/policy/policy.ts';
import type { Stack } from '../../../src/stack/stack.ts';
import type { PlanTarget, RenderInput } from '../../../src/targets/target.ts';
import { withServices } from '../../samples.ts';
import { builtInProfile, spatialvortex } from '../../support.ts';

/** The SpatialVortex stack with some services changed. */
export function stackWith(services: Parameters<typeof withServices>[1]): Stack {
  return withServices(spatialvortex.stack, services);
}

/** The policies of the SpatialVortex stack with some changed. */
export function policiesWith(policies: Record<string, Partial<Policy>>): Record<string, Policy> {
  const entries = Object.entries(spatialvortex.policies);
  return Object.fromEntries(entries.map(([name, policy]) => [name, { ...policy, ...policies[name] }]));
}

/** @param machines names of services by profile; each is placed once, what is left out is external */
export function hostInput(
  stack: Stack,
  policies: Readonly<Record<string, Policy>> | readonly Policy[],
  machines: Record<string, string[]>,
  request: Partial<PlanRequest> = {},
): RenderInput {
  const byName = Array.isArray(policies)
    ? Object.fromEntries(policies.map((policy) => [policy.name, policy]))
    : policies;
  const placements = Object.entries(machines).map(([profile, names]) => ({
    profile: builtInProfile(profile),
    services: stack.services.filter(({ name }) => names.includes(name)),
  }));
  const placed = Object.values(machines).flat();
  const external = stack.services.map(({ name }) => name).filter((name) => !placed.includes(name));
  const label = Object.keys(machines)[0]!;
  const { platform = host } = request;
  const { plan } = makePlan({
    stack,
    policies: byName as Record<string, Policy>,
    label,
    placements,
    external,
    overrides: {},
    ...request,
    platform,
  });
  return {
    plan,
    platform,
    stack,
    policies: byName as Record<string, Policy>,
    command: `sizewright synth --profile ${label}`,
  };
}

export const ALL = ['api', 'postgres', 'redis'];

/** Text by path. */
export function textsOf(target: PlanTarget, input: RenderInput): Record<string, string> {
  return Object.fromEntries(target.render(input).map(({ path, contents }) => [path, contents]));
}

/** Values that shells, YAML readers and systemd take for something else. */
export const HOSTILE = [
  '',
  'yes',
  '1e3',
  '007',
  '0x1F',
  '*',
  '#',
  ' # not a comment',
  '~',
  '-c',
  '--',
  'a b',
  "it's",
  '"quoted"',
  '$(touch /tmp/x)',
  '`id`',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what Compose and sh would replace
  '${HOME:-x}',
  '$HOME',
  '$$',
  '%n',
  '\\',
  'a\\nb',
  '&& reboot',
  '{{this}}',
  '<b>&amp;</b>',
  'käse 🧀',
  'x'.repeat(300),
] as const;

/** What a script hands to `docker run`, as a real shell sees it; `arguments` are the caller's. */
export function dockerArguments(script: string, variables: Record<string, string>, callers: string[] = []): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'sizewright-docker-'));
  try {
    const stub = join(folder, 'docker');
    writeFileSync(stub, `#!/bin/sh\nif [ "$1" = run ]; then printf '%s\\0' "$@"; fi\n`);
    chmodSync(stub, 0o755);
    const file = join(folder, 'docker-run.sh');
    writeFileSync(file, script);
    const { stdout, stderr, status } = spawnSync('/bin/sh', [file, ...callers], {
      encoding: 'utf8',
      env: { PATH: `${folder}:/usr/bin:/bin`, ...variables },
    });
    if (status !== 0) throw new Error(stderr);
    return stdout.split('\0').slice(1, -1);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** YAML text to checked data: at build time for the package's own files, and at run time for a user's. */

import { collectProblems, type Finding, fail } from '../errors/errors.ts';
import { isMap } from '../formats/data.ts';
import type { Family } from '../hardware/family.ts';
import { boxProfile, boxSchema, familySchema } from '../hardware/schema.ts';
import { type OverridesFile, overridesSchema } from '../plan/decide/overrides-schema.ts';
import type { Plan } from '../plan/plan.ts';
import { planSchema } from '../plan/schema.ts';
import type { MachinePlatform } from '../platforms/platform.ts';
import { kubeletConfigurationSchema, nodePlatform, nodeSchema } from '../platforms/schema.ts';
import { compilePolicy } from '../policy/compile.ts';
import type { Policy } from '../policy/policy.ts';
import { policySchema } from '../policy/schema.ts';
import { compileStack } from '../stack/compile.ts';
import { stackSchema } from '../stack/schema.ts';
import type { Stack } from '../stack/stack.ts';
import { hasDocument, locateProblems, readData, readDocument } from './document.ts';
import { movedUnderDeploy, oldFormFindings } from './old-stack.ts';

/** A checked file with the lines of its key paths. */
export interface Parsed<T> {
  value: T;
  lines: Record<string, number>;
}

/**
 * @param baseNamed the text of the policy that `extends` names, and the file that it is in; undefined where there is none
 * @throws POLICY_INVALID, YAML_SYNTAX, and what compiling throws
 */
export function policyFromYaml(
  text: string,
  file: string,
  baseNamed: (name: string) => { text: string; file: string } | undefined = () => undefined,
): Parsed<Policy> {
  const moved = (root: unknown) => ({ raw: extended(root, baseNamed, []), places: [], twice: [] });
  const document = readDocument(text, file, policySchema, 'POLICY_INVALID', { moved });
  return { value: locateProblems(file, document, () => compilePolicy(document.value)), lines: document.lines };
}

/** What is written, over what it extends. */
function extended(
  written: unknown,
  baseNamed: (name: string) => { text: string; file: string } | undefined,
  above: readonly string[],
): unknown {
  if (!isMap(written) || typeof written.extends !== 'string') return written;
  const { extends: name, ...own } = written;
  const chain = [...above, name as string];
  if (above.includes(name as string))
    fail('POLICY_INVALID', 'extends', `expected a policy that does not extend itself, got ${chain.join(' -> ')}`);
  const base = baseNamed(name as string);
  if (base === undefined)
    return fail(
      'POLICY_INVALID',
      'extends',
      `expected a policy in policies/ or of the package, got "${name}"; add it, or correct the name`,
    );
  return laidOver(own, extended(readData(base.text, base.file), baseNamed, chain));
}

/** Maps are merged; anything else takes the place of what was there. */
function laidOver(own: unknown, base: unknown): unknown {
  if (!isMap(own) || !isMap(base)) return own;
  const members = Object.entries(own).map(([name, member]) => [
    name,
    Object.hasOwn(base, name) ? laidOver(member, base[name]) : member,
  ]);
  return { ...base, ...Object.fromEntries(members) };
}

/**
 * @param policyNamed the policy of a name, and where in the file a service first names it
 * @throws STACK_INVALID, and what `policyNamed` throws, at the line of the service
 */
export function stackFromYaml(
  text: string,
  file: string,
  policyNamed: (name: string, path: string) => Policy,
): Parsed<Stack> {
  let findings: Finding[] = [];
  const moved = (root: unknown) => {
    const found = movedUnderDeploy(root);
    if (found.twice.length === 0) findings = oldFormFindings(found);
    return found;
  };
  const document = readDocument(text, file, stackSchema, 'STACK_INVALID', { moved });
  const value = locateProblems(file, document, () => {
    const places = new Map<string, string>();
    for (const [service, { policy }] of Object.entries(document.value.services))
      if (!places.has(policy)) places.set(policy, `services.${service}.policy`);
    const policies = collectProblems(
      [...places].map(
        ([name, path]) =>
          () =>
            [name, policyNamed(name, path)] as const,
      ),
    );
    return compileStack(document.value, Object.fromEntries(policies));
  });
  return { value: findings.length > 0 ? { ...value, findings } : value, lines: document.lines };
}

export function familyFromYaml(text: string, file: string): Parsed<Family> {
  const { value, lines } = readDocument(text, file, familySchema, 'PROFILE_INVALID');
  return { value, lines };
}

/** A user's own machine or container limits. */
export function boxFromYaml(text: string, file: string): ReturnType<typeof boxProfile> {
  const document = readDocument(text, file, boxSchema, 'PROFILE_INVALID');
  return locateProblems(file, document, () => boxProfile(document.value));
}

/** A user's own nodes: our file, or the kubelet's own (YAML or JSON, also one of several documents), named as it is. */
export function platformFromYaml(text: string, file: string): MachinePlatform {
  const isKubelet = (root: unknown) => (root as { kind?: unknown } | null)?.kind === 'KubeletConfiguration';
  const numbers = 'any';
  if (hasDocument(text, isKubelet)) {
    const document = readDocument(text, file, kubeletConfigurationSchema, 'PLATFORM_INVALID', {
      numbers,
      pick: isKubelet,
    });
    const name = file
      .replace(/^.*[/\\]|\.(ya?ml|json|conf)$/g, '')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^[^a-z]+|-+$/g, '');
    return locateProblems(file, document, () => nodePlatform(name || 'nodes', document.value));
  }
  const document = readDocument(text, file, nodeSchema, 'PLATFORM_INVALID', { numbers });
  return locateProblems(file, document, () => nodePlatform(document.value.platform, document.value));
}

/** @param known refuses a service that there is not, at this path of the file */
export function overridesFromYaml(
  text: string,
  file: string,
  known: (service: string, path: string) => unknown,
): Parsed<OverridesFile> {
  const document = readDocument(text, file, overridesSchema, 'OVERRIDE_INVALID');
  const services = Object.keys(document.value);
  locateProblems(file, document, () => collectProblems(services.map((service) => () => known(service, service))));
  return { value: document.value, lines: document.lines };
}

export { readTrees as treesFromYaml } from './document.ts';

/** A `plan.json`, which is YAML too. */
export function planFromJson(text: string, file: string): Plan {
  return readDocument(text, file, planSchema, 'PLAN_INVALID').value;
}

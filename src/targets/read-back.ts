/** Compares what files say, read back from their text, with the plan they were rendered from. */
import type { Finding } from '../errors/errors.ts';
import { finding } from '../errors/findings.ts';
import type { Plan } from '../plan/plan.ts';
import { heldValues } from './entrypoint/variables.ts';
import { sizedServices } from './services.ts';
import type { Observed, RenderInput } from './target.ts';

/** @returns one error-level finding for every number that is not the plan's */
export function checkObserved(plan: Plan, observed: Observed, target: string): Finding[] {
  const findings: Finding[] = [...(observed.findings ?? [])];
  for (const name of Object.keys(plan.services)) {
    if (observed.services[name] === undefined)
      findings.push(differs(`${target}: services.${name}`, 'the service', 'nothing'));
  }
  for (const [name, seen] of Object.entries(observed.services)) {
    const planned = plan.services[name];
    if (planned === undefined) {
      findings.push(differs(`${target}: services.${name}`, 'no such service', 'one'));
      continue;
    }
    const compare = (path: string, expected: number | undefined, got: number | undefined): void => {
      if (expected !== got) findings.push(differs(`${target}: services.${name}.${path}`, expected, got));
    };
    for (const group of ['limits', 'requests'] as const) {
      for (const [dimension, value] of Object.entries(seen[group] ?? {}))
        compare(`${group}.${dimension}`, planned[group][dimension as 'memoryMiB'], value);
    }
    if ('sharedMemoryMiB' in seen) compare('sharedMemoryMiB', planned.sharedMemoryMiB, seen.sharedMemoryMiB);
    if (seen.parameters) {
      for (const parameter of new Set([...Object.keys(planned.parameters), ...Object.keys(seen.parameters)])) {
        compare(`parameters.${parameter}`, planned.parameters[parameter]?.value, seen.parameters[parameter]);
      }
    }
  }
  return findings;
}

/** @returns one error-level finding for every bound and pin that the entry point is not told */
export function checkHeld(input: RenderInput, observed: Observed, target: string): Finding[] {
  return sizedServices(input).flatMap((rendered) => {
    const { name, env } = rendered.service;
    const told = observed.services[name]?.environment;
    return heldValues(rendered)
      .filter(({ key, text }) => !Object.hasOwn(env, key) && told?.get(key) !== text)
      .map(({ key, text }) => differs(`${target}: services.${name}.${key}`, text, told?.get(key)));
  });
}

function differs(path: string, expected: unknown, got: unknown): Finding {
  const message = `expected ${expected ?? 'nothing'} as planned, got ${got ?? 'nothing'} in the file`;
  return finding('READ_BACK_DIFFERS', path, message);
}

/** What targets that span profiles share. */
import type { Artifact, RenderInput } from './target.ts';

/**
 * Names one of the inputs in paths: its profile, and where several platforms are rendered at once that too. No platform
 * has `_` in its name, so two never share one.
 */
export function variantName({ plan }: RenderInput, inputs: readonly RenderInput[]): string {
  const several = inputs.some((input) => input.plan.platform !== plan.platform);
  return several ? `${plan.profile}_${plan.platform}` : plan.profile;
}

/** All files as one text, each under its path. */
export function streamOfFiles(artifacts: readonly Artifact[]): string {
  return artifacts.map(({ path, contents }) => `# ==> ${path} <==\n${contents}`).join('\n');
}

/**
 * The same plan with every number of the hardware another one. What its files have in common with those of the plan
 * itself does not come from the hardware, even where a run has one profile only.
 */
export function otherNumbers(input: RenderInput): RenderInput {
  const services = Object.entries(input.plan.services).map(([name, service]) => {
    const { limits, requests, parameters, autoscale, sharedMemoryMiB } = service;
    const decisions = Object.entries(parameters).map(([parameter, decision]) => [
      parameter,
      { ...decision, value: decision.value + 1 },
    ]);
    const other = {
      ...service,
      limits: {
        memoryMiB: limits.memoryMiB + 1,
        ...(limits.cpuMillis !== undefined && { cpuMillis: limits.cpuMillis + 1 }),
      },
      requests: { memoryMiB: requests.memoryMiB + 1, cpuMillis: requests.cpuMillis + 1 },
      parameters: Object.fromEntries(decisions),
      ledger: { ...service.ledger, usedMiB: service.ledger.usedMiB + 1 },
      startupSeconds: service.startupSeconds + OTHER_START_SECONDS,
      ...(sharedMemoryMiB !== undefined && { sharedMemoryMiB: sharedMemoryMiB + 1 }),
      ...(autoscale && { autoscale: { cpuPercent: autoscale.cpuPercent } }),
    };
    return [name, other];
  });
  return {
    ...input,
    plan: { ...input.plan, services: Object.assign(Object.create(null), Object.fromEntries(services)), machines: [] },
  };
}

/** So much longer that every deadline is another one. */
const OTHER_START_SECONDS = 100_000;

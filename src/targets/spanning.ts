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

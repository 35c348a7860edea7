/** Measured series, compared with the plan. */
import type { Finding } from '../errors/errors.ts';
import { finding } from '../errors/findings.ts';
import type { RenderedService } from '../targets/rendered.ts';
import { sizedServices } from '../targets/services.ts';
import type { RenderInput } from '../targets/target.ts';
import { compareContainers } from './containers.ts';
import type { Row } from './row.ts';
import type { Samples } from './samples.ts';
import { compareReported, compareSignals } from './signals.ts';

export interface Verification {
  rows: Row[];
  /** What could not be compared. */
  findings: Finding[];
}

/** Limits, use, settings and signals of every service, as far as they are measured. */
export async function compareSamples(input: RenderInput, samples: Samples): Promise<Verification> {
  const all = await Promise.all(sizedServices(input).map((rendered) => compareService(input, rendered, samples)));
  return { rows: all.flatMap(({ rows }) => rows), findings: all.flatMap(({ findings }) => findings) };
}

async function compareService(input: RenderInput, rendered: RenderedService, samples: Samples): Promise<Verification> {
  const { service, policy } = rendered;
  const [containers, settings, signals] = await Promise.all([
    compareContainers(input, rendered, samples),
    compareReported(input, rendered, samples),
    samples.query === undefined ? [] : compareSignals(input, rendered, samples),
  ]);
  const missing = (what: string): Finding =>
    finding('NOT_REPORTED', service.name, `expected ${what} from ${samples.name}, got none, so they were not compared`);
  return {
    rows: [...containers, ...settings, ...signals],
    findings: [
      ...(containers.length === 0 ? [missing("limits and use (cAdvisor's series)")] : []),
      ...(settings.length === 0 && policy.metrics.settings.length > 0
        ? [missing(`settings (${policy.metrics.settings[0]!.metric} and so on)`)]
        : []),
    ],
  };
}

/** A script that puts a service's main port under load and compares it with what its author expects. */
import loadTestTemplate from '../../../templates/load-test.hbs';
import type { Policy } from '../../policy/policy.ts';
import { headerLines } from '../header.ts';
import { mainPortOf, type RenderedService } from '../rendered.ts';
import { commentLines, shWord } from '../shell-text.ts';
import type { Artifact, RenderInput } from '../target.ts';

export function loadTest(input: RenderInput, rendered: RenderedService): Artifact[] {
  const { service, policy, plan } = rendered;
  const test = policy.metrics.loadTest;
  const port = mainPortOf(service)?.port;
  if (test === undefined || port === undefined) return [];
  const path = service.name === input.stack.main ? 'load-test.sh' : `${service.name}.load-test.sh`;
  const expected = expectedThroughput(policy, plan.cores);
  const contents = loadTestTemplate({
    header: commentLines([
      ...headerLines(input),
      '',
      `Load on ${service.name}, with ab (apache2-utils) and wrk: ${path} [address]`,
      ...(expected
        ? [
            `At least ${expected.atLeast} requests a second, which the policy's author expects of ${expected.cores} cores and nobody measured;`,
            `this plan has ${plan.cores}.`,
          ]
        : [
            `The policy's author expects nothing of ${plan.cores} cores, so requests a second are printed and not judged.`,
          ]),
      'Another threshold: MIN_REQUESTS_PER_SECOND (empty: none), MAX_P95_MS. Other load: REQUESTS, CONCURRENCY,',
      'DURATION_SECONDS. Run it on another machine than the service: it takes CPU of its own.',
      'Exit: 0 passed, 2 below a threshold or failed requests, 1 could not be run, 64 usage',
    ]),
    url: shWord(`http://127.0.0.1:${port}${test.path}`),
    requests: `${test.requests}`,
    concurrency: `${test.concurrency}`,
    least: expected ? `${expected.atLeast}` : '',
  });
  return [{ path, contents, executable: true }];
}

/** Of this core count, or of the next smaller one that the author names: more cores should do no less. */
function expectedThroughput({ metrics }: Policy, cores: number): { cores: number; atLeast: number } | undefined {
  const { expected } = metrics.signals.find(({ name }) => name === metrics.loadTest!.throughput)!;
  return expected
    .flatMap((range) =>
      range.atLeast === undefined || (range.cores ?? cores) > cores
        ? []
        : [{ cores: range.cores ?? cores, atLeast: range.atLeast }],
    )
    .sort((a, b) => b.cores - a.cores)[0];
}

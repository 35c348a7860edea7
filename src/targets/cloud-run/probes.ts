/** Probes: Cloud Run asks over HTTP or opens the port; it runs no commands in a container. */
import type { Probe } from '../../stack/stack.ts';
import type { RenderedService } from '../rendered.ts';

/** Four minutes for a start. @see https://cloud.google.com/run/docs/configuring/healthchecks (2026-06) */
export const MAX_START_SECONDS = 240;
const MAX_PERIOD_SECONDS = 240;
const USUAL_PERIOD_SECONDS = 10;
const MAX_LIVENESS_SECONDS = 3600;

export function probes({ service, plan }: RenderedService): { startupProbe: object; livenessProbe?: object } {
  // Not readiness: an instance that fails its startup probe is killed, be it for a database that is away.
  const { liveness, startup = liveness } = service.probes;
  const { port } = service.ports[0]!;
  const asked = Math.min(startup?.periodSeconds ?? USUAL_PERIOD_SECONDS, MAX_PERIOD_SECONDS);
  const failures = (period: number) => Math.max(1, Math.ceil(plan.startupSeconds / period));
  // As long as a start may take, and no longer than Cloud Run takes: whole periods of 10 s always are.
  const periodSeconds = asked * failures(asked) > MAX_START_SECONDS ? USUAL_PERIOD_SECONDS : asked;
  const startupProbe = {
    ...(startup?.http === undefined ? { tcpSocket: { port } } : { httpGet: { path: startup.http, port } }),
    periodSeconds,
    timeoutSeconds: Math.min(startup?.timeoutSeconds ?? 1, periodSeconds),
    failureThreshold: failures(periodSeconds),
  };
  return liveness?.http === undefined
    ? { startupProbe }
    : { startupProbe, livenessProbe: livenessOf(liveness, liveness.http, port) };
}

function livenessOf(probe: Probe, path: string, port: number): object {
  const periodSeconds = Math.min(probe.periodSeconds, MAX_LIVENESS_SECONDS);
  return {
    httpGet: { path, port },
    periodSeconds,
    timeoutSeconds: Math.min(probe.timeoutSeconds, periodSeconds),
    failureThreshold: probe.failureThreshold,
  };
}

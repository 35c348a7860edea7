/** The target group of a service behind a load balancer, which the account has: how it should ask, and drain. */
import type { RenderedService } from '../rendered.ts';

export const DRAIN_ATTRIBUTE = 'deregistration_delay.timeout_seconds';

/** @see https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroup.html (2026-06) */
const INTERVAL = { min: 5, max: 300 };
const MIN_TIMEOUT_SECONDS = 2;
const FAILURES = { min: 2, max: 10 };
const MAX_DRAIN_SECONDS = 3600;

interface TargetGroup {
  /** Options of `aws elbv2 modify-target-group`; absent where no probe asks over HTTP. */
  check?: Record<string, string | number>;
  /** What a task that leaves has for the requests that it was given. */
  drainSeconds: number;
}

/**
 * The readiness probe's question. ECS replaces what its target group calls unhealthy, so it may fail as long as the
 * liveness probe lets it.
 */
export function targetGroupOf({ service }: RenderedService): TargetGroup {
  const { readiness, liveness, startup } = service.probes;
  const drainSeconds = Math.min(service.terminationGraceSeconds, MAX_DRAIN_SECONDS);
  const asked = [readiness, liveness, startup].find((probe) => probe?.http !== undefined);
  if (asked?.http === undefined) return { drainSeconds };
  const patient = liveness ?? asked;
  const seconds = patient.periodSeconds * patient.failureThreshold;
  const interval = within(Math.max(asked.periodSeconds, Math.ceil(seconds / FAILURES.max)), INTERVAL);
  return {
    check: {
      'health-check-path': asked.http,
      'health-check-interval-seconds': interval,
      'health-check-timeout-seconds': Math.max(MIN_TIMEOUT_SECONDS, Math.min(asked.timeoutSeconds, interval - 1)),
      'healthy-threshold-count': FAILURES.min,
      'unhealthy-threshold-count': within(Math.ceil(seconds / interval), FAILURES),
    },
    drainSeconds,
  };
}

function within(value: number, { min, max }: { min: number; max: number }): number {
  return Math.min(Math.max(value, min), max);
}

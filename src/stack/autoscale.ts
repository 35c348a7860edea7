/** Which targets an autoscaler can work with. */

/**
 * The highest target, in percent of the request, where use cannot exceed the request: an autoscaler adds replicas only
 * when use is more than 10 % above the target (100 / 90 = 1.11, but 100 / 91 = 1.099).
 * @see https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#algorithm-details
 */
export const HIGHEST_TARGET_PERCENT = 90;

/** The highest target at which the other replicas can carry the load of one that is away: 66 for three, 50 for two. */
export function highestWithOneAway(minReplicas: number): number {
  return Math.floor((100 * (minReplicas - 1)) / minReplicas);
}

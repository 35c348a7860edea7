/** How many replicas there are, and how many may be missing. */

import { withComments } from '../../formats/yaml.ts';
import type { RenderedService } from '../rendered.ts';
import type { RenderInput } from '../target.ts';
import { type Manifest, metadataOf } from './object.ts';
import { call, sized, sizedBy } from './sized.ts';

/** Long enough that a dip between two peaks does not stop replicas which the next peak starts again. */
const SCALE_DOWN_SECONDS = 300;
/** What the API takes at most. */
const MAX_STABILISATION_SECONDS = 3600;

/** Not shorter than a start: a replica that was stopped too early is missing for that long. */
const STABILISATION = call('min', call('max', 'startupSeconds', SCALE_DOWN_SECONDS), MAX_STABILISATION_SECONDS);

export function podDisruptionBudget(input: RenderInput, rendered: RenderedService, selector: object): Manifest {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: metadataOf(input, rendered.service),
    spec: withComments(
      {
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
        selector: { matchLabels: selector },
      },
      {
        maxUnavailable: 'a node can be drained, one replica at a time',
        unhealthyPodEvictionPolicy: 'a pod that is not ready anyway never holds up a drain',
      },
    ),
  };
}

/** Absent where the plan does not scale. Percentages are of the requests. */
export function horizontalPodAutoscaler(input: RenderInput, { service, plan }: RenderedService): Manifest | undefined {
  const { autoscale, replicas } = plan;
  if (autoscale === undefined) return undefined;
  const metric = (name: string, averageUtilization: number) => ({
    type: 'Resource',
    resource: { name, target: { type: 'Utilization', averageUtilization } },
  });
  const { cpuPercent, memoryPercent } = autoscale;
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: metadataOf(input, service),
    spec: withComments(
      {
        scaleTargetRef: {
          apiVersion: 'apps/v1',
          kind: service.volume ? 'StatefulSet' : 'Deployment',
          name: service.name,
        },
        minReplicas: replicas.min,
        maxReplicas: replicas.max,
        metrics: sized([
          metric('cpu', cpuPercent),
          ...(memoryPercent === undefined ? [] : [metric('memory', memoryPercent)]),
        ]),
        behavior: { scaleDown: { stabilizationWindowSeconds: sizedBy(STABILISATION, plan) } },
      },
      { metrics: 'percentages of the requests; needs metrics-server' },
    ),
  };
}

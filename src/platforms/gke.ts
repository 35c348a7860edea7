import { kubeletPlatform } from './kubelet.ts';
import { tieredCpuMillis, tieredMemoryMiB } from './node.ts';

/** e2-micro, e2-small and e2-medium, which share a core. */
const SHARED_CORE_RESERVED_MILLIS = 1060;

/**
 * Google Kubernetes Engine, Standard mode.
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes
 */
export const gke = kubeletPlatform({
  name: 'gke',
  cloud: 'gcp',
  kubeReserved: (machine, memoryMiB) => ({
    cpuMillis: /^e2-(micro|small|medium)$/.test(machine.name)
      ? SHARED_CORE_RESERVED_MILLIS
      : tieredCpuMillis(machine.cpuMillis),
    memoryMiB: tieredMemoryMiB(memoryMiB),
    why: 'memory 25/20/10/6/2 % of the first 4, next 4, next 8, next 112 GiB, above; CPU 6/1/0.5/0.25 %',
  }),
  everyNode: {
    cpuMillis: 460,
    memoryMiB: 640,
    why: "GKE's own pods: logging, metrics, metadata, network, storage, DNS (426-454 m measured, 596-626 MiB)",
  },
});

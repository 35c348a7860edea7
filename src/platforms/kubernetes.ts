import { kubeletPlatform } from './kubelet.ts';
import { tieredCpuMillis, tieredMemoryMiB } from './node.ts';

/** A node of any Kubernetes: GKE's documented tiers, for want of a rule of its own. */
export const kubernetes = kubeletPlatform({
  name: 'kubernetes',
  kubeReserved: (machine, memoryMiB) => ({
    cpuMillis: tieredCpuMillis(machine.cpuMillis),
    memoryMiB: tieredMemoryMiB(memoryMiB),
    why: "GKE's tiers: memory 25/20/10/6/2 %, CPU 6/1/0.5/0.25 %",
  }),
});

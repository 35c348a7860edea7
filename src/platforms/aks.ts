import { kubeletPlatform } from './kubelet.ts';

/** Pods of a node with the CNI overlay; 30 with Azure CNI, otherwise 110 (`--max-pods`). */
const MAX_PODS = 250;

/**
 * Azure Kubernetes Service, Kubernetes ≥ 1.29, 2026-06. The documentation's MB are taken as MiB, which reserves more.
 * @see https://learn.microsoft.com/azure/aks/node-resource-reservations
 */
export const aks = kubeletPlatform({
  name: 'aks',
  cloud: 'azure',
  maxPods: () => MAX_PODS,
  kubeReserved: (machine, memoryMiB, maxPods) => ({
    cpuMillis: aksCpuMillis(machine.cpuMillis),
    memoryMiB: Math.min(20 * maxPods + 50, Math.ceil(memoryMiB / 4)),
    why: `the smaller of 20 MiB x ${maxPods} pods + 50 MiB and 25 %; CPU 60 m for the first core, 40 for the second, 20 each for the third and fourth, 10 above`,
  }),
  everyNode: {
    cpuMillis: 350,
    memoryMiB: 750,
    why: 'kube-system: about 750 MB (Azure/AKS#3525) and 330 m measured, azure-cns and the CSI drivers among it',
  },
});

/** 1/2/4/8/16/32/64 cores → 60/100/140/180/260/420/740 m; between the documented counts by the same steps. */
function aksCpuMillis(cpuMillis: number): number {
  const cores = Math.ceil(cpuMillis / 1000);
  const steps = [60, 40, 20, 20];
  return steps.slice(0, cores).reduce((sum, step) => sum + step, 0) + 10 * Math.max(0, cores - steps.length);
}

import type { Machine } from '../hardware/profile.ts';
import { kubeletPlatform } from './kubelet.ts';

/**
 * Amazon EKS with the Amazon Linux AMI, 2026-07. Managed node groups cap the pods that a node takes. nodeadm writes the
 * reservation by the network interfaces into the kubelet's file, and what the operator says of maxPods into another one
 * beside it, so the reservation stays.
 * @see https://github.com/awslabs/amazon-eks-ami (nodeadm: kubelet configuration)
 */
export const eks = kubeletPlatform({
  name: 'eks',
  cloud: 'aws',
  maxPods: (machine) => Math.min(eniPods(machine), machine.cpuMillis < 30_000 ? 110 : 250),
  kubeReserved: (machine) => {
    const pods = eniPods(machine);
    return {
      cpuMillis: eksCpuMillis(machine.cpuMillis),
      memoryMiB: 255 + 11 * pods,
      why: `nodeadm: 255 MiB + 11 MiB x the ${pods} pods that the network interfaces have addresses for, whatever maxPods says; CPU 6/1/0.5/0.25 % of the first, second, third and fourth, further cores`,
    };
  },
});

/** Pods that the default network card has addresses for: ENIs × (IPv4 per ENI − 1) + 2; 110 where that is unknown. */
export function eniPods({ enis }: Machine): number {
  return enis === undefined ? 110 : enis.count * (enis.ipv4PerEni - 1) + 2;
}

/** 60 m for the first core, 10 for the second, 5 each for the third and fourth, 2.5 above; truncated. */
function eksCpuMillis(cpuMillis: number): number {
  const tiers = [
    { upTo: 1000, perMyriad: 600 },
    { upTo: 2000, perMyriad: 100 },
    { upTo: 4000, perMyriad: 50 },
    { upTo: Number.POSITIVE_INFINITY, perMyriad: 25 },
  ];
  let from = 0;
  let reserved = 0;
  for (const { upTo, perMyriad } of tiers) {
    reserved += Math.floor((Math.max(0, Math.min(cpuMillis, upTo) - from) * perMyriad) / 10_000);
    from = upTo;
  }
  return reserved;
}

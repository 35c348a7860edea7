import type { Machine } from '../profile/profile.ts';
import { Takings, takeEveryNode, takeGuestOverhead, tieredCpuMillis, tieredMemoryMiB } from './node.ts';
import type { Allocatable, Platform } from './platform.ts';

/** A node of any Kubernetes: a kubelet's reservations by GKE's documented tiers. */
export const kubernetes: Platform = {
  name: 'kubernetes',
  replicas: 'stack',
  // https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/#safe-and-unsafe-sysctls (1.32)
  sysctls: [
    'kernel.shm_rmid_forced',
    'net.ipv4.ip_local_port_range',
    'net.ipv4.tcp_syncookies',
    'net.ipv4.ping_group_range',
    'net.ipv4.ip_unprivileged_port_start',
    'net.ipv4.ip_local_reserved_ports',
    'net.ipv4.tcp_keepalive_time',
    'net.ipv4.tcp_fin_timeout',
    'net.ipv4.tcp_keepalive_intvl',
    'net.ipv4.tcp_keepalive_probes',
    'net.ipv4.tcp_rmem',
    'net.ipv4.tcp_wmem',
  ],
  allocatable(machine: Machine): Allocatable {
    const takings = new Takings(machine);
    takeGuestOverhead(takings, machine);
    takings.take(
      'kube-reserved',
      { cpuMillis: tieredCpuMillis(machine.cpuMillis), memoryMiB: tieredMemoryMiB(takings.memoryMiB) },
      "GKE's tiers: memory 25/20/10/6/2 %, CPU 6/1/0.5/0.25 %",
    );
    takings.take('eviction threshold', { memoryMiB: 100 }, 'memory.available<100Mi, the kubelet default');
    takeEveryNode(takings);
    return takings.allocatable();
  },
};

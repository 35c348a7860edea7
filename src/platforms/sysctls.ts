/** Kernel parameters that each container has of its own; all others are the machine's. */

/**
 * What Docker lets a container set: its command line refuses the rest.
 * @see https://docs.docker.com/reference/cli/docker/container/run/#sysctl
 */
export const CONTAINER_SYSCTLS = [
  'fs.mqueue.*',
  'kernel.msgmax',
  'kernel.msgmnb',
  'kernel.msgmni',
  'kernel.sem',
  'kernel.shm_rmid_forced',
  'kernel.shmall',
  'kernel.shmmax',
  'kernel.shmmni',
  'net.*',
] as const;

/**
 * Those below `net` that no network namespace has of its own: they are not there in a container, or cannot be written,
 * so that it does not start. Found by comparing /proc/sys/net inside and outside of a namespace (Linux 6.1 and 6.18);
 * of `net.core` every kernel has `somaxconn` alone.
 */
const MACHINE_WIDE =
  /^net\.(core\.(?!somaxconn$)|ipv4\.(route\.|inet_peer_|cipso_|fib_sync_mem$|ipfrag_secret_interval$|tcp_(available_ulp|low_latency|max_orphans|mem)$|udp_mem$)|ipv6\.(calipso_|ip6frag_secret_interval$|mld_)|nf_conntrack_|netfilter\.(nf_conntrack_(max|buckets|expect_max)|nf_log_all_netns)$)/;

/** Whether a container can have a value of its own; a platform may allow fewer. */
export function isOfContainer(key: string): boolean {
  return !MACHINE_WIDE.test(key);
}

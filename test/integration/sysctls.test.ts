/** Kernel parameters that a container can have: what the planner says of each, and what a real engine makes of it. */
import { describe, expect, inject, test } from 'vitest';
import { host } from '../../src/platforms/host.ts';
import { allowsSysctl } from '../../src/platforms/platform.ts';
import { docker } from './support/containers.ts';

/** Values that a kernel takes, and that are its own. */
const SYSCTLS = {
  'fs.mqueue.msg_max': '10',
  'kernel.msgmax': '8192',
  'kernel.sem': '32000 1024000000 500 32000',
  'kernel.shm_rmid_forced': '0',
  'kernel.shmmni': '4096',
  'net.core.somaxconn': '8192',
  'net.ipv4.ip_local_port_range': '1024 65000',
  'net.ipv4.tcp_fin_timeout': '30',
  'net.ipv4.tcp_keepalive_time': '600',
  'net.ipv4.tcp_syncookies': '1',
  // not of a container
  'fs.file-max': '1000000',
  'kernel.pid_max': '65536',
  'net.core.default_qdisc': 'pfifo_fast',
  'net.core.netdev_max_backlog': '1000',
  'net.ipv4.tcp_max_orphans': '8192',
  'net.ipv4.tcp_mem': '100000 200000 300000',
  'net.ipv4.udp_mem': '100000 200000 300000',
  'vm.max_map_count': '262144',
  'vm.overcommit_memory': '1',
  'vm.swappiness': '1',
};

describe('a container with', () => {
  test.each(Object.entries(SYSCTLS))('%s', async (key, value) => {
    const started = await docker('run', '--rm', '--sysctl', `${key}=${value}`, inject('images').runtime, 'true').then(
      () => true,
      () => false,
    );
    expect(started).toBe(allowsSysctl(host, key));
  });
});

/** Detection inside real containers, with the cgroup version that this machine's kernel has. */
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import type { Host } from '../../src/hardware/host/host.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { docker } from './support/containers.ts';
import { ROOT } from './support/generated.ts';

const MIB = 1024 * 1024;
/** What Node.js, the detector and the shell hold themselves is less. */
const OWN_MIB = 150;

const DETECT = 'node /sizewright/dist/bin.js detect --format json';
/** Only Node.js and the built program are added to the image. */
const MOUNTS = [
  `${process.execPath}:/usr/local/bin/node:ro`,
  `${join(ROOT, 'dist')}:/sizewright/dist:ro`,
  `${join(ROOT, 'package.json')}:/sizewright/package.json:ro`,
].flatMap((mount) => ['--volume', mount]);

/** What a shell script prints in a container of its own. */
function inContainer(limits: string, script: string): Promise<string> {
  return docker(
    'run',
    '--rm',
    ...limits.split(' ').filter(Boolean),
    ...MOUNTS,
    inject('images').runtime,
    'sh',
    '-euc',
    script,
  );
}
const detectIn = async (limits: string, before = ''): Promise<Host> =>
  JSON.parse(await inContainer(limits, `${before}\n${DETECT}`));

/** What every container shares where it has no limit of its own. */
const MACHINE = { value: Math.floor(totalmem() / MIB), file: '/proc/meminfo' };

describe('limits', () => {
  // Docker refuses more CPUs than the machine has: these fit on two.
  test.each([
    { limits: '--cpus 1.5 --memory 512m', cpuMillis: 1500, memoryMiB: 512 },
    { limits: '--cpus 0.25 --memory 256m', cpuMillis: 250, memoryMiB: 256 },
    { limits: '--cpus 1.999 --memory 1000000000b', cpuMillis: 1999, memoryMiB: 953 },
    { limits: '--cpu-quota 33333 --cpu-period 50000 --memory 3g', cpuMillis: 666, memoryMiB: 3072 },
    { limits: '--cgroupns private --cpus 1.5 --memory 512m', cpuMillis: 1500, memoryMiB: 512 },
    { limits: '--cpuset-cpus 1 --cpus 1.5 --memory 512m', cpuMillis: 1000, memoryMiB: 512 },
  ])('$limits', async ({ limits, cpuMillis, memoryMiB }) => {
    const host = await detectIn(limits);
    expect(host).toMatchObject({
      cpuMillis: { value: cpuMillis },
      memoryMiB: { value: memoryMiB },
      limited: true,
      notes: [],
    });
    expect(host.freeMiB.value).toBeLessThanOrEqual(memoryMiB);
    expect(host.freeMiB.value).toBeGreaterThan(memoryMiB - OWN_MIB);
  });

  test('of the CPU alone leave the machine its memory', async () => {
    const host = await detectIn('--cpus 0.5');
    expect(host).toMatchObject({ cpuMillis: { value: 500 }, memoryMiB: MACHINE, limited: false, notes: [] });
  });

  test.each([{ limits: '' }, { limits: '--cpuset-cpus 0' }])(
    'none on the CPU $limits: as many CPUs as Node.js sees',
    async ({ limits }) => {
      const parallelism = 'node --print "os.availableParallelism()"';
      const [cpus, json] = (await inContainer(limits, `${parallelism}; ${DETECT} | tr -d '\n'`)).split('\n');
      const host: Host = JSON.parse(json!);
      expect(host).toMatchObject({ cpuMillis: { value: Number(cpus) * 1000 }, memoryMiB: MACHINE });
    },
  );

  /** Lets root in the container make cgroups below its own. */
  const REMOUNT = '--cap-add SYS_ADMIN --security-opt apparmor=unconfined';

  test('of a parent count below it', async () => {
    const nest = [
      'top=/sys/fs/cgroup',
      'if [ -e $top/cgroup.controllers ]; then',
      '  mount -o remount,rw,bind $top',
      '  mkdir $top/app; echo $$ > $top/app/cgroup.procs; echo +memory > $top/cgroup.subtree_control',
      `  echo ${2048 * MIB} > $top/app/memory.max`,
      'else',
      '  mount -o remount,rw,bind $top/memory',
      `  mkdir $top/memory/app; echo ${2048 * MIB} > $top/memory/app/memory.limit_in_bytes`,
      '  echo $$ > $top/memory/app/cgroup.procs',
      'fi',
    ].join('\n');
    const host = await detectIn(`${REMOUNT} --memory 1g`, nest);
    expect(host).toMatchObject({ memoryMiB: { value: 1024 }, limited: true, notes: [] });
  });
});

describe('free memory', () => {
  const HELD_MIB = 200;

  test('is less by what another process holds', async () => {
    const hold = `node --eval 'globalThis.held = Buffer.alloc(${HELD_MIB * MIB}, 1); console.log(1); setInterval(() => {}, 1000)' > /tmp/held &
      until [ -s /tmp/held ]; do sleep 0.1; done`;
    const host = await detectIn('--memory 512m', hold);
    expect(host.freeMiB.value).toBeLessThanOrEqual(512 - HELD_MIB);
    expect(host.freeMiB.value).toBeGreaterThan(512 - HELD_MIB - OWN_MIB);
  });

  test('is not less by files in the page cache', async () => {
    const fill = 'dd if=/dev/zero of=/big bs=1M count=300 conv=fsync 2> /dev/null';
    const host = await detectIn('--memory 512m', fill);
    const [, used, inactive] = /^\d+ - \((\d+) - (\d+)\)$/.exec(host.freeMiB.says)!.map(Number);
    expect([used! > 250 * MIB, inactive! > 250 * MIB]).toEqual([true, true]);
    expect(host.freeMiB.value).toBeGreaterThan(512 - OWN_MIB);
  });
});

test('a plan for the container is the plan for its limits', async () => {
  const plan = 'node /sizewright/dist/bin.js plan --stack spatialvortex --external postgres,redis --format json';
  const limits = '--cpus 1.5 --memory 3g';
  const [here, named, withFree]: Plan[] = await Promise.all(
    ['--profile host --no-free', '--cpu 1.5 --memory 3Gi', '--profile host'].map(async (profile) =>
      JSON.parse(await inContainer(limits, `${plan} ${profile}`)),
    ),
  );
  expect(here!.services).toEqual(named!.services);
  // Enough is free that the headroom is what binds.
  const { detectedFreeMiB, ...ledger } = withFree!.services.api!.ledger;
  expect(ledger).toEqual(named!.services.api!.ledger);
  expect(detectedFreeMiB).toBeGreaterThan(3072 - OWN_MIB);
});

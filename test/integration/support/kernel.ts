/**
 * A real Linux kernel with cgroup v2 alone, whatever this machine's own has: Debian's, under software emulation, with
 * busybox as its only program. A boot takes seconds, so that one is for all cases of a test.
 */
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from './generated.ts';
import { run } from './run.ts';
import { findTool, unpackPackage } from './tools.ts';

/** What the kernel runs on. */
export const GUEST = { cpus: 4, memoryMiB: 1024 } as const;

export interface Ran {
  /** Exit status. */
  status: number;
  stdout: string;
  stderr: string;
}

const INIT = join(import.meta.dirname, '..', 'guest', 'init');
const TIMEOUT_SECONDS = 120;

/**
 * Boots once and runs the cases in the order of their names, one after the other, as root.
 *
 * @param cases Scripts for busybox's sh by name. `/sys/fs/cgroup` is the root of cgroup v2, whose children have the
 * controllers cpu, cpuset and memory. Each has a process of its own, and finds no cgroup and nothing in `/tmp`.
 * @param files Files of this machine that the guest gets, by their path there.
 * @throws When the kernel does not come to the end of all cases: with what it printed.
 */
export async function boot<Name extends string>(
  cases: Readonly<Record<Name, string>>,
  files: Readonly<Record<string, string>> = {},
): Promise<Record<Name, Ran>> {
  const qemu = await findTool('qemu-system-x86_64');
  const kernel = await unpackPackage('linux-image-cloud-amd64');
  const busybox = join(await unpackPackage('busybox-static'), 'bin/busybox');
  const image = readdirSync(join(kernel, 'boot')).find((name) => name.startsWith('vmlinuz-'))!;

  const folder = temporaryFolder();
  const root = join(folder, 'root');
  const place = (path: string, from: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(from, join(root, path));
    chmodSync(join(root, path), 0o755);
  };
  place('init', INIT);
  place('bin/busybox', busybox);
  for (const [path, from] of Object.entries(files)) place(path, from);
  for (const name of ['cases', 'dev', 'proc', 'sys', 'tmp']) mkdirSync(join(root, name));
  for (const [name, script] of Object.entries<string>(cases)) writeFileSync(join(root, 'cases', name), script);

  const [memory, output, console] = ['initramfs', 'output', 'console'].map((name) => join(folder, name));
  await run('sh', ['-c', `find . | ${busybox} cpio -o -H newc > ${memory}`], { cwd: root });
  const words = [
    ...[`${TIMEOUT_SECONDS}`, qemu, '-accel', 'tcg,thread=single', '-smp', `${GUEST.cpus}`, '-m', `${GUEST.memoryMiB}`],
    ...['-kernel', join(kernel, 'boot', image), '-initrd', memory!],
    ...['-append', 'console=ttyS0 quiet cgroup_no_v1=all panic=1', '-no-reboot'],
    ...['-display', 'none', '-monitor', 'none', '-nic', 'none'],
    ...['-serial', `file:${console}`, '-serial', `file:${output}`],
  ];
  // The emulation has stood still once in some ninety boots.
  await run('timeout', words).catch(() => run('timeout', words));
  const ran = answersIn(readFileSync(output!));
  const missing = Object.keys(cases).filter((name) => !Object.hasOwn(ran, name));
  if (missing.length > 0) {
    const printed = readFileSync(console!, 'utf8').slice(-4000);
    throw new Error(`the kernel did not come to the end of ${missing.join(', ')}:\n${printed}`);
  }
  return ran as Record<Name, Ran>;
}

function answersIn(output: Buffer): Record<string, Ran> {
  const ran: Record<string, Ran> = {};
  let at = 0;
  const take = (bytes: number) => {
    at += bytes;
    return output.toString('utf8', at - bytes, at);
  };
  while (at < output.length) {
    const [name, ...numbers] = take(output.indexOf('\n', at) + 1 - at).split(' ');
    const [status, stdout, stderr] = numbers.map(Number) as [number, number, number];
    ran[name!] = { status, stdout: take(stdout), stderr: take(stderr) };
  }
  return ran;
}

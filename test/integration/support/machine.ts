/** A Debian machine in namespaces: its own systemd as the first process, and the units that its packages ship. */
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { docker } from './containers.ts';
import { startDaemon } from './daemon.ts';
import { filesIn, temporaryFolder } from './generated.ts';
import { makeMachineImage } from './images.ts';
import { run } from './run.ts';

const BOOT = join(import.meta.dirname, '..', 'guest', 'boot-systemd');

/** Where the generated files lie on the machine. */
const FOLDER = '/generated';

export interface Machine {
  /** What a script prints as root. @throws with what it said when it fails */
  sh(script: string): Promise<string>;
  write(path: string, text: string): Promise<unknown>;
  stop(): Promise<unknown>;
}

let root: Promise<string> | undefined;

/** The files of the machine, which all machines of a test file share. */
async function rootFolder(): Promise<string> {
  const image = await makeMachineImage(inject('docker'));
  const folder = temporaryFolder();
  chmodSync(folder, 0o755); // it becomes `/`
  const container = (await docker('create', image, 'true')).trim();
  const unpack = 'docker export "$1" | tar --numeric-owner -x -C "$2"; echo "127.0.0.1 localhost" > "$2/etc/hosts"';
  await run('bash', ['-o', 'pipefail', '-c', unpack, 'unpack', container, folder], { env: inject('docker') });
  await docker('rm', container);
  return folder;
}

/** Boots a machine that has a generated folder, installed as the first lines of its files say. */
export async function bootMachine(generated: string): Promise<Machine> {
  root ??= rootFolder();
  const work = temporaryFolder();
  const name = `sizewright-${work.split('-').at(-1)}`;
  const daemon = startDaemon([BOOT, await root, work, name], join(temporaryFolder(), 'console'));
  const machine: Machine = {
    sh: async (script) => run('nsenter', [...namespacesOf(work), 'sh', '-euc', script]),
    write: (path, text) =>
      run('nsenter', [...namespacesOf(work), 'sh', '-euc', 'mkdir -p "$(dirname "$1")"; cat > "$1"', 'write', path], {
        input: text,
      }),
    async stop() {
      await daemon.stop();
      await run('sh', ['-c', REMOVE_GROUPS, 'remove', name]);
    },
  };
  await daemon.answers(async () => {
    const state = await machine.sh('systemctl is-system-running || :');
    if (!/^(running|degraded)/.test(state)) throw new Error(`systemd is ${state}`);
  }, 120_000);
  const copy = 'from=$1 to=$2; shift 2; tar -C "$from" -c . | nsenter "$@" sh -c "mkdir $to; tar -C $to -x"';
  await run('sh', ['-c', copy, 'copy', generated, FOLDER, ...namespacesOf(work)]);
  for (const command of installCommands(generated)) await machine.sh(`cd ${FOLDER}; ${command}`);
  return machine;
}

/** Options of nsenter: into the machine. */
function namespacesOf(work: string): string[] {
  const parent = readFileSync(join(work, 'pid'), 'utf8').trim();
  const init = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim();
  return ['--target', init, '--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup'];
}

/** Children first; a group whose last process is still ending is busy for a moment. */
const REMOVE_GROUPS = `for n in 1 2 3 4 5 6 7 8 9 10; do
  groups=$(find /sys/fs/cgroup /sys/fs/cgroup/* -maxdepth 1 -name "$1")
  [ -n "$groups" ] || exit 0
  for group in $groups; do find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || :; done
  sleep 0.2
done`;

/** Commands in the first lines of the files, but those that start something or ask what runs. */
function installCommands(folder: string): string[] {
  const lines = filesIn(folder).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^# {3}(?:systemd: )?(sudo .*?)(?: \(once\))?$/gm)].map(
      ([, line]) => line!,
    ),
  );
  return [...new Set(lines)]
    .filter((line) => !/systemctl|-u postgres/.test(line))
    .map((line) => (line.includes('useradd') ? `id ${line.split(' ').at(-1)} || ${line}` : line));
}

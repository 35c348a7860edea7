/** Finds the folders of this process's cgroup and of those above it. */
import type { Note, Read } from './host.ts';

export interface Levels {
  version: 1 | 2;
  /** Folders, the process's own first; some may not be there. */
  folders: string[];
}

/** @returns no folders, with a note, where none can be seen; the note too where the folders may not be this process's */
export function findLevels(read: Read, controller: 'cpu' | 'memory', note: Note): Levels {
  const unseen = (why: string): Levels => {
    note(`${controller}: ${why}, so a limit that may be set cannot be seen`);
    return { version: 2, folders: [] };
  };
  const own = ownCgroup(read('/proc/self/cgroup') ?? '', controller);
  if (own === undefined) return unseen('/proc/self/cgroup names no cgroup');
  const mounts = mountsOf(read('/proc/self/mountinfo') ?? '', own.version, controller);
  const mount = mounts.find(({ root }) => isBelow(own.path, root)) ?? mounts[0];
  if (mount === undefined) return unseen('/proc/self/mountinfo names no cgroup file system for it');
  const { root, point } = mount;
  if (read(`${point}/cgroup.procs`) === undefined && read(`${point}/cgroup.controllers`) === undefined)
    return unseen(`${point} cannot be read`);
  if (leadsOut(own.path)) unseen(`/proc/self/cgroup leads out of the namespace (${own.path})`);
  else if (leadsOut(root)) unseen(`${point} is mounted from outside of the namespace (${root})`);
  const names = isBelow(own.path, root) ? own.path.slice(root.length).split('/').filter(Boolean) : [];
  const folders = names.map((_, index) => [point, ...names.slice(0, names.length - index)].join('/'));
  return { version: own.version, folders: [...folders, point] };
}

interface Own {
  version: 1 | 2;
  path: string;
}

function ownCgroup(text: string, controller: string): Own | undefined {
  const lines = text.split('\n').flatMap((line) => {
    const [, id, controllers, path] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    return path === undefined ? [] : [{ id, controllers: controllers!.split(','), path }];
  });
  const first = lines.find(({ controllers }) => controllers.includes(controller));
  if (first) return { version: 1, path: first.path };
  const second = lines.find(({ id, controllers }) => id === '0' && controllers[0] === '');
  return second && { version: 2, path: second.path };
}

interface Mount {
  /** The cgroup that is seen at the point. */
  root: string;
  point: string;
}

/** @see https://docs.kernel.org/filesystems/proc.html#proc-pid-mountinfo-information-about-mounts */
function mountsOf(text: string, version: 1 | 2, controller: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [mount = '', fileSystem = ''] = line.split(' - ');
    const [, , , root, point] = mount.split(' ').map(unescapeOctal);
    const [type, , options = ''] = fileSystem.split(' ');
    const fits = version === 2 ? type === 'cgroup2' : type === 'cgroup' && options.split(',').includes(controller);
    return fits && root?.startsWith('/') && point?.startsWith('/') ? [{ root: root === '/' ? '' : root, point }] : [];
  });
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function isBelow(path: string, root: string): boolean {
  return (path === root || path.startsWith(`${root}/`)) && !leadsOut(path);
}

/** `..` leads out of the cgroups that this process can name. */
function leadsOut(path: string): boolean {
  return path.split('/').includes('..');
}

/** Folders of a pod: its volume, its configuration, shared memory, and what else the program writes. */

import { withComments } from '../../formats/yaml.ts';
import { baseName } from '../../stack/stack.ts';
import { formatKubernetesMemory } from '../../units.ts';
import { ENTRYPOINT_FOLDER } from '../entrypoint/index.ts';
import type { RenderedService } from '../rendered.ts';
import type { RenderInput } from '../target.ts';
import type { Config } from './config.ts';
import { filesName, whereAny } from './object.ts';
import { sizedBy } from './sized.ts';

/** Name of the claim of a service with a volume; it cannot change once pods exist. */
const DATA = 'data';

interface Folder {
  mount: { name: string; mountPath: string; subPath?: string; readOnly?: boolean };
  /** Absent for a claim: its StatefulSet makes the volume. */
  volume?: object;
}

/** One volume for each folder; of two for the same path the first counts, because a pod can mount a path once. */
function foldersOf(
  input: RenderInput,
  { service, policy, plan }: RenderedService,
  config: Config | undefined,
): Folder[] {
  const folders: Folder[] = [];
  const add = (mount: Folder['mount'], volume?: object): void => {
    if (folders.some((folder) => trimSlash(folder.mount.mountPath) === trimSlash(mount.mountPath))) return;
    folders.push({ mount, ...(volume && { volume }) });
  };
  if (service.volume) add({ name: DATA, mountPath: service.volume.path });
  if (config?.entrypoint) {
    const name = 'config';
    const configMap = { name: config.entrypoint.name };
    add({ name, mountPath: ENTRYPOINT_FOLDER, readOnly: true }, { name, configMap });
  }
  if (plan.sharedMemoryMiB !== undefined) {
    const name = 'shm';
    const emptyDir = { medium: 'Memory', sizeLimit: sizedBy('sharedMemoryMiB', plan, formatKubernetesMemory) };
    const comments = { emptyDir: `counts as the container's memory: ${policy.sharedMemory?.why ?? ''}` };
    add({ name, mountPath: '/dev/shm' }, withComments({ name, emptyDir }, comments));
  }
  const files = { name: 'files', configMap: { name: filesName(input, service) } };
  for (const [index, { path }] of service.files.entries())
    add({ name: 'files', mountPath: path, subPath: baseName(path), readOnly: true }, index === 0 ? files : undefined);
  for (const [index, mountPath] of service.writable.entries()) {
    const name = `writable-${index + 1}`;
    const sizeLimit = formatKubernetesMemory(service.writableSizeMiB);
    const comments = { emptyDir: 'on the disk of the node; a pod that fills more than its size is evicted' };
    add({ name, mountPath }, withComments({ name, emptyDir: { sizeLimit } }, comments));
  }
  return folders;
}

/** `volumeMounts` of the container and `volumes` of its pod; undefined where there are none. */
export function storageOf(input: RenderInput, rendered: RenderedService, config: Config | undefined) {
  const folders = foldersOf(input, rendered, config);
  return {
    volumeMounts: whereAny(folders.map((folder) => folder.mount)),
    volumes: whereAny(folders.flatMap((folder) => folder.volume ?? [])),
  };
}

/** Where the program's data folder is: one level below the mount, whose root may hold lost+found. */
export function dataFolder({ service }: RenderedService): { name: string; value: string } | undefined {
  const { volume } = service;
  if (volume?.dataVariable === undefined || Object.hasOwn(service.env, volume.dataVariable)) return undefined;
  return { name: volume.dataVariable, value: `${trimSlash(volume.path)}/data` };
}

/** Claims of a StatefulSet. Immutable, so nothing in them comes from the plan. */
export function volumeClaims({ service }: RenderedService): unknown[] {
  const { sizeMiB, storageClass, accessMode = 'ReadWriteOncePod' } = service.volume!;
  const spec = {
    accessModes: [accessMode],
    storageClassName: storageClass,
    resources: { requests: { storage: formatKubernetesMemory(sizeMiB) } },
  };
  const why = 'one pod at a time: a second one would start on the same files';
  return [
    {
      // The API server adds both to what it keeps, and would seem to differ for ever without them.
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: DATA },
      spec: accessMode === 'ReadWriteOncePod' ? withComments(spec, { accessModes: why }) : spec,
    },
  ];
}

function trimSlash(path: string): string {
  return path.replace(/\/+$/, '');
}

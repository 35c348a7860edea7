/** User data for a machine's first start: cloud-init writes the files to where they belong and starts the units. */

import { emitYaml } from '../../formats/yaml.ts';
import { headerLines } from '../header.ts';
import { sizedServices } from '../services.ts';
import { commentLines } from '../shell-text.ts';
import type { Artifact, RenderInput } from '../target.ts';
import { configurationPath, environmentPath, hasOwnUnit, installedFolder } from './paths.ts';

export interface CloudInit {
  /** Distribution packages that are installed first. @default none */
  packages?: readonly string[];
  /**
   * Shell commands after the files are there and before the units start: they bring the programs and the secrets.
   * @default none
   */
  beforeStart?: readonly string[];
}

/**
 * @param artifacts of the env target
 * @see https://docs.cloud-init.io/en/latest/reference/examples.html
 */
export function cloudConfig(input: RenderInput, artifacts: readonly Artifact[], extra: CloudInit = {}): string {
  const services = sizedServices(input);
  const installed = installedPaths(input);
  const files = artifacts.flatMap(({ path, contents }) => {
    const to = installed(path);
    return to === undefined ? [] : [{ path: to, owner: 'root:root', permissions: '0644', content: contents }];
  });
  const users = services.flatMap(({ service }) => (service.systemd?.exec && service.systemd.user) ?? []);
  const own = services.filter(hasOwnUnit).map(({ service }) => service.systemd!.unit);
  const others = services.flatMap((rendered) => (hasOwnUnit(rendered) ? [] : (rendered.service.systemd?.unit ?? [])));
  const commands = [
    ...(files.some(({ path }) => path.startsWith(SYSCTL)) ? [['sysctl', '--system']] : []),
    ...(extra.beforeStart ?? []),
    ['systemctl', 'daemon-reload'],
    ...(others.length > 0 ? [['systemctl', 'try-restart', ...others]] : []),
    // A unit whose secrets are not there yet is started again until they are.
    ...(own.length > 0 ? [['systemctl', 'enable', '--now', '--no-block', ...own]] : []),
  ];
  const config = {
    ...(users.length > 0 && { users: ['default', ...users.map(systemUser)] }),
    ...(extra.packages?.length && { package_update: true, packages: [...extra.packages] }),
    write_files: files,
    runcmd: commands,
  };
  return `#cloud-config\n${commentLines(headerLines(input)).join('\n')}\n${emitYaml(config)}`;
}

const SYSCTL = '/etc/sysctl.d/';

function systemUser(name: string): object {
  return { name, system: true, no_create_home: true, shell: '/usr/sbin/nologin' };
}

/** Where a file belongs, as its first lines say; undefined for one that a machine does not need to run. */
function installedPaths(input: RenderInput): (path: string) => string | undefined {
  const folder = installedFolder(input);
  const own = new Map(
    sizedServices(input).flatMap((rendered) => {
      const [environment, configuration] = [environmentPath(input, rendered), configurationPath(rendered)];
      return [
        ...(environment === undefined ? [] : [[environment, `${folder}/${rendered.service.name}.env`] as const]),
        ...(configuration === undefined ? [] : [[configuration, `${folder}/${configuration}`] as const]),
      ];
    }),
  );
  return (path) => {
    if (path.startsWith('systemd/')) return path.replace('systemd/', '/etc/systemd/system/');
    if (path.startsWith('sysctl.d/')) return path.replace('sysctl.d/', SYSCTL);
    return own.get(path);
  };
}

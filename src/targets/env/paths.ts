/** Which files a service has, here and where they are installed. */

import { type FileDelivery, inUnit, readsVariables } from '../../deliveries/delivery.ts';
import { ENTRYPOINT_FILE } from '../entrypoint/index.ts';
import type { RenderedService } from '../rendered.ts';
import type { RenderInput } from '../target.ts';
import { type Delivered, environmentOf, filesFor } from '../values.ts';

/** Whether its unit is ours to write, or one that the distribution ships. */
export function hasOwnUnit({ service }: RenderedService): boolean {
  return service.systemd?.exec !== undefined;
}

/**
 * `.env` of the main service, `<service>.env` of another; nothing where no variable reaches the program: what a stack
 * sets for a container image means nothing to a distribution's service.
 */
export function environmentPath({ stack }: RenderInput, rendered: RenderedService): string | undefined {
  const { service, policy } = rendered;
  const byEnvironment = readsVariables(policy.deliveries) || hasOwnUnit(rendered) || rendered.held !== undefined;
  const any = environmentOf(rendered).length > 0 || service.volume?.dataVariable !== undefined;
  if (!byEnvironment || !any) return undefined;
  return service.name === stack.main ? '.env' : `${service.name}.env`;
}

/**
 * `postgres/postgresql.conf`, for a unit that the distribution ships: its own file stays and includes this one. A unit of
 * ours has flags, as containers have. Nothing for a program that reads no file, or whose file is written at start.
 */
export function configurationPath(rendered: RenderedService): string | undefined {
  const { service, held } = rendered;
  const file = unitFile(rendered);
  return file && !held ? `${service.name}/${file.delivery.name}` : undefined;
}

/** The file that a unit of a distribution includes, with its values. */
export function unitFile(rendered: RenderedService): Delivered<FileDelivery> | undefined {
  return hasOwnUnit(rendered) ? undefined : filesFor(rendered, inUnit)[0];
}

/** The folder in /run that systemd makes for a unit whose values are computed at start. */
export function runtimeFolder({ stack }: RenderInput, { service }: RenderedService): string {
  return `${stack.name}-${service.name}`;
}

/** What is written there: variables, or the program's own file; nothing where the program gets flags. */
export function runtimePath(input: RenderInput, rendered: RenderedService): string | undefined {
  if (rendered.held === undefined) return undefined;
  const name = readsVariables(rendered.policy.deliveries) ? 'values.env' : unitFile(rendered)?.delivery.name;
  return name && `/run/${runtimeFolder(input, rendered)}/${name}`;
}

/** Where the entry point is installed. */
export function entrypointPath(input: RenderInput, { service }: RenderedService): string {
  return `${installedFolder(input)}/${service.name}/${ENTRYPOINT_FILE}`;
}

export function installedFolder({ stack }: RenderInput): string {
  return `/etc/${stack.name}`;
}

/** Readable by root only; systemd reads it before it gives root up. */
export function secretsPath(input: RenderInput, { service }: RenderedService): string {
  return `${installedFolder(input)}/${service.name}.secrets.env`;
}

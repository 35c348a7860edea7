/** Which files a service has, here and where they are installed. */
import type { RenderInput } from '../target.ts';
import { environmentOf, fileDeliveryOf, type RenderedService } from '../values.ts';

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
  const byEnvironment = policy.delivery.as === 'env' || hasOwnUnit(rendered);
  const any = environmentOf(rendered).length > 0 || service.volume?.dataVariable !== undefined;
  if (!byEnvironment || !any) return undefined;
  return service.name === stack.main ? '.env' : `${service.name}.env`;
}

/** `postgres/postgresql.conf`; nothing for a program that reads no file. */
export function configurationPath({ service, policy }: RenderedService): string | undefined {
  const delivery = fileDeliveryOf(policy);
  return delivery && `${service.name}/${delivery.file.name}`;
}

export function installedFolder({ stack }: RenderInput): string {
  return `/etc/${stack.name}`;
}

/** Readable by root only; systemd reads it before it gives root up. */
export function secretsPath(input: RenderInput, { service }: RenderedService): string {
  return `${installedFolder(input)}/${service.name}.secrets.env`;
}

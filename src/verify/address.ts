/** Addresses of running systems. What is secret in them is never printed. */
import { fail } from '../errors.ts';

export interface Address {
  /** For people: without user and password. */
  shown: string;
  url: URL;
  user: string;
  password: string;
}

/**
 * @param option the option's name, for messages
 * @param password what holds where the address has none
 * @throws USAGE
 */
export function parseAddress(text: string, option: string, schemes: readonly string[], password = ''): Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const known = schemes.map((scheme) => `${scheme}://`).join(' or ');
  if (url === undefined || !schemes.includes(url.protocol.slice(0, -1)) || url.hostname === '')
    return fail('USAGE', option, `expected an address that begins with ${known}, got another`);
  const shown = `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`;
  return { shown, url, user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) || password };
}

/** Seconds until a system that does not answer is given up. */
export const PATIENCE_SECONDS = 10;

/** @throws SOURCE_UNREACHABLE */
export function unreachable(option: string, { shown }: Address, why: string, cause?: unknown): never {
  return fail(
    'SOURCE_UNREACHABLE',
    option,
    `expected an answer from ${shown}, got ${why}; check address, user and password`,
    {
      cause,
    },
  );
}

/** What went wrong, in words of the system's own; several addresses of a name fail as one error. */
export function reasonOf(error: unknown): string {
  const { cause, errors, code, message } = error as Error & { errors?: unknown[]; code?: string };
  if (cause !== undefined) return reasonOf(cause);
  if (errors?.[0] !== undefined) return reasonOf(errors[0]);
  return message || code || 'no reason';
}

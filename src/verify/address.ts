/** Addresses of running systems. What is secret in them is never printed. */
import { fail } from '../errors/errors.ts';
import { printable } from '../errors/printable.ts';

export interface Address {
  /** For people: without user and password. */
  shown: string;
  /** Without user and password. */
  url: URL;
  user: string;
  password: string;
}

/**
 * @param text any character may stand in user and password; what is percent-encoded is decoded
 * @param option the option's name, for messages
 * @param password what holds where the address has none
 * @throws USAGE; the message shows nothing of the text, which may be a password
 */
export function parseAddress(text: string, option: string, schemes: readonly string[], password = ''): Address {
  const [, scheme = '', rest = ''] = /^([a-z]+):\/\/(.*)$/is.exec(text) ?? [];
  const known = schemes.map((one) => `${one}://`).join(' or ');
  const refuse = (got: string): never =>
    fail('USAGE', option, `expected an address that begins with ${known}, got ${got}`);
  if (!schemes.includes(scheme.toLowerCase())) return refuse('another');
  const at = endOfCredentials(rest);
  if (at === undefined)
    return refuse('one with an @ that can end the password or stand in it; write the one in the password as %40');
  const place = `${scheme}://${rest.slice(at)}`;
  const url = URL.canParse(place) ? new URL(place) : undefined;
  if (url === undefined || url.hostname === '' || url.username !== '' || url.password !== '') return refuse('another');
  const [, user, own = ''] = /^([^:]*):?(.*)$/s.exec(rest.slice(0, Math.max(0, at - 1)))!;
  const shown = `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`;
  return { shown, url, user: decoded(user!), password: decoded(own) || password };
}

/**
 * Where the host begins. A password may hold what separates the parts of an address (`p/4?#@`), as long as only one
 * reading is left.
 */
function endOfCredentials(rest: string): number | undefined {
  const authority = /^[^/?#]*/.exec(rest)![0];
  const last = rest.lastIndexOf('@');
  if (last < authority.length) return last + 1;
  const isHost = /^(\[[\da-f:.]+\]|[\w.-]+)(:\d+)?$/i.test(authority);
  return authority.includes('@') || isHost ? undefined : last + 1;
}

/** Percent signs that encode nothing stay: `100%` is an ordinary password. */
export function decoded(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+/gi, (bytes) => {
    try {
      return decodeURIComponent(bytes);
    } catch {
      return bytes;
    }
  });
}

/** Seconds until a system that does not answer, or does not end, is given up. */
export const PATIENCE_SECONDS = 10;
/** An answer that is larger is none of what was asked for. */
export const MOST_BYTES = 16 * 1024 * 1024;

/** @throws SOURCE_UNREACHABLE */
export function unreachable(option: string, address: Address, why: string, cause?: unknown): never {
  const { shown, user, password } = address;
  // A server may say anything, what it was sent included.
  const secrets = [password, Buffer.from(`${user}:${password}`).toString('base64')];
  const hidden = password === '' ? why : secrets.reduce((text, secret) => text.replaceAll(secret, '***'), why);
  return fail(
    'SOURCE_UNREACHABLE',
    option,
    `expected an answer from ${shown}, got ${shortLine(hidden)}; check address, user and password`,
    { cause },
  );
}

/** A text of a server's: one line of at most 200 characters. */
export function shortLine(text: string): string {
  const line = printable(text.replace(/\s+/g, ' ').trim());
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}

/** What went wrong, in words of the system's own; several addresses of a name fail as one error. */
export function reasonOf(error: unknown): string {
  const { cause, errors, code, message } = error as Error & { errors?: unknown[]; code?: string };
  if (cause !== undefined) return reasonOf(cause);
  if (errors?.[0] !== undefined) return reasonOf(errors[0]);
  return message || code || 'no reason';
}

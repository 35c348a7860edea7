/** What was compared. */
import type { Finding } from '../errors/errors.ts';
import { type FindingCode, finding } from '../errors/findings.ts';

export interface Row {
  service: string;
  /** What the number is of: a setting, a limit, a signal. */
  what: string;
  planned: string;
  found: string;
  /** Where it was found. */
  from: string;
  /** Present where the two do not agree. A `warning` is a difference, an `advice` only worth knowing. */
  finding?: Finding;
}

/** A comparison that found what it should, or, with a code, something else. */
export function row(
  { service, what, planned, found, from }: Omit<Row, 'finding'>,
  difference?: { code: FindingCode; message: string; why?: string },
): Row {
  const agreed = { service, what, planned, found, from };
  if (difference === undefined) return agreed;
  const { code, message, why } = difference;
  return { ...agreed, finding: finding(code, `${service}.${what}`, message, { why }) };
}

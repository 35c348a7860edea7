/** What both halves of a stack's schema are made of. */
import { z } from 'zod';

const DNS_LABEL = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;

/** What is said where a value is of the wrong kind altogether. */
export const forKind = (message: string) => ({
  error: ({ code }: { code?: string }) => (code === 'invalid_type' ? message : undefined),
});

export const dnsLabel = z
  .string()
  .regex(DNS_LABEL, 'expected lower-case letters, digits and -, first a letter, last no -')
  .max(40);
export const quantity = z.union([z.string(), z.int()]).transform(String);
export const cpu = quantity.describe('cores (2, 0.5) or millicores (500m)');
export const memory = quantity.describe('512Mi, 4Gi');

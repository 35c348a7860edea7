/** The shape of an overrides file (`--overrides`). */
import { z } from 'zod';

const value = z.int().min(0);

export const overridesSchema = z
  .record(
    z.string().describe('service'),
    z.record(
      z.string().describe('parameter'),
      z.union([
        value.describe('pins the value'),
        z.strictObject({
          set: value.optional().describe('pins the value'),
          min: value.optional().describe('replaces the lower bound'),
          max: value.optional().describe('replaces the upper bound'),
        }),
      ]),
    ),
  )
  .describe('sizewright overrides: pins and bounds by service and parameter');

export type OverridesFile = z.output<typeof overridesSchema>;

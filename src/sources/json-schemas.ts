/** JSON Schemas for editors and for readers of plans, from the same zod schemas that check the files. */
import { z } from 'zod';
import { overridesSchema } from '../decide/schema.ts';
import { planSchema } from '../plan-schema.ts';
import { nodeSchema } from '../platform/schema.ts';
import { policySchema } from '../policy/schema.ts';
import { boxSchema, familySchema } from '../profile/schema.ts';
import { stackSchema } from '../stack/schema.ts';

/** By file name below `schemas/`: text as committed. */
export function jsonSchemas(): Record<string, string> {
  const schemas = {
    stack: stackSchema,
    policy: policySchema,
    family: familySchema,
    profile: boxSchema,
    platform: nodeSchema,
    overrides: overridesSchema,
    plan: planSchema,
  };
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      `${name}.schema.json`,
      `${JSON.stringify(z.toJSONSchema(schema as z.ZodType, { io: 'input' }), null, 2)}\n`,
    ]),
  );
}

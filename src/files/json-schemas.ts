/** JSON Schemas for editors and for readers of plans, from the same zod schemas that check the files. */
import { z } from 'zod';
import { boxSchema, familySchema } from '../hardware/schema.ts';
import { overridesSchema } from '../plan/decide/overrides-schema.ts';
import { planSchema } from '../plan/schema.ts';
import { nodeSchema } from '../platforms/schema.ts';
import { policySchema } from '../policy/schema.ts';
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
    Object.entries(schemas).map(([name, schema]) => {
      const made = z.toJSONSchema(schema as z.ZodType, { io: 'input', override: withoutFormat });
      const written = name === 'policy' ? extendable(made) : made;
      return [`${name}.schema.json`, `${escaped(JSON.stringify(written, null, 2))}\n`];
    }),
  );
}

/** What a policy that extends another one does not say, that one does. */
function extendable({ required = [], ...schema }: { required?: readonly string[] }): object {
  return { ...schema, required: ['policy'], anyOf: [{ required: ['extends'] }, { required }] };
}

/** zod's own names of formats are no JSON Schema, and strict validators refuse them; a pattern stands beside them. */
function withoutFormat({ jsonSchema }: { jsonSchema: { format?: string; pattern?: string } }): void {
  if (jsonSchema.pattern !== undefined) delete jsonSchema.format;
}

/** What an editor would not show is escaped. */
function escaped(json: string): string {
  return json.replace(
    /[\u007f-\u009f\ufffe\uffff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

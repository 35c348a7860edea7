import { describe, expect, it } from 'vitest';
import { jsonSchemas } from '../../src/sources/json-schemas.ts';

interface Schema {
  $schema?: string;
  description?: string;
  type?: string;
  additionalProperties?: unknown;
  properties?: Record<string, unknown>;
  required?: string[];
}
const schemas = jsonSchemas();
const read = (name: string) => JSON.parse(schemas[`${name}.schema.json`]!) as Schema;

describe('JSON Schemas', () => {
  it('of every file that a user writes or reads', () => {
    expect(Object.keys(schemas).sort()).toEqual(
      ['family', 'overrides', 'plan', 'platform', 'policy', 'profile', 'stack'].map((name) => `${name}.schema.json`),
    );
  });

  it.each(['family', 'plan', 'platform', 'policy', 'profile', 'stack'])(
    '%s: unknown keys are errors in an editor too',
    (name) => {
      expect(read(name)).toMatchObject({ type: 'object', additionalProperties: false });
      expect(read(name).$schema).toMatch(/^https?:\/\/json-schema\.org\//);
      expect(read(name).description).toMatch(/^sizewright /);
    },
  );

  it('ask of a user only what has no default', () => {
    expect(read('stack').required).toEqual(['stack', 'main', 'services']);
    expect(read('policy').required).toEqual([
      'policy',
      'title',
      'memory',
      'parameters',
      'deliver',
      'startupSeconds',
      'stop',
    ]);
  });

  it('end with a line break, and are the same each time', () => {
    for (const text of Object.values(schemas)) expect(text.endsWith('}\n')).toBe(true);
    expect(jsonSchemas()).toEqual(schemas);
  });
});

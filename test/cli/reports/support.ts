/** The published schema of SARIF 2.1.0. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ErrorObject } from 'ajv';
import AjvDraft04 from 'ajv-draft-04';
import addFormats from 'ajv-formats';

const { resolve } = createRequire(import.meta.url);
const file = resolve('schemastore/schemas/json/sarif-2.1.0-rtm.5.json');
const { id, ...schema } = JSON.parse(readFileSync(file, 'utf8')) as { id: string };
// One of its patterns is none in the strict form.
const ajv = new AjvDraft04.default({ allErrors: true, unicodeRegExp: false });
addFormats.default(ajv);
const validate = ajv.compile(schema);

/** What is wrong with a log; empty for a valid one. */
export function sarifErrors(log: unknown): ErrorObject[] {
  return validate(log) ? [] : validate.errors!;
}

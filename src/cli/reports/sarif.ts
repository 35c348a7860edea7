/**
 * A log in the Static Analysis Results Interchange Format 2.1.0. What is about a file is a result; what is about none,
 * such as an option, is a notification of the run, because readers of results (GitHub's code scanning) want a place.
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
import type { Annotation } from './annotation.ts';

const LEVELS = { error: 'error', warning: 'warning', advice: 'note' } as const;

/** @param refused whether the run ended before it had made a plan */
export function sarifLog(annotations: readonly Annotation[], version: string, refused: boolean): string {
  const inFiles = annotations.filter(({ file }) => file !== undefined);
  const rules = [...new Set(inFiles.map(({ code }) => code))];
  const others = annotations.filter(({ file }) => file === undefined);
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'sizewright', version, rules: rules.map((id) => ({ id })) } },
        invocations: [
          {
            executionSuccessful: !refused,
            ...(others.length > 0 && {
              toolExecutionNotifications: others.map((one) => ({ descriptor: { id: one.code }, ...said(one) })),
            }),
          },
        ],
        results: inFiles.map((one) => ({
          ruleId: one.code,
          ruleIndex: rules.indexOf(one.code),
          ...said(one),
          locations: [locationOf(one.file!, one)],
        })),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function said({ level, path, text }: Annotation) {
  return { level: LEVELS[level], message: { text: path === '' ? text : `${path}: ${text}` } };
}

function locationOf(file: string, { path, line }: Annotation) {
  return {
    physicalLocation: {
      artifactLocation: { uri: uriOf(file) },
      ...(line !== undefined && { region: { startLine: line } }),
    },
    ...(path !== '' && { logicalLocations: [{ fullyQualifiedName: path }] }),
  };
}

/** Relative to where the program ran, unless the file lies elsewhere. */
function uriOf(file: string): string {
  const encoded = file.split('/').map(encodeURIComponent).join('/');
  return file.startsWith('/') ? `file://${encoded}` : encoded;
}

/** Data and texts that a user of the chart gives, as YAML that reads the same on the other side. */
import { UNPRINTABLE_CODES } from '../../formats/one-line.ts';
import { keyText, verbatim } from '../../formats/yaml.ts';
import type { RenderInput } from '../target.ts';
import { included } from './names.ts';
import { literal } from './template.ts';

/** As a class of a regular expression in Go. */
const UNPRINTABLE = UNPRINTABLE_CODES.map(([first, last]) =>
  first === last ? codeText(first) : `${codeText(first)}-${codeText(last)}`,
).join('');

function codeText(code: number): string {
  return `\\x{${code.toString(16)}}`;
}

/** Of those that JSON in Go leaves as they are. */
const RAW_IN_JSON = '(concat (untilStep 127 160 1) (list 65279 65534 65535))';

/** The named templates behind the functions below. */
export const DATA_HELPERS: readonly (readonly [string, readonly string[]])[] = [
  // `toYaml` and a block leave Unicode's line breaks as they are, at which Helm's own reader ends a line.
  [
    'yaml',
    [
      '{{- $json := toJson . -}}',
      `{{- if regexMatch ${literal(`[${UNPRINTABLE}]|\\\\u202[89]`)} $json -}}`,
      `{{- range ${RAW_IN_JSON} }}{{ $json = replace (printf "%c" .) (printf "\\\\u%04x" .) $json }}{{ end -}}`,
      '{{- $json -}}',
      '{{- else }}{{ toYaml . }}{{ end -}}',
    ],
  ],
];

/** A map or a list of the values. */
export function block(input: RenderInput, name: string, expression: string): object {
  return verbatim((indent) => [`${indent}${keyText(name)}:`, `${indent}  ${dataAt(input, expression, indent)}`]);
}

/** As `block`, and nothing at all where it is empty. */
export function optionalBlock(input: RenderInput, name: string, expression: string): object {
  return verbatim((indent) => [
    `${indent}{{- with ${expression} }}`,
    `${indent}${keyText(name)}:`,
    `${indent}  ${dataAt(input, '.', indent)}`,
    `${indent}{{- end }}`,
  ]);
}

function dataAt(input: RenderInput, expression: string, indent: string): string {
  return `{{- ${included(input, 'yaml', undefined, expression)} | nindent ${indent.length + 2} }}`;
}

/** Further items beside those that are written out. */
export function furtherItems(input: RenderInput, expression: string): object {
  return verbatim((indent) => {
    const inner = `${indent}  `;
    const item = `${included(input, 'yaml', undefined, '.')} | indent ${inner.length} | trimPrefix ${literal(inner)}`;
    return [`${indent}{{- range ${expression} }}`, `${indent}- {{ ${item} }}`, `${indent}{{- end }}`];
  });
}

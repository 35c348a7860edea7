/** Go templates as members of YAML that is emitted: what an action becomes, and text that is none. */
import { emitYaml, keyText, mapTexts, verbatim } from '../../formats/yaml.ts';

/** A text as a literal of a template's action. */
export function literal(text: string): string {
  return JSON.stringify(text);
}

/** Text outside of actions that comes out as it is. */
export function plain(text: string): string {
  return text.replaceAll('{{', '{{`{{`}}');
}

/** Data as YAML in which nothing but what was put in verbatim is an action. */
export function emitTemplate(value: unknown): string {
  return emitYaml(mapTexts(value, plain));
}

/** `name: {{ expression }}` */
export function inline(name: string, expression: string): object {
  return verbatim((indent) => [`${indent}${keyText(name)}: {{ ${expression} }}`]);
}

/** A text of the values, and nothing at all where it is empty. */
export function optionalText(name: string, expression: string): object {
  return verbatim((indent) => [
    `${indent}{{- with ${expression} }}`,
    `${indent}${name}: {{ . | quote }}`,
    `${indent}{{- end }}`,
  ]);
}

/** A map of texts, and nothing at all where it is empty. */
export function optionalTexts(name: string, expression: string): object {
  return verbatim((indent) => [
    `${indent}{{- with ${expression} }}`,
    `${indent}${name}:`,
    ...textLines(`${indent}  `),
    `${indent}{{- end }}`,
  ]);
}

/** Further texts beside those that are written out. Go quotes a text by escapes that every reader of YAML has. */
export function furtherTexts(expression: string): object {
  return verbatim((indent) => [`${indent}{{- with ${expression} }}`, ...textLines(indent), `${indent}{{- end }}`]);
}

function textLines(indent: string): string[] {
  return [
    `${indent}{{- range $name, $text := . }}`,
    `${indent}{{ $name | quote }}: {{ $text | quote }}`,
    `${indent}{{- end }}`,
  ];
}

/** Lines as they are, indented. */
export function template(...lines: string[]): object {
  return verbatim((indent) => lines.map((line) => `${indent}${line}`));
}

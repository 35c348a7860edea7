/** A stack that has the syntax of every other format wherever a user can put a text. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cost, parameter } from '../../samples.ts';
import { HOSTILE } from '../../targets/docker/support.ts';
import { temporaryFolder } from './generated.ts';

/** One line each: what a variable and an argument can be. */
// biome-ignore-start lint/suspicious/noTemplateCurlyInString: what others would replace
export const TEXTS = [
  ...HOSTILE,
  ...['%{ if true }x%{ endif }', '%{x}', '${path.module} $${x}', '$(HOSTNAME)', '$$(HOSTNAME)', '$(V_1) $(V_2'],
  ...['{{ .Values.image }}', '{{- end }}{{/*', '{{`x`}}', '{{', '}}', '${', '$(', '$', 'a$', '$1', '%', '%%', '%25%0A'],
  ...['null', '- item', 'a: b', '!!int 1', '&anchor *alias', '{"json": [1]}', '| ', '> ', '? ', '<<', '<<EOF', '@file'],
  ...["'\"'\"'", '!history', '\\$HOME \\\\', '\\u0041', '#{x} @{y}', '::error::x', '\ttab\t', ' both ends '],
  ...['\u202eRTL \u05e9\u05dc\u05d5\u05dd\u202c', 'a\u2028b\u2029c', '\ufeffbom', 'e\u0301 \u{1f9c0}'],
];
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: until here

/** What an annotation can be. */
export const PARAGRAPH = `${TEXTS.join('\n')}\n`;
/** What readers of YAML take for something else, as far as labels allow it. */
export const LABELS = { a: 'yes', b: '1e3', c: '007', d: '0x1F', e: 'null', f: '', g: '1.0', h: 'NaN' };

export const variablesOf = (texts: readonly string[]): Record<string, string> =>
  Object.fromEntries(texts.map((text, index) => [`V_${index}`, text]));
/** What the program is started with, behind its own words. */
export const argumentsOf = (texts: readonly string[]): string[] =>
  texts.flatMap((text, index) => [`--setting_${index}`, text]);
export const probeOf = (texts: readonly string[]): string[] => ['/bin/true', ...texts.filter((text) => text !== '')];
export const PROBE = probeOf(TEXTS);

/** Prints its arguments, then its variables, each with a NUL behind it. */
const PROGRAM = ['/bin/sh', '-c', 'printf "%s\\0" "$@"; exec env -0', 'sh'];
export const IMAGE = 'sizewright-test/hostile:1';

/**
 * The stack and its policy, in a folder of their own.
 * @param deliver `settings`: as arguments; `env`: as variables
 * @returns the folder
 */
export function writeHostile(texts: readonly string[] = TEXTS, deliver: 'settings' | 'env' = 'settings'): string {
  const folder = temporaryFolder();
  const why = PARAGRAPH.replaceAll('\n', ' ');
  const settings = texts.map((value, index) => [`setting_${index}`, { value, why }]);
  const policy = {
    policy: 'teller',
    title: why,
    memory: { headroom: cost(0), reserve: cost(16), yields: ['THREADS'] },
    parameters: { THREADS: parameter({ does: why, why, cost: cost('THREADS * 10') }) },
    settings: Object.fromEntries(settings),
    deliver: deliver === 'env' ? { as: deliver } : { as: deliver, program: PROGRAM, flags: ['--{key}', '{value}'] },
    startupSeconds: { formula: 1, why },
    stop: { signal: 'SIGTERM', graceSeconds: 1, why },
  };
  const annotations = { 'example.com/text': PARAGRAPH };
  const teller = {
    policy: 'teller',
    deploy: {
      image: IMAGE,
      ports: { http: 8080 },
      user: { uid: 1000, gid: 1000 },
      env: variablesOf(texts),
      labels: LABELS,
      annotations,
      probes: { liveness: { exec: probeOf(texts) } },
    },
  };
  const stack = { stack: 'hostile', deploy: { labels: LABELS, annotations }, services: { teller } };
  mkdirSync(join(folder, 'policies'));
  // JSON is YAML.
  writeFileSync(join(folder, 'policies/teller.yaml'), JSON.stringify(policy));
  writeFileSync(join(folder, 'hostile.yaml'), JSON.stringify(stack));
  return folder;
}

const MARK = '\ufeff';
/** In the form that Terraform gives every text. */
export const normal = <T>(value: T): T => JSON.parse(JSON.stringify(value).normalize('NFC'));
/** What Terraform keeps whole, in that form. */
export const KEPT = TEXTS.filter((text) => !text.startsWith(MARK));
/** A text that it does not. */
export const MARKED = `${MARK}bom`;

/** The stack with texts in that form. */
export function writeNormal(texts: readonly string[]): string {
  const folder = writeHostile(texts);
  for (const file of ['hostile.yaml', 'policies/teller.yaml']) {
    const path = join(folder, file);
    writeFileSync(path, readFileSync(path, 'utf8').normalize('NFC'));
  }
  return folder;
}

/** What the program printed: its arguments, then its variables. */
export function toldBy(printed: string): { arguments: string[]; variables: Record<string, string> } {
  const told = printed.split('\0').slice(0, -1);
  const count = 2 + argumentsOf(TEXTS).length; // --THREADS is first
  return {
    arguments: told.slice(2, count),
    variables: Object.fromEntries(told.slice(count).map((text) => text.split(/=(.*)/s, 2) as [string, string])),
  };
}

/** What systemd makes of a generated unit and of the files that it names. */
import { existsSync, readFileSync } from 'node:fs';

/**
 * The words of `ExecStart=`: quotes and escapes taken off, `%%` and `$$` halved, `${NAME}` replaced.
 * @see https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html#Command%20lines
 */
export function execWords(unit: string, env: Readonly<Record<string, string>>): string[] {
  const line = /^ExecStart=(.*)$/m.exec(unit)![1]!;
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) =>
    (plain ?? quoted!.replace(/\\(.)/g, '$1'))
      .replaceAll('%%', '%')
      .replace(/\$\$|\$\{(\w+)\}/g, (match, name: string) => (match === '$$' ? '$' : (env[name] ?? ''))),
  );
}

/** An `EnvironmentFile=` as the generated ones are written: plain values, and some in double quotes. */
export function variablesIn(file: string): Record<string, string> {
  if (!existsSync(file)) return {}; // a service without variables has none
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1).replace(/^"(.*)"$/, '$1')];
    }),
  );
}

/**
 * Workflow commands of GitHub Actions, which a runner turns into annotations of the lines that they name.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
import { printable } from '../../errors/printable.ts';
import type { Annotation } from './annotation.ts';

const COMMANDS = { error: 'error', warning: 'warning', advice: 'notice' } as const;

export function githubCommands(annotations: readonly Annotation[]): string {
  return annotations
    .map(({ code, level, text, path, file, line }) => {
      const properties = Object.entries({ file, line, title: code }).flatMap(([name, value]) =>
        value === undefined ? [] : [`${name}=${escapeProperty(printable(`${value}`))}`],
      );
      const message = printable(path === '' ? text : `${path}: ${text}`);
      return `::${COMMANDS[level]} ${properties.join(',')}::${escapeData(message)}\n`;
    })
    .join('');
}

/** A command is one line, and the runner decodes these three. */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** Makes text safe for a terminal and for the log of a pipeline, whoever wrote it. */

/**
 * Controls but the line feed and the tab, marks that turn the direction of writing, what some reader takes for a line
 * end, and halves of characters.
 */
const UNPRINTABLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]/gu;

/**
 * What a runner takes for a command: `::error::` at the begin of a line, `##[error]` and `##vso[task.complete]` anywhere.
 * @see https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
 * @see https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
 */
const COMMAND = /^(\s*:):|#(#\w*\[)/gm;

/**
 * The text with everything else as `\\u001b`. In JSON that is the same text, so it may be JSON.
 * Its line ends stay: which of them were meant, only the one knows who put the text together.
 */
export function printable(text: string): string {
  return text
    .replace(UNPRINTABLE, escaped)
    .replace(COMMAND, (_, colon?: string, hash?: string) =>
      colon === undefined ? `${escaped('#')}${hash}` : `${colon}${escaped(':')}`,
    );
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

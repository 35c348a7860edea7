/** Words of commands: split as a shell does, and read inside `sh -c` where that is one simple command. */

/** A text as words; undefined where a quote is not closed. */
export function splitWords(text: string): string[] | undefined {
  const words: string[] = [];
  let rest = text.replace(/\\\r?\n/g, ' ').trimStart();
  while (rest !== '') {
    const [whole] = /^(?:'[^']*'|"(?:[^"\\]|\\[\s\S])*"|\\[\s\S]|[^\s'"\\])+/.exec(rest) ?? [];
    if (whole === undefined) return undefined;
    const next = rest[whole.length];
    if (next !== undefined && !/\s/.test(next)) return undefined;
    words.push(unquoted(whole));
    rest = rest.slice(whole.length).trimStart();
  }
  return words;
}

function unquoted(word: string): string {
  return word.replace(/'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])/g, (_, single, double, escaped) =>
    String(single ?? (double as string | undefined)?.replace(/\\(["\\$`])/g, '$1') ?? escaped),
  );
}

/** What makes a script more than one simple command. Words with variables stay as they are. */
const MORE_THAN_A_COMMAND = /[;|&<>()`\n]|\$\(/;

/**
 * The words of the program that is started: those of a shell's script where that is one simple command.
 * @returns undefined for another script
 */
export function startedBy(words: readonly string[]): string[] | undefined {
  const [shell = '', flags = '', script = ''] = words;
  if (!/^(?:\/(?:usr\/)?bin\/)?(?:ba|da|a)?sh$/.test(shell)) return [...words];
  if (!/^-[a-z]*c$/.test(flags)) return undefined;
  const outside = script.trim().replace(/'[^']*'|"(?:[^"\\`]|\\[\s\S])*"|\\\r?\n/g, '');
  const inside = MORE_THAN_A_COMMAND.test(outside) ? undefined : splitWords(script);
  return inside?.[0] === 'exec' ? inside.slice(1) : inside;
}

/**
 * What some reader takes for a line break or refuses: controls, lone surrogates, U+2028, U+2029, U+FEFF, U+FFFE, U+FFFF.
 * Ranges instead of \p classes, which take milliseconds to compile.
 */
export const UNPRINTABLE_CODES: readonly (readonly [number, number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0x2028, 0x2029],
  [0xfeff, 0xfeff],
  [0xfffe, 0xffff],
];
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]+/gu;

/**
 * Text for a comment: what is unprintable becomes a space. None ends in a backslash: systemd before version 254 takes
 * the next line of an environment file for a part of such a comment.
 * @see https://github.com/systemd/systemd/issues/27975
 */
export function oneLine(text: string): string {
  return text.replace(UNPRINTABLE, ' ').replace(/\\(?=\s*$)/, '\\.');
}

/** Whether every line is printable. */
export function isPrintable(text: string): boolean {
  return text.replaceAll('\n', '').search(UNPRINTABLE) === -1;
}

/** What to write instead of what is no YAML. */

const QUOTE = '; put the text in quotes';

/** What to change, by the parser's own code. */
export const YAML_HINTS: Readonly<Partial<Record<string, string>>> = {
  BLOCK_AS_IMPLICIT_KEY: `${QUOTE} where it has a colon and a space; write a space behind the colon of a key`,
  MULTILINE_IMPLICIT_KEY: '; write a colon and a space behind the key, or indent what belongs to the line above',
  TAB_AS_INDENT: '; indent with spaces',
  BAD_INDENT: '; indent what belongs together alike',
  BAD_SCALAR_START: QUOTE,
  TAG_RESOLVE_FAILED: `${QUOTE} where it begins with !`,
  BAD_ALIAS: `${QUOTE} where it begins with * or &`,
  UNEXPECTED_TOKEN: `${QUOTE} where it begins with { or [, or goes on behind a closing quote`,
  BAD_DQ_ESCAPE: '; write \\\\ for a backslash, or use single quotes',
  MISSING_CHAR: '; close the quotes or the bracket',
  DUPLICATE_KEY: '; keep one of them',
};

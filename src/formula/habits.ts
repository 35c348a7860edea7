/** Habits from other languages that a formula cannot follow, with what to write instead. */

interface Habit {
  pattern: RegExp;
  instead(match: RegExpExecArray, names: ReadonlySet<string>): string;
}

const MEMORY: Record<string, [numerator: number, denominator: number]> = {
  k: [1, 1024],
  m: [1, 1],
  g: [1024, 1],
  t: [1_048_576, 1],
};

/** In the order in which they are looked for. */
const HABITS: readonly Habit[] = [
  {
    pattern: /\b\d+(?:\.\d+)?\s*%\s*(?=$|[)*/+,:?])/,
    instead: ([text]) => `% is the remainder of a division; for ${text.trim()} of a value write * ${partOf(text)}`,
  },
  {
    pattern: /(\/\s*)?\b(\d+\.\d+)\b/,
    instead: ([, division, number]) =>
      `numbers are whole here; instead of ${division ? '/' : '*'} ${number} write * ${fraction(number!, division !== undefined)}`,
  },
  {
    pattern: /\b(\d+)\s*([kmgt])(?:i?b|i)\b/i,
    instead: ([text, digits, unit]) => {
      const [times, by] = MEMORY[unit!.toLowerCase()]!;
      return `memory is in MiB here; for ${text} write ${Math.ceil((Number(digits) * times) / by)}`;
    },
  },
  { pattern: /(\w+)\s*(?:\*\*|\^)\s*2\b/, instead: ([, base]) => `there is no power; write ${base} * ${base}` },
  { pattern: /\*\*|\^/, instead: () => 'there is no power; write the product' },
  { pattern: /\bif\b|\bthen\b|\belse\b/, instead: () => 'write condition ? value : otherwise' },
  { pattern: /\b(and|or)\b/, instead: ([, word]) => `instead of ${word} write ${word === 'and' ? '&&' : '||'}` },
  { pattern: /\bnot\s/, instead: () => 'instead of not write !( ... )' },
  { pattern: /<>|!==/, instead: ([sign]) => `instead of ${sign} write !=` },
  { pattern: /===|(?<![<>=!])=(?!=)/, instead: ([sign]) => `instead of ${sign} write ==` },
  {
    pattern: /\bMath\.(\w+)/,
    instead: ([, name]) => `write ${name} alone, of which there are min, max, clamp and ceilDiv`,
  },
  { pattern: /\b(?:floor|round|trunc|int)\s*\(/, instead: () => 'division rounds down already: write a / b' },
  { pattern: /\bceil\s*\(/, instead: () => 'write ceilDiv(a, b) for a / b rounded up' },
  { pattern: /\babs\s*\(/, instead: () => 'write max(x, 0 - x)' },
  { pattern: /\b(?:sqrt|log\d*|ln|exp|pow)\s*\(/, instead: () => 'write steps: x < 8 ? 2 : x < 64 ? 4 : 8' },
  {
    pattern: /\b(min|max)\(\s*(\w+)\s*,\s*(\w+)\s*,\s*(\w+)\s*\)/,
    instead: ([, name, a, b, c]) => `write ${name}(${a}, ${name}(${b}, ${c}))`,
  },
  { pattern: /\/\//, instead: () => 'division is whole already: write / once' },
  { pattern: /\b\d{1,3}(?:[_,]\d{3})+\b/, instead: ([text]) => `write ${text.replace(/[_,]/g, '')}` },
  { pattern: /\b(\d+)[eE](\d)\b/, instead: ([, digits, zeros]) => `write ${digits}${'0'.repeat(Number(zeros))}` },
  { pattern: /\b0x([0-9a-f]{1,12})\b/i, instead: ([, digits]) => `write ${Number.parseInt(digits!, 16)}` },
  { pattern: /\b(\d+)u\b/, instead: ([, digits]) => `write ${digits}` },
  { pattern: /\b0+([1-9]\d*)\b/, instead: ([, digits]) => `write ${digits}` },
  {
    pattern: /\$?\{\s*([\w.]+)\s*\}|\$(\w+)/,
    instead: ([, braced, bare]) => `write the name alone: ${braced ?? bare}`,
  },
  { pattern: /(?<!\w)(["'])(\d+)\1/, instead: ([, , digits]) => `write ${digits} without quotes` },
  {
    pattern: /(\w+)\s*([<>]=?)\s*(\w+)\s*([<>]=?)\s*(\w+)/,
    instead: ([, a, first, b, second, c]) => `write ${a} ${first} ${b} && ${b} ${second} ${c}`,
  },
  {
    pattern: /\b(\d+)\s*([A-Za-z_]\w*)/,
    instead: ([, digits, name], names) =>
      names.has(name!) ? `write ${digits} * ${name}` : `write the number without a unit: ${digits}`,
  },
  { pattern: /^[^:]*\?[^:]*$/, instead: () => '? takes two values: write condition ? value : otherwise' },
  { pattern: /;\s*$/, instead: () => 'leave ; out' },
];

/** What to write instead, as the end of a message: `; write …`. Empty where no habit is recognised. */
export function insteadOf(text: string, names: ReadonlySet<string>): string {
  for (const { pattern, instead } of HABITS) {
    const match = pattern.exec(text);
    if (match) return `; ${instead(match, names)}`;
  }
  if (count(text, '(') > count(text, ')'))
    return '; close the parenthesis, and put the formula in quotes where it stands in { } and has a comma';
  return /(?:^|[-+*/%<>=&|?:(,!])\s*$/.test(text) ? '; something is missing at the end' : '';
}

function count(text: string, sign: string): number {
  return text.split(sign).length - 1;
}

function partOf(percent: string): string {
  const number = percent.replace(/\s*%\s*/, '');
  return number.includes('.') ? fraction(`${Number(number) / 100}`, false) : `${Number(number)} / 100`;
}

/** `0.75` as `3 / 4`, `1.5` inverted as `2 / 3`. */
function fraction(decimal: string, inverted: boolean): string {
  const [whole, digits = ''] = decimal.split('.') as [string, string?];
  const [over, under] = [Number(`${whole}${digits}`), 10 ** digits.length];
  const common = greatestDivisor(over, under);
  const parts = [over / common, under / common];
  return (inverted ? parts.reverse() : parts).join(' / ');
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

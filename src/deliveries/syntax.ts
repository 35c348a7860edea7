/** How a program writes one value: the same rules write it, read it back, and read it where somebody else wrote it. */
import { tryInteger } from '../units.ts';

/** How an integer stands in a text. */
export interface Syntax {
  /** `words`: the integer is the place of a word in a list, beginning with 0. */
  kind: 'decimal' | 'hexadecimal' | 'thousandths' | 'words';
  /** The text counts units this many times smaller than the parameter's: 1048576 for MiB that are written in bytes. */
  times: number;
  /** Stands behind the number: `MB`, `m`. */
  suffix: string;
  words: readonly string[];
  /** Units that the program takes, in bytes, for reading what others wrote; absent where only `suffix` is read. */
  units?: Units;
}

/** Bytes by suffix, which is read in any case. The empty one is a number alone. */
interface Units {
  readonly [suffix: string]: number;
}

const KI = 1024;
const MI = KI * KI;
const GI = KI * MI;
const TI = KI * GI;

/** Units of programs, as they are written. */
const FAMILIES = {
  /** @see https://www.postgresql.org/docs/current/config-setting.html */
  postgres: { '': KI, B: 1, kB: KI, MB: MI, GB: GI, TB: TI },
  /** Settings of PostgreSQL whose numbers count pages: shared_buffers, effective_cache_size, wal_buffers. */
  'postgres-pages': { '': 8 * KI, B: 1, kB: KI, MB: MI, GB: GI, TB: TI },
  /** @see https://raw.githubusercontent.com/redis/redis/7.0/redis.conf */
  redis: { '': 1, k: 1000, kb: KI, m: 1_000_000, mb: MI, g: 1_000_000_000, gb: GI },
  /** @see https://docs.oracle.com/en/java/javase/17/docs/specs/man/java.html */
  jvm: { '': 1, k: KI, m: MI, g: GI, t: TI },
  /** @see https://pkg.go.dev/runtime#hdr-Environment_Variables */
  go: { '': 1, B: 1, KiB: KI, MiB: MI, GiB: GI, TiB: TI },
  /** @see https://dev.mysql.com/doc/refman/8.4/en/using-system-variables.html */
  mysql: { '': 1, K: KI, M: MI, G: GI, T: TI },
  /** @see https://nginx.org/en/docs/syntax.html */
  nginx: { '': 1, k: KI, m: MI, g: GI },
  /** @see https://www.php.net/manual/en/faq.using.php#faq.using.shorthandbytes */
  php: { '': 1, K: KI, M: MI, G: GI },
} as const satisfies Readonly<Record<string, Units>>;

export type SyntaxName = keyof typeof FAMILIES | 'bytes' | 'hexadecimal' | 'hexadecimal-bytes' | 'thousandths';

export const SYNTAX_NAMES = [
  ...(Object.keys(FAMILIES) as (keyof typeof FAMILIES)[]),
  'bytes',
  'hexadecimal',
  'hexadecimal-bytes',
  'thousandths',
] as const satisfies readonly SyntaxName[];

/** Bytes in the units that a parameter can count; others count no memory. */
const BYTES_OF: Readonly<Record<string, number>> = {
  B: 1,
  bytes: 1,
  kB: KI,
  KiB: KI,
  MB: MI,
  MiB: MI,
  GB: GI,
  GiB: GI,
};

const DECIMAL: Syntax = { kind: 'decimal', times: 1, suffix: '', words: [] };

/** A number with a suffix that always stands there. */
export function plainSyntax(suffix = ''): Syntax {
  return suffix === '' ? DECIMAL : { ...DECIMAL, suffix };
}

/** A word of a list for each value. */
export function wordSyntax(words: readonly string[]): Syntax {
  return { ...DECIMAL, kind: 'words', words };
}

/**
 * The syntax of a name for a parameter that counts a unit; undefined where the two do not go together.
 * @param unit `MB`, `kB`, `MiB`: the parameter's
 */
export function namedSyntax(name: SyntaxName, unit: string): Syntax | undefined {
  if (name === 'hexadecimal') return { ...DECIMAL, kind: 'hexadecimal' };
  if (name === 'thousandths') return { ...DECIMAL, kind: 'thousandths' };
  const bytes = Object.hasOwn(BYTES_OF, unit) ? BYTES_OF[unit]! : undefined;
  if (bytes === undefined) return undefined;
  if (name === 'bytes') return { ...DECIMAL, times: bytes, units: { '': 1 } };
  if (name === 'hexadecimal-bytes') return { ...DECIMAL, kind: 'hexadecimal', times: bytes, units: { '': 1 } };
  const units: Units = FAMILIES[name];
  const suffix = Object.keys(units).find((one) => one !== '' && units[one] === bytes);
  if (suffix === undefined) return undefined;
  return { ...DECIMAL, suffix, units: lowerCase(units) };
}

function lowerCase(units: Units): Units {
  return Object.assign(
    Object.create(null),
    Object.fromEntries(Object.entries(units).map(([suffix, size]) => [suffix.toLowerCase(), size])),
  );
}

/** The text of a value. */
export function writeValue(value: number, { kind, times, suffix, words }: Syntax): string {
  if (kind === 'words') return words[value] ?? '';
  if (kind === 'thousandths') return `${Math.floor(value / 1000)}.${String(value % 1000).padStart(3, '0')}${suffix}`;
  return `${(value * times).toString(kind === 'hexadecimal' ? 16 : 10)}${suffix}`;
}

/**
 * The value of a text, rounded down to the parameter's unit; undefined for what the program would not take for a number.
 * What others wrote may have any unit of the program: `4GB` where we write `4096MB`.
 */
export function readValue(text: string, { kind, times, suffix, words, units }: Syntax): number | undefined {
  if (kind === 'words') {
    const index = words.indexOf(text);
    return index < 0 ? undefined : index;
  }
  if (kind === 'thousandths') return readThousandths(text, suffix);
  if (kind === 'hexadecimal') {
    const digits = /^(?:0x)?([0-9a-f]{1,13})$/i.exec(text)?.[1];
    return digits === undefined ? undefined : Math.floor(Number.parseInt(digits, 16) / times);
  }
  if (units === undefined) {
    if (!text.endsWith(suffix)) return undefined;
    const count = tryInteger(text.slice(0, text.length - suffix.length));
    return count === undefined ? undefined : Math.floor(count / times);
  }
  const [, whole, part = '', unit] = /^(\d{1,16})(?:\.(\d{1,9}))?\s*([A-Za-z]*)$/.exec(text) ?? [];
  const size = unit === undefined ? undefined : units[unit.toLowerCase()];
  if (size === undefined) return undefined;
  const own = units[suffix.toLowerCase()]! * times;
  const value = Number((BigInt(`${whole}${part}`) * BigInt(size)) / (BigInt(own) * 10n ** BigInt(part.length)));
  return Number.isSafeInteger(value) ? value : undefined;
}

function readThousandths(text: string, suffix: string): number | undefined {
  const [, whole, part = ''] =
    /^(\d{1,12})(?:\.(\d{1,12}))?$/.exec(text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : '') ?? [];
  return whole === undefined ? undefined : Number(whole) * 1000 + Number(part.padEnd(3, '0').slice(0, 3));
}

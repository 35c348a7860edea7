/**
 * Quantities are integers in base units: CPU in millicores, memory in MiB. Text becomes a number here once, on the
 * way in, and a number becomes text here once, in `render`.
 *
 * The traps, all covered by tests: Kubernetes `M` is 10^6 bytes and `m` on memory is a thousandth of a byte; Docker,
 * the JVM and PostgreSQL mean 1024-based units by `m`, `MB`; Redis means 2^20 by `mb` but 10^6 by `m`; ECS has 1024
 * CPU units to a vCPU.
 */
import { fail } from './errors/errors.ts';

/** Smallest CPU that a container can be given: CFS takes no quota below 1 ms of its 100 ms period. Also the finest share. */
export const MIN_CPU_MILLIS = 10;
/** Largest CPU that is planned for: 1024 cores. Formulas are proved safe up to here. */
export const MAX_CPU_MILLIS = 1_024_000;
/** Largest memory that is planned for: 32 TiB. Formulas are proved safe up to here. */
export const MAX_MEMORY_MIB = 33_554_432;

const MIB = 1_048_576n;

/** `0` or digits without a leading zero, at most 15: `010` is 8 to a shell. */
export function tryInteger(text: string): number | undefined {
  return /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : undefined;
}

/**
 * An integer as a user types it.
 * @throws QUANTITY_SYNTAX for signs, fractions, leading zeros, exponents and more than 15 digits
 */
export function parseInteger(text: string, path: string): number {
  return (
    tryInteger(text) ??
    fail('QUANTITY_SYNTAX', path, `expected a whole number of at most 15 digits without a leading zero, got "${text}"`)
  );
}

/** `12`, `1.5` or `0.25` scaled by an integer factor, exactly and rounded down; undefined for anything else. */
function scaleDecimal(text: string, factor: bigint): bigint | undefined {
  const match = /^(0|[1-9]\d{0,14})(?:\.(\d{1,9}))?$/.exec(text);
  if (!match) return undefined;
  const fraction = match[2] ?? '';
  return (BigInt(match[1]! + fraction) * factor) / 10n ** BigInt(fraction.length);
}

function inRange(value: bigint, max: number): boolean {
  return value >= 1n && value <= BigInt(max);
}

/**
 * CPU as an operator writes it: `4`, `0.5` (cores) or `500m`.
 * @returns millicores, 1 to 1,024,000
 * @throws QUANTITY_SYNTAX
 */
export function parseCpuMillis(text: string, path: string): number {
  const millis = /^(.*)m$/.exec(text);
  const value = millis ? scaleDecimal(millis[1]!, 1n) : scaleDecimal(text, 1000n);
  const expected = 'expected CPU in cores (4, 0.5) or millicores (500m)';
  if (value === undefined || (millis && text.includes('.')))
    fail('QUANTITY_SYNTAX', path, `${expected}, got "${text}"`);
  if (!inRange(value, MAX_CPU_MILLIS)) fail('QUANTITY_SYNTAX', path, `${expected} from 1m to 1024, got "${text}"`);
  return Number(value);
}

const MEMORY_UNITS: Record<string, bigint> = { Ki: 1024n, Mi: MIB, Gi: MIB << 10n, Ti: MIB << 20n };

/**
 * Memory as an operator writes it: `512Mi`, `1.5Gi`, `2Ti`. Decimal and bare units are refused, because Docker,
 * Kubernetes and Redis read them differently.
 * @param rounding down for what there is, up for what is taken
 * @returns MiB, 1 to 33,554,432
 * @throws QUANTITY_SYNTAX
 */
export function parseMemoryMiB(text: string, path: string, rounding: 'down' | 'up' = 'down'): number {
  const match = /^([\d.]+)(Ki|Mi|Gi|Ti)$/.exec(text);
  const bytes = match ? scaleDecimal(match[1]!, MEMORY_UNITS[match[2]!]!) : undefined;
  if (bytes === undefined) {
    const [, digits, unit] = /^((?:0|[1-9]\d{0,14})(?:\.\d{1,9})?)\s*([kmgt]?)i?b?$/i.exec(text) ?? [];
    const hint =
      digits === undefined
        ? '512Mi or 32Gi'
        : unit
          ? `${digits}${unit.toUpperCase()}i`
          : digits.length >= 7
            ? `${tryKubernetesMemory(digits, rounding)}Mi, if these are bytes`
            : `${digits}Mi or ${digits}Gi`;
    fail('QUANTITY_SYNTAX', path, `expected memory in Mi, Gi or Ti (1024-based), got "${text}"; write ${hint}`);
  }
  const value = (rounding === 'up' ? bytes + MIB - 1n : bytes) / MIB;
  if (!inRange(value, MAX_MEMORY_MIB)) fail('QUANTITY_SYNTAX', path, `expected memory from 1Mi to 32Ti, got "${text}"`);
  return Number(value);
}

/** CPU for Cloud Run and people: `250m`. Never a fraction, never an exponent. */
export function formatCpu(millis: number): string {
  return `${millis}m`;
}

/** CPU in cores for Docker, Compose and `docker run --cpus`: `2`, `0.25`, `19.72`. */
export function formatCores(millis: number): string {
  const whole = Math.floor(millis / 1000);
  const rest = millis % 1000;
  return rest === 0 ? `${whole}` : `${whole}.${`${rest}`.padStart(3, '0').replace(/0+$/, '')}`;
}

/** CPU as the Kubernetes API writes it back: `250m`, `2`. */
export function formatKubernetesCpu(millis: number): string {
  return millis % 1000 === 0 ? `${millis / 1000}` : `${millis}m`;
}

/**
 * Memory as the Kubernetes API writes it back, with the largest unit: `512Mi`, `2Gi`, `1Ti`.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function formatKubernetesMemory(miB: number): string {
  const units = ['Mi', 'Gi', 'Ti'];
  let [value, unit] = [miB, 0];
  while (unit < units.length - 1 && value % 1024 === 0) [value, unit] = [value / 1024, unit + 1];
  return `${value}${units[unit]}`;
}

/** Memory in MiB: `512Mi`. */
export function formatMemory(miB: number): string {
  return `${miB}Mi`;
}

/** Memory for Docker and Compose, where `m` is 2^20 bytes: `512m`. */
export function formatDockerMemory(miB: number): string {
  return `${miB}m`;
}

/** Powers of ten that a decimal suffix of a Kubernetes quantity stands for. */
const DECIMAL_SUFFIX: Record<string, number> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
/** Powers of two that a binary suffix stands for. */
const BINARY_SUFFIX: Record<string, bigint> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };
const NANO = 1_000_000_000n;
/** Kubernetes caps a quantity at 2^63 − 1. */
const MAX_QUANTITY = (1n << 63n) - 1n;

/**
 * A Kubernetes quantity in billionths, finer ones rounded up as Kubernetes rounds them: `250m`, `1.5Gi`, `512M`,
 * `1e3`, `.5`, `+1`. Undefined for anything else, for a negative one, and for what no machine has: more than 60 digits, an
 * exponent of more than three.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function tryQuantityNano(text: string): bigint | undefined {
  const match = /^\+?(?=\.?\d)(\d{0,60})(?:\.(\d{0,60}))?(?:([numkMGTPE]?)|([KMGTPE]i)|[eE]([+-]?\d{1,3}))$/.exec(text);
  if (!match) return undefined;
  const [, whole = '', fraction = '', decimal, binary, exponent] = match;
  const digits = BigInt(`0${whole}${fraction}`) << (binary === undefined ? 0n : BINARY_SUFFIX[binary]!);
  const power = 9 + Number(exponent ?? DECIMAL_SUFFIX[decimal ?? '']) - fraction.length;
  const nano = power >= 0 ? digits * 10n ** BigInt(power) : divideUp(digits, 10n ** BigInt(-power));
  const most = MAX_QUANTITY * NANO;
  return nano > most ? most : nano;
}

function divideUp(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}

/** Millicores that a Kubernetes CPU quantity means (`250m`, `2`), rounded up as the scheduler does; undefined for none. */
export function tryKubernetesCpu(text: string): number | undefined {
  const nano = tryQuantityNano(text);
  return nano === undefined ? undefined : Number(divideUp(nano, 1_000_000n));
}

/**
 * Whole MiB that a Kubernetes memory quantity means: binary (`512Mi`) and decimal (`512M` is 488) units, bare bytes,
 * and `m` for thousandths of a byte; undefined for none.
 * @param rounding down for what there is, up for what is taken
 */
export function tryKubernetesMemory(text: string, rounding: 'down' | 'up' = 'down'): number | undefined {
  const nano = tryQuantityNano(text);
  if (nano === undefined) return undefined;
  const unit = MIB * NANO;
  return Number(rounding === 'up' ? divideUp(nano, unit) : nano / unit);
}

/**
 * A reservation as a kubelet takes it: any quantity that Kubernetes takes, zero included, rounded up.
 * @returns millicores or MiB, within what is planned for
 * @throws QUANTITY_SYNTAX
 */
export function parseKubernetesQuantity(text: string, resource: 'cpu' | 'memory', path: string): number {
  const value = resource === 'cpu' ? tryKubernetesCpu(text) : tryKubernetesMemory(text, 'up');
  const [example, most, limit] =
    resource === 'cpu' ? ['250m or 0.5', MAX_CPU_MILLIS, '1024'] : ['512Mi or 1G', MAX_MEMORY_MIB, '32Ti'];
  if (value === undefined)
    return fail(
      'QUANTITY_SYNTAX',
      path,
      `expected ${resource} as a Kubernetes quantity, got "${text}"; write ${example}`,
    );
  if (value > most) fail('QUANTITY_SYNTAX', path, `expected ${resource} up to ${limit}, got "${text}"`);
  return value;
}

/** Whole MiB that a Docker memory string means (`512m`, `1.5g`, `2GiB`, bare bytes); 1024-based. */
export function tryDockerMemory(text: string): number | undefined {
  const [, whole, part = '', unit = 'b'] = /^(\d{1,15})(?:\.(\d{1,9}))? ?(?:b|([kmgt])(?:i?b)?)?$/i.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const factor: Record<string, bigint> = { b: 1n, k: 1024n, m: MIB, g: MIB << 10n, t: MIB << 20n };
  return Number((BigInt(`${whole}${part}`) * factor[unit.toLowerCase()]!) / (MIB * 10n ** BigInt(part.length)));
}

/** For people: `0.15 cores`, `1 core`. */
export function coresText(millis: number): string {
  return `${formatCores(millis)} ${millis === 1000 ? 'core' : 'cores'}`;
}

/** Digits grouped for people: `12,288`. */
export function formatCount(value: number): string {
  return `${value}`.replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A unit as it stands behind a count: `1 thread`, `2 threads`, `1 MB`. */
export function unitFor(count: number, unit: string): string {
  if (count !== 1 || !/^[a-z ]{3,}s$/.test(unit) || /[^s]ss$/.test(unit)) return unit;
  if (unit.endsWith('ies')) return `${unit.slice(0, -3)}y`;
  return unit.slice(0, /(ss|ch|sh|x)es$/.test(unit) ? -2 : -1);
}

/** `12,288 MiB`. */
export function formatMiB(miB: number): string {
  return `${formatCount(miB)} MiB`;
}

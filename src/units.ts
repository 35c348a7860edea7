/**
 * Quantities are integers in base units: CPU in millicores, memory in MiB. Text becomes a number here once, on the
 * way in, and a number becomes text here once, in `render`.
 *
 * The traps, all covered by tests: Kubernetes `M` is 10^6 bytes and `m` on memory is a thousandth of a byte; Docker,
 * the JVM and PostgreSQL mean 1024-based units by `m`, `MB`; Redis means 2^20 by `mb` but 10^6 by `m`; ECS has 1024
 * CPU units to a vCPU.
 */
import { fail } from './errors.ts';

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
      digits === undefined ? '512Mi or 32Gi' : unit ? `${digits}${unit.toUpperCase()}i` : `${digits}Mi or ${digits}Gi`;
    fail('QUANTITY_SYNTAX', path, `expected memory in Mi, Gi or Ti (1024-based), got "${text}"; write ${hint}`);
  }
  const value = (rounding === 'up' ? bytes + MIB - 1n : bytes) / MIB;
  if (!inRange(value, MAX_MEMORY_MIB)) fail('QUANTITY_SYNTAX', path, `expected memory from 1Mi to 32Ti, got "${text}"`);
  return Number(value);
}

/** CPU for Kubernetes, ECS and people: `250m`. Never a fraction, never an exponent. */
export function formatCpu(millis: number): string {
  return `${millis}m`;
}

/** CPU in cores for Docker, Compose and `docker run --cpus`: `2`, `0.25`, `19.72`. */
export function formatCores(millis: number): string {
  const whole = Math.floor(millis / 1000);
  const rest = millis % 1000;
  return rest === 0 ? `${whole}` : `${whole}.${`${rest}`.padStart(3, '0').replace(/0+$/, '')}`;
}

/** Memory for Kubernetes: `512Mi`. */
export function formatMemory(miB: number): string {
  return `${miB}Mi`;
}

/** Memory for Docker and Compose, where `m` is 2^20 bytes: `512m`. */
export function formatDockerMemory(miB: number): string {
  return `${miB}m`;
}

/** Millicores that a Kubernetes CPU quantity means (`250m`, `2`); undefined when it is no such quantity. */
export function tryKubernetesCpu(text: string): number | undefined {
  const millis = /^(\d{1,15})m$/.exec(text);
  if (millis) return Number(millis[1]);
  const value = scaleDecimal(text, 1000n);
  return value === undefined ? undefined : Number(value);
}

/**
 * Whole MiB that a Kubernetes memory quantity means: binary (`512Mi`) and decimal (`512M` is 488) units, bare bytes,
 * and `m` for thousandths of a byte. Rounded down; undefined when it is no such quantity.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function tryKubernetesMemory(text: string): number | undefined {
  const match = /^([\d.]+)(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(text);
  if (!match) return undefined;
  const unit = match[2] ?? '';
  const decimal: Record<string, bigint> = {
    '': 1n,
    m: 1n,
    k: 1_000n,
    M: 1_000_000n,
    G: 1_000_000_000n,
    T: 1_000_000_000_000n,
  };
  const bytes = scaleDecimal(match[1]!, MEMORY_UNITS[unit] ?? decimal[unit]!);
  if (bytes === undefined) return undefined;
  return Number((unit === 'm' ? bytes / 1000n : bytes) / MIB);
}

/** Whole MiB that a Docker memory string means (`512m`, `2g`, bare bytes); 1024-based. */
export function tryDockerMemory(text: string): number | undefined {
  const match = /^(\d{1,15})([bkmg])?b?$/i.exec(text);
  if (!match) return undefined;
  const factor: Record<string, bigint> = { b: 1n, k: 1024n, m: MIB, g: MIB << 10n };
  return Number((BigInt(match[1]!) * factor[(match[2] ?? 'b').toLowerCase()]!) / MIB);
}

/** Digits grouped for people: `12,288`. */
export function formatCount(value: number): string {
  return `${value}`.replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `12,288 MiB`. */
export function formatMiB(miB: number): string {
  return `${formatCount(miB)} MiB`;
}

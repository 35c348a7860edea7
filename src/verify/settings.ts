/** What a running server says of its settings, against what was planned. */
import { reasonOf } from '../plan/decide/decision.ts';
import type { RenderedService, Value } from '../targets/rendered.ts';
import { valuesOf } from '../targets/values.ts';
import { type Row, row } from './row.ts';

/** One effective setting, in the server's own words. */
export interface Effective {
  text: string;
  /** Of the number, where the server says one: `kB`, `8kB`, `ms`. */
  unit?: string;
  /** Where the value comes from, where the server says so. */
  origin?: string;
}

/** Every parameter and setting of a service against what its server says. */
export function compareSettings(
  rendered: RenderedService,
  reported: ReadonlyMap<string, Effective>,
  from: string,
): Row[] {
  const { service, plan } = rendered;
  return valuesOf(rendered).map((value) => {
    const { key, text: planned, reason, parameter } = value;
    const shown = planned === '' ? '""' : planned;
    const effective = reported.get(key);
    const compared = { service: service.name, what: key, planned: shown, from };
    if (effective === undefined)
      return row(
        { ...compared, found: 'nothing' },
        { code: 'SETTING_UNKNOWN', message: `expected ${shown} as planned, but the server knows no ${key}` },
      );
    const found = effectiveText(effective);
    if (isEffective(value, effective)) return row({ ...compared, found });
    const origin = effective.origin === undefined ? '' : ` (${effective.origin})`;
    return row(
      { ...compared, found },
      {
        code: 'SETTING_DIFFERS',
        message: `expected ${shown} as planned, got ${found}${origin}`,
        why: parameter ? reasonOf(plan.parameters[parameter.name]!) : reason,
      },
    );
  });
}

const BYTES_IN: Record<string, number> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3, tb: 1024 ** 4 };

/** Words for the same, as PostgreSQL takes them. */
const SWITCH: Record<string, string> = { true: 'on', yes: 'on', false: 'off', no: 'off' };

/** Whether the effective value is the planned one, in whatever unit each is written. */
export function isEffective({ text }: Pick<Value, 'text'>, effective: Effective): boolean {
  if (text === effective.text) return true;
  const planned = quantity(text);
  const found = quantity(effective.text);
  if (planned !== undefined && found !== undefined) {
    const [times, unit] = splitUnit(effective.unit ?? '');
    const inUnit = BYTES_IN[unit];
    if (planned.bytes === undefined) return planned.number === found.number;
    // A server without units of its own reports bytes.
    return planned.number * planned.bytes === found.number * times * (found.bytes ?? inUnit ?? 1);
  }
  const word = (value: string) => SWITCH[value.toLowerCase()] ?? value.toLowerCase();
  return ['on', 'off'].includes(effective.text) && word(text) === effective.text;
}

/** The effective value for people: `131072 × 8kB` says nothing, `128 MB` does. */
export function effectiveText({ text, unit = '' }: Effective): string {
  const [times, name] = splitUnit(unit);
  const bytes = BYTES_IN[name];
  const number = quantity(text)?.number;
  if (bytes === undefined || number === undefined || number < 0) return unit === '' ? text || '""' : `${text} ${unit}`;
  const total = number * times * bytes;
  const [label, size] = Object.entries({ MB: 1024 ** 2, kB: 1024, B: 1 }).find(([, size]) => total % size === 0)!;
  return `${total / size}${label}`;
}

function quantity(text: string): { number: number; bytes: number | undefined } | undefined {
  const match = /^(-?\d{1,15}(?:\.\d{1,9})?)([kmgt]?b)?$/i.exec(text);
  return match ? { number: Number(match[1]), bytes: BYTES_IN[match[2]?.toLowerCase() ?? ''] } : undefined;
}

/** `8kB` is 8 and `kb`. */
function splitUnit(unit: string): [number, string] {
  const [, times = '', name = ''] = /^(\d*)(.*)$/.exec(unit)!;
  return [times === '' ? 1 : Number(times), name.toLowerCase()];
}

/** A running PostgreSQL, asked for its view pg_settings. */
import { type Address, PATIENCE_SECONDS, reasonOf, unreachable } from './address.ts';
import type { Effective } from './settings.ts';

interface Row {
  name: string;
  setting: string;
  unit: string | null;
  source: string;
  sourcefile: string | null;
  pending_restart: boolean | string;
}

const STATEMENT = 'SELECT name, setting, unit, source, sourcefile, pending_restart FROM pg_settings';

/** @throws SOURCE_UNREACHABLE */
export async function askPgSettings(address: Address, option: string): Promise<Map<string, Effective>> {
  const { default: connect } = await import('postgres');
  const sql = connect(address.url.href, {
    max: 1,
    password: address.password,
    connect_timeout: PATIENCE_SECONDS,
    fetch_types: false,
    onnotice: () => {},
  });
  try {
    const rows = await sql.unsafe<Row[]>(STATEMENT).simple();
    return new Map(rows.map((row) => [row.name, effective(row)]));
  } catch (error) {
    return unreachable(option, address, reasonOf(error), error);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

function effective({ setting, unit, source, sourcefile, pending_restart }: Row): Effective {
  const waits = pending_restart === true || pending_restart === 't' ? '; a change waits for a restart' : '';
  return {
    text: setting,
    ...(unit !== null && { unit }),
    origin: `${source}${sourcefile ? ` ${sourcefile}` : ''}${waits}`,
  };
}

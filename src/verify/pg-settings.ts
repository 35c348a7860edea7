/** A running PostgreSQL, asked for its view pg_settings. */
import { fail } from '../errors/errors.ts';
import { type Address, decoded, PATIENCE_SECONDS, reasonOf, shortLine, unreachable } from './address.ts';
import { openPgSocket, SSL_MODES, type SslMode } from './pg-socket.ts';
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

/** @throws SOURCE_UNREACHABLE, USAGE */
export async function askPgSettings(address: Address, option: string): Promise<Map<string, Effective>> {
  const { default: connect } = await import('postgres');
  const { url, user, password } = address;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? 5432 : Number(url.port);
  const { sslmode = 'disable', ...parameters } = Object.fromEntries(url.searchParams);
  if (!isSslMode(sslmode)) return fail('USAGE', option, `expected an sslmode of ${SSL_MODES.join(', ')}, got another`);
  const database = decoded(url.pathname.slice(1));
  const deadline = AbortSignal.timeout(PATIENCE_SECONDS * 1000);
  const late = new Promise<never>((_, reject) => {
    deadline.addEventListener('abort', () => reject(new Error(`no answer within ${PATIENCE_SECONDS} s`)));
  });
  const sql = connect({
    // The library takes a socket that it is given, which its types do not tell.
    ...({ socket: () => openPgSocket(host, port, sslmode, deadline) } as object),
    host,
    port,
    ...(user !== '' && { user }),
    ...(database !== '' && { database }),
    password,
    connection: { application_name: 'sizewright', ...parameters },
    max: 1,
    ssl: false,
    connect_timeout: PATIENCE_SECONDS,
    fetch_types: false,
    onnotice: () => {},
  });
  try {
    const rows = await Promise.race([sql.unsafe<Row[]>(STATEMENT).simple(), late]);
    return new Map(rows.filter(isRow).map((row) => [row.name, effective(row)]));
  } catch (error) {
    return unreachable(option, address, reasonOf(error), error);
  } finally {
    await sql.end({ timeout: 0 });
  }
}

function isSslMode(text: string): text is SslMode {
  return (SSL_MODES as readonly string[]).includes(text);
}

/** A server may answer with other columns than it was asked for. */
function isRow({ name, setting, source }: Partial<Row>): boolean {
  return [name, setting, source].every((cell) => typeof cell === 'string');
}

function effective({ setting, unit, source, sourcefile, pending_restart }: Row): Effective {
  const waits = pending_restart === true || pending_restart === 't' ? '; a change waits for a restart' : '';
  return {
    text: shortLine(setting),
    ...(typeof unit === 'string' && { unit: shortLine(unit) }),
    origin: shortLine(`${source}${sourcefile ? ` ${sourcefile}` : ''}${waits}`),
  };
}

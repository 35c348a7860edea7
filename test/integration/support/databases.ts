/** What running databases say of their settings. */
import type { ServicePlan } from '../../../src/plan/plan.ts';
import { docker } from './containers.ts';

/** Rows of texts, asked over TCP with a password: `host` is not this container's own loopback, which needs none. */
export async function sql(
  container: string,
  host: string,
  password: string,
  statement: string,
  user = 'postgres',
): Promise<string[][]> {
  const client = ['psql', '-h', host, '-U', user, '-d', 'spatialvortex', '-AtF', '\t', '-c', statement];
  const answer = await docker('exec', '--env', `PGPASSWORD=${password}`, container, ...client);
  const lines = answer.trimEnd().split('\n');
  return lines.map((line) => line.split('\t'));
}

/** Every setting of the server that is a number; memory in KiB. */
export async function postgresSettings(container: string, host: string, password: string): Promise<NumberByName> {
  const rows = await sql(container, host, password, 'SELECT name, setting, unit FROM pg_settings');
  return Object.fromEntries(rows.map(([name, setting, unit]) => [name, inBaseUnit(Number(setting), unit)]));
}

/** The parameters that the plan gives the server; memory in KiB. */
export function plannedSettings({ parameters }: ServicePlan): NumberByName {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { value, unit }]) => [name, inBaseUnit(value, unit)]),
  );
}

type NumberByName = Record<string, number>;

const KIB_IN: NumberByName = { kB: 1, '8kB': 8, MB: 1024, GB: 1024 * 1024 };

/** Memory in KiB; what is not memory as it is. */
function inBaseUnit(value: number, unit = ''): number {
  return value * (KIB_IN[unit] ?? 1);
}

/** One setting of the Redis server, as its own text. */
export async function redisSetting(container: string, password: string, name: string): Promise<string> {
  const client = ['redis-cli', 'CONFIG', 'GET', name];
  const answer = await docker('exec', '--env', `REDISCLI_AUTH=${password}`, container, ...client);
  return answer.split('\n')[1]!;
}

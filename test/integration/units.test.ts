/** Generated units and drop-ins under a real systemd, together with the units that Debian ships. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneLine } from '../../src/formats/one-line.ts';
import { unitWord } from '../../src/targets/env/systemd.ts';
import { envLine } from '../../src/targets/env/text.ts';
import { type Generated, ROOT, synth, temporaryFolder } from './support/generated.ts';
import { bootMachine, type Machine } from './support/machine.ts';

const PROFILE = 't3.large';
const UNITS = ['redis-server', 'postgresql@15-main', 'spatialvortex-api'];
const ALL = UNITS.join(' ');
const SECRETS = ['DATABASE_URL', 'REDIS_URL', 'GROK_API_KEY', 'SPATIALVORTEX_LAKE_ENCRYPTION_KEY'];

/** `systemctl show` of one unit. */
async function propertiesOf(machine: Machine, unit: string, ...names: string[]): Promise<Record<string, string>> {
  const lines = (await machine.sh(`systemctl show -p ${names.join(',')} ${unit}`)).trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s, 2)));
}

/** Why units do not start. */
const TELL = '{ journalctl --no-pager --lines 60; ls -ld / /etc /run /tmp; exit 1; } >&2';

/** Texts made of what the formats give a meaning to, the same ones in every run. */
function hostileTexts(count: number): string[] {
  const sign = fc.constantFrom(
    ...[
      ...' \t\n"\'\\$%#;=`{}!|&()<>*?~-@+:',
      'a',
      'Z',
      '0',
      'é',
      '🧀',
      '\u2028',
      '\u0085',
      '\u0001',
      '$$',
      '%n',
      '$\u007bHOME}',
    ],
  );
  const text = fc.oneof(fc.string({ unit: sign, maxLength: 8 }), fc.string({ maxLength: 12 }));
  return ['', '"quoted"', "'quoted'", '\\', ' ', '$HOME', '%%', ...fc.sample(text, { seed: 7, numRuns: count })];
}

const psql = (statement: string) => `su postgres -c "psql -At -c '${statement}'"`;

describe.each(['exact', 'auto'])('--mode %s', (mode) => {
  let machine: Machine;
  let generated: Generated;
  beforeAll(async () => {
    generated = await synth(PROFILE, 'env', '--mode', mode);
    machine = await bootMachine(generated.folder);
    // What the first lines of the drop-ins and of the settings leave to the operator.
    const of = (name: string, file: string) =>
      mode === 'auto' ? `/run/spatialvortex-${name}/${file}` : `/etc/spatialvortex/${name}/${file}`;
    await machine.sh(`
      echo "include ${of('redis', 'redis.conf')}" >> /etc/redis/redis.conf
      echo "include_if_exists = '${of('postgres', 'postgresql.conf')}'" >> /etc/postgresql/15/main/postgresql.conf
      printf '${SECRETS.map((name) => `${name}=secret\\n`).join('')}' > /etc/spatialvortex/api.secrets.env
      systemctl daemon-reload; systemctl restart ${ALL} || ${TELL}; sleep 1`);
  });
  afterAll(() => machine?.stop());

  test('every unit runs', async () => {
    expect(await machine.sh(`systemctl is-active ${ALL}`)).toBe('active\nactive\nactive\n');
  });

  test('its programs have the values of the plan', async () => {
    const { redis, postgres, api } = generated.plan.services;
    const maxmemory = redis!.parameters.maxmemory!.value * 1024 * 1024;
    expect(await machine.sh('redis-cli config get maxmemory')).toBe(`maxmemory\n${maxmemory}\n`);
    const shown = await machine.sh(`${psql('show shared_buffers')}; ${psql('show max_connections')}`);
    const { shared_buffers, max_connections } = postgres!.parameters;
    expect(shown).toBe(`${shared_buffers!.value}MB\n${max_connections!.value}\n`);
    const environ = await machine.sh('cat /proc/$(systemctl show -P MainPID spatialvortex-api)/environ');
    const variables = Object.fromEntries(environ.split('\0').map((line) => line.split(/=(.*)/s, 2)));
    expect(variables).toMatchObject({
      ...Object.fromEntries(Object.entries(api!.parameters).map(([name, { value }]) => [name, `${value}`])),
      ...Object.fromEntries(SECRETS.map((name) => [name, 'secret'])),
    });
  });

  test('limits are those of the plan, and what the distribution says otherwise holds', async () => {
    const names = ['MemoryMax', 'CPUQuotaPerSecUSec', 'OOMPolicy', 'Type', 'Restart', 'TimeoutStartUSec'];
    // t3.large: 883 and 1766 MiB, 250m and 500m
    expect(await propertiesOf(machine, 'redis-server', ...names)).toMatchObject({
      MemoryMax: `${883 * 1024 * 1024}`,
      CPUQuotaPerSecUSec: '250ms',
      OOMPolicy: 'continue',
      Type: 'notify',
      Restart: 'always',
    });
    expect(await propertiesOf(machine, 'postgresql@15-main', ...names)).toEqual({
      MemoryMax: `${1766 * 1024 * 1024}`,
      CPUQuotaPerSecUSec: '500ms',
      OOMPolicy: 'continue',
      Type: 'forking',
      Restart: 'no',
      TimeoutStartUSec: 'infinity',
    });
  });

  test('a backend that the kernel kills for the memory leaves the database up', async () => {
    const postmaster = await machine.sh('cat /run/postgresql/15-main.pid');
    await machine.sh(
      `! ${psql('select length(string_agg(repeat(md5(g::text), 1000), md5(g::text))) from generate_series(1, 100000) g')}`,
    );
    await machine.sh(
      `for i in 1 2 3 4 5 6 7 8 9 10; do ${psql('select 1')} > /dev/null && exit; sleep 1; done; exit 1`,
    );
    expect(await machine.sh('cat /run/postgresql/15-main.pid; systemctl is-active postgresql@15-main')).toBe(
      `${postmaster}active\n`,
    );
  });

  test('a restart brings every unit back, a stop ends it', async () => {
    await machine.sh(`systemctl restart ${ALL}; sleep 1; systemctl is-active ${ALL}; systemctl stop ${ALL}`);
    expect(await machine.sh(`systemctl is-failed ${ALL} || :`)).toBe('inactive\ninactive\ninactive\n');
  });

  if (mode === 'exact') {
    test('an environment file is read as it was meant, by systemd and by a shell', async () => {
      const texts = hostileTexts(300).flatMap((text) => {
        try {
          return [{ text, line: envLine('NAME', text, '').slice('NAME'.length) }];
        } catch {
          return []; // refused
        }
      });
      expect(texts.length).toBeGreaterThan(50);
      const lines = texts.flatMap(({ text, line }, index) => [`# ${oneLine(`${text}\\`)}`, `V${index}${line}`]);
      await machine.write('/run/texts.env', `${lines.join('\n')}\n`);
      const unit = ['[Service]', 'Type=oneshot', 'EnvironmentFile=/run/texts.env'];
      unit.push('StandardOutput=truncate:/run/texts', 'ExecStart=/usr/bin/env -0');
      await machine.write('/run/systemd/system/texts.service', `${unit.join('\n')}\n`);
      const printed = [
        await machine.sh('systemctl daemon-reload; systemctl start texts; cat /run/texts'),
        await machine.sh('set -a; . /run/texts.env; env -0'),
      ];
      for (const environment of printed) {
        const variables = Object.fromEntries(environment.split('\0').map((line) => line.split(/=(.*)/s, 2)));
        expect(texts.map((_, index) => variables[`V${index}`])).toEqual(texts.map(({ text }) => text));
      }
    });

    test('words of a command are read as they were meant', async () => {
      const words = hostileTexts(300).filter((text) => !/[\0\p{Cs}]/u.test(text));
      const unit = ['[Service]', 'Type=oneshot', 'StandardOutput=truncate:/run/words', 'ExecStart=/usr/bin/printf'];
      unit[3] += ` ${['%s\\0', ...words].map(unitWord).join(' ')}`;
      await machine.write('/run/systemd/system/words.service', `${unit.join('\n')}\n`);
      const printed = await machine.sh('systemctl daemon-reload; systemctl start words; cat /run/words');
      expect(printed.split('\0').slice(0, -1)).toEqual(words);
    });
    return;
  }
  test('without leave to execute a shell the cache would not start', async () => {
    const dropIn = '/etc/systemd/system/redis-server.service.d/50-sizewright.conf';
    await machine.sh(`sed -i /^ExecPaths=/d ${dropIn}; systemctl daemon-reload`);
    await expect(machine.sh('systemctl start redis-server')).rejects.toThrow('redis-server.service');
  });
});

describe('units of ours for the databases', () => {
  let machine: Machine;
  let generated: Generated;
  beforeAll(async () => {
    const stack = join(temporaryFolder(), 'stack.yaml');
    const text = readFileSync(join(ROOT, 'stacks/spatialvortex/stack.yaml'), 'utf8')
      .replace(
        /systemd: \{ unit: postgresql@15-main.service \}/,
        'systemd: { unit: own-postgres.service, user: postgres, exec: "/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main -c config_file=/etc/postgresql/15/main/postgresql.conf" }',
      )
      .replace('path: /var/lib/postgresql/data', 'path: /var/lib/postgresql')
      .replace(
        /systemd: \{ unit: redis-server.service \}/,
        'systemd: { unit: own-redis.service, user: redis, exec: /usr/bin/redis-server }',
      );
    writeFileSync(stack, text);
    generated = await synth(PROFILE, 'env', '--stack', stack);
    machine = await bootMachine(generated.folder);
    await machine.sh(`
      systemctl disable --now redis-server postgresql@15-main postgresql
      echo REDIS_PASSWORD='"it'"'"'s $x %n"' > /etc/spatialvortex/redis.secrets.env
      echo POSTGRES_PASSWORD=unused > /etc/spatialvortex/postgres.secrets.env
      systemctl daemon-reload; systemctl restart own-redis own-postgres || ${TELL}; sleep 2`);
  });
  afterAll(() => machine?.stop());

  test('run under all that the units forbid, with the values of the plan', async () => {
    expect(await machine.sh('systemctl is-active own-redis own-postgres')).toBe('active\nactive\n');
    const { redis, postgres } = generated.plan.services;
    const maxmemory = redis!.parameters.maxmemory!.value * 1024 * 1024;
    const ask = `REDISCLI_AUTH="it's "'$x %n' redis-cli config get maxmemory`;
    expect(await machine.sh(ask)).toBe(`maxmemory\n${maxmemory}\n`);
    expect(await machine.sh(psql('show shared_buffers'))).toBe(`${postgres!.parameters.shared_buffers!.value}MB\n`);
  });

  test('a stop is clean', async () => {
    await machine.sh('systemctl stop own-redis own-postgres');
    expect(await machine.sh('systemctl is-failed own-redis own-postgres || :')).toBe('inactive\ninactive\n');
  });
});

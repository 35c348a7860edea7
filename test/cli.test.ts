/** argv in, exit code and text out. Commands of the catalogue have tests of their own in `test/cli/`. */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { planSchema } from '../src/plan/schema.ts';
import { packageFiles, runCommand } from './commands.ts';
import { DEMO_POLICY, DEMO_STACK } from './samples.ts';

const temporary = mkdtempSync(join(tmpdir(), 'sizewright-cli-'));
afterAll(() => rmSync(temporary, { recursive: true }));
let root = '';
let count = 0;
beforeEach(() => {
  count += 1;
  root = join(temporary, `${count}`);
});

const cli = (...argv: string[]) => runCommand(argv, { root });
const api = ['--profile', '4cpu-8gi', '--external', 'postgres,redis'];

/** Every file below a folder, with what is in it. */
function tree(folder = root): Record<string, string> {
  if (!existsSync(folder)) return {};
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(folder, name)).isFile())
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
}

describe('help', () => {
  it('of the program', async () => {
    const { exit, out, err } = await cli('--help');
    expect([exit, err]).toEqual([0, '']);
    for (const command of ['synth', 'plan', 'explain', 'compare', 'diff'])
      expect(out).toMatch(new RegExp(`^  ${command} `, 'm'));
  });

  it.each(['synth', 'plan', 'explain', 'compare', 'diff'])('of %s', async (command) => {
    const { exit, out, err } = await cli(command, '--help');
    expect([exit, err]).toEqual([0, '']);
    for (const flag of [
      '--profile',
      '--cpu',
      '--memory',
      '--available',
      '--stack',
      '--external',
      '--set',
      '--min',
      '--max',
      '--overrides',
      '--env-overrides',
      '--platform',
    ])
      expect(out).toContain(flag);
  });
});

describe('usage: 64, and nothing on stdout', () => {
  it.each([
    { argv: [], says: /^Usage: sizewright/ },
    { argv: ['plann'], says: /unknown command 'plann'\n\(Did you mean plan\?\)/ },
    { argv: ['plan', '--profil', 'x'], says: /unknown option '--profil'\n\(Did you mean --profile\?\)/ },
    { argv: ['synth', '--targets', 'env'], says: /unknown option '--targets'\n\(Did you mean --target\?\)/ },
    { argv: ['plan', '--profile'], says: /option '--profile <name>' argument missing/ },
    { argv: ['plan', ...api, 'more'], says: /too many arguments/ },
    { argv: ['plan', ...api, '--format', 'xml'], says: /argument 'xml' is invalid\. Allowed choices are text, json/ },
    { argv: ['plan', ...api, '--force'], says: /unknown option '--force'/ },
    { argv: ['plan'], says: /^sizewright: USAGE\n--profile: expected hardware, got none/ },
    { argv: ['plan', '--cpu', '4'], says: /^sizewright: USAGE\n--memory: expected --cpu and --memory together/ },
    { argv: ['diff', ...api, '-o', '-'], says: /^sizewright: USAGE\n--output: expected the folder that files are/ },
    { argv: ['synth', '--check', ...api], says: /^sizewright: USAGE\n--check: .*; use sizewright diff, which/ },
    {
      argv: ['synth', ...api, '-o', ''],
      says: /^sizewright: USAGE\n--output: expected a name, or - for stdout, got ""/,
    },
    { argv: ['diff', ...api, '-o', ''], says: /^sizewright: USAGE\n--output: expected a name/ },
    {
      argv: ['synth', ...api, '-o', '-'],
      says: /^sizewright: USAGE\n--output: expected one --target and one profile with -o -/,
    },
    {
      argv: ['synth', ...api, '--profile', '1cpu-3gi', '--target', 'env', '-o', '-'],
      says: /^sizewright: USAGE\n--output:/,
    },
  ])('$argv', async ({ argv, says }) => {
    const { exit, out, err } = await cli(...argv);
    expect([exit, out]).toEqual([64, '']);
    expect(err).toMatch(says);
    expect(tree()).toEqual({});
  });
});

describe('what is wrong or infeasible: 1, and nothing on stdout', () => {
  it.each([
    { argv: ['plan', '--profile', 'c6i.9xlarge'], code: 'PROFILE_UNKNOWN' },
    { argv: ['plan', '--profile', 'x'.repeat(300)], code: 'PROFILE_UNKNOWN' },
    { argv: ['plan', '--profile', '$(id)'], code: 'PROFILE_UNKNOWN' },
    { argv: ['plan', '--profile', ''], code: 'PROFILE_UNKNOWN' },
    { argv: ['plan', '--profile', '__proto__'], code: 'PROFILE_UNKNOWN' },
    { argv: ['plan', '--profile', './none.yaml'], code: 'FILE_UNREADABLE' },
    { argv: ['plan', '--profile', '4cpu-8gb'], code: 'QUANTITY_SYNTAX' },
    { argv: ['plan', '--cpu', '4', '--memory', '32GB'], code: 'QUANTITY_SYNTAX' },
    { argv: ['plan', '--cpu', '-4', '--memory', '32Gi'], code: 'QUANTITY_SYNTAX' },
    { argv: ['plan', '--cpu', '010', '--memory', '32Gi'], code: 'QUANTITY_SYNTAX' },
    { argv: ['plan', '--cpu', '1e3', '--memory', '32Gi'], code: 'QUANTITY_SYNTAX' },
    { argv: ['plan', ...api, '--stack', 'nosuch'], code: 'STACK_UNKNOWN' },
    { argv: ['plan', ...api, '--stack', '__proto__'], code: 'STACK_UNKNOWN' },
    { argv: ['plan', ...api, '--stack', '../../etc/passwd'], code: 'FILE_UNREADABLE' },
    { argv: ['plan', ...api, '--external', 'constructor'], code: 'SERVICE_UNKNOWN' },
    { argv: ['plan', ...api, '--set', '__proto__.x=1'], code: 'SERVICE_UNKNOWN' },
    { argv: ['plan', ...api, '--set', 'constructor.name=1'], code: 'SERVICE_UNKNOWN' },
    { argv: ['plan', ...api, '--set', 'api.__proto__=1'], code: 'OVERRIDE_INVALID' },
    { argv: ['plan', ...api, '--set', 'api.toString=1'], code: 'OVERRIDE_INVALID' },
    { argv: ['plan', ...api, '--set', 'api.ACTIX_WORKERS=65'], code: 'PIN_INVALID' },
    { argv: ['plan', ...api, '--set', 'api.ACTIX_WORKERS=08'], code: 'QUANTITY_SYNTAX' },
    { argv: ['plan', ...api, '--set', 'postgres.max_conections=200'], code: 'OVERRIDE_INVALID' },
    { argv: ['plan', ...api, '--max', 'api.ACTIX_WORKERS=65'], code: 'BOUND_CONFLICT' },
    { argv: ['plan', ...api, '--platform', 'k8s'], code: 'PLATFORM_UNKNOWN' },
    { argv: ['plan', ...api, '--overrides', 'none.yaml'], code: 'FILE_UNREADABLE' },
    { argv: ['plan', ...api, '--available', '2000Mi'], code: 'BUDGET_EXCEEDED' },
    { argv: ['plan', '--profile', 't3.nano'], code: 'ALLOCATION_EXCEEDED' },
    { argv: ['synth', ...api, '--target', 'nomad'], code: 'TARGET_UNKNOWN' },
    { argv: ['synth', ...api, '--target', ''], code: 'TARGET_UNKNOWN' },
    { argv: ['synth', ...api, '--target', 'env,'], code: 'TARGET_UNKNOWN' },
    { argv: ['plan', ...api, '--external', ''], code: 'SERVICE_UNKNOWN' },
    { argv: ['synth', ...api, '--target', 'kubernetes', '--platform', 'host'], code: 'TARGET_UNSUPPORTED' },
    { argv: ['synth', ...api, '--set', 'api.ONNX_POOL_SIZE=32', '-o', 'out'], code: 'BUDGET_EXCEEDED' },
    { argv: ['explain', ...api, 'api.ONNX'], code: 'SERVICE_UNKNOWN' },
    { argv: ['explain', ...api, 'constructor'], code: 'SERVICE_UNKNOWN' },
  ])('$argv: $code', async ({ argv, code }) => {
    const { exit, out, err } = await cli(...argv);
    expect([exit, out]).toEqual([1, '']);
    expect(err.split('\n')[0]).toBe(`sizewright: ${code}`);
    expect(err.endsWith('\n')).toBe(true);
    expect(tree()).toEqual({});
  });

  it('tells which profiles they are, where several are asked for', async () => {
    const profiles = ['c6i.8xlarge', '1cpu-1gi', '1cpu-2gi'].flatMap((name) => ['--profile', name]);
    const { exit, err } = await cli('plan', ...profiles);
    expect(exit).toBe(1);
    // The limit less a tenth, rounded down, less 128 MiB.
    expect(err).toMatch(/^1cpu-1gi: api: expected costs of at most 794 MiB/m);
    expect(err).toMatch(/^1cpu-2gi: api: expected costs of at most 1,716 MiB/m);
    expect(err).not.toContain('c6i.8xlarge');
  });

  it('says once what is wrong for all of them', async () => {
    const { err } = await cli('plan', ...api, '--profile', '8cpu-16gi', '--set', 'api.ACTIX_WORKERS=65');
    expect(err).toBe(
      'sizewright: PIN_INVALID\napi.ACTIX_WORKERS: expected 4 to 64 workers, got 65 (--set); pin a value within the bounds\n',
    );
  });

  it('tells which platform it is, where several are asked for', async () => {
    // m5.large: feasible on a host, too small for ten replicas on Kubernetes
    const host = ['synth', '--profile', 'm5.large', '--platform', 'host', '-o', 'deploy'];
    expect((await cli(...host)).exit).toBe(0);
    const { exit, err } = await cli(...host, '--platform', 'kubernetes');
    expect(exit).toBe(1);
    expect(err).toContain('kubernetes');
  });

  it('a name in a message cannot break out of its line', async () => {
    const { err } = await cli('plan', '--cpu', '4\nsizewright: OK\u001b[2J', '--memory', '8Gi');
    expect(err).not.toContain('\nsizewright: OK');
    expect(err).not.toContain('\u001b');
  });
});

describe('plan', () => {
  it('as JSON: the public shape', async () => {
    const { exit, out, err } = await cli('plan', ...api, '--format', 'json');
    expect([exit, err]).toEqual([0, '']);
    const plan = planSchema.parse(JSON.parse(out));
    expect(plan).toMatchObject({
      schema: 'sizewright/plan/v1',
      stack: 'spatialvortex',
      profile: '4cpu-8gi',
      platform: 'host',
      external: ['postgres', 'redis'],
      requirements: [{ service: 'postgres', parameter: 'max_connections', atLeast: 24 }],
      machines: [],
      services: {
        api: {
          limits: { cpuMillis: 4000, memoryMiB: 8192 },
          requests: { cpuMillis: 4000, memoryMiB: 8192 },
          parameters: { ONNX_POOL_SIZE: { value: 10, unit: 'sessions', min: 4, max: 32 } },
          ledger: { availableMiB: 7245, usedMiB: 6843, freeMiB: 402 },
        },
      },
    });
    expect(plan.findings).toEqual([]);
  });

  it('several as a list', async () => {
    const { out } = await cli('plan', ...api, '--profile', 'c6i.8xlarge', '--format', 'json');
    expect(JSON.parse(out).map(({ profile }: { profile: string }) => profile)).toEqual(['4cpu-8gi', 'c6i.8xlarge']);
  });

  it('as text: every value, and what bounded it', async () => {
    const { exit, out } = await cli('plan', ...api);
    expect(exit).toBe(0);
    expect(out).toMatch(/^ {2}ONNX_POOL_SIZE +10 +sessions +4\.\.32 +budget$/m);
    expect(out).toMatch(/6,843 MiB of 7,245 MiB/);
  });

  it('as text: what is taken of a node, and how many nodes it takes', async () => {
    const { out } = await cli('plan', '--profile', 'c6i.8xlarge', '--platform', 'kubernetes');
    expect(out).toMatch(/^ {2}- every node +0\.3 cores +512 MiB {2}DaemonSets and cluster add-ons \(assumed\)$/m);
    expect(out).toMatch(/^ {2}needs 3 nodes at minimum replicas, 10 at maximum$/m);
  });

  it('by cores, memory and what is available', async () => {
    const argv = ['--cpu', '8', '--memory', '16384Mi', '--available', '12288Mi', '--external', 'postgres,redis'];
    const { out } = await cli('plan', ...argv, '--format', 'json');
    const { parameters } = JSON.parse(out).services.api;
    expect(Object.values(parameters).map((parameter) => (parameter as { value: number }).value)).toEqual([
      16, 4096, 20, 32, 2048, 1800, 1000, 50, 8, 1,
    ]);
  });

  it('with the environment, where it is asked for', async () => {
    const env = { ACTIX_WORKERS: '24', DB_POOL_SIZE_MAX: '9' };
    const values = async (...flags: string[]) => {
      const { out } = await runCommand(['plan', ...api, '--format', 'json', ...flags], { env });
      const { ACTIX_WORKERS, DB_POOL_SIZE } = JSON.parse(out).services.api.parameters;
      return [ACTIX_WORKERS.value, DB_POOL_SIZE.value];
    };
    expect(await values()).toEqual([8, 16]);
    expect(await values('--env-overrides')).toEqual([24, 9]);
    expect(await values('--env-overrides', '--set', 'api.ACTIX_WORKERS=10')).toEqual([10, 9]);
  });

  it('with the environment for programs that read none: by the names that formulas know', async () => {
    const env = { max_connections: '60', work_mem_MAX: '8192', io_threads: '2', 'io-threads': '5' };
    const { out } = await runCommand(['plan', '--profile', '8cpu-32gi', '--format', 'json', '--env-overrides'], {
      env,
    });
    const { postgres, redis } = JSON.parse(out).services;
    expect(postgres.parameters.max_connections.value).toBe(60);
    expect(postgres.parameters.work_mem.value).toBe(8192);
    expect(redis.parameters.io_threads.value).toBe(2);
  });
});

describe('synth', () => {
  const here = (...more: string[]) => cli('synth', ...api, '-o', 'deploy', ...more);

  it('writes every target, and a summary on stderr', async () => {
    const { exit, out, err } = await here();
    expect([exit, out]).toEqual([0, '']);
    const folders = new Set(Object.keys(tree()).map((name) => name.split('/').slice(0, 5).join('/')));
    for (const target of ['host/env', 'host/docker', 'host/compose', 'kubernetes/kubernetes'])
      expect(
        [...folders].some((name) => name.startsWith(`deploy/spatialvortex/4cpu-8gi/${target}`)),
        target,
      ).toBe(true);
    expect(err).toContain('spatialvortex in limits 4cpu-8gi, platform');
    expect(err).toMatch(/\bnew\b/);
    expect(tree()['deploy/.gitignore']).toBeUndefined();
  });

  it('a second time changes nothing', async () => {
    await here();
    const first = tree();
    const { exit, err } = await here();
    expect(exit).toBe(0);
    expect(err).toMatch(/\b0 new, 0 changed\b/);
    expect(tree()).toEqual(first);
  });

  it('two runs in two places are equal to the byte, and name no place', async () => {
    await here();
    const first = tree();
    const other = join(temporary, 'elsewhere');
    await runCommand(['synth', ...api, '-o', 'deploy'], { root: other });
    expect(tree(other)).toEqual(first);
    for (const [name, contents] of Object.entries(first)) {
      expect(contents.includes(temporary), name).toBe(false);
      expect(contents.includes('\r'), name).toBe(false);
    }
  });

  it('beside `out` git is told to ignore it', async () => {
    await cli('synth', ...api, '--target', 'env');
    expect(tree()['out/.gitignore']).toBe('*\n');
  });

  it('of one target leaves the others alone', async () => {
    await here();
    const before = tree();
    const { exit } = await here('--set', 'api.ACTIX_WORKERS=20', '--target', 'compose');
    expect(exit).toBe(0);
    const changed = Object.entries(tree()).filter(([name, contents]) => before[name] !== contents);
    for (const [name] of changed) expect(name).toMatch(/host\/(compose\/|plan\.json|manifest\.json)/);
    expect(changed.some(([name]) => name.includes('/compose/'))).toBe(true);
  });

  it('says that a script lost its executable bit, as a patch that Git applies', async () => {
    const argv = [...api, '--target', 'env', '-o', 'deploy'];
    await cli('synth', ...argv);
    const script = 'deploy/spatialvortex/4cpu-8gi/host/env/load-test.sh';
    chmodSync(join(root, script), 0o644);
    expect(await cli('diff', ...argv)).toMatchObject({
      exit: 2,
      out: `diff --git a/${script} b/${script}\nold mode 100644\nnew mode 100755\n`,
    });
  });

  it('diff: 2 while something would change, 0 after; it writes nothing', async () => {
    const run = () => cli('diff', ...api, '-o', 'deploy', '--target', 'env');
    const before = await run();
    expect(before.exit).toBe(2);
    expect(before.out).toContain('+++ b/deploy/spatialvortex/4cpu-8gi/host/plan.json\n');
    expect(tree()).toEqual({});
    await here('--target', 'env');
    expect(await run()).toMatchObject({ exit: 0, out: '' });
  });

  it('a file changed by hand stops it; --force overwrites, and says so', async () => {
    await here('--target', 'compose');
    const file = join(root, 'deploy/spatialvortex/4cpu-8gi/host/compose/compose.yaml');
    const generated = readFileSync(file, 'utf8');
    writeFileSync(file, `${generated}# mine\n`);
    const stopped = await here('--target', 'compose', '--set', 'api.ACTIX_WORKERS=20');
    expect([stopped.exit, stopped.err.split('\n')[0]]).toEqual([1, 'sizewright: WRITE_CONFLICT']);
    expect(stopped.err).toContain('deploy/spatialvortex/4cpu-8gi/host/compose/compose.yaml: expected the file as');
    expect(readFileSync(file, 'utf8')).toBe(`${generated}# mine\n`);
    const forced = await here('--target', 'compose', '--force');
    expect(forced.exit).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(generated);
    expect(forced.err).toMatch(/\b0 new\b/);
  });

  it('what cannot be written', async () => {
    const { exit, err } = await runCommand(['synth', ...api, '--target', 'env', '-o', 'x'], { root: '/dev/null' });
    expect([exit, err.split('\n')[0]]).toEqual([1, 'sizewright: WRITE_FAILED']);
  });

  it('a folder with a space in its name is quoted in the next command', async () => {
    const { err } = await cli('synth', ...api, '--target', 'compose', '-o', 'my out');
    expect(err).toMatch(
      /^next: docker compose -f 'my out\/spatialvortex\/4cpu-8gi\/host\/compose\/compose.yaml' config --quiet$/m,
    );
  });

  it('says of which plans a finding is, where it is not of all', async () => {
    const { err } = await cli('synth', '--profile', '4cpu-8gi', '--profile', 't3.large', '--target', 'compose');
    expect(err).toMatch(/^ {2}advice BURSTABLE_MACHINE t3.large on t3.large\/host: t3.large is burstable/m);
  });

  it('nothing is written when one of several profiles is infeasible', async () => {
    const { exit } = await here('--profile', '1cpu-1gi');
    expect(exit).toBe(1);
    expect(tree()).toEqual({});
  });
});

describe('synth -o -', () => {
  it.each(['env', 'docker', 'compose', 'kubernetes'])('%s on stdout, and nothing written', async (target) => {
    const { exit, out } = await cli('synth', ...api, '--target', target, '-o', '-');
    expect(exit).toBe(0);
    expect(out).toMatch(
      /generated by sizewright from stack spatialvortex and profile 4cpu-8gi on (host|kubernetes); do not edit/,
    );
    expect(out.endsWith('\n')).toBe(true);
    expect(tree()).toEqual({});
  });
});

describe('explain', () => {
  it('as JSON', async () => {
    const { exit, out } = await cli('explain', ...api, 'api.ONNX_POOL_SIZE', '--format', 'json');
    expect(exit).toBe(0);
    expect(JSON.parse(out)).toMatchObject([
      {
        service: 'api',
        parameter: 'ONNX_POOL_SIZE',
        value: 10,
        trace: [
          { step: 'formula', to: 12 },
          { step: 'budget', from: 12, to: 10 },
        ],
        liftedBy: { what: 'limit', miB: 9077, value: 12 },
        static: 8,
      },
    ]);
  });

  it('all values of a service, or all there are', async () => {
    const names = async (...wanted: string[]) => {
      const { out } = await cli('explain', '--profile', '4cpu-8gi', '--format', 'json', ...wanted);
      return JSON.parse(out).map(({ service, parameter }: Record<string, string>) => `${service}.${parameter}`);
    };
    expect(await names('redis')).toEqual(['redis.maxmemory', 'redis.io_threads']);
    expect(await names()).toHaveLength(22); // 9 + 10 + 2
    expect(await names('redis.maxmemory', 'api.CACHE_TTL')).toEqual(['redis.maxmemory', 'api.CACHE_TTL']);
  });

  it('advises nothing that would be refused', async () => {
    // a quarter of 30,198,861 MiB is more than the cache's outer bound of 1,048,576
    const argv = ['--cpu', '1024', '--memory', '32Ti', '--external', 'postgres,redis'];
    const { out } = await cli('explain', ...argv, 'api.CACHE_SIZE_MB');
    for (const [, service, name, value] of out.matchAll(/--max (\w+)\.(\w+)=(\d+)/g)) {
      expect((await cli('plan', ...argv, '--max', `${service}.${name}=${value}`)).exit).toBe(0);
    }
  });
});

describe('compare', () => {
  it('as JSON', async () => {
    const { exit, out } = await cli('compare', ...api, '--format', 'json');
    expect(exit).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      profile: '4cpu-8gi',
      services: { api: { static: { usedMiB: 4576, availableMiB: 7245, fits: true } } },
    });
  });

  it('as Markdown and as text', async () => {
    expect((await cli('compare', ...api, '--format', 'markdown')).out).toContain(
      '| ACTIX_WORKERS | 16 | 8 | 0.5x | workers |',
    );
    expect((await cli('compare', ...api)).out).toMatch(/^ {2}ACTIX_WORKERS +16 +8 +0\.5x +workers$/m);
  });

  it('labels what the author expects, for the cores that the author named', async () => {
    const at = async (cpu: string) =>
      (await cli('compare', '--cpu', cpu, '--memory', '64Gi', '--external', 'postgres,redis')).out;
    expect(await at('16')).toMatch(/expected by the .*author.* 16 cores, not measured/);
    expect(await at('20')).toMatch(/8, 16, 32 cores only, none for 20/);
  });
});

describe("a user's own stack", () => {
  const files = (changes: Record<string, string> = {}) =>
    packageFiles({ 'my.yaml': DEMO_STACK, 'policies/demo.yaml': DEMO_POLICY, ...changes });
  const run = (argv: string[], changes?: Record<string, string>) =>
    runCommand([...argv, '--stack', 'my.yaml', '--profile', '4cpu-8gi'], { files: files(changes), root });

  it('is rendered everywhere', async () => {
    const { exit } = await run(['synth', '-o', 'deploy']);
    expect(exit).toBe(0);
    expect(Object.keys(tree()).length).toBeGreaterThan(15);
  });

  it('without a single parameter', async () => {
    const policy = `${DEMO_POLICY.slice(0, DEMO_POLICY.indexOf('parameters:'))}parameters: {}\n${DEMO_POLICY.slice(DEMO_POLICY.indexOf('deliver:'))}`;
    const bare = {
      'policies/demo.yaml': policy.replace('yields: [WORKERS]', 'yields: []'),
      'my.yaml': DEMO_STACK.slice(0, DEMO_STACK.indexOf('constraints:')),
    };
    for (const argv of [['plan'], ['synth', '-o', 'deploy', '--target', 'env'], ['explain'], ['compare']]) {
      const { exit, out, err } = await run(argv, bare);
      expect(exit, argv.join(' ')).toBe(0);
      expect(out + err).not.toMatch(/undefined|NaN|Infinity/);
    }
  });

  it('with what every object has as names', async () => {
    const changes = {
      'policies/demo.yaml': DEMO_POLICY.replace('  POOL_SIZE:', '  constructor:'),
      'my.yaml': DEMO_STACK.replaceAll('POOL_SIZE', 'constructor')
        .replace('  worker:', '  constructor:')
        .replace('worker.constructor', 'constructor.constructor'),
    };
    for (const argv of [['plan'], ['synth', '-o', 'deploy'], ['explain'], ['compare'], ['plan', '--env-overrides']]) {
      const { exit, out, err } = await run(argv, changes);
      expect(exit, `${argv.join(' ')}: ${err}`).toBe(0);
      expect(out + err).not.toMatch(/undefined|NaN|native code/);
    }
  });

  it('nobody’s text leaves its comment', async () => {
    const text = '"x\\nINJECTED=1\\r# y\\u2028INJECTED: 1\\u0085INJECTED 1"';
    const policy = DEMO_POLICY.replaceAll('why: made up', `why: ${text}`)
      .replace('formula: cores * 2', 'formula: "cores\\n* 2"')
      .replace('does: answers requests', `does: ${text}`)
      .replace('    bounds:', `    static: { value: 5, arbitrary: ${text}, effect: ${text} }\n    bounds:`)
      .replace('deliver:', `settings: { LEVEL: { value: info, why: ${text} } }\ndeliver:`);
    const { exit } = await run(['synth', '-o', 'deploy'], {
      'policies/demo.yaml': policy,
      'my.yaml': DEMO_STACK.replaceAll('why: made up', `why: ${text}`),
    });
    expect(exit).toBe(0);
    for (const [name, contents] of Object.entries(tree())) {
      if (name.endsWith('.json')) continue;
      const lines = contents.split(/[\n\r\u2028\u0085]/).filter((line) => line.includes('INJECTED'));
      for (const line of lines) expect(`${name}: ${line}`).not.toMatch(/: \s*(- )?INJECTED/);
    }
  });
});

describe('any words', () => {
  const word = fc.constantFrom(
    ...['', '0', '-1', '010', '1e3', '4cpu-8gi', '10m-64mi', '1024cpu-32ti', 'c6i.large', 'e2-micro', 'aws:c6i.large'],
    ...['__proto__', 'constructor', '../x', '*', 'c6i.*', 'a=b', 'api=c6i.large', 'api,redis=r6i.large', '=', 'api='],
    ...[
      '😀',
      'a b',
      "'",
      '$(id)',
      '{{x}}',
      '8Gi',
      '32GB',
      '999999999999999',
      'my.yaml',
      'box.yaml',
      'bad.yaml',
      'o.yaml',
    ],
    ...['host', 'kubernetes', 'env', 'json', 'x'.repeat(300)],
  );
  const member = fc.constantFrom(
    ...['api.ACTIX_WORKERS', 'api.ONNX_POOL_SIZE', 'postgres.max_connections', 'redis.maxmemory', 'web.WORKERS'],
    ...['api.__proto__', 'constructor.x', 'api', '.', 'postgres.replicas.max'],
  );
  const flag: fc.Arbitrary<string[]> = fc.oneof(
    fc
      .tuple(
        fc.constantFrom(
          '--profile',
          '--cpu',
          '--memory',
          '--available',
          '--stack',
          '--overrides',
          '--platform',
          '--target',
        ),
        word,
      )
      .map((words) => [...words]),
    fc
      .tuple(fc.constantFrom('--set', '--min', '--max'), member, fc.oneof(fc.nat(5000).map(String), word))
      .map(([name, of, value]) => [name, `${of}=${value}`]),
    fc.constantFrom<string[]>(
      ['--env-overrides'],
      ['--external', 'postgres,redis'],
      ['--external', 'api'],
      ['--stack', 'my.yaml'],
    ),
    fc.constantFrom<string[]>(
      ['--profile', '4cpu-8gi'],
      ['--profile', 'c6i.2xlarge'],
      ['--cpu', '8', '--memory', '16Gi'],
    ),
  );
  const files = packageFiles({
    'my.yaml': DEMO_STACK,
    'policies/demo.yaml': DEMO_POLICY,
    'box.yaml': 'machine: { name: office, cpu: 8, memory: 16Gi }\n',
    'bad.yaml': 'a: [',
    'o.yaml': 'api: { ACTIX_WORKERS: 12, CACHE_SIZE_MB: { min: 200 } }\n',
  });

  it('end with a code, and data only where that is 0 or 2', async () => {
    const command = fc.constantFrom(['plan'], ['explain'], ['compare'], ['diff']);
    await fc.assert(
      fc.asyncProperty(command, fc.array(flag, { maxLength: 5 }), async (words, flags) => {
        const argv = [...words, ...flags.flat()];
        const { exit, out, err } = await runCommand(argv, { files, env: { ACTIX_WORKERS: '24' }, root });
        expect([0, 1, 2, 64]).toContain(exit);
        if (exit === 1 || exit === 64) expect(out).toBe('');
        expect(out + err).not.toMatch(/undefined|NaN|\[object|native code/);
      }),
      { seed: 13, numRuns: 300 },
    );
    expect(tree()).toEqual({});
  });
});

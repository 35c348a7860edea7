/** `--format github` and `--format sarif` of every command that has findings, and what is refused. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { packageFiles, runCommand } from '../commands.ts';
import { replaceOnce } from '../samples.ts';
import { sarifErrors } from './reports/support.ts';

const fixture = (path: string) => readFileSync(new URL(`../fixtures/stranger/${path}`, import.meta.url), 'utf8');
/** Line 2 is `stack`, 3 `main`, 9 `web-front`, 23 `memo`, 34 the constraint. */
const STACK = replaceOnce(fixture('my-stack.yaml'), '<= memo.conns', '<= memo.conns - 1');
const OWN = {
  'my-stack.yaml': STACK,
  'policies/go-web.yaml': fixture('policies/go-web.yaml'),
  'policies/memcached.yaml': fixture('policies/memcached.yaml'),
};
const MINE = ['--stack', './my-stack.yaml'];
const SMALL = [...MINE, '--profile', 'm7g.xlarge'];

const temporary = mkdtempSync(join(tmpdir(), 'sizewright-report-'));
afterAll(() => rmSync(temporary, { recursive: true }));
let root = '';
let count = 0;
beforeEach(() => {
  count += 1;
  root = join(temporary, `${count}`);
});
const put = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const cli = (argv: string[], user: Record<string, string> = OWN) =>
  runCommand(argv, { root, files: packageFiles(user) });

/** `level CODE place: text` of the results and notifications of a log that the schema takes. */
function saidBy(out: string): string[] {
  const log = JSON.parse(out);
  expect(sarifErrors(log)).toEqual([]);
  const [{ results, invocations }] = log.runs;
  const place = ({ physicalLocation: { artifactLocation, region } }: Location) =>
    `${artifactLocation.uri}${region ? `:${region.startLine}` : ''}`;
  return [
    ...results.map((one: Result) => `${one.level} ${one.ruleId} ${place(one.locations[0]!)}: ${one.message.text}`),
    ...(invocations[0].toolExecutionNotifications ?? []).map(
      (one: Notification) => `${one.level} ${one.descriptor.id}: ${one.message.text}`,
    ),
  ];
}
type Location = { physicalLocation: { artifactLocation: { uri: string }; region?: { startLine: number } } };
type Result = { level: string; ruleId: string; message: { text: string }; locations: Location[] };
type Notification = { level: string; descriptor: { id: string }; message: { text: string } };

/** The stack states a nodeSelector, and the platform of these plans is one machine. */
const UNUSED = 'web-front: host does not use nodeSelector, because it has no nodes to choose from';
const UNUSED_NOTICE = `::notice file=my-stack.yaml,line=9,title=FIELDS_UNUSED::${UNUSED}\n`;

describe('findings lie in the stack of the user', () => {
  const argv = ['plan', ...SMALL, '--external', 'memo'];
  const requirement =
    'constraints.0: cannot be checked without memo.conns: web_front.POOL * web_front.replicas.max <= memo.conns - 1; say what is offered: --set memo.conns=...';

  it('for GitHub', async () => {
    expect(await cli([...argv, '--format', 'github'])).toEqual({
      exit: 0,
      out: `::notice file=my-stack.yaml,line=34,title=EXTERNAL_REQUIREMENT::${requirement}\n${UNUSED_NOTICE}`,
      err: '',
    });
  });

  it('as SARIF', async () => {
    const { exit, out } = await cli([...argv, '--format', 'sarif']);
    expect(exit).toBe(0);
    expect(saidBy(out)).toEqual([
      `note EXTERNAL_REQUIREMENT my-stack.yaml:34: ${requirement}`,
      `note FIELDS_UNUSED my-stack.yaml:9: ${UNUSED}`,
    ]);
  });

  it('each once, however many plans have it', async () => {
    const { out } = await cli([...argv, '--profile', 'c7g.xlarge', '--format', 'github']);
    expect(out).toBe(
      `::notice file=my-stack.yaml,line=34,title=EXTERNAL_REQUIREMENT::${requirement}\n${UNUSED_NOTICE}`,
    );
  });

  it("in no file where the stack is the package's", async () => {
    const place = ['--platform', 'cloud-run', '--external', 'postgres,redis'];
    const builtIn = ['plan', '--stack', 'spatialvortex', '--profile', '4cpu-8gi', ...place];
    const { out } = await cli([...builtIn, '--format', 'github']);
    expect(out).toMatch(/^::warning title=STOP_CUT_SHORT::api\.deploy\.terminationGraceSeconds: Cloud Run kills /m);
    expect(out).not.toContain('file=');
    const [first] = saidBy((await cli([...builtIn, '--format', 'sarif'])).out);
    expect(first).toMatch(/^warning STOP_CUT_SHORT: api\.deploy\.terminationGraceSeconds: /);
  });
});

describe('compare', () => {
  it('says of each service that has constants what they come to', async () => {
    const argv = [
      'compare',
      '--stack',
      'spatialvortex',
      '--profile',
      '1cpu-4gi',
      '--external',
      'postgres,redis',
      '--format',
      'github',
    ];
    const { exit, out } = await cli(argv);
    expect(exit).toBe(0);
    // 8 sessions of 500 MiB are more than 4 GiB
    expect(out).toMatch(
      /^::warning title=STATIC_DEFAULTS::api: on 1cpu-4gi over-provisioned: the static set needs .*\n$/,
    );
  });

  it('says nothing of a stack without constants', async () => {
    expect(await cli(['compare', ...SMALL, '--format', 'github'])).toEqual({ exit: 0, out: '', err: '' });
  });
});

describe('what a synth would change', () => {
  const compose = 'deploy/shop/m7g.xlarge/host/compose/compose.yaml';
  const argv = [...SMALL, '-o', 'deploy/', '--target', 'compose', '--format'];

  it('are files that are not there', async () => {
    const { exit, out, err } = await cli(['diff', ...argv, 'github']);
    expect([exit, err]).toEqual([2, '2 of 2 files would change\n']);
    expect(out).toBe(
      UNUSED_NOTICE +
        ['deploy/shop/m7g.xlarge/host/plan.json', compose]
          .map((file) => `::warning file=${file},title=FILE_NEW::expected a file, got none; a synth would change it\n`)
          .join(''),
    );
  });

  it('is a line changed by hand', async () => {
    const written = await cli(['synth', ...argv, 'github']);
    expect([written.exit, written.out]).toEqual([0, UNUSED_NOTICE]);
    const text = readFileSync(join(root, compose), 'utf8');
    const limit = 'memory: "10756m"';
    const line = text.slice(0, text.indexOf(limit)).split('\n').length;
    put(compose, replaceOnce(text, limit, 'memory: "1024m"'));
    const { exit, out } = await cli(['diff', ...argv, 'sarif']);
    expect(exit).toBe(2);
    expect(saidBy(out)).toEqual([
      `note FIELDS_UNUSED my-stack.yaml:9: ${UNUSED}`,
      `error WRITE_CONFLICT ${compose}:${line}: expected "          ${limit}", got "          memory: "1024m""; changed by hand, so that a synth needs --force`,
    ]);
    const refused = await cli(['synth', ...argv, 'github', '--external', 'memo']);
    expect(refused.exit).toBe(1);
    expect(refused.out).toMatch(new RegExp(`^::error file=${compose},title=WRITE_CONFLICT::expected the file as it `));
  });

  it('as JSON', async () => {
    await cli(['synth', ...argv, 'text']);
    const { exit, out } = await cli(['diff', ...argv, 'json', '--profile', 'm7g.2xlarge', '--external', 'memo']);
    expect(exit).toBe(2);
    const { files, findings } = JSON.parse(out);
    expect(files).toEqual([
      { path: 'deploy/shop/m7g.xlarge/host/plan.json', state: 'changed' },
      { path: compose, state: 'changed' },
      { path: 'deploy/shop/m7g.2xlarge/host/plan.json', state: 'new' },
      { path: 'deploy/shop/m7g.2xlarge/host/compose/compose.yaml', state: 'new' },
    ]);
    expect(findings.map(({ code }: { code: string }) => code)).toEqual(['EXTERNAL_REQUIREMENT', 'FIELDS_UNUSED']);
  });

  it('not on a stream', async () => {
    const { exit, out, err } = await cli(['synth', ...argv, 'sarif', '-o', '-']);
    expect(exit).toBe(64);
    expect(err).toBe('sizewright: USAGE\n--format: expected text with -o -, where the files go to stdout, got sarif\n');
    expect(saidBy(out)).toEqual([
      'error USAGE: --format: expected text with -o -, where the files go to stdout, got sarif',
    ]);
  });
});

describe('verify', () => {
  it('shows differences at the service, and exits 2', async () => {
    await cli(['synth', ...SMALL, '--target', 'compose', '-o', 'out']);
    const plan = readFileSync(join(root, 'out/shop/m7g.xlarge/host/plan.json'), 'utf8');
    // web-front: 3 cores
    const series = 'container_spec_cpu_quota{name="shop-web-front-1"} 100000\n';
    const metrics = `${series}container_spec_cpu_period{name="shop-web-front-1"} 100000\n`;
    const user = { ...OWN, 'plan.json': plan, 'm.txt': metrics };
    const argv = ['verify', '--plan', 'plan.json', ...MINE, '--metrics', 'm.txt', '--format', 'github'];
    const { exit, out } = await cli(argv, user);
    expect(exit).toBe(2);
    expect(out.split('\n')[0]).toBe(
      '::warning file=my-stack.yaml,line=9,title=LIMIT_DIFFERS::web-front.CPU limit: expected 3,000m as planned, got 1,000m; plan again for the limit that holds',
    );
  });
});

describe('what is refused', () => {
  const broken = { ...OWN, 'my-stack.yaml': replaceOnce(STACK, 'main: web-front', 'main: web') };
  const message = `main: expected one of the stack's services, got "web"; did you mean web-front?`;

  it.each(['synth', 'diff', 'plan', 'compare'])('at its line, by %s', async (command) => {
    const github = await cli([command, ...SMALL, '--format', 'github'], broken);
    expect(github).toEqual({
      exit: 1,
      out: `::error file=my-stack.yaml,line=3,title=STACK_INVALID::${message}\n`,
      err: `sizewright: STACK_INVALID\n./my-stack.yaml:3: ${message}\n`,
    });
    const sarif = await cli([command, ...SMALL, '--format', 'sarif'], broken);
    expect(sarif.exit).toBe(1);
    expect(saidBy(sarif.out)).toEqual([`error STACK_INVALID my-stack.yaml:3: ${message}`]);
    expect(JSON.parse(sarif.out).runs[0].invocations[0].executionSuccessful).toBe(false);
  });

  it('in every form by its absolute path, relative where it lies below', async () => {
    const user = { ...broken, [join(root, 'my-stack.yaml')]: broken['my-stack.yaml'] };
    const { out } = await cli(
      ['plan', '--profile', 'm7g.xlarge', '--stack', join(root, 'my-stack.yaml'), '--format', 'github'],
      user,
    );
    expect(out).toMatch(/^::error file=my-stack\.yaml,line=3,/);
  });

  it('everything that is, at the service’s line, with its ledger', async () => {
    const { exit, out } = await cli(['plan', ...MINE, '--cpu', '1', '--memory', '64Mi', '--format', 'github']);
    expect(exit).toBe(1);
    const lines = out.trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/(:: *[a-z-]+: ).*$/, '$1'))).toEqual([
      '::error file=my-stack.yaml,line=9,title=BUDGET_EXCEEDED::web-front: ',
      '::error file=my-stack.yaml,line=23,title=BUDGET_EXCEEDED::memo: ',
    ]);
    expect(lines[0]).toContain('in all');
  });

  it('of several profiles, by name at the same lines', async () => {
    const boxes = ['1cpu-64mi', '1cpu-4gi', '1cpu-65mi'].flatMap((name) => ['--profile', name]);
    const { out } = await cli(['plan', ...MINE, ...boxes, '--platform', 'host', '--format', 'github']);
    const lines = out.trimEnd().split('\n');
    expect(lines.map((line) => line.replace(/(::[0-9a-z-]+: [a-z-]+: ).*$/, '$1'))).toEqual([
      '::error file=my-stack.yaml,line=9,title=BUDGET_EXCEEDED::1cpu-64mi: web-front: ',
      '::error file=my-stack.yaml,line=23,title=BUDGET_EXCEEDED::1cpu-64mi: memo: ',
      '::error file=my-stack.yaml,line=9,title=BUDGET_EXCEEDED::1cpu-65mi: web-front: ',
      '::error file=my-stack.yaml,line=23,title=BUDGET_EXCEEDED::1cpu-65mi: memo: ',
    ]);
  });

  it('an option, which lies in no file', async () => {
    const { exit, out } = await cli(['verify', '--plan', 'none.json', '--format', 'sarif']);
    expect(exit).toBe(1);
    expect(saidBy(out)).toEqual(['error FILE_UNREADABLE: --plan: expected a file, got none at none.json']);
  });
});

describe('a format that a command does not have', () => {
  it.each([
    ['synth', 'text, json, github, sarif'],
    ['diff', 'text, json, github, sarif'],
    ['plan', 'text, json, github, sarif'],
    ['compare', 'text, json, markdown, github, sarif'],
    ['verify', 'table, json, github, sarif'],
    ['explain', 'text, json'],
  ])('%s: %s', async (command, allowed) => {
    const { exit, out, err } = await cli([command, '--format', 'junit']);
    expect([exit, out]).toEqual([64, '']);
    expect(err).toContain(`argument 'junit' is invalid. Allowed choices are ${allowed}.`);
  });
});

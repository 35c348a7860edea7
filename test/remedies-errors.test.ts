/** What errors of the command line say to do is done, as it stands in their text, and the command runs. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ERRORS } from '../src/errors/codes.ts';
import { packageFiles, runCommand } from './commands.ts';
import { listCatalogue } from './gathered.ts';
import { cloudOutput } from './hardware/catalogue/support.ts';
import { DEMO_POLICY, DEMO_STACK, replaceOnce } from './samples.ts';

const BOX = 'machine: { name: box, cpu: 8, memory: 32Gi }\n';
const FALLING = replaceOnce(
  replaceOnce(DEMO_POLICY, 'policy: demo', 'policy: falling'),
  'cost: { formula: WORKERS * 10,',
  'cost: { formula: 640 - WORKERS * 10,',
);
const machinesOf = (family: string) => listCatalogue(packageFiles(), { family });
const files = packageFiles({
  'stacks/spatialvortex/stack.yaml': readFileSync(
    new URL('../stacks/spatialvortex/stack.yaml', import.meta.url),
    'utf8',
  ),
  'policies/demo.yaml': DEMO_POLICY,
  'policies/falling.yaml': FALLING,
  'my/stack.yaml': DEMO_STACK,
  'fixed/stack.yaml': replaceOnce(DEMO_STACK, 'share: 3', 'limits: { cpu: "2", memory: 4Gi }'),
  'falling/stack.yaml': DEMO_STACK.replaceAll('policy: demo', 'policy: falling'),
  'dollar/stack.yaml': replaceOnce(DEMO_STACK, 'share: 3', "share: 3\n    env: { GREETING: 'a$b' }"),
  'box.yaml': BOX,
  'a/box.yaml': replaceOnce(BOX, 'cpu: 8', 'cpu: 4'),
  'taken.yaml': 'platform: eks\nmaxPods: 30\n',
  'renamed.yaml': 'platform: mine\nmaxPods: 30\n',
  'pins.yaml': '{}\n',
  'regions.csv': 'name,price,region\nc6i.8xlarge,1.36,us-east-1\nc6i.8xlarge,1.52,eu-west-1\n',
  'two.json': cloudOutput('aws', [...machinesOf('c6i'), ...machinesOf('m6i')]),
});
const root = mkdtempSync(join(tmpdir(), 'sizewright-remedies-'));
afterAll(() => rmSync(root, { recursive: true }));
const cli = (line: string) => runCommand(line.split(' '), { files, root });

/** The code that a run ends with; undefined for one that ends well, or only says that something would change. */
const codeOf = ({ err }: { err: string }) => /^sizewright: ([A-Z_]+)$/m.exec(err)?.[1];

interface Row {
  code: string;
  line: string;
  /** Where the text says what to do. */
  says: RegExp;
  /** The line that does it, of what the text says. */
  done: (...groups: string[]) => string;
}
const plan = 'plan --profile 4cpu-8gi';
const synth = 'synth --profile 4cpu-8gi';
const diff = 'diff --profile 4cpu-8gi';
const apart = 'diff --profile api=c6i.8xlarge --profile postgres,redis=r6i.2xlarge';

const ROWS: Row[] = [
  {
    code: 'USAGE',
    line: 'synth --profile 4cpu-8gi --target env --check',
    says: /use sizewright (diff), which/,
    done: (command) => `${command} --profile 4cpu-8gi --target env`,
  },
  ...['--machine c6i.8xlarge', '--machine 8cpu-32gi', '--limits 4cpu-8gi'].map((flag) => ({
    code: 'USAGE',
    line: 'plan',
    says: new RegExp(`give .*(${flag})`),
    done: (named: string) => `plan ${named}`,
  })),
  {
    code: 'USAGE',
    line: 'plan --limits c6i.8xlarge',
    says: /; give a machine by (--machine \S+)$/m,
    done: (flag) => `plan ${flag}`,
  },
  {
    code: 'USAGE',
    line: 'plan --profile 4cpu-8gi --machine c6i.8xlarge',
    says: /got both; (--profile) names machines and limits alike/,
    done: (flag) => `plan ${flag} c6i.8xlarge`,
  },
  {
    code: 'USAGE',
    line: 'plan --profile api=c6i.8xlarge',
    says: /none for (postgres), (redis); add .* or (--external)$/m,
    done: (one, other, flag) => `plan --profile api=c6i.8xlarge ${flag} ${one},${other}`,
  },
  {
    code: 'USAGE',
    line: 'plan --profile api=c6i.8xlarge',
    says: /add (--profile postgres=)\.\.\., a profile for the rest/,
    done: (own) => `plan --profile api=c6i.8xlarge ${own}m7g.2xlarge --profile r6i.2xlarge`,
  },
  {
    code: 'USAGE',
    line: `${plan} --stack ./fixed/stack.yaml`,
    says: /; give (--profile \S+), or leave limits out of the stack/,
    done: (flag) => `plan --stack ./fixed/stack.yaml ${flag}`,
  },
  {
    code: 'USAGE',
    line: `${plan} --available 9Gi`,
    says: /expected at most the ([\d,]+) MiB of 4cpu-8gi/,
    done: (most) => `${plan} --available ${most.replace(',', '')}Mi`,
  },
  {
    code: 'USAGE',
    line: 'plan --profile box.yaml --profile ./a/box.yaml',
    says: /two kinds named box; rename one/,
    done: () => 'plan --profile box.yaml',
  },
  {
    code: 'USAGE',
    line: `${synth} -o -`,
    says: /expected one (--target) and one profile with -o -/,
    done: (flag) => `${synth} ${flag} compose -o -`,
  },
  {
    code: 'USAGE',
    line: 'profiles import two.json --provider aws',
    says: /got machines of 2: (\w+), \w+; name one with (--family)/,
    done: (family, flag) => `profiles import two.json --provider aws ${flag} ${family}`,
  },
  {
    code: 'PROFILE_UNKNOWN',
    line: 'plan --profile c6i.9xlarge',
    says: /did you mean ([\w.]+)/,
    done: (name) => `plan --profile ${name}`,
  },
  {
    code: 'PROFILE_UNKNOWN',
    line: 'sweep --param api.ONNX_POOL_SIZE --family c99',
    says: /did you mean (\w+)/,
    done: (name) => `sweep --param api.ONNX_POOL_SIZE --family ${name}`,
  },
  {
    code: 'PROFILE_INVALID',
    line: 'profiles import two.json --provider gcp --check',
    says: /got what aws prints; change --provider to (aws)$/m,
    done: (provider) => `profiles import two.json --provider ${provider} --check --family c6i`,
  },
  {
    code: 'PROFILE_INVALID',
    line: 'fit --prices regions.csv',
    says: /got 2 \((\S+), .*say which with (--region)/,
    done: (region, flag) => `fit --prices regions.csv ${flag} ${region}`,
  },
  {
    code: 'PLATFORM_UNKNOWN',
    line: `${plan} --platform kubernete`,
    says: /did you mean ([\w-]+)\?/,
    done: (name) => `${plan} --platform ${name}`,
  },
  {
    code: 'PLATFORM_INVALID',
    line: 'plan --profile box.yaml --platform ./taken.yaml',
    says: /other than the built-in ones, got "eks"; rename it/,
    done: () => 'plan --profile box.yaml --platform ./renamed.yaml',
  },
  {
    code: 'PLATFORM_UNSUPPORTED',
    line: 'plan --profile n2-standard-8 --platform eks',
    says: /give a machine of aws, or another platform/,
    done: () => 'plan --profile m7g.2xlarge --platform eks',
  },
  {
    code: 'POLICY_NOT_MONOTONE',
    line: `${plan} --stack ./falling/stack.yaml`,
    says: /take WORKERS out of memory\.yields or change the formula/,
    done: () => `${plan} --stack ./my/stack.yaml`,
  },
  {
    code: 'STACK_UNKNOWN',
    line: `${plan} --stack spatialvortx`,
    says: /\b(spatialvortex)\b/,
    done: (name) => `${plan} --stack ${name}`,
  },
  {
    code: 'SERVICE_UNKNOWN',
    line: `${plan} --external postgre`,
    says: /did you mean ([\w-]+)\?/,
    done: (name) => `${plan} --external ${name}`,
  },
  {
    code: 'OVERRIDE_INVALID',
    line: `${plan} --set api.ACTIX_WORKER=8`,
    says: /did you mean (\w+)/,
    done: (name) => `${plan} --set api.${name}=8`,
  },
  {
    code: 'BOUND_CONFLICT',
    line: `${plan} --max api.DB_POOL_SIZE=256`,
    says: /expected a maximum of at most (\d+) connections/,
    done: (most) => `${plan} --max api.DB_POOL_SIZE=${most}`,
  },
  {
    code: 'BOUND_CONFLICT',
    line: `${plan} --min api.ACTIX_WORKERS=20 --max api.ACTIX_WORKERS=10`,
    says: /not above the maximum, got (\d+)\.\.10 .*; change one of them/,
    done: (least) => `${plan} --min api.ACTIX_WORKERS=20 --max api.ACTIX_WORKERS=${least}`,
  },
  {
    code: 'PIN_INVALID',
    line: `${plan} --set api.ACTIX_WORKERS=65`,
    says: /expected \d+ to (\d+) workers/,
    done: (most) => `${plan} --set api.ACTIX_WORKERS=${most}`,
  },
  ...['8GB', '8192', '8G'].map((memory) => ({
    code: 'QUANTITY_SYNTAX',
    line: `plan --cpu 4 --memory ${memory}`,
    says: /; write ([\d.]+[MG]i)/,
    done: (text: string) => `plan --cpu 4 --memory ${text}`,
  })),
  {
    code: 'QUANTITY_SYNTAX',
    line: 'plan --profile 4-8gi',
    says: /; write (\S+)$/m,
    done: (name) => `plan --profile ${name}`,
  },
  {
    code: 'QUANTITY_SYNTAX',
    line: 'plan --profile c6i.8xlarge --platform kubernetes --eviction-hard 5percent',
    says: /; write (\S+)/,
    done: (text) => `plan --profile c6i.8xlarge --platform kubernetes --eviction-hard ${text}`,
  },
  {
    code: 'TARGET_UNKNOWN',
    line: `${diff} --target kubernets`,
    says: /did you mean (\w+)\?/,
    done: (name) => `${diff} --target ${name}`,
  },
  {
    code: 'TARGET_UNSUPPORTED',
    line: `${diff} --platform host --target kubernetes`,
    says: /expected a target of platform host \((\w+), .*; change --target/,
    done: (name) => `${diff} --platform host --target ${name}`,
  },
  {
    code: 'TARGET_UNSUPPORTED',
    line: `${diff} --target helm --mode auto`,
    says: /; leave out (--mode auto)/,
    done: (flag) => `${diff} --target helm --mode auto`.replace(` ${flag}`, ''),
  },
  {
    code: 'TARGET_UNSUPPORTED',
    line: `${diff} --target helm --mode auto`,
    says: /can compute values at start \((\w+), /,
    done: (name) => `${diff} --target ${name} --mode auto`,
  },
  {
    code: 'TARGET_UNSUPPORTED',
    line: `${apart} --target compose`,
    says: /or take (--target docker)$/m,
    done: (flag) => `${apart} ${flag}`,
  },
  {
    code: 'TARGET_UNSUPPORTED',
    line: `${apart} --target compose`,
    says: /one by one with (--external)/,
    done: (flag) => `diff --profile c6i.8xlarge ${flag} postgres,redis --target compose`,
  },
  {
    code: 'OUTPUT_INVALID',
    line: `${diff} --stack ./dollar/stack.yaml --target env`,
    says: /expected no \$, .*; change the value/,
    done: () => `${diff} --stack ./my/stack.yaml --target env`,
  },
  {
    code: 'FILE_UNREADABLE',
    line: 'plan --profile box.yaml --overrides nope.yaml',
    says: /nope\.yaml/,
    done: () => 'plan --profile box.yaml --overrides pins.yaml',
  },
  {
    code: 'HOST_UNKNOWN',
    line: 'plan --profile host',
    says: /name the hardware: --cpu and --memory, or (--profile \S+)/,
    done: (flag) => `plan ${flag}`,
  },
];

describe('what errors say to do', () => {
  it.each(ROWS)('$code: $line', async ({ code, line, says, done }) => {
    const first = await cli(line);
    expect(codeOf(first), first.err).toBe(code);
    expect(first.err).toMatch(says);
    const [, ...groups] = says.exec(first.err)!;
    const second = await cli(done(...groups));
    expect(codeOf(second), second.err).toBeUndefined();
    expect([0, 2]).toContain(second.exit);
  });

  it('WRITE_CONFLICT and MANIFEST_INVALID: --force', async () => {
    const line = `${synth} --target compose`;
    const folder = join(root, 'out/spatialvortex/4cpu-8gi/host/compose');
    expect((await cli(line)).exit).toBe(0);
    for (const [code, file] of [
      ['WRITE_CONFLICT', 'compose.yaml'],
      ['MANIFEST_INVALID', 'manifest.json'],
    ] as const) {
      writeFileSync(join(folder, file), `${readFileSync(join(folder, file), 'utf8')}<<<<<<< by hand\n`);
      const refused = await cli(line);
      expect(codeOf(refused)).toBe(code);
      const [flag] = /--force/.exec(refused.err)!;
      expect((await cli(`${line} ${flag}`)).exit).toBe(0);
      expect((await cli(line)).exit).toBe(0);
    }
  });
});

/** Codes that nothing here provokes: the test that tries their remedies, or why none can be tried. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  BUDGET_EXCEEDED: 'remedies.test.ts',
  ALLOCATION_EXCEEDED: 'remedies.test.ts',
  CONSTRAINT_UNSATISFIED: 'remedies.test.ts',
  YAML_SYNTAX: 'mistakes.test.ts',
  FORMULA_SYNTAX: 'mistakes.test.ts',
  FORMULA_UNSAFE: 'mistakes.test.ts',
  POLICY_INVALID: 'mistakes.test.ts',
  POLICY_UNKNOWN: 'mistakes.test.ts',
  STACK_INVALID: 'mistakes.test.ts',
  PLAN_INVALID: 'a plan of other versions: synth again',
  METRICS_INVALID: 'what a server printed',
  SOURCE_UNREACHABLE: 'a server has to run',
  NOTHING_REPORTED: 'a server has to report',
  WRITE_FAILED: 'the file system has to let it',
};

it('has every code of an error, here or elsewhere', () => {
  const here = [...ROWS.map(({ code }) => code), 'WRITE_CONFLICT', 'MANIFEST_INVALID'];
  expect([...new Set([...here, ...Object.keys(ELSEWHERE)])].sort()).toEqual(Object.keys(ERRORS).sort());
  expect(here.filter((code) => Object.hasOwn(ELSEWHERE, code))).toEqual([]);
});

/** Hostile words and files for every command: a coded problem or a result, printable, in time; never a stack trace. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { run } from '../../src/cli/main.ts';
import { packageFiles } from '../commands.ts';
import { DEMO_POLICY, DEMO_STACK } from '../samples.ts';

/** What a command prints. @throws what it throws, which is a stack trace in a process */
async function ran(argv: readonly string[], user: Readonly<Record<string, string>>, input = ''): Promise<string> {
  let printed = '';
  const print = (text: string): void => {
    printed += text;
  };
  const exit = await run(argv, {
    out: print,
    err: print,
    env: { api_x: '1', ONNX_POOL_SIZE: '\u001b[2J', ACTIX_WORKERS_MAX: '99999999999999999999' },
    files: packageFiles(user),
    resolve: (path) => `/nowhere/${path}`,
    input: () => input,
  });
  expect([0, 1, 2, 64]).toContain(exit);
  if (exit === 1 || exit === 64) expect(printed).toMatch(/\S/);
  return printed;
}

/** No control character, no mark of direction, and no line that a pipeline takes for a command. */
function expectPrintable(printed: string, github: boolean): void {
  expect(printed).not.toMatch(/[^\n\t\P{Cc}]|[\u202a-\u202e\u2066-\u2069\u2028\u2029]|\p{Cs}/u);
  for (const line of printed.split('\n')) {
    expect(line).not.toMatch(/##\w*\[/);
    if (!github) expect(line).not.toMatch(/^\s*::/);
    else if (/^\s*::/.test(line)) expect(line).toMatch(/^::(error|warning|notice) [^\n]*title=[A-Z_]+::/);
  }
}

const FORGED = 'x\u001b[31m\n::error::forged\r##[error]x\u202e\u0085';
const SHAPES: Record<string, string> = {
  'empty.yaml': '',
  'null.yaml': 'null',
  'number.yaml': '5',
  'text.yaml': 'a text',
  'list.yaml': '[]',
  'lists.yaml': '- - - {}',
  'object.yaml': '{}',
  'nul.yaml': '\0',
  'bom.yaml': '\ufeffstack: a',
  'tag.yaml': 'stack: !!js/function "x"',
  'alias.yaml': 'a: &a [*a]',
  'unknown.yaml': 'a: *b',
  'deep.yaml': `${'['.repeat(300)}`,
  'bomb.yaml': `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghi']
    .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`)
    .join('\n')}`,
  'several.yaml': 'a: 1\n---\nb: 2\n',
  'forged.yaml': `"${FORGED.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\u001b', '\\e').replaceAll('\u0085', '\\N')}": 1\n`,
  'raw.yaml': FORGED,
  'kubelet.yaml': 'kind: KubeletConfiguration\nkubeReserved: [1]\nevictionHard: 5\n',
};
const WORDS = [
  ...Object.keys(SHAPES),
  ...['', '-', '--', '=', '.', '..', '/', '*', '%', '$HOME', '$(id)', 'constructor', '__proto__', 'toString', 'null'],
  ...['0', '-1', '1e309', 'NaN', '9'.repeat(20), '1..', '..2', '3..1', '1..2..3', '0x10', '010', '1,2', ',', ',,'],
  ...['a=b=c', 'a.b=1', '.=1', 'api.=1', 'api.ONNX_POOL_SIZE=', 'api.ONNX_POOL_SIZE=3', 'constructor.toString=1'],
  ...['::error::x', '##[error]x', '##vso[task.complete]', FORGED, '\u202egpj.yaml', '\ud800', 'ü', '🚀'],
  ...['x'.repeat(5000), `${'*a'.repeat(40)}b`, 'c6i.*', 'c6i.8xlarge', '4cpu-8gi', '0cpu-0gi', 'host', 'api=c6i.large'],
  ...[
    'cpu=1,memory=2Gi',
    'cpu=1,cpu=1',
    'memory',
    '512Mi',
    'none.yaml',
    'none/../none.yaml',
    'postgres',
    'table',
    'json',
  ],
  ...['github', 'sarif', 'auto', 'eks', 'fargate', 'helm', 'redis://h', 'http://[', 'postgres://%', 'svg'],
];
const COMMANDS = [
  ...['plan', 'diff', 'explain', 'compare', 'detect', 'fit', 'sweep', 'verify', 'completion', 'synth', '__complete'],
  ...['profiles list', 'profiles search', 'profiles show', 'profiles import', 'profiles'],
].map((words) => words.split(' '));

const flags = new Map<string, string[]>();
async function flagsOf(command: readonly string[]): Promise<string[]> {
  const key = command.join(' ');
  if (!flags.has(key)) {
    const found = (await ran(['__complete', '--', ...command, '-'], {})).split('\n').filter((word) => word !== '');
    // A synth without --check would write, and a real server is asked in test/verify/hostile.test.ts.
    flags.set(key, [
      '--help',
      ...found.filter((flag) => !['--prometheus', '--postgres', '--redis', '-o', '--output'].includes(flag)),
    ]);
  }
  return flags.get(key)!;
}

describe('words', () => {
  it.each(COMMANDS.map((command) => ({ command })))('$command', async ({ command }) => {
    const known = await flagsOf(command);
    const word = fc.constantFrom(...WORDS);
    const option = fc.tuple(fc.constantFrom(...known), word);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(option, fc.tuple(word)), { maxLength: 4 }), async (parts) => {
        const rest = parts.flat();
        const argv = [...command, ...(command[0] === 'synth' ? ['--check'] : []), ...rest];
        const printed = await ran(argv, SHAPES, rest.at(-1));
        const raw =
          ['completion', '__complete'].includes(command[0]!) || rest.includes('svg') || command[1] === 'import';
        if (!raw) expectPrintable(printed, rest.includes('github'));
      }),
      { numRuns: command[0] === 'fit' ? 8 : 60, seed: 15 },
    );
  });
});

/** The same document with one value, or one key, replaced; every place in turn. */
function* mutations(value: unknown, by: readonly unknown[]): Generator<unknown> {
  yield* by;
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      for (const other of mutations(item, by)) yield value.with(index, other);
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    for (const other of mutations(member, by)) yield { ...value, [key]: other };
    const { [key]: _, ...rest } = value as Record<string, unknown>;
    yield rest;
    yield { ...rest, [FORGED]: member };
    yield { ...rest, constructor: member };
  }
}
const OTHERS: readonly unknown[] = [null, -1, 0.5, 1e300, '', FORGED, [], {}, [null], { constructor: null }, true];

describe('documents with one place that is something else', () => {
  const stack = parse(DEMO_STACK);
  const policy = parse(DEMO_POLICY);
  it.each([
    {
      desc: 'a stack',
      document: stack,
      files: (text: string) => ({ 'stack.yaml': text, 'policies/demo.yaml': DEMO_POLICY }),
    },
    {
      desc: 'a policy',
      document: policy,
      files: (text: string) => ({ 'stack.yaml': DEMO_STACK, 'policies/demo.yaml': text }),
    },
  ])('$desc', async ({ document, files }) => {
    for (const changed of mutations(document, OTHERS))
      expectPrintable(
        await ran(['plan', '--stack', './stack.yaml', '--profile', '4cpu-8gi'], files(stringify(changed))),
        false,
      );
  });

  it('a plan', async () => {
    const printed = await ran(
      ['plan', '--profile', '4cpu-8gi', '--external', 'redis,postgres', '--format', 'json'],
      {},
    );
    const plan = JSON.parse(printed);
    let count = 0;
    for (const changed of mutations(plan, OTHERS)) {
      count += 1;
      if (count % 7 > 0) continue;
      const user = { 'plan.json': JSON.stringify(changed), m: 'redis_config_maxmemory 1\nup 1\n' };
      expectPrintable(await ran(['verify', '--plan', 'plan.json', '--metrics', 'm'], user), false);
    }
  });

  it.each([
    [
      'aws',
      {
        InstanceTypes: [
          {
            InstanceType: 'c6i.large',
            VCpuInfo: { DefaultVCpus: 2, DefaultThreadsPerCore: 2 },
            MemoryInfo: { SizeInMiB: 4096 },
            ProcessorInfo: { SupportedArchitectures: ['x86_64'] },
            NetworkInfo: {
              NetworkCards: [{ NetworkCardIndex: 0, MaximumNetworkInterfaces: 3 }],
              Ipv4AddressesPerInterface: 10,
            },
            GpuInfo: { Gpus: [{ Count: 1 }] },
            BurstablePerformanceSupported: false,
          },
        ],
      },
    ],
    [
      'gcp',
      [
        {
          name: 'n2-standard-2',
          guestCpus: 2,
          memoryMb: 8192,
          isSharedCpu: false,
          accelerators: [{ guestAcceleratorType: 'a', guestAcceleratorCount: 1 }],
        },
      ],
    ],
    [
      'azure',
      [
        {
          name: 'Standard_D2s_v5',
          resourceType: 'virtualMachines',
          capabilities: [
            { name: 'vCPUs', value: '2' },
            { name: 'MemoryGB', value: '8' },
          ],
        },
      ],
    ],
  ])('what the tool of %s prints', async (provider, document) => {
    for (const changed of mutations(document, OTHERS))
      await ran(['profiles', 'import', '--provider', provider], {}, JSON.stringify(changed));
  });
});

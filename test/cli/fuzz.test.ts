/** Hostile words for every command: a coded problem or a result, printable, in time; never a stack trace. */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { expectPrintable, FORGED, ranBeside } from '../hostile/printed.ts';

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
/** All but synth, which would write; diff is the same until then. */
const COMMANDS = [
  ...[
    'size',
    'audit',
    'plan',
    'diff',
    'explain',
    'compare',
    'detect',
    'fit',
    'sweep',
    'verify',
    'completion',
    '__complete',
  ],
  ...['profiles list', 'profiles search', 'profiles show', 'profiles import', 'profiles'],
].map((words) => words.split(' '));

const flags = new Map<string, string[]>();
async function flagsOf(command: readonly string[]): Promise<string[]> {
  const key = command.join(' ');
  if (!flags.has(key)) {
    const found = (await ranBeside({}, ['__complete', '--', ...command, '-'])).out
      .split('\n')
      .filter((word) => word !== '');
    // A real server is asked in test/verify/hostile.test.ts.
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
        const argv = [...command, ...rest];
        const printed = await ranBeside(SHAPES, argv, rest.at(-1));
        const raw =
          ['completion', '__complete'].includes(command[0]!) || rest.includes('svg') || command[1] === 'import';
        if (!raw) expectPrintable(printed, rest.includes('github'));
      }),
      { numRuns: command[0] === 'fit' ? 8 : 60, seed: 15 },
    );
  });
});

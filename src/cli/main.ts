/** argv → exit code. */
import { Command, CommanderError } from 'commander';
import { fail, SizewrightError } from '../errors/errors.ts';
import { auditCommand } from './audit.ts';
import { compareCommand } from './compare.ts';
import { completionCommand } from './completion.ts';
import { detectCommand } from './detect.ts';
import { explainCommand } from './explain.ts';
import { fitCommand } from './fit.ts';
import { type Io, ioOf, type Outside } from './io.ts';
import { type Examples, withExamples } from './options.ts';
import { planCommand } from './plan.ts';
import { profilesCommand } from './profiles.ts';
import { isReportFormat, printRefusal } from './report.ts';
import { sizeCommand } from './size.ts';
import { sweepCommand } from './sweep.ts';
import { diffCommand, synthCommand } from './synth.ts';
import { verifyCommand } from './verify.ts';

const COMMANDS: Record<string, (program: Command, io: Io, setExit: (code: number) => void) => void> = {
  size: sizeCommand,
  audit: auditCommand,
  synth: synthCommand,
  plan: planCommand,
  explain: explainCommand,
  compare: compareCommand,
  diff: diffCommand,
  detect: detectCommand,
  profiles: profilesCommand,
  fit: fitCommand,
  sweep: sweepCommand,
  verify: verifyCommand,
  completion: completionCommand,
};

const EXAMPLES: Examples = [
  ['what this machine or container can afford', 'sizewright plan --profile host'],
  ['every deploy file for a machine of the catalogue, below out/', 'sizewright synth --profile c6i.8xlarge'],
  ['why a value is what it is', 'sizewright explain --profile 4cpu-8gi api.ONNX_POOL_SIZE'],
];

/** 0 ok · 1 invalid input or infeasible · 2 something would change, or differs · 64 usage. Bugs are thrown with their stack. */
export async function run(argv: readonly string[], outside: Outside): Promise<number> {
  const io = ioOf(outside);
  if (argv[0] === '--version' || argv[0] === '-V') {
    io.out(`${io.version?.() ?? 'unknown'}\n`);
    return 0;
  }
  let exit = 0;
  const program = new Command('sizewright')
    .description(
      'Workers, connections and megabytes for this machine: derived, bounded, affordable together, explained.',
    )
    .option('-V, --version', 'print the version')
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .showHelpAfterError('(sizewright --help lists commands and options)')
    .helpCommand(false);
  const setExit = (code: number): void => {
    exit = code;
  };
  // Of a known command only its own options are declared: declaring all of them takes milliseconds.
  const [wanted = ''] = argv;
  const register = Object.hasOwn(COMMANDS, wanted) ? [COMMANDS[wanted]!] : Object.values(COMMANDS);
  for (const command of register) command(program, io, setExit);
  withExamples(program, EXAMPLES);
  for (const command of program.commands)
    command
      .exitOverride()
      .configureOutput(program.configureOutput())
      .showHelpAfterError('(sizewright --help lists commands and options)');

  try {
    for (const word of argv) checkWord(word);
    await program.parseAsync(argv, { from: 'user' });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 64;
    if (!(error instanceof SizewrightError)) throw error;
    io.err(`sizewright: ${error.code}\n${error.message}\n`);
    const { format, stack } = program.commands.find((command) => command.name() === wanted)?.opts() ?? {};
    if (isReportFormat(format)) await printRefusal(format, error, stack, io);
    return error.code === 'USAGE' ? 64 : 1;
  }
}

/** Nothing that a user types can break out of its line in a message or a file. */
function checkWord(word: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f]/.test(word))
    fail('USAGE', 'options', `expected words without control characters, got ${JSON.stringify(word)}`);
}

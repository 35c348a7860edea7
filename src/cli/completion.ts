import { Argument, type Command, type Option } from 'commander';
import { SizewrightError } from '../errors/errors.ts';
import { boxNames, type Files, familyKeys, loadStack, policyNames, stackNames } from '../files/library.ts';
import { gather } from '../gather.ts';
import { HOST } from '../hardware/profile.ts';
import { platformNames } from '../platforms/index.ts';
import { flagOf, OPTION_ROWS } from '../requests/options.ts';
import type { Io } from './io.ts';
import { type Examples, withExamples } from './options.ts';

const EXAMPLES: Examples = [
  ['in ~/.bashrc', 'eval "$(sizewright completion bash)"'],
  ['in ~/.zshrc, after compinit', 'eval "$(sizewright completion zsh)"'],
  ['once', 'sizewright completion fish > ~/.config/fish/completions/sizewright.fish'],
];

/** `sizewright completion SHELL`, and the hidden command that its scripts ask at each press of the tab key. */
export function completionCommand(program: Command, io: Io): void {
  withExamples(program.command('completion'), EXAMPLES)
    .description('a script that completes commands, flags and names in your shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(Object.keys(SCRIPTS)))
    .action((shell: string) => io.data(SCRIPTS[shell]!));
  program
    .command(ASK, { hidden: true })
    .argument('[words...]', 'what is typed behind the program; the last is being completed')
    .action(async (words: string[]) => {
      const found = await complete(program, words, io.files);
      io.data(found.map((candidate) => `${candidate}\n`).join(''));
    });
}

const ASK = '__complete';

/**
 * What the last word can become. Nothing where a file is expected, which shells complete themselves, and nothing
 * where a user's own file is broken: this is no place to say so.
 */
export async function complete(program: Command, words: readonly string[], files: Files): Promise<string[]> {
  try {
    const found = await candidatesFor(program, words, files);
    return found.filter((candidate) => isPlainWord(candidate) && candidate.startsWith(words.at(-1) ?? ''));
  } catch (error) {
    if (error instanceof SizewrightError) return [];
    throw error;
  }
}

/** Whether a shell takes a word as it stands: bash puts candidates on the command line without quotes. */
function isPlainWord(text: string): boolean {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text);
}

async function candidatesFor(program: Command, words: readonly string[], files: Files): Promise<string[]> {
  const last = words.at(-1) ?? '';
  let command = program;
  let arguments_ = 0;
  let option: Option | undefined;
  let onlyArguments = false;
  for (const word of words.slice(0, -1)) {
    if (option) option = undefined;
    else if (!onlyArguments && word.startsWith('-')) {
      onlyArguments = word === '--';
      option = valued(command, word);
    } else {
      const inner = command.commands.find((candidate) => candidate.name() === word);
      if (inner) command = inner;
      else arguments_ += 1;
    }
  }
  const context: Context = { files, stack: stackAmong(words) };
  if (option) return valuesOf(option.long ?? '', option.argChoices, last, context);
  const assigned = onlyArguments ? null : /^(--[a-z-]+)=(.*)$/s.exec(last);
  if (assigned) {
    const [flag, text] = assigned.slice(1) as [string, string];
    const values = await valuesOf(flag, valued(command, flag)?.argChoices, text, context);
    return values.map((value) => `${flag}=${value}`);
  }
  if (!onlyArguments && last.startsWith('-')) return [...flagsOf(command), '--help'];
  if (command.commands.length > 0) return namesOfCommands(command);
  const known = command.registeredArguments;
  const argument = known[arguments_] ?? (known.at(-1)?.variadic ? known.at(-1) : undefined);
  return argument ? valuesOf(`${command.name()} ${argument.name()}`, argument.argChoices, last, context) : [];
}

interface Context {
  files: Files;
  /** The stack that is named, or undefined for the default one. */
  stack: string | undefined;
}

/** Names of what a flag or a command's argument takes, as far as they begin like the text. */
async function valuesOf(
  of: string,
  choices: readonly string[] | undefined,
  text: string,
  context: Context,
): Promise<string[]> {
  const { files } = context;
  if (choices) return [...choices];
  const row = OPTION_ROWS.find(([key, { flag = key }]) => flagOf(flag) === of);
  switch (row?.[1].names ?? (Object.hasOwn(OTHER, of) ? OTHER[of] : undefined)) {
    case 'machines': {
      const [, placed = '', name] = (row ? /^([a-z][a-z0-9,-]*=)?(.*)$/s : /^()(.*)$/s).exec(text) as RegExpExecArray;
      return (await profileNames(files, name!)).map((profile) => `${placed}${profile}`);
    }
    case 'families':
      return familyKeys(files).map((key) => key.slice(key.indexOf('/') + 1));
    case 'stacks':
      return stackNames(files);
    case 'policies':
      return policyNames(files);
    case 'platforms':
      return [...platformNames];
    case 'targets': {
      const { targets } = await import('../targets/index.ts');
      return listed(
        targets.map((target) => target.name),
        text,
      );
    }
    case 'services':
      return listed(Object.keys(await parametersOf(context)), text);
    case 'values':
      return valuesNamed(context);
    case 'assignments':
      return (await valuesNamed(context)).map((name) => `${name}=`);
    default:
      return [];
  }
}

/** What commands take that is no option of a plan. */
const OTHER: Readonly<Record<string, 'machines' | 'families' | 'platforms' | 'policies' | 'targets' | 'values'>> = {
  'show name': 'machines',
  'search text': 'machines',
  'explain service.PARAMETER': 'values',
  'size policy': 'policies',
  '--family': 'families',
  '--param': 'values',
  '--platform': 'platforms',
  '--target': 'targets',
};

/** `api.ONNX_POOL_SIZE` */
async function valuesNamed(context: Context): Promise<string[]> {
  const parameters = Object.entries(await parametersOf(context));
  return parameters.flatMap(([service, names]) => names.map((name) => `${service}.${name}`));
}

/** Machines, the user's own boxes and the one that is detected. Only families that can begin like the text are read. */
async function profileNames(files: Files, text: string): Promise<string[]> {
  const { listCatalogue } = await import('../files/machines.ts');
  const prefix = /^(aws|gcp|azure):/.exec(text)?.[0] ?? '';
  const own = prefix === '' ? [...boxNames(files), HOST] : [];
  const machines = await gather(listCatalogue(files, prefix === '' ? {} : { provider: prefix.slice(0, -1) as 'aws' }));
  return [...machines.flatMap(({ provider, name }) => (provider === 'other' ? [] : `${prefix}${name}`)), ...own];
}

/** Behind commas already typed. */
function listed(names: readonly string[], text: string): string[] {
  const before = text.slice(0, text.lastIndexOf(',') + 1);
  return names.map((name) => `${before}${name}`);
}

/** Parameters by service. */
async function parametersOf({ files, stack: wanted }: Context): Promise<Record<string, string[]>> {
  const { stack, policies } = await gather(loadStack(files, wanted));
  return Object.fromEntries(
    stack.services.map(({ name, policy }) => [name, policies[policy]!.parameters.map((parameter) => parameter.name)]),
  );
}

function stackAmong(words: readonly string[]): string | undefined {
  const at = words.lastIndexOf('--stack', -2);
  return at >= 0 ? words[at + 1] : words.findLast((word) => word.startsWith('--stack='))?.slice('--stack='.length);
}

/** The option that a word names, where its value follows as the next word. */
function valued(command: Command, word: string): Option | undefined {
  return command.options.find((option) => (option.long === word || option.short === word) && !option.isBoolean());
}

function flagsOf(command: Command): string[] {
  return command.options.flatMap((option) => (option.hidden || !option.long ? [] : option.long));
}

function namesOfCommands(command: Command): string[] {
  return command.commands.map((inner) => inner.name()).filter((name) => name !== ASK);
}

const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# bash completion of sizewright: eval "$(sizewright completion bash)"
_sizewright() {
  local line=\${COMP_LINE:0:COMP_POINT} current breaks
  local -a words
  read -ra words <<< "$line"
  while ((\${#words[@]} > 1)) && [[ \${words[0]} != "$1" ]]; do words=("\${words[@]:1}"); done
  if [[ $line == *[[:space:]] ]]; then words+=(''); fi
  current=\${words[\${#words[@]} - 1]}
  local IFS=$'\\n'
  COMPREPLY=($("$1" ${ASK} -- "\${words[@]:1}" 2> /dev/null))
  # readline replaces only what stands behind the last of its word breaks
  breaks=\${COMP_WORDBREAKS//[^:=]/}
  if [[ -n $breaks && $current == *[$breaks]* ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${current%"\${current##*[$breaks]}"}"}")
  fi
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2> /dev/null; fi
}
complete -o bashdefault -o default -F _sizewright sizewright
`,
  zsh: `#compdef sizewright
# zsh completion of sizewright: eval "$(sizewright completion zsh)" after compinit
_sizewright() {
  local -a found
  found=("\${(@f)$(sizewright ${ASK} -- "\${(@)words[2,CURRENT]}" 2> /dev/null)}")
  found=(\${found:#})
  if (( \${#found} == 0 )); then
    _files
    return
  fi
  compadd -S '' -- \${(M)found:#*=}
  compadd -- \${found:#*=}
}
if [[ \${funcstack[1]} == _sizewright ]]; then
  _sizewright "$@"
else
  compdef _sizewright sizewright
fi
`,
  fish: `# fish completion of sizewright: sizewright completion fish > ~/.config/fish/completions/sizewright.fish
function __sizewright_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l found (sizewright ${ASK} -- $words[2..-1] "$current" 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path "$current"
    end
end
complete -c sizewright -f -a '(__sizewright_complete)'
`,
};

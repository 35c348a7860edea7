/** Real shells, interactive on a terminal, complete what is typed. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { ROOT, temporaryFolder } from './support/generated.ts';
import { run } from './support/run.ts';
import { findTool } from './support/tools.ts';

const PROMPT = 'READY> ';

let folder: string;
let env: Record<string, string>;
beforeAll(async () => {
  folder = temporaryFolder();
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'sizewright'), `#!/bin/sh\nexec node '${join(ROOT, 'dist', 'bin.js')}' "$@"\n`);
  chmodSync(join(bin, 'sizewright'), 0o755);
  writeFileSync(join(folder, 'overrides.yaml'), '{}\n');
  env = { PATH: `${bin}:${process.env.PATH}`, HOME: folder, TERM: 'dumb', PS1: PROMPT };
});

/** What is typed, and the line that the shell makes of it. */
const TYPED = [
  { typed: 'sizewright profiles sh\t', becomes: 'sizewright profiles show ' },
  { typed: 'sizewright plan --profile c6i.8\t', becomes: 'sizewright plan --profile c6i.8xlarge ' },
  { typed: 'sizewright plan --profile aws:c6i.8\t', becomes: 'sizewright plan --profile aws:c6i.8xlarge ' },
  { typed: 'sizewright plan --profile api=c6i.8\t', becomes: 'sizewright plan --profile api=c6i.8xlarge ' },
  { typed: 'sizewright plan --platform=ho\t', becomes: 'sizewright plan --platform=host ' },
  {
    typed: 'sizewright plan --stack spatialvortex --set redis.maxm\t7',
    becomes: 'sizewright plan --stack spatialvortex --set redis.maxmemory=7',
  },
  { typed: 'A=1 sizewright synth --target comp\t', becomes: 'A=1 sizewright synth --target compose ' },
  {
    typed: 'true; sizewright sweep --stack spatialvortex --param api.ONN\t',
    becomes: 'true; sizewright sweep --stack spatialvortex --param api.ONNX_POOL_SIZE ',
  },
  { typed: 'sizewright plan --overrides over\t', becomes: 'sizewright plan --overrides overrides.yaml ' },
];

describe('bash', () => {
  test.each(TYPED)('$becomes', async ({ typed, becomes }) => {
    const bash = await findTool('bash');
    writeFileSync(join(folder, 'rc.bash'), 'eval "$(sizewright completion bash)"\nPS1="READY> "\n');
    expect(await typeInto(`${bash} --noprofile --rcfile ${join(folder, 'rc.bash')} -i`, typed, becomes)).toBe(becomes);
  });
});

describe('zsh', () => {
  test.each(TYPED)('$becomes', async ({ typed, becomes }) => {
    const zsh = await findShell('zsh');
    // No marks around prompts, no autoremoved spaces: the line as it is.
    const rc = [
      'unsetopt prompt_sp prompt_cr zle_bracketed_paste 2> /dev/null',
      'autoload -Uz compinit',
      'compinit -u -D',
      'eval "$(sizewright completion zsh)"',
      'PS1="READY> "',
    ];
    writeFileSync(join(folder, '.zshrc'), `${rc.join('\n')}\n`);
    expect(await typeInto(`env ZDOTDIR=${folder} ${zsh} -d -i`, typed, becomes)).toBe(becomes);
  });
});

describe('fish', () => {
  test.each([
    ['sizewright profiles sh', ['show']],
    ['sizewright plan --profile aws:c6i.8', ['aws:c6i.8xlarge']],
    ['sizewright plan --platform=ho', ['--platform=host']],
    ['sizewright completion ', ['bash', 'fish', 'zsh']],
    ['sizewright plan --overrides over', ['overrides.yaml']],
  ])('%s', async (line, found) => {
    const fish = await findShell('fish');
    const script = 'sizewright completion fish | source; complete -C $argv[1]';
    const printed = await run(fish, ['--no-config', '-c', script, line], { cwd: folder, env });
    expect(printed.trim().split('\n').toSorted()).toEqual(found);
  });
});

describe('names of files are no commands', () => {
  const hostile = ['$(touch pwned)', '`touch pwned`', ';touch pwned;', 'good'];
  const DONE = /^done\r?$/m;
  const keys = ['$\t\r', '\\`\t\r', '\\;\t\r', '\t\t\r', 'go\t\r'];
  beforeAll(() => {
    for (const name of hostile) {
      mkdirSync(join(folder, 'stacks', name), { recursive: true });
      writeFileSync(join(folder, 'stacks', name, 'stack.yaml'), '');
      writeFileSync(join(folder, name), '');
    }
  });

  test.each(keys)('bash and zsh: --stack %j', async (key) => {
    const bash = await findTool('bash');
    const zsh = await findShell('zsh');
    for (const shell of [
      `${bash} --noprofile --rcfile ${join(folder, 'rc.bash')} -i`,
      `env ZDOTDIR=${folder} ${zsh} -d -i`,
    ]) {
      const screen = await typeInto(shell, `sizewright plan --stack ${key}echo done\r`, DONE);
      expect(screen).toMatch(DONE);
      expect(existsSync(join(folder, 'pwned'))).toBe(false);
    }
  });

  test('fish', async () => {
    const fish = await findShell('fish');
    const script = 'sizewright completion fish | source; complete -C "sizewright plan --stack "';
    const printed = await run(fish, ['--no-config', '-c', script], { cwd: folder, env });
    expect(printed.trim().split('\n').toSorted()).toEqual(['good', 'spatialvortex']);
  });
});

/**
 * What stands on the command line after the keys are typed into an interactive shell; with a pattern, all that the
 * shell printed.
 * @param expected what is waited for, 20 s at most
 */
function typeInto(shell: string, keys: string, expected: string | RegExp): Promise<string> {
  const found = (screen: string) => (typeof expected === 'string' ? lineBehind(screen) : screen);
  const isThere = (screen: string) =>
    typeof expected === 'string' ? lineBehind(screen) === expected : expected.test(screen);
  return new Promise((resolve, reject) => {
    // script(1) is part of every Debian; it gives the shell a terminal.
    const child = spawn('script', ['-qec', `stty cols 200; exec ${shell}`, '/dev/null'], {
      cwd: folder,
      env: { ...process.env, ...env },
    });
    let screen = '';
    let typed = false;
    const finish = () => child.kill('SIGKILL');
    const timeout = setTimeout(finish, 20_000);
    child.stdout.on('data', (data: Buffer) => {
      screen += data.toString();
      if (!typed && screen.includes(PROMPT)) {
        typed = true;
        screen = '';
        child.stdin.write(keys);
      } else if (typed && isThere(screen)) finish();
    });
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timeout);
      resolve(found(screen));
    });
  });
}

/** What stands on the screen's last line: backspaces, carriage returns and escape sequences applied. */
function lineBehind(screen: string): string {
  let cells: string[] = [];
  let at = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's control characters are what this is about
  for (const [part] of screen.matchAll(/\x1b\[[0-9;?]*[a-zA-Z]|[\s\S]/g)) {
    if (part === '\b') at = Math.max(0, at - 1);
    else if (part === '\r') at = 0;
    else if (part === '\n') [cells, at] = [[], 0];
    else if (part.startsWith('\x1b[') && part.endsWith('K')) cells.length = Math.min(cells.length, at);
    else if (part.startsWith('\x1b[') && part.endsWith('C')) at += Number(part.slice(2, -1) || 1);
    else if (part >= ' ' && !part.startsWith('\x1b')) cells[at++] = part;
  }
  return cells.join('').replace(PROMPT, '');
}

/** A shell that not every machine has; installed where it is missing. */
async function findShell(name: 'zsh' | 'fish'): Promise<string> {
  const path = join('/usr/bin', name);
  if (existsSync(path)) return path;
  await run('apt-get', ['install', '--yes', '--no-install-recommends', name], {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  });
  return path;
}

/** Services, parameters and everything else that may be named, named as members that every JavaScript object has. */
import { describe, expect, it } from 'vitest';
import { targets } from '../src/targets/index.ts';
import { packageFiles, runCommand } from './commands.ts';
import { DEMO_POLICY, DEMO_STACK } from './samples.ts';

const named = (text: string) =>
  text
    .replaceAll(/\bweb\b/g, 'constructor')
    .replaceAll('POOL_SIZE', 'toString')
    .replaceAll('WORKERS', 'hasOwnProperty');
/** Handed over as flags of a command. */
const asFlags = (text: string) =>
  text.replace('deliver: { as: env }', "deliver: { as: settings, program: [demo], flags: ['--{key}={value}'] }");
const files = packageFiles({
  'my/stack.yaml': named(DEMO_STACK),
  'my/policies/demo.yaml': named(DEMO_POLICY),
  'flags/stack.yaml': named(DEMO_STACK),
  'flags/policies/demo.yaml': asFlags(named(DEMO_POLICY)),
  'o.yaml': 'constructor: { toString: 9 }\n',
});
const run = (...argv: string[]) =>
  runCommand(argv, { files, env: { toString: '8', hasOwnProperty_MAX: '9', constructor: '1' } });

describe.each(['my', 'flags'])('a service named constructor, in %s', (folder) => {
  const stack = ['--stack', `${folder}/stack.yaml`];
  const options = [...stack, '--profile', 'm7i.2xlarge'];

  it.each(targets.map(({ name }) => name))('has files for %s, or a reason why not', async (target) => {
    for (const mode of ['exact', 'auto'])
      for (const more of [[], ['--external', 'worker'], ['--external', 'constructor'], ['--platform', 'fargate']]) {
        const { exit, out, err } = await run('diff', ...options, '--target', target, '--mode', mode, ...more);
        if (exit === 2) expect(out).toContain(more[1] === 'constructor' ? 'worker' : 'constructor');
        else
          expect([exit, err]).toEqual([
            1,
            expect.stringMatching(
              /^sizewright: (TARGET|PLATFORM)_UNSUPPORTED\n|^sizewright: OUTPUT_INVALID\nservices\.\w+\.deploy\.entrypoint: /,
            ),
          ]);
      }
  });

  it.each<{ argv: string[]; says: string }>([
    { argv: ['plan', ...options, '--set', 'constructor.toString=7'], says: 'toString' },
    { argv: ['plan', ...options, '--set', 'constructor.valueOf=7'], says: 'got "valueOf"' },
    { argv: ['plan', ...options, '--set', 'toString.valueOf=7'], says: 'got "toString"' },
    { argv: ['plan', ...options, '--external', 'constructor'], says: 'external: constructor' },
    { argv: ['plan', ...options, '--external', 'valueOf'], says: 'got "valueOf"' },
    { argv: ['plan', ...options, '--overrides', 'o.yaml'], says: 'toString' },
    { argv: ['plan', ...options, '--env-overrides'], says: 'toString' },
    { argv: ['plan', ...options, '--platform', 'constructor'], says: 'PLATFORM_UNKNOWN' },
    { argv: ['plan', ...stack, '--profile', 'constructor=4cpu-8gi', '--profile', '8cpu-16gi'], says: 'constructor' },
    { argv: ['plan', ...stack, '--profile', 'toString'], says: 'PROFILE_UNKNOWN' },
    { argv: ['synth', ...options, '--target', 'constructor'], says: 'TARGET_UNKNOWN' },
    { argv: ['explain', ...options, 'constructor.toString'], says: 'constructor.toString = ' },
    { argv: ['explain', ...options, 'constructor.valueOf'], says: 'got "constructor.valueOf"' },
    { argv: ['compare', ...options], says: 'constructor' },
    { argv: ['fit', ...stack, '--limit', '1'], says: 'constructor' },
    { argv: ['sweep', ...stack, '--family', 'c6i', '--param', 'constructor.toString'], says: 'toString' },
    { argv: ['sweep', ...stack, '--family', 'constructor', '--param', 'constructor.toString'], says: 'constructor' },
    { argv: ['sweep', ...stack, '--family', 'c6i', '--param', 'constructor.valueOf'], says: 'valueOf' },
    { argv: ['profiles', 'show', 'constructor'], says: 'PROFILE_UNKNOWN' },
    { argv: ['constructor'], says: 'unknown command' },
  ])('$argv', async ({ argv, says }) => {
    const { out, err } = await run(...argv);
    expect(`${out}${err}`).toContain(says);
  });
});

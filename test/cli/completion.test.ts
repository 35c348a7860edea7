/** What can be completed; real shells ask in test/integration/completion.test.ts. */
import { describe, expect, it } from 'vitest';
import { filesWith, runCommand } from '../hardware/catalogue/support.ts';

const files = filesWith({
  'profiles/my-rack.yaml': 'machine: { name: rack, cpu: 12, memory: 64Gi }\n',
  'stacks/mine/stack.yaml': 'broken: [',
  'stacks/$(touch pwned)/stack.yaml': '',
  'stacks/`id`/stack.yaml': '',
  'stacks/a b/stack.yaml': '',
  'stacks/a\n-x/stack.yaml': '',
  'stacks/\u001b[2J/stack.yaml': '',
  'stacks/Upper/stack.yaml': '',
  'stacks/empty/readme.md': '',
  'profiles/$(id).yaml': '',
});

/** One of several that there are. */
const STACK = ['--stack', 'spatialvortex'];

/** Candidates for the last of the words. */
async function ask(...words: string[]): Promise<string[]> {
  const { exit, out, err } = await runCommand(['__complete', '--', ...words], { files });
  expect({ exit, err }).toEqual({ exit: 0, err: '' });
  return out.split('\n').slice(0, -1);
}

describe('candidates', () => {
  it.each<{ desc: string; words: string[]; found: string[] }>([
    { desc: 'a command', words: ['pl'], found: ['plan'] },
    { desc: 'an inner command', words: ['profiles', 's'], found: ['search', 'show'] },
    { desc: 'a flag', words: ['plan', '--pl'], found: ['--platform'] },
    { desc: 'a flag of an inner command', words: ['profiles', 'list', '--vc'], found: ['--vcpu'] },
    { desc: 'no flag behind --', words: ['profiles', 'show', '--', '--fo'], found: [] },
    { desc: 'choices', words: ['fit', '--arch', ''], found: ['amd64', 'arm64'] },
    { desc: 'choices of an argument', words: ['completion', ''], found: ['bash', 'zsh', 'fish'] },
    { desc: 'formats', words: ['diff', '--format', ''], found: ['text', 'json', 'github', 'sarif'] },
    { desc: 'a profile', words: ['plan', '--profile', 'c6i.8'], found: ['c6i.8xlarge'] },
    { desc: 'with its provider', words: ['plan', '--profile', 'aws:c6i.8'], found: ['aws:c6i.8xlarge'] },
    { desc: 'of another provider', words: ['plan', '--profile', 'gcp:c6i.8'], found: [] },
    { desc: 'placed', words: ['plan', '--profile', 'api,redis=c6i.8'], found: ['api,redis=c6i.8xlarge'] },
    { desc: "the user's own", words: ['plan', '--profile', 'my'], found: ['my-rack'] },
    { desc: 'assigned', words: ['plan', '--profile=c6i.8'], found: ['--profile=c6i.8xlarge'] },
    {
      desc: 'an argument',
      words: ['profiles', 'show', 'Standard_D8s_v'],
      found: ['Standard_D8s_v3', 'Standard_D8s_v4', 'Standard_D8s_v5', 'Standard_D8s_v6'],
    },
    {
      desc: 'an argument behind flags',
      words: ['profiles', 'show', '--format', 'json', 'c6i.8'],
      found: ['c6i.8xlarge'],
    },
    { desc: 'no argument after the last', words: ['profiles', 'show', 'c6i.8xlarge', 'c6i'], found: [] },
    {
      desc: 'families',
      words: ['sweep', '--family', 'c6'],
      found: ['c6a', 'c6g', 'c6gd', 'c6gn', 'c6i', 'c6id', 'c6in'],
    },
    { desc: 'stacks', words: ['plan', '--stack', ''], found: ['mine', 'spatialvortex'] },
    { desc: 'platforms', words: ['plan', '--platform', 'ho'], found: ['host'] },
    { desc: 'targets', words: ['synth', '--target', 'co'], found: ['compose'] },
    { desc: 'targets behind a comma', words: ['synth', '--target', 'env,do'], found: ['env,docker'] },
    { desc: 'services', words: ['plan', ...STACK, '--external', 'postgres,r'], found: ['postgres,redis'] },
    { desc: 'parameters to set', words: ['plan', ...STACK, '--set', 'redis.m'], found: ['redis.maxmemory='] },
    { desc: 'parameters', words: ['sweep', ...STACK, '--param', 'api.ON'], found: ['api.ONNX_POOL_SIZE'] },
    {
      desc: 'parameters, again',
      words: ['explain', ...STACK, 'api.ONNX_POOL_SIZE', 'api.CACHE_S'],
      found: ['api.CACHE_SIZE_MB'],
    },
    { desc: 'a file: the shell does that', words: ['plan', '--overrides', ''], found: [] },
    { desc: 'a short flag takes its value', words: ['synth', '-o', 'pl'], found: [] },
    { desc: "of a broken stack of the user's: nothing", words: ['plan', '--stack', 'mine', '--set', 'a'], found: [] },
    { desc: 'policies', words: ['size', 'redis-'], found: ['redis-persistent'] },
    { desc: 'nothing of the kind', words: ['nope'], found: [] },
  ])('$desc', async ({ words, found }) => {
    expect(await ask(...words)).toEqual(found);
  });

  it('all commands, without the hidden one', async () => {
    const commands = await ask('');
    expect(commands).toEqual(expect.arrayContaining(['synth', 'plan', 'profiles', 'fit', 'sweep', 'completion']));
    expect(commands).not.toContain('__complete');
    expect((await runCommand(['--help'])).out).not.toContain('__complete');
    expect(await ask()).toEqual(commands);
  });

  it('all flags of a command', async () => {
    expect(await ask('sweep', '-')).toEqual(
      expect.arrayContaining(['--param', '--family', '--platform', '--format', '--output', '--help']),
    );
  });

  it('every name of the catalogue', async () => {
    expect((await ask('profiles', 'show', '')).length).toBe(3305);
  });
});

describe('scripts', () => {
  it.each(['bash', 'zsh', 'fish'])('%s asks the hidden command', async (shell) => {
    const { exit, out } = await runCommand(['completion', shell]);
    expect(exit).toBe(0);
    expect(out).toContain('__complete -- ');
    expect(out).toContain(`${shell} completion of sizewright`);
  });

  it('there is none for others', async () => {
    const { exit, err } = await runCommand(['completion', 'tcsh']);
    expect(exit).toBe(64);
    expect(err).toContain('Allowed choices are bash, zsh, fish');
  });
});

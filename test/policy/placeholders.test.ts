/** A placeholder is replaced, or refused where it stands: no program gets the braces. */
import { describe, expect, it } from 'vitest';
import { parameter, policyFile, policyOf, problemsOf, service, stackOf } from '../samples.ts';

const settings = (value: string) => ({ HEAP_OPTIONS: { value, why: 'made up' } });
const deliver = {
  as: 'settings',
  program: ['demo'],
  flags: ['--{key}', '{value}'],
  file: { name: 'demo.conf', line: '{key} {value}', arguments: ['{path}'] },
};
const said = (path: string, name: string, text: string, code = 'POLICY_INVALID') =>
  `${code} ${path}: expected text without {${name}}, which is not replaced here, got ${JSON.stringify(text)}; write the value itself, or a parameter of its own, whose suffix may follow the number`;

describe('in a policy', () => {
  it.each([
    ['settings.HEAP_OPTIONS.value', '-Xmx{WORKERS}m', { settings: settings('-Xmx{WORKERS}m') }, 'WORKERS'],
    ['settings.HEAP_OPTIONS.value', '-XX:P={cores}', { settings: settings('-XX:P={cores}') }, 'cores'],
    [
      'deliver.program.1',
      '--threads={WORKERS}',
      { deliver: { ...deliver, program: ['demo', '--threads={WORKERS}'] } },
      'WORKERS',
    ],
    [
      'deliver.flags.2',
      '--{WORKERS}',
      { deliver: { ...deliver, flags: [...deliver.flags, '--{WORKERS}'] } },
      'WORKERS',
    ],
    [
      'deliver.file.extra.0',
      '# {key}',
      { deliver: { ...deliver, file: { ...deliver.file, extra: ['# {key}'] } } },
      'key',
    ],
    [
      'deliver.file.line',
      '{key} {value} {path}',
      { deliver: { ...deliver, file: { ...deliver.file, line: '{key} {value} {path}' } } },
      'path',
    ],
    [
      'secrets.TOKEN.flag',
      '--t{WORKERS}',
      { secrets: { TOKEN: { does: 'opens', example: 'x', flag: '--t{WORKERS}' } } },
      'WORKERS',
    ],
    [
      'parameters.WORKERS.why',
      'for {cores}',
      { parameters: { WORKERS: parameter({ why: 'for {cores}' }) }, memory: policyFile().memory },
      'cores',
    ],
  ])('%s: %s', (path, text, changes, name) => {
    expect(problemsOf(() => policyOf(changes))).toContain(said(path, name, text));
  });

  it('a name by its key too', () => {
    const parameters = { THREADS: parameter({ key: 'io-threads' }) };
    const memory = { ...policyFile().memory, yields: [] };
    expect(problemsOf(() => policyOf({ parameters, memory, settings: settings('{io-threads}') }))).toEqual([
      said('settings.HEAP_OPTIONS.value', 'io-threads', '{io-threads}'),
    ]);
  });

  it.each(['{"a": 1}', '%d{HH:mm}', '{user}', `\${WORKERS}`, '{}', '{value}'])(
    'leaves %s, which names nothing of ours',
    (value) => {
      expect(problemsOf(() => policyOf({ settings: settings(value) }))).toEqual([]);
    },
  );

  it('advice names only what has a value', () => {
    const advice = [{ code: 'A', when: 'WORKERS > 1', say: '{WORKERS} of {CORES}', why: 'made up' }];
    expect(problemsOf(() => policyOf({ advice }))).toEqual([
      'POLICY_INVALID advice.0.say: expected a name that has a value, got {CORES}; known are cores, cpuMillis, memoryMiB, availableMiB, WORKERS',
    ]);
  });
});

describe('in a stack', () => {
  it.each([
    [
      'env.NODE_OPTIONS',
      '--max-old-space-size={WORKERS}',
      { env: { NODE_OPTIONS: '--max-old-space-size={WORKERS}' } },
      'WORKERS',
    ],
    ['entrypoint.1', '{memoryMiB}m', { entrypoint: ['/run', '{memoryMiB}m'] }, 'memoryMiB'],
    ['env.PEERS', '{web.replicas.max}', { env: { PEERS: '{web.replicas.max}' } }, 'web.replicas.max'],
    [
      'probes.readiness.exec.0',
      '/check-{WORKERS}',
      { probes: { readiness: { exec: ['/check-{WORKERS}'] } } },
      'WORKERS',
    ],
  ])('%s: %s', (path, text, changes, name) => {
    const problems = problemsOf(() => stackOf({ services: { web: service(changes) } }));
    expect(problems).toEqual([said(`services.web.deploy.${path}`, name, text, 'STACK_INVALID')]);
  });

  it("leaves what a shell replaces, and a file's own braces", () => {
    const files = [{ path: '/etc/a.conf', text: '{WORKERS}\n', why: 'made up' }];
    const entrypoint = ['/bin/sh', '-c', `exec app -n \${WORKERS}`];
    expect(problemsOf(() => stackOf({ services: { web: service({ files, entrypoint }) } }))).toEqual([]);
  });
});
